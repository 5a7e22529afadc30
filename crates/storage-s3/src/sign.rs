//! Signing (AWS Signature Version 4, "Authenticating Requests (AWS Signature Version 4)" of the S3 API reference).

use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::sign::v4::generate_signing_key;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, Method};
use sha2::{Digest, Sha256};
use storage_cloud::checksum::hex;
use storage_cloud::transport::header_value;
use storage_types::{Error, ErrorKind, Result};

/// The digest of no content.
pub(crate) const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// The content is not part of the signature.
pub(crate) const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// Signs requests of one region. The key of the day is kept: it costs four digests to make.
#[derive(Debug, Default)]
pub(crate) struct Signer {
    key: RwLock<Option<Arc<DayKey>>>,
}

struct DayKey {
    date: String,
    access_key_id: String,
    secret: String,
    /// Has taken in the key, and nothing yet of what is signed.
    code: Hmac<Sha256>,
}

impl std::fmt::Debug for DayKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DayKey").field("date", &self.date).finish_non_exhaustive()
    }
}

/// What is signed.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) method: &'a Method,
    pub(crate) host: &'a str,
    /// Encoded.
    pub(crate) path: &'a str,
    /// Encoded, sorted by name.
    pub(crate) query: &'a str,
    pub(crate) region: &'a str,
    /// Of the content, in hexadecimal digits; or [`UNSIGNED`].
    pub(crate) digest: &'a str,
}

impl Signer {
    /// Adds date, digest, token and signature to `headers`.
    pub(crate) fn sign(
        &self,
        subject: &Subject<'_>,
        keys: &Credentials,
        headers: &mut HeaderMap,
        now: SystemTime,
    ) -> Result<()> {
        let time = amz_date(now)?;
        headers.insert(HeaderName::from_static("x-amz-date"), header_value(&time)?);
        headers.insert(HeaderName::from_static("x-amz-content-sha256"), header_value(subject.digest)?);
        if let Some(token) = keys.session_token() {
            let mut token = header_value(token)?;
            token.set_sensitive(true);
            headers.insert(HeaderName::from_static("x-amz-security-token"), token);
        }
        let (canonical, names) = canonical_headers(subject.host, headers);
        let scope = [&time[..8], "/", subject.region, "/s3/aws4_request"].concat();
        let signature = self.signature(subject, keys, now, &time, &scope, (&canonical, &names))?;
        let parts = ["AWS4-HMAC-SHA256 Credential=", keys.access_key_id(), "/", &scope];
        let authorization =
            [&parts.concat(), ", SignedHeaders=", &names, ", Signature=", &signature].concat();
        let mut authorization = header_value(&authorization)?;
        authorization.set_sensitive(true);
        headers.insert(http::header::AUTHORIZATION, authorization);
        Ok(())
    }

    /// The signature of a request whose date and scope stand elsewhere, as in a query.
    pub(crate) fn signature(
        &self,
        subject: &Subject<'_>,
        keys: &Credentials,
        now: SystemTime,
        time: &str,
        scope: &str,
        (headers, names): (&str, &str),
    ) -> Result<String> {
        let Subject { method, path, query, digest, .. } = subject;
        let mut canonical = Sha256::new();
        for line in [method.as_str(), path, query, headers, names] {
            canonical.update(line);
            canonical.update("\n");
        }
        canonical.update(digest);
        let hashed = hex(&canonical.finalize());
        let mut code = self.key(keys, now, &time[..8], subject.region)?.code.clone();
        for part in ["AWS4-HMAC-SHA256\n", time, "\n", scope, "\n", &hashed] {
            code.update(part.as_bytes());
        }
        Ok(hex(&code.finalize().into_bytes()))
    }

    fn key(&self, keys: &Credentials, now: SystemTime, date: &str, region: &str) -> Result<Arc<DayKey>> {
        let same = |kept: &&Arc<DayKey>| {
            kept.date == date
                && kept.access_key_id == keys.access_key_id()
                && kept.secret == keys.secret_access_key()
        };
        if let Some(kept) = self.key.read().unwrap_or_else(PoisonError::into_inner).as_ref().filter(same) {
            return Ok(kept.clone());
        }
        let key = generate_signing_key(keys.secret_access_key(), now, region, "s3");
        let code = Hmac::new_from_slice(key.as_ref())
            .map_err(|_| Error::new(ErrorKind::Unexpected, "the key of a day has no usable length"))?;
        let made = Arc::new(DayKey {
            date: date.to_owned(),
            access_key_id: keys.access_key_id().to_owned(),
            secret: keys.secret_access_key().to_owned(),
            code,
        });
        *self.key.write().unwrap_or_else(PoisonError::into_inner) = Some(made.clone());
        Ok(made)
    }
}

/// The headers that are signed, a line each, and their names. Proxies may change others.
fn canonical_headers(host: &str, headers: &HeaderMap) -> (String, String) {
    let signed = |name: &str| name.starts_with("x-amz-") || matches!(name, "content-type" | "content-md5");
    let mut lines: Vec<(&str, &[u8])> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .filter(|(name, _)| signed(name))
        .collect();
    lines.push(("host", host.as_bytes()));
    lines.sort_unstable_by_key(|(name, _)| *name);
    let (mut canonical, mut names) = (String::with_capacity(256), String::with_capacity(96));
    for (name, value) in lines {
        canonical.push_str(name);
        canonical.push(':');
        canonical.push_str(&squeezed(&String::from_utf8_lossy(value)));
        canonical.push('\n');
        if !names.is_empty() {
            names.push(';');
        }
        names.push_str(name);
    }
    (canonical, names)
}

/// A value as it is signed: runs of spaces are one.
pub(crate) fn squeezed(value: &str) -> std::borrow::Cow<'_, str> {
    let value = value.trim();
    if !value.contains("  ") {
        return value.into();
    }
    value.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ").into()
}

/// `20130524T000000Z`
pub(crate) fn amz_date(now: SystemTime) -> Result<String> {
    let time = jiff::Timestamp::try_from(now)
        .map_err(|_| Error::invalid("this machine's clock is outside of all time"))?;
    let time = jiff::tz::Offset::UTC.to_datetime(time);
    let mut text = String::with_capacity("20130524T000000Z".len());
    let digit = |number: i16| char::from(b'0' + u8::try_from(number % 10).unwrap_or(0));
    text.extend([1000, 100, 10, 1].map(|unit| digit(time.year() / unit)));
    for (before, number) in
        [("", time.month()), ("", time.day()), ("T", time.hour()), ("", time.minute()), ("", time.second())]
    {
        text.push_str(before);
        text.extend([10, 1].map(|unit| digit(i16::from(number) / unit)));
    }
    text.push('Z');
    Ok(text)
}

/// The digest of `content` as it is signed.
pub(crate) fn digest(pieces: &[bytes::Bytes]) -> String {
    let mut digest = Sha256::new();
    pieces.iter().for_each(|piece| digest.update(piece));
    hex(&digest.finalize())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    const KEYS: (&str, &str) = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");

    fn signed(
        method: &Method,
        path: &str,
        query: &str,
        digest: &str,
        given: &[(&'static str, &str)],
    ) -> String {
        let keys = Credentials::new(KEYS.0, KEYS.1, None, None, "test");
        let mut headers = HeaderMap::new();
        for (name, text) in given {
            headers.insert(HeaderName::from_static(name), header_value(text).unwrap());
        }
        let subject = Subject {
            method,
            host: "examplebucket.s3.amazonaws.com",
            path,
            query,
            region: "us-east-1",
            digest,
        };
        let day = UNIX_EPOCH + Duration::from_secs(1_369_353_600);
        Signer::default().sign(&subject, &keys, &mut headers, day).unwrap();
        headers["authorization"].to_str().unwrap().to_owned()
    }

    /// The examples of "Signature Calculations for the Authorization Header" in the S3 API reference.
    #[test]
    fn the_examples_of_the_reference() {
        let listed = signed(&Method::GET, "/", "max-keys=2&prefix=J", EMPTY, &[]);
        assert!(
            listed.ends_with("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
            "{listed}"
        );
        let lifecycle = signed(&Method::GET, "/", "lifecycle=", EMPTY, &[]);
        assert!(
            lifecycle.ends_with("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
            "{lifecycle}"
        );
    }

    #[test]
    fn runs_of_spaces_are_one() {
        assert_eq!(squeezed("  a  b   c "), "a b c");
        assert_eq!(squeezed(" a b "), "a b");
    }

    #[test]
    fn dates_are_those_of_amazon() {
        assert_eq!(amz_date(UNIX_EPOCH + Duration::from_secs(1_369_353_600)).unwrap(), "20130524T000000Z");
    }
}
