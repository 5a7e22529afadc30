//! Counts the bytes of many nodes: prints bytes, bytes of the paths and allocations, for blocking and then async nodes.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "the numbers are for the program that started this one")]
#![expect(clippy::unwrap_used, reason = "a measurement that fails has no result; the panic says where")]

use std::alloc::System;
use std::hint::black_box;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use storage::{Config, MountConfig};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    let count = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let config: Config = [MountConfig::memory("mount")].into_iter().collect();
    let addresses: Vec<String> = (0..count).map(address).collect();
    let blocking = storage::blocking::StorageManager::with_config(&config).unwrap();
    count_nodes(&addresses, |address| blocking.node(address).unwrap());
    let manager = storage::StorageManager::with_config(&config).unwrap();
    count_nodes(&addresses, |address| manager.node(address).unwrap());
}

fn address(index: usize) -> String {
    format!("mount:projects/{:03}/reports/file-{index:06}.parquet", index / 1_000)
}

fn count_nodes<N>(addresses: &[String], make: impl Fn(&str) -> N) {
    let region = Region::new(ALLOCATOR);
    let mut nodes = Vec::with_capacity(addresses.len());
    nodes.extend(addresses.iter().map(|address| make(address)));
    let change = region.change();
    black_box(&nodes);
    // What a reallocation adds or takes is counted in both already.
    let grown = change.bytes_allocated.saturating_sub(change.bytes_deallocated);
    let paths: usize = addresses.iter().map(|address| address.len() - "mount:".len()).sum();
    println!("{grown} {paths} {}", change.allocations.saturating_sub(change.deallocations));
}
