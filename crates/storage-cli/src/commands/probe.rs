//! `storage mounts test`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;
use storage::blocking::Mount;
use storage::types::{Capabilities, Error, ErrorKind, Result};

use super::mounts::{summary, widest};
use crate::args::MountsTestArgs;
use crate::context::Context;
use crate::exit::{Done, Exit, Tally};
use crate::output::Output;

/// What came of one mount.
struct Outcome {
    capabilities: Result<Capabilities>,
    took: Duration,
}

#[derive(Serialize)]
struct TestsJson<'a> {
    mounts: Vec<TestJson<'a>>,
}

/// A test in JSON; documented in `help/mounts-test.txt`.
#[derive(Serialize)]
struct TestJson<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    ok: bool,
    seconds: f64,
    capabilities: Option<BTreeMap<String, bool>>,
    error: Option<ErrorJson>,
}

#[derive(Serialize)]
struct ErrorJson {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
}

pub(crate) fn run(args: &MountsTestArgs, context: &Context, out: &mut Output) -> Done {
    let mounts = chosen(&args.names, context)?;
    let outcomes = probe(&mounts, args.timeout, context);
    let tested = || mounts.iter().zip(&outcomes);
    if args.json {
        let mounts = tested().map(|(mount, outcome)| outcome.json(mount, context)).collect();
        out.json_pretty(&TestsJson { mounts })?;
    } else {
        let width = widest(mounts.iter().map(|mount| mount.name())) + 1;
        tested().try_for_each(|(mount, outcome)| outcome.people(mount, width, context, out))?;
        if mounts.is_empty() {
            context.console.note("there are no mounts");
        }
    }
    let mut tally = Tally::default();
    for error in outcomes.iter().filter_map(|outcome| outcome.capabilities.as_ref().err()) {
        tally.add(Exit::of(error));
    }
    tally.end()
}

fn chosen(names: &[String], context: &Context) -> Done<Vec<Arc<Mount>>> {
    let manager = context.manager();
    if names.is_empty() {
        return Ok(manager.mounts());
    }
    let mut chosen: Vec<Arc<Mount>> = Vec::new();
    for typed in names {
        let name = typed.strip_suffix(':').unwrap_or(typed);
        if !manager.has_mount(name) {
            return Err(context.no_mount(name).into());
        }
        if chosen.iter().all(|mount| mount.name() != name) {
            chosen.push(manager.mount(name)?);
        }
    }
    Ok(chosen)
}

/// Asks all mounts at once. One that does not answer is left behind.
fn probe(mounts: &[Arc<Mount>], timeout: Duration, context: &Context) -> Vec<Outcome> {
    let (sender, answers) = channel();
    let started = Instant::now();
    let mut outcomes: Vec<Option<Outcome>> = mounts.iter().map(|_| None).collect();
    for (at, mount) in mounts.iter().enumerate() {
        let node = context.manager().node(format!("{}:", mount.name()));
        let sender = sender.clone();
        let ask = move || {
            let capabilities = node.and_then(|node| node.probe());
            // Nobody waits any more when the time is over.
            let _ = sender.send((at, Outcome { capabilities, took: started.elapsed() }));
        };
        if let Err(error) = thread::Builder::new().name(format!("probe-{at}")).spawn(ask) {
            outcomes[at] =
                Some(Outcome { capabilities: Err(Error::from_io(error)), took: started.elapsed() });
        }
    }
    drop(sender);
    while outcomes.iter().any(Option::is_none) {
        match answers.recv_timeout(timeout.saturating_sub(started.elapsed())) {
            Ok((at, outcome)) => outcomes[at] = Some(outcome),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
        }
    }
    let late = |mount: &Mount| Outcome { capabilities: Err(silent(mount, timeout)), took: started.elapsed() };
    mounts.iter().zip(outcomes).map(|(mount, outcome)| outcome.unwrap_or_else(|| late(mount))).collect()
}

fn silent(mount: &Mount, timeout: Duration) -> Error {
    let message = format!("no answer within {}", spelled(timeout));
    let hint =
        "look whether the endpoint of the mount is right and can be reached, or give it a longer `--timeout`";
    Error::new(ErrorKind::Timeout, message).with_mount(mount.name()).with_hint(hint)
}

/// `30s`, `0.25s`.
fn spelled(time: Duration) -> String {
    format!("{}s", time.as_secs_f64())
}

impl Outcome {
    fn people(&self, mount: &Mount, width: usize, context: &Context, out: &mut Output) -> Done {
        let name = format!("{}:", mount.name());
        let took = self.took.as_secs_f64();
        let error = match &self.capabilities {
            Ok(can) => {
                return out
                    .line(format_args!("{name:<width$}  ok in {took:.2}s  {}", summary(&entries(*can))));
            }
            Err(error) => error,
        };
        let (message, hint) = context.console.describe(error);
        out.line(format_args!("{name:<width$}  failed in {took:.2}s"))?;
        out.line(format_args!("{:<width$}  error: {message}", ""))?;
        match hint {
            Some(hint) => out.line(format_args!("{:<width$}  hint: {hint}", "")),
            None => Ok(()),
        }
    }

    fn json<'a>(&self, mount: &'a Mount, context: &Context) -> TestJson<'a> {
        let error = self.capabilities.as_ref().err().map(|error| {
            let (message, hint) = context.console.describe(error);
            ErrorJson { kind: error.kind(), message, hint }
        });
        TestJson {
            name: mount.name(),
            kind: mount.backend().kind(),
            ok: error.is_none(),
            seconds: self.took.as_secs_f64(),
            capabilities: self.capabilities.as_ref().ok().map(|can| entries(*can)),
            error,
        }
    }
}

fn entries(can: Capabilities) -> BTreeMap<String, bool> {
    can.entries().into_iter().collect()
}
