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
    let source = crates().join("storage-core/src");
    for _ in 0..2 {
        world.ok(&format!("cp -r {} data:demo", source.display()));
        same(&source, &world.data().join("demo"));
    }
    world.ok("ls -lR data:demo");
    world.ok("cp -r data:demo OUT");
    same(&source, &world.here().join("OUT"));
    assert_eq!(names(&source), names(&world.here().join("OUT")));
}

/// The symbolic links below a folder. In a package unpacked from a registry there is none.
fn links(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_symlink() {
            found.push(path);
        } else if path.is_dir() {
            found.extend(links(&path));
        }
    }
    found
}

#[test]
fn symbolic_links_are_reported() {
    let world = World::new();
    let links = links(&crates());
    let shown = world.run(&format!("cp -r {} data:x", crates().display()));
    assert!(shown.starts_with("exit: 0\n"), "{shown}");
    for link in &links {
        let skipped = format!("skipped `{}`: symbolic link\n", link.display());
        assert!(shown.contains(&skipped), "{shown}");
    }
    let count = format!(", {} skipped (symbolic link) in ", links.len());
    assert_eq!(shown.contains(&count), !links.is_empty(), "{shown}");
}
