//! The algorithms that contents can be hashed with.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::suggest;

/// How content is hashed. The digest is a [`Checksum`](crate::Checksum).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[non_exhaustive]
pub enum HashAlgorithm {
    /// MD5 (RFC 1321): what many stores and old lists hold. Collisions can be made at will, so it tells accidents only.
    Md5,
    /// SHA-1 (FIPS 180-4): what older lists hold. Collisions can be made, so it tells accidents only.
    Sha1,
    /// SHA-224 (FIPS 180-4): SHA-256, cut short.
    Sha224,
    /// SHA-256 (FIPS 180-4), which no two known contents share.
    #[default]
    Sha256,
    /// SHA-384 (FIPS 180-4): SHA-512, cut short.
    Sha384,
    /// SHA-512 (FIPS 180-4); faster than SHA-256 where the processor has no instructions for that.
    Sha512,
    /// CRC32C (RFC 3720, appendix B.4): the fastest, for accidents only.
    Crc32c,
}

impl HashAlgorithm {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Md5, Self::Sha1, Self::Sha224, Self::Sha256, Self::Sha384, Self::Sha512, Self::Crc32c];

    /// The usual name: `md5`, `sha256`, `crc32c`, ...
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
            Self::Crc32c => "crc32c",
        }
    }

    /// How many hexadecimal digits a digest has.
    #[must_use]
    pub const fn digits(self) -> usize {
        match self {
            Self::Md5 => 32,
            Self::Sha1 => 40,
            Self::Sha224 => 56,
            Self::Sha256 => 64,
            Self::Sha384 => 96,
            Self::Sha512 => 128,
            Self::Crc32c => 8,
        }
    }
}

/// The usual name.
impl fmt::Display for HashAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// By name, in upper or lower case, with or without dash: `sha256`, `SHA-256`.
impl FromStr for HashAlgorithm {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let plain = text.to_ascii_lowercase().replace('-', "");
        let found = Self::ALL.into_iter().find(|algorithm| algorithm.name() == plain);
        found.ok_or_else(|| {
            Error::invalid(format!("there is no algorithm `{text}`"))
                .with_hint(format!("known are {}", suggest::list(Self::ALL.iter().map(|it| it.name()))))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn algorithms_are_known_by_their_names() {
        for algorithm in HashAlgorithm::ALL {
            assert_eq!(algorithm.to_string().parse::<HashAlgorithm>().unwrap(), algorithm);
        }
        assert_eq!("SHA-256".parse::<HashAlgorithm>().unwrap(), HashAlgorithm::Sha256);
        assert_eq!("CRC32C".parse::<HashAlgorithm>().unwrap(), HashAlgorithm::Crc32c);
        let error = "sha3".parse::<HashAlgorithm>().unwrap_err();
        assert!(error.hint().is_some_and(|hint| hint.contains("sha256")), "{error}");
    }
}
