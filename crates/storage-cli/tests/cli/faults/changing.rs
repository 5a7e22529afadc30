//! Sources that change while they are sent, and destinations that are renamed or go away: nothing is lost, and what failed is
//! no success.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};

use super::mounted::Mounted;
use crate::support::{touch, wait_until};

/// Another file system at `b`.
const ON_A_DISK: &str = "mkdir b; truncate -s 100m img; mkfs.ext4 -q -F img; mount -o loop img b";

const FILES: usize = 100;
const SIZE: usize = 20_000;

/// 2 MB at this rate: there is time to do something meanwhile.
const SLOWLY: &str = "-j 1 --bandwidth 2MiB";

/// Whether a child of `strace` has a file open on the file system of `folder` that is as long as it is to be.
fn has_written(strace: &Child, folder: &std::path::Path, size: u64) -> bool {
    let id = strace.id();
    let Ok(children) = fs::read_to_string(format!("/proc/{id}/task/{id}/children")) else { return false };
    let device = fs::metadata(folder).unwrap().dev();
    children.split_whitespace().any(|child| {
        let Ok(files) = fs::read_dir(format!("/proc/{child}/fd")) else { return false };
        files.flatten().any(|file| {
            fs::metadata(file.path())
                .is_ok_and(|found| found.is_file() && found.dev() == device && found.len() == size)
        })
    })
}

/// Moves a file to another file system, which writes it to its disk for 1.5 seconds; meanwhile the file is rewritten in place.
#[test]
fn a_file_that_is_rewritten_while_its_copy_goes_to_the_disk_is_not_lost() {
    for line in ["mv a b/", "mv d b/", "mv --no-resume a b/"] {
        let Some(mounted) = Mounted::new(ON_A_DISK) else { return };
        let of_tree = line.contains(" d ");
        let path = if of_tree { "d/a" } else { "a" };
        mounted.sh("mkdir d");
        fs::write(mounted.at(path), vec![b'x'; 1 << 20]).unwrap();
        let call = if of_tree { "syncfs" } else { "fsync" };
        let delayed =
            format!("strace -f -qq -o log -e trace={call} -e inject={call}:delay_enter=1500000:when=1");
        let child = mounted.spawn(&delayed, line);
        wait_until("the copy is written", || {
            mounted.at("b").join(path).exists() || has_written(&child, &mounted.at("b"), 1 << 20)
        });
        let rewritten = File::options().write(true).open(mounted.at(path));
        rewritten.expect("the source waits for its copy").write_all_at(b"new", 0).unwrap();
        let shown = mounted.world.shown(&child.wait_with_output().unwrap());
        let is_new = |path: &str| fs::read(mounted.at(path)).is_ok_and(|found| found.starts_with(b"new"));
        if shown.starts_with("exit: 0\n") {
            assert!(is_new(&format!("b/{path}")), "{line}\n{shown}");
        } else {
            assert!(shown.contains("error: "), "{line}\n{shown}");
            assert!(is_new(path), "{line}\n{shown}");
        }
    }
}

/// Moves a directory to another file system, which writes it to its disk for 1.5 seconds; meanwhile somebody changes a link.
#[test]
fn a_link_that_is_changed_after_its_copy_stays_and_is_reported() {
    let happenings = [
        "ln -sfn new d/l",
        "ln -sfn new b/d/l",
        "rm b/d/l",
        "rm b/d/l; echo file >b/d/l",
        "rm d/l; echo new >d/l",
    ];
    for happens in happenings {
        let Some(mounted) = Mounted::new(ON_A_DISK) else { return };
        mounted.sh("mkdir d; ln -s old d/l; ln -s old d/other");
        let delayed = "strace -f -qq -o log -e trace=syncfs -e inject=syncfs:delay_enter=1500000:when=1";
        let child = mounted.spawn(delayed, "mv d b/");
        wait_until("the links are copied", || {
            ["l", "other"].iter().all(|link| mounted.at("b/d").join(link).is_symlink())
        });
        mounted.sh(happens);
        let shown = mounted.fails_at_last(child);
        assert!(shown.starts_with("exit: 1\n") && shown.contains("d/l"), "{happens}\n{shown}");
        let ours =
            if happens.contains("new d/l") { "test $(readlink d/l) = new" } else { "test -e d/l -o -L d/l" };
        mounted.sh(ours);
        mounted.sh("test ! -L d/other; test $(readlink b/d/other) = old");
    }
}

#[test]
fn a_large_file_never_goes_on_with_another_content_of_equal_size_and_time() {
    for line in ["sync a b", "cp -r -p a b", "sync --verify a b"] {
        let Some(mounted) = Mounted::new(ON_A_DISK) else { return };
        let first: Vec<u8> = (0..(40_u64 << 20) / 8).flat_map(u64::to_le_bytes).collect();
        fs::create_dir(mounted.at("a")).unwrap();
        let source = mounted.at("a/disk");
        fs::write(&source, &first).unwrap();
        touch(&source, 1_700_000_000);
        let mut child = mounted.spawn("", &format!("{line} --bandwidth 16MiB"));
        wait_until("a part is written", || has_part(&child, &mounted.at("b"), 20 << 20));
        child.kill().unwrap();
        child.wait().unwrap();
        let changed = File::options().write(true).open(&source).unwrap();
        changed.write_all_at(&vec![b'n'; 5 << 20], 1 << 20).unwrap();
        touch(&source, 1_700_000_000);
        let shown = mounted.run(line);
        assert!(shown.starts_with("exit: 0\n"), "{line}\n{shown}");
        let same = fs::read(mounted.at("b/disk")).unwrap() == fs::read(&source).unwrap();
        assert!(same, "{line}\n{shown}");
    }
}

/// Whether the program has a file open on the file system of `folder` that is at least this long.
fn has_part(program: &Child, folder: &std::path::Path, size: u64) -> bool {
    let device = fs::metadata(folder).unwrap().dev();
    let Ok(files) = fs::read_dir(format!("/proc/{}/fd", program.id())) else { return false };
    files.flatten().any(|file| {
        fs::metadata(file.path())
            .is_ok_and(|found| found.is_file() && found.dev() == device && found.blocks() * 512 >= size)
    })
}

/// What happens to the destination when a part of the files is there.
fn half_way(line: &str, happens: &str) -> Option<(Mounted, String)> {
    let mounted = Mounted::new(ON_A_DISK)?;
    mounted.fill("src", FILES, SIZE);
    let child = mounted.spawn("", &format!("{line} {SLOWLY}"));
    wait_until("files arrive", || {
        fs::read_dir(mounted.at("b/dst")).is_ok_and(|files| files.flatten().count() > FILES / 10)
    });
    kill_process(Pid::from_child(&child), Signal::STOP).unwrap();
    mounted.sh(happens);
    kill_process(Pid::from_child(&child), Signal::CONT).unwrap();
    let shown = mounted.fails_at_last(child);
    Some((mounted, shown))
}

const LINES: [&str; 3] = ["cp -r src b/dst", "mv src b/dst", "sync --delete src b/dst"];

#[test]
fn a_destination_that_is_renamed_meanwhile_is_an_error() {
    for line in LINES {
        let Some((mounted, shown)) = half_way(line, "mv b/dst b/moved") else { return };
        assert!(shown.contains("it was renamed, replaced or unmounted"), "{line}\n{shown}");
        mounted.nothing_is_lost(&["src", "b/dst", "b/moved"], FILES, SIZE);
    }
}

#[test]
fn a_destination_that_is_replaced_meanwhile_is_an_error() {
    for line in LINES {
        let happens = "mv b/dst b/moved; mkdir -p b/dst; echo kept >b/dst/kept";
        let Some((mounted, shown)) = half_way(line, happens) else { return };
        assert!(shown.contains("it was renamed, replaced or unmounted"), "{line}\n{shown}");
        mounted.nothing_is_lost(&["src", "b/dst", "b/moved"], FILES, SIZE);
        assert_eq!(fs::read_to_string(mounted.at("b/dst/kept")).unwrap(), "kept\n", "{line}");
    }
}

#[test]
fn a_destination_that_is_unmounted_meanwhile_is_an_error() {
    for line in LINES {
        let Some((mounted, shown)) = half_way(line, "umount -l b") else { return };
        assert!(shown.contains("it was renamed, replaced or unmounted"), "{line}\n{shown}");
        mounted.sh("mkdir again; mount -o loop img again");
        mounted.nothing_is_lost(&["src", "b/dst", "again/dst"], FILES, SIZE);
    }
}

#[test]
fn a_destination_that_is_made_read_only_meanwhile_is_an_error() {
    for line in LINES {
        // What the system does when it finds the file system damaged.
        let happens = "mount -o remount,errors=remount-ro b
             echo test >/sys/fs/ext4/$(basename $(findmnt -no SOURCE b))/trigger_fs_error";
        let Some((mounted, shown)) = half_way(line, happens) else { return };
        assert!(shown.to_lowercase().contains("read-only"), "{line}\n{shown}");
        mounted.nothing_is_lost(&["src", "b/dst"], FILES, SIZE);
    }
}
