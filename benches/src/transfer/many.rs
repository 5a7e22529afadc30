//! Many empty files, which lie in memory: time beside the others, and the peak memory of our program on a million.

use std::fs;
use std::path::Path;

use super::Run;
use super::load::Load;
use super::local::{commands, measure_load};
use super::program;
use super::rows::{Job, Row};
use super::who::Who;
use crate::machine;
use crate::measure::Samples;

/// Nothing where the machine has no such file system.
pub(crate) fn measure(run: &Run<'_>) -> Vec<Row> {
    let shared = Path::new("/dev/shm");
    if !shared.is_dir() {
        eprintln!("warning: there is no /dev/shm, so the empty files are not measured");
        return Vec::new();
    }
    let mut rows = measure_load(run, Load::Empty, machine::folder(Some(shared)).path());
    if run.options.wants("many") {
        rows.extend(peak(run, shared));
    }
    rows
}

/// A copy, a first synchronisation, and one with nothing to do.
fn peak(run: &Run<'_>, shared: &Path) -> Vec<Row> {
    let (load, quick) = (Load::Many, run.quick());
    eprintln!("making {} ...", load.title(quick));
    let folder = machine::folder(Some(shared));
    let source = folder.path().join("source");
    load.build(&source, quick).unwrap();
    let jobs = [(Job::Fresh, Who::OursCopy), (Job::Fresh, Who::OursSync), (Job::Nothing, Who::OursSync)];
    let mut rows = Vec::new();
    for (job, who) in jobs {
        eprintln!("{}, {}, {} ...", load.name(), who.title(), job.title());
        let to = folder.path().join(who.name());
        let cost = program::run(commands(&run.programs, &run.config, job, who, &source, &to)).unwrap();
        load.check(&to, quick).unwrap();
        if who == Who::OursCopy {
            fs::remove_dir_all(&to).unwrap();
        }
        let mut samples = Samples::default();
        samples.add(cost.elapsed);
        rows.push(Row { load, job, who, samples, cpu: cost.cpu, peak_kib: cost.peak_kib });
    }
    rows
}
