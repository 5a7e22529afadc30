//! `storage completions`.

use clap::CommandFactory;

use crate::args::{Cli, CompletionsArgs};
use crate::exit::Done;
use crate::output::Output;

pub(crate) fn run(args: &CompletionsArgs, out: &mut Output) -> Done {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "storage", &mut script);
    out.bytes(&script)
}
