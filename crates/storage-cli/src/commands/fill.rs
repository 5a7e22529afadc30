//! `storage fill`.

use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use storage::blocking::StorageNode;
use storage::blocking::bridge::block_on;
use storage::http::{Fetch, FetchOptions, write_options};
use storage::types::{Error, ErrorKind, Metadata, Operation};

use super::put;
use crate::args::FillArgs;
use crate::context::{Context, at};
use crate::exit::{Done, Stop, usage};
use crate::output::Output;
use crate::progress::Meter;

pub(crate) fn run(args: &FillArgs, context: &Context, out: &mut Output) -> Done {
    let place = context.place(&args.place)?;
    if place.into && !place.node.capabilities().opaque_paths {
        let message = format!("`{}` is a directory, and the content needs a name", place.typed);
        return Err(usage(message, "add a name"));
    }
    let meter = Meter::new(&context.console, context.progress);
    let outcome = fill(&place.node, args, &meter, context);
    drop(meter);
    if matches!(outcome, Err(Stop::Interrupted)) {
        return Err(put::interrupted(context));
    }
    put::report(&place.node, &outcome?, args.json, context, out)
}

fn options(args: &FillArgs) -> FetchOptions {
    let mut options = FetchOptions::new().allow_private(args.allow_private);
    options.max_bytes = args.max_size;
    options.timeout = args.timeout;
    options
}

/// What `fill_from_url` does, with the fetching in a thread of its own, so that Ctrl-C gets through while the server is
/// silent.
fn fill(node: &StorageNode, args: &FillArgs, meter: &Meter, context: &Context) -> Done<Metadata> {
    context.interrupt.token();
    let (url, options) = (args.url.clone(), options(args));
    let (opened, first) = sync_channel(1);
    let (sender, pieces) = sync_channel(1);
    let fetching = move || {
        let open = block_on(async move {
            let fetch = Fetch::open(&url, &options).await?;
            Ok((write_options(&fetch), fetch))
        });
        // Nobody waits any more when the command was interrupted.
        let (options, mut fetch) = match open {
            Ok((options, fetch)) => (options, fetch),
            Err(error) => return drop(opened.send(Err(error))),
        };
        if opened.send(Ok(options)).is_err() {
            return;
        }
        loop {
            let next = block_on(async move { Ok((fetch.next().await, fetch)) });
            let Ok((piece, back)) = next else { return };
            let last = !matches!(piece, Ok(Some(_)));
            if sender.send(piece).is_err() || last {
                return;
            }
            fetch = back;
        }
    };
    thread::Builder::new().name("fetch".into()).spawn(fetching).map_err(Error::from_io)?;
    let options = wait(context, |time| first.recv_timeout(time))??;
    let mut writer = node.writer_with(&options)?;
    let mut pour = || {
        while let Some(piece) = wait(context, |time| pieces.recv_timeout(time))?? {
            at(node, Operation::Write, writer.write(piece))?;
            meter.set(0, writer.written());
        }
        Ok(())
    };
    let outcome = pour();
    put::end(node, writer, outcome, context)
}

fn wait<T>(
    context: &Context,
    receive: impl Fn(Duration) -> std::result::Result<T, RecvTimeoutError>,
) -> Done<T> {
    loop {
        context.interrupt.check()?;
        match receive(Duration::from_millis(50)) {
            Ok(message) => return Ok(message),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Error::new(ErrorKind::Interrupted, "fetching broke off").into());
            }
        }
    }
}
