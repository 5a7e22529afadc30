//! moto: S3 in memory, as Python programs know it. It checks no signature, and answers in the words of AWS.

use std::process::Command;

use crate::servers::place::{self, Place};
use crate::servers::{Options, Server, python};

pub(super) const SERVER: Server = Server {
    name: "moto",
    version: || python::MOTO.to_owned(),
    mark: "moto_server",
    ports: &[18338],
    twins: false,
    command,
    health: "/moto-api/data.json",
    ready: |status| status == 200,
};

const SCRIPT: &str = include_str!("moto.py");

fn command(place: &Place, ports: &[u16], _: Options) -> Result<Command, String> {
    let data = place.data(SERVER.name);
    place::make(&data)?;
    let mut command = Command::new(python::interpreter(place));
    command.current_dir(&data).args(["-c", SCRIPT, "-H", "127.0.0.1", "-p", &ports[0].to_string()]);
    Ok(command)
}
