//! Digests of content.

use bytes::Bytes;
use crc_fast::{CrcAlgorithm, Digest};
use storage_types::{Checksum, Error, ErrorKind, Result};

/// The CRC-64/NVME of content in pieces.
#[must_use]
pub fn crc64nvme(pieces: &[Bytes]) -> Checksum {
    Checksum::Crc64Nvme(digest(CrcAlgorithm::Crc64Nvme, pieces).to_be_bytes())
}

/// The CRC-32 of zip and gzip (RFC 1952, 8) of content in pieces.
#[must_use]
pub fn crc32(pieces: &[Bytes]) -> Checksum {
    Checksum::Crc32(lower_half(digest(CrcAlgorithm::Crc32IsoHdlc, pieces)))
}

/// The CRC-32C (RFC 3720, B.4) of content in pieces.
#[must_use]
pub fn crc32c(pieces: &[Bytes]) -> Checksum {
    as_crc32c(digest(CrcAlgorithm::Crc32Iscsi, pieces))
}

fn as_crc32c(digest: u64) -> Checksum {
    Checksum::Crc32c(lower_half(digest))
}

/// The lower half of the word is the digest of the 32-bit algorithms.
fn lower_half(digest: u64) -> [u8; 4] {
    let [_, _, _, _, a, b, c, d] = digest.to_be_bytes();
    [a, b, c, d]
}

/// Bytes as lower-case hexadecimal digits, as signatures have them.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| DIGITS[usize::from(digit)]);
    String::from_utf8(digits.collect()).unwrap_or_default()
}

fn digest(algorithm: CrcAlgorithm, pieces: &[Bytes]) -> u64 {
    match pieces {
        [piece] => crc_fast::checksum(algorithm, piece),
        pieces => {
            let mut digest = Digest::new(algorithm);
            pieces.iter().for_each(|piece| digest.update(piece));
            digest.finalize()
        }
    }
}

/// The CRC-32C of content that comes piece by piece.
#[derive(Debug)]
pub struct Crc32c(Digest);

impl Default for Crc32c {
    fn default() -> Self {
        Self(Digest::new(CrcAlgorithm::Crc32Iscsi))
    }
}

impl Crc32c {
    /// The next pieces.
    pub fn update(&mut self, pieces: &[Bytes]) {
        pieces.iter().for_each(|piece| self.0.update(piece));
    }

    /// What is needed to go on elsewhere: [`of_state`](Self::of_state).
    #[must_use]
    pub fn state(&self) -> u64 {
        self.0.get_state()
    }

    /// Goes on where another one stopped.
    #[must_use]
    pub fn of_state(state: u64) -> Self {
        Self(Digest::new_with_init_state(CrcAlgorithm::Crc32Iscsi, state))
    }

    /// The digest of what came so far.
    #[must_use]
    pub fn checksum(&self) -> Checksum {
        as_crc32c(self.0.finalize())
    }
}

/// Adds content up, and tells in the end whether it is what it should be.
#[derive(Debug)]
pub struct Verifier {
    expected: Checksum,
    digest: Digest,
}

impl Verifier {
    /// For content with this checksum; `None` for algorithms that are too slow to be checked all the time.
    #[must_use]
    pub fn new(expected: Checksum) -> Option<Self> {
        let algorithm = match expected {
            Checksum::Crc64Nvme(_) => CrcAlgorithm::Crc64Nvme,
            Checksum::Crc32(_) => CrcAlgorithm::Crc32IsoHdlc,
            Checksum::Crc32c(_) => CrcAlgorithm::Crc32Iscsi,
            _ => return None,
        };
        Some(Self { expected, digest: Digest::new(algorithm) })
    }

    /// The next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
    }

    /// That was all.
    ///
    /// # Errors
    ///
    /// `Corrupted` when the content is not what was stored. Reading it again may help.
    pub fn finish(&self) -> Result<()> {
        let value = self.digest.finalize().to_be_bytes();
        let wanted = self.expected.bytes();
        if value.ends_with(wanted) {
            return Ok(());
        }
        let algorithm = self.expected.algorithm();
        Err(Error::new(
            ErrorKind::Corrupted,
            format!("the content that came is not what was stored ({algorithm})"),
        )
        .with_hint("read it again; if it stays so, the stored object is damaged")
        .with_retryable(true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values of the catalogue of parametrised CRC algorithms: the digests of `123456789`.
    #[test]
    fn check_values() {
        for pieces in [vec![Bytes::from("123456789")], vec![Bytes::from("1234"), Bytes::from("56789")]] {
            assert_eq!(crc64nvme(&pieces).to_string(), "ae8b14860a799888");
            assert_eq!(crc32(&pieces).to_string(), "cbf43926");
            assert_eq!(crc32c(&pieces).to_string(), "e3069283");
            let mut running = Crc32c::default();
            pieces.iter().for_each(|piece| running.update(std::slice::from_ref(piece)));
            assert_eq!(running.checksum(), crc32c(&pieces));
        }
    }
}
