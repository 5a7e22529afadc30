//! `storage meta`.

use std::collections::BTreeMap;

use serde::Serialize;
use storage::blocking::StorageNode;
use storage::types::{Error, Metadata, Operation, WriteOptions};

use crate::args::{MetaArgs, MetaCommand, MetaGetArgs, MetaSetArgs};
use crate::context::{Context, at};
use crate::exit::Done;
use crate::output::Output;

type Tags = BTreeMap<String, String>;

/// What is stored beside the content, in JSON; documented in `help/meta-get.txt`.
#[derive(Serialize)]
struct MetaJson<'a> {
    path: String,
    content_type: Option<&'a str>,
    cache_control: Option<&'a str>,
    content_encoding: Option<&'a str>,
    content_disposition: Option<&'a str>,
    content_language: Option<&'a str>,
    metadata: &'a BTreeMap<String, String>,
    tags: Option<&'a Tags>,
}

pub(crate) fn run(args: &MetaArgs, context: &Context, out: &mut Output) -> Done {
    match &args.command {
        MetaCommand::Get(args) => get(args, context, out),
        MetaCommand::Set(args) => set(args, context, out),
    }
}

fn get(args: &MetaGetArgs, context: &Context, out: &mut Output) -> Done {
    let mut blocks = 0;
    context.each(&args.places, |place| {
        let node = context.place(place)?.node;
        let stored = Stored::of(&node)?;
        if args.json {
            return stored.json(&node, context, out);
        }
        if args.places.len() > 1 {
            let gap = if blocks > 0 { "\n" } else { "" };
            blocks += 1;
            out.line(format_args!("{gap}{}:", out.name(&context.show(&node))))?;
        }
        stored.people(&node, context, out)
    })
}

fn set(args: &MetaSetArgs, context: &Context, out: &mut Output) -> Done {
    context.each(&args.places, |place| {
        let node = context.place(place)?.node;
        change(&node, args, context)?;
        context.console.note(&format!("metadata of `{}` set", context.show(&node)));
        if args.json { Stored::of(&node)?.json(&node, context, out) } else { Ok(()) }
    })
}

/// Everything is read before anything is changed, so that a store without tags is found out in time.
fn change(node: &StorageNode, args: &MetaSetArgs, context: &Context) -> Done {
    let tags = if changes_tags(args) { Some(changed_tags(node, args, context)?) } else { None };
    if changes_metadata(args) {
        let options = changed_metadata(&file(node)?, args);
        node.set_metadata(&options).map_err(|error| context.teach(error, |can| can.user_metadata))?;
    }
    if let Some(tags) = tags {
        node.set_tags(&tags).map_err(|error| context.teach(error, |can| can.tags))?;
    }
    Ok(())
}

fn changes_metadata(args: &MetaSetArgs) -> bool {
    let pairs = args.clear || !args.user.is_empty() || !args.unset.is_empty();
    let headers = [
        &args.content_type,
        &args.cache_control,
        &args.content_encoding,
        &args.content_disposition,
        &args.content_language,
    ];
    pairs || headers.into_iter().any(Option::is_some)
}

fn changes_tags(args: &MetaSetArgs) -> bool {
    args.clear_tags || !args.tags.is_empty() || !args.untag.is_empty()
}

fn changed_metadata(stored: &Metadata, args: &MetaSetArgs) -> WriteOptions {
    let chosen = |given: &Option<String>, stored: &Option<String>| match given {
        Some(given) => Some(given.clone()).filter(|given| !given.is_empty()),
        None => stored.clone(),
    };
    let mut options = WriteOptions::new();
    options.content_type = chosen(&args.content_type, &stored.content_type);
    options.cache_control = chosen(&args.cache_control, &stored.cache_control);
    // What is not given stays by itself.
    options.content_encoding.clone_from(&args.content_encoding);
    options.content_disposition.clone_from(&args.content_disposition);
    options.content_language.clone_from(&args.content_language);
    options.user = merged(&stored.user, args.clear, &args.unset, &args.user);
    options
}

fn changed_tags(node: &StorageNode, args: &MetaSetArgs, context: &Context) -> Done<Tags> {
    if !node.capabilities().tags {
        let error = Error::unsupported("keep tags").with_mount(node.mount_name());
        return at(node, Operation::SetMetadata, Err(context.teach(error, |can| can.tags)));
    }
    let stored = node.tags()?;
    Ok(merged(&stored, args.clear_tags, &args.untag, &args.tags))
}

fn merged(stored: &Tags, clear: bool, without: &[String], with: &[(String, String)]) -> Tags {
    let mut pairs = if clear { Tags::new() } else { stored.clone() };
    pairs.retain(|key, _| !without.contains(key));
    pairs.extend(with.iter().cloned());
    pairs
}

/// Metadata of a file; a directory has none to show or change.
fn file(node: &StorageNode) -> Done<Metadata> {
    let metadata = node.metadata()?;
    if metadata.is_dir() {
        let error = Error::is_a_directory().with_hint("name the files in it");
        return at(node, Operation::Stat, Err(error));
    }
    Ok(metadata)
}

struct Stored {
    metadata: Metadata,
    tags: Option<Tags>,
}

impl Stored {
    fn of(node: &StorageNode) -> Done<Self> {
        let metadata = file(node)?;
        let tags = if node.capabilities().tags { Some(node.tags()?) } else { None };
        Ok(Self { metadata, tags })
    }

    fn json(&self, node: &StorageNode, context: &Context, out: &mut Output) -> Done {
        out.json(&MetaJson {
            path: context.show(node),
            content_type: self.metadata.content_type.as_deref(),
            cache_control: self.metadata.cache_control.as_deref(),
            content_encoding: self.metadata.content_encoding.as_deref(),
            content_disposition: self.metadata.content_disposition.as_deref(),
            content_language: self.metadata.content_language.as_deref(),
            metadata: &self.metadata.user,
            tags: self.tags.as_ref(),
        })
    }

    fn people(&self, node: &StorageNode, context: &Context, out: &mut Output) -> Done {
        let stored = &self.metadata;
        let plain = [
            ("type", &stored.content_type),
            ("cache", &stored.cache_control),
            ("encoding", &stored.content_encoding),
            ("disposition", &stored.content_disposition),
            ("language", &stored.content_language),
        ];
        let plain = plain.into_iter().filter_map(|(label, value)| Some((label, value.clone()?)));
        let pairs = |label, pairs: &Tags| -> Vec<(&str, String)> {
            pairs.iter().map(|(key, value)| (label, format!("{key}={value}"))).collect()
        };
        let user = pairs("metadata", &self.metadata.user);
        let tags = self.tags.as_ref().map(|tags| pairs("tag", tags)).unwrap_or_default();
        let lines: Vec<(&str, String)> = plain.chain(user).chain(tags).collect();
        if lines.is_empty() {
            context
                .console
                .note(&format!("nothing is stored beside the content of `{}`", context.show(node)));
        }
        lines.iter().try_for_each(|(label, value)| out.line(format_args!("{label:<11} {}", out.name(value))))
    }
}
