//! The operations on a bucket.

use super::who::Who;
use crate::units;

/// One operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    /// The whole content in one piece, of this many bytes.
    Get(u64),
    /// New content of this many bytes, in one call, in place of the old.
    Put(u64),
    Head,
    /// One level, this many keys.
    List(u64),
    /// This many GETs of 4 KiB at once.
    Burst(u64),
    /// Content of this many bytes, piece by piece.
    Upload(u64),
    Download(u64),
}

pub(crate) const K4: u64 = 4 << 10;
const M1: u64 = 1 << 20;
const M8: u64 = 8 << 20;
const M64: u64 = 64 << 20;
const G1: u64 = 1 << 30;

impl Op {
    /// What is measured against a server, in the order of the table.
    pub(crate) const SERVER: [Self; 11] = [
        Self::Get(K4),
        Self::Get(M1),
        Self::Get(M64),
        Self::Put(K4),
        Self::Put(M1),
        Self::Put(M64),
        Self::Head,
        Self::List(10_000),
        Self::Burst(1_000),
        Self::Upload(G1),
        Self::Download(G1),
    ];

    /// What is measured against the servers of Azure and Google.
    pub(crate) const OTHERS: [Self; 6] =
        [Self::Get(K4), Self::Get(M8), Self::Put(K4), Self::Put(M8), Self::Head, Self::List(1_000)];

    /// What is measured against the stub.
    pub(crate) const STUB: [Self; 4] = [Self::Get(K4), Self::Put(K4), Self::Head, Self::List(1_000)];

    /// The name on the command line and in keys.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Get(bytes) => format!("get-{bytes}"),
            Self::Put(bytes) => format!("put-{bytes}"),
            Self::Head => "head".to_owned(),
            Self::List(keys) => format!("list-{keys}"),
            Self::Burst(requests) => format!("burst-{requests}"),
            Self::Upload(bytes) => format!("upload-{bytes}"),
            Self::Download(bytes) => format!("download-{bytes}"),
        }
    }

    /// The operation of this name.
    pub(crate) fn parse(name: &str) -> Result<Self, String> {
        let (kind, number) = name.split_once('-').unwrap_or((name, "0"));
        let number = number.parse().map_err(|_| format!("no number in `{name}`"))?;
        match kind {
            "get" => Ok(Self::Get(number)),
            "put" => Ok(Self::Put(number)),
            "head" => Ok(Self::Head),
            "list" => Ok(Self::List(number)),
            "burst" => Ok(Self::Burst(number)),
            "upload" => Ok(Self::Upload(number)),
            "download" => Ok(Self::Download(number)),
            _ => Err(format!("no operation `{name}`")),
        }
    }

    /// In words.
    pub(crate) fn title(self) -> String {
        match self {
            Self::Get(bytes) => format!("GET {}", units::size(bytes)),
            Self::Put(bytes) => format!("PUT {}", units::size(bytes)),
            Self::Head => "HEAD".to_owned(),
            Self::List(keys) => format!("list {}", units::count(keys)),
            Self::Burst(requests) => format!("{} GETs of 4 KiB at once", units::count(requests)),
            Self::Upload(bytes) => format!("{} up", units::size(bytes)),
            Self::Download(bytes) => format!("{} down", units::size(bytes)),
        }
    }

    /// The key that it works on: what is written belongs to one contender alone.
    pub(crate) fn key(self, who: Who) -> String {
        match self {
            Self::Get(bytes) | Self::Download(bytes) => content(bytes),
            Self::Head | Self::Burst(_) => content(K4),
            Self::List(keys) => listing(keys),
            Self::Put(_) | Self::Upload(_) => format!("{ROOT}/out/{}/{}", self.name(), who.name()),
        }
    }

    /// What it gives when it did its work: bytes or entries.
    pub(crate) fn amount(self) -> u64 {
        match self {
            Self::Get(amount) | Self::Put(amount) | Self::Upload(amount) | Self::Download(amount) => amount,
            Self::Head => K4,
            Self::List(keys) => keys,
            Self::Burst(requests) => requests * K4,
        }
    }

    /// The requests of which it is made up for the caller: a burst is a thousand, everything else is one.
    pub(crate) fn requests(self) -> u64 {
        if let Self::Burst(requests) = self { requests } else { 1 }
    }

    /// Bytes of content that it moves.
    pub(crate) fn bytes(self) -> u64 {
        if matches!(self, Self::Head | Self::List(_)) { 0 } else { self.amount() }
    }

    /// Whether it goes in parts side by side.
    pub(crate) fn is_transfer(self) -> bool {
        matches!(self, Self::Upload(_) | Self::Download(_))
    }

    /// The same with less, for `--quick`.
    pub(crate) fn quick(self) -> Self {
        const LESS: u64 = 128 << 20;
        match self {
            Self::Upload(_) => Self::Upload(LESS),
            Self::Download(_) => Self::Download(LESS),
            other => other,
        }
    }
}

/// The folder of the bucket that holds everything.
pub(crate) const ROOT: &str = "bench";

/// The key of content of this size.
pub(crate) fn content(bytes: u64) -> String {
    format!("{ROOT}/content-{bytes}")
}

/// The folder of a listing of this length.
pub(crate) fn listing(keys: u64) -> String {
    format!("{ROOT}/listing-{keys}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for op in Op::SERVER.into_iter().chain(Op::OTHERS).chain(Op::STUB) {
            assert_eq!(Op::parse(&op.name()), Ok(op));
        }
        assert!(Op::parse("get-x").is_err());
    }
}
