//! The targets of the benchmark `transfer`.

use super::cloud::Traffic;
use super::load::Load;
use super::rows::{Job, Row, Rows};
use super::who::Who;
use crate::targets::Target;

/// Every target with what was measured.
pub(crate) fn all(rows: &Rows, traffic: &[Traffic], quick: bool) -> Vec<Target> {
    let mut targets = local(rows, quick);
    targets.extend(cloud(rows, quick));
    targets.extend(network(traffic, quick));
    targets.extend(cpu(rows, quick));
    targets.extend(memory(rows, quick));
    targets
}

fn local(rows: &Rows, quick: bool) -> Vec<Target> {
    let limits = [
        (Load::Small, Job::Fresh, Who::OursCopy, Who::Cp, 1.0),
        (Load::Small, Job::Fresh, Who::OursCopy, Who::Rclone, 0.5),
        (Load::Small, Job::Nothing, Who::OursSync, Who::Rclone, 0.4),
        (Load::Small, Job::Nothing, Who::OursSync, Who::Rsync, 1.0),
        (Load::Large, Job::Fresh, Who::OursCopy, Who::Cp, 1.1),
        (Load::Empty, Job::Fresh, Who::OursCopy, Who::Cp, 1.0),
        (Load::Empty, Job::Nothing, Who::OursSync, Who::Rsync, 0.8),
        (Load::Wide, Job::Replaced, Who::OursSync, Who::Rsync, 1.0),
    ];
    let target = |(load, job, ours, peer, limit): (Load, Job, Who, Who, f64)| {
        let what = format!("{}, {}, time of {}", load.title(quick), job.title(), peer.title());
        Target::at_most(what, limit, "x", rows.time_ratio(load, job, ours, peer))
    };
    let mut targets: Vec<Target> = limits.into_iter().map(target).collect();
    targets.push(cpu_of_cp(rows, quick));
    targets.push(replacing(rows, quick));
    targets
}

fn cpu_of_cp(rows: &Rows, quick: bool) -> Target {
    let (load, job) = (Load::Small, Job::Fresh);
    let what = format!("{}, {}, CPU of {}", load.title(quick), job.title(), Who::Cp.title());
    Target::at_most(what, 1.3, "x", rows.cpu_ratio(load, job, Who::OursCopy, Who::Cp))
}

/// Files that are there are replaced nearly as fast as they were made.
fn replacing(rows: &Rows, quick: bool) -> Target {
    let (load, who) = (Load::Wide, Who::OursSync);
    let what = format!("{}, {}, time of {}", load.title(quick), Job::Replaced.title(), Job::Fresh.title());
    let time = |job| Some(rows.get(load, job, who)?.p50().as_secs_f64());
    let ratio = time(Job::Replaced).zip(time(Job::Fresh)).map(|(replaced, fresh)| replaced / fresh);
    Target::at_most(what, 1.5, "x", ratio)
}

fn cloud(rows: &Rows, quick: bool) -> Vec<Target> {
    let mut targets = Vec::new();
    for load in Load::CLOUD {
        for job in Job::CLOUD {
            let ours = if job == Job::NothingUp { Who::OursSync } else { Who::OursCopy };
            let what = |peer: Who, of: &str| {
                format!("{}, {}, {of} of {}", load.title(quick), job.title(), peer.title())
            };
            let flushed = (job == Job::Down).then_some((Who::S5cmdFlushed, 1.0));
            for (peer, limit) in [(Who::Rclone, 0.8), (Who::S5cmd, 1.0)].into_iter().chain(flushed) {
                let ratio = rows.time_ratio(load, job, ours, peer);
                targets.push(Target::at_most(what(peer, "time"), limit, "x", ratio));
            }
            let ratio = rows.cpu_ratio(load, job, ours, Who::S5cmd);
            targets.push(Target::at_most(what(Who::S5cmd, "CPU"), 0.8, "x", ratio));
        }
    }
    targets
}

fn network(traffic: &[Traffic], quick: bool) -> Vec<Target> {
    let get = |load: Load, job: Job| traffic.iter().find(|row| row.load == load && row.job == job);
    let requests = get(Load::Objects, Job::NothingUp).map(|row| row.requests as f64);
    let what = format!("{}, {}, requests", Load::Objects.title(quick), Job::NothingUp.title());
    let mut targets = vec![Target::at_most(what, 4.0, "", requests)];
    for load in Load::CLOUD {
        // Beside the content there are but headers; those of small objects are a good part of what they hold.
        let none = |row: &Traffic| row.bytes < row.requests * 4096;
        let moved = get(load, Job::Across).map(|row| (none(row), format!("{} bytes in all", row.bytes)));
        let what = format!("{}, bucket to bucket, content through the client", load.title(quick));
        targets.push(Target::is(what, "none", moved));
    }
    targets
}

/// Everywhere the same.
fn cpu(rows: &Rows, quick: bool) -> Vec<Target> {
    let ours = rows.0.iter().filter(|row| row.who.is_ours() && !matches!(row.load, Load::Many | Load::Empty));
    let target = |row: &Row| {
        let ratio = rows.cpu_ratio(row.load, row.job, row.who, Who::Rclone);
        let (load, job) = (row.load.title(quick), row.job.title());
        let what = format!("{load}, {job}, {}, CPU of rclone", row.who.title());
        Target::at_most(what, 0.5, "x", ratio)
    };
    ours.map(target).collect()
}

fn memory(rows: &Rows, quick: bool) -> Vec<Target> {
    let mut loads = [Load::LOCAL.as_slice(), &Load::CLOUD].concat();
    loads.extend([Load::Empty, Load::Many]);
    let target = |load: Load| {
        let ours = rows.0.iter().filter(|row| row.who.is_ours() && row.load == load);
        let most = ours.map(|row| row.peak_kib).max().map(|peak| peak as f64 / 1024.0);
        let limit = if matches!(load, Load::Empty | Load::Many) { 96.0 } else { 64.0 };
        Target::at_most(format!("{}, peak memory", load.title(quick)), limit, "MiB", most)
    };
    loads.into_iter().map(target).collect()
}
