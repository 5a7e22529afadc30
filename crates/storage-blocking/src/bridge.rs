//! Backends of one colour for callers of the other.
