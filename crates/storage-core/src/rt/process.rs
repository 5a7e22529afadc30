//! A program and its pipes, on tokio.

use std::io::ErrorKind as Io;
use std::pin::pin;
use std::process::{Command, ExitStatus};
use std::time::Instant;

use futures_util::future::{FusedFuture, FutureExt, try_join};
use futures_util::select_biased;
use storage_types::{Error, Result};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::watch;
use tokio::time::{sleep, sleep_until, timeout};

use crate::dual::call::streams::{PIPE, Sink, Streams, Tail};
use crate::dual::call::{Group, Limits, not_started};
use crate::dual::stream::Reader;

/// Runs a program to its end. One that is not to go on is ended and waited for; when this is dropped, it is killed, and
/// the runtime waits for it.
pub(crate) async fn run_program(
    command: Command,
    streams: &mut Streams,
    limits: &Limits,
) -> Result<ExitStatus> {
    if tokio::runtime::Handle::try_current().is_err() {
        return Err(Error::no_runtime());
    }
    let mut command = tokio::process::Command::from(command);
    let mut child = match command.kill_on_drop(true).spawn() {
        Ok(child) => child,
        Err(error) => return Err(not_started(command.as_std(), error)),
    };
    drop(command);
    let mut group = Some(Group::of(child.id().unwrap_or_default(), limits.group));
    let served = serve(&mut child, &mut group, streams, limits).await;
    if let Some(group) = group {
        end(&mut child, group).await;
    }
    served
}

/// When a program ended, once it has.
type Ended = watch::Receiver<Option<Instant>>;

async fn serve(
    child: &mut Child,
    group: &mut Option<Group>,
    streams: &mut Streams,
    limits: &Limits,
) -> Result<ExitStatus> {
    let (tell, told) = watch::channel(None);
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let mut feeding = pin!(feed(pipes.0, streams.stdin.take()).fuse());
    let out = keep_out(pipes.1, told.clone(), &mut streams.stdout);
    let err = keep_err(pipes.2, told, &mut streams.stderr);
    let mut reading = pin!(try_join(out, err).fuse());
    let mut stopped = pin!(stop(limits).fuse());
    let status = {
        let mut exit = pin!(child.wait().fuse());
        loop {
            select_biased! {
                error = stopped => return Err(error),
                fed = feeding => fed?,
                read = reading => drop(read?),
                status = exit => break status.map_err(Error::from_io)?,
            }
        }
    };
    if let Some(group) = group.take() {
        group.ended();
    }
    tell.send_replace(Some(Instant::now()));
    if !reading.is_terminated() {
        reading.await?;
    }
    Ok(status)
}

/// Resolves when the program is to be ended.
async fn stop(limits: &Limits) -> Error {
    let started = Instant::now();
    loop {
        if let Err(error) = limits.check(started) {
            return error;
        }
        sleep(limits.next_look(started)).await;
    }
}

/// From a reader into standard input, which is closed at the end. A program that does not want more has closed its end,
/// and that is all right.
async fn feed(pipe: Option<ChildStdin>, source: Option<Reader>) -> Result<()> {
    let (Some(mut pipe), Some(mut source)) = (pipe, source) else { return Ok(()) };
    while let Some(chunk) = source.next().await? {
        match pipe.write_all(&chunk).await {
            Err(error) if error.kind() == Io::BrokenPipe => return Ok(()),
            written => written.map_err(Error::from_io)?,
        }
    }
    Ok(())
}

async fn keep_out(pipe: Option<ChildStdout>, mut ended: Ended, sink: &mut Sink) -> Result<()> {
    let Some(mut pipe) = pipe else { return Ok(()) };
    let mut buffer = vec![0; PIPE];
    loop {
        match next(&mut pipe, &mut buffer, &mut ended).await? {
            0 => return Ok(()),
            read => sink.take(&buffer[..read]).await?,
        }
    }
}

async fn keep_err(pipe: Option<ChildStderr>, mut ended: Ended, tail: &mut Tail) -> Result<()> {
    let Some(mut pipe) = pipe else { return Ok(()) };
    let mut buffer = vec![0; PIPE];
    loop {
        match next(&mut pipe, &mut buffer, &mut ended).await? {
            0 => return Ok(()),
            read => tail.take(&buffer[..read]),
        }
    }
}

/// What is in a pipe; 0 at its end. When the program has ended the pipe does so at once, unless somebody else holds it.
async fn next(pipe: &mut (impl AsyncRead + Unpin), buffer: &mut [u8], ended: &mut Ended) -> Result<usize> {
    let mut late = pin!(
        async {
            let end = ended.wait_for(Option::is_some).await.ok().and_then(|end| *end);
            sleep_until((end.unwrap_or_else(Instant::now) + Limits::LATE).into()).await;
        }
        .fuse()
    );
    let mut read = pin!(pipe.read(buffer).fuse());
    select_biased! {
        () = late => Ok(0),
        read = read => read.map_err(Error::from_io),
    }
}

/// Asks a program to end, kills it when it does not, and waits for it.
async fn end(child: &mut Child, group: Group) {
    group.terminate();
    if timeout(Limits::PATIENCE, child.wait()).await.is_err() {
        group.kill();
        let _ = child.wait().await;
    }
    group.ended();
}
