//! The targets of the benchmark `cloud`.

use super::Measured;
use super::clients::{PART, PARTS};
use super::files::{self, Copier, Direction};
use super::op::Op;
use super::who::Who;
use crate::args::Colour;
use crate::targets::Target;

/// What memory may hold beside the parts that are under way, in bytes.
const BESIDE: u64 = 16 << 20;

/// Every target with what was measured. `scale` gives the operation that was measured in place of another.
pub(crate) fn all(measured: &Measured, scale: fn(Op) -> Op) -> Vec<Target> {
    let mut targets = cost(measured);
    targets.extend(transfers(measured, scale));
    targets.extend(programs(measured));
    targets.extend(colours(measured, scale));
    targets
}

fn cost(measured: &Measured) -> Vec<Target> {
    let against = |op: Op| {
        let peers = [Who::ObjectStore, Who::OpendalAsync];
        let ratios = peers.map(|peer| measured.stub.cpu_ratio(op, Who::OursAsync, peer));
        // The better peer is the one beside which we look worst.
        let worst = ratios.into_iter().flatten().reduce(f64::max);
        let what = format!("{}, client CPU, of the better of object_store and OpenDAL", op.title());
        Target::at_most(what, 0.85, "x", worst)
    };
    vec![against(Op::STUB[0]), against(Op::STUB[1])]
}

fn transfers(measured: &Measured, scale: fn(Op) -> Op) -> Vec<Target> {
    let most = (PART * PARTS as u64 + BESIDE) as f64 / f64::from(1 << 20);
    let mut targets = Vec::new();
    for op in Op::SERVER.into_iter().filter(|op| op.is_transfer()).map(scale) {
        let ratio = measured.server.rate_ratio(op, Who::OursAsync, Who::ObjectStore);
        targets.push(Target::at_least(
            format!("{}, throughput of object_store's", op.title()),
            1.0,
            "x",
            ratio,
        ));
        for who in [Who::OursAsync, Who::OursBlocking] {
            let peak = measured.server.get(op, who).map(|row| row.peak_kib as f64 / 1024.0);
            targets.push(Target::at_most(
                format!("{}, {}, peak memory", op.title(), who.title()),
                most,
                "MiB",
                peak,
            ));
        }
    }
    targets
}

fn programs(measured: &Measured) -> Vec<Target> {
    let row = |direction, copier| {
        measured.files.iter().find(|row| row.direction == direction && row.copier == copier)
    };
    let mut targets = Vec::new();
    for (direction, name) in [(Direction::Up, "up"), (Direction::Down, "down")] {
        for (peer, title) in [(Copier::S5cmd, "s5cmd"), (Copier::Rclone, "rclone")] {
            let ours = row(direction, Copier::Ours(Colour::Async)).map(files::Row::p50);
            let theirs = row(direction, peer).map(files::Row::p50);
            let ratio = theirs.zip(ours).map(|(theirs, ours)| theirs.as_secs_f64() / ours.as_secs_f64());
            targets.push(Target::at_least(format!("file {name}, throughput of {title}'s"), 1.0, "x", ratio));
        }
    }
    targets
}

fn colours(measured: &Measured, scale: fn(Op) -> Op) -> Vec<Target> {
    let moves_content = |op: &Op| matches!(op, Op::Get(_) | Op::Put(_) | Op::Upload(_) | Op::Download(_));
    let mut targets: Vec<Target> = Op::SERVER
        .into_iter()
        .filter(moves_content)
        .map(scale)
        .map(|op| {
            let ratio = measured.server.rate_ratio(op, Who::OursBlocking, Who::OursAsync);
            Target::at_least(format!("{}, blocking, throughput of async", op.title()), 0.95, "x", ratio)
        })
        .collect();
    let ours = measured.threads.iter().find(|row| row.who == Who::OursBlocking);
    let extra = ours.map(|row| {
        let extra = row.most.saturating_sub(row.first);
        (extra == 0, format!("{extra} more"))
    });
    targets.push(Target::is("blocking, threads that calls start", "none", extra));
    targets
}
