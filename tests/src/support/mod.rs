//! Helpers without colour: outcomes and checks, contents, real directories, other processes.

pub mod archive;
pub mod checks;
pub mod content;
pub mod disk;
pub mod http;
pub mod mirror;
pub(crate) mod notes;
pub mod outcome;
pub mod privileges;
pub mod process;
pub mod proxy;
pub mod raw;
pub mod servers;
pub mod slow_disk;
pub mod small_disk;
pub mod stub;
pub mod tree;
