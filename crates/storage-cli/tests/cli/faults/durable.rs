//! Disks that take less than they promise: nothing is lost, and nothing that failed looks like a success.

use super::mounted::Mounted;

const FILES: usize = 40;
const SIZE: usize = 3_000_000;

/// `lo` promises 400 MB, and its own disk has room for 60. All that the file system knows of itself lies at the front, and
/// has its room already, so that only contents fail.
const THIN: &str = "mkdir thin lo src; mount -t tmpfs none src; mount -t tmpfs -o size=60m none thin; truncate -s 400m thin/img
    mkfs.ext4 -q -F -b 4096 -N 1024 -J size=4 -E packed_meta_blocks=1 thin/img
    dd if=thin/img of=thin/img conv=notrunc bs=1M count=12 status=none; mount -o loop thin/img lo";

/// The same where the file system cannot write its journal either, and ends in an error.
const THINNER: &str = "mkdir thin lo src; mount -t tmpfs none src; mount -t tmpfs -o size=60m none thin
    truncate -s 400m thin/img; mkfs.ext4 -q -F thin/img; mount -o loop thin/img lo";

fn thin(script: &str) -> Option<Mounted> {
    let mounted = Mounted::new(script)?;
    mounted.fill("src", FILES, SIZE);
    Some(mounted)
}

#[test]
fn a_move_to_a_disk_that_fails_late_loses_nothing() {
    for script in [THIN, THINNER] {
        let Some(mounted) = thin(script) else { return };
        mounted.sh("mkdir src/d; mv src/f* src/d");
        mounted.fails("mv src/d lo/d");
        mounted.nothing_is_lost(&["src/d", "lo/d"], FILES, SIZE);
    }
}

#[test]
fn a_copy_to_a_disk_that_fails_late_is_no_success() {
    for script in [THIN, THINNER] {
        let Some(mounted) = thin(script) else { return };
        let shown = mounted.fails("cp -r src lo/d");
        assert!(shown.contains("error: cannot make durable `lo/d`"), "{shown}");
    }
}

#[test]
fn what_did_not_reach_the_disk_is_copied_by_the_next_sync() {
    for script in [THIN, THINNER] {
        let Some(mounted) = thin(script) else { return };
        mounted.fails("sync src lo/d");
        mounted.sh("mount -o remount,size=500m thin; umount lo
             e2fsck -fy thin/img >/dev/null || test $? -lt 4
             mount -o loop thin/img lo");
        let shown = mounted.run("sync src lo/d");
        assert!(shown.starts_with("exit: 0\n"), "{shown}");
        for number in 0..FILES {
            assert!(mounted.is_whole("lo/d", number, SIZE), "`f{number}`\n{shown}");
        }
    }
}

#[test]
fn a_disk_that_fails_late_below_the_destination_is_seen() {
    for line in ["mv src dst", "cp -r src dst", "sync src dst"] {
        let Some(mounted) = thin(THIN) else { return };
        mounted.sh("umount src; mkdir dst dst/sub; mount --move lo dst/sub");
        mounted.fill("src/sub", FILES, SIZE);
        mounted.fill("src", 3, SIZE);
        let line = if line.starts_with("mv") { "mv src/sub dst/sub/" } else { line };
        mounted.fails(line);
        mounted.nothing_is_lost(&["src/sub", "dst/sub", "dst/sub/sub"], FILES, SIZE);
    }
}
