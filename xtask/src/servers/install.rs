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
    from_the_system()
}

fn wanted() -> String {
    let mut lines = python::requirements();
    lines.push(format!("azurite@{}", npm::AZURITE));
    lines.join("\n") + "\n"
}

/// What is no package of Python or npm comes from the system: nginx, and programs that tests run.
fn from_the_system() -> Result<(), String> {
    let mut packages = missing();
    if packages.is_empty() {
        return Ok(());
    }
    let mut install = vec!["install", "-y", "--no-install-recommends"];
    install.append(&mut packages);
    if !apt_get(&install)? {
        // A fresh machine has no list of packages, or an old one.
        apt_get(&["update"])?;
        apt_get(&install)?;
    }
    match &missing()[..] {
        [] => Ok(()),
        packages => Err(format!("programs are missing; hint: apt-get install {}", packages.join(" "))),
    }
}

/// The packages of Debian whose programs are not there.
fn missing() -> Vec<&'static str> {
    let nginx = if nginx::program().is_some() { &[][..] } else { &["nginx-light"] };
    let others = PROGRAMS.iter().filter(|(programs, _)| !programs.iter().any(|program| is_found(program)));
    nginx.iter().copied().chain(others.flat_map(|(_, packages)| packages.iter().copied())).collect()
}

/// Programs that tests run, by any of their names, and the packages that they are in: what lets system calls fail,
/// what syncs are compared with, and what makes zip archives.
const PROGRAMS: [(&[&str], &[&str]); 9] = [
    (&["strace"], &["strace"]),
    (&["mkfs.ext4"], &["e2fsprogs"]),
    (&["rsync"], &["rsync"]),
    (&["zip"], &["zip"]),
    (&["unzip"], &["unzip"]),
    (&["bsdtar"], &["libarchive-tools"]),
    (&["7zz", "7z"], &["7zip"]),
    (&["javac"], &["default-jdk-headless"]),
    (&["mcs"], &["mono-mcs", "mono-runtime", "libmono-system-io-compression-filesystem4.0-cil"]),
];

fn is_found(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
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
