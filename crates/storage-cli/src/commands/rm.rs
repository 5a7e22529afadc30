//! `storage rm`.

use storage::types::{DeleteOptions, Error, Operation};

use crate::args::RmArgs;
use crate::context::{Context, Place, missing, stands};
use crate::exit::{Done, Stop};
use crate::names::PLAIN;

pub(crate) fn run(args: &RmArgs, context: &Context) -> Done {
    context.each(&args.places, |place| remove(&context.place(place)?, args))
}

fn remove(place: &Place, args: &RmArgs) -> Done {
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
    let options = if args.recursive { DeleteOptions::recursive() } else { DeleteOptions::new() };
    Ok(place.node.delete_with(&options)?)
}
