//! Running a program: files in, program, files out.

use std::io::IsTerminal as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitStatus, Stdio};

use bytes::Bytes;
use storage_types::{Error, Operation, Result};

use super::builder::{Call, CallOutput, Stdin, Stdout};
use super::failure::failed;
use super::files::{Files, entry};
use super::limits::Limits;
use super::streams::{Head, Sink, Streams, Tail};
use crate::{maybe_async, rt};

#[maybe_async]
impl Call {
    /// Runs the program and stores its results.
    ///
    /// In the async colour this needs a tokio runtime with I/O and time (`enable_all`).
    ///
    /// # Errors
    ///
    /// `NotFound` when there is no such program, input or working directory; `PermissionDenied` when it cannot be run or an
    /// output may not be written; `Timeout`; `Interrupted` when cancelled; `Unexpected` when it fails, with a
    /// [`ProgramFailure`](storage_types::program::ProgramFailure) as its source. Nothing is stored then.
    pub async fn run(&self) -> Result<CallOutput> {
        let ran = self.run_and_store().await;
        ran.map_err(|error| error.with_operation(Operation::Call))
    }

    async fn run_and_store(&self) -> Result<CallOutput> {
        self.cancel.check()?;
        let files = Files::of(self).await?;
        let mut streams = self.streams().await?;
        self.cancel.check()?;
        let limits =
            Limits { timeout: self.timeout, cancel: self.cancel.clone(), group: self.has_own_group() };
        let command = self.command(&files, limits.group);
        let ended = rt::run_program(command, &mut streams, &limits).await;
        if let Some(notify) = &self.on_changed_input {
            files.changed_inputs().await?.iter().for_each(|node| notify(node));
        }
        let outcome = match ended {
            Ok(status) => self.judge(status, &mut streams),
            Err(error) => Err(error),
        };
        let outcome = match outcome {
            Ok(()) => files.check().await,
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            if let Sink::Node(writer) = streams.stdout {
                // Why nothing is stored says more than what cleaning up says.
                let _ = writer.abort().await;
            }
            return Err(error);
        }
        self.store(files, streams).await
    }

    async fn streams(&self) -> Result<Streams> {
        let stdin = match &self.stdin {
            Stdin::Node(node) => Some(node.reader().await?),
            _ => None,
        };
        let stdout = match &self.stdout {
            Stdout::Node(node) => Sink::Node(Box::new(node.writer().await?)),
            Stdout::Kept(bytes) => Sink::Kept(Head::of(*bytes)),
            Stdout::Inherited => Sink::Kept(Head::of(0)),
        };
        Ok(Streams { stdin, stdout, stderr: Tail::default() })
    }

    async fn store(&self, files: Files, mut streams: Streams) -> Result<CallOutput> {
        let stderr = streams.stderr.text();
        let mut output = CallOutput { stdout: Bytes::new(), stdout_dropped: 0, stderr, stored: Vec::new() };
        output.stored = files.commit().await?;
        match streams.stdout {
            Sink::Kept(head) => {
                output.stdout_dropped = head.dropped;
                output.stdout = head.kept.freeze();
            }
            Sink::Node(writer) => {
                let metadata = writer.finish().await?;
                if let Stdout::Node(node) = &self.stdout {
                    output.stored.push(entry(node, metadata));
                }
            }
        }
        Ok(output)
    }
}

impl Call {
    fn judge(&self, status: ExitStatus, streams: &mut Streams) -> Result<()> {
        if status.success() { Ok(()) } else { Err(failed(&self.program, status, streams.stderr.text())) }
    }

    /// A program that reads from the terminal has to be in the group that the terminal belongs to.
    fn has_own_group(&self) -> bool {
        !(matches!(self.stdin, Stdin::Inherited) && std::io::stdin().is_terminal())
    }

    fn command(&self, files: &Files, group: bool) -> Command {
        let mut command = Command::new(&self.program);
        command.args(self.arguments.iter().map(|parts| files.argument(parts)));
        if self.clear_environment {
            command.env_clear();
        }
        for (name, value) in &self.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        command.stdin(match self.stdin {
            Stdin::Empty => Stdio::null(),
            Stdin::Inherited => Stdio::inherit(),
            Stdin::Node(_) => Stdio::piped(),
        });
        command.stdout(if matches!(self.stdout, Stdout::Inherited) {
            Stdio::inherit()
        } else {
            Stdio::piped()
        });
        command.stderr(if self.inherit_stderr { Stdio::inherit() } else { Stdio::piped() });
        if group {
            command.process_group(0);
        }
        command
    }
}

impl CallOutput {
    /// Standard output as text.
    ///
    /// # Errors
    ///
    /// `Corrupted` when it is not UTF-8, or when some of it was dropped.
    pub fn text(&self) -> Result<&str> {
        let wrong = |message: &'static str| {
            Error::new(storage_types::ErrorKind::Corrupted, message).with_operation(Operation::Call)
        };
        if self.stdout_dropped > 0 {
            return Err(wrong("the program wrote more to standard output than was to be kept")
                .with_hint("keep more with `stdout_kept`, or stream it into a node with `stdout`"));
        }
        std::str::from_utf8(&self.stdout)
            .map_err(|error| wrong("standard output of the program is not UTF-8").with_source(error))
    }
}
