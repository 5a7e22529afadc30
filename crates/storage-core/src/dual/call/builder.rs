//! What to run, and what it gave.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use storage_types::CancelToken;

use super::arguments::CallPart;
use crate::dual::node::{NodeEntry, StorageNode};

/// Bytes of standard output that are kept, unless another number is asked for.
const KEPT: usize = 1 << 20;

/// Where standard input comes from.
#[derive(Debug, Clone, Default)]
pub(super) enum Stdin {
    #[default]
    Empty,
    Inherited,
    Node(StorageNode),
}

/// Where standard output goes.
#[derive(Debug, Clone)]
pub(super) enum Stdout {
    Kept(usize),
    Inherited,
    Node(StorageNode),
}

/// Is called with the inputs whose copies a program changed.
pub(super) type ChangedInput = Arc<dyn Fn(&StorageNode) + Send + Sync>;

/// A program with nodes among its arguments.
///
/// Inputs are private copies on every mount: a program that changes, replaces or deletes one does that to its copy, and
/// what is stored stays as it is. Outputs are temporary files on every mount, stored when the program has ended with exit
/// code 0 and at no other time, so that a program that fails leaves what was there. Each node is stored atomically;
/// several nodes one after the other.
///
/// The program runs in a process group of its own, with an empty standard input. What it leaves running in that group when
/// it ends is killed; so is all of the group when the time is up, when the token is cancelled and, in the async colour,
/// when the future is dropped. A program that goes to another session by itself (`setsid`) is out of reach.
#[derive(Clone)]
pub struct Call {
    pub(super) program: OsString,
    pub(super) arguments: Vec<Vec<CallPart>>,
    pub(super) environment: Vec<(OsString, Option<OsString>)>,
    pub(super) clear_environment: bool,
    pub(super) directory: Option<PathBuf>,
    pub(super) stdin: Stdin,
    pub(super) stdout: Stdout,
    pub(super) inherit_stderr: bool,
    pub(super) timeout: Option<Duration>,
    pub(super) cancel: CancelToken,
    pub(super) folder: Option<PathBuf>,
    pub(super) on_changed_input: Option<ChangedInput>,
}

/// What a program that succeeded gave.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CallOutput {
    /// The beginning of its standard output, where that is kept.
    pub stdout: Bytes,
    /// How many bytes of standard output came after those and were dropped.
    pub stdout_dropped: u64,
    /// The end of its standard error, at most 16 KiB, what is not UTF-8 replaced.
    pub stderr: String,
    /// What was stored: the outputs in the order of the arguments, then that of standard output.
    pub stored: Vec<NodeEntry>,
}

impl Call {
    /// This program: a path, or a name that is looked up in `PATH`.
    pub fn new(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            clear_environment: false,
            directory: None,
            stdin: Stdin::Empty,
            stdout: Stdout::Kept(KEPT),
            inherit_stderr: false,
            timeout: None,
            cancel: CancelToken::new(),
            folder: None,
            on_changed_input: None,
        }
    }

    /// One argument of text. No shell is involved: it arrives as it is.
    #[must_use]
    pub fn arg(self, text: impl Into<OsString>) -> Self {
        self.parts([CallPart::Text(text.into())])
    }

    /// Several arguments of text.
    #[must_use]
    pub fn args<T: Into<OsString>>(self, texts: impl IntoIterator<Item = T>) -> Self {
        texts.into_iter().fold(self, Self::arg)
    }

    /// The path of a private copy of this node's content. Standard input needs no copy: see [`stdin`](Self::stdin).
    #[must_use]
    pub fn input(self, node: &StorageNode) -> Self {
        self.parts([CallPart::Input(node.clone())])
    }

    /// The path of a file that the program makes, which is stored in this node. It is not there before.
    #[must_use]
    pub fn output(self, node: &StorageNode) -> Self {
        self.parts([CallPart::Output(node.clone())])
    }

    /// The path of a file with this node's content, if there is any, which is stored again when the program has changed it.
    #[must_use]
    pub fn both(self, node: &StorageNode) -> Self {
        self.parts([CallPart::Both(node.clone())])
    }

    /// One argument of several pieces, as in `--input=PATH`.
    #[must_use]
    pub fn parts(mut self, parts: impl IntoIterator<Item = CallPart>) -> Self {
        self.arguments.push(parts.into_iter().collect());
        self
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), Some(value.into())));
        self
    }

    /// Takes a variable out of the environment.
    #[must_use]
    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.as_ref().to_owned(), None));
        self
    }

    /// Begins with an empty environment instead of that of this process, which may hold credentials.
    #[must_use]
    pub fn env_clear(mut self) -> Self {
        self.clear_environment = true;
        self.environment.clear();
        self
    }

    /// The working directory; by default that of this process.
    #[must_use]
    pub fn current_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Standard input is the content of this node, streamed. A program that does not read all of it is fine.
    #[must_use]
    pub fn stdin(mut self, node: &StorageNode) -> Self {
        self.stdin = Stdin::Node(node.clone());
        self
    }

    /// Standard input is that of this process. When that is a terminal, the program stays in the process group of this
    /// process, so that it may read from it.
    #[must_use]
    pub fn stdin_inherited(mut self) -> Self {
        self.stdin = Stdin::Inherited;
        self
    }

    /// Standard output is streamed into this node, which is stored when the program succeeds.
    #[must_use]
    pub fn stdout(mut self, node: &StorageNode) -> Self {
        self.stdout = Stdout::Node(node.clone());
        self
    }

    /// Standard output is that of this process.
    #[must_use]
    pub fn stdout_inherited(mut self) -> Self {
        self.stdout = Stdout::Inherited;
        self
    }

    /// The first `bytes` of standard output are kept; by default 1 MiB.
    #[must_use]
    pub fn stdout_kept(mut self, bytes: usize) -> Self {
        self.stdout = Stdout::Kept(bytes);
        self
    }

    /// Standard error is that of this process, so that errors cannot quote it.
    #[must_use]
    pub fn stderr_inherited(mut self) -> Self {
        self.inherit_stderr = true;
        self
    }

    /// How long the program may run. When the time is up it is asked to end (`SIGTERM`), and one second later killed.
    #[must_use]
    pub fn timeout(mut self, time: Duration) -> Self {
        self.timeout = Some(time);
        self
    }

    /// Ends the program when this token is cancelled, as when the time is up.
    #[must_use]
    pub fn cancel(mut self, token: CancelToken) -> Self {
        self.cancel = token;
        self
    }

    /// Where temporary files lie; by default in the folder that the system has for them (`TMPDIR`).
    #[must_use]
    pub fn temporary_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Calls `notify` with every input whose copy the program changed, replaced or removed, whether it succeeded or not.
    /// What is stored is as it was.
    #[must_use]
    pub fn on_changed_input(mut self, notify: impl Fn(&StorageNode) + Send + Sync + 'static) -> Self {
        self.on_changed_input = Some(Arc::new(notify));
        self
    }
}

/// Arguments and environment may hold secrets, so only their number is shown.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("program", &self.program)
            .field("arguments", &self.arguments.len())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
