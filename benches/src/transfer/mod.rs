//! The benchmark `transfer`: whole trees, copied and brought up to date by whole programs.
//!
//! # Layout
//!
//! - [`load`], [`rows`], [`who`]: what is transferred, what is done with it, by whom. [`program`]: one run of a program.
//! - [`local`]: from directory to directory; [`many`]: empty files in memory, up to a million.
//! - [`cloud`]: to and from buckets, and between them; [`relay`] counts what goes over the network.
//! - [`tables`], [`limits`]: what is printed, and what has to hold.

mod cloud;
mod limits;
mod load;
mod local;
mod many;
mod program;
mod relay;
mod rows;
mod tables;
mod who;

use std::fs;
use std::path::{Path, PathBuf};

use self::load::Load;
use self::rows::{Job, Rows};
use self::who::Programs;
use crate::args::Options;
use crate::machine;
use crate::report;
use crate::targets;
use crate::units;

/// Measures, prints, and keeps the result of a complete run.
pub(crate) fn run(options: &Options) {
    let folder = machine::folder(options.dir.as_deref());
    let config = folder.path().join("none.json");
    fs::write(&config, "[]").unwrap();
    let run = Run { options, dir: folder.path(), config, programs: Programs::new() };
    let text = run.everything();
    println!("{text}");
    report::keep("transfer", options, &text).unwrap();
}

/// What every part needs.
struct Run<'a> {
    options: &'a Options,
    dir: &'a Path,
    /// A configuration without mounts, so that none of the user's is in the way.
    config: PathBuf,
    programs: Programs,
}

impl Run<'_> {
    fn everything(&self) -> String {
        let making = machine::time_of_making_a_file(self.dir, self.options.is_complete());
        let many = many::measure(self);
        let cloud = cloud::measure(self);
        let mut rows = Rows(local::measure(self));
        rows.0.extend(cloud.rows);
        rows.0.extend(many);

        let quick = self.quick();
        let mut parts = vec![self.heading(&units::time(making))];
        parts.extend(tables::rows("From directory to directory", &rows, &Load::LOCAL, quick));
        parts.extend(tables::rows("SeaweedFS", &rows, &Load::CLOUD, quick));
        parts.extend(tables::traffic(&cloud.traffic, quick));
        parts.extend(tables::rows("Many files, in tmpfs", &rows, &[Load::Empty, Load::Many], quick));
        let limits = limits::all(&rows, &cloud.traffic, quick);
        parts.push(format!("### Targets of transfer\n\n{}", targets::render(&limits)));
        parts.join("\n")
    }

    fn heading(&self, making: &str) -> String {
        let quick = if self.quick() { " --quick" } else { "" };
        let only = self.options.only.as_deref().map(|it| format!(" --only {it}")).unwrap_or_default();
        let machine = machine::describe_with(self.dir, &["tokio"]);
        let (programs, method) = (self.programs.versions(), tables::METHOD);
        format!(
            "`cargo xtask bench transfer{quick}{only}`; {machine}; {programs}; making an empty file takes {making}\n\n{method}"
        )
    }

    fn quick(&self) -> bool {
        self.options.quick
    }

    fn wants(&self, load: Load, job: Job) -> bool {
        self.options.wants(&format!("{}-{}", load.name(), job.name()))
    }
}
