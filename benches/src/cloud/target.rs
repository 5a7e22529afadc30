//! Where the bucket is.

use std::path::Path;

use clap::ValueEnum;
use serde_json::Value;
use storage::MountConfig;

/// The variable that names the `servers.json` of running servers.
const SERVERS_VARIABLE: &str = "STORAGE_TEST_SERVERS";

/// The bucket of the benchmark, made and removed by it.
const BUCKET: &str = "storage-bench";

/// Whose protocol is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Service {
    S3,
    Azure,
    Gcs,
}

impl Service {
    /// In words.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::S3 => "S3",
            Self::Azure => "Azure Blob Storage",
            Self::Gcs => "Google Cloud Storage",
        }
    }

    /// The name on the command line, in the file of servers, and of a mount's type.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Azure => "azure",
            Self::Gcs => "gcs",
        }
    }

    /// The test server.
    pub(crate) fn server(self) -> &'static str {
        match self {
            Self::S3 => "SeaweedFS",
            Self::Azure => "Azurite",
            Self::Gcs => "fake-gcs-server",
        }
    }
}

/// A bucket and who asks. On Azure the keys are the account and its key, and the bucket is a container; Google's emulator asks for
/// none.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) service: Service,
    pub(crate) endpoint: String,
    pub(crate) bucket: String,
    pub(crate) region: String,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
}

impl Target {
    /// The stub at this address, which accepts every signature.
    pub(crate) fn stub(service: Service, address: &str) -> Self {
        let (endpoint, key, secret) = match service {
            Service::S3 => {
                (address.to_owned(), "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
            }
            // A published key of the right length ("Use the Azurite emulator").
            Service::Azure => (
                format!("{address}{}", super::stub::AZURE),
                "account",
                "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
            ),
            Service::Gcs => (address.to_owned(), "", ""),
        };
        Self {
            service,
            endpoint,
            // The stub tells Google's XML from Amazon's by it.
            bucket: if service == Service::Gcs { "gcs-bucket" } else { "bucket" }.to_owned(),
            region: "us-east-1".to_owned(),
            access_key_id: key.to_owned(),
            secret_access_key: secret.to_owned(),
        }
    }

    /// A bucket of our own on the test server.
    pub(crate) fn server(service: Service) -> Self {
        let servers = servers();
        let text = |name: &str| servers[service.name()][name].as_str().unwrap_or_default().to_owned();
        let (key, secret) = match service {
            Service::Azure => ("account", "account_key"),
            Service::S3 | Service::Gcs => ("access_key_id", "secret_access_key"),
        };
        Self {
            service,
            endpoint: text("endpoint"),
            bucket: BUCKET.to_owned(),
            region: text("region"),
            access_key_id: text(key),
            secret_access_key: text(secret),
        }
    }

    /// Our mount of it, all defaults.
    pub(crate) fn mount(&self, name: &str) -> MountConfig {
        let mount = MountConfig::new(name, self.service.name()).option("endpoint", &*self.endpoint);
        match self.service {
            Service::S3 => mount
                .option("bucket", &*self.bucket)
                .option("region", &*self.region)
                .option("access_key_id", &*self.access_key_id)
                .option("secret_access_key", &*self.secret_access_key),
            Service::Azure => mount
                .option("container", &*self.bucket)
                .option("account", &*self.access_key_id)
                .option("account_key", &*self.secret_access_key),
            Service::Gcs => mount.option("bucket", &*self.bucket).option("anonymous", true),
        }
    }
}

/// A program that was installed with the servers.
pub(crate) fn tool(name: &str) -> Option<String> {
    let path = servers()["tools"][name].as_str()?.to_owned();
    Path::new(&path).exists().then_some(path)
}

fn servers() -> Value {
    let path = std::env::var(SERVERS_VARIABLE).unwrap_or_else(|_| {
        panic!("{SERVERS_VARIABLE} names no servers.json; `cargo xtask bench cloud` sets it")
    });
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap()
}
