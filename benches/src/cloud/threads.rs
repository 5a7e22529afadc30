//! Threads of a process that makes blocking calls.

use super::clients::{BlockingClient, OpendalBlocking, OursBlocking};
use super::op::{K4, Op};
use super::target::{Service, Target};
use super::who::Who;
use crate::args::ThreadsTask;
use crate::contenders;
use crate::measure::threads;
use crate::process;
use crate::table::Table;
use crate::units;

/// One contender.
pub(crate) struct Row {
    pub(crate) who: Who,
    calls: u64,
    /// Before the client was made.
    before: u64,
    /// After the first call.
    pub(crate) first: u64,
    /// The most after any later call.
    pub(crate) most: u64,
}

/// Counts in a child of each blocking contender.
pub(crate) fn measure(stub: &str, calls: u64) -> Vec<Row> {
    eprintln!("threads ...");
    let count = |who: Who| {
        let calls_text = calls.to_string();
        let args = ["threads", who.name(), "--stub", stub, "--calls", &calls_text];
        let numbers = process::numbers(process::child(args));
        let [before, first, most] = *numbers else { panic!("the child said {numbers:?}") };
        Row { who, calls, before, first, most }
    };
    [Who::OursBlocking, Who::OpendalBlocking].map(count).into()
}

/// Prints the threads before the client was made, after the first call, and the most after any later call.
pub(crate) fn count(task: &ThreadsTask) {
    let before = threads();
    let target = Target::stub(Service::S3, &task.stub);
    let (first, most) = match task.who {
        Who::OpendalBlocking => during(&OpendalBlocking::open(&target, &contenders::runtime()), task.calls),
        _ => during(&OursBlocking::open(&target), task.calls),
    };
    println!("{before} {first} {most}");
}

fn during<C: BlockingClient>(client: &C, calls: usize) -> (u64, u64) {
    let (get, put) = (client.object(&Op::Get(K4).key(Who::OursBlocking)), client.object("bench/out/threads"));
    let content = bytes::Bytes::from(vec![0; K4 as usize]);
    client.get(&get);
    let first = threads();
    let mut most = 0;
    for _ in 0..calls {
        client.get(&get);
        client.head(&get);
        client.put(&put, content.clone());
        most = most.max(threads());
    }
    (first, most)
}

/// The table.
pub(crate) fn table(rows: &[Row]) -> String {
    let headings = ["contender", "calls", "threads before", "after the first call", "most after later calls"];
    let mut table = Table::new(&headings, &[false, true, true, true, true]);
    for row in rows {
        let calls = units::count(row.calls * 3);
        let counts = [row.before, row.first, row.most].map(|count| count.to_string());
        let [before, first, most] = counts;
        table.row([row.who.title().to_owned(), calls, before, first, most]);
    }
    format!(
        "### Threads of blocking calls\n\nOf a process that calls GET, HEAD and PUT in turn against the stub. What the first call \
         starts is the runtime of the process.\n\n{}",
        table.render()
    )
}
