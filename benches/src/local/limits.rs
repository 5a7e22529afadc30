//! The targets of the benchmark `local`.

use super::calls;
use super::hops;
use super::memory::Memory;
use super::nodes::Nodes;
use super::resident::Resident;
use crate::contenders::Who;
use crate::op::{Level, Op, Size};
use crate::results::Results;
use crate::scale::Scale;
use crate::targets::Target;

/// What there is to judge by.
pub(crate) struct Measured<'a> {
    pub(crate) files: &'a Results,
    pub(crate) memory: &'a Memory,
    pub(crate) nodes: Option<&'a [Nodes]>,
    pub(crate) hops: Option<&'a [hops::Row]>,
    pub(crate) calls: Option<&'a [calls::Row]>,
    pub(crate) resident: Option<&'a Resident>,
}

/// Every target with what was measured.
pub(crate) fn all(measured: &Measured<'_>, scale: &Scale) -> Vec<Target> {
    let mut targets = blocking(measured.files, scale);
    targets.extend(with_async(measured, scale));
    targets.extend(memory(measured, scale));
    targets
}

fn blocking(files: &Results, scale: &Scale) -> Vec<Target> {
    let limit = |op: Op, limit: f64| {
        let measured = files.ratio(op, Who::OursBlocking, Who::Std);
        Target::at_most(format!("blocking, {}, of std", op.title(scale)), limit, "x", measured)
    };
    let mut targets = vec![limit(Op::Stat, 2.5)];
    targets.extend(Size::ALL.map(|size| limit(Op::Read(size), 1.3)));
    targets.push(limit(Op::List, 1.3));
    for size in [Size::K4, Size::M16] {
        targets.push(limit(Op::Write(size, Level::None), 1.15));
    }
    targets.push(limit(Op::Overwrite, 1.15));
    for size in [Size::K4, Size::M16] {
        targets.push(limit(Op::Copy(size, Level::None), 1.15));
    }
    targets.push(limit(Op::DeleteFile, 1.3));
    targets.push(no_hard_link(files));
    targets
}

fn no_hard_link(files: &Results) -> Target {
    let ours = files.rows.iter().filter(|row| matches!(row.who, Who::OursBlocking | Who::OursAsync));
    let most = ours.filter_map(|row| row.names).max();
    Target::is("copy is never a hard link", "1 name", most.map(|names| (names == 1, format!("{names} name"))))
}

fn with_async(measured: &Measured<'_>, scale: &Scale) -> Vec<Target> {
    let files = measured.files;
    let limit = |op: Op, base: Who, limit: f64| {
        let what = format!("async, {}, of {}", op.title(scale), base.title());
        Target::at_most(what, limit, "x", files.ratio(op, Who::OursAsync, base))
    };
    let throughput = files.ratio(Op::Stream, Who::OursAsync, Who::Std).map(f64::recip);
    let stream = format!("async, {}, throughput of std's", Op::Stream.title(scale));
    vec![
        limit(Op::Read(Size::K4), Who::OpendalAsync, 0.5),
        limit(Op::Read(Size::K4), Who::ObjectStore, 1.0),
        Target::at_least(stream, 0.9, "x", throughput),
        limit(Op::List, Who::ObjectStore, 0.5),
        limit(Op::Stat, Who::Std, 3.0),
        limit(Op::Read(Size::K4), Who::Std, 1.8),
        limit(Op::Read(Size::K64), Who::Std, 1.6),
        spread(files, Op::Stat, scale),
        spread(files, Op::Read(Size::K4), scale),
        spread(files, Op::Read(Size::K64), scale),
        one_hop(measured.hops, scale),
        Target::at_most(
            "a blocking call inside a runtime, of one round of `spawn_blocking`",
            1.2,
            "x",
            measured.calls.and_then(calls::inside_of_round),
        ),
    ]
}

/// How much longer the slowest of a hundred takes than the middle.
fn spread(files: &Results, op: Op, scale: &Scale) -> Target {
    let row = files.get(op, Who::OursAsync);
    let measured = row.map(|row| row.samples.percentile(99).as_secs_f64() / row.p50().as_secs_f64());
    Target::at_most(format!("async, {}, p99 of p50", op.title(scale)), 3.0, "x", measured)
}

fn one_hop(rows: Option<&[hops::Row]>, scale: &Scale) -> Target {
    // More would be a second hop in some of the runs.
    const MOST: f64 = 1.05;
    let ours = rows.into_iter().flatten().filter(|row| row.who == Who::OursAsync && row.op != Op::Hop);
    let worst = ours.max_by(|a, b| a.hops.total_cmp(&b.hops));
    let measured =
        worst.map(|row| (row.hops <= MOST, format!("at most {:.2}, {}", row.hops, row.op.title(scale))));
    Target::is("async, hops per operation", "at most 1", measured)
}

fn memory(measured: &Measured<'_>, scale: &Scale) -> Vec<Target> {
    let shares = measured.memory.shares.map(|[blocking, colour]| {
        let held = blocking && colour;
        (held, if held { "same address twice" } else { "a copy" }.to_owned())
    });
    let overhead = measured.nodes.map(|nodes| nodes.iter().map(Nodes::overhead).fold(0.0, f64::max));
    let of_object_store = |op: Op| {
        let what = format!("memory, async, {}, of {}", op.title(scale), Who::ObjectStore.title());
        Target::at_most(what, 1.0, "x", measured.memory.results.ratio(op, Who::OursAsync, Who::ObjectStore))
    };
    let mut targets = vec![
        of_object_store(Op::Write(Size::K4, Level::None)),
        of_object_store(Op::ListSmall),
        of_object_store(Op::List),
        Target::is("memory, a read copies nothing", "shared bytes", shares),
        Target::at_most("node beyond its path", 64.0, "bytes", overhead),
    ];
    for row in measured.resident.map(|resident| &resident.rows[..]).unwrap_or_default() {
        let what = format!("{}, {}, peak resident", row.colour.name(), row.what);
        targets.push(Target::at_most(what, 64.0, "MiB", Some(row.peak_kib as f64 / 1024.0)));
    }
    targets
}
