//! Who takes part.

use clap::ValueEnum;

/// A library, in one colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub(crate) enum Who {
    OursAsync,
    OursBlocking,
    ObjectStore,
    OpendalAsync,
    OpendalBlocking,
    Sdk,
    /// HTTP alone: no signature, no answer is looked at.
    Bare,
}

impl Who {
    /// Those that are clients of a bucket.
    pub(crate) const CLIENTS: [Self; 6] = [
        Self::OursAsync,
        Self::OursBlocking,
        Self::ObjectStore,
        Self::OpendalAsync,
        Self::OpendalBlocking,
        Self::Sdk,
    ];

    /// The name in tables.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::OursAsync => "storage, async",
            Self::OursBlocking => "storage, blocking",
            Self::ObjectStore => "object_store",
            Self::OpendalAsync => "OpenDAL, async",
            Self::OpendalBlocking => "OpenDAL, blocking",
            Self::Sdk => "aws-sdk-s3",
            Self::Bare => "reqwest alone",
        }
    }

    /// The name on the command line and in keys.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OursAsync => "ours-async",
            Self::OursBlocking => "ours-blocking",
            Self::ObjectStore => "object-store",
            Self::OpendalAsync => "opendal-async",
            Self::OpendalBlocking => "opendal-blocking",
            Self::Sdk => "sdk",
            Self::Bare => "bare",
        }
    }
}
