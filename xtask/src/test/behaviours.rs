//! The behaviour suite: two mains per colour, in which every trial is named `backend::behaviour`.

use std::thread;

use crate::cargo::{capture, run as run_cargo};
use crate::cli::{Colour, TestArgs};
use crate::stream;
use crate::test::libtest::{Tally, listed};
use crate::test::report::{Counts, Report};
use crate::test::selection::Selection;
use crate::test::test_command;

/// The test targets that hold the suite of this colour: what needs no server, and the clouds.
pub(crate) fn mains_of(colour: Colour) -> [&'static str; 2] {
    match colour {
        Colour::Async => ["behaviour_async", "clouds_async"],
        Colour::Blocking => ["behaviour_blocking", "clouds_blocking"],
    }
}

/// The test targets of all colours.
pub(crate) fn mains() -> impl Iterator<Item = &'static str> {
    Colour::ALL.into_iter().flat_map(mains_of)
}

/// Trials that run at once in each main: more than there are processors, for most of them wait for a disk or a server.
const TRIALS_AT_ONCE: &str = "--test-threads=4";

/// Runs the whole suite, both colours side by side.
pub(crate) fn all(args: &TestArgs, report: &mut Report) -> Result<(), String> {
    let reports = thread::scope(|scope| {
        let colours = Colour::ALL.map(|colour| scope.spawn(move || all_of(args, colour)));
        colours
            .map(|colour| colour.join().unwrap_or_else(|_| Err("a runner of the suite panicked".to_owned())))
    });
    for part in reports {
        report.merge(part?);
    }
    Ok(())
}

fn all_of(args: &TestArgs, colour: Colour) -> Result<Report, String> {
    let mut report = Report::default();
    for main in mains_of(colour) {
        run(args, colour, main, &[TRIALS_AT_ONCE.to_owned()], &mut report)?;
    }
    Ok(report)
}

/// Runs the behaviours that the options choose.
pub(crate) fn selected(args: &TestArgs) -> Result<Report, String> {
    let mut report = Report::default();
    let mut names_seen = Vec::new();
    let mut chosen = 0;
    let colours = Colour::ALL.into_iter().filter(|colour| args.colour.is_none_or(|only| only == *colour));
    for (colour, main) in colours.flat_map(|colour| mains_of(colour).map(|main| (colour, main))) {
        let Some(names) = names(args, main)? else {
            report.add(main, false, Counts::default());
            continue;
        };
        let selection = Selection::new(args, &names);
        chosen += selection.chosen();
        if selection.chosen() > 0 {
            run(args, colour, main, &selection.arguments(), &mut report)?;
        }
        names_seen.extend(names);
    }
    if chosen == 0 && !names_seen.is_empty() {
        return Err(Selection::nothing_chosen(&names_seen));
    }
    Ok(report)
}

/// The names of the trials of a main; none when the suite does not build, which cargo has then explained.
fn names(args: &TestArgs, main: &str) -> Result<Option<Vec<String>>, String> {
    let base = ["--test", main];
    let mut build = test_command(args, &base);
    build.arg("--no-run");
    if !run_cargo(build)? {
        return Ok(None);
    }
    let mut list = test_command(args, &base);
    list.args(["--quiet", "--", "--list"]);
    Ok(Some(listed(&capture(list)?)))
}

fn run(
    args: &TestArgs,
    colour: Colour,
    main: &str,
    arguments: &[String],
    report: &mut Report,
) -> Result<(), String> {
    let mut command = test_command(args, &["--test", main, "--"]);
    command.args(arguments);
    let mut tally = Tally::default();
    let succeeded = stream::run(command, |line| {
        if let Some(trial) = tally.line(line) {
            report.add_behaviour(trial.backend(), colour, trial.counts);
        }
    })?;
    report.add(main, succeeded, tally.counts());
    Ok(())
}
