//! Where the bucket is.

use std::path::Path;

use serde_json::Value;

/// The variable that names the `servers.json` of running servers.
const SERVERS_VARIABLE: &str = "STORAGE_TEST_SERVERS";

/// The bucket of the benchmark, made and removed by it.
const BUCKET: &str = "storage-bench";

/// A bucket and who asks.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) endpoint: String,
    pub(crate) bucket: String,
    pub(crate) region: String,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
}

impl Target {
    /// The stub at this address, which accepts every signature.
    pub(crate) fn stub(endpoint: &str) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            bucket: "bucket".to_owned(),
            region: "us-east-1".to_owned(),
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
        }
    }

    /// A bucket of our own on the S3 server of the test servers.
    pub(crate) fn server() -> Self {
        let servers = servers();
        let text = |name: &str| servers["s3"][name].as_str().unwrap().to_owned();
        Self {
            endpoint: text("endpoint"),
            bucket: BUCKET.to_owned(),
            region: text("region"),
            access_key_id: text("access_key_id"),
            secret_access_key: text("secret_access_key"),
        }
    }

    /// Our mount of it, all defaults.
    pub(crate) fn mount(&self, name: &str) -> storage::MountConfig {
        storage::MountConfig::new(name, "s3")
            .option("endpoint", &*self.endpoint)
            .option("bucket", &*self.bucket)
            .option("region", &*self.region)
            .option("access_key_id", &*self.access_key_id)
            .option("secret_access_key", &*self.secret_access_key)
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
