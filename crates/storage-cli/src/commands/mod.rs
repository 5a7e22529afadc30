//! One file per command.

mod ahead;
mod below;
mod beside;
mod cat;
mod check;
mod completions;
mod concat;
mod cp;
mod diff;
mod du;
mod exec;
mod failures;
#[cfg(feature = "http")]
mod fill;
mod find;
mod hash;
mod ls;
mod md5;
mod meta;
mod mkdir;
mod mounts;
mod mv;
mod probe;
mod put;
mod report;
mod restore;
mod resume;
mod rm;
mod select;
mod stat;
mod summary;
mod sync;
mod transfer;
mod tree;
mod unzip;
mod url;
mod versions;
mod watch;
mod zip;

use std::sync::Arc;

use crate::args::{Cli, Command};
use crate::console::Console;
use crate::context::Context;
use crate::exit::Done;
use crate::interrupt::Interrupt;
use crate::names::Names;
use crate::output::Output;

pub(crate) fn run(cli: &Cli, console: &Arc<Console>, names: &Arc<Names>, interrupt: &Interrupt) -> Done {
    let mut out = Output::stdout();
    if let Command::Completions(args) = &cli.command {
        // A shell starts with this; a broken configuration must not be in its way.
        completions::run(args, &mut out)?;
        return out.flush();
    }
    let context = Context::new(
        console.clone(),
        names.clone(),
        interrupt.clone(),
        cli.config.as_deref(),
        cli.progress,
        cli.memory,
    )?;
    let outcome = dispatch(&cli.command, &context, &mut out);
    // What was found before a failure is worth printing too.
    let flushed = out.flush();
    outcome.and(flushed)
}

pub(crate) fn dispatch(command: &Command, context: &Context, out: &mut Output) -> Done {
    match command {
        Command::Mounts(args) => mounts::run(args, context, out),
        Command::Ls(args) => ls::run(args, context, out),
        Command::Find(args) => find::run(args, context, out),
        Command::Tree(args) => tree::run(args, context, out),
        Command::Cat(args) => cat::run(args, context, out),
        Command::Put(args) => put::run(args, context, out),
        #[cfg(feature = "http")]
        Command::Fill(args) => fill::run(args, context, out),
        Command::Cp(args) => cp::run(args, context, out),
        Command::Mv(args) => mv::run(args, context, out),
        Command::Sync(args) => sync::run(args, context, out),
        Command::Watch(args) => sync::watch(args, context, out),
        Command::Check(args) => check::run(args, context, out),
        Command::Concat(args) => concat::run(args, context, out),
        Command::Diff(args) => diff::run(args, context, out),
        Command::Zip(args) => zip::run(args, context, out),
        Command::Unzip(args) => unzip::run(args, context, out),
        Command::Rm(args) => rm::run(args, context),
        Command::Mkdir(args) => mkdir::run(args, context),
        Command::Stat(args) => stat::run(args, context, out),
        Command::Hash(args) => hash::run(args, context, out),
        Command::Md5(args) => md5::run(args, context, out),
        Command::Du(args) => du::run(args, context, out),
        Command::Versions(args) => versions::run(args, context, out),
        Command::Restore(args) => restore::run(args, context, out),
        Command::Meta(args) => meta::run(args, context, out),
        Command::Url(args) => url::run(args, context, out),
        Command::Exec(args) => exec::run(args, context),
        Command::Completions(args) => completions::run(args, out),
    }
}
