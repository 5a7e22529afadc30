//! Getting the programs, once: a stamp that is written last says that all of them are there.

use std::fs;
use std::process::Command;

use crate::cargo::run;
use crate::servers::place::{self, Place};
use crate::servers::{nginx, npm, python};

/// Installs what is missing. A stamp of other versions, or none, starts anew.
pub(super) fn run_all(place: &Place) -> Result<(), String> {
    let stamp = place.file("installed")?;
    let wanted = wanted();
    if fs::read_to_string(&stamp).ok().as_deref() != Some(&wanted) {
        place::remove(&stamp)?;
        println!("installing the servers into `{}`", place.venv().with_file_name("").display());
        python::install_all(place)?;
        npm::install(place)?;
        place::write(&stamp, &wanted)?;
    }
    nginx_from_the_system()
}

fn wanted() -> String {
    let mut lines = python::requirements();
    lines.push(format!("azurite@{}", npm::AZURITE));
    lines.join("\n") + "\n"
}

/// nginx is no package of Python or npm, so it comes from the system.
fn nginx_from_the_system() -> Result<(), String> {
    if nginx::program().is_some() {
        return Ok(());
    }
    if !apt_get(&["install", "-y", "--no-install-recommends", "nginx-light"])? {
        // A fresh machine has no list of packages, or an old one.
        apt_get(&["update"])?;
        apt_get(&["install", "-y", "--no-install-recommends", "nginx-light"])?;
    }
    match nginx::program() {
        Some(_) => Ok(()),
        None => Err("nginx is missing; hint: apt-get install nginx-light".to_owned()),
    }
}

fn apt_get(args: &[&str]) -> Result<bool, String> {
    let mut command = if rustix::process::geteuid().is_root() {
        Command::new("apt-get")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", "apt-get"]);
        sudo
    };
    command.args(["-q"]).args(args).env("DEBIAN_FRONTEND", "noninteractive");
    // A system without apt-get gets the hint below.
    Ok(run(command).unwrap_or(false))
}
