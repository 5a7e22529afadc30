//! A world with mounts of its own, which nobody else sees and which are gone when the test ends, however it ends.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::support::World;

/// A world in a mount namespace that lives as long as a child that waits for its standard input.
pub(super) struct Mounted {
    pub(super) world: World,
    holder: Child,
}

impl Mounted {
    /// Runs `script` in the current directory of a new world. `None` where nobody may mount.
    pub(super) fn new(script: &str) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            told("not tested, since only the super-user may mount");
            return None;
        }
        let mut command = Command::new("unshare");
        command.args(["--mount", "--propagation", "private", "sh", "-c", "echo ready; read line"]);
        let mut holder = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(holder.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        assert_eq!(ready, "ready\n", "the super-user cannot make a mount namespace here");
        let mounted = Self { world: World::new(), holder };
        mounted.sh(script);
        Some(mounted)
    }

    /// `script` for a shell that sees the mounts, and has the program in `$storage`.
    fn shell(&self, script: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.arg("-t").arg(self.holder.id().to_string()).args(["-m", "sh", "-e", "-c"]);
        command.arg(format!("cd \"$here\"; {script}")).env_clear();
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("HOME", self.world.home()).env("TZ", "UTC");
        command.env("here", self.world.here()).env("storage", env!("CARGO_BIN_EXE_storage"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a script that has to succeed.
    #[track_caller]
    pub(super) fn sh(&self, script: &str) {
        let shown = self.world.shown(&self.shell(script).output().unwrap());
        assert!(shown.starts_with("exit: 0\n"), "the super-user cannot do this here: {script}\n{shown}");
    }

    /// Runs the program; gives exit code and outputs.
    pub(super) fn run(&self, line: &str) -> String {
        self.world.shown(&self.shell(&format!("exec $storage {line}")).output().unwrap())
    }

    /// Runs the program, which has to fail with a message.
    #[track_caller]
    pub(super) fn fails(&self, line: &str) -> String {
        self.failed(&self.run(line))
    }

    /// Starts the program behind the words `before`, such as `strace`.
    pub(super) fn spawn(&self, before: &str, line: &str) -> Child {
        self.shell(&format!("exec {before} $storage {line}")).spawn().unwrap()
    }

    /// Waits for a program that has to fail with a message.
    #[track_caller]
    pub(super) fn fails_at_last(&self, child: Child) -> String {
        self.failed(&self.world.shown(&child.wait_with_output().unwrap()))
    }

    #[track_caller]
    fn failed(&self, shown: &str) -> String {
        assert!(!shown.starts_with("exit: 0\n"), "{shown}");
        assert!(shown.contains("\nerror: "), "{shown}");
        shown.to_owned()
    }

    /// Where this process sees what the program sees at `path`.
    pub(super) fn at(&self, path: &str) -> PathBuf {
        let inside = self.world.here().join(path);
        Path::new("/proc")
            .join(self.holder.id().to_string())
            .join("root")
            .join(inside.strip_prefix("/").unwrap())
    }

    /// Makes files of `size` bytes, each with a content of its own.
    pub(super) fn fill(&self, folder: &str, files: usize, size: usize) {
        fs::create_dir_all(self.at(folder)).unwrap();
        for number in 0..files {
            fs::write(self.at(&format!("{folder}/f{number}")), content(number, size)).unwrap();
        }
    }

    /// Whether a file is there with the content that `fill` gave it, read from the disk.
    pub(super) fn is_whole(&self, folder: &str, number: usize, size: usize) -> bool {
        let path = self.at(&format!("{folder}/f{number}"));
        let Ok(file) = fs::File::open(&path) else { return false };
        // What failed to reach the disk is clean by now, and so leaves the memory.
        let _ = rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed);
        fs::read(path).is_ok_and(|found| found == content(number, size))
    }

    /// No file of `fill` is lost: each is whole in one of the folders.
    #[track_caller]
    pub(super) fn nothing_is_lost(&self, folders: &[&str], files: usize, size: usize) {
        for number in 0..files {
            let found = folders.iter().any(|folder| self.is_whole(folder, number, size));
            assert!(found, "`f{number}` is whole in none of {folders:?}");
        }
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // The mounts go with the last process that sees them.
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}

fn content(number: usize, size: usize) -> Vec<u8> {
    let line = format!("{number} of many\n");
    let mut content = line.repeat(size / line.len() + 1).into_bytes();
    content.truncate(size);
    content
}

#[expect(clippy::print_stderr, reason = "whoever runs the tests has to know what they did not test")]
fn told(text: &str) {
    eprintln!("{text}");
}
