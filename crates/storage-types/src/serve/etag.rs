//! Entity tags (RFC 9110, section 8.8.3).

use std::time::{Duration, SystemTime};

use crate::metadata::Metadata;
use crate::options::unquoted;

/// The coarsest time that a file system of today keeps is that of FAT: two seconds.
const TICK: Duration = Duration::from_secs(2);

/// The validator of what is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EntityTag {
    pub(super) weak: bool,
    pub(super) text: String,
}

impl EntityTag {
    /// The tag of what is stored, where anything is known that changes with it.
    pub(super) fn of(metadata: &Metadata, now: SystemTime) -> Option<Self> {
        let tag = match (&metadata.etag, metadata.checksum, &metadata.version) {
            (Some(etag), _, _) => Self::stored(etag, metadata, now),
            (None, Some(sum), _) => Self { weak: false, text: format!("{}-{sum}", sum.algorithm()) },
            (None, None, Some(version)) => Self { weak: false, text: format!("version-{version}") },
            (None, None, None) => {
                let since = metadata.modified?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
                Self { weak: true, text: format!("{:x}-{:x}", since.as_nanos(), metadata.size) }
            }
        };
        // One that cannot stand between quotes cannot be sent, and none is better than another one.
        let sendable = tag.text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
        sendable.then_some(tag)
    }

    /// A store's own tag. That of a file is made from its time: as long as the clock may not have ticked since, the
    /// content can change again without the time, and a strong validator must change with the content (RFC 9110, section
    /// 8.8.1).
    fn stored(etag: &str, metadata: &Metadata, now: SystemTime) -> Self {
        let weak = etag.strip_prefix("W/");
        let from_time = metadata.file_id.is_some();
        let fresh = metadata.modified.is_none_or(|modified| !older(modified, TICK, now));
        Self { weak: weak.is_some() || (from_time && fresh), text: unquoted(weak.unwrap_or(etag)).to_owned() }
    }

    /// Whether a tag of a request is this one.
    fn matches(&self, other: &Self, comparison: Comparison) -> bool {
        self.text == other.text && (comparison == Comparison::Weak || !(self.weak || other.weak))
    }
}

impl std::fmt::Display for EntityTag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\"{}\"", if self.weak { "W/" } else { "" }, self.text)
    }
}

/// How tags are compared (RFC 9110, section 8.8.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Strong,
    Weak,
}

/// Whether a list of tags, or `*`, names what is stored. What is no tag ends the list.
pub(super) fn list_matches(list: &str, stored: Option<&EntityTag>, comparison: Comparison) -> bool {
    if list.trim() == "*" {
        return true;
    }
    let Some(stored) = stored else { return false };
    let mut rest = list;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let Some((tag, after)) = first(rest) else { return false };
        if stored.matches(&tag, comparison) {
            return true;
        }
        rest = after;
    }
}

/// The tag at the beginning of a text, and what follows it.
pub(super) fn first(text: &str) -> Option<(EntityTag, &str)> {
    let (weak, rest) = text.strip_prefix("W/").map_or((false, text), |rest| (true, rest));
    let (tag, after) = rest.strip_prefix('"')?.split_once('"')?;
    Some((EntityTag { weak, text: tag.to_owned() }, after))
}

/// Whether a time is at least this long ago; one in the future is not.
pub(super) fn older(time: SystemTime, than: Duration, now: SystemTime) -> bool {
    now.duration_since(time).is_ok_and(|age| age >= than)
}
