//! Who takes part.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cloud::{Target, tool};
use crate::process;

/// A program, and of ours the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    OursCopy,
    OursSync,
    Cp,
    Rsync,
    S5cmd,
    /// With everything on the disk when it ends, as ours has.
    S5cmdFlushed,
    Rclone,
    Oli,
}

impl Who {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::OursCopy => "storage cp -r",
            Self::OursSync => "storage sync",
            Self::Cp => "cp -r, sync -f",
            Self::Rsync => "rsync -a",
            Self::S5cmd => "s5cmd",
            Self::S5cmdFlushed => "s5cmd, sync -f",
            Self::Rclone => "rclone",
            Self::Oli => "oli cp -r",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OursCopy => "ours-copy",
            Self::OursSync => "ours-sync",
            Self::Cp => "cp",
            Self::Rsync => "rsync",
            Self::S5cmd => "s5cmd",
            Self::S5cmdFlushed => "s5cmd-flushed",
            Self::Rclone => "rclone",
            Self::Oli => "oli",
        }
    }

    pub(crate) fn is_ours(self) -> bool {
        matches!(self, Self::OursCopy | Self::OursSync)
    }
}

/// The programs of this machine.
#[derive(Debug)]
pub(crate) struct Programs {
    storage: PathBuf,
    rclone: Option<String>,
    s5cmd: Option<String>,
    rsync: bool,
    oli: bool,
}

impl Programs {
    /// Builds ours, and looks for the others.
    pub(crate) fn new() -> Self {
        let programs = Self {
            storage: build(),
            rclone: tool("rclone"),
            s5cmd: tool("s5cmd"),
            rsync: process::exists("rsync"),
            oli: process::exists("oli"),
        };
        for who in [Who::Rsync, Who::S5cmd, Who::Rclone, Who::Oli] {
            if !programs.has(who) {
                eprintln!("warning: {} is not installed, so it is not measured", who.name());
            }
        }
        programs
    }

    pub(crate) fn has(&self, who: Who) -> bool {
        match who {
            Who::OursCopy | Who::OursSync | Who::Cp => true,
            Who::Rsync => self.rsync,
            Who::S5cmd | Who::S5cmdFlushed => self.s5cmd.is_some(),
            Who::Rclone => self.rclone.is_some(),
            Who::Oli => self.oli,
        }
    }

    /// The versions of the others, for the heading.
    pub(crate) fn versions(&self) -> String {
        let asked = [
            (self.rsync.then(|| "rsync".to_owned()), "--version"),
            (self.rclone.clone(), "version"),
            (self.s5cmd.clone(), "version"),
            (self.oli.then(|| "oli".to_owned()), "--version"),
            (Some("cp".to_owned()), "--version"),
        ];
        let lines = asked.into_iter().filter_map(|(program, argument)| version(&program?, argument));
        lines.collect::<Vec<_>>().join(", ")
    }

    /// Ours, with the mounts of this file.
    pub(crate) fn ours<S: AsRef<OsStr>>(&self, config: &Path, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(&self.storage);
        command.arg("--config").arg(config).arg("--quiet").args(args);
        command
    }

    /// rclone with as many files at once as it is usually given; with a bucket if there is a target.
    pub(crate) fn rclone(&self, verb: &str, target: Option<&Target>) -> Command {
        let mut command = Command::new(self.rclone.as_deref().unwrap_or("rclone"));
        command.args([verb, "--config", "/dev/null", "--checkers", "16", "--transfers", "16"]);
        if let Some(target) = target {
            // Parts of the same size and as many at once as ours; listings in as few requests as it can.
            command.args(["--s3-no-check-bucket", "--s3-disable-checksum", "--s3-upload-cutoff", "16M"]);
            command.args(["--s3-chunk-size", "8M", "--s3-upload-concurrency", "8", "--fast-list"]);
            command
                .env("RCLONE_S3_ENDPOINT", &target.endpoint)
                .env("RCLONE_S3_REGION", &target.region)
                .env("RCLONE_S3_ACCESS_KEY_ID", &target.access_key_id)
                .env("RCLONE_S3_SECRET_ACCESS_KEY", &target.secret_access_key);
        }
        command
    }

    /// s5cmd on a bucket.
    pub(crate) fn s5cmd(&self, verb: &str, target: &Target) -> Command {
        let mut command = Command::new(self.s5cmd.as_deref().unwrap_or("s5cmd"));
        command.args(["--endpoint-url", &target.endpoint, verb, "--concurrency", "8", "--part-size", "8"]);
        let keys = [
            ("AWS_ACCESS_KEY_ID", &target.access_key_id),
            ("AWS_SECRET_ACCESS_KEY", &target.secret_access_key),
        ];
        command.envs(keys).env("AWS_REGION", &target.region);
        command
    }
}

/// Builds the command line with the profile of this program, and tells where it is.
fn build() -> PathBuf {
    eprintln!("building the command line ...");
    let mut command = process::cargo();
    command.args(["build", "--quiet", "--profile", "bench", "-p", "storage-cli", "--bin", "storage"]);
    let status = command.status().unwrap();
    assert!(status.success(), "cargo build: {status}");
    let beside = std::env::current_exe().unwrap();
    let program = beside.parent().unwrap_or(Path::new(".")).join("storage");
    assert!(program.exists(), "{} was not built", program.display());
    program
}

/// The first words of what a program says about itself, up to the number.
fn version(program: &str, argument: &str) -> Option<String> {
    let output = Command::new(program).arg(argument).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let number =
        text.split_whitespace().find(|word| word.contains('.') && word.contains(char::is_numeric))?;
    let name = Path::new(program).file_name()?.to_string_lossy().into_owned();
    Some(format!("{name} {}", number.trim_start_matches('v')))
}
