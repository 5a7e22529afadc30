//! `storage meta`.

use std::ffi::OsString;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgGroup, Args, Subcommand};

use super::parse::pair;

#[derive(Debug, Args)]
#[command(disable_help_subcommand = true, arg_required_else_help = true)]
pub(crate) struct MetaArgs {
    #[command(subcommand)]
    pub(crate) command: MetaCommand,
}

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one in a run")]
pub(crate) enum MetaCommand {
    /// Show content type and other headers, user metadata and tags
    #[command(after_help = include_str!("../help/meta-get.txt"))]
    Get(MetaGetArgs),
    /// Change what is named and keep the rest
    #[command(after_help = include_str!("../help/meta-set.txt"))]
    Set(MetaSetArgs),
}

#[derive(Debug, Args)]
pub(crate) struct MetaGetArgs {
    /// Files
    #[arg(value_name = "PLACE", required = true)]
    pub(crate) places: Vec<OsString>,

    /// Print JSON, one object per line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("change").required(true).multiple(true),
    override_usage = "storage meta set [OPTIONS] <PLACE>..."
)]
pub(crate) struct MetaSetArgs {
    /// Files
    #[arg(value_name = "PLACE", required = true)]
    pub(crate) places: Vec<OsString>,

    /// Media type; an empty one takes it away
    #[arg(long, value_name = "TYPE", group = "change")]
    pub(crate) content_type: Option<String>,

    /// `Cache-Control` for whoever serves the file; an empty one takes it away
    #[arg(long, value_name = "VALUE", group = "change")]
    pub(crate) cache_control: Option<String>,

    /// How it is packed, such as `gzip` (`Content-Encoding`)
    #[arg(long, value_name = "CODING", value_parser = NonEmptyStringValueParser::new(), group = "change")]
    pub(crate) content_encoding: Option<String>,

    /// Whether browsers show or save it (`Content-Disposition`)
    #[arg(long, value_name = "VALUE", value_parser = NonEmptyStringValueParser::new(), group = "change")]
    pub(crate) content_disposition: Option<String>,

    /// The language it is in (`Content-Language`)
    #[arg(long, value_name = "LANGUAGE", value_parser = NonEmptyStringValueParser::new(), group = "change")]
    pub(crate) content_language: Option<String>,

    /// User metadata; may be given several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair, group = "change")]
    pub(crate) user: Vec<(String, String)>,

    /// Take this user metadata away; may be given several times
    #[arg(long, value_name = "KEY", group = "change")]
    pub(crate) unset: Vec<String>,

    /// Take all user metadata away, before `--user` adds
    #[arg(long, group = "change")]
    pub(crate) clear: bool,

    /// Tags; may be given several times
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = pair, group = "change")]
    pub(crate) tags: Vec<(String, String)>,

    /// Take this tag away; may be given several times
    #[arg(long, value_name = "KEY", group = "change")]
    pub(crate) untag: Vec<String>,

    /// Take all tags away, before `--tag` adds
    #[arg(long, group = "change")]
    pub(crate) clear_tags: bool,

    /// Print what is stored afterwards as JSON, one object per line
    #[arg(long)]
    pub(crate) json: bool,
}
