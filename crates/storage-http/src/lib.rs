//! Mounts of web servers for the storage library, for reading.
//!
//! Users take this by the feature `http` of the crate `storage`:
//!
//! ```
//! use storage_core::StorageManager;
//!
//! let storage = StorageManager::new();
//! storage.register(std::sync::Arc::new(storage_http::HttpProvider));
//! storage.configure_json(r#"[{"name": "site", "type": "http", "url": "https://example.com/files"}]"#)?;
//! let node = storage.node("site:a/b.txt")?; // https://example.com/files/a/b.txt
//! # let _ = node;
//! # Ok::<(), storage_core::Error>(())
//! ```
//!
//! # What a mount does
//!
//! - A read is one GET, metadata is one HEAD. A body that breaks off is gone on with where it broke, if ETag or
//!   Last-Modified show that it is still the same content. Ranges work with servers that ignore them too, at the price
//!   of reading what lies before.
//! - A directory is what the server redirects to the same URL with a slash at its end.
//! - Directories are listed by WebDAV (`PROPFIND`, RFC 4918) where the server offers it, else from the pages that
//!   nginx, Apache, Caddy, Python and others make of them. Pages round sizes and times, so each file takes a HEAD.
//! - Credentials and further headers go to the origin of the mount's URL (scheme, host, port) and nowhere else.
//! - Redirects are bounded, never lead from https to http, and not into private networks unless `allow_private` is set.
//!   Names are checked by the addresses to which the connection is then made. Such requests take no proxy, because
//!   a proxy looks names up by itself.
//!
//! [`fill_from_url`] streams a URL into a node of any mount, under the same rules.
//!
//! # Layout
//!
//! - `config`, `credentials`, `site`, `backend`: the mount. `place`, `download`, `reader`: content. `lister`, `html`, `children`,
//!   `webdav`: directories. `client`, `redirect`, `guard`: how far requests go. `fetch`: URLs into nodes. `native`: the
//!   client for programs.

#![forbid(unsafe_code)]

mod backend;
mod children;
mod client;
mod config;
mod credentials;
mod download;
mod error;
mod fetch;
mod fetch_options;
mod guard;
mod head;
mod html;
mod lister;
mod native;
mod place;
mod reader;
mod redirect;
mod site;
mod webdav;

pub use backend::HttpBackend;
pub use config::{HttpConfig, HttpProvider, Listing};
pub use fetch::{Fetch, fill_from_url, write_options};
pub use fetch_options::FetchOptions;
pub use native::HttpNative;
pub use reqwest;
pub use storage_cloud::transport::ensure_crypto_provider;
pub use storage_cloud::tuning::OwnClient;
