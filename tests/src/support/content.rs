//! Contents to write: long enough to be streamed, and made so that a torn one shows.

use bytes::Bytes;

/// Bytes that differ from place to place and from `seed` to `seed` (xorshift64*).
///
/// A long content is one block again and again, each time with another number before it: so it is made quickly without optimisation.
#[must_use]
pub fn noise(seed: u64, length: usize) -> Bytes {
    let mut random = Random::new(seed);
    let block: Vec<u8> = (0..500).flat_map(|_| random.next().to_le_bytes()).collect();
    let mut bytes = Vec::with_capacity(length + block.len() + 8);
    while bytes.len() < length {
        bytes.extend_from_slice(&random.next().to_le_bytes());
        bytes.extend_from_slice(&block);
    }
    bytes.truncate(length);
    Bytes::from(bytes)
}

/// One version of a content that tells whether it is whole: the number, again and again, in 8 bytes each.
#[must_use]
pub fn version(number: u64, length: usize) -> Bytes {
    let mut bytes = number.to_le_bytes().repeat(length.div_ceil(8));
    bytes.truncate(length);
    Bytes::from(bytes)
}

/// The number of a [`version`]; none when parts of several versions are mixed or the length is another one.
#[must_use]
pub fn whole_version(content: &[u8], length: usize) -> Option<u64> {
    let (first, _) = content.split_first_chunk::<8>()?;
    let number = u64::from_le_bytes(*first);
    (content.len() == length && content == version(number, length)).then_some(number)
}

/// A small generator of random numbers, reproducible from its seed.
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// A generator that gives the same numbers for the same seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number.
    #[expect(clippy::should_implement_trait, reason = "an endless generator is no iterator")]
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions};
    use std::io::Write;

    use super::*;
    use crate::support::disk;
    use crate::support::outcome::Outcome;

    const LENGTH: usize = 400;

    /// What the trials of killed writers see of a writer that is not atomic, wherever it is killed.
    #[test]
    fn a_writer_that_is_not_atomic_is_found_out() -> Outcome {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("file");
        // Numbers that differ in every byte, so that each byte that is missing shows.
        let [one, two] = [1, 2].map(|byte| u64::from_le_bytes([byte; 8]));
        let new = version(two, LENGTH);
        for killed_at in 0..=LENGTH {
            for truncates in [true, false] {
                fs::write(&path, version(one, LENGTH))?;
                let mut file = OpenOptions::new().write(true).truncate(truncates).open(&path)?;
                file.write_all(&new[..killed_at])?;
                let seen = whole_version(&fs::read(&path)?, LENGTH);
                // A piece that holds nothing of the new number yet leaves the old version as it was.
                let untouched = !truncates && killed_at == 0;
                let expected = (killed_at == LENGTH).then_some(two).or(untouched.then_some(one));
                assert_eq!(seen, expected, "killed after {killed_at} bytes, truncates: {truncates}");
            }
        }
        Ok(())
    }

    #[test]
    fn a_content_that_is_too_long_or_of_other_bytes_is_no_version() {
        let content = version(3, LENGTH);
        assert_eq!(whole_version(&content, LENGTH), Some(3));
        assert_eq!(whole_version(&[&content[..], b"x"].concat(), LENGTH), None);
        assert_eq!(whole_version(&[&content[..8], &[0; LENGTH - 8]].concat(), LENGTH), None);
        assert_eq!(whole_version(b"", LENGTH), None);
        assert_eq!(whole_version(b"", 0), None);
        assert_eq!(whole_version(&version(4, 403), 403), Some(4));
    }

    #[test]
    fn a_temporary_file_that_is_left_is_found_out() -> Outcome {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("file"), version(1, LENGTH))?;
        assert_eq!(disk::everything_below(folder.path())?, ["file"]);
        fs::create_dir(folder.path().join(".hidden"))?;
        fs::write(folder.path().join(".hidden/left"), "")?;
        assert_eq!(disk::everything_below(folder.path())?, [".hidden", ".hidden/left", "file"]);
        Ok(())
    }
}
