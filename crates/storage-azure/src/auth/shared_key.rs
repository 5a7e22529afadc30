//! The account's key.

use azure_core::hmac::hmac_sha256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use storage_types::{Error, Result, Secret};

use super::canonical::{self, Subject};

/// An account and its key.
#[derive(Debug)]
pub(crate) struct SharedKey {
    account: String,
    key: azure_core::credentials::Secret,
}

impl SharedKey {
    /// # Errors
    ///
    /// `Config` when the key is no base64.
    pub(crate) fn new(account: &str, key: &Secret) -> Result<Self> {
        let key = key.expose().trim();
        if key.is_empty() || STANDARD.decode(key).is_err() {
            return Err(Error::config("field `account_key`: it is no base64")
                .with_hint("copy `key1` or `key2` of the storage account as it stands there"));
        }
        Ok(Self { account: account.to_owned(), key: key.to_owned().into() })
    }

    pub(crate) fn account(&self) -> &str {
        &self.account
    }

    /// The `Authorization` header of a request.
    pub(crate) fn authorization(&self, subject: &Subject<'_>) -> Result<String> {
        let signature = self.sign(&canonical::string_to_sign(&self.account, subject))?;
        Ok(format!("SharedKey {}:{signature}", self.account))
    }

    /// HMAC-SHA256 of a text, in base64.
    pub(crate) fn sign(&self, text: &str) -> Result<String> {
        hmac_sha256(text, &self.key).map_err(|_| Error::config("field `account_key`: it cannot sign"))
    }
}
