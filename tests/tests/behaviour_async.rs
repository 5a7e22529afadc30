//! Placeholder until the suite is written.
fn main() {}
