//! What single programs do that others do not.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use super::program::{Program, run, seven_zip};
use super::{same, tree};
use crate::support::{World, names};

#[test]
fn what_info_zip_reads_from_its_standard_input_is_a_file_of_that_name() {
    let world = World::new();
    let mut echo = Command::new("echo").arg("hi").stdout(Stdio::piped()).spawn().unwrap();
    let from = echo.stdout.take().unwrap();
    let zip = Command::new("zip").args(["-q", "y.zip", "-"]).current_dir(world.here()).stdin(from).status();
    assert!(zip.unwrap().success() && echo.wait().unwrap().success());
    world.ok("unzip y.zip out");
    assert_eq!(fs::read(world.here().join("out/-")).unwrap(), b"hi\n");
}

#[test]
fn every_method_of_7_zip_is_unpacked_or_named() {
    for method in ["copy", "deflate", "deflate64", "bzip2", "lzma", "ppmd"] {
        let world = World::new();
        tree(&world);
        let method_option = format!("-mm={method}");
        run(&world, "tree", seven_zip(), &["a", "-bd", &method_option, "../theirs.zip", "."]);
        if method == "ppmd" {
            let shown = world.run("unzip theirs.zip out");
            assert!(shown.starts_with("exit: 1\n") && shown.contains("packed by ppmd"), "{shown}");
            continue;
        }
        world.ok("unzip theirs.zip out");
        same(&world, Program::SevenZip);
    }
}

#[test]
fn bzip2_of_info_zip_and_lzma_of_python_are_unpacked() {
    let world = World::new();
    tree(&world);
    run(&world, "tree", "zip", &["-qr", "-Z", "bzip2", "../theirs.zip", "."]);
    world.ok("unzip theirs.zip out");
    same(&world, Program::InfoZip);
    let python =
        "import zipfile\nwith zipfile.ZipFile('lzma.zip', 'w', zipfile.ZIP_LZMA) as z: z.write('tree/zeros')";
    run(&world, ".", "python3", &["-c", python]);
    world.ok("unzip lzma.zip out2");
    assert!(fs::read(world.here().join("out2/tree/zeros")).unwrap() == vec![0; 2_000_000]);
}

#[test]
fn zip64_of_info_zip_and_many_entries_of_python_are_read() {
    let world = World::new();
    world.write("a", "a");
    let cat =
        Command::new("zip").args(["-q", "-fz", "big.zip", "a"]).current_dir(world.here()).status().unwrap();
    assert!(cat.success());
    world.ok("unzip big.zip out");
    assert_eq!(names(&world.here().join("out")), ["a"]);
    let python = "import zipfile\nwith zipfile.ZipFile('many.zip', 'w') as z:\n for n in range(70000): z.writestr(str(n), b'')";
    run(&world, ".", "python3", &["-c", python]);
    assert_eq!(world.stdout("unzip --list --json many.zip").lines().count(), 70_000);
}

#[test]
fn encrypted_entries_are_refused_for_that_reason_and_the_others_are_unpacked() {
    let world = World::new();
    world.write("a", "alpha\n");
    world.write("b", "beta\n");
    run(&world, ".", "zip", &["-q", "-P", "word", "old.zip", "a"]);
    run(&world, ".", "zip", &["-q", "old.zip", "b"]);
    run(&world, ".", seven_zip(), &["a", "-bd", "-pword", "-mem=AES256", "new.zip", "a"]);
    let shown = world.run("unzip old.zip out");
    assert!(shown.starts_with("exit: 1\n") && shown.contains("`old.zip:a`: it is encrypted"), "{shown}");
    assert_eq!(names(&world.here().join("out")), ["b"]);
    let shown = world.run("unzip new.zip out2");
    assert!(shown.starts_with("exit: 1\n") && shown.contains("`new.zip:a`: it is encrypted"), "{shown}");
    assert!(world.stdout("unzip --list new.zip").contains("(it is encrypted)"));
}

#[test]
fn one_part_of_several_is_refused_for_that_reason() {
    let world = World::new();
    tree(&world);
    run(&world, "tree", "zip", &["-qr", "-s", "200k", "../parts.zip", "."]);
    let shown = world.run("unzip parts.zip out");
    assert!(shown.contains("one of several parts") && !world.here().join("out").exists(), "{shown}");
}

#[test]
fn links_of_others_come_back_and_ours_are_theirs() {
    let world = World::new();
    tree(&world);
    symlink("plain.txt", world.here().join("tree/link")).unwrap();
    symlink("../../plain.txt", world.here().join("tree/deep/er/up")).unwrap();
    for program in [Program::InfoZip, Program::Bsdtar, Program::SevenZip] {
        let (archive, out) = (format!("{program:?}.zip"), format!("{program:?}"));
        match program {
            Program::InfoZip => drop(run(&world, "tree", "zip", &["-qry", "../InfoZip.zip", "."])),
            _ => program.write(&world, "tree", &archive),
        }
        world.ok(&format!("unzip --symlinks preserve {archive} {out}"));
        let target = |name: &str| fs::read_link(world.here().join(&out).join(name)).unwrap();
        assert_eq!(target("link").to_str(), Some("plain.txt"));
        assert_eq!(target("deep/er/up").to_str(), Some("../../plain.txt"));
    }
    world.ok("zip --symlinks preserve tree ours.zip");
    Program::InfoZip.read(&world, "ours.zip", "theirs");
    let target = fs::read_link(world.here().join("theirs/deep/er/up")).unwrap();
    assert_eq!(target.to_str(), Some("../../plain.txt"));
}

/// As .NET Framework before 4.6.1 wrote them: made by DOS, `\` between folders.
#[test]
fn backslashes_of_old_dot_net_are_folders() {
    let world = World::new();
    let python = "import zipfile\nwith zipfile.ZipFile('net.zip', 'w') as z:\n for name in ['a.txt', 'folder\\\\b.txt', 'empty\\\\']:\n  \
                  i = zipfile.ZipInfo(name)\n  i.create_system = 0\n  z.writestr(i, b'x' if name[-1] != '\\\\' else b'')";
    run(&world, ".", "python3", &["-c", python]);
    world.ok("unzip net.zip out");
    assert_eq!(names(&world.here().join("out")), ["a.txt", "empty/", "folder/", "folder/b.txt"]);
}

#[test]
fn names_of_old_programs_are_read_in_the_encoding_that_is_asked_for() {
    let world = World::new();
    // Python marks names as UTF-8, so the mark is taken off and the name put in its place.
    let python = "import zipfile\nn = '日本'.encode('cp932')\nwith zipfile.ZipFile('a.zip', 'w') as z: z.writestr('x' * len(n), b'x')\n\
                  b = open('a.zip', 'rb').read().replace(b'x' * len(n), n)\nopen('old.zip', 'wb').write(b)";
    run(&world, ".", "python3", &["-c", python]);
    world.ok("unzip --encoding shift_jis old.zip out");
    assert_eq!(names(&world.here().join("out")), ["日本"]);
    let shown = world.run("unzip --encoding klingon old.zip out");
    assert!(shown.starts_with("exit: 2\n") && shown.contains("`klingon` is no encoding of names"), "{shown}");
}
