//! ministack: S3 in memory, with listings in byte order and exact keys.

use std::process::Command;

use crate::servers::place::{self, Place};
use crate::servers::{Options, Server, python};

pub(super) const SERVER: Server = Server {
    name: "ministack",
    version: || python::MINISTACK.to_owned(),
    mark: "ministack",
    ports: &[18334],
    twins: false,
    command,
    health: "/_ministack/health",
    ready: |status| status == 200,
};

fn command(place: &Place, ports: &[u16], _: Options) -> Result<Command, String> {
    let data = place.data(SERVER.name);
    place::make(&data)?;
    let mut command = Command::new(place.python_program("ministack"));
    command.current_dir(&data).env("STATE_DIR", &data);
    command.env("AUTH", "true").env("SERVICES", "s3").env("SFTP_ENABLED", "0").env("LOG_LEVEL", "WARNING");
    command.env("BIND_HOST", "127.0.0.1").env("GATEWAY_PORT", ports[0].to_string());
    Ok(command)
}
