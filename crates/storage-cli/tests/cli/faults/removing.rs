//! Trees of which something cannot be removed.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;

use crate::support::{World, names};

#[test]
fn all_that_can_be_removed_is_and_all_that_stays_is_named() {
    let world = World::new();
    for name in ["a/1", "b/2", "b/3", "c/d/4", "e/5", "f"] {
        world.write(format!("tree/{name}"), "x");
    }
    // Nobody removes anything from these two, and a user who is not the owner cannot change that.
    for directory in ["b", "c/d"] {
        set_permissions(world.here().join("tree").join(directory), Permissions::from_mode(0o555)).unwrap();
    }
    for directory in ["tree", "tree/a", "tree/c", "tree/e"] {
        set_permissions(world.here().join(directory), Permissions::from_mode(0o777)).unwrap();
    }
    set_permissions(world.here(), Permissions::from_mode(0o777)).unwrap();
    let shown = world.run_unprivileged("rm -r tree");
    assert!(shown.starts_with("exit: 4\n"), "{shown}");
    let named: Vec<&str> = shown.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(named.len(), 3, "{shown}");
    for name in ["tree/b/2", "tree/b/3", "tree/c/d/4"] {
        assert!(shown.contains(&format!("error: cannot delete `{name}`: permission denied")), "{shown}");
    }
    let left = names(&world.here().join("tree"));
    assert_eq!(left, ["b/", "b/2", "b/3", "c/", "c/d/", "c/d/4"]);
}
