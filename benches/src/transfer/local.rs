//! Trees from one directory to another.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Run;
use super::load::Load;
use super::program::{self, flush, settle};
use super::rows::{self, Job, Row, Stage};
use super::who::{Programs, Who};

/// Who can do a job, in the order of the table.
fn contenders(load: Load, job: Job) -> &'static [Who] {
    match (load, job) {
        (Load::Empty, Job::Fresh) => &[Who::OursCopy, Who::OursSync, Who::Cp, Who::Rsync],
        (Load::Wide, Job::Fresh) => &[Who::OursSync, Who::Cp, Who::Rsync],
        (Load::Empty | Load::Wide, _) => &[Who::OursSync, Who::Rsync],
        (_, Job::Fresh) => &[Who::OursCopy, Who::OursSync, Who::Cp, Who::Rsync, Who::Rclone, Who::Oli],
        _ => &[Who::OursSync, Who::Rsync, Who::Rclone],
    }
}

/// Measures every job of every tree that was asked for.
pub(crate) fn measure(run: &Run<'_>) -> Vec<Row> {
    Load::LOCAL.into_iter().flat_map(|load| measure_load(run, load, run.dir)).collect()
}

/// Measures every job of one tree that was asked for, below `parent`.
pub(super) fn measure_load(run: &Run<'_>, load: Load, parent: &Path) -> Vec<Row> {
    let jobs: Vec<Job> = load.jobs().iter().copied().filter(|job| run.wants(load, *job)).collect();
    if jobs.is_empty() {
        return Vec::new();
    }
    eprintln!("making {} ...", load.title(run.quick()));
    let dir = parent.join(load.name());
    let mut trees = Trees::new(run, load, &dir, Job::Fresh);
    load.build(&trees.source, run.quick()).unwrap();
    settle(&dir);
    let mut rows = Vec::new();
    for job in jobs {
        trees.job = job;
        let contenders = contenders(load, job).iter().copied().filter(|who| run.programs.has(*who));
        let contenders: Vec<Who> = contenders.collect();
        contenders.iter().for_each(|who| trees.keep(*who));
        rows.extend(rows::measure(load, job, &contenders, load.rounds(run.quick()), &mut trees));
    }
    if !load.stays() {
        fs::remove_dir_all(&dir).unwrap();
        settle(parent);
    }
    rows
}

/// A tree and its copies.
struct Trees<'a> {
    programs: &'a Programs,
    config: &'a Path,
    load: Load,
    quick: bool,
    job: Job,
    dir: PathBuf,
    source: PathBuf,
}

impl<'a> Trees<'a> {
    fn new(run: &'a Run<'_>, load: Load, dir: &Path, job: Job) -> Self {
        Self {
            programs: &run.programs,
            config: &run.config,
            load,
            quick: run.quick(),
            job,
            dir: dir.to_owned(),
            source: dir.join("source"),
        }
    }

    /// Each fresh copy has a place of its own; what is kept up to date stays where it is.
    fn destination(&self, who: Who, round: usize) -> PathBuf {
        match self.job {
            Job::Fresh => self.dir.join(format!("fresh-{}-{round}", who.name())),
            _ => self.dir.join(format!("kept-{}", who.name())),
        }
    }

    /// Makes the copy that is kept up to date, unless it is there. What fails here fails again when it is timed.
    fn keep(&self, who: Who) {
        let to = self.destination(who, 0);
        if self.job != Job::Fresh && !to.exists() {
            let _ = program::run(self.commands(Job::Nothing, who, &to));
        }
    }

    fn commands(&self, job: Job, who: Who, to: &Path) -> Vec<Command> {
        commands(self.programs, self.config, job, who, &self.source, to)
    }
}

impl Stage for Trees<'_> {
    fn begin(&mut self, round: usize) {
        let one_in = match self.job {
            Job::Changed => Some(100),
            Job::Replaced => Some(1),
            _ => None,
        };
        if let Some(one_in) = one_in {
            self.load.change(&self.source, self.quick, round, one_in).unwrap();
        }
        settle(&self.dir);
    }

    fn prepare(&mut self, who: Who, round: usize) -> Vec<Command> {
        let to = self.destination(who, round);
        settle(&self.dir);
        self.commands(self.job, who, &to)
    }

    fn check(&mut self, who: Who, round: usize) -> Result<(), String> {
        let to = self.destination(who, round);
        let checked = self.load.check(&to, self.quick);
        if self.job == Job::Fresh && !self.load.stays() {
            fs::remove_dir_all(&to).map_err(|error| format!("{}: {error}", to.display()))?;
        }
        checked
    }
}

/// What has to be run for a job.
pub(super) fn commands(
    programs: &Programs,
    config: &Path,
    job: Job,
    who: Who,
    from: &Path,
    to: &Path,
) -> Vec<Command> {
    let by_hash = job == Job::NothingByHash;
    let mut command = match who {
        Who::OursCopy => programs.ours(config, ["cp", "-r"]),
        Who::OursSync => {
            let skip = if by_hash { "hash" } else { "size-time" };
            programs.ours(config, ["sync", "--skip", skip])
        }
        Who::Cp => with_args("cp", &["-r"]),
        Who::Rsync => with_args("rsync", if by_hash { &["-a", "-c"] } else { &["-a"] }),
        Who::Rclone => {
            let verb = if job == Job::Fresh { "copy" } else { "sync" };
            let mut command = programs.rclone(verb, None);
            command.args(by_hash.then_some("--checksum"));
            command
        }
        Who::Oli => with_args("oli", &["cp", "-r"]),
        Who::S5cmd | Who::S5cmdFlushed => unreachable!("s5cmd knows buckets only"),
    };
    match who {
        // With a slash it is what is in the directory that is copied.
        Who::Rsync => command.arg(from.join("")).arg(to.join("")),
        _ => command.arg(from).arg(to),
    };
    let mut commands = vec![command];
    // Ours has everything on the disk when it ends.
    if who == Who::Cp {
        commands.push(flush(to));
    }
    commands
}

fn with_args(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args);
    command
}
