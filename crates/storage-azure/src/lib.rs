//! Azure Blob Storage mounts for the storage library.
//!
//! ```yaml
//! - name: backup
//!   type: azure
//!   account: myaccount
//!   container: my-container
//!   prefix: nightly
//!   account_key: ${AZURE_STORAGE_KEY}
//! ```
//!
//! Credentials are an account key, a SAS token, a connection string, Entra ID, or none for public containers. Without any in
//! the configuration, Entra ID is asked: an application in `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET`,
//! workload identity, managed identity, the Azure command line. See [`AzureConfig`] for all options.
//!
//! # What is particular
//!
//! - Azure's default media type `application/octet-stream` is given as no media type.
//! - Keys of user metadata that are no identifiers, and values that are no ASCII, are stored encoded and come back as they
//!   were.
//! - `append` makes append blobs, and adds blocks to block blobs.
//! - Snapshots are listed among the versions; their ids begin with `snapshot:`. Where the account keeps blobs after they
//!   were deleted, those are not listed.
//! - Whoever uploads to a URL made by `url` has to send the header `x-ms-blob-type: BlockBlob`.
//!
//! # Two routes to one service
//!
//! The requests that are made all the time (get, put, head, list, delete, blocks) are sent over one shared client: the
//! pipeline of the SDK costs more than that, and its listing has no delimiter. The rare ones (lists of blocks, tags, append
//! blobs, copies, single versions) go over `azure_storage_blob`. Both have the same connections, the same authorisation (the
//! SDK knows no account keys: the signature is ours, for both) and the same errors. [`AzureNative`] hands clients of the SDK
//! out, for everything that the library has no call for.
//!
//! # Layout
//!
//! - `config`, `connection`: options of a mount. `backend`: the store. `place`: where it is. `auth`: who asks.
//! - `request`: one request of ours. `sdk`: what goes over the SDK. `native`: its clients for programs. `answer`: whether what came is the
//!   service's. `error`: what answers mean.
//! - `reader`, `writer`, `append`, `blocks`, `lister`, `copy`, `remove`, `properties`, `tags`, `versions`, `presign`: one file per
//!   kind of request.
//! - `headers`, `user`: between metadata and headers.

#![forbid(unsafe_code)]

mod answer;
mod append;
mod auth;
mod backend;
mod blocks;
mod config;
mod connection;
mod copy;
mod error;
mod headers;
mod lister;
mod native;
mod place;
mod presign;
mod properties;
mod reader;
mod remove;
mod request;
mod sdk;
mod tags;
mod user;
mod versions;
mod writer;

#[cfg(test)]
mod tests;

pub use azure_core;
pub use azure_storage_blob;
pub use backend::{AzureBackend, AzureStore};
pub use config::{AzureConfig, AzureProvider};
pub use native::AzureNative;
pub use storage_cloud::transport::ensure_crypto_provider;
pub use storage_cloud::tuning::OwnClient;
pub use writer::Upload;
