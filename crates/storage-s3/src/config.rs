//! Options of an S3 mount.

use std::sync::Arc;

use serde::Deserialize;
use storage_cloud::config;
use storage_cloud::object::ObjectBackend;
use storage_cloud::tuning::Tuning;
use storage_core::{Backend, MountLookup, Provider};
use storage_types::{Error, MountConfig, Result, Secret};

use crate::backend::{S3Backend, S3Store};

/// How a bucket is named in a URL (S3 user guide, "Virtual hosting of general purpose buckets").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Addressing {
    /// `virtual` on Amazon, `path` on an endpoint of its own.
    #[default]
    Auto,
    /// `https://host/bucket/key`
    Path,
    /// `https://bucket.host/key`
    Virtual,
}

/// Which checksum is sent with content, and asked for with content that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ChecksumAlgorithm {
    /// CRC-64/NVME.
    #[default]
    Crc64nvme,
    /// CRC-32C.
    Crc32c,
    /// CRC-32, which every store with checksums knows.
    Crc32,
    /// None, for stores that do not know them.
    None,
}

impl ChecksumAlgorithm {
    /// As the protocol has it (`x-amz-checksum-algorithm`).
    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Self::Crc64nvme => Some("CRC64NVME"),
            Self::Crc32c => Some("CRC32C"),
            Self::Crc32 => Some("CRC32"),
            Self::None => None,
        }
    }
}

/// How content is encrypted by the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Encryption {
    /// With keys of S3 (SSE-S3).
    #[serde(alias = "aes256", alias = "AES256")]
    S3,
    /// With a key of KMS (SSE-KMS), `kms_key_id` or the account's default.
    #[serde(alias = "aws:kms")]
    Kms,
    /// With the caller's own key (SSE-C), `customer_key`.
    Customer,
}

storage_cloud::cloud_config! {
    store
    /// Options of an S3 mount, in configuration and in code.
    ///
    /// ```
    /// use storage_s3::S3Config;
    ///
    /// let backend = S3Config::new("photos").region("eu-central-1").prefix("2026").part_size(16 << 20).build()?;
    /// # Ok::<(), storage_types::Error>(())
    /// ```
    ///
    /// A part has 5 MiB to 5 GiB.
    #[derive(Debug)]
    pub struct S3Config {
        /// The bucket.
        pub bucket: String,
        /// The folder of the bucket that the mount shows.
        #[serde(default)]
        pub prefix: String,
        /// The region. Without it: `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's, `us-east-1`.
        #[serde(default)]
        pub region: Option<String>,
        /// `http://host:port` or `https://host` of a store other than Amazon's.
        #[serde(default)]
        pub endpoint: Option<String>,
        /// How the bucket is named in URLs: `auto`, `path`, `virtual`.
        #[serde(default)]
        pub addressing: Addressing,
        /// The access key's id. Without keys the default chain is asked.
        #[serde(default)]
        pub access_key_id: Option<Secret>,
        /// The secret access key.
        #[serde(default)]
        pub secret_access_key: Option<Secret>,
        /// The token of temporary keys.
        #[serde(default)]
        pub session_token: Option<Secret>,
        /// The profile of `~/.aws/config` whose credentials are used.
        #[serde(default)]
        pub profile: Option<String>,
        /// Requests are not signed: for public buckets.
        #[serde(default)]
        pub anonymous: bool,
        /// Encryption by the server: `s3`, `kms`, `customer`.
        #[serde(default)]
        pub encryption: Option<Encryption>,
        /// The key of `encryption: kms`.
        #[serde(default)]
        pub kms_key_id: Option<String>,
        /// The key of `encryption: customer`: 32 bytes in base64.
        #[serde(default)]
        pub customer_key: Option<Secret>,
        /// The storage class of what is written, such as `STANDARD_IA`.
        #[serde(default)]
        pub storage_class: Option<String>,
        /// The checksum of content on its way: `crc64nvme`, `crc32c`, `crc32`, `none`.
        #[serde(default)]
        pub checksum: ChecksumAlgorithm,
        /// Whether the store keeps to the conditions of writes (create only, compare and set). Without it: [probing] the mount tries
        /// it on an object of its own, unless the store is Amazon's; before that, they are believed to hold.
        ///
        /// [probing]: storage_core::Backend::probe
        #[serde(default)]
        pub conditional_writes: Option<bool>,
        /// Sign the content too (SHA-256). Without it the signature covers the checksum only, which is less work. By default
        /// content is signed where it leaves this machine over plain `http://`, so that nobody can change it on its way.
        #[serde(default)]
        pub signed_payload: Option<bool>,
        /// `customer_key` may go over plain `http://`, for others on the way to read. Without it that is refused.
        #[serde(default)]
        pub allow_plain_http: bool,
    }
}

/// The smallest part (S3 user guide, "Amazon S3 multipart upload limits"), in bytes.
const PART_MIN: u64 = 5 << 20;
/// The largest part, and the largest content of one request or copy, in bytes.
pub(crate) const PART_MAX: u64 = 5 << 30;

storage_cloud::setters! {
    S3Config {
        set {
            prefix: String,
            addressing: Addressing,
            anonymous: bool,
            checksum: ChecksumAlgorithm,
            allow_plain_http: bool,
        }
        some {
            region: String,
            endpoint: String,
            access_key_id: Secret,
            secret_access_key: Secret,
            session_token: Secret,
            profile: String,
            encryption: Encryption,
            kms_key_id: String,
            customer_key: Secret,
            storage_class: String,
            conditional_writes: bool,
            signed_payload: bool,
        }
        number {}
    }
}

impl S3Config {
    /// The bucket `bucket`, all else by default.
    #[must_use]
    pub fn new(bucket: impl Into<String>) -> Self {
        Self { bucket: bucket.into(), ..Self::default() }
    }

    /// The backend of these options. No I/O.
    ///
    /// # Errors
    ///
    /// `Config` naming the field and what is allowed.
    pub fn build(self) -> Result<S3Backend> {
        self.check()?;
        let prefix = config::prefix(&self.prefix)?;
        let tuning = self.tuning()?;
        Ok(ObjectBackend::new(S3Store::new(self, &tuning)?, prefix, tuning))
    }

    fn tuning(&self) -> Result<Tuning> {
        Tuning::new(self.tuning_options(), PART_MIN, PART_MAX)
    }

    fn check(&self) -> Result<()> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        if self.bucket.len() < 3 || !self.bucket.chars().all(allowed) || self.bucket.starts_with('.') {
            return Err(Error::config("field `bucket`: it is no name of a bucket").with_hint(
                "a bucket's name has 3 to 63 of `a-z 0-9 . -`; what comes behind a slash belongs to `prefix`",
            ));
        }
        if self.bucket.ends_with("--x-s3") {
            return Err(Error::config(
                "field `bucket`: directory buckets (S3 Express One Zone) are not supported",
            ));
        }
        if self.access_key_id.is_some() != self.secret_access_key.is_some() {
            return Err(Error::config(
                "fields `access_key_id` and `secret_access_key`: one is of no use without the other",
            ));
        }
        if self.session_token.is_some() && self.access_key_id.is_none() {
            return Err(Error::config(
                "field `session_token`: it belongs to `access_key_id` and `secret_access_key`",
            ));
        }
        config::one_way_to_ask(&[
            ("access_key_id", self.access_key_id.is_some()),
            ("profile", self.profile.is_some()),
            ("anonymous", self.anonymous),
        ])?;
        self.check_encryption()
    }

    /// Whether the signature covers the content.
    pub(crate) fn signs_content(&self) -> bool {
        self.signed_payload.unwrap_or_else(|| self.endpoint.as_deref().is_some_and(config::is_open_to_others))
    }

    fn check_encryption(&self) -> Result<()> {
        let wrong = |field: &str, needs: &str| {
            Err(Error::config(format!("field `{field}`: it belongs to `encryption: {needs}`")))
        };
        if self.kms_key_id.is_some() && self.encryption != Some(Encryption::Kms) {
            return wrong("kms_key_id", "kms");
        }
        if self.customer_key.is_some() && self.encryption != Some(Encryption::Customer) {
            return wrong("customer_key", "customer");
        }
        if self.encryption == Some(Encryption::Customer) && self.customer_key.is_none() {
            return Err(Error::config("field `customer_key`: `encryption: customer` needs it")
                .with_hint("give 32 bytes in base64, such as `openssl rand -base64 32` makes"));
        }
        match &self.endpoint {
            Some(endpoint) if self.customer_key.is_some() => {
                config::no_secret_in_clear("endpoint", endpoint, "`customer_key`", self.allow_plain_http)
            }
            _ => Ok(()),
        }
    }
}

/// Builds S3 mounts.
#[derive(Debug, Clone, Copy)]
pub struct S3Provider;

impl Provider for S3Provider {
    fn kind(&self) -> &'static str {
        "s3"
    }

    fn build(&self, config: &MountConfig, _mounts: &MountLookup<'_>) -> Result<Arc<dyn Backend>> {
        let options: S3Config = config.parse_options()?;
        Ok(Arc::new(options.build()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(endpoint: &str) -> MountConfig {
        MountConfig::new("m", "s3").option("bucket", "abc").option("endpoint", endpoint)
    }

    fn with_customer_key(mount: MountConfig) -> MountConfig {
        let key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
        mount.option("encryption", "customer").secret("customer_key", key)
    }

    #[test]
    fn content_is_signed_where_others_could_change_it() {
        let signs = |mount: MountConfig| mount.parse_options::<S3Config>().unwrap().signs_content();
        assert!(signs(mount("http://store:9000")));
        assert!(!signs(mount("http://store:9000").option("signed_payload", false)));
        for endpoint in ["https://store", "http://127.0.0.1:9000", "http://localhost:9000"] {
            assert!(!signs(mount(endpoint)), "{endpoint}");
            assert!(signs(mount(endpoint).option("signed_payload", true)), "{endpoint}");
        }
        assert!(!signs(MountConfig::new("m", "s3").option("bucket", "abc")));
    }

    #[test]
    fn keys_go_over_plain_http_only_where_that_is_allowed() {
        let build = |mount: &MountConfig| S3Provider.build(mount, &MountLookup::empty()).map(drop);
        let error = build(&with_customer_key(mount("http://store:9000"))).unwrap_err();
        assert!(error.to_string().contains("allow_plain_http"), "{error}");
        for mount in [
            with_customer_key(mount("http://store:9000").option("allow_plain_http", true)),
            with_customer_key(mount("http://127.0.0.1:9000")),
            with_customer_key(mount("https://store")),
            mount("http://store:9000"),
        ] {
            assert!(build(&mount).is_ok(), "{mount:?}");
        }
    }
}
