//! Paths and addresses from arbitrary text: whatever is accepted is normal and stays below its mount.

#![no_main]

use libfuzzer_sys::fuzz_target;
use storage_types::path::is_mount_name;
use storage_types::{Address, StoragePath};

fuzz_target!(|text: &str| {
    match StoragePath::parse(text) {
        Ok(path) => check(&path),
        Err(error) => assert!(!error.to_string().contains('\n'), "an error is one line"),
    }
    if let Some((base, name)) = text.split_once('\n') {
        check_child(base, name);
    }
    if let Ok(address) = Address::parse(text) {
        assert!(is_mount_name(address.mount));
    }
});

fn check(path: &StoragePath) {
    let text = path.as_str();
    assert!(!text.contains('\0'));
    assert!(text.is_empty() || text.split('/').all(|segment| !matches!(segment, "" | "." | "..")));
    assert_eq!(StoragePath::parse(text).ok().as_ref(), Some(path), "parsing is idempotent");
    assert_eq!(StoragePath::root().join_all(&path.segments().collect::<Vec<_>>()).ok().as_ref(), Some(path));
    assert!(path.starts_with(&path.parent()));
    if !path.is_root() {
        assert_eq!(
            path.parent().child(path.name()).ok().as_ref(),
            Some(path),
            "a path is the child of its parent"
        );
    }
}

fn check_child(base: &str, name: &str) {
    let Ok(base) = StoragePath::parse(base) else { return };
    let Ok(child) = base.child(name) else { return };
    check(&child);
    assert!(child.starts_with(&base), "`{name}` left `{base}`");
    assert_eq!(child.strip_prefix(&base).map(|rest| base.join(&rest)), Some(child));
}
