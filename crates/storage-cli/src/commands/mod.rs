//! One file per command.

mod ahead;
mod below;
mod beside;
mod cat;
mod check;
mod cleanup;
mod collisions;
mod completions;
mod concat;
mod config_files;
mod copies;
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

use std::ffi::OsString;
use std::sync::Arc;

use crate::args::{Cli, Command, ConfigCommand, MetaCommand, VersionsCommand};
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
        out.only_prints(true);
        completions::run(args, &mut out)?;
        return out.flush();
    }
    if let Command::Config(args) = &cli.command {
        // What is about to be allowed must not be in its way.
        out.only_prints(only_prints(&cli.command));
        config_files::run(args, console, &mut out)?;
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

/// Whether a command is over when nobody reads what it prints: it changes nothing, and its exit code says nothing about
/// what it found.
fn only_prints(command: &Command) -> bool {
    let is_stdout = |place: &OsString| place == "-";
    match command {
        Command::Ls(_) | Command::Find(_) | Command::Tree(_) | Command::Cat(_) | Command::Stat(_) => true,
        Command::Md5(_) | Command::Du(_) | Command::Url(_) | Command::Completions(_) => true,
        Command::Mounts(args) => args.command.is_none(),
        Command::Config(args) => matches!(args.command, ConfigCommand::List(_)),
        Command::Versions(args) => {
            matches!(args.command, VersionsCommand::List(_) | VersionsCommand::Cat(_))
        }
        Command::Meta(args) => matches!(args.command, MetaCommand::Get(_)),
        Command::Hash(args) => !args.check && args.output.as_ref().is_none_or(is_stdout),
        Command::Unzip(args) => args.list,
        Command::Cp(args) => is_stdout(&args.destination),
        Command::Concat(args) => is_stdout(&args.destination),
        Command::Zip(args) => is_stdout(&args.destination),
        Command::Cleanup(args) => !args.delete,
        #[cfg(feature = "http")]
        Command::Fill(_) => false,
        Command::Put(_) | Command::Mv(_) | Command::Sync(_) | Command::Watch(_) | Command::Check(_) => false,
        Command::Diff(_) | Command::Rm(_) | Command::Mkdir(_) | Command::Restore(_) | Command::Exec(_) => {
            false
        }
    }
}

pub(crate) fn dispatch(command: &Command, context: &Context, out: &mut Output) -> Done {
    out.only_prints(only_prints(command));
    match command {
        Command::Mounts(args) => mounts::run(args, context, out),
        Command::Config(args) => config_files::run(args, &context.console, out),
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
        Command::Cleanup(args) => cleanup::run(args, context, out),
        Command::Versions(args) => versions::run(args, context, out),
        Command::Restore(args) => restore::run(args, context, out),
        Command::Meta(args) => meta::run(args, context, out),
        Command::Url(args) => url::run(args, context, out),
        Command::Exec(args) => exec::run(args, context),
        Command::Completions(args) => completions::run(args, out),
    }
}
