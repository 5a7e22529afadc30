//! What the cloud backends of the storage library share.
//!
//! Users take a cloud by a feature of the crate `storage`; this crate is for those who write a backend of another
//! service.
//!
//! # Layout
//!
//! - [`transport`]: one HTTP client with retries, typed errors and bodies whose length is checked.
//! - [`object`]: [`ObjectBackend`](object::ObjectBackend) makes a mount of any object store that can do what the trait
//!   [`Store`](object::Store) says: prefixes as directories, parallel parts, ranged reads, sorted listings.
//! - [`tuning`]: sizes and numbers that mounts of all clouds take in their configuration; [`config`]: checks of the rest.
//! - [`cloud_config!`], [`setters!`]: the options that all clouds take, builder methods of configurations. [`secrets`]: what no message may show.
//! - [`keys`]: between paths and keys, and percent-encoding. [`xml`]: answers in XML. [`checksum`]: digests.

#![forbid(unsafe_code)]

pub mod checksum;
mod cloud_config;
pub mod config;
pub mod keys;
pub mod object;
pub mod secrets;
mod setters;
pub mod transport;
pub mod tuning;
pub mod xml;
