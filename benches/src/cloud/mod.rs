//! The benchmark `cloud`: S3, Azure and Google, against a stub for the client's own cost and against a server for everything else.
//!
//! # Layout
//!
//! - [`op`], [`who`], [`target`]: what is done, by whom, where. [`clients`]: one file per library.
//! - [`client`]: the child process of a contender; [`worker`]: the parent's end of it; [`rows`]: rounds of them.
//! - [`stub`]: the server that does nothing; [`seed`]: the bucket on the server that does; [`buckets`]: two for whole trees.
//! - [`files`]: whole processes beside programs; [`threads`]: threads of blocking calls.
//! - [`tables`], [`limits`]: what is printed, and what has to hold.

mod buckets;
pub(crate) mod client;
mod clients;
pub(crate) mod files;
mod limits;
mod op;
mod rows;
mod seed;
pub(crate) mod stub;
mod tables;
mod target;
pub(crate) mod threads;
mod who;
mod worker;

use std::path::Path;

pub(crate) use self::buckets::Buckets;
pub(crate) use self::files::Direction;
pub(crate) use self::op::Op;
use self::rows::{Effort, Rows};
use self::seed::Seed;
pub(crate) use self::target::{Service, Target, tool};
pub(crate) use self::who::Who;
use self::worker::{Place, Worker};
use crate::args::Options;
use crate::machine;
use crate::report;
use crate::targets;

/// Requests that are under way at once against the stub.
const IN_FLIGHT: usize = 32;

/// Measures, prints, and keeps the result of a complete run.
pub(crate) fn run(options: &Options) {
    let folder = machine::folder(options.dir.as_deref());
    let text = Run { options, dir: folder.path() }.everything();
    println!("{text}");
    report::keep("cloud", options, &text).unwrap();
}

struct Run<'a> {
    options: &'a Options,
    dir: &'a Path,
}

/// What a run has measured.
#[derive(Default)]
struct Measured {
    stub: Rows,
    server: Rows,
    files: Vec<files::Row>,
    threads: Vec<threads::Row>,
    /// Azure and Google.
    others: Vec<Other>,
}

/// What was measured of another service than S3.
struct Other {
    service: Service,
    stub: Rows,
    server: Rows,
}

impl Run<'_> {
    fn everything(&self) -> String {
        if self.counts() {
            worker::build_counting();
        }
        let mut measured = Measured::default();
        self.against_stub(&mut measured);
        self.against_server(&mut measured);
        measured.others = [Service::Azure, Service::Gcs].map(|service| self.other(service)).into();
        let mut parts = vec![self.heading()];
        parts.extend(tables::stub(&measured.stub, Service::S3));
        parts.extend(tables::server(&measured.server, Service::S3));
        for other in &measured.others {
            parts.extend(tables::stub(&other.stub, other.service));
            parts.extend(tables::server(&other.server, other.service));
        }
        parts.extend((!measured.files.is_empty()).then(|| files::table(&measured.files)));
        parts.extend((!measured.threads.is_empty()).then(|| threads::table(&measured.threads)));
        parts.push(format!(
            "### Targets of cloud\n\n{}",
            targets::render(&limits::all(&measured, self.scale()))
        ));
        parts.join("\n")
    }

    fn heading(&self) -> String {
        let quick = if self.options.quick { " --quick" } else { "" };
        let only = self.options.only.as_deref().map(|it| format!(" --only {it}")).unwrap_or_default();
        let versions = [
            "object_store",
            "opendal",
            "aws-sdk-s3",
            "azure_storage_blob",
            "google-cloud-storage",
            "reqwest",
            "tokio",
        ];
        let machine = machine::describe_with(self.dir, &versions);
        format!("`cargo xtask bench cloud{quick}{only}`; {machine}\n\n{}", tables::METHOD)
    }

    /// Whether allocations are counted, which takes a second program.
    fn counts(&self) -> bool {
        !self.options.quick
    }

    fn wants(&self, part: &str, op: Op) -> bool {
        self.options.wants(&format!("{part}-{}", op.name()))
    }

    fn scale(&self) -> fn(Op) -> Op {
        if self.options.quick { Op::quick } else { |op| op }
    }

    fn against_stub(&self, measured: &mut Measured) {
        let ops: Vec<Op> = Op::STUB.into_iter().filter(|op| self.wants("s3-stub", *op)).collect();
        let wants_threads = self.options.wants("threads");
        if ops.is_empty() && !wants_threads {
            return;
        }
        let (_stub, address) = Worker::stub();
        measured.stub = self.rows_on_stub(Service::S3, &address, ops);
        if wants_threads {
            let calls = if self.options.quick { 20 } else { 1_000 };
            measured.threads = threads::measure(&address, calls);
        }
    }

    fn rows_on_stub(&self, service: Service, address: &str, ops: Vec<Op>) -> Rows {
        let place = Place { service, stub: Some(address), in_flight: IN_FLIGHT };
        let mut all = Rows::default();
        for op in ops {
            let contenders = Who::CLIENTS.into_iter().chain([Who::Bare]);
            let contenders: Vec<Who> = contenders.filter(|who| who.can(op, place)).collect();
            let effort = self.effort_on_stub(op);
            let mut rows = rows::measure(op, &contenders, place, effort, || ());
            if self.counts() {
                rows::count_allocations(&mut rows, place, effort, || ());
            }
            all.0.extend(rows);
        }
        all
    }

    /// Azure or Google, against the stub and against the test server. The parts are named after the service: `azure-stub-head`.
    fn other(&self, service: Service) -> Other {
        let wanted = |part: &str, ops: &[Op]| -> Vec<Op> {
            let part = format!("{}-{part}", service.name());
            ops.iter().copied().filter(|op| self.wants(&part, *op)).collect()
        };
        let (on_stub, on_server) = (wanted("stub", &Op::STUB), wanted("server", &Op::OTHERS));
        let mut other = Other { service, stub: Rows::default(), server: Rows::default() };
        if !on_stub.is_empty() {
            let (_stub, address) = Worker::stub();
            other.stub = self.rows_on_stub(service, &address, on_stub);
        }
        if !on_server.is_empty() {
            let seed = Seed::new(&Target::server(service));
            other.server = self.rows_on_server(service, &seed, on_server);
        }
        other
    }

    fn effort_on_stub(&self, op: Op) -> Effort {
        let count = if matches!(op, Op::List(_)) { 640 } else { 9_600 };
        if self.options.quick {
            return Effort { rounds: 3, count: count / 4, warm_up: IN_FLIGHT * 4 };
        }
        Effort { rounds: 9, count, warm_up: IN_FLIGHT * 32 }
    }

    fn against_server(&self, measured: &mut Measured) {
        let ops: Vec<Op> =
            Op::SERVER.into_iter().filter(|op| self.wants("s3-server", *op)).map(self.scale()).collect();
        let wants_files = self.options.wants("files");
        if ops.is_empty() && !wants_files {
            return;
        }
        let seed = Seed::new(&Target::server(Service::S3));
        measured.server = self.rows_on_server(Service::S3, &seed, ops);
        if wants_files {
            let Op::Download(bytes) = self.scale()(Op::SERVER[10]) else {
                unreachable!("the last is a download")
            };
            let runs = if self.options.quick { 1 } else { 5 };
            measured.files = files::measure(self.dir, bytes, runs, |direction| {
                seed.renew();
                if direction == Direction::Down {
                    seed.prepare(Op::Download(bytes));
                }
            });
        }
    }

    fn rows_on_server(&self, service: Service, seed: &Seed, ops: Vec<Op>) -> Rows {
        let place = Place { service, stub: None, in_flight: 1 };
        let mut all = Rows::default();
        for op in ops {
            seed.prepare(op);
            let renew = || {
                if matches!(op, Op::Upload(_)) {
                    seed.renew();
                }
            };
            let contenders: Vec<Who> = Who::CLIENTS.into_iter().filter(|who| who.can(op, place)).collect();
            let effort = self.effort_on_server(op);
            let mut rows = rows::measure(op, &contenders, place, effort, renew);
            if self.counts() {
                let once = Effort { count: effort.count.min(100), ..effort };
                rows::count_allocations(&mut rows, place, once, renew);
            }
            all.0.extend(rows);
            seed.renew();
        }
        all
    }

    fn effort_on_server(&self, op: Op) -> Effort {
        let (rounds, count) = match op {
            Op::Get(bytes) | Op::Put(bytes) if bytes >= 64 << 20 => (5, 4),
            Op::Get(bytes) | Op::Put(bytes) if bytes >= 1 << 20 => (10, 20),
            Op::Upload(_) | Op::Download(_) => (5, 1),
            Op::List(_) => (5, 4),
            Op::Burst(_) => (10, 2),
            _ => (10, 100),
        };
        let warm_up = if op.is_transfer() { 0 } else { (count / 10).max(1) };
        if self.options.quick {
            return Effort { rounds: 2, count: (count / 10).max(1), warm_up };
        }
        Effort { rounds, count, warm_up }
    }
}
