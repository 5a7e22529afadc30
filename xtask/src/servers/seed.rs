//! The first buckets and containers, made by each vendor's own client.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::servers::place::Place;
use crate::servers::python;

const SCRIPT: &str = include_str!("seed.py");

/// Makes what is missing. The script reads the connections from its standard input.
pub(super) fn run(place: &Place, connections: &Value) -> Result<(), String> {
    let mut command = Command::new(python::interpreter(place));
    command.args(["-c", SCRIPT]).env("NO_PROXY", "127.0.0.1");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
        command.env_remove(name);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let cannot = |error: std::io::Error| format!("cannot fill the servers: {error}");
    let mut child = command.spawn().map_err(cannot)?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(connections.to_string().as_bytes()).map_err(cannot)?;
    }
    let output = child.wait_with_output().map_err(cannot)?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("cannot fill the servers: {}", String::from_utf8_lossy(&output.stderr).trim()))
}
