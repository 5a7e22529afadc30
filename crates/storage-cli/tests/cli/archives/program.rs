//! The other programs, and how each is asked.

use std::path::PathBuf;
use std::process::{Command, Output};

use crate::support::World;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Program {
    InfoZip,
    Bsdtar,
    SevenZip,
    Python,
    Java,
    DotNet,
}

impl Program {
    /// Whether permission bits come through it, in both directions.
    pub(super) fn keeps_modes(self) -> bool {
        matches!(self, Self::InfoZip | Self::Bsdtar | Self::SevenZip)
    }

    /// Whether times do.
    pub(super) fn keeps_times(self) -> bool {
        matches!(self, Self::InfoZip | Self::Bsdtar | Self::SevenZip)
    }

    /// Packs all that is in `folder`.
    pub(super) fn write(self, world: &World, folder: &str, archive: &str) {
        let up = format!("../{archive}");
        match self {
            Self::InfoZip => run(world, folder, "zip", &["-qr", &up, "."]),
            Self::Bsdtar => run(world, folder, "bsdtar", &["--format", "zip", "-cf", &up, "."]),
            Self::SevenZip => run(world, folder, seven_zip(), &["a", "-bd", "-snl", &up, "."]),
            Self::Python => run(world, ".", "python3", &[&script("zip.py"), "write", archive, folder]),
            Self::Java => {
                run(world, ".", "java", &[UTF8, NAMES, &script("Zip.java"), "write", archive, folder])
            }
            Self::DotNet => run(world, ".", "mono", &[&compiled(world), "write", archive, folder]),
        };
    }

    /// Unpacks into `folder`, which is not there yet.
    pub(super) fn read(self, world: &World, archive: &str, folder: &str) {
        let into = format!("-o{folder}");
        match self {
            Self::InfoZip => {
                run(world, ".", "unzip", &["-tq", archive]);
                run(world, ".", "unzip", &["-q", archive, "-d", folder])
            }
            Self::Bsdtar => {
                world.mkdir(folder);
                run(world, ".", "bsdtar", &["-xf", archive, "-C", folder])
            }
            Self::SevenZip => run(world, ".", seven_zip(), &["x", "-bd", archive, &into]),
            Self::Python => run(world, ".", "python3", &[&script("zip.py"), "read", archive, folder]),
            Self::Java => {
                run(world, ".", "java", &[UTF8, NAMES, &script("Zip.java"), "read", archive, folder])
            }
            Self::DotNet => run(world, ".", "mono", &[&compiled(world), "read", archive, folder]),
        };
    }
}

/// Java takes the encoding of names from these.
const UTF8: &str = "-Dfile.encoding=UTF-8";
const NAMES: &str = "-Dsun.jnu.encoding=UTF-8";

/// 7-Zip is called `7zz` by itself, and `7z` by older packages.
pub(super) fn seven_zip() -> &'static str {
    if found("7zz") || !found("7z") { "7zz" } else { "7z" }
}

fn found(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

fn script(name: &str) -> String {
    format!("{}/tests/cli/archives/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// The program for .NET, compiled by Mono.
fn compiled(world: &World) -> String {
    let program: PathBuf = world.root().join("Zip.exe");
    let out = format!("-out:{}", program.display());
    let references = ["-r:System.IO.Compression", "-r:System.IO.Compression.FileSystem"];
    run(world, ".", "mcs", &[references[0], references[1], &out, &script("Zip.cs")]);
    program.display().to_string()
}

/// Runs a program that has to succeed, below the current directory.
#[track_caller]
pub(super) fn run(world: &World, below: &str, program: &str, arguments: &[&str]) -> Output {
    assert!(
        found(program),
        "`{program}` is missing; `cargo xtask servers up` installs it (package {})",
        package(program)
    );
    let mut command = Command::new(program);
    command.args(arguments).current_dir(world.here().join(below)).env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
    let output = command.env("HOME", world.home()).output().unwrap();
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&said));
    output
}

fn package(program: &str) -> &'static str {
    match program {
        "zip" => "zip",
        "unzip" => "unzip",
        "bsdtar" => "libarchive-tools",
        "7zz" | "7z" => "7zip",
        "java" => "default-jdk-headless",
        "mono" | "mcs" => "mono-mcs, mono-runtime, libmono-system-io-compression-filesystem4.0-cil",
        _ => "python3",
    }
}
