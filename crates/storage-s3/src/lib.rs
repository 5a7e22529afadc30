//! S3 mounts for the storage library: Amazon S3 and every store that speaks its protocol.
//!
//! ```yaml
//! - name: backup
//!   type: s3
//!   bucket: my-bucket
//!   prefix: nightly
//!   region: eu-central-1
//! ```
//!
//! Without keys the default chain of the AWS SDK is asked: environment, profiles, web identity, containers, instance
//! metadata. See [`S3Config`] for all options.
//!
//! # Two routes to one service
//!
//! The requests that are made all the time (get, put, head, list, delete, parts, copies) are signed with `aws-sigv4` and
//! sent over one shared client: the orchestration of the SDK costs several times what the request itself does. The rare
//! questions about tags go over `aws-sdk-s3`. Both have the same credentials and the same errors. [`S3Native`] hands the client of
//! the SDK out, for everything that the library has no call for.
//!
//! # Layout
//!
//! - `config`: options of a mount. `backend`: the store. `place`: where it is. `credentials`, `sign`: who asks.
//! - `request`: one signed request. `answer`: whether what came is the service's. `error`: what answers mean.
//! - `reader`, `writer`, `lister`, `copy`, `remove`, `tags`, `versions`, `presign`: one file per kind of request.
//! - `headers`: between metadata and headers. `sdk`: what goes over the SDK. `native`: its client for programs.

#![forbid(unsafe_code)]

mod answer;
mod backend;
mod conditions;
mod config;
mod connector;
mod copy;
mod credentials;
mod error;
mod headers;
mod lister;
mod native;
mod place;
mod presign;
mod reader;
mod remove;
mod renewed;
mod request;
mod sdk;
mod sign;
mod tags;
mod uploads;
mod versions;
mod writer;

pub use aws_sdk_s3;
pub use backend::{S3Backend, S3Store};
pub use config::{Addressing, ChecksumAlgorithm, Encryption, S3Config, S3Provider};
pub use native::S3Native;
pub use storage_cloud::transport::ensure_crypto_provider;
pub use storage_cloud::tuning::OwnClient;
