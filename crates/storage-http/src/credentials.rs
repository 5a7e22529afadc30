//! The headers that only the own origin gets to see.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};
use storage_types::config::is_secret_key;
use storage_types::{Error, Result, Secret};

use crate::config::HttpConfig;

/// Headers that the backend sets itself: another value would break what it does with the answer.
const OURS: [&str; 12] = [
    "accept-encoding",
    "connection",
    "content-length",
    "depth",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "range",
    "te",
    "transfer-encoding",
];

impl HttpConfig {
    /// Credentials and further headers.
    pub(crate) fn credentials(&self) -> Result<HeaderMap> {
        let mut headers = headers(&self.headers).map_err(|error| in_config("headers", &error))?;
        if let Some(authorization) = self.authorization()? {
            if headers.contains_key("authorization") {
                return Err(Error::config("field `headers`: `authorization` is given twice")
                    .with_hint("give either that header or `username` or `bearer_token`"));
            }
            let mut value = HeaderValue::from_str(&authorization).map_err(|_| {
                Error::config("field `bearer_token`: it has characters that no header may have")
            })?;
            value.set_sensitive(true);
            headers.insert("authorization", value);
        }
        Ok(headers)
    }

    fn authorization(&self) -> Result<Option<String>> {
        match (&self.username, &self.password, &self.bearer_token) {
            (None, None, None) => Ok(None),
            (None, None, Some(token)) => Ok(Some(format!("Bearer {}", token.expose()))),
            (Some(user), _, None) if user.contains(':') => {
                Err(Error::config("field `username`: it may not have a colon (RFC 7617)"))
            }
            (Some(user), password, None) => {
                let password = password.as_ref().map_or("", Secret::expose);
                Ok(Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))))
            }
            (None, Some(_), None) => Err(Error::config("field `username`: it is missing beside `password`")),
            (_, _, Some(_)) => {
                Err(Error::config("field `bearer_token`: it cannot stand beside `username` and `password`"))
            }
        }
    }
}

/// Headers that a caller gave.
pub(crate) fn headers(given: &BTreeMap<String, Secret>) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let parsed = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| Error::invalid(format!("`{name}` cannot name a header")))?;
        if OURS.contains(&parsed.as_str()) {
            return Err(Error::invalid(format!("`{parsed}` is set by the library itself")));
        }
        let mut value = HeaderValue::from_str(value.expose()).map_err(|_| {
            Error::invalid(format!("the value of `{parsed}` has characters that no header may have"))
        })?;
        value.set_sensitive(true);
        headers.insert(parsed, value);
    }
    Ok(headers)
}

/// The name of a header that gives access to something, if there is one.
pub(crate) fn secret_header(headers: &HeaderMap) -> Option<&str> {
    headers.keys().map(HeaderName::as_str).find(|name| is_secret_key(name))
}

fn in_config(field: &str, error: &Error) -> Error {
    Error::config(format!("field `{field}`: {}", error.message()))
}

#[cfg(test)]
mod tests {
    use storage_types::ErrorKind;

    use super::*;

    #[test]
    fn headers_that_would_break_reading_are_refused() {
        let mut config = HttpConfig::new("http://h");
        config.headers.insert("X-Key".into(), "hunter2".into());
        let sent = config.credentials().unwrap();
        assert_eq!(sent["x-key"], "hunter2");
        assert!(!format!("{config:?} {sent:?}").contains("hunter2"));
        for (name, value) in [("Range", "bytes=0-1"), ("a b", "x"), ("x", "a\nb"), ("If-Match", "*")] {
            let mut config = HttpConfig::new("http://h");
            config.headers.insert(name.into(), value.into());
            assert_eq!(config.credentials().unwrap_err().kind(), ErrorKind::Config, "{name}");
        }
    }

    #[test]
    fn credentials_become_a_header() {
        let mut config = HttpConfig::new("http://h");
        config.username = Some("Aladdin".into());
        config.password = Some("open sesame".into());
        // The example of RFC 7617, section 2.
        assert_eq!(config.credentials().unwrap()["authorization"], "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        let mut config = HttpConfig::new("http://h");
        config.bearer_token = Some("mF_9.B5f-4.1JqM".into());
        assert_eq!(config.credentials().unwrap()["authorization"], "Bearer mF_9.B5f-4.1JqM");
    }
}
