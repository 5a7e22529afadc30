//! `storage url`.

use storage::types::{PresignMethod, PresignOptions};

use crate::args::UrlArgs;
use crate::context::Context;
use crate::exit::Done;
use crate::output::Output;

pub(crate) fn run(args: &UrlArgs, context: &Context, out: &mut Output) -> Done {
    let method = if args.put { PresignMethod::Put } else { PresignMethod::Get };
    let options = PresignOptions::new().method(method).expires_in(args.expires);
    context.each(&args.places, |place| {
        let url = context.place(place)?.node.url_with(&options)?;
        out.line(format_args!("{url}"))
    })
}
