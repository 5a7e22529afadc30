//! What is measured in a process of its own, so that nothing else has used its memory or its threads. Each part prints
//! plain numbers for the parent.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::args::{Child, Colour, Reach, Task};
use crate::cloud;
use crate::contenders::{self, Contender, ours_async, ours_blocking};
use crate::measure::{cpu_time, peak_kib, reset_peak};
use crate::op::Op;
use crate::process::nanos;
use crate::scale::Scale;
use crate::stage::Stage;

/// Runs one part.
pub(crate) fn run(part: &Child, allocations: Option<fn() -> u64>) {
    match part {
        Child::Cost(task) => cost(task),
        Child::Hops(task) => hops(task),
        Child::Walk(reach) => walk(reach),
        Child::Stream(reach) => stream(reach),
        Child::Stub => cloud::stub::serve(),
        Child::Client(task) => cloud::client::run(task, allocations),
        Child::Threads(task) => cloud::threads::count(task),
        Child::File(task) => cloud::files::copy(task),
    }
}

/// Prints CPU nanoseconds of one run, and the peak in KiB.
fn cost(task: &Task) {
    let stage = Stage::local(&task.dir, Scale::new(task.quick));
    let contender = contenders::local(task.who, &task.dir, &contenders::runtime());
    if task.op != Op::Delete {
        stage.perform(task.op, task.who, &*contender);
    }
    reset_peak();
    let cpu = cpu_per_run(&stage, task, &*contender);
    println!("{} {}", nanos(cpu), peak_kib());
}

fn cpu_per_run(stage: &Stage, task: &Task, contender: &dyn Contender) -> Duration {
    let start = cpu_time();
    let mut preparing = Duration::ZERO;
    for _ in 0..task.count {
        if task.op.needs_preparation() {
            let before = cpu_time();
            stage.prepare(task.op, task.who);
            preparing += cpu_time().saturating_sub(before);
        }
        if !task.prepare_only {
            stage.run(task.op, task.who, contender);
        }
    }
    let spent = cpu_time().saturating_sub(start).saturating_sub(preparing);
    spent / u32::try_from(task.count.max(1)).unwrap_or(u32::MAX)
}

/// Prints how many tasks all runs gave to the blocking pool.
fn hops(task: &Task) {
    let stage = Stage::local(&task.dir, Scale::new(task.quick));
    let (runtime, started) = contenders::counting_runtime();
    let run: Box<dyn Fn()> = if task.op == Op::Hop {
        Box::new(|| hop(&runtime))
    } else {
        let contender = contenders::local(task.who, &task.dir, &runtime);
        Box::new(move || {
            stage.perform(task.op, task.who, &*contender);
        })
    };
    run();
    let before = started.load(Ordering::Relaxed);
    for _ in 0..task.count {
        run();
    }
    println!("{}", started.load(Ordering::Relaxed) - before);
}

/// One trip to the blocking pool and back, with nothing to do there.
fn hop(runtime: &Arc<Runtime>) {
    runtime.block_on(async { tokio::task::spawn_blocking(|| ()).await.unwrap() });
}

/// Prints the number of files and the peak in KiB.
fn walk(reach: &Reach) {
    reset_peak();
    let files = match reach.colour {
        Colour::Blocking => ours_blocking::walk(&blocking_node(&reach.path, "")).unwrap(),
        Colour::Async => {
            contenders::runtime().block_on(ours_async::walk(&async_node(&reach.path, ""))).unwrap()
        }
    };
    println!("{files} {}", peak_kib());
}

/// Prints the number of bytes and the peak in KiB.
fn stream(reach: &Reach) {
    let dir = reach.path.parent().unwrap_or(Path::new("/"));
    let name = reach.path.file_name().unwrap_or_default().to_string_lossy();
    reset_peak();
    let bytes = match reach.colour {
        Colour::Blocking => ours_blocking::stream(&blocking_node(dir, &name)).unwrap(),
        Colour::Async => contenders::runtime().block_on(ours_async::stream(&async_node(dir, &name))).unwrap(),
    };
    println!("{bytes} {}", peak_kib());
}

fn blocking_node(root: &Path, path: &str) -> storage::blocking::StorageNode {
    let manager = storage::blocking::StorageManager::with_config(&contenders::local_config(root)).unwrap();
    manager.node(format!("none:{path}")).unwrap()
}

fn async_node(root: &Path, path: &str) -> storage::StorageNode {
    let manager = storage::StorageManager::with_config(&contenders::local_config(root)).unwrap();
    manager.node(format!("none:{path}")).unwrap()
}
