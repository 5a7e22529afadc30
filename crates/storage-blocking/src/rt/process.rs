//! A program and its pipes, served by the calling thread alone: `poll(2)` on the pipes and on the program itself
//! (`pidfd_open(2)`).

use std::io::{self, ErrorKind as Io, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::{Child, ChildStdin, Command, ExitStatus};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use storage_types::{Error, Result};

use crate::dual::call::streams::{PIPE, Streams};
use crate::dual::call::{Group, Limits, not_started};
use crate::dual::stream::Reader;

/// Runs a program to its end. One that is not to go on is ended, and waited for in any case.
pub(crate) fn run_program(
    mut command: Command,
    streams: &mut Streams,
    limits: &Limits,
) -> Result<ExitStatus> {
    let child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Err(not_started(&command, error)),
    };
    drop(command);
    let mut program = Program::new(child, limits.group);
    match program.serve(streams, limits) {
        Ok(status) => Ok(status),
        Err(error) => {
            program.end();
            Err(error)
        }
    }
}

/// A child that is never left behind: dropped, it is killed and waited for.
struct Program {
    child: Child,
    group: Option<Group>,
    /// Tells when the child has ended; `None` where the kernel does not let us, and then the child is asked.
    exit: Option<OwnedFd>,
}

/// What `poll` is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Event {
    Exit,
    Stdin,
    Stdout,
    Stderr,
}

impl Program {
    fn new(child: Child, whole: bool) -> Self {
        let exit = pidfd_open(Pid::from_child(&child), PidfdFlags::empty()).ok();
        let group = Some(Group::of(child.id(), whole));
        Self { child, group, exit }
    }

    fn serve(&mut self, streams: &mut Streams, limits: &Limits) -> Result<ExitStatus> {
        let started = Instant::now();
        let mut feed = Feed::new(self.child.stdin.take(), streams.stdin.take())?;
        let mut buffer = vec![0; PIPE];
        loop {
            limits.check(started)?;
            feed.fill()?;
            for event in self.wait(&feed, limits.next_look(started))? {
                match event {
                    Event::Stdin => feed.go_on()?,
                    Event::Stdout | Event::Stderr => self.read(event, &mut buffer, streams)?,
                    Event::Exit => {
                        drop(feed);
                        let status = self.reap()?;
                        self.drain(&mut buffer, streams)?;
                        return Ok(status);
                    }
                }
            }
        }
    }

    /// Reads what is still in the pipes. They end at once, unless somebody else holds them.
    fn drain(&mut self, buffer: &mut [u8], streams: &mut Streams) -> Result<()> {
        let ended = Instant::now();
        while self.child.stdout.is_some() || self.child.stderr.is_some() {
            let left = Limits::LATE.saturating_sub(ended.elapsed());
            if left.is_zero() {
                break;
            }
            for event in self.wait(&Feed::default(), left)? {
                if event != Event::Exit {
                    self.read(event, buffer, streams)?;
                }
            }
        }
        Ok(())
    }

    /// What can be done now; nothing when the time is over.
    fn wait(&mut self, feed: &Feed, time: Duration) -> Result<Vec<Event>> {
        let time = if self.exit.is_none() && self.group.is_some() {
            if self.child.try_wait().map_err(Error::from_io)?.is_some() {
                return Ok(vec![Event::Exit]);
            }
            time.min(Duration::from_millis(10))
        } else {
            time
        };
        let exit = self.exit.as_ref().filter(|_| self.group.is_some()).map(AsFd::as_fd);
        let candidates: [(Event, Option<BorrowedFd<'_>>, PollFlags); 4] = [
            // What is in the pipes comes before the end.
            (Event::Stdout, self.child.stdout.as_ref().map(AsFd::as_fd), PollFlags::IN),
            (Event::Stderr, self.child.stderr.as_ref().map(AsFd::as_fd), PollFlags::IN),
            (Event::Stdin, feed.waiting(), PollFlags::OUT),
            (Event::Exit, exit, PollFlags::IN),
        ];
        let open = candidates.into_iter().filter_map(|(event, fd, flags)| Some((event, fd?, flags)));
        let (events, mut fds): (Vec<Event>, Vec<PollFd<'_>>) =
            open.map(|(event, fd, flags)| (event, PollFd::from_borrowed_fd(fd, flags))).unzip();
        match poll(&mut fds, Some(&timespec(time))) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(Error::from_io(errno.into())),
        }
        let ready = events.into_iter().zip(&fds).filter(|(_, fd)| !fd.revents().is_empty());
        Ok(ready.map(|(event, _)| event).collect())
    }

    /// Takes what is in a pipe, and closes one that has come to its end.
    fn read(&mut self, event: Event, buffer: &mut [u8], streams: &mut Streams) -> Result<()> {
        let read = match event {
            Event::Stdout => self.child.stdout.as_mut().map(|pipe| pipe.read(buffer)),
            _ => self.child.stderr.as_mut().map(|pipe| pipe.read(buffer)),
        };
        let read = match read {
            Some(Err(error)) if error.kind() == Io::Interrupted => return Ok(()),
            Some(read) => read.map_err(Error::from_io)?,
            None => 0,
        };
        match event {
            Event::Stdout if read == 0 => self.child.stdout = None,
            Event::Stdout => streams.stdout.take(&buffer[..read])?,
            _ if read == 0 => self.child.stderr = None,
            _ => streams.stderr.take(&buffer[..read]),
        }
        Ok(())
    }

    /// Waits for the child, which has ended or is about to, and ends what it left in its group.
    fn reap(&mut self) -> Result<ExitStatus> {
        let status = self.child.wait().map_err(Error::from_io)?;
        if let Some(group) = self.group.take() {
            group.ended();
        }
        Ok(status)
    }

    /// Asks it to end, and kills it when it does not.
    fn end(&mut self) {
        let Some(group) = &self.group else { return };
        group.terminate();
        let asked = Instant::now();
        while asked.elapsed() < Limits::PATIENCE {
            let left = Limits::PATIENCE.saturating_sub(asked.elapsed());
            match &self.exit {
                Some(exit) => {
                    let mut fds = [PollFd::new(exit, PollFlags::IN)];
                    if poll(&mut fds, Some(&timespec(left))).is_ok_and(|ready| ready > 0) {
                        break;
                    }
                }
                None if matches!(self.child.try_wait(), Ok(None)) => {
                    std::thread::sleep(left.min(Duration::from_millis(10)));
                }
                None => break,
            }
        }
        self.kill();
    }

    fn kill(&mut self) {
        if let Some(group) = &self.group {
            group.kill();
            let _ = self.reap();
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// From a reader into standard input, which is closed at the end.
#[derive(Default)]
struct Feed {
    pipe: Option<ChildStdin>,
    source: Option<Reader>,
    chunk: Bytes,
}

impl Feed {
    fn new(pipe: Option<ChildStdin>, source: Option<Reader>) -> Result<Self> {
        if let Some(pipe) = &pipe {
            // This end alone: what the program has is another one.
            fcntl_setfl(pipe, OFlags::NONBLOCK).map_err(|errno| Error::from_io(errno.into()))?;
        }
        Ok(Self { pipe, source, chunk: Bytes::new() })
    }

    /// Gets something ready to be written.
    fn fill(&mut self) -> Result<()> {
        if self.pipe.is_none() || !self.chunk.is_empty() {
            return Ok(());
        }
        match self.source.as_mut().map(Reader::next).transpose()?.flatten() {
            Some(chunk) => self.chunk = chunk,
            None => self.pipe = None,
        }
        Ok(())
    }

    fn waiting(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(AsFd::as_fd)
    }

    /// Writes as much as fits. A program that does not want more has closed its end, and that is all right.
    fn go_on(&mut self) -> Result<()> {
        let Some(pipe) = &mut self.pipe else { return Ok(()) };
        match pipe.write(&self.chunk) {
            Ok(written) => drop(self.chunk.split_to(written)),
            Err(error) if matches!(error.kind(), Io::WouldBlock | Io::Interrupted) => {}
            Err(error) if error.kind() == Io::BrokenPipe => self.pipe = None,
            Err(error) => return Err(Error::from_io(io::Error::from(error.kind())).with_source(error)),
        }
        Ok(())
    }
}

/// Rounded up, so that a wait is never over before its time and again for the rest.
fn timespec(time: Duration) -> Timespec {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    Timespec { tv_sec: seconds, tv_nsec: time.subsec_nanos().into() }
}
