//! `storage stat`, and what `put` and `ls` share with it.

use std::collections::BTreeMap;

use serde::Serialize;
use storage::blocking::StorageNode;
use storage::types::{EntryKind, Metadata};

use crate::args::StatArgs;
use crate::context::{Context, link};
use crate::exit::Done;
use crate::output::{Output, count, human};
use crate::times;

/// An entry in JSON; documented in `help/ls.txt`.
#[derive(Debug, Serialize)]
pub(crate) struct EntryJson<'a> {
    pub(crate) path: String,
    pub(crate) name: &'a str,
    kind: EntryKind,
    size: u64,
    modified: Option<String>,
    etag: Option<&'a str>,
    mode: Option<String>,
    pub(crate) link: Option<String>,
}

impl<'a> EntryJson<'a> {
    pub(crate) fn new(path: String, name: &'a str, metadata: &'a Metadata) -> Self {
        Self {
            path,
            name,
            kind: metadata.kind,
            size: metadata.size,
            modified: metadata.modified.and_then(times::exact),
            etag: metadata.etag.as_deref(),
            mode: metadata.mode.map(|mode| format!("{mode:04o}")),
            link: None,
        }
    }
}

/// Everything that is known, in JSON; documented in `help/stat.txt`.
#[derive(Debug, Serialize)]
struct StatJson<'a> {
    #[serde(flatten)]
    entry: EntryJson<'a>,
    version: Option<&'a str>,
    content_type: Option<&'a str>,
    cache_control: Option<&'a str>,
    content_encoding: Option<&'a str>,
    content_disposition: Option<&'a str>,
    content_language: Option<&'a str>,
    checksum: Option<String>,
    metadata: &'a BTreeMap<String, String>,
}

pub(crate) fn run(args: &StatArgs, context: &Context, out: &mut Output) -> Done {
    let mut first = true;
    context.each(&args.places, |place| {
        let place = context.place(place)?;
        let metadata = place.node.metadata()?;
        if args.json {
            return json(&place.node, &metadata, context, out);
        }
        if !std::mem::take(&mut first) {
            out.line(format_args!(""))?;
        }
        people(&place.node, &metadata, context, out)
    })
}

pub(crate) fn json(node: &StorageNode, metadata: &Metadata, context: &Context, out: &mut Output) -> Done {
    let mut entry = EntryJson::new(context.show(node), node.name(), metadata);
    entry.link = link(node);
    out.json(&StatJson {
        entry,
        version: metadata.version.as_deref(),
        content_type: metadata.content_type.as_deref(),
        cache_control: metadata.cache_control.as_deref(),
        content_encoding: metadata.content_encoding.as_deref(),
        content_disposition: metadata.content_disposition.as_deref(),
        content_language: metadata.content_language.as_deref(),
        checksum: metadata.checksum.map(|checksum| format!("{}:{checksum}", checksum.algorithm())),
        metadata: &metadata.user,
    })
}

fn people(node: &StorageNode, metadata: &Metadata, context: &Context, out: &mut Output) -> Done {
    let size = match metadata.size {
        bytes if metadata.is_dir() => (bytes > 0).then(|| human(bytes)),
        bytes if bytes < 1024 => Some(human(bytes)),
        bytes => Some(format!("{} ({})", human(bytes), count(bytes, "byte", "bytes"))),
    };
    let kind = match metadata.kind {
        EntryKind::File => "file",
        EntryKind::Directory => "directory",
        EntryKind::Symlink => "symlink",
        _ => "other",
    };
    let lines = [
        ("path", Some(context.show(node))),
        ("kind", Some(kind.to_owned())),
        ("link", link(node)),
        ("size", size),
        ("modified", metadata.modified.map(times::full)),
        ("mode", metadata.mode.map(|mode| format!("{} ({mode:04o})", permissions(metadata.kind, mode)))),
        ("etag", metadata.etag.clone()),
        ("version", metadata.version.clone()),
        ("type", metadata.content_type.clone()),
        ("cache", metadata.cache_control.clone()),
        ("encoding", metadata.content_encoding.clone()),
        ("disposition", metadata.content_disposition.clone()),
        ("language", metadata.content_language.clone()),
        ("checksum", metadata.checksum.map(|checksum| format!("{} {checksum}", checksum.algorithm()))),
    ];
    for (label, value) in lines {
        if let Some(value) = value {
            out.line(format_args!("{label:<11} {}", out.name(&value)))?;
        }
    }
    for (key, value) in &metadata.user {
        out.line(format_args!("metadata    {}={}", out.name(key), out.name(value)))?;
    }
    Ok(())
}

/// `-rw-r--r--`, as POSIX `ls` writes it.
pub(crate) fn permissions(kind: EntryKind, mode: u32) -> String {
    let mut text = String::with_capacity(10);
    text.push(letter(kind));
    for (shift, special, set) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (bits & 1 != 0, mode & special != 0) {
            (true, true) => set,
            (false, true) => set.to_ascii_uppercase(),
            (true, false) => 'x',
            (false, false) => '-',
        });
    }
    text
}

/// The first column of `ls -l`.
pub(crate) fn letter(kind: EntryKind) -> char {
    match kind {
        EntryKind::File => '-',
        EntryKind::Directory => 'd',
        EntryKind::Symlink => 'l',
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_written_as_ls_does() {
        assert_eq!(permissions(EntryKind::File, 0o644), "-rw-r--r--");
        assert_eq!(permissions(EntryKind::Directory, 0o1777), "drwxrwxrwt");
        assert_eq!(permissions(EntryKind::File, 0o6711), "-rws--s--x");
        assert_eq!(permissions(EntryKind::File, 0o4600), "-rwS------");
    }
}
