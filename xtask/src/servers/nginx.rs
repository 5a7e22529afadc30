//! nginx: files over HTTP, with ranges, entity tags, an index of each folder, and a folder behind a password.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo::capture_any;
use crate::servers::place::{self, Place};
use crate::servers::{Options, Server};

pub(super) const USER: &str = "reader";
pub(super) const PASSWORD: &str = "secret";

pub(super) const SERVER: Server = Server {
    name: "nginx",
    version,
    mark: "nginx",
    ports: &[18337],
    twins: false,
    command,
    health: "/",
    ready: |status| status == 200,
};

/// The folder that is served.
pub(super) fn folder(place: &Place) -> PathBuf {
    place.data(SERVER.name).join("www")
}

/// Where the program is: on the path, or where Debian puts it, which is not on the path of every user.
pub(super) fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join("nginx")).find(|file| file.is_file())
}

fn version() -> String {
    let said = program().and_then(|program| capture_any(Command::new(program).arg("-v")));
    said.and_then(|said| Some(said.trim().rsplit_once('/')?.1.to_owned())).unwrap_or_else(|| "?".to_owned())
}

fn command(place: &Place, ports: &[u16], _: Options) -> Result<Command, String> {
    let data = place.data(SERVER.name);
    place::make(&folder(place).join("private"))?;
    place::make(&data.join("tmp"))?;
    place::write(&data.join("users"), &format!("{USER}:{{PLAIN}}{PASSWORD}\n"))?;
    let as_root = rustix::process::geteuid().is_root();
    place::write(&data.join("nginx.conf"), &configuration(&data, ports[0], as_root))?;
    let mut command = Command::new(program().ok_or("nginx is not installed")?);
    command.current_dir(&data).arg("-p").arg(&data);
    command.args(["-c", "nginx.conf", "-e", "stderr"]);
    Ok(command)
}

/// All its files are below our folder, so it needs no rights of root. Started by root, its worker stays root, because
/// the folder may be one that nobody else can enter.
fn configuration(data: &Path, port: u16, as_root: bool) -> String {
    let user = if as_root { "user root;\n" } else { "" };
    let tmp = place::text(&data.join("tmp"));
    let users = place::text(&data.join("users"));
    let www = place::text(&data.join("www"));
    format!(
        r#"{user}daemon off;
worker_processes 1;
pid "{tmp}/nginx.pid";
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path "{tmp}/body";
    proxy_temp_path "{tmp}/proxy";
    fastcgi_temp_path "{tmp}/fastcgi";
    uwsgi_temp_path "{tmp}/uwsgi";
    scgi_temp_path "{tmp}/scgi";
    default_type application/octet-stream;
    types {{
        text/plain txt;
        text/html html;
        text/css css;
        application/json json;
        application/pdf pdf;
        image/png png;
        image/jpeg jpg;
    }}
    gzip off;
    etag on;
    server {{
        listen 127.0.0.1:{port};
        server_name _;
        root "{www}";
        autoindex on;
        location /private/ {{
            auth_basic "private";
            auth_basic_user_file "{users}";
        }}
    }}
}}
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_is_named_for_root_only() {
        let data = Path::new("/data/nginx");
        assert!(configuration(data, 18337, true).starts_with("user root;"));
        assert!(!configuration(data, 18337, false).contains("user root;"));
    }

    #[test]
    fn it_listens_on_loopback_only() {
        let text = configuration(Path::new("/data/nginx"), 18337, false);
        assert_eq!(text.matches("listen 127.0.0.1:18337;").count(), 1);
        assert_eq!(text.matches("listen").count(), 1);
    }
}
