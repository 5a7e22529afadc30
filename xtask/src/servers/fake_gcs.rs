//! fake-gcs-server: the JSON API of Google Cloud Storage, in memory.

use std::process::Command;

use crate::servers::place::{self, Place};
use crate::servers::{Options, Server, python};

pub(super) const SERVER: Server = Server {
    name: "fake-gcs-server",
    version: || "1.54".to_owned(),
    mark: "fake-gcs-server",
    ports: &[18336],
    twins: false,
    command,
    health: "/storage/v1/b",
    ready: |status| status == 200,
};

/// It answers requests for its public host only, so that is the address that clients use.
fn command(place: &Place, ports: &[u16], _: Options) -> Result<Command, String> {
    let data = place.data(SERVER.name);
    place::make(&data)?;
    let host = format!("127.0.0.1:{}", ports[0]);
    let mut command = Command::new(python::fake_gcs_program(place)?);
    command.current_dir(&data);
    command.args(["-backend", "memory", "-scheme", "http", "-log-level", "warn"]);
    command.args(["-host", "127.0.0.1", "-port", &ports[0].to_string()]);
    command.args(["-public-host", &host, "-external-url", &format!("http://{host}")]);
    Ok(command)
}
