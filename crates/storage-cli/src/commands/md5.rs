//! `storage md5`.

use storage::types::HashAlgorithm;

use super::hash::{Style, is_special, of_stream};
use crate::args::Md5Args;
use crate::context::{Context, Source};
use crate::exit::Done;
use crate::output::Output;

pub(crate) fn run(args: &Md5Args, context: &Context, out: &mut Output) -> Done {
    context.each(&args.places, |place| match context.source(place)? {
        Source::Stream(stream) => {
            let checksum = of_stream(&stream, HashAlgorithm::Md5, context)?;
            line(out, &checksum.to_string(), &stream.typed)
        }
        Source::Place(place) => {
            let digest = place.node.md5()?;
            line(out, &digest, &place.typed)
        }
    })
}

fn line(out: &mut Output, digits: &str, name: &str) -> Done {
    let shown = if is_special(name) { name.to_owned() } else { out.name(name) };
    out.text(&Style::default().line("md5", digits, &shown))
}
