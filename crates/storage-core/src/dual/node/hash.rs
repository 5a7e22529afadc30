//! Digests of contents.

use crc_fast::{CrcAlgorithm, Digest as Crc};
use md5::{Digest as _, Md5};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use storage_types::{Checksum, HashAlgorithm, Metadata, Operation, Result};

use super::StorageNode;
use crate::dual::stream::Reader;
use crate::maybe_async;
use crate::rt::Task;

/// Chunks up to this many bytes are hashed where they arrive: a trip to another thread would take as long.
const AT_ONCE: usize = 64 << 10;

/// Adds content up, piece by piece.
#[derive(Debug, Clone)]
pub struct Hasher(State);

#[derive(Debug, Clone)]
enum State {
    Md5(Md5),
    Sha1(Sha1),
    Sha224(Sha224),
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
    Crc32c(Crc),
}

impl Hasher {
    /// Of no content yet.
    #[must_use]
    pub fn new(algorithm: HashAlgorithm) -> Self {
        Self(match algorithm {
            HashAlgorithm::Md5 => State::Md5(Md5::new()),
            HashAlgorithm::Crc32c => State::Crc32c(Crc::new(CrcAlgorithm::Crc32Iscsi)),
            HashAlgorithm::Sha1 => State::Sha1(Sha1::new()),
            HashAlgorithm::Sha224 => State::Sha224(Sha224::new()),
            HashAlgorithm::Sha384 => State::Sha384(Sha384::new()),
            HashAlgorithm::Sha512 => State::Sha512(Sha512::new()),
            _ => State::Sha256(Sha256::new()),
        })
    }

    /// The next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Md5(hash) => hash.update(bytes),
            State::Sha1(hash) => hash.update(bytes),
            State::Sha224(hash) => hash.update(bytes),
            State::Sha256(hash) => hash.update(bytes),
            State::Sha384(hash) => hash.update(bytes),
            State::Sha512(hash) => hash.update(bytes),
            State::Crc32c(crc) => crc.update(bytes),
        }
    }

    /// The digest of everything.
    #[must_use]
    pub fn finish(self) -> Checksum {
        match self.0 {
            State::Md5(hash) => Checksum::Md5(hash.finalize().into()),
            State::Sha1(hash) => Checksum::Sha1(hash.finalize().into()),
            State::Sha224(hash) => Checksum::Sha224(hash.finalize().into()),
            State::Sha256(hash) => Checksum::Sha256(hash.finalize().into()),
            State::Sha384(hash) => Checksum::Sha384(hash.finalize().into()),
            State::Sha512(hash) => Checksum::Sha512(hash.finalize().into()),
            State::Crc32c(crc) => {
                // The lower half of the word is the digest of the 32-bit algorithms.
                let [_, _, _, _, a, b, c, d] = crc.finalize().to_be_bytes();
                Checksum::Crc32c([a, b, c, d])
            }
        }
    }
}

impl StorageNode {
    /// The checksum among `metadata` of this node, if it is one of this algorithm that the store vouches for. An ETag is
    /// none, and neither is an MD5 that a store keeps as the uploader stated it (`Capabilities::checksum_md5`).
    #[must_use]
    pub fn held_checksum(&self, algorithm: HashAlgorithm, metadata: &Metadata) -> Option<Checksum> {
        let held = metadata.checksum.filter(|held| held.algorithm() == algorithm.name())?;
        let vouched = algorithm != HashAlgorithm::Md5 || self.capabilities().checksum_md5;
        let is_tag = metadata.etag.as_ref().is_some_and(|etag| etag.eq_ignore_ascii_case(&held.to_string()));
        (vouched && !is_tag).then_some(held)
    }
}

#[maybe_async]
impl StorageNode {
    /// The digest of the content: told by the store where it holds one that [can be relied on](Self::held_checksum), else
    /// the content is streamed.
    ///
    /// # Errors
    ///
    /// `NotFound`; `IsADirectory`.
    pub async fn hash(&self, algorithm: HashAlgorithm) -> Result<Checksum> {
        if let Some(held) = self.stored_checksum(algorithm).await? {
            return Ok(held);
        }
        let reader = self.reader().await?;
        // What came along with the first bytes may be all that is needed.
        match self.held_checksum(algorithm, reader.metadata()) {
            Some(held) => Ok(held),
            None => self.add_up(reader, algorithm).await,
        }
    }

    /// The digest of the content as it is read, whatever the store says.
    ///
    /// # Errors
    ///
    /// As [`hash`](Self::hash).
    pub async fn hash_content(&self, algorithm: HashAlgorithm) -> Result<Checksum> {
        let reader = self.reader().await?;
        self.add_up(reader, algorithm).await
    }

    /// The digest that the store holds, without reading the content; `None` where the mount has none to rely on, or only
    /// reading can tell.
    ///
    /// # Errors
    ///
    /// `NotFound`, where the store has to be asked.
    pub async fn stored_checksum(&self, algorithm: HashAlgorithm) -> Result<Option<Checksum>> {
        if algorithm != HashAlgorithm::Md5 || !self.capabilities().checksum_md5 {
            return Ok(None);
        }
        let metadata = self.stat().await?;
        Ok(self.held_checksum(algorithm, &metadata))
    }

    /// While one chunk is hashed the next one is read.
    async fn add_up(&self, mut reader: Reader, algorithm: HashAlgorithm) -> Result<Checksum> {
        let mut hasher = Hasher::new(algorithm);
        let mut chunk = self.explain(Operation::Read, reader.next().await)?;
        while let Some(bytes) = chunk {
            if bytes.len() <= AT_ONCE {
                hasher.update(&bytes);
                chunk = self.explain(Operation::Read, reader.next().await)?;
                continue;
            }
            let hashing = Task::start(move || {
                hasher.update(&bytes);
                Ok(hasher)
            });
            chunk = self.explain(Operation::Read, reader.next().await)?;
            hasher = hashing.join().await?;
        }
        Ok(hasher.finish())
    }
}
