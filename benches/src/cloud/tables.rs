//! The tables of operations.

use super::op::Op;
use super::rows::{Row, Rows};
use super::target::Service;
use super::who::Who;
use crate::table::Table;
use crate::units;

/// How it is measured, in words.
pub(crate) const METHOD: &str = "\
Every contender is a process of its own for every operation, and has its turn in rounds whose order changes. CPU is user and \
system time of that process for one request, in the lowest of the rounds (whatever else the machine does only adds to it); the \
server's is not in it. Allocations, reallocations included, are counted in runs of their own by a second program. Peak is the \
largest resident set of the process. What a caller keeps anyway (node, path, operator) is made before the clock starts. \
object_store and OpenDAL have their defaults, the AWS SDK checksums only where required. The SDKs of Azure and Google are the clients that \
our mounts give: that of Azure signs with a policy of ours, since it knows no account keys; Google's asks for no token, and does heads and \
listings over gRPC alone, which no emulator speaks; that of Google takes no writes in XML, as object_store sends them. Transfers have parts of 8 MiB and eight at once \
with all of them, which are our defaults.
";

/// Operations against the stub, if any were measured.
pub(crate) fn stub(rows: &Rows, service: Service) -> Option<String> {
    let headings = [
        "operation",
        "contender",
        "requests",
        "CPU",
        "x object_store",
        "allocations",
        "requests/s",
        "p50",
        "p99",
        "peak",
    ];
    let right = &[false, false, true, true, true, true, true, true, true, true];
    let mut table = Table::new(&headings, right);
    for row in &rows.0 {
        let ratio = rows.cpu_ratio(row.op, row.who, Who::ObjectStore);
        table.row([
            row.op.title(),
            row.who.title_on(service).to_owned(),
            units::count(row.samples.len() as u64),
            units::time(row.cpu),
            ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default(),
            allocations(row),
            units::count(row.rate as u64),
            units::time(row.samples.percentile(50)),
            units::time(row.samples.percentile(99)),
            units::mebibytes(row.peak_kib),
        ]);
    }
    (!rows.0.is_empty()).then(|| {
        format!(
            "### The client alone, {}\n\nAgainst a stub in another process that answers without doing anything: 32 requests under way, \
             from one thread (blocking contenders: from 32 threads).\n\n{}",
            service.title(),
            table.render()
        )
    })
}

/// Operations against the server, if any were measured.
pub(crate) fn server(rows: &Rows, service: Service) -> Option<String> {
    let headings =
        ["operation", "contender", "samples", "p50", "p99", "throughput", "CPU", "allocations", "peak"];
    let right = &[false, false, true, true, true, true, true, true, true];
    let mut table = Table::new(&headings, right);
    for row in &rows.0 {
        table.row([
            row.op.title(),
            row.who.title_on(service).to_owned(),
            units::count(row.samples.len() as u64),
            units::time(row.samples.percentile(50)),
            units::time(row.samples.percentile(99)),
            throughput(row),
            units::time(row.cpu),
            allocations(row),
            units::mebibytes(row.peak_kib),
        ]);
    }
    (!rows.0.is_empty()).then(|| {
        format!(
            "### {}, against {}\n\nOne operation after the other, on a runtime with two workers; the server shares the two \
             cores. With fewer than 100 samples p99 is the largest.\n\n{}",
            service.title(),
            service.server(),
            table.render()
        )
    })
}

fn throughput(row: &Row) -> String {
    match (row.op, row.op.bytes()) {
        (Op::List(keys), _) => format!("{} keys/s", units::count((row.rate * keys as f64) as u64)),
        (Op::Burst(requests), _) => format!("{} /s", units::count((row.rate * requests as f64) as u64)),
        (_, 0..1_048_576) => format!("{} /s", units::count(row.rate as u64)),
        (_, bytes) => units::rate(row.rate * bytes as f64),
    }
}

fn allocations(row: &Row) -> String {
    let Some(allocations) = row.allocations else { return String::new() };
    if allocations < 1_000.0 { format!("{allocations:.1}") } else { units::count(allocations as u64) }
}
