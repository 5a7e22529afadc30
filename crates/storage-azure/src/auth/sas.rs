//! A shared access signature that somebody else made.

use storage_types::{Error, Result, Secret};

/// The query parameters of a token, as they are appended to every URL.
#[derive(Debug)]
pub(crate) struct SasToken(Secret);

impl SasToken {
    /// # Errors
    ///
    /// `Config` when the text is no token.
    pub(crate) fn new(token: &Secret) -> Result<Self> {
        let text = token.expose().trim().trim_start_matches('?');
        let wrong = |why: &'static str| {
            Error::config(format!("field `sas_token`: {why}"))
                .with_hint("it begins like `sv=...&` and has a signature, `sig=...`; take no URL")
        };
        if text.contains("://") {
            return Err(wrong("it is a URL"));
        }
        if !text.split('&').any(|pair| pair.starts_with("sig=")) {
            return Err(wrong("it has no signature"));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
            return Err(wrong("it is not percent-encoded"));
        }
        Ok(Self(text.into()))
    }

    /// `sv=...&sig=...`
    pub(crate) fn query(&self) -> &str {
        self.0.expose()
    }
}
