//! The parent's end of a child process.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use super::op::Op;
use super::target::Service;
use super::who::Who;

/// What a number of operations took.
#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) elapsed: Duration,
    /// User and system time of the process.
    pub(crate) cpu: Duration,
    /// 0 where nobody counts.
    pub(crate) allocations: u64,
    /// The largest resident set since the start.
    pub(crate) peak_kib: u64,
    pub(crate) times: Vec<Duration>,
}

/// A child process that ends with this.
pub(crate) struct Worker {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

/// Which program does the operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    Ordinary,
    /// Its allocator counts.
    Counting,
}

/// How many operations are under way at once, and where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) service: Service,
    pub(crate) stub: Option<&'a str>,
    pub(crate) in_flight: usize,
}

impl Worker {
    /// A child that does this operation.
    pub(crate) fn client(program: Program, op: Op, who: Who, place: Place<'_>) -> Self {
        let mut args: Vec<OsString> = vec!["client".into(), op.name().into(), who.name().into()];
        args.extend(["--service".into(), place.service.name().into()]);
        args.extend(["--in-flight".into(), place.in_flight.to_string().into()]);
        if let Some(stub) = place.stub {
            args.extend(["--stub".into(), stub.into()]);
        }
        Self::start(program, args)
    }

    /// The stub, and its address.
    pub(crate) fn stub() -> (Self, String) {
        let mut stub = Self::start(Program::Ordinary, vec!["stub".into()]);
        let port = stub.numbers()[0];
        (stub, format!("http://127.0.0.1:{port}"))
    }

    fn start(program: Program, args: Vec<OsString>) -> Self {
        let mut command = Command::new(path_of(program));
        command.arg("child").args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (input, output) = (child.stdin.take(), child.stdout.take().unwrap());
        Self { child, input, output: BufReader::new(output) }
    }

    /// Does so many operations.
    pub(crate) fn round(&mut self, count: usize) -> Round {
        writeln!(self.input.as_mut().unwrap(), "{count}").unwrap();
        let numbers = self.numbers();
        let [elapsed, cpu, allocations, peak_kib, times @ ..] = &*numbers else {
            panic!("the child said {numbers:?}")
        };
        Round {
            elapsed: Duration::from_nanos(*elapsed),
            cpu: Duration::from_nanos(*cpu),
            allocations: *allocations,
            peak_kib: *peak_kib,
            times: times.iter().copied().map(Duration::from_nanos).collect(),
        }
    }

    fn numbers(&mut self) -> Vec<u64> {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.split_whitespace().map(|word| word.parse().unwrap()).collect()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // The end of its input is the end of the child.
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

fn path_of(program: Program) -> PathBuf {
    let own = std::env::current_exe().unwrap();
    match program {
        Program::Ordinary => own,
        Program::Counting => own.with_file_name(COUNTING),
    }
}

/// The program with the counting allocator.
const COUNTING: &str = "counting";

/// Builds the counting program beside this one.
pub(crate) fn build_counting() {
    eprintln!("building the program that counts allocations ...");
    let mut command = crate::process::cargo();
    command.args(["build", "--quiet", "--profile", "bench", "-p", "storage-benches", "--bin", COUNTING]);
    let status = command.status().unwrap();
    assert!(status.success(), "cargo build: {status}");
}
