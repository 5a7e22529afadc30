//! Several ranges of one content in one call: which of them are fetched together, and how it is certain that all are of one
//! content.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use storage_types::{ByteRange, Error, ErrorKind, Metadata, ReadOptions, Result};

use super::content::Content;
use super::work::{Source, Work};
use crate::maybe_async;
use crate::rt;

/// Ranges with no more bytes than this between them are fetched together: asking once more takes longer than these bytes. As
/// much as object_store takes (`OBJECT_STORE_COALESCE_DEFAULT`).
const GAP: u64 = 1 << 20;

/// Requests at once, as many as object_store makes (`OBJECT_STORE_COALESCE_PARALLEL`).
pub(crate) const AT_ONCE: usize = 10;

/// Bytes between the ranges that are fetched for nothing at most, where one request has to cover all ranges.
const BETWEEN: u64 = 64 << 20;

/// A time of modification tells two contents apart once this much has passed: web servers tell whole seconds, and further
/// writes in the same second have the same time (RFC 9110, 8.8.2.2).
const SETTLED: Duration = Duration::from_secs(2);

/// One content that can be asked for in parts.
#[maybe_async]
pub(crate) trait Whole: Sync {
    /// The part that the options ask for: one request.
    async fn get(&self, options: &ReadOptions) -> Result<Content>;
}

/// The ranges of a content that may be replaced at any time; never of two versions. What identifies the content is compared;
/// where the answers tell nothing of the kind, one request covers all ranges.
#[maybe_async]
pub(crate) async fn of_one_content<W: Whole>(
    whole: &W,
    ranges: &[ByteRange],
    options: &ReadOptions,
    at_once: usize,
) -> Result<Vec<Bytes>> {
    let settled = SystemTime::now().checked_sub(SETTLED);
    let groups = grouped(ranges)?;
    let fetched = fetched(whole, &groups, options, at_once).await?;
    let Some(((_, first), others)) = fetched.split_first() else { return Ok(Vec::new()) };
    // A version never changes.
    let certain = options.version.is_some() || others.is_empty();
    let mut others = others.iter().map(|(_, other)| compared(&first.metadata, &other.metadata, settled));
    let verdict = if certain { Verdict::Same } else { others.try_fold(Verdict::Same, Verdict::and)? };
    match verdict {
        Verdict::Same => taken_apart(ranges, &groups, &fetched),
        Verdict::Unknown => covered(whole, ranges, options, &first.metadata).await,
    }
}

/// The ranges of a content that cannot change.
#[cfg(feature = "zip")]
#[maybe_async]
pub(crate) async fn of_fixed_content<W: Whole>(
    whole: &W,
    ranges: &[ByteRange],
    options: &ReadOptions,
) -> Result<Vec<Bytes>> {
    let groups = grouped(ranges)?;
    let fetched = fetched(whole, &groups, options, 1).await?;
    taken_apart(ranges, &groups, &fetched)
}

#[maybe_async]
async fn fetched<W: Whole>(
    whole: &W,
    groups: &[Group],
    options: &ReadOptions,
    at_once: usize,
) -> Result<Vec<(usize, Content)>> {
    let fetch = Fetch { whole, options, fetched: Mutex::new(Vec::with_capacity(groups.len())) };
    let numbered: Vec<_> = groups.iter().map(|group| group.range).enumerate().collect();
    rt::for_each(at_once.min(numbered.len()), &mut Pieces(numbered.into_iter()), &fetch).await?;
    Ok(fetch.fetched.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Whether two answers are of one content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Same,
    /// They tell nothing by which two contents could be told apart.
    Unknown,
}

impl Verdict {
    fn and(self, other: Result<Self>) -> Result<Self> {
        Ok(if other? == Self::Same { self } else { Self::Unknown })
    }
}

/// Compares what two answers tell of their content: the ETag, or else the version, or else size and time. Weak ETags may stay
/// when bytes change (RFC 9110, 8.8.1), so those show only that contents differ.
fn compared(one: &Metadata, other: &Metadata, settled: Option<SystemTime>) -> Result<Verdict> {
    let is_weak = |etag: &str| etag.starts_with("W/");
    let differs = |differs: bool| if differs { Err(changed()) } else { Ok(()) };
    differs(one.size != other.size)?;
    if let (Some(one), Some(other)) = (&one.etag, &other.etag) {
        differs(one != other)?;
        if !is_weak(one) {
            return Ok(Verdict::Same);
        }
    }
    if let (Some(one), Some(other)) = (&one.version, &other.version) {
        differs(one != other)?;
        return Ok(Verdict::Same);
    }
    if let (Some(one), Some(other)) = (one.modified, other.modified) {
        differs(one != other)?;
        if settled.is_some_and(|settled| one <= settled) {
            return Ok(Verdict::Same);
        }
    }
    Ok(Verdict::Unknown)
}

fn changed() -> Error {
    Error::new(ErrorKind::Interrupted, "the content changed while its ranges were read")
        .with_hint("read them again")
}

/// The ranges out of one answer that has them all.
#[maybe_async]
async fn covered<W: Whole>(
    whole: &W,
    ranges: &[ByteRange],
    options: &ReadOptions,
    known: &Metadata,
) -> Result<Vec<Bytes>> {
    let around = around(ranges, known)?;
    let content = whole.get(&options.clone().range(around)).await?;
    let (from, _) = around.resolve(content.metadata.size)?;
    ranges.iter().map(|range| cut_out(&content, from, *range)).collect()
}

/// A range in which all of them lie.
fn around(ranges: &[ByteRange], known: &Metadata) -> Result<ByteRange> {
    let resolved = ranges.iter().map(|range| range.resolve(known.size)).collect::<Result<Vec<_>>>()?;
    let start = resolved.iter().map(|(start, _)| *start).min().unwrap_or(0);
    let end = resolved.iter().map(|(start, length)| start + length).max().unwrap_or(start);
    let wanted: u64 = resolved.iter().map(|(_, length)| length).sum();
    if (end - start).saturating_sub(wanted) > BETWEEN {
        return Err(indistinguishable(known));
    }
    Ok(ByteRange::Bounded { start, end: end.max(start) })
}

/// The bytes of a range out of an answer whose first byte is `from`.
fn cut_out(content: &Content, from: u64, range: ByteRange) -> Result<Bytes> {
    let (start, length) = range.resolve(content.metadata.size)?;
    let front = start.checked_sub(from).and_then(|front| usize::try_from(front).ok());
    let length = usize::try_from(length).ok();
    let end = front.zip(length).and_then(|(front, length)| front.checked_add(length));
    match front.zip(end).filter(|(_, end)| *end <= content.bytes.len()) {
        Some((front, end)) => Ok(content.bytes.slice(front..end)),
        // The size is another one than before.
        None => Err(changed()),
    }
}

fn indistinguishable(known: &Metadata) -> Error {
    let hint = "read each by itself with `read_range`, or what lies around them as a stream";
    if known.modified.is_some() {
        let message = "the content was stored within the last 2 seconds and has no ETag, so nothing shows whether it changed \
                       while its ranges were read";
        return Error::new(ErrorKind::Interrupted, message).with_hint("read them again in 2 seconds");
    }
    let message = "the store gives neither ETag nor version nor time, so nothing would show whether the content changed while \
                   its ranges were read; and they lie too far apart for one request";
    Error::new(ErrorKind::Unsupported, message).with_hint(hint)
}

/// What is fetched at once, and which of the ranges lie in it.
struct Group {
    range: ByteRange,
    members: Vec<usize>,
}

/// The ranges in groups of those that lie near each other. Of those whose place depends on the size each is a group by itself.
fn grouped(ranges: &[ByteRange]) -> Result<Vec<Group>> {
    let mut bounded = Vec::new();
    let mut groups = Vec::new();
    for (at, range) in ranges.iter().enumerate() {
        match *range {
            ByteRange::Bounded { start, end } => {
                // One that can lie in no content is refused before anything is asked for.
                range.resolve(u64::MAX)?;
                bounded.push((start, end, at));
            }
            range => groups.push(Group { range, members: vec![at] }),
        }
    }
    bounded.sort_unstable();
    for (start, end, at) in bounded {
        match groups.last_mut() {
            Some(Group { range: ByteRange::Bounded { end: last, .. }, members })
                if start <= last.saturating_add(GAP) =>
            {
                *last = end.max(*last);
                members.push(at);
            }
            _ => groups.push(Group { range: ByteRange::Bounded { start, end }, members: vec![at] }),
        }
    }
    Ok(groups)
}

/// The ranges out of what was fetched, in the order in which they were asked for.
fn taken_apart(ranges: &[ByteRange], groups: &[Group], fetched: &[(usize, Content)]) -> Result<Vec<Bytes>> {
    let mut parts = vec![Bytes::new(); ranges.len()];
    for (group, content) in fetched {
        let group = &groups[*group];
        for &member in &group.members {
            parts[member] = part(group.range, &content.bytes, ranges[member])?;
        }
    }
    Ok(parts)
}

/// The bytes of a range out of those of the range that was fetched around it.
fn part(around: ByteRange, bytes: &Bytes, range: ByteRange) -> Result<Bytes> {
    let ByteRange::Bounded { start, end } = around else { return Ok(bytes.clone()) };
    let length = bytes.len() as u64;
    // Fewer bytes than were asked for: the content ends there.
    let size = if length < end - start { start + length } else { u64::MAX };
    let (from, length) = range.resolve(size)?;
    let from = (from - start) as usize;
    Ok(bytes.slice(from..from + length as usize))
}

struct Fetch<'a, W> {
    whole: &'a W,
    options: &'a ReadOptions,
    fetched: Mutex<Vec<(usize, Content)>>,
}

#[maybe_async]
impl<W: Whole> Work<(usize, ByteRange)> for Fetch<'_, W> {
    async fn run(&self, (at, range): (usize, ByteRange)) -> Result<()> {
        let options = self.options.clone().range(range);
        let content = self.whole.get(&options).await?;
        self.fetched.lock().unwrap_or_else(PoisonError::into_inner).push((at, content));
        Ok(())
    }
}

struct Pieces(std::vec::IntoIter<(usize, ByteRange)>);

#[maybe_async]
impl Source for Pieces {
    type Item = (usize, ByteRange);

    async fn next(&mut self) -> Result<Option<(usize, ByteRange)>> {
        Ok(self.0.next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(ranges: &[ByteRange]) -> Vec<(ByteRange, Vec<usize>)> {
        grouped(ranges).unwrap().into_iter().map(|group| (group.range, group.members)).collect()
    }

    #[test]
    fn near_ranges_are_one_request_and_far_ones_several() {
        let far = 10 * GAP;
        let ranges = [(far..far + 5).into(), (10..20).into(), (0..5).into(), (8..12).into()];
        assert_eq!(shape(&ranges), [((0..20).into(), vec![2, 3, 1]), ((far..far + 5).into(), vec![0])]);
        assert_eq!(shape(&[(0..1).into(), (GAP + 1..GAP + 2).into()]).len(), 1);
        assert_eq!(shape(&[(0..1).into(), (GAP + 2..GAP + 3).into()]).len(), 2);
        assert_eq!(shape(&[(5..).into(), ByteRange::Suffix(3), (0..1).into()]).len(), 3);
        assert!(grouped(&[ByteRange::Bounded { start: 2, end: 1 }]).is_err());
    }

    #[test]
    fn parts_end_where_the_content_ends() {
        let (around, bytes) = (ByteRange::from(10..100), Bytes::from_static(b"abcd"));
        assert_eq!(part(around, &bytes, (11..13).into()).unwrap(), "bc");
        assert_eq!(part(around, &bytes, (12..90).into()).unwrap(), "cd");
        assert_eq!(part(around, &bytes, (14..90).into()).unwrap(), "");
        assert!(part(around, &bytes, (15..90).into()).is_err());
    }

    const NOW: Duration = Duration::from_secs(1_000_000);

    fn answer(etag: Option<&str>, version: Option<&str>, age: Option<u64>) -> Metadata {
        let mut metadata = Metadata::file(10);
        metadata.etag = etag.map(str::to_owned);
        metadata.version = version.map(str::to_owned);
        metadata.modified = age.map(|age| SystemTime::UNIX_EPOCH + NOW - Duration::from_secs(age));
        metadata
    }

    fn verdict(one: &Metadata, other: &Metadata) -> Option<Verdict> {
        let compared = compared(one, other, Some(SystemTime::UNIX_EPOCH + NOW - SETTLED));
        compared.inspect_err(|error| assert_eq!(error.kind(), ErrorKind::Interrupted)).ok()
    }

    #[test]
    fn answers_are_of_one_content_by_what_identifies_it() {
        let same = Some(Verdict::Same);
        let (a, b) = (answer(Some("a"), Some("1"), Some(9)), answer(Some("b"), Some("1"), Some(9)));
        assert_eq!((verdict(&a, &a), verdict(&a, &b)), (same, None));
        let (one, two) = (answer(None, Some("1"), Some(9)), answer(None, Some("2"), Some(9)));
        assert_eq!((verdict(&one, &one), verdict(&one, &two)), (same, None));
        let (old, older) = (answer(None, None, Some(8)), answer(None, None, Some(9)));
        assert_eq!((verdict(&old, &old), verdict(&old, &older)), (same, None));
        let mut longer = old.clone();
        longer.size += 1;
        assert_eq!(verdict(&old, &longer), None);
    }

    #[test]
    fn what_may_be_that_of_two_contents_identifies_none() {
        let unknown = Some(Verdict::Unknown);
        let weak = answer(Some("W/\"a\""), None, None);
        assert_eq!(verdict(&weak, &weak), unknown);
        assert_eq!(verdict(&weak, &answer(Some("W/\"b\""), None, None)), None);
        let (young, bare) = (answer(None, None, Some(1)), answer(None, None, None));
        assert_eq!((verdict(&young, &young), verdict(&bare, &bare)), (unknown, unknown));
        // Of an ETag that only one of them has nothing follows.
        assert_eq!(verdict(&bare, &answer(Some("a"), None, None)), unknown);
    }

    #[test]
    fn one_request_covers_what_lies_near_enough() {
        let mut known = Metadata::file(BETWEEN + 30);
        let far = [(0..10).into(), ByteRange::Suffix(10)];
        assert_eq!(indistinguishable(&known).kind(), around(&far, &known).unwrap_err().kind());
        known.size -= 20;
        assert_eq!(around(&far, &known).unwrap(), (0..known.size).into());
        assert_eq!(around(&[(5..6).into(), (8..100).into()], &Metadata::file(9)).unwrap(), (5..9).into());
    }
}
