//! Several ranges of one content in one call.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use storage_types::{ByteRange, Error, ErrorKind, Operation, ReadOptions, Result};

use super::StorageNode;
use crate::dual::content::Content;
use crate::dual::work::{Source, Work};
use crate::maybe_async;
use crate::rt;

/// Ranges with no more bytes than this between them are fetched together: asking once more takes longer than these bytes. As
/// much as object_store takes (`OBJECT_STORE_COALESCE_DEFAULT`).
const GAP: u64 = 1 << 20;
/// Requests at once, as many as object_store makes (`OBJECT_STORE_COALESCE_PARALLEL`).
const AT_ONCE: usize = 10;

#[maybe_async]
impl StorageNode {
    /// Several ranges of the content, in the order in which they are given: `read_ranges([0..10, 500..510])`. Those that lie near
    /// each other (up to 1 MiB between them) are fetched together, the others side by side, up to 10 at once. On local mounts, which
    /// answer at once, they are read one after the other.
    ///
    /// # Errors
    ///
    /// As [`read_range`](Self::read_range), for each range; `Interrupted` when the content changed between two requests.
    pub async fn read_ranges<I>(&self, ranges: I) -> Result<Vec<Bytes>>
    where
        I: IntoIterator<Item: Into<ByteRange>> + Send,
    {
        let ranges = collected(ranges);
        self.fetch_ranges(&ranges, &ReadOptions::new()).await
    }

    /// Several ranges by options: of a version, under conditions. A range in the options means nothing here.
    ///
    /// # Errors
    ///
    /// As [`read_ranges`](Self::read_ranges) and [`read_with`](Self::read_with).
    pub async fn read_ranges_with<I>(&self, ranges: I, options: &ReadOptions) -> Result<Vec<Bytes>>
    where
        I: IntoIterator<Item: Into<ByteRange>> + Send,
    {
        let ranges = collected(ranges);
        self.fetch_ranges(&ranges, options).await
    }

    async fn fetch_ranges(&self, ranges: &[ByteRange], options: &ReadOptions) -> Result<Vec<Bytes>> {
        let groups = self.explain(Operation::Read, grouped(ranges))?;
        let fetch = Fetch { node: self, options, fetched: Mutex::new(Vec::with_capacity(groups.len())) };
        let numbered: Vec<_> = groups.iter().map(|group| group.range).enumerate().collect();
        let at_once = if self.capabilities().local_path { 1 } else { AT_ONCE };
        rt::for_each(at_once.min(numbered.len()), &mut Pieces(numbered.into_iter()), &fetch).await?;
        let fetched = fetch.fetched.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.explain(Operation::Read, taken_apart(ranges, &groups, &fetched))
    }
}

fn collected<I: IntoIterator<Item: Into<ByteRange>>>(ranges: I) -> Vec<ByteRange> {
    ranges.into_iter().map(Into::into).collect()
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
    let mut etags = fetched.iter().filter_map(|(_, content)| content.metadata.etag.as_deref());
    if let Some(first) = etags.next()
        && etags.any(|other| other != first)
    {
        return Err(Error::new(ErrorKind::Interrupted, "the content changed while its ranges were read")
            .with_hint("read them again"));
    }
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

struct Fetch<'a> {
    node: &'a StorageNode,
    options: &'a ReadOptions,
    fetched: Mutex<Vec<(usize, Content)>>,
}

#[maybe_async]
impl Work<(usize, ByteRange)> for Fetch<'_> {
    async fn run(&self, (at, range): (usize, ByteRange)) -> Result<()> {
        let options = self.options.clone().range(range);
        let content = self.node.get_with(&options).await?;
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
}
