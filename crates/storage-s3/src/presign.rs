//! URLs that carry their signature ("Authenticating Requests: Using Query Parameters", S3 API reference).

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use http::Method;
use storage_cloud::keys::{encode_key, encode_value};
use storage_cloud::object::PresignUrls;
use storage_cloud::transport::header_value;
use storage_types::{Error, PresignMethod, PresignOptions, Result};

use crate::backend::S3Store;
use crate::sign::{self, Subject};

/// The longest time a signature is good for.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

#[async_trait]
impl PresignUrls for S3Store {
    async fn presign(&self, key: &str, options: &PresignOptions) -> Result<String> {
        let place = self.place().await?;
        let path = format!("{}/{}", place.address.path, encode_key(key));
        let keys = place.credentials.keys().await?;
        let Some(keys) = keys.get() else {
            // What is public needs no signature.
            return Ok(format!("{}{path}", place.address.origin));
        };
        let seconds = options.expires_in.as_secs();
        if options.expires_in > LONGEST || seconds == 0 {
            return Err(Error::invalid("the time a URL is good for has to be 1 second to 7 days"));
        }
        let now = SystemTime::now();
        let time = sign::amz_date(now)?;
        let scope = format!("{}/{}/s3/aws4_request", &time[..8], place.region);
        let mut lines: Vec<(String, String)> = options
            .headers
            .iter()
            .map(|(name, text)| (name.to_ascii_lowercase(), sign::squeezed(text).into_owned()))
            .collect();
        lines.push(("host".to_owned(), place.address.host.clone()));
        lines.sort();
        let names: Vec<&str> = lines.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(";");
        let mut canonical = String::new();
        for (name, text) in &lines {
            header_value(text)?;
            let _ = writeln!(canonical, "{name}:{text}");
        }
        let mut query = format!(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}&X-Amz-Date={time}&X-Amz-Expires={seconds}",
            encode_value(&format!("{}/{scope}", keys.access_key_id()))
        );
        if let Some(token) = keys.session_token() {
            let _ = write!(query, "&X-Amz-Security-Token={}", encode_value(token));
        }
        let _ = write!(query, "&X-Amz-SignedHeaders={}", encode_value(&names));
        let method = match options.method {
            PresignMethod::Get => Method::GET,
            PresignMethod::Put => Method::PUT,
            _ => return Err(Error::unsupported("make URLs of this method")),
        };
        let subject = Subject {
            method: &method,
            host: &place.address.host,
            path: &path,
            query: &query,
            region: &place.region,
            digest: sign::UNSIGNED,
        };
        let signature = self.signer.signature(&subject, keys, now, &time, &scope, (&canonical, &names))?;
        Ok(format!("{}{path}?{query}&X-Amz-Signature={signature}", place.address.origin))
    }
}
