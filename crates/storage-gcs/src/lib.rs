//! Google Cloud Storage mounts for the storage library.
//!
//! ```yaml
//! - name: backup
//!   type: gcs
//!   bucket: my-bucket
//!   prefix: nightly
//!   credentials_file: service-account.json
//! ```
//!
//! Without credentials the application default credentials are asked: `GOOGLE_APPLICATION_CREDENTIALS`, those of
//! `gcloud auth application-default login`, the metadata server of the machine. See [`GcsConfig`] for all options.
//!
//! # The protocol
//!
//! Everything goes over the JSON API (<https://cloud.google.com/storage/docs/json_api/v1>). Tokens and signatures come from
//! `google-cloud-auth`, so every kind of credentials works that Google's own libraries know.
//!
//! The ETag of an object is its *generation*: a number that each write makes anew, and the thing that conditions of the
//! service are about. It is the id of the version too. Changing the metadata leaves it as it is.
//!
//! With feature `gcs-sdk`, `GcsNative` hands out the clients of Google's SDK, for everything that the library has no call for.
//!
//! # Layout
//!
//! - `config`: options of a mount. `backend`: the store. `credentials`, `auth`: who asks.
//! - `request`: one request. `error`: what answers mean. `resource`: objects in JSON. `headers`: objects in headers.
//! - `reader`, `writer`, `resumable`, `lister`, `copy`, `compose`, `metadata`, `remove`, `versions`, `presign`: one file per kind of request.
//! - `native`: the clients of the SDK for programs.

#![forbid(unsafe_code)]

mod answer;
mod auth;
mod backend;
mod compose;
mod config;
mod copy;
mod credentials;
mod error;
mod headers;
mod lister;
mod metadata;
#[cfg(feature = "gcs-sdk")]
mod native;
mod presign;
mod reader;
mod remove;
mod request;
mod resource;
mod resumable;
mod session;
mod versions;
mod writer;

pub use backend::{GcsBackend, GcsStore};
pub use config::{GcsConfig, GcsProvider};
#[cfg(feature = "gcs-sdk")]
pub use google_cloud_storage;
#[cfg(feature = "gcs-sdk")]
pub use native::GcsNative;
pub use resumable::Upload;
pub use storage_cloud::transport::ensure_crypto_provider;
pub use storage_cloud::tuning::OwnClient;
