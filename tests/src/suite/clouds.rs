//! The clouds as fixtures: real servers, one fresh prefix in a bucket for each mount.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use storage::types::{DeleteOptions, MountConfig};

use super::api::StorageManager;
use super::exempt;
use super::fixture::{Exemption, Fixture, Guard};
use super::maybe_async;
use super::rt::Place;
use crate::support::servers::Server;

/// Which server, and which of its buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// S3 on `SeaweedFS`.
    S3,
    /// The same in a bucket with versions.
    S3Versioned,
    /// S3 on ministack.
    Ministack,
    /// The same in a bucket with versions.
    MinistackVersioned,
    /// S3 on moto.
    Moto,
    /// The same in a bucket with versions.
    MotoVersioned,
    /// S3 on `rclone serve s3`.
    Rclone,
    /// Azure Blob on Azurite.
    Azure,
    /// Google Cloud Storage on fake-gcs-server.
    Gcs,
    /// The same in a bucket with versions.
    GcsVersioned,
}

impl Kind {
    /// Those that the suite runs on.
    pub const ALL: [Self; 10] = [
        Self::S3,
        Self::S3Versioned,
        Self::Ministack,
        Self::MinistackVersioned,
        Self::Moto,
        Self::MotoVersioned,
        Self::Rclone,
        Self::Azure,
        Self::Gcs,
        Self::GcsVersioned,
    ];

    /// The name before `::` in the names of its trials.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::S3Versioned => "s3-versioned",
            Self::Ministack => "s3-ministack",
            Self::MinistackVersioned => "s3-ministack-versioned",
            Self::Moto => "s3-moto",
            Self::MotoVersioned => "s3-moto-versioned",
            Self::Rclone => "s3-rclone",
            Self::Azure => "azure",
            Self::Gcs => "gcs",
            Self::GcsVersioned => "gcs-versioned",
        }
    }

    fn is_versioned(self) -> bool {
        matches!(
            self,
            Self::S3Versioned | Self::MinistackVersioned | Self::MotoVersioned | Self::GcsVersioned
        )
    }

    /// The server's name in the file of servers.
    #[must_use]
    pub fn server(self) -> &'static str {
        match self {
            Self::S3 | Self::S3Versioned => "s3",
            Self::Ministack | Self::MinistackVersioned => "ministack",
            Self::Moto | Self::MotoVersioned => "moto",
            Self::Rclone => "rclone",
            Self::Azure => "azure",
            Self::Gcs | Self::GcsVersioned => "gcs",
        }
    }

    /// A mount of this prefix in its bucket. `endpoint` stands in for the server's own: that of a proxy.
    ///
    /// # Errors
    ///
    /// When the server is not running.
    pub fn config(self, name: &str, prefix: &str, endpoint: Option<&str>) -> storage::Result<MountConfig> {
        let server = Server::running(self.server())?;
        let bucket = if self.is_versioned() { "versioned_bucket" } else { "bucket" };
        let endpoint = endpoint.map_or_else(|| server.get("endpoint"), Ok)?;
        let config = match self {
            Self::Azure => MountConfig::new(name, "azure")
                .option("container", server.get("container")?)
                .option("account", server.get("account")?)
                .option("account_key", server.get("account_key")?),
            Self::Gcs | Self::GcsVersioned => {
                MountConfig::new(name, "gcs").option("bucket", server.get(bucket)?).option("anonymous", true)
            }
            _ => MountConfig::new(name, "s3")
                .option("bucket", server.get(bucket)?)
                .option("region", server.get("region")?)
                .option("access_key_id", server.get("access_key_id")?)
                .option("secret_access_key", server.get("secret_access_key")?),
        };
        // ministack computes every checksum but this one in Python, a second for each megabyte.
        let config = if self.server() == "ministack" { config.option("checksum", "crc32") } else { config };
        Ok(config.option("endpoint", endpoint).option("prefix", prefix))
    }
}

/// One kind of cloud, called from one place.
#[derive(Debug, Clone, Copy)]
pub struct Cloud {
    kind: Kind,
    place: Place,
}

impl Cloud {
    /// Every kind.
    #[must_use]
    pub fn all() -> Vec<Self> {
        Kind::ALL.map(Self::of).into()
    }

    /// One kind.
    #[must_use]
    pub fn of(kind: Kind) -> Self {
        Self { kind, place: Place::default() }
    }

    /// The same, called from another place.
    #[must_use]
    pub fn inside(self, place: Place) -> Self {
        Self { place, ..self }
    }
}

/// How long every prefix is.
const PREFIX: usize = 26;

/// A prefix that no other mount has, of this program or another: process, time and a number.
#[must_use]
pub fn fresh_prefix() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.subsec_nanos());
    format!("t{:08x}{time:08x}{:09x}", process::id(), number)
}

#[maybe_async]
impl Fixture for Cloud {
    fn name(&self) -> String {
        self.kind.name().to_owned()
    }

    fn place(&self) -> Place {
        self.place
    }

    fn exempt(&self) -> &[Exemption] {
        exempt::of(self.kind)
    }

    fn longest_path(&self) -> usize {
        1024 - PREFIX - 1
    }

    fn cloud(&self) -> Option<Kind> {
        Some(self.kind)
    }

    fn is_remote(&self) -> bool {
        true
    }

    async fn mount(&self, manager: &StorageManager, name: &str) -> storage::Result<Guard> {
        manager.add_mount(&self.kind.config(name, &fresh_prefix(), None)?)?;
        // Whether a bucket keeps versions is known once it was asked.
        manager.node(name)?.probe().await?;
        Ok(Box::new(()))
    }

    async fn clear(&self, manager: &StorageManager, name: &str) -> storage::Result<()> {
        for entry in manager.node(name)?.list().await? {
            entry.node.delete_with(&DeleteOptions::recursive()).await?;
        }
        Ok(())
    }
}
