//! The tables.

use super::cloud::Traffic;
use super::load::Load;
use super::rows::{Row, Rows};
use super::who::Who;
use crate::table::Table;
use crate::units;

/// How it is measured, in words.
pub(crate) const METHOD: &str = "\
Whole programs from their start to their end, in rounds whose order changes; before each run everything written so far is put \
on the disk. CPU is user and system time of the program in the lowest of its runs, as the kernel tells it, in hundredths of a \
second; peak is the largest resident set of all its runs, looked at every 2 ms. `cp -r` is followed by `sync -f` within its time, since \
ours has everything on the disk when it ends; rsync, rclone and s5cmd have not, and s5cmd is measured with `sync -f` too where it writes to the disk. rclone runs with 16 checkers and 16 transfers. After each \
run it is checked that everything is there.
";

/// Rows on local files, in the cloud, or of memory, if there are any.
pub(crate) fn rows(heading: &str, rows: &Rows, loads: &[Load], quick: bool) -> Option<String> {
    let headings =
        ["load", "job", "program", "runs", "p50", "longest", "x rclone", "CPU", "x rclone", "peak"];
    let right = &[false, false, false, true, true, true, true, true, true, true];
    let mut table = Table::new(&headings, right);
    let mut any = false;
    for row in rows.0.iter().filter(|row| loads.contains(&row.load)) {
        any = true;
        table.row(cells(rows, row, quick));
    }
    any.then(|| format!("### {heading}\n\n{}", table.render()))
}

fn cells(rows: &Rows, row: &Row, quick: bool) -> [String; 10] {
    let (load, job, who) = (row.load, row.job, row.who);
    let ratio = |ratio: Option<f64>| ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
    [
        load.title(quick),
        job.title().to_owned(),
        who.title().to_owned(),
        row.samples.len().to_string(),
        units::time(row.p50()),
        units::time(row.samples.percentile(100)),
        ratio(rows.time_ratio(load, job, who, Who::Rclone)),
        units::time(row.cpu),
        ratio(rows.cpu_ratio(load, job, who, Who::Rclone)),
        units::mebibytes(row.peak_kib),
    ]
}

/// What goes over the network, if it was counted.
pub(crate) fn traffic(traffic: &[Traffic], quick: bool) -> Option<String> {
    let headings = ["load", "job", "requests", "bytes both ways", "bytes of the files"];
    let mut table = Table::new(&headings, &[false, false, true, true, true]);
    for row in traffic {
        table.row([
            row.load.title(quick),
            row.job.title().to_owned(),
            units::count(row.requests),
            units::count(row.bytes),
            units::count(row.content),
        ]);
    }
    let text = "### Over the network\n\nOne run of ours, through a relay that counts.";
    (!traffic.is_empty()).then(|| format!("{text}\n\n{}", table.render()))
}
