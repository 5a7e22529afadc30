//! The benchmark `builds`: how long a clean build takes: of the library in debug, of the command line in `release` and `dist`.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::args::Options;
use crate::machine;
use crate::measure::children_cpu_time;
use crate::process::cargo;
use crate::report;
use crate::table::Table;
use crate::targets::{self, Target};
use crate::units;

/// What is built: a package, features beyond its default ones, a profile, and the seconds that it may take.
const BUILDS: [(&str, &str, &str, Option<f64>); 9] = [
    ("storage-dual", "", "dev", Some(60.0)),
    ("storage-blocking", "", "dev", Some(25.0)),
    ("storage-dual", "s3", "dev", None),
    ("storage-dual", "azure", "dev", None),
    ("storage-dual", "gcs", "dev", None),
    ("storage-dual", "http", "dev", None),
    ("storage-dual", "s3,azure,gcs,http", "dev", Some(240.0)),
    ("storage-cli", "", "release", Some(150.0)),
    ("storage-cli", "", "dist", None),
];

struct Build {
    elapsed: Duration,
    /// User and system time of cargo and all that it started.
    cpu: Duration,
    crates: usize,
}

/// Builds each package into an empty target folder; what is downloaded has been fetched before.
pub(crate) fn run(options: &Options) {
    let folder = machine::folder(options.dir.as_deref());
    let fetched = cargo().arg("fetch").status().unwrap();
    assert!(fetched.success(), "cargo fetch: {fetched}");
    let mut table = Table::new(
        &["package", "features", "profile", "crates compiled", "time", "CPU"],
        &[false, false, false, true, true, true],
    );
    let mut targets = Vec::new();
    for (number, (package, features, profile, limit)) in BUILDS.into_iter().enumerate() {
        let target = folder.path().join(number.to_string());
        let build =
            options.wants(&name(package, features)).then(|| build(package, features, profile, &target));
        // A target folder with the SDKs is a gigabyte.
        let _ = std::fs::remove_dir_all(&target);
        if let Some(build) = &build {
            let (time, cpu) = (units::time(build.elapsed), units::time(build.cpu));
            let features = if features.is_empty() { "default" } else { features };
            let words = [package, features, profile].map(str::to_owned);
            let [package, features, profile] = words;
            table.row([package, features, profile, build.crates.to_string(), time, cpu]);
        }
        if let Some(limit) = limit {
            let seconds = build.map(|build| build.elapsed.as_secs_f64());
            let what = format!("clean {profile} build of `{}`", name(package, features));
            targets.push(Target::at_most(what, limit, "s", seconds));
        }
    }
    let text = format!(
        "`cargo xtask bench builds`; {}\n\n`cargo build -p PACKAGE --features FEATURES --profile PROFILE` into an empty target folder, \
         everything downloaded before.\n\n{}\n### Targets of builds\n\n{}",
        machine::describe(folder.path()),
        table.render(),
        targets::render(&targets)
    );
    println!("{text}");
    report::keep("builds", options, &text).unwrap();
}

fn name(package: &str, features: &str) -> String {
    if features.is_empty() { package.to_owned() } else { format!("{package} +{features}") }
}

fn build(package: &str, features: &str, profile: &str, target: &std::path::Path) -> Build {
    eprintln!("building {} ({profile}) ...", name(package, features));
    let mut command = cargo();
    command.args(["build", "--locked", "--offline", "-p", package, "--profile", profile]);
    command.arg("--target-dir").arg(target);
    if !features.is_empty() {
        command.args(["--features", features]);
    }
    // Caches of compiled crates would measure themselves.
    command.env_remove("RUSTC_WRAPPER").env("CARGO_TERM_COLOR", "never").stdout(Stdio::null());
    let (start, cpu) = (Instant::now(), children_cpu_time());
    let output = command.output().unwrap();
    let (elapsed, cpu) = (start.elapsed(), children_cpu_time().saturating_sub(cpu));
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{package}: {log}");
    let crates = log.lines().filter(|line| line.trim_start().starts_with("Compiling")).count();
    Build { elapsed, cpu, crates }
}
