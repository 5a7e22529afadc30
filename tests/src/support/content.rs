//! Contents to write: long enough to be streamed, and made so that a torn one shows.

use bytes::Bytes;

/// Bytes that differ from place to place and from `seed` to `seed` (xorshift64*).
#[must_use]
pub fn noise(seed: u64, length: usize) -> Bytes {
    let mut random = Random::new(seed);
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        bytes.extend_from_slice(&random.next().to_le_bytes());
    }
    bytes.truncate(length);
    Bytes::from(bytes)
}

/// One version of a content that tells whether it is whole: the number, again and again, in 8 bytes each.
#[must_use]
pub fn version(number: u64, length: usize) -> Bytes {
    let mut bytes: Vec<u8> = number.to_le_bytes().into_iter().cycle().take(length).collect();
    bytes.shrink_to_fit();
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
