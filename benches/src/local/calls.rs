//! What a call over the bridge between the colours costs, beside the direct call.

use std::sync::Arc;
use std::time::{Duration, Instant};

use storage::blocking;

use super::Run;
use crate::measure::cpu_time;
use crate::table::Table;
use crate::units;

/// One way of calling. Times are per call.
pub(crate) struct Row {
    what: &'static str,
    direct: bool,
    cpu: Duration,
    elapsed: Duration,
}

/// Measures every way: one read of a few bytes from memory.
pub(crate) fn measure(run: &Run<'_>) -> Vec<Row> {
    eprintln!("bridge ...");
    let calls = u32::try_from(run.scale.calls).unwrap_or(u32::MAX);
    let runtime = &run.runtime;
    let direct = blocking_node(Arc::new(blocking::MemoryBackend::new()));
    let bridged = blocking_node(blocking::bridge::to_blocking(Arc::new(storage::MemoryBackend::new())));
    let blocking_read = |node: &blocking::StorageNode| drop(node.read().unwrap());
    let mut rows = vec![
        row("blocking caller, blocking backend", true, calls, || {
            (0..calls).for_each(|_| blocking_read(&direct));
        }),
        row("blocking caller, async backend", false, calls, || {
            (0..calls).for_each(|_| blocking_read(&bridged));
        }),
        row(INSIDE, false, calls, || {
            runtime.block_on(async { (0..calls).for_each(|_| blocking_read(&bridged)) });
        }),
    ];

    rows.push(row(ROUND, true, calls, || runtime.block_on(rounds(calls))));

    let direct = runtime.block_on(async_node(Arc::new(storage::MemoryBackend::new())));
    let behind = blocking::bridge::to_async(Arc::new(blocking::MemoryBackend::new()));
    let bridged = runtime.block_on(async_node(behind));
    rows.push(row("async caller, async backend", true, calls, || {
        runtime.block_on(async_reads(&direct, calls));
    }));
    rows.push(row("async caller, blocking backend", false, calls, || {
        runtime.block_on(async_reads(&bridged, calls));
    }));
    rows
}

/// The row of a hop to the blocking pool and back.
const ROUND: &str = "one round of `spawn_blocking`";

/// The row of a blocking call inside a runtime.
const INSIDE: &str = "the same inside a runtime";

async fn rounds(calls: u32) {
    for _ in 0..calls {
        tokio::task::spawn_blocking(|| ()).await.unwrap();
    }
}

/// What a blocking call inside a runtime costs, as a multiple of a round of `spawn_blocking`.
pub(crate) fn inside_of_round(rows: &[Row]) -> Option<f64> {
    let elapsed = |what| rows.iter().find(|row| row.what == what).map(|row| row.elapsed.as_secs_f64());
    Some(elapsed(INSIDE)? / elapsed(ROUND)?)
}

fn row(what: &'static str, direct: bool, calls: u32, all: impl Fn()) -> Row {
    all();
    let (start, cpu) = (Instant::now(), cpu_time());
    all();
    let (elapsed, cpu) = (start.elapsed(), cpu_time().saturating_sub(cpu));
    Row { what, direct, cpu: cpu / calls, elapsed: elapsed / calls }
}

fn blocking_node(backend: Arc<dyn blocking::Backend>) -> blocking::StorageNode {
    let manager = blocking::StorageManager::new();
    manager.add_backend("mount", backend).unwrap();
    let node = manager.node("mount:a").unwrap();
    node.write("a few bytes").unwrap();
    node
}

async fn async_node(backend: Arc<dyn storage::Backend>) -> storage::StorageNode {
    let manager = storage::StorageManager::new();
    manager.add_backend("mount", backend).unwrap();
    let node = manager.node("mount:a").unwrap();
    node.write("a few bytes").await.unwrap();
    node
}

async fn async_reads(node: &storage::StorageNode, calls: u32) {
    for _ in 0..calls {
        node.read().await.unwrap();
    }
}

/// The table.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut table = Table::new(&["call", "way", "CPU", "elapsed"], &[false, false, true, true]);
    for row in rows {
        let way = if row.direct { "direct" } else { "bridged" };
        table.row([row.what.to_owned(), way.to_owned(), units::time(row.cpu), units::time(row.elapsed)]);
    }
    format!(
        "### Bridge between the colours\n\nOne read of a few bytes from memory, the mean of many; CPU is that of all \
         threads.\n\n{}",
        table.render()
    )
}
