//! Files with holes.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};

use crate::support::World;

#[test]
fn a_file_with_holes_keeps_them() {
    const SIZE: u64 = 64 << 20;
    let world = World::new();
    let path = world.here().join("holes");
    let file = File::create(&path).unwrap();
    file.write_all_at(b"first", 0).unwrap();
    file.write_all_at(b"in the middle", SIZE / 2 + 12345).unwrap();
    file.set_len(SIZE).unwrap();
    if file.metadata().unwrap().blocks() * 512 >= SIZE {
        // The file system of the tests knows no holes.
        return;
    }
    world.ok("cp holes copy");
    world.mkdir("tree");
    fs::rename(&path, world.here().join("tree/holes")).unwrap();
    world.ok("cp -r tree other");
    for copy in ["copy", "other/holes"] {
        let copy = world.here().join(copy);
        let metadata = fs::metadata(&copy).unwrap();
        assert_eq!(metadata.len(), SIZE);
        assert!(metadata.blocks() * 512 < 1 << 20, "{copy:?}: {} blocks", metadata.blocks());
        assert!(fs::read(&copy).unwrap() == fs::read(world.here().join("tree/holes")).unwrap(), "{copy:?}");
    }
}

#[test]
fn a_file_that_is_one_hole_stays_one() {
    let world = World::new();
    File::create(world.here().join("hole")).unwrap().set_len(1 << 30).unwrap();
    world.ok("cp hole copy");
    let metadata = fs::metadata(world.here().join("copy")).unwrap();
    assert_eq!(metadata.len(), 1 << 30);
    assert!(metadata.blocks() * 512 < 1 << 20);
}
