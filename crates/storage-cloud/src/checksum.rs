//! Digests of content.

use bytes::Bytes;
use crc_fast::{CrcAlgorithm, Digest};
use storage_types::Checksum;

/// The CRC-64/NVME of content in pieces.
#[must_use]
pub fn crc64nvme(pieces: &[Bytes]) -> Checksum {
    Checksum::Crc64Nvme(digest(CrcAlgorithm::Crc64Nvme, pieces).to_be_bytes())
}

/// The CRC-32C (RFC 3720, B.4) of content in pieces.
#[must_use]
pub fn crc32c(pieces: &[Bytes]) -> Checksum {
    // The lower half of the word is the digest of the 32-bit algorithms.
    let [_, _, _, _, a, b, c, d] = digest(CrcAlgorithm::Crc32Iscsi, pieces).to_be_bytes();
    Checksum::Crc32c([a, b, c, d])
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values of the catalogue of parametrised CRC algorithms: the digests of `123456789`.
    #[test]
    fn check_values() {
        for pieces in [vec![Bytes::from("123456789")], vec![Bytes::from("1234"), Bytes::from("56789")]] {
            assert_eq!(crc64nvme(&pieces).to_string(), "ae8b14860a799888");
            assert_eq!(crc32c(&pieces).to_string(), "e3069283");
        }
    }
}
