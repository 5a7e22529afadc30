//! The archive as a stream of bytes.

use bytes::Bytes;
use storage_types::{
    Address, CopiedFile, EntryKind, Error, Metadata, Operation, Progress, Result, StoragePath, WallClock,
    ZipOptions, media_type,
};

use super::members::{Member, Members};
use super::records::{DEFLATED, Head, STORED};
use super::writer::ArchiveWriter;
use crate::dual::special::deflate::{Packer, Sizes, beside, crc32};
use crate::dual::stream::{ReadStream, Reader};
use crate::maybe_async;

/// Small pieces are gathered up to this many bytes before they are handed out.
const GATHER: usize = 256 << 10;

/// Files up to this size are read in one go, and their sizes stand before them.
const WHOLE: u64 = 256 << 10;

/// Files from this size on may need zip64: 4 GiB, less what content that cannot be compressed grows by.
const LARGE: u64 = (4 << 30) - (16 << 20);

pub(super) struct ZipStream {
    members: Members,
    archive: ArchiveWriter,
    open: Option<Open>,
    options: ZipOptions,
    told: Progress,
    ended: bool,
    /// A call is under way, or was dropped in the middle, or has failed.
    busy: bool,
}

/// The file that is being read.
struct Open {
    member: Member,
    head: Head,
    reader: Reader,
    packer: Packer,
    start: u64,
}

impl ZipStream {
    pub(super) fn new(members: Members, options: ZipOptions) -> Self {
        Self {
            members,
            archive: ArchiveWriter::default(),
            open: None,
            options,
            told: Progress::default(),
            ended: false,
            busy: false,
        }
    }

    fn advance(&mut self, bytes: u64) {
        self.told.bytes += bytes;
        if let Some(call) = &self.options.progress {
            call(&self.told);
        }
    }

    fn file_done(&mut self, member: &Member, bytes: u64) {
        self.told.files += 1;
        if let Some(call) = &self.options.on_file {
            // The name in the archive, whose own place a stream does not know.
            let name = StoragePath::opaque(&member.name).unwrap_or_else(|_| StoragePath::root());
            call(&CopiedFile::new(member.node.address(), Address::new("", name), bytes));
        }
        self.advance(0);
    }

    fn level(&self, name: &str) -> u8 {
        if is_packed(name) { 0 } else { self.options.level }
    }
}

#[maybe_async]
impl ReadStream for ZipStream {
    async fn next(&mut self, max: usize) -> Result<Option<Bytes>> {
        if std::mem::replace(&mut self.busy, true) {
            return Err(Error::invalid("an earlier read of this archive failed or was dropped half-way")
                .with_hint("begin the archive again"));
        }
        while self.archive.waiting() < GATHER && !self.ended {
            self.step().await?;
        }
        self.busy = false;
        let chunk = self.archive.take(max);
        Ok(if chunk.is_empty() { None } else { Some(chunk) })
    }

    async fn seek(&mut self, _position: u64) -> Result<()> {
        Err(Error::unsupported("seek in an archive that is just being made")
            .with_hint("store the archive first"))
    }
}

#[maybe_async]
impl ZipStream {
    /// A little more of the archive.
    async fn step(&mut self) -> Result<()> {
        if let Some(open) = self.open.take() {
            return self.feed(open).await;
        }
        match self.members.next().await? {
            Some(member) => self.begin(member).await,
            None => {
                self.archive.finish();
                self.ended = true;
                Ok(())
            }
        }
    }

    async fn begin(&mut self, member: Member) -> Result<()> {
        match member.metadata.kind {
            EntryKind::Directory => {
                let head = head(&member, STORED, &self.options.clock);
                self.archive.whole(&head, &Sizes::default(), &[])
            }
            EntryKind::Symlink => {
                let target = member.node.backend().read_link(member.node.path()).await;
                let target = member.node.explain(Operation::Read, target)?;
                self.whole(&member, &Bytes::from(target)).await
            }
            _ if (1..=WHOLE).contains(&member.metadata.size) => {
                let content = member.node.read().await?;
                self.whole(&member, &content).await
            }
            _ => self.stream(member).await,
        }
    }

    /// A member whose content is in memory.
    async fn whole(&mut self, member: &Member, content: &Bytes) -> Result<()> {
        let level = self.level(&member.name);
        let bytes = content.clone();
        let (sizes, packed) = beside(bytes.len(), move || pack(&bytes, level)).await?;
        let shrunk = sizes.packed < sizes.size;
        let head = head(member, if shrunk { DEFLATED } else { STORED }, &self.options.clock);
        let sizes = if shrunk { sizes } else { Sizes { packed: sizes.size, ..sizes } };
        self.archive.whole(&head, &sizes, if shrunk { &packed } else { content })?;
        self.advance(sizes.size);
        self.file_done(member, sizes.size);
        Ok(())
    }

    /// Begins a member whose content does not fit into memory, or may not.
    async fn stream(&mut self, member: Member) -> Result<()> {
        let reader = member.node.reader().await?;
        let mut head = head(&member, DEFLATED, &self.options.clock);
        head.streamed = true;
        head.large = member.metadata.size.max(reader.len()) >= LARGE;
        let packer = Packer::new(self.level(&member.name));
        let start = self.archive.start(&head, &Sizes::default())?;
        self.open = Some(Open { member, head, reader, packer, start });
        Ok(())
    }

    /// One chunk of the open file, or its end.
    async fn feed(&mut self, mut open: Open) -> Result<()> {
        self.options.cancel.check()?;
        let chunk = open.reader.next().await?;
        let (ended, read) = (chunk.is_none(), chunk.as_ref().map_or(0, Bytes::len));
        let mut packer = open.packer;
        let (packed, packer) = beside(read, move || {
            let packed = match &chunk {
                Some(chunk) => packer.pack(chunk)?,
                None => packer.finish()?,
            };
            Ok((packed, packer))
        })
        .await?;
        self.archive.append(&packed);
        if !ended {
            self.advance(read as u64);
            self.open = Some(Open { packer, ..open });
            return Ok(());
        }
        let sizes = packer.sizes();
        self.archive.end(&open.head, &sizes, open.start)?;
        self.file_done(&open.member, sizes.size);
        Ok(())
    }
}

fn pack(content: &[u8], level: u8) -> Result<(Sizes, Vec<u8>)> {
    if level == 0 {
        let size = content.len() as u64;
        return Ok((Sizes { crc: crc32(content), packed: size, size }, Vec::new()));
    }
    let mut packer = Packer::new(level);
    let mut packed = packer.pack(content)?;
    packed.extend(packer.finish()?);
    Ok((packer.sizes(), packed))
}

fn head(member: &Member, method: u16, clock: &WallClock) -> Head {
    Head {
        name: member.name.clone(),
        method,
        modified: member.metadata.modified,
        shown: member.metadata.modified.map(|time| clock.shown(time)),
        mode: mode(&member.metadata),
        large: false,
        streamed: false,
    }
}

/// POSIX `st_mode`: permission bits, where none are known the usual ones, and the kind.
fn mode(metadata: &Metadata) -> u32 {
    let (kind, usual) = match metadata.kind {
        EntryKind::Directory => (0o040_000, 0o755),
        EntryKind::Symlink => (0o120_000, 0o777),
        _ => (0o100_000, 0o644),
    };
    kind | metadata.mode.map_or(usual, |mode| mode & 0o777)
}

/// Whether content of this name is compressed already, so that trying again costs time and gains nothing.
fn is_packed(name: &str) -> bool {
    const TYPES: [&str; 17] = [
        "application/epub+zip",
        "application/gzip",
        "application/java-archive",
        "application/vnd.android.package-archive",
        "application/vnd.rar",
        "application/x-7z-compressed",
        "application/x-bzip2",
        "application/x-rar-compressed",
        "application/x-xz",
        "application/zip",
        "application/zstd",
        "font/woff",
        "font/woff2",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
    ];
    const BEGINNINGS: [&str; 3] =
        ["video/", "application/vnd.openxmlformats-", "application/vnd.oasis.opendocument."];
    let lossy =
        |media: &str| media.starts_with("audio/") && !media.contains("wav") && !media.contains("midi");
    media_type::of_name(name).is_some_and(|media| {
        TYPES.contains(&media)
            || BEGINNINGS.iter().any(|beginning| media.starts_with(beginning))
            || lossy(media)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_that_are_compressed_already() {
        for name in ["a.jpg", "b.JPG", "c.mp4", "d.zip", "e.docx", "f.mp3", "g.gz", "h.7z"] {
            assert!(is_packed(name), "{name}");
        }
        for name in ["a.txt", "b", "c.wav", "d.bmp", "e.json", "f.pdf"] {
            assert!(!is_packed(name), "{name}");
        }
    }

    #[test]
    fn modes_have_the_kind() {
        let mut file = Metadata::file(1);
        assert_eq!(mode(&file), 0o100_644);
        file.mode = Some(0o4755);
        assert_eq!(mode(&file), 0o100_755);
        assert_eq!(mode(&Metadata::directory()), 0o040_755);
    }
}
