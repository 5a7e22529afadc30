//! The benchmarks with the allocator that programs have by default.

#![forbid(unsafe_code)]

fn main() {
    storage_benches::run(None);
}
