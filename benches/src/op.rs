//! The operations that are measured.

use crate::contenders::Who;
use crate::scale::Scale;
use crate::units;

/// Sizes of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Size {
    K4,
    K64,
    M1,
    M16,
}

impl Size {
    pub(crate) const ALL: [Self; 4] = [Self::K4, Self::K64, Self::M1, Self::M16];

    pub(crate) fn bytes(self) -> u64 {
        match self {
            Self::K4 => 4 << 10,
            Self::K64 => 64 << 10,
            Self::M1 => 1 << 20,
            Self::M16 => 16 << 20,
        }
    }

    /// The file of this size on every stage.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::K4 => "files/4k",
            Self::K64 => "files/64k",
            Self::M1 => "files/1m",
            Self::M16 => "files/16m",
        }
    }

    /// Whether thousands of files of this size may lie side by side, so that none has to be removed for the next one.
    pub(crate) fn fits_often(self) -> bool {
        self.bytes() < 1 << 20
    }

    fn name(self) -> &'static str {
        &self.key()["files/".len()..]
    }
}

/// How safe a write is when it returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Level {
    /// The operating system decides.
    None,
    /// The file is on the disk.
    File,
    /// The file and its entry in the directory are on the disk.
    Full,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::File => "file",
            Self::Full => "full",
        }
    }
}

/// One operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    /// A trip to the runtime's blocking pool and back, with nothing to do there: the yardstick for hops.
    Hop,
    Stat,
    Read(Size),
    Stream,
    Range,
    Write(Size, Level),
    /// A write of 4 KiB to where a file is already, durability none.
    Overwrite,
    Copy(Size, Level),
    ListSmall,
    List,
    Walk,
    DeleteFile,
    Delete,
}

impl Op {
    /// What is measured on local files, in the order of the table.
    pub(crate) const LOCAL: [Self; 23] = [
        Self::Stat,
        Self::Read(Size::K4),
        Self::Read(Size::K64),
        Self::Read(Size::M1),
        Self::Read(Size::M16),
        Self::Stream,
        Self::Range,
        Self::Write(Size::K4, Level::None),
        Self::Write(Size::K4, Level::File),
        Self::Write(Size::K4, Level::Full),
        Self::Write(Size::M16, Level::None),
        Self::Write(Size::M16, Level::File),
        Self::Write(Size::M16, Level::Full),
        Self::Overwrite,
        Self::Copy(Size::K4, Level::None),
        Self::Copy(Size::K4, Level::Full),
        Self::Copy(Size::M16, Level::None),
        Self::Copy(Size::M16, Level::Full),
        Self::ListSmall,
        Self::List,
        Self::Walk,
        Self::DeleteFile,
        Self::Delete,
    ];

    /// What is measured on memory.
    pub(crate) const MEMORY: [Self; 6] = [
        Self::Stat,
        Self::Read(Size::K4),
        Self::Read(Size::M16),
        Self::Write(Size::K4, Level::None),
        Self::ListSmall,
        Self::List,
    ];

    /// Operations that shall cost one hop in async.
    pub(crate) const ONE_HOP: [Self; 7] = [
        Self::Stat,
        Self::Read(Size::K4),
        Self::Range,
        Self::Write(Size::K4, Level::None),
        Self::Copy(Size::K4, Level::None),
        Self::ListSmall,
        Self::DeleteFile,
    ];

    /// The name on the command line.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Hop => "hop".into(),
            Self::Stat => "stat".into(),
            Self::Read(size) => format!("read-{}", size.name()),
            Self::Stream => "stream".into(),
            Self::Range => "range".into(),
            Self::Write(size, level) => format!("write-{}-{}", size.name(), level.name()),
            Self::Overwrite => "overwrite".into(),
            Self::Copy(size, level) => format!("copy-{}-{}", size.name(), level.name()),
            Self::ListSmall => "list-small".into(),
            Self::List => "list-large".into(),
            Self::Walk => "walk".into(),
            Self::DeleteFile => "delete-file".into(),
            Self::Delete => "delete-tree".into(),
        }
    }

    /// The operation of this name.
    pub(crate) fn parse(name: &str) -> Result<Self, String> {
        let all = Self::LOCAL.into_iter().chain([Self::Hop]);
        all.into_iter().find(|op| op.name() == name).ok_or_else(|| format!("there is no operation `{name}`"))
    }

    /// The name in tables.
    pub(crate) fn title(self, scale: &Scale) -> String {
        match self {
            Self::Hop => "bare hop".into(),
            Self::Stat => "stat".into(),
            Self::Read(size) => format!("read {}", units::size(size.bytes())),
            Self::Stream => format!("streamed read of {}", units::size(scale.stream_bytes)),
            Self::Range => format!("read {} of {}", units::size(RANGE), units::size(Size::M16.bytes())),
            Self::Write(size, level) => {
                format!("write {}, durability {}", units::size(size.bytes()), level.name())
            }
            Self::Overwrite => format!("overwrite {}, durability none", units::size(Size::K4.bytes())),
            Self::Copy(size, level) => {
                format!("copy {}, durability {}", units::size(size.bytes()), level.name())
            }
            Self::ListSmall => format!("list {} with metadata", units::count(scale.small_listing)),
            Self::List => format!("list {} with metadata", units::count(scale.listing)),
            Self::Walk => format!("walk {}", units::count(scale.walk())),
            Self::DeleteFile => "delete one file".into(),
            Self::Delete => format!("delete a tree of {}", units::count(scale.delete())),
        }
    }

    /// Who takes part. A peer's write stands beside the durability that it has by default, and only there.
    pub(crate) fn contenders(self) -> &'static [Who] {
        use Who::{ObjectStore, OpendalAsync, OpendalBlocking, OursAsync, OursBlocking, Std};
        match self {
            Self::Write(_, Level::None) | Self::Overwrite => &[Std, OursBlocking, OursAsync, ObjectStore],
            Self::Write(_, Level::File) => &[Std, OursBlocking, OursAsync, OpendalBlocking, OpendalAsync],
            Self::Write(_, Level::Full) | Self::Copy(_, Level::File | Level::Full) => {
                &[Std, OursBlocking, OursAsync]
            }
            _ => &Who::ALL,
        }
    }

    /// What a reader has to know about this contender's way of doing it.
    pub(crate) fn remark(self, who: Who) -> &'static str {
        match (self, who) {
            (Self::Write(_, Level::None) | Self::Overwrite, Who::Std) => "temporary file, rename",
            (Self::Write(_, Level::File), Who::Std) => "temporary file, fsync, rename",
            (Self::Write(_, Level::Full), Who::Std) => {
                "temporary file, fsync, rename, fsync of the directory"
            }
            (Self::Write(..), Who::OpendalBlocking | Who::OpendalAsync) => "its default: in place, fsync",
            (Self::Write(..) | Self::Overwrite, Who::ObjectStore) => "its default: no fsync",
            (Self::Copy(_, Level::None), Who::Std) => "`fs::copy`, not atomic",
            (Self::Copy(..), Who::Std) => "`fs::copy`, fsync of file and directory, not atomic",
            (Self::Copy(..), Who::OpendalBlocking | Who::OpendalAsync) => "not atomic",
            (Self::Delete, Who::ObjectStore) => "list and `delete_stream`; directories stay",
            (Self::Walk, Who::ObjectStore) => "unsorted",
            (Self::Walk, Who::OpendalBlocking | Who::OpendalAsync) => "unsorted",
            _ => "",
        }
    }

    /// Whether something has to be made or removed before each run.
    pub(crate) fn needs_preparation(self) -> bool {
        match self {
            Self::Write(size, _) | Self::Copy(size, _) => !size.fits_often(),
            Self::DeleteFile | Self::Delete => true,
            _ => false,
        }
    }

    /// Whether it removes files, a replaced one included. Making files is slow for minutes after that on ext4, which does not
    /// use a freed inode again at once and steps over each of them in its search for a free one.
    pub(crate) fn frees_inodes(self) -> bool {
        self.needs_preparation() || self == Self::Overwrite
    }
}

/// Bytes of a range read.
pub(crate) const RANGE: u64 = 64 << 10;
