//! Zip archives of other programs: what they write we unpack, and what we write they unpack.
//!
//! `cargo xtask test` installs the programs where they are missing.

mod others;
mod program;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use self::program::Program;
use crate::support::World;

/// Two tests for each program: it reads what we write, and we read what it writes.
macro_rules! with {
    ($($program:ident: $variant:ident;)*) => {
        $(mod $program {
            use super::*;

            #[test]
            fn it_unpacks_what_we_write() {
                theirs(Program::$variant);
            }

            #[test]
            fn we_unpack_what_it_writes() {
                ours(Program::$variant);
            }
        })*
    };
}

with! {
    info_zip: InfoZip;
    bsdtar: Bsdtar;
    seven_zip: SevenZip;
    python: Python;
    java: Java;
    dotnet: DotNet;
}

/// Names that are easily spoilt on the way, contents that pack well and that do not, an empty directory, a script.
fn tree(world: &World) {
    let mut state = 1_u64;
    let mut noise = || {
        // xorshift64 (Marsaglia, 2003)
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    let noise: Vec<u8> = (0..1_500_000).map(|_| noise()).collect();
    world.write("tree/plain.txt", "plain\n".repeat(1000));
    world.write("tree/empty", "");
    world.write("tree/two words/a+b%41&c=d#e.txt", "odd");
    world.write("tree/été/日本語.txt", "names");
    world.write("tree/deep/er/and/deeper/x", "x");
    world.write("tree/noise.bin", noise);
    world.write("tree/zeros", vec![0; 2_000_000]);
    world.write("tree/run.sh", "#!/bin/sh\n");
    world.mkdir("tree/hollow");
    fs::set_permissions(world.here().join("tree/run.sh"), fs::Permissions::from_mode(0o750)).unwrap();
}

fn theirs(program: Program) {
    let world = World::new();
    tree(&world);
    world.ok("zip tree ours.zip");
    program.read(&world, "ours.zip", "out");
    same(&world, program);
}

fn ours(program: Program) {
    let world = World::new();
    tree(&world);
    program.write(&world, "tree", "theirs.zip");
    world.ok("unzip theirs.zip out");
    same(&world, program);
    let listed = world.stdout("unzip --list --json theirs.zip");
    assert!(listed.lines().all(|line| line.ends_with(r#""problem":null}"#)), "{listed}");
}

/// Every file with its content, the empty directory, and what the program says about times and modes.
#[track_caller]
fn same(world: &World, program: Program) {
    let compared =
        Command::new("diff").args(["-r", "tree", "out"]).current_dir(world.here()).output().unwrap();
    assert!(compared.status.success(), "{}", String::from_utf8_lossy(&compared.stdout));
    let (there, here) = (world.here().join("tree"), world.here().join("out"));
    assert!(here.join("hollow").is_dir(), "the empty directory is lost");
    let metadata =
        |name: &str| (fs::metadata(there.join(name)).unwrap(), fs::metadata(here.join(name)).unwrap());
    let (before, after) = metadata("run.sh");
    if program.keeps_modes() {
        assert_eq!(after.permissions().mode() & 0o777, before.permissions().mode() & 0o777);
    }
    if program.keeps_times() {
        assert_eq!(after.modified().unwrap(), before.modified().unwrap());
    }
}
