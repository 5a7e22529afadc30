//! Where a bucket is, and who asks: found out on first use.

use storage_cloud::transport::Transport;
use storage_types::{Error, Result};

use crate::config::{Addressing, S3Config};
use crate::credentials::{self, Source};

/// Region, host and credentials of a bucket.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) region: String,
    pub(crate) address: Address,
    pub(crate) credentials: Source,
}

/// How URLs of a bucket begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// `https://host:port`, without a slash at the end.
    pub(crate) origin: String,
    /// The `Host` header.
    pub(crate) host: String,
    /// What stands before the key's slash: nothing, or `/bucket`.
    pub(crate) path: String,
    /// The service's own URL, for the SDK.
    pub(crate) endpoint: Option<String>,
    pub(crate) path_style: bool,
}

impl Place {
    pub(crate) async fn find(config: &S3Config, transport: &Transport) -> Result<Self> {
        let given = config.region.clone().filter(|region| !region.is_empty());
        if let Some(credentials) = Source::fixed(config) {
            let region = given.or_else(region_of_environment).unwrap_or_else(default_region);
            return Ok(Self { address: Address::new(config, &region)?, region, credentials });
        }
        let profile = config.profile.as_deref();
        let loaded = credentials::load(profile, given.as_deref(), transport).await;
        let credentials = Source::chain(&loaded, profile, given.as_deref(), transport)?;
        let region = given.or_else(|| Some(loaded.region()?.to_string())).unwrap_or_else(default_region);
        Ok(Self { address: Address::new(config, &region)?, region, credentials })
    }
}

fn region_of_environment() -> Option<String> {
    ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|region| !region.is_empty()))
}

fn default_region() -> String {
    "us-east-1".to_owned()
}

impl Address {
    pub(crate) fn new(config: &S3Config, region: &str) -> Result<Self> {
        let (scheme, host, base) = match &config.endpoint {
            Some(endpoint) => parse(endpoint)?,
            None => ("https", amazon(region), ""),
        };
        let bucket = &config.bucket;
        let path_style = match config.addressing {
            Addressing::Path => true,
            Addressing::Virtual => false,
            // A certificate of `*.host` does not cover names with dots.
            // Nor is every old name one of a host.
            Addressing::Auto => {
                config.endpoint.is_some()
                    || bucket.contains(|c: char| c == '.' || c == '_' || c.is_ascii_uppercase())
            }
        };
        let own_host = if path_style { host.clone() } else { format!("{bucket}.{host}") };
        Ok(Self {
            origin: format!("{scheme}://{own_host}"),
            host: own_host,
            path: if path_style { format!("{base}/{bucket}") } else { base.to_owned() },
            endpoint: config.endpoint.as_ref().map(|_| format!("{scheme}://{host}{base}")),
            path_style,
        })
    }

    /// Whether the store behind one can reach the objects of the other by itself.
    pub(crate) fn same_service(&self, other: &Self) -> bool {
        self.endpoint == other.endpoint
    }
}

fn no_server() -> Error {
    Error::config("field `endpoint`: it is no URL of a server")
        .with_hint("write `https://host` or `http://host:port`, without a bucket")
}

/// Scheme, host with port, and path of an endpoint.
pub(crate) fn parse(endpoint: &str) -> Result<(&str, String, &str)> {
    let (scheme, rest) = endpoint.split_once("://").ok_or_else(no_server)?;
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "http" => "http",
        "https" => "https",
        _ => return Err(no_server()),
    };
    let at = rest.find('/').unwrap_or(rest.len());
    let (host, path) = (&rest[..at], rest[at..].trim_end_matches('/'));
    let valid = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    // The path is signed and sent as it stands, so it is to be encoded (RFC 3986, 3.3).
    let valid_in_path = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@%/".contains(c);
    if host.is_empty() || !host.chars().all(valid) || !path.chars().all(valid_in_path) {
        return Err(no_server());
    }
    // A client leaves the port of the scheme out of `Host`, and the signature covers that header.
    let default_port = if scheme == "http" { ":80" } else { ":443" };
    Ok((scheme, host.strip_suffix(default_port).unwrap_or(host).to_ascii_lowercase(), path))
}

fn amazon(region: &str) -> String {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("s3.{region}.{domain}")
}
