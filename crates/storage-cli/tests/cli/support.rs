//! A world of its own for each test: home, XDG directories, current directory. Nothing of the machine shows through.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

/// Compares with a snapshot, to the letter.
macro_rules! assert_shown {
    ($shown:expr, $expected:expr $(,)?) => {
        snapbox::Assert::new()
            .action_env(snapbox::assert::DEFAULT_ACTION_ENV)
            .normalize_paths(false)
            .eq($shown, $expected)
    };
}

/// When the files of tests were changed: 2026-03-01 12:00 UTC, so that snapshots can show it.
const CHANGED: u64 = 1_772_366_400;

pub(crate) struct World {
    root: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        // Modes of new files are in the snapshots.
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
        let root = tempfile::Builder::new().prefix("storage-cli-").tempdir().unwrap();
        let world = Self { root };
        fs::create_dir(world.home()).unwrap();
        fs::create_dir(world.here()).unwrap();
        world
    }

    /// The parent of everything.
    pub(crate) fn root(&self) -> PathBuf {
        self.root.path().canonicalize().unwrap()
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.root().join("home")
    }

    /// The current directory of the program.
    pub(crate) fn here(&self) -> PathBuf {
        self.root().join("here")
    }

    /// Where the built-in default mount keeps its files.
    pub(crate) fn data(&self) -> PathBuf {
        self.home().join(".local/share/storage")
    }

    /// Writes a file below the current directory, or at an absolute path, parents included.
    pub(crate) fn write(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.here().join(path);
        self.mkdir(path.parent().unwrap());
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        touch(&path, CHANGED);
        path
    }

    /// Writes a configuration and allows it.
    #[track_caller]
    pub(crate) fn configure(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let file = self.write(path, content);
        self.ok(&format!("--quiet config allow {path}"));
        file
    }

    pub(crate) fn mkdir(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = self.here().join(path);
        for directory in
            path.ancestors().take_while(|directory| !directory.exists()).collect::<Vec<_>>().into_iter().rev()
        {
            fs::create_dir(directory).unwrap();
            fs::set_permissions(directory, Permissions::from_mode(0o755)).unwrap();
        }
        path
    }

    /// The program, with nothing of the environment that the tests run in.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, args: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_storage"));
        command.args(args).current_dir(self.here()).env_clear().env("HOME", self.home()).env("TZ", "UTC");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the program with arguments separated by spaces; gives everything that came out of it.
    pub(crate) fn run(&self, line: &str) -> String {
        let args: Vec<&str> = line.split_whitespace().collect();
        self.shown(&self.command(&args).output().unwrap())
    }

    /// As `run`, with standard input.
    pub(crate) fn run_with(&self, line: &str, input: impl AsRef<[u8]>) -> String {
        let args: Vec<&str> = line.split_whitespace().collect();
        let mut child = self.command(&args).stdin(Stdio::piped()).spawn().unwrap();
        // The program may end before it has read everything.
        let _ = child.stdin.take().unwrap().write_all(input.as_ref());
        self.shown(&child.wait_with_output().unwrap())
    }

    /// Runs the program and expects that nothing went wrong.
    #[track_caller]
    pub(crate) fn ok(&self, line: &str) {
        let shown = self.run(line);
        assert!(shown.starts_with("exit: 0\n"), "storage {line}\n{shown}");
    }

    /// Standard output of a run that has to succeed.
    #[track_caller]
    pub(crate) fn stdout(&self, line: &str) -> String {
        let args: Vec<&str> = line.split_whitespace().collect();
        let output = self.command(&args).output().unwrap();
        assert!(output.status.success(), "storage {line}\n{}", self.shown(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Takes all permissions from a file.
    pub(crate) fn protect(&self, path: &str) {
        fs::set_permissions(self.here().join(path), Permissions::from_mode(0o000)).unwrap();
    }

    /// As `run`, as a user whom permissions mean something to.
    pub(crate) fn run_unprivileged(&self, line: &str) -> String {
        if !rustix::process::geteuid().is_root() {
            return self.run(line);
        }
        // The super-user may read everything, so the program runs as somebody else, who may not reach the build.
        let program = self.root().join("storage");
        // Not copied by ourselves: a neighbouring test that forks meanwhile would inherit the open file, and a file that
        // is open for writing cannot be run (`ETXTBSY`).
        let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_storage")).arg(&program).status().unwrap();
        assert!(copied.success());
        for directory in [self.root(), self.home()] {
            fs::set_permissions(directory, Permissions::from_mode(0o777)).unwrap();
        }
        let mut command = Command::new(program);
        command.args(line.split_whitespace()).current_dir(self.here()).env_clear().env("HOME", self.home());
        self.shown(&command.uid(65534).gid(65534).output().unwrap())
    }

    pub(crate) fn spawn(&self, line: &str, stdin: Stdio) -> Child {
        let args: Vec<&str> = line.split_whitespace().collect();
        self.command(&args).stdin(stdin).spawn().unwrap()
    }

    /// Exit code and both outputs, with what differs from run to run masked.
    pub(crate) fn shown(&self, output: &Output) -> String {
        let code = output.status.code().map_or_else(|| format!("{}", output.status), |code| code.to_string());
        let mut text = format!("exit: {code}\n");
        for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            if !bytes.is_empty() {
                text += &format!("--- {name}\n{}", String::from_utf8_lossy(bytes));
                if !text.ends_with('\n') {
                    text += "[no newline]\n";
                }
            }
        }
        self.mask(&text)
    }

    fn mask(&self, text: &str) -> String {
        let text = text.replace(self.root().to_str().unwrap(), "[ROOT]");
        let text = mask_shape(&text, "0000-00-00 00:00:00", "[DATE]", |found| found == "2026-03-01 12:00:00");
        let text = mask_shape(&text, "0000-00-00 00:00", "[DATE]", |found| found == "2026-03-01 12:00");
        let text = mask_rates(&mask_shape(&text, " in 0.00s", " in [TIME]", |_| false));
        let text = mask_after(&text, "\"etag\":\"", '"', "[ETAG]");
        let text = mask_after(&text, "\netag      ", '\n', "[ETAG]");
        let text = mask_after(&text, "\"seconds\": ", '\n', "[SECONDS]");
        mask_times(&text).replace(env!("CARGO_PKG_VERSION"), "[VERSION]")
    }
}

pub(crate) fn touch(path: &Path, seconds: u64) {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    File::open(path).unwrap().set_modified(time).unwrap();
}

/// Waits until `condition` holds; fails after half a minute.
#[track_caller]
pub(crate) fn wait_until(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..3000 {
        if condition() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("waited in vain until {what}");
}

/// Whether the program has opened a file below `directory` for writing, named or not.
pub(crate) fn writes_below(child: &Child, directory: &Path) -> bool {
    let Ok(files) = fs::read_dir(format!("/proc/{}/fd", child.id())) else { return false };
    files.flatten().any(|file| fs::read_link(file.path()).is_ok_and(|target| target.starts_with(directory)))
}

/// Names of everything below `directory`, relative, sorted; directories end in `/`.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(directory).unwrap().to_str().unwrap().to_owned();
            if path.symlink_metadata().unwrap().is_dir() {
                found.push(name + "/");
                open.push(path);
            } else {
                found.push(name);
            }
        }
    }
    found.sort();
    found
}

/// Replaces what has the shape of `shape`, in which `0` is any digit.
fn mask_shape(text: &str, shape: &str, by: &str, keep: impl Fn(&str) -> bool) -> String {
    let fits = |candidate: &str| {
        candidate.len() == shape.len()
            && candidate
                .bytes()
                .zip(shape.bytes())
                .all(|(c, s)| if s == b'0' { c.is_ascii_digit() } else { c == s })
            && !keep(candidate)
    };
    let mut out = String::new();
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let candidate = rest.get(..shape.len()).unwrap_or_default();
        if fits(candidate) {
            out += by;
            rest = &rest[shape.len()..];
        } else {
            out.push(char);
            rest = &rest[char.len_utf8()..];
        }
    }
    out
}

/// `in 0.05s, 1.2 KiB/s` is a time like any other.
fn mask_rates(text: &str) -> String {
    let line = |line: &str| match line.split_once(" in [TIME], ") {
        Some((before, rate)) if rate.ends_with("/s") => format!("{before} in [TIME]"),
        _ => line.to_owned(),
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Replaces times in JSON, except the one that tests set.
fn mask_times(text: &str) -> String {
    let key = "\"modified\":\"";
    let set = format!("{key}2026-03-01T12:00:00Z");
    mask_after(&text.replace(&set, "[SET]"), key, '"', "[DATE]").replace("[SET]", &set)
}

/// Replaces what stands between `start` and the next `end`.
fn mask_after(text: &str, start: &str, end: char, by: &str) -> String {
    let mut parts = text.split(start);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.find(end).map_or("", |at| &part[at..]);
        out += &format!("{start}{by}{rest}");
    }
    out
}
