//! The same operations on stores in memory.

use std::time::Duration;

use super::{Run, rounds};
use crate::contenders::{self, Contender, Who};
use crate::measure::cpu_time;
use crate::op::Op;
use crate::results::Results;
use crate::stage::Stage;

/// What was measured in memory.
pub(crate) struct Memory {
    pub(crate) results: Results,
    /// Whether two reads of one object gave the same memory, in each colour.
    pub(crate) shares: Option<[bool; 2]>,
}

/// Measures every operation in memory.
pub(crate) fn measure(run: &Run<'_>) -> Memory {
    let wanted = |op: &Op| run.wants(&op.name()) || run.wants("memory");
    let ops: Vec<Op> = Op::MEMORY.into_iter().filter(wanted).collect();
    let mut results = Results::default();
    if ops.is_empty() {
        return Memory { results, shares: None };
    }
    eprintln!("in memory:");
    let stage = Stage::memory(run.scale);
    let contenders = contenders(run, &stage);
    for op in ops {
        let all: Vec<_> = contenders.iter().collect();
        let mut rows = rounds::measure(&stage, op, &all);
        for row in &mut rows {
            let contender = contenders.iter().find(|(who, _)| *who == row.who);
            row.cpu = contender.map(|(who, contender)| cpu(&stage, op, *who, &**contender));
        }
        results.rows.extend(rows);
    }
    Memory { results, shares: Some([shares_blocking(), shares_async(run)]) }
}

fn contenders(run: &Run<'_>, stage: &Stage) -> Vec<(Who, Box<dyn Contender>)> {
    let make = |who| {
        let contender = contenders::memory(who, &run.runtime)?;
        stage.build_in(&*contender);
        Some((who, contender))
    };
    Who::MEMORY.into_iter().filter_map(make).collect()
}

fn cpu(stage: &Stage, op: Op, who: Who, contender: &dyn Contender) -> Duration {
    let count = stage.scale.cost_runs(op);
    let start = cpu_time();
    for _ in 0..count {
        stage.run(op, who, contender);
    }
    cpu_time().saturating_sub(start) / u32::try_from(count).unwrap_or(u32::MAX)
}

const CONTENT: &[u8] = b"shared by all who read it";

fn shares_blocking() -> bool {
    let manager = storage::blocking::StorageManager::with_config(&contenders::memory_config()).unwrap();
    let node = manager.node("none:a").unwrap();
    node.write(CONTENT).unwrap();
    let (first, second) = (node.read().unwrap(), node.read().unwrap());
    first == CONTENT && first.as_ptr() == second.as_ptr()
}

fn shares_async(run: &Run<'_>) -> bool {
    let manager = storage::StorageManager::with_config(&contenders::memory_config()).unwrap();
    let node = manager.node("none:a").unwrap();
    run.runtime.block_on(async {
        node.write(CONTENT).await.unwrap();
        let (first, second) = (node.read().await.unwrap(), node.read().await.unwrap());
        first == CONTENT && first.as_ptr() == second.as_ptr()
    })
}
