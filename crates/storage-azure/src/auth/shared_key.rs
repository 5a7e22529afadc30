//! The account's key.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use storage_types::{Error, Result, Secret};

use super::canonical::{self, Subject};

/// An account and its key.
pub(crate) struct SharedKey {
    account: String,
    /// Has taken in the key, and nothing yet of what is signed.
    code: Hmac<Sha256>,
}

impl fmt::Debug for SharedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedKey").field("account", &self.account).finish_non_exhaustive()
    }
}

impl SharedKey {
    /// # Errors
    ///
    /// `Config` when the key is no base64.
    pub(crate) fn new(account: &str, key: &Secret) -> Result<Self> {
        let wrong = || {
            Error::config("field `account_key`: it is no base64")
                .with_hint("copy `key1` or `key2` of the storage account as it stands there")
        };
        let key = STANDARD.decode(key.expose().trim()).map_err(|_| wrong())?;
        if key.is_empty() {
            return Err(wrong());
        }
        let code = Hmac::new_from_slice(&key).map_err(|_| wrong())?;
        Ok(Self { account: account.to_owned(), code })
    }

    pub(crate) fn account(&self) -> &str {
        &self.account
    }

    /// The `Authorization` header of a request.
    pub(crate) fn authorization(&self, subject: &Subject<'_>) -> String {
        let signature = self.sign(&canonical::string_to_sign(&self.account, subject));
        ["SharedKey ", &self.account, ":", &signature].concat()
    }

    /// HMAC-SHA256 of a text, in base64.
    pub(crate) fn sign(&self, text: &str) -> String {
        let mut code = self.code.clone();
        code.update(text.as_bytes());
        STANDARD.encode(code.finalize().into_bytes())
    }
}
