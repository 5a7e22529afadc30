//! `rclone serve s3`: S3 on a folder. It answers ranges with status 200, ignores conditions, and keeps no versions.

use std::process::Command;

use crate::servers::place::{self, Place};
use crate::servers::{Options, Server, python};

pub(super) const SERVER: Server = Server {
    name: "rclone",
    version: || python::RCLONE.to_owned(),
    mark: "serve s3",
    ports: &[18339],
    twins: false,
    command,
    health: "/",
    // Without a signature it refuses, which shows that it is there.
    ready: |status| status == 400 || status == 403,
};

fn command(place: &Place, ports: &[u16], _: Options) -> Result<Command, String> {
    let data = place.data(SERVER.name);
    let store = data.join("store");
    place::make(&store)?;
    let mut command = Command::new(place.python_program("rclone"));
    command.current_dir(&data).args(["serve", "s3"]).arg(&store);
    command.args(["--addr", &format!("127.0.0.1:{}", ports[0]), "--auth-key", "testkey,testsecret"]);
    // No configuration of this machine's user, and nothing of his cache.
    command.env("RCLONE_CONFIG", "/dev/null").arg("--cache-dir").arg(data.join("cache"));
    Ok(command)
}
