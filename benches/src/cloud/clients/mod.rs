//! The contenders: one file per library and colour.
//!
//! What a caller keeps anyway (a node, a path, an operator) is made before the clock starts. Reads in one piece, writes in
//! one call, listings of one level with metadata; large content goes through what each library offers for it, in parts of
//! the same size and as many at once.

mod bare;
mod object_store;
mod opendal;
mod ours;
mod sdk;
mod sdk_azure;
mod sdk_gcs;

use bytes::Bytes;

pub(crate) use self::bare::Bare;
pub(crate) use self::object_store::AnyObjectStore;
pub(crate) use self::opendal::{OpendalAsync, OpendalBlocking};
pub(crate) use self::ours::{OursAsync, OursBlocking};
pub(crate) use self::sdk::Sdk;
pub(crate) use self::sdk_azure::SdkAzure;
pub(crate) use self::sdk_gcs::SdkGcs;
use super::target::Target;

/// Size of the parts of transfers, in bytes: our default.
pub(crate) const PART: u64 = 8 << 20;
/// Parts that are under way at once: our default.
pub(crate) const PARTS: usize = 8;
/// Content comes and goes in pieces of this many bytes.
const PIECE: u64 = 1 << 20;

/// A library that runs on a runtime. Each call gives the bytes or entries that prove its work.
pub(crate) trait AsyncClient: Clone + Send + Sync + 'static {
    /// What a caller keeps for an object.
    type Object: Clone + Send + Sync + 'static;

    fn open(target: &Target) -> impl Future<Output = Self>;
    fn object(&self, key: &str) -> Self::Object;
    fn get(&self, object: &Self::Object) -> impl Future<Output = u64> + Send;
    fn put(&self, object: &Self::Object, content: Bytes) -> impl Future<Output = u64> + Send;
    fn head(&self, object: &Self::Object) -> impl Future<Output = u64> + Send;
    fn list(&self, dir: &Self::Object) -> impl Future<Output = u64> + Send;
    fn upload(&self, object: &Self::Object, bytes: u64) -> impl Future<Output = u64> + Send;
    fn download(&self, object: &Self::Object, bytes: u64) -> impl Future<Output = u64> + Send;
}

/// A library that blocks.
pub(crate) trait BlockingClient: Sync {
    type Object: Sync;

    fn object(&self, key: &str) -> Self::Object;
    fn get(&self, object: &Self::Object) -> u64;
    fn put(&self, object: &Self::Object, content: Bytes) -> u64;
    fn head(&self, object: &Self::Object) -> u64;
    fn list(&self, dir: &Self::Object) -> u64;
    fn upload(&self, object: &Self::Object, bytes: u64) -> u64;
    fn download(&self, object: &Self::Object, bytes: u64) -> u64;
}

/// The next piece of content that is uploaded: bytes of their own, as they would come from a file.
fn piece() -> Bytes {
    vec![0xA5; PIECE as usize].into()
}

/// How many pieces make up so many bytes.
fn pieces(bytes: u64) -> u64 {
    bytes / PIECE
}

/// The ranges of the parts of content.
fn parts(bytes: u64) -> impl Iterator<Item = std::ops::Range<u64>> + Send {
    (0..bytes.div_ceil(PART)).map(move |part| part * PART..((part + 1) * PART).min(bytes))
}
