//! `storage md5`.

use md5::{Digest, Md5};

use crate::args::Md5Args;
use crate::context::{Context, Target};
use crate::exit::Done;
use crate::input::Input;
use crate::output::Output;

pub(crate) fn run(args: &Md5Args, context: &Context, out: &mut Output) -> Done {
    context.each(&args.places, |place| match context.target(place)? {
        Target::Stdio => {
            let digest = of_stdin(context)?;
            line(out, &digest, "-")
        }
        Target::Place(place) => {
            let digest = place.node.md5()?;
            line(out, &digest, &place.typed)
        }
    })
}

fn of_stdin(context: &Context) -> Done<String> {
    let input = Input::stdin();
    let mut hash = Md5::new();
    while let Some(chunk) = input.next(&context.interrupt)? {
        hash.update(&chunk);
    }
    Ok(storage::types::Checksum::Md5(hash.finalize().into()).to_string())
}

/// As `md5sum` writes it: a backslash in front says that the name is escaped.
fn line(out: &mut Output, digest: &str, name: &str) -> Done {
    if !name.contains(['\\', '\n', '\r']) {
        return out.line(format_args!("{digest}  {}", out.name(name)));
    }
    let name = name.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r");
    out.line(format_args!("\\{digest}  {name}"))
}
