//! A real tree, this workspace's own sources, into a mount and back.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{World, names};

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn same(one: &Path, other: &Path) {
    let output = Command::new("diff").arg("-r").arg(one).arg(other).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.is_empty(), "{said}");
}

#[test]
fn into_a_mount_and_back() {
    let world = World::new();
    let source = crates().join("storage-core");
    for _ in 0..2 {
        world.ok(&format!("cp -r {} data:demo", source.display()));
        same(&source, &world.data().join("demo"));
    }
    world.ok("ls -lR data:demo");
    world.ok("cp -r data:demo OUT");
    same(&source, &world.here().join("OUT"));
    assert_eq!(names(&source), names(&world.here().join("OUT")));
}

#[test]
fn the_one_symbolic_link_is_reported() {
    let world = World::new();
    let link = crates().join("storage-blocking/src/dual");
    let is_link = link.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
    let shown = world.run(&format!("cp -r {} data:x", crates().display()));
    let told = format!("skipped `{}`: symbolic link\n", link.display());
    assert!(shown.starts_with("exit: 0\n"), "{shown}");
    // In a package unpacked from a registry it is a directory.
    assert_eq!(shown.contains(&told), is_link, "{shown}");
    assert_eq!(shown.contains(", 1 skipped (symbolic link) in "), is_link, "{shown}");
}
