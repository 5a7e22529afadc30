//! The methods by which contents are packed, each unpacked in pieces (APPNOTE.TXT, 4.4.5).

mod lzma;
mod zstd;

use deflate64::InflaterManaged;
use flate2::{Decompress, FlushDecompress, Status};
use storage_types::Result;

use self::lzma::Lzma;
use self::zstd::Zstd;
use super::index::Place;
use crate::dual::special::deflate::corrupted;
use crate::dual::special::zip::records::{DEFLATED, STORED};

const DEFLATE64: u16 = 9;
const BZIP2: u16 = 12;
const LZMA: u16 = 14;
const ZSTD: u16 = 93;

/// What is unpacked here, in words.
pub(super) const KNOWN: &str = "deflate, deflate64, bzip2, lzma and zstd";

/// Whether content that is packed by this method can be unpacked.
pub(super) fn is_known(method: u16) -> bool {
    matches!(method, STORED | DEFLATED | DEFLATE64 | BZIP2 | LZMA | ZSTD)
}

/// The name of a method that is not unpacked, if it has one.
pub(super) fn name_of(method: u16) -> Option<&'static str> {
    Some(match method {
        1 => "shrink",
        2..=5 => "reduce",
        6 => "implode",
        95 => "xz",
        96 => "jpeg",
        97 => "wavpack",
        98 => "ppmd",
        _ => return None,
    })
}

/// Unpacks one file.
pub(super) enum Unpacker {
    Deflate { inflate: Decompress, ended: bool },
    Deflate64(Box<InflaterManaged>),
    Bzip2 { decompress: bzip2::Decompress, ended: bool },
    Lzma(Box<Lzma>),
    Zstd(Box<Zstd>),
}

impl Unpacker {
    /// `None` for content that is stored as it is.
    pub(super) fn of(place: &Place) -> Option<Self> {
        Some(match place.method {
            DEFLATED => Self::Deflate { inflate: Decompress::new(false), ended: false },
            DEFLATE64 => Self::Deflate64(Box::new(InflaterManaged::new())),
            BZIP2 => Self::Bzip2 { decompress: bzip2::Decompress::new(false), ended: false },
            LZMA => Self::Lzma(Box::new(Lzma::new(place.packed, place.size))),
            ZSTD => Self::Zstd(Box::default()),
            _ => return None,
        })
    }

    /// Whether the packed form told its own end.
    pub(super) fn has_ended(&self) -> bool {
        match self {
            Self::Deflate { ended, .. } | Self::Bzip2 { ended, .. } => *ended,
            Self::Deflate64(inflate) => inflate.finished(),
            Self::Lzma(lzma) => lzma.has_ended(),
            Self::Zstd(zstd) => zstd.has_ended(),
        }
    }

    /// At most `room` bytes of the content, and how many packed bytes were used for them.
    pub(super) fn unpack(&mut self, packed: &[u8], room: usize) -> Result<(Vec<u8>, usize)> {
        match self {
            Self::Deflate { inflate, ended } => of_deflate(inflate, ended, packed, room),
            Self::Deflate64(inflate) => of_deflate64(inflate, packed, room),
            Self::Bzip2 { decompress, ended } => of_bzip2(decompress, ended, packed, room),
            Self::Lzma(lzma) => lzma.unpack(packed, room),
            Self::Zstd(zstd) => zstd.unpack(packed, room),
        }
    }
}

fn damaged(error: impl std::error::Error + Send + Sync + 'static) -> storage_types::Error {
    corrupted("the packed content is damaged").with_source(error)
}

fn of_deflate(
    inflate: &mut Decompress,
    ended: &mut bool,
    packed: &[u8],
    room: usize,
) -> Result<(Vec<u8>, usize)> {
    let mut out = Vec::with_capacity(room);
    let mut at = 0;
    while !*ended && out.len() < room {
        let (before, had) = (inflate.total_in(), out.len());
        let status = inflate.decompress_vec(&packed[at..], &mut out, FlushDecompress::None);
        *ended = status.map_err(damaged)? == Status::StreamEnd;
        let used = (inflate.total_in() - before) as usize;
        at += used;
        if used == 0 && out.len() == had {
            break;
        }
    }
    Ok((out, at))
}

fn of_deflate64(inflate: &mut InflaterManaged, packed: &[u8], room: usize) -> Result<(Vec<u8>, usize)> {
    let mut out = vec![0; room];
    let (mut at, mut given) = (0, 0);
    while !inflate.finished() && given < room {
        let step = inflate.inflate(&packed[at..], &mut out[given..]);
        if step.data_error {
            return Err(corrupted("the packed content is damaged"));
        }
        at += step.bytes_consumed;
        given += step.bytes_written;
        if step.bytes_consumed == 0 && step.bytes_written == 0 {
            break;
        }
    }
    out.truncate(given);
    Ok((out, at))
}

fn of_bzip2(
    decompress: &mut bzip2::Decompress,
    ended: &mut bool,
    packed: &[u8],
    room: usize,
) -> Result<(Vec<u8>, usize)> {
    let mut out = Vec::with_capacity(room);
    let mut at = 0;
    while !*ended && out.len() < room {
        let (before, had) = (decompress.total_in(), out.len());
        let status = decompress.decompress_vec(&packed[at..], &mut out).map_err(damaged)?;
        *ended = status == bzip2::Status::StreamEnd;
        let used = (decompress.total_in() - before) as usize;
        at += used;
        if used == 0 && out.len() == had {
            break;
        }
    }
    Ok((out, at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dual::special::deflate::Packer;

    /// Fed as a stream would feed it: a few bytes at a time, and little room.
    fn unpacked(method: u16, packed: &[u8], size: u64, room: usize) -> Result<Vec<u8>> {
        let place = Place {
            header: 0,
            header_length: 30,
            packed: packed.len() as u64,
            size,
            crc: 0,
            method,
            encrypted: false,
        };
        let (mut out, mut at) = (Vec::new(), 0);
        let Some(mut unpacker) = Unpacker::of(&place) else { return Ok(packed.to_vec()) };
        loop {
            let (piece, used) = unpacker.unpack(&packed[at..packed.len().min(at + 100)], room)?;
            assert!(piece.len() <= room);
            at += used;
            let idle = piece.is_empty() && used == 0;
            out.extend(piece);
            if out.len() as u64 == size && unpacker.has_ended() {
                return Ok(out);
            }
            if idle {
                return Err(corrupted("it ends too early"));
            }
        }
    }

    /// `0123456789` a thousand times, packed by 7-Zip (9), bzip2 (12), Python (14) and zstd (93).
    const SAMPLES: [(u16, &[u8]); 4] = [
        (DEFLATE64, include_bytes!("samples/digits.deflate64")),
        (BZIP2, include_bytes!("samples/digits.bz2")),
        (LZMA, include_bytes!("samples/digits.lzma")),
        (ZSTD, include_bytes!("samples/digits.zst")),
    ];

    #[test]
    fn what_deflate_packs_is_unpacked() {
        let content: Vec<u8> = (0..300_000_u32).flat_map(|n| (n % 977 * 31 % 251).to_le_bytes()).collect();
        for level in [0, 1, 6, 9] {
            let mut packer = Packer::new(level);
            let mut packed = packer.pack(&content).unwrap_or_default();
            packed.extend(packer.finish().unwrap_or_default());
            assert!(unpacked(DEFLATED, &packed, content.len() as u64, 1000).ok() == Some(content.clone()));
        }
    }

    #[test]
    fn what_others_pack_is_unpacked() {
        let content = b"0123456789".repeat(1000);
        for (method, packed) in SAMPLES {
            for room in [1, 999, 100_000] {
                let out = unpacked(method, packed, 10_000, room);
                assert!(out.is_ok_and(|out| out == content), "method {method}, room {room}");
            }
        }
    }

    #[test]
    fn damage_is_an_error_and_no_panic() {
        for (method, packed) in SAMPLES {
            for at in 0..packed.len() {
                for bit in 0..8 {
                    let mut damaged = packed.to_vec();
                    damaged[at] ^= 1 << bit;
                    let out = unpacked(method, &damaged, 10_000, 4096).map(|out| out.len());
                    assert!(out.is_err() || out.is_ok_and(|length| length == 10_000), "method {method}");
                }
            }
            for length in 0..packed.len() {
                let out = unpacked(method, &packed[..length], 10_000, 4096);
                // LZMA may have given everything before its last bytes.
                assert!(out.is_err() || method == LZMA, "method {method}, {length} bytes");
            }
        }
    }
}
