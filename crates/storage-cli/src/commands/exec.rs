//! `storage exec`.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use storage::blocking::{Call, CallPart, StorageNode};
use storage::types::report::is_cancelled;
use storage::types::{Access, Error, ErrorKind, Operation, ProgramFailure};

use super::collisions;
use crate::args::ExecArgs;
use crate::context::Context;
use crate::exit::{Done, Exit, Stop, usage};
use crate::output::human;

pub(crate) fn run(args: &ExecArgs, context: &Context) -> Done {
    let call = call(args, context).map_err(|stop| told(stop, context))?;
    let changed = Arc::new(Mutex::new(Vec::new()));
    let seen = changed.clone();
    let call = call.on_changed_input(move |node| locked(&seen).push(node.clone()));
    let ran = call.cancel(context.interrupt.token().clone()).run();
    for node in &*locked(&changed) {
        let node = context.show(node);
        context
            .console
            .note(&format!("the program changed its copy of `{node}`; what is stored is as it was"));
    }
    match ran {
        Ok(output) => {
            for stored in output.stored {
                let size = human(stored.metadata.size);
                context.console.note(&format!("{size} stored at `{}`", context.show(&stored.node)));
            }
            Ok(())
        }
        Err(error) => Err(failed(&error, context)),
    }
}

fn locked(changed: &Mutex<Vec<StorageNode>>) -> MutexGuard<'_, Vec<StorageNode>> {
    changed.lock().unwrap_or_else(PoisonError::into_inner)
}

fn call(args: &ExecArgs, context: &Context) -> Done<Call> {
    let Some((program, arguments)) = args.command.split_first() else {
        return Err(usage("there is no program to run", "write it behind `--`"));
    };
    let mut call = Call::new(program).stderr_inherited();
    let mut outputs = Vec::new();
    for argument in arguments {
        let parts = parts(argument, context)?;
        outputs.extend(parts.iter().filter_map(output).cloned());
        call = call.parts(parts);
    }
    call = match &args.stdin {
        Some(place) => call.stdin(&node(place, context)?),
        None => call.stdin_inherited(),
    };
    call = match &args.stdout {
        Some(place) => {
            let node = node(place, context)?;
            outputs.push(node.clone());
            call.stdout(&node)
        }
        None => call.stdout_inherited(),
    };
    collisions::refuse_twice(outputs.iter(), context)?;
    if let Some(time) = args.timeout {
        call = call.timeout(time);
    }
    if let Some(directory) = &args.chdir {
        if !directory.is_dir() {
            let message = format!("there is no directory `{}`", directory.display());
            return Err(usage(message, "make it first, or name another one"));
        }
        call = call.current_dir(directory);
    }
    Ok(call)
}

/// Where a part is stored.
fn output(part: &CallPart) -> Option<&StorageNode> {
    match part {
        CallPart::Output(node) | CallPart::Both(node) => Some(node),
        _ => None,
    }
}

fn node(place: &OsStr, context: &Context) -> Done<StorageNode> {
    Ok(context.place(place)?.node)
}

/// How a marker begins, and what it makes of a node.
type Marker = (&'static [u8], fn(StorageNode) -> Done<CallPart>);

const MARKERS: [Marker; 4] = [
    (b"{in:", |node| Ok(CallPart::Input(node))),
    (b"{out:", |node| Ok(CallPart::Output(node))),
    (b"{both:", |node| Ok(CallPart::Both(node))),
    (b"{path:", |node| Ok(CallPart::Text(stored_file(&node)?))),
];

fn stored_file(node: &StorageNode) -> Done<OsString> {
    let path = node.native_path(Access::Read);
    let path = path.map_err(|error| error.with_hint("write `{in:PLACE}`, which lends a copy"))?;
    Ok(path.into_os_string())
}

/// The text and the nodes of one argument.
fn parts(argument: &OsStr, context: &Context) -> Done<Vec<CallPart>> {
    let mut parts = Vec::new();
    let (mut text, mut rest) = (Vec::new(), argument.as_bytes());
    while let Some((&first, after)) = rest.split_first() {
        let marker = MARKERS.iter().find(|(marker, _)| rest.starts_with(marker));
        let escaped = first == b'{' && MARKERS.iter().any(|(marker, _)| after.starts_with(marker));
        if escaped {
            let end = 1 + after.iter().position(|byte| *byte == b':').unwrap_or(0);
            text.extend_from_slice(&after[..end]);
            rest = &after[end..];
        } else if let Some((marker, part)) = marker {
            let inside = &rest[marker.len()..];
            let end = inside.iter().position(|byte| *byte == b'}').ok_or_else(|| unclosed(argument))?;
            parts.push(CallPart::Text(OsString::from_vec(std::mem::take(&mut text))));
            parts.push(part(node(OsStr::from_bytes(&inside[..end]), context)?)?);
            rest = &inside[end + 1..];
        } else {
            text.push(first);
            rest = after;
        }
    }
    parts.push(CallPart::Text(OsString::from_vec(text)));
    Ok(parts)
}

fn unclosed(argument: &OsStr) -> Stop {
    usage(
        format!("a marker in `{}` has no end", argument.to_string_lossy()),
        "write `{in:PLACE}`; `{{in:` is the text `{in:`",
    )
}

/// Failures of `storage` itself have one code, which no program should have.
fn told(stop: Stop, context: &Context) -> Stop {
    match stop {
        Stop::Error(error) => {
            context.tell(&error);
            Stop::Told(Exit::Program(Exit::OWN_FAILURE))
        }
        stop => stop,
    }
}

/// How the program failed, or what kept it from running.
fn failed(error: &Error, context: &Context) -> Stop {
    if is_cancelled(error) {
        return Stop::Interrupted;
    }
    let ended = std::error::Error::source(error).and_then(|source| source.downcast_ref::<ProgramFailure>());
    let code = match (ended, error.kind()) {
        (Some(ended), _) => ended_with(ended),
        (None, ErrorKind::Timeout) if ran(error) => 124,
        (None, ErrorKind::PermissionDenied) if ran(error) => 126,
        (None, ErrorKind::NotFound) if ran(error) => 127,
        _ => Exit::OWN_FAILURE,
    };
    // A program that fails has said why by itself.
    match ended {
        None => drop(context.tell(error)),
        Some(ended) if ended.signal.is_some() => context.console.error(&Error::invalid(ended.to_string())),
        Some(_) => {}
    }
    if ended.is_some() {
        context.console.note("nothing was stored");
    }
    Stop::Told(Exit::Program(code))
}

/// Whether the error is about the program and not about a place.
fn ran(error: &Error) -> bool {
    error.operation() == Some(Operation::Call)
}

fn ended_with(ended: &ProgramFailure) -> u8 {
    let code = ended.code.or(ended.signal.map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(Exit::OWN_FAILURE)
}
