//! What the command line takes: every flag with its help stands here and below, and nowhere else. Longer texts and the
//! examples are in `help/`.

mod archive;
mod cleanup;
mod config;
mod exec;
#[cfg(feature = "http")]
mod fill;
mod find;
mod hash;
mod headers;
mod meta;
mod mounts;
mod parse;
mod resume;
mod select;
mod special;
mod sync;
mod url;
mod versions;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use storage::types::ByteRange;

pub(crate) use self::archive::{UnzipArgs, ZipArgs};
pub(crate) use self::cleanup::CleanupArgs;
pub(crate) use self::config::{ConfigArgs, ConfigCommand, ConfigFileArgs, ConfigListArgs};
pub(crate) use self::exec::ExecArgs;
#[cfg(feature = "http")]
pub(crate) use self::fill::FillArgs;
pub(crate) use self::find::FindArgs;
pub(crate) use self::hash::HashArgs;
pub(crate) use self::headers::HeaderArgs;
pub(crate) use self::meta::{MetaArgs, MetaCommand, MetaGetArgs, MetaSetArgs};
pub(crate) use self::mounts::{MountsArgs, MountsCommand, MountsTestArgs};
pub(crate) use self::parse::{Selector, SkipWhen};
use self::parse::{pair, range, skip};
pub(crate) use self::resume::ResumeArgs;
pub(crate) use self::select::{SelectArgs, WayArgs};
pub(crate) use self::special::{ConcatArgs, DiffArgs};
pub(crate) use self::sync::{CheckArgs, SyncArgs};
pub(crate) use self::url::{Method, UrlArgs};
pub(crate) use self::versions::{
    RestoreArgs, VersionsArgs, VersionsCatArgs, VersionsCommand, VersionsCompactArgs, VersionsDeleteArgs,
    VersionsDiffArgs, VersionsListArgs, VersionsRestoreArgs,
};

/// Options that every command takes stand below its own.
const GLOBAL: &str = "Options of every command";

/// One set of commands for plain files and for every mounted store
///
/// A place is `mount:path` or a plain path; both work in every command.
#[derive(Debug, Parser)]
#[command(
    name = "storage",
    version,
    after_help = "Run `storage --help` for addresses, configuration, examples and exit codes.",
    after_long_help = include_str!("help/storage.txt"),
    max_term_width = 100,
    disable_help_subcommand = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    /// Read the mounts from this file (YAML, TOML or JSON, by its extension)
    #[arg(long, value_name = "FILE", global = true, help_heading = GLOBAL)]
    pub(crate) config: Option<PathBuf>,

    /// Say nothing but errors: no progress, no summary, no notes
    #[arg(short, long, global = true, help_heading = GLOBAL)]
    pub(crate) quiet: bool,

    /// Show progress on standard error: `auto` (on a terminal), `always` or `never`
    #[arg(
        long,
        value_name = "WHEN",
        value_enum,
        default_value_t,
        hide_possible_values = true,
        global = true,
        help_heading = GLOBAL
    )]
    pub(crate) progress: When,

    /// Keep about so much of large files in memory, all of them together: `40MiB` unless told otherwise; more moves more at
    /// once to and from stores far away
    #[arg(long, value_name = "BYTES", value_parser = parse::memory, global = true, help_heading = GLOBAL)]
    pub(crate) memory: Option<u64>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum When {
    #[default]
    Auto,
    Always,
    Never,
}

/// What of a file is kept beside its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Preserve {
    Times,
    All,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the mounts, what they can do, and the configuration in use; test them
    #[command(after_help = include_str!("help/mounts.txt"))]
    Mounts(MountsArgs),
    /// Allow the configuration that lies in a folder to be used there, or deny it
    #[command(after_help = include_str!("help/config.txt"))]
    Config(ConfigArgs),
    /// List directories
    #[command(after_help = include_str!("help/ls.txt"))]
    Ls(LsArgs),
    /// Find files and directories by name, type, size and age
    #[command(after_help = include_str!("help/find.txt"))]
    Find(FindArgs),
    /// Draw directories as trees
    #[command(after_help = include_str!("help/tree.txt"))]
    Tree(TreeArgs),
    /// Write contents to standard output
    #[command(after_help = include_str!("help/cat.txt"))]
    Cat(CatArgs),
    /// Store standard input, or a file, at a place
    #[command(after_help = include_str!("help/put.txt"))]
    Put(PutArgs),
    /// Store what a URL leads to
    #[cfg(feature = "http")]
    #[command(after_help = include_str!("help/fill.txt"))]
    Fill(FillArgs),
    /// Copy files and directories
    #[command(after_help = include_str!("help/cp.txt"))]
    Cp(CpArgs),
    /// Move files and directories
    #[command(after_help = include_str!("help/mv.txt"))]
    Mv(MvArgs),
    /// Make a place like another: copy what differs, delete on request
    #[command(after_help = include_str!("help/sync.txt"))]
    Sync(SyncArgs),
    /// Sync, and again whenever the source changes
    #[command(
        after_help = include_str!("help/watch.txt"),
        mut_arg("watch", |arg| arg.hide(true)),
        mut_arg("dry_run", |arg| arg.hide(true))
    )]
    Watch(SyncArgs),
    /// Compare two places
    #[command(after_help = include_str!("help/check.txt"))]
    Check(CheckArgs),
    /// Store several files as one
    #[command(after_help = include_str!("help/concat.txt"))]
    Concat(ConcatArgs),
    /// Show how two texts differ
    #[command(after_help = include_str!("help/diff.txt"))]
    Diff(DiffArgs),
    /// Make a zip archive of files and directories
    #[command(after_help = include_str!("help/zip.txt"))]
    Zip(ZipArgs),
    /// Unpack a zip archive, or show what is in it
    #[command(after_help = include_str!("help/unzip.txt"))]
    Unzip(UnzipArgs),
    /// Remove files and directories
    #[command(after_help = include_str!("help/rm.txt"))]
    Rm(RmArgs),
    /// Make directories
    #[command(after_help = include_str!("help/mkdir.txt"))]
    Mkdir(MkdirArgs),
    /// Show what is known about a place
    #[command(after_help = include_str!("help/stat.txt"))]
    Stat(StatArgs),
    /// Print and check lists of checksums, as `sha256sum` and `md5sum` do
    #[command(after_help = include_str!("help/hash.txt"))]
    Hash(HashArgs),
    /// Print MD5 checksums of contents
    #[command(after_help = include_str!("help/md5.txt"))]
    Md5(Md5Args),
    /// Add up sizes
    #[command(after_help = include_str!("help/du.txt"))]
    Du(DuArgs),
    /// List what stopped runs left, and remove it on request
    #[command(after_help = include_str!("help/cleanup.txt"))]
    Cleanup(CleanupArgs),
    /// List old versions of a file; read, restore and delete them
    #[command(after_help = include_str!("help/versions.txt"))]
    Versions(VersionsArgs),
    /// Make an old version of a file current again
    #[command(after_help = include_str!("help/restore.txt"))]
    Restore(RestoreArgs),
    /// Show and change content type, user metadata and tags
    #[command(after_help = include_str!("help/meta.txt"))]
    Meta(MetaArgs),
    /// Print a URL under which others can get a file, or upload one
    #[command(after_help = include_str!("help/url.txt"))]
    Url(UrlArgs),
    /// Run a program on files of any store
    #[command(after_help = include_str!("help/exec.txt"))]
    Exec(ExecArgs),
    /// Print the completion script for a shell
    #[command(after_help = include_str!("help/completions.txt"))]
    Completions(CompletionsArgs),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum SortBy {
    #[default]
    Name,
    /// Smallest first
    Size,
    /// Oldest first
    Time,
}

#[derive(Debug, Args)]
pub(crate) struct LsArgs {
    /// Directories to list, or files
    #[arg(value_name = "PLACE", default_value = ".")]
    pub(crate) places: Vec<OsString>,

    /// Mode, size, time and link target of each entry
    #[arg(short, long)]
    pub(crate) long: bool,

    /// Directories below, too
    #[arg(short = 'R', long)]
    pub(crate) recursive: bool,

    /// Print JSON, one object per line
    #[arg(long)]
    pub(crate) json: bool,

    /// Order: `name`, `size` (smallest first) or `time` (oldest first)
    #[arg(long, value_name = "BY", value_enum, default_value_t, hide_possible_values = true)]
    pub(crate) sort: SortBy,

    /// The other way round
    #[arg(short, long)]
    pub(crate) reverse: bool,

    /// Sizes in bytes instead of KiB, MiB, ...
    #[arg(long)]
    pub(crate) bytes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TreeArgs {
    /// Directories to draw
    #[arg(value_name = "PLACE", default_value = ".")]
    pub(crate) places: Vec<OsString>,

    /// At most so many levels down
    #[arg(short = 'L', long, value_name = "LEVELS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) depth: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct CatArgs {
    /// Files, one after the other; `-` is standard input
    #[arg(value_name = "PLACE", required = true)]
    pub(crate) places: Vec<OsString>,

    /// Only these bytes of each: `0-99` (both ends included), `100-`, or `-20` (the last 20)
    #[arg(long, value_name = "RANGE", value_parser = range, allow_hyphen_values = true)]
    pub(crate) range: Option<ByteRange>,
}

#[derive(Debug, Args)]
pub(crate) struct PutArgs {
    /// Where to store it
    #[arg(value_name = "PLACE")]
    pub(crate) place: OsString,

    /// Take the content from here instead of standard input; pipes and devices work too
    #[arg(long, value_name = "PLACE")]
    pub(crate) from: Option<OsString>,

    #[command(flatten)]
    pub(crate) headers: HeaderArgs,

    /// Fail when something is stored there already
    #[arg(long, conflicts_with = "if_match")]
    pub(crate) create_only: bool,

    /// Fail unless what is stored there has this ETag
    #[arg(long, value_name = "ETAG")]
    pub(crate) if_match: Option<String>,

    /// User metadata to store with it; may be given several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    pub(crate) meta: Vec<(String, String)>,

    /// Print what is now known about it as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CpArgs {
    /// Files and directories to copy; `-` is standard input
    #[arg(value_name = "SRC", required = true)]
    pub(crate) sources: Vec<OsString>,

    /// Where to; `-` is standard output
    #[arg(value_name = "DST")]
    pub(crate) destination: OsString,

    /// Copy directories with everything in them
    #[arg(short, long, visible_short_alias = 'R')]
    pub(crate) recursive: bool,

    #[command(flatten)]
    pub(crate) headers: HeaderArgs,

    #[command(flatten)]
    pub(crate) transfer: TransferArgs,
}

#[derive(Debug, Args)]
pub(crate) struct MvArgs {
    /// Files and directories to move
    #[arg(value_name = "SRC", required = true)]
    pub(crate) sources: Vec<OsString>,

    /// Where to
    #[arg(value_name = "DST")]
    pub(crate) destination: OsString,

    /// Accepted as in `cp`; directories are moved without it
    #[arg(short, long)]
    pub(crate) recursive: bool,

    #[command(flatten)]
    pub(crate) transfer: TransferArgs,
}

/// What copying and moving have in common.
#[derive(Debug, Args)]
pub(crate) struct TransferArgs {
    /// When to leave a file that is there already: `never`, `exists`, `size` (same size), `newer` (not older than the
    /// source), `size-time` (both) or `hash` (same content)
    #[arg(long, value_name = "WHEN", default_value = "never", value_parser = skip)]
    pub(crate) skip: SkipWhen,

    #[command(flatten)]
    pub(crate) select: SelectArgs,

    /// Keep times and permission bits; with `=all` owner, access control lists and extended attributes too, from local
    /// to local
    #[arg(short, long, value_name = "WHAT", num_args = 0..=1, require_equals = true, default_missing_value = "times")]
    pub(crate) preserve: Option<Preserve>,

    #[command(flatten)]
    pub(crate) way: WayArgs,

    /// Name every file on standard error, those that are left out too
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// Print a report as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RmArgs {
    /// What to remove
    #[arg(value_name = "PLACE", required = true)]
    pub(crate) places: Vec<OsString>,

    /// Remove directories with everything in them
    #[arg(short, long, visible_short_alias = 'R')]
    pub(crate) recursive: bool,

    /// No error when it is not there
    #[arg(short, long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct MkdirArgs {
    /// Directories to make
    #[arg(value_name = "PLACE", required = true)]
    pub(crate) places: Vec<OsString>,

    /// Make missing parents too; a directory that is there is fine
    #[arg(short, long)]
    pub(crate) parents: bool,
}

#[derive(Debug, Args)]
pub(crate) struct StatArgs {
    /// Files and directories
    #[arg(value_name = "PLACE", required = true)]
    pub(crate) places: Vec<OsString>,

    /// Print JSON, one object per line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Md5Args {
    /// Files; `-` is standard input
    #[arg(value_name = "PLACE", required = true)]
    pub(crate) places: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct DuArgs {
    /// Files and directories
    #[arg(value_name = "PLACE", default_value = ".")]
    pub(crate) places: Vec<OsString>,

    /// One line for each place only
    #[arg(short, long)]
    pub(crate) summarize: bool,

    /// Print JSON, one object per line
    #[arg(long)]
    pub(crate) json: bool,

    /// Sizes in bytes instead of KiB, MiB, ...
    #[arg(long)]
    pub(crate) bytes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}
