//! Whether the kernel can be asked for what it has in its caches.

use std::os::fd::AsFd;

use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;

use super::describe::file_system;

/// File systems whose `open` and `fstat` wait for nothing once the names are known (statfs(2)): ext2 to ext4, XFS, Btrfs,
/// tmpfs, F2FS. Those of a network, of FUSE and those that lie over others ask somebody.
const ANSWER_AT_ONCE: [u64; 5] = [0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994, 0xf2f5_2010];

/// Whether the kernel answers from its caches below this folder. May itself wait.
pub(super) fn is_answered_at_once(root: &impl AsFd) -> bool {
    // A kernel without the flag refuses it (`EINVAL`); one that has it may still find nothing in its caches (`EAGAIN`).
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let probe = openat2(root, ".", flags, Mode::empty(), ResolveFlags::CACHED);
    file_system(root).is_some_and(|kind| ANSWER_AT_ONCE.contains(&kind))
        && matches!(probe, Ok(_) | Err(Errno::AGAIN))
}
