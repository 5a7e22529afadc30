//! Finding what there is to do: both sides listed, paired by name, filtered and compared. Touches no bytes.

pub(super) mod compare;
pub(super) mod finder;
mod level;
mod merge;
pub(super) mod overlap;
pub(super) mod select;
pub(super) mod selection;
mod tree;
