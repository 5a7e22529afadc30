//! Signed URLs ("V4 signing process" in the service's guide).

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use http::Method;
use sha2::{Digest, Sha256};
use storage_cloud::checksum::hex;
use storage_cloud::keys::{encode_key, encode_value};
use storage_cloud::object::PresignUrls;
use storage_types::{Error, ErrorKind, PresignMethod, PresignOptions, Result};

use crate::auth::in_time;
use crate::backend::GcsStore;
use crate::credentials::cannot_sign;
use crate::request::segment;

const ALGORITHM: &str = "GOOG4-RSA-SHA256";
/// A URL is valid for no longer than this.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

#[async_trait]
impl PresignUrls for GcsStore {
    async fn presign(&self, key: &str, options: &PresignOptions) -> Result<String> {
        if self.auth.is_anonymous() {
            return Err(cannot_sign());
        }
        segment(key)?;
        // The service that signs may repeat what it was sent.
        let not_signed = |error| self.auth.source().secrets().clean(not_signed(error));
        in_time(async {
            let signer = self.auth.signer().await?;
            let email = signer.client_email().await.map_err(&not_signed)?;
            let unsigned = Unsigned::new(self, key, options, &email, SystemTime::now())?;
            let signature = signer.sign(unsigned.string_to_sign()).await.map_err(&not_signed)?;
            Ok(unsigned.url(&signature))
        })
        .await
    }
}

fn not_signed(error: google_cloud_auth::signer::SigningError) -> Error {
    if error.is_transport() {
        return Error::new(ErrorKind::Interrupted, "the service that signs is not to be reached")
            .with_hint(
                "the account needs `iam.serviceAccounts.signBlob`; or use a service account's key file",
            )
            .with_source(error);
    }
    // The text may quote the key.
    Error::new(ErrorKind::Unauthenticated, "the credentials could not sign the URL").with_hint(
        "check `private_key` of the credentials: it has to be PKCS #8 in PEM, as the service hands it out",
    )
}

/// Everything but the signature.
#[derive(Debug)]
struct Unsigned {
    origin: String,
    path: String,
    query: String,
    canonical: String,
    date: String,
    scope: String,
}

impl Unsigned {
    fn new(
        store: &GcsStore,
        key: &str,
        options: &PresignOptions,
        email: &str,
        now: SystemTime,
    ) -> Result<Self> {
        let method = match options.method {
            PresignMethod::Put => Method::PUT,
            _ => Method::GET,
        };
        let expires = options.expires_in.as_secs();
        if expires == 0 || options.expires_in > LONGEST {
            return Err(Error::invalid("a URL of this store is valid for 1 s to 7 days")
                .with_hint("choose a time in between, and make a new URL when it is over"));
        }
        let (origin, host, base) = parts(&store.endpoint)?;
        let path = format!("{base}/{}/{}", store.bucket, encode_key(key));
        let (headers, names) = canonical_headers(&host, options)?;
        let date = jiff::Timestamp::try_from(now)
            .map_err(|_| Error::invalid("this machine's clock is outside of all time"))?
            .strftime("%Y%m%dT%H%M%SZ")
            .to_string();
        let scope = format!("{}/auto/storage/goog4_request", date.get(..8).unwrap_or_default());
        // Sorted by name.
        let query = format!(
            "X-Goog-Algorithm={ALGORITHM}&X-Goog-Credential={}&X-Goog-Date={date}&X-Goog-Expires={expires}\
             &X-Goog-SignedHeaders={}",
            encode_value(&format!("{email}/{scope}")),
            encode_value(&names),
        );
        let canonical = format!("{method}\n{path}\n{query}\n{headers}\n{names}\nUNSIGNED-PAYLOAD");
        Ok(Self { origin, path, query, canonical, date, scope })
    }

    fn string_to_sign(&self) -> String {
        let digest = hex(&Sha256::digest(self.canonical.as_bytes()));
        format!("{ALGORITHM}\n{}\n{}\n{digest}", self.date, self.scope)
    }

    fn url(&self, signature: &[u8]) -> String {
        format!("{}{}?{}&X-Goog-Signature={}", self.origin, self.path, self.query, hex(signature))
    }
}

/// `https://host:port`, `host:port` and the path of an endpoint.
fn parts(endpoint: &str) -> Result<(String, String, String)> {
    let url: reqwest::Url = endpoint.parse().map_err(|_| Error::config("field `endpoint`: it is no URL"))?;
    let mut host = url.host_str().unwrap_or_default().to_owned();
    if let Some(port) = url.port() {
        let _ = write!(host, ":{port}");
    }
    Ok((format!("{}://{host}", url.scheme()), host, url.path().trim_end_matches('/').to_owned()))
}

/// A line for each header, sorted by name, and the names.
fn canonical_headers(host: &str, options: &PresignOptions) -> Result<(String, String)> {
    let mut headers = options.headers.clone();
    headers.insert("host".to_owned(), host.to_owned());
    let mut lines = String::new();
    for (name, value) in &headers {
        if http::HeaderName::from_bytes(name.as_bytes()).is_err()
            || http::HeaderValue::from_str(value).is_err()
        {
            return Err(Error::invalid(format!("`{name}` with this value is no header")));
        }
        let value: Vec<&str> = value.split_whitespace().collect();
        let _ = writeln!(lines, "{name}:{}", value.join(" "));
    }
    let names: Vec<&str> = headers.keys().map(String::as_str).collect();
    Ok((lines, names.join(";")))
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use storage_cloud::tuning::Tuning;

    use super::*;
    use crate::credentials::Source;

    const EMAIL: &str = "test-iam-credentials@dummy-project-id.iam.gserviceaccount.com";

    fn unsigned(bucket: &str, key: &str, options: &PresignOptions) -> Result<Unsigned> {
        let endpoint = crate::config::GOOGLE.to_owned();
        let store = GcsStore::new(bucket.to_owned(), endpoint, Source::Default, None, &Tuning::default());
        // 2019-02-01T09:00:00Z
        Unsigned::new(&store, key, options, EMAIL, UNIX_EPOCH + Duration::from_secs(1_549_011_600))
    }

    fn for_ten_seconds() -> PresignOptions {
        PresignOptions::new().expires_in(Duration::from_secs(10))
    }

    /// "Simple GET" of the service's conformance tests for V4 signatures.
    #[test]
    fn the_simple_get_of_the_conformance_tests() {
        let unsigned = unsigned("test-bucket", "test-object", &for_ten_seconds()).unwrap();
        assert_eq!(
            unsigned.canonical,
            "GET\n/test-bucket/test-object\nX-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=\
             test-iam-credentials%40dummy-project-id.iam.gserviceaccount.com%2F20190201%2Fauto%2Fstorage%2F\
             goog4_request&X-Goog-Date=20190201T090000Z&X-Goog-Expires=10&X-Goog-SignedHeaders=host\n\
             host:storage.googleapis.com\n\nhost\nUNSIGNED-PAYLOAD"
        );
        assert_eq!(
            unsigned.string_to_sign(),
            "GOOG4-RSA-SHA256\n20190201T090000Z\n20190201/auto/storage/goog4_request\n\
             00e2fb794ea93d7adb703edaebdd509821fcc7d4f1a79ac5c8d2b394df109320"
        );
        let url = unsigned.url(&[0, 255]);
        assert!(
            url.starts_with("https://storage.googleapis.com/test-bucket/test-object?X-Goog-Algorithm="),
            "{url}"
        );
        assert!(url.ends_with("&X-Goog-SignedHeaders=host&X-Goog-Signature=00ff"), "{url}");
    }

    /// The form of "Simple headers" of the same tests: names sorted, white space made one blank.
    #[test]
    fn headers_are_sorted_and_trimmed() {
        let options = for_ten_seconds()
            .method(PresignMethod::Put)
            .header("Foo", " foo   value ")
            .header("BAR", "barValue");
        let unsigned = unsigned("test-bucket", "a b/ü", &options).unwrap();
        assert!(unsigned.canonical.starts_with("PUT\n/test-bucket/a%20b/%C3%BC\n"), "{}", unsigned.canonical);
        assert!(unsigned.canonical.ends_with(
            "&X-Goog-SignedHeaders=bar%3Bfoo%3Bhost\nbar:barValue\nfoo:foo value\nhost:storage.googleapis.com\n\n\
             bar;foo;host\nUNSIGNED-PAYLOAD"
        ), "{}", unsigned.canonical);
    }

    #[test]
    fn times_and_headers_have_bounds() {
        for seconds in [0, 7 * 24 * 3600 + 1] {
            let options = PresignOptions::new().expires_in(Duration::from_secs(seconds));
            assert_eq!(
                unsigned("b", "k", &options).unwrap_err().kind(),
                ErrorKind::InvalidInput,
                "{seconds}"
            );
        }
        assert!(unsigned("b", "k", &for_ten_seconds().header("x y", "z")).is_err());
    }

    #[test]
    fn the_endpoint_is_part_of_the_signature() {
        let (origin, host, base) = parts("http://127.0.0.1:4443/base/").unwrap();
        assert_eq!((&*origin, &*host, &*base), ("http://127.0.0.1:4443", "127.0.0.1:4443", "/base"));
    }
}
