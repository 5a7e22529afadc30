//! The benchmark `local`: everything that happens on the machine itself, in one run.

mod calls;
mod costs;
mod hops;
mod limits;
mod memory;
mod nodes;
mod resident;
mod rounds;
mod tables;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::args::Options;
use crate::contenders::{self, Contender, Who};
use crate::machine;
use crate::op::Op;
use crate::report;
use crate::results::Results;
use crate::scale::Scale;
use crate::stage::Stage;
use crate::targets;
use crate::units;

/// What every part needs.
pub(crate) struct Run<'a> {
    options: &'a Options,
    scale: Scale,
    dir: &'a Path,
    runtime: Arc<Runtime>,
}

/// Measures, prints, and keeps the result of a complete run.
pub(crate) fn run(options: &Options) {
    let folder = machine::folder(options.dir.as_deref());
    let scale = Scale::new(options.quick);
    let run = Run { options, scale, dir: folder.path(), runtime: contenders::runtime() };
    let text = run.everything();
    println!("{text}");
    report::keep("local", options, &text).unwrap();
}

impl Run<'_> {
    fn everything(&self) -> String {
        let making = machine::time_of_making_a_file(self.dir, self.options.is_complete());
        let files = self.files();
        let hops = self.wants("hops").then(|| hops::measure(self));
        let memory = memory::measure(self);
        let nodes = self.wants("nodes").then(|| nodes::measure(&self.scale));
        let calls = self.wants("bridge").then(|| calls::measure(self));
        let resident = self.wants("resident").then(|| resident::measure(self));

        let measured = limits::Measured {
            files: &files,
            memory: &memory,
            nodes: nodes.as_deref(),
            hops: hops.as_deref(),
            calls: calls.as_deref(),
            resident: resident.as_ref(),
        };
        let mut parts = vec![self.heading(making)];
        parts.extend(tables::files(&files, &self.scale));
        parts.extend(hops.as_deref().map(hops::table));
        parts.extend(tables::memory(&memory, &self.scale));
        parts.extend(nodes.as_deref().map(nodes::table));
        parts.extend(calls.as_deref().map(calls::table));
        parts.extend(resident.as_ref().map(resident::table));
        parts.push(format!("### Targets\n\n{}", targets::render(&limits::all(&measured, &self.scale))));
        parts.join("\n")
    }

    fn heading(&self, making: Duration) -> String {
        let name = |flag: &str, value: &str| format!(" {flag} {value}");
        let quick = if self.options.quick { " --quick" } else { "" };
        let only = self.options.only.as_deref().map(|pattern| name("--only", pattern)).unwrap_or_default();
        let (machine, method) = (machine::describe(self.dir), tables::METHOD);
        format!(
            "`cargo xtask bench local{quick}{only}`; {machine}; making an empty file takes {}\n\n{method}",
            units::time(making)
        )
    }

    fn wants(&self, name: &str) -> bool {
        self.options.wants(name)
    }

    /// Every operation on local files: time in rounds, CPU and memory in a child each.
    fn files(&self) -> Results {
        let mut ops: Vec<Op> = Op::LOCAL.into_iter().filter(|op| self.wants(&op.name())).collect();
        ops.sort_by_key(|op| op.frees_inodes());
        let stage = Stage::local(self.dir, self.scale);
        let mut needed = ops.clone();
        if self.wants("hops") {
            needed.extend(Op::ONE_HOP);
        }
        eprintln!("making files ...");
        stage.build(&needed).unwrap();
        let contenders: Vec<(Who, Box<dyn Contender>)> =
            Who::ALL.into_iter().map(|who| (who, contenders::local(who, self.dir, &self.runtime))).collect();
        let mut results = Results::default();
        for op in ops {
            let part: Vec<_> = contenders.iter().filter(|(who, _)| op.contenders().contains(who)).collect();
            let mut rows = rounds::measure(&stage, op, &part);
            costs::add(self, op, &mut rows);
            results.rows.extend(rows);
        }
        results.rows.sort_by_key(|row| Op::LOCAL.iter().position(|op| *op == row.op));
        results
    }
}
