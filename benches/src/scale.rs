//! How much is measured: everything, or `--quick`.

use crate::op::{Level, Op, Size};

/// Sizes of trees and files.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    pub(crate) quick: bool,
    pub(crate) small_listing: u64,
    pub(crate) listing: u64,
    /// Directories, directories in each, files in each of those.
    pub(crate) walk: [u64; 3],
    /// Directories, files in each.
    pub(crate) delete: [u64; 2],
    pub(crate) stream_bytes: u64,
    /// Directories, files in each.
    pub(crate) resident: [u64; 2],
    pub(crate) resident_bytes: u64,
    pub(crate) nodes: u64,
    pub(crate) calls: u64,
    pub(crate) hops: usize,
}

impl Scale {
    pub(crate) fn new(quick: bool) -> Self {
        if quick { Self::QUICK } else { Self::FULL }
    }

    const FULL: Self = Self {
        quick: false,
        small_listing: 100,
        listing: 10_000,
        walk: [100, 10, 100],
        delete: [100, 100],
        stream_bytes: 256 << 20,
        resident: [10, 100_000],
        resident_bytes: 10 << 30,
        nodes: 100_000,
        calls: 100_000,
        hops: 1_000,
    };

    const QUICK: Self = Self {
        quick: true,
        walk: [10, 10, 100],
        delete: [10, 100],
        stream_bytes: 64 << 20,
        resident: [10, 10_000],
        resident_bytes: 1 << 30,
        calls: 5_000,
        hops: 200,
        ..Self::FULL
    };

    pub(crate) fn walk(&self) -> u64 {
        self.walk.iter().product()
    }

    pub(crate) fn delete(&self) -> u64 {
        self.delete.iter().product()
    }

    pub(crate) fn resident(&self) -> u64 {
        self.resident.iter().product()
    }

    /// Samples of an operation.
    pub(crate) fn samples(&self, op: Op) -> usize {
        let full = match op {
            Op::Read(Size::M1) => 1_000,
            Op::Read(Size::M16) => 300,
            Op::Write(Size::M16, Level::None) | Op::Copy(Size::M16, Level::None) => 100,
            Op::Write(Size::M16, _) | Op::Copy(Size::M16, _) => 40,
            Op::Copy(_, Level::Full) => 1_000,
            Op::Stream => 20,
            Op::List => 40,
            Op::Walk => 9,
            Op::Delete => 5,
            _ => 2_000,
        };
        if self.quick { (full / 50).clamp(2, 40) } else { full }
    }

    /// Runs that are not counted, before the samples.
    pub(crate) fn warm_up(&self, op: Op) -> usize {
        (self.samples(op) / 20).max(1)
    }

    /// Runs over which CPU time is taken.
    pub(crate) fn cost_runs(&self, op: Op) -> usize {
        if op == Op::Delete { 1 } else { (self.samples(op) / 2).clamp(2, 1_000) }
    }
}
