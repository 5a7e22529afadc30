//! Values that no message may show, whoever wrote it: servers like to repeat what they were sent.

use std::fmt;

use http::{HeaderMap, HeaderValue, Uri};
use percent_encoding::percent_decode_str;
use storage_types::Error;
use storage_types::config::{is_secret_key, redact};

use crate::keys::encode_value;

/// Shorter ones are words that messages have anyway, in characters.
const SHORTEST: usize = 6;

/// What stands in place of a secret.
const HIDDEN: &str = "***";

/// Secrets of a mount or of a request.
#[derive(Clone, Default)]
pub struct Secrets(Vec<String>);

impl Secrets {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more, as it is and as it stands in URLs.
    #[must_use]
    pub fn with(mut self, secret: &str) -> Self {
        self.add(secret);
        self
    }

    /// The same with one more, where there is one.
    #[must_use]
    pub fn with_some(self, secret: Option<&str>) -> Self {
        match secret {
            Some(secret) => self.with(secret),
            None => self,
        }
    }

    /// The same with those of a query: `sig` of `sv=...&sig=...`.
    #[must_use]
    pub fn with_query(mut self, query: &str) -> Self {
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            // Whoever knows the id of a resumable upload may go on with it.
            if is_secret_key(name) || name == "upload_id" {
                self.add(value);
            }
        }
        self
    }

    /// Those of a request: headers that are marked as sensitive, and the query.
    #[must_use]
    pub fn of_request(headers: &[HeaderValue], uri: Option<&Uri>) -> Self {
        let this = Self::new().with_query(uri.and_then(Uri::query).unwrap_or_default());
        headers.iter().filter_map(|value| value.to_str().ok()).fold(this, Self::with_header)
    }

    /// A header that gives access: what follows the name of the scheme, and the signature alone.
    fn with_header(self, value: &str) -> Self {
        if let Some((_, signature)) = value.split_once("Signature=") {
            return self.with(signature);
        }
        let credentials = value.split_once(' ').map_or(value, |(_scheme, credentials)| credentials);
        let this = self.with(credentials);
        match (value.strip_prefix("SharedKey "), credentials.split_once('?')) {
            (Some(_), _) => {
                this.with_some(credentials.split_once(':').map(|(_account, signature)| signature))
            }
            (None, Some((_, query))) => this.with_query(query),
            (None, None) => this,
        }
    }

    fn add(&mut self, secret: &str) {
        let secret = secret.trim();
        let decoded = percent_decode_str(secret).decode_utf8_lossy();
        for form in [secret, &decoded, &encode_value(secret), &encode_value(&decoded)] {
            if form.chars().count() >= SHORTEST && !self.0.iter().any(|known| known == form) {
                self.0.push(form.to_owned());
            }
        }
        // A secret may be part of another: the longest goes first.
        self.0.sort_by_key(|known| std::cmp::Reverse(known.len()));
    }

    /// The text without the secrets.
    #[must_use]
    pub fn hide(&self, text: &str) -> String {
        let hidden = |text: String, secret: &String| {
            if text.contains(secret) { text.replace(secret, HIDDEN) } else { text }
        };
        self.0.iter().fold(text.to_owned(), hidden)
    }

    /// The error without the secrets. Its causes, which others worded, become text without anything that looks like one.
    #[must_use]
    pub fn clean(&self, error: Error) -> Error {
        error.reworded(|text| self.hide(text), |cause| redact(&self.hide(cause)))
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} secrets", self.0.len())
    }
}

/// The values of headers that are marked as sensitive.
pub(crate) fn sensitive(headers: &HeaderMap) -> Vec<HeaderValue> {
    headers.values().filter(|value| value.is_sensitive()).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_request_carries_is_hidden_in_every_form() {
        let uri: Uri =
            "https://h/c/b?comp=list&sig=ab%2Bcd%3D%3Dxyz&X-Amz-Security-Token=t0ken%2F1".parse().unwrap();
        let headers = [
            "AWS4-HMAC-SHA256 Credential=AKIA/20260101/s3, SignedHeaders=host, Signature=0123abcd",
            "Bearer ya29.secret",
            "SharedKey acct:c2lnbmF0dXJl",
            "https://h/c/b?sv=1&sig=other%2Fsig",
        ];
        let secrets = Secrets::of_request(&headers.map(HeaderValue::from_static), Some(&uri));
        for said in [
            "ab+cd==xyz",
            "ab%2Bcd%3D%3Dxyz",
            "t0ken/1",
            "0123abcd",
            "ya29.secret",
            "c2lnbmF0dXJl",
            "other/sig",
        ] {
            assert_eq!(secrets.hide(&format!("<{said}>")), "<***>", "{said}");
        }
        let harmless = "list AKIA host acct 20260101";
        assert_eq!(secrets.hide(harmless), harmless);
        assert!(format!("{secrets:?}").ends_with(" secrets"));
    }

    #[test]
    fn causes_are_text_without_secrets() {
        let cause = std::io::Error::other("the server said hunter22, client_secret=abc");
        let error = Error::invalid("hunter22 is wrong").with_hint("not hunter22").with_source(cause);
        let clean = Secrets::new().with("hunter22").clean(error);
        let source = std::error::Error::source(&clean).unwrap().to_string();
        assert_eq!((clean.message(), clean.hint()), ("*** is wrong", Some("not ***")));
        assert_eq!(source, "the server said ***, client_secret=***");
        assert!(!format!("{clean:?} {clean:#?}").contains("hunter22"));
    }
}
