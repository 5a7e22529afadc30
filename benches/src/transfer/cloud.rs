//! Trees to and from buckets, and between them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Run;
use super::load::Load;
use super::program::{self, flush, settle};
use super::relay::Relay;
use super::rows::{self, Job, Row, Stage};
use super::who::Who;
use crate::cloud::{Buckets, Service, Target};

/// Who can do a job, in the order of the table.
fn contenders(job: Job) -> &'static [Who] {
    match job {
        Job::NothingUp => &[Who::OursSync, Who::S5cmd, Who::Rclone],
        Job::Down => &[Who::OursCopy, Who::S5cmd, Who::S5cmdFlushed, Who::Rclone],
        _ => &[Who::OursCopy, Who::S5cmd, Who::Rclone],
    }
}

/// What a run of ours moves over the network.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Traffic {
    pub(crate) load: Load,
    pub(crate) job: Job,
    pub(crate) requests: u64,
    /// In both directions, headers and all.
    pub(crate) bytes: u64,
    /// Bytes of the files.
    pub(crate) content: u64,
}

/// What was measured.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    pub(crate) rows: Vec<Row>,
    pub(crate) traffic: Vec<Traffic>,
}

/// Measures every job of every load that was asked for.
pub(crate) fn measure(run: &Run<'_>) -> Measured {
    let mut measured = Measured::default();
    let wanted = |load: &Load| Job::CLOUD.iter().any(|job| run.wants(*load, *job));
    let loads: Vec<Load> = Load::CLOUD.into_iter().filter(wanted).collect();
    if loads.is_empty() {
        return measured;
    }
    let buckets = Buckets::new(&Target::server(Service::S3));
    let relay = Relay::start(&Target::server(Service::S3).endpoint).unwrap();
    for load in loads {
        let mut place = Place::new(run, load, &buckets, &relay);
        for job in Job::CLOUD.into_iter().filter(|job| run.wants(load, *job)) {
            place.start(job);
            let contenders: Vec<Who> =
                contenders(job).iter().copied().filter(|who| run.programs.has(*who)).collect();
            let rounds = load.rounds(run.quick());
            measured.rows.extend(rows::measure(load, job, &contenders, rounds, &mut place));
            measured.traffic.extend(place.traffic());
        }
        fs::remove_dir_all(&place.dir).unwrap();
    }
    measured
}

/// A load on the disk and in the buckets.
struct Place<'a> {
    run: &'a Run<'a>,
    load: Load,
    job: Job,
    buckets: &'a Buckets,
    relay: &'a Relay,
    dir: PathBuf,
    source: PathBuf,
    /// Our mounts, and the same through the relay.
    config: PathBuf,
    relayed: PathBuf,
}

impl<'a> Place<'a> {
    fn new(run: &'a Run<'a>, load: Load, buckets: &'a Buckets, relay: &'a Relay) -> Self {
        eprintln!("making {} ...", load.title(run.quick()));
        let dir = run.dir.join(load.name());
        let source = dir.join("source");
        load.build(&source, run.quick()).unwrap();
        let (config, relayed) = (dir.join("mounts.json"), dir.join("relayed.json"));
        mounts(&config, buckets, &buckets.target.endpoint);
        mounts(&relayed, buckets, &relay.endpoint());
        settle(&dir);
        Self { run, load, job: Job::Up, buckets, relay, dir, source, config, relayed }
    }

    /// Fresh buckets, with what the job finds there.
    fn start(&mut self, job: Job) {
        self.job = job;
        self.buckets.renew();
        let to_load = match job {
            Job::Down | Job::Across => self.ours(&self.config, Job::Up, "load"),
            _ => return,
        };
        program::run(vec![to_load]).unwrap();
    }

    /// Where the objects of a program go: in another place for each, since each keeps times in its own way.
    fn prefix(&self, who: Who, round: usize) -> String {
        match self.job {
            Job::NothingUp => format!("kept-{}", who.name()),
            _ => format!("{}-{round}", who.name()),
        }
    }

    fn sink(&self) -> PathBuf {
        self.dir.join("sink")
    }

    fn commands(&self, who: Who, prefix: &str) -> Command {
        match who {
            Who::S5cmd | Who::S5cmdFlushed => self.s5cmd(prefix),
            Who::Rclone => self.rclone(prefix),
            _ => self.ours(&self.config, self.job, prefix),
        }
    }

    fn ours(&self, config: &Path, job: Job, prefix: &str) -> Command {
        let mut command = self.run.programs.ours::<&str>(config, []);
        match job {
            Job::NothingUp => command.arg("sync").arg(&self.source).arg(format!("one:{prefix}")),
            Job::Down => command.args(["cp", "-r", "one:load"]).arg(self.sink()),
            Job::Across => command.args(["cp", "-r", "one:load"]).arg(format!("two:{prefix}")),
            _ => command.args(["cp", "-r"]).arg(&self.source).arg(format!("one:{prefix}")),
        };
        command
    }

    fn s5cmd(&self, prefix: &str) -> Command {
        let verb = if self.job == Job::NothingUp { "sync" } else { "cp" };
        let mut command = self.run.programs.s5cmd(verb, &self.buckets.target);
        let [one, two] = &self.buckets.names;
        match self.job {
            Job::Down => command.arg(format!("s3://{one}/load/*")).arg(self.sink().join("")),
            Job::Across => command.arg(format!("s3://{one}/load/*")).arg(format!("s3://{two}/{prefix}/")),
            _ => command.arg(self.source.join("")).arg(format!("s3://{one}/{prefix}/")),
        };
        command
    }

    fn rclone(&self, prefix: &str) -> Command {
        let verb = if self.job == Job::NothingUp { "sync" } else { "copy" };
        let mut command = self.run.programs.rclone(verb, Some(&self.buckets.target));
        let remote =
            |bucket: &str, prefix: &str| format!(":s3,provider=SeaweedFS,env_auth=false:{bucket}/{prefix}");
        let [one, two] = &self.buckets.names;
        match self.job {
            Job::Down => command.arg(remote(one, "load")).arg(self.sink()),
            Job::Across => command.arg(remote(one, "load")).arg(remote(two, prefix)),
            _ => command.arg(&self.source).arg(remote(one, prefix)),
        };
        command
    }

    /// What one run of ours moves: with nothing to do, and from bucket to bucket.
    fn traffic(&mut self) -> Option<Traffic> {
        if !matches!(self.job, Job::NothingUp | Job::Across) {
            return None;
        }
        let (who, prefix) = (contenders(self.job)[0], "counted");
        if self.job == Job::NothingUp {
            program::run(vec![self.commands(who, prefix)]).unwrap();
        }
        self.relay.take();
        program::run(vec![self.ours(&self.relayed, self.job, prefix)]).unwrap();
        let (requests, bytes) = self.relay.take();
        let quick = self.run.quick();
        let content = self.load.files(quick) * self.load.bytes(quick);
        Some(Traffic { load: self.load, job: self.job, requests, bytes, content })
    }
}

impl Stage for Place<'_> {
    fn begin(&mut self, _round: usize) {}

    fn prepare(&mut self, who: Who, round: usize) -> Vec<Command> {
        let prefix = self.prefix(who, round);
        match self.job {
            Job::Up => self.buckets.renew(),
            Job::Across => self.buckets.renew_second(),
            // What fails here fails again when it is timed.
            Job::NothingUp if round == 0 => drop(program::run(vec![self.commands(who, &prefix)])),
            _ => {}
        }
        settle(&self.dir);
        let mut commands = vec![self.commands(who, &prefix)];
        if who == Who::S5cmdFlushed {
            commands.push(flush(&self.sink()));
        }
        commands
    }

    fn check(&mut self, who: Who, round: usize) -> Result<(), String> {
        let quick = self.run.quick();
        if self.job == Job::Down {
            let checked = self.load.check(&self.sink(), quick);
            fs::remove_dir_all(self.sink()).map_err(|error| error.to_string())?;
            return checked;
        }
        let bucket = usize::from(self.job == Job::Across);
        let (files, wanted) = (self.buckets.count(bucket, &self.prefix(who, round)), self.load.files(quick));
        if files == wanted { Ok(()) } else { Err(format!("{files} objects, not {wanted}")) }
    }
}

/// A configuration with both buckets as mounts.
fn mounts(file: &Path, buckets: &Buckets, endpoint: &str) {
    let target = &buckets.target;
    let mount = |(name, bucket): (&str, &String)| {
        serde_json::json!({
            "name": name,
            "type": "s3",
            "endpoint": endpoint,
            "bucket": bucket,
            "region": target.region,
            "access_key_id": target.access_key_id,
            "secret_access_key": target.secret_access_key,
        })
    };
    let mounts: Vec<_> = ["one", "two"].into_iter().zip(&buckets.names).map(mount).collect();
    fs::write(file, serde_json::to_vec_pretty(&mounts).unwrap()).unwrap();
}
