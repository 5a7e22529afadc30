//! `storage rm`.

use storage::blocking::{Children, StorageNode};
use storage::types::{DeleteOptions, Error, ErrorKind, ListOptions, Operation};

use crate::args::RmArgs;
use crate::context::{Context, Place, missing, stands};
use crate::exit::{Done, Stop, Tally};
use crate::names::PLAIN;

pub(crate) fn run(args: &RmArgs, context: &Context) -> Done {
    context.each(&args.places, |place| remove(&context.place(place)?, args, context))
}

fn remove(place: &Place, args: &RmArgs, context: &Context) -> Done {
    if !place.named && (!place.node.is_root() || place.node.mount_name() == PLAIN) {
        // As POSIX has it: `rm -r .` and `rm -r /` are never what somebody meant.
        let error = Error::invalid(format!("`{}` is not removed", place.typed));
        let error = error.with_hint("name the directory itself");
        return Err(Stop::Error(error));
    }
    // For the library a missing thing is as good as a deleted one; whoever types a name expects it to be there.
    if !args.force && !place.node.is_root() && !stands(&place.node)? {
        return Err(Stop::Error(missing(&place.node, Operation::Delete)));
    }
    if !args.recursive {
        return Ok(place.node.delete_with(&DeleteOptions::new())?);
    }
    match place.node.delete_with(&DeleteOptions::recursive()) {
        Err(error) if is_of_one(&place.node, &error) => rest(&place.node, error, context),
        outcome => Ok(outcome?),
    }
}

/// Whether an error says nothing about the rest of the tree.
fn is_of_one(top: &StorageNode, error: &Error) -> bool {
    use ErrorKind::{Config, InvalidInput, Unauthenticated, Unsupported};
    let of_all = matches!(error.kind(), Config | InvalidInput | Unauthenticated | Unsupported);
    !of_all && !top.is_root() && top.capabilities().delete
}

/// A directory that is being emptied.
struct Level {
    node: StorageNode,
    children: Children,
    /// Something in it is still there.
    keeps: bool,
}

/// Removes what can be removed of a tree in which something cannot, and names all that stays.
fn rest(top: &StorageNode, error: Error, context: &Context) -> Done {
    let open = |node: &StorageNode| node.children_with(&ListOptions::kind_only());
    let Ok(children) = open(top) else { return Err(error.into()) };
    let mut tally = Tally::default();
    let mut levels = vec![Level { node: top.clone(), children, keeps: false }];
    while let Some(level) = levels.last_mut() {
        let outcome = match level.children.next() {
            Ok(Some(entry)) if entry.metadata.is_dir() => match open(&entry.node) {
                Ok(children) => {
                    levels.push(Level { node: entry.node, children, keeps: false });
                    continue;
                }
                Err(error) => Err(error),
            },
            Ok(Some(entry)) => entry.node.delete_with(&DeleteOptions::new()),
            Err(error) => Err(error),
            Ok(None) => {
                let gone = leave(&mut levels);
                context.tally(&mut tally, gone)?;
                continue;
            }
        };
        level.keeps |= outcome.is_err();
        context.tally(&mut tally, outcome.map_err(Stop::from))?;
    }
    tally.end()
}

/// Removes a directory behind what was in it. Of one that is not empty everything has been said.
fn leave(levels: &mut Vec<Level>) -> Done {
    let Some(Level { node, keeps, .. }) = levels.pop() else { return Ok(()) };
    let gone = match keeps {
        true => Ok(()),
        false => node.delete_with(&DeleteOptions::empty_dir()),
    };
    if let Some(above) = levels.last_mut() {
        above.keeps |= keeps || gone.is_err();
    }
    Ok(gone?)
}
