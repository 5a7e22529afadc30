//! Nodes and contents that are made of other nodes: concatenations, diffs, zip archives.

mod concat;
#[cfg(feature = "zip")]
mod deflate;
#[cfg(feature = "diff")]
mod diff;
#[cfg(feature = "diff")]
mod hunks;
#[cfg(feature = "zip")]
mod unzip;
#[cfg(feature = "zip")]
mod zip;

#[cfg(feature = "zip")]
pub use unzip::ArchiveEntries;
#[cfg(feature = "zip")]
pub use zip::{Zip, ZipReport};
