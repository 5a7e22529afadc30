//! URLs for others: a signature for one blob ("Create a service SAS", "Create a user delegation SAS").

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use http::Method;
use jiff::Timestamp;
use storage_cloud::keys::encode_value;
use storage_cloud::object::PresignUrls;
use storage_cloud::transport::{Service, exact_url};
use storage_cloud::xml;
use storage_types::{Error, PresignMethod, PresignOptions, Result};

use crate::auth::{Auth, SharedKey};
use crate::backend::AzureStore;

/// The version whose fields are signed here. Later ones serve such URLs too.
const VERSION: &str = "2020-12-06";

/// Clocks differ: a key of Entra ID is good from a little before now on, in seconds.
const LENIENCY: u64 = 5 * 60;

/// Such a key is good for a week at most, its beginning before now included.
const DELEGATED_MAX: Duration = Duration::from_secs(7 * 24 * 3600 - LENIENCY);

/// What is signed.
struct Grant<'a> {
    permissions: &'a str,
    expires: String,
    /// `/blob/account/container/key`, not encoded.
    resource: String,
}

#[async_trait]
impl PresignUrls for AzureStore {
    async fn presign(&self, key: &str, options: &PresignOptions) -> Result<String> {
        let url = self.place.blob_url(key);
        exact_url(&url)?;
        let permissions = match options.method {
            PresignMethod::Get => "r",
            _ => "cw",
        };
        let query = match &*self.auth {
            Auth::Anonymous if options.method == PresignMethod::Get => return Ok(url),
            Auth::Anonymous => {
                return Err(Error::unsupported("make URLs for writing")
                    .with_hint("give the mount credentials: `account_key` or Entra ID"));
            }
            Auth::Sas(_) => {
                return Err(Error::unsupported("make URLs").with_hint(
                    "a SAS token cannot be narrowed to one blob, and handing it out would hand out all it allows; \
                     give the mount `account_key` or Entra ID",
                ));
            }
            Auth::SharedKey(key_of_account) => {
                let grant = self.grant(key, key_of_account.account(), permissions, options.expires_in)?;
                service_sas(key_of_account, &grant)?
            }
            Auth::Entra(_) => {
                let account = self.place.account.as_deref().ok_or_else(|| {
                    Error::config("field `account`: URLs need the name of the storage account")
                })?;
                if options.expires_in > DELEGATED_MAX {
                    return Err(Error::invalid(
                        "a URL that Entra ID signs is good for 7 days less 5 minutes at most",
                    )
                    .with_hint("take a shorter time, or give the mount `account_key`"));
                }
                let grant = self.grant(key, account, permissions, options.expires_in)?;
                user_delegation_sas(&self.delegation_key(&grant.expires).await?, account, &grant)?
            }
        };
        Ok(format!("{url}?{query}"))
    }
}

impl AzureStore {
    /// Whether there is something to sign with, or nothing that needs it.
    pub(crate) fn makes_urls(&self) -> bool {
        !matches!(&*self.auth, Auth::Sas(_))
    }

    fn grant<'a>(
        &self,
        key: &str,
        account: &str,
        permissions: &'a str,
        expires_in: Duration,
    ) -> Result<Grant<'a>> {
        let expires = SystemTime::now().checked_add(expires_in).and_then(|time| iso(time).ok());
        let expires = expires.ok_or_else(|| Error::invalid("the time until the URL expires is too long"))?;
        Ok(Grant {
            permissions,
            expires,
            resource: format!("/blob/{account}/{}/{key}", self.place.container),
        })
    }

    async fn delegation_key(&self, expires: &str) -> Result<DelegationKey> {
        let start = iso(SystemTime::now() - Duration::from_secs(LENIENCY))?;
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><KeyInfo><Start>{start}</Start><Expiry>{expires}</Expiry></KeyInfo>"
        );
        let call =
            self.service(Method::POST).query("comp", "userdelegationkey").content(Bytes::from(body).into());
        let (_, answer) = self.whole(&call).await?;
        let mut key = DelegationKey::default();
        let document = answer.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&answer);
        xml::read_as(document, &["UserDelegationKey"], &mut key)?;
        Ok(key)
    }
}

/// A key that Entra ID vouches for.
#[derive(Default)]
struct DelegationKey {
    oid: String,
    tid: String,
    start: String,
    expiry: String,
    service: String,
    version: String,
    value: String,
}

impl xml::Visit for DelegationKey {
    fn close(&mut self, name: &str, text: &str) {
        let field = match name {
            "SignedOid" => &mut self.oid,
            "SignedTid" => &mut self.tid,
            "SignedStart" => &mut self.start,
            "SignedExpiry" => &mut self.expiry,
            "SignedService" => &mut self.service,
            "SignedVersion" => &mut self.version,
            "Value" => &mut self.value,
            _ => return,
        };
        text.trim().clone_into(field);
    }
}

/// A time as it stands in a signature: `2026-01-02T03:04:05Z`.
fn iso(time: SystemTime) -> Result<String> {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let time = i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    time.map(|time| time.to_string()).ok_or_else(|| Error::invalid("the time cannot be written"))
}

/// Sixteen fields: permissions, start, expiry, resource, policy, addresses, protocol, version, kind, snapshot, encryption
/// scope, and five headers of the answer.
fn service_text(grant: &Grant<'_>) -> String {
    let Grant { permissions, expires, resource } = grant;
    format!("{permissions}\n\n{expires}\n{resource}\n\n\n\n{VERSION}\nb\n\n\n\n\n\n\n")
}

fn service_sas(key: &SharedKey, grant: &Grant<'_>) -> Result<String> {
    let signature = key.sign(&service_text(grant));
    Ok(query(grant, &[], &signature))
}

/// Like that of the account's key, with the fields of the key after the resource, and three further ones for users.
fn delegation_text(key: &DelegationKey, grant: &Grant<'_>) -> String {
    let Grant { permissions, expires, resource } = grant;
    let DelegationKey { oid, tid, start, expiry, service, version, .. } = key;
    format!(
        "{permissions}\n\n{expires}\n{resource}\n{oid}\n{tid}\n{start}\n{expiry}\n{service}\n{version}\n\n\n\n\n\n\
         {VERSION}\nb\n\n\n\n\n\n\n"
    )
}

fn user_delegation_sas(key: &DelegationKey, account: &str, grant: &Grant<'_>) -> Result<String> {
    let signature = SharedKey::new(account, &key.value.as_str().into())?.sign(&delegation_text(key, grant));
    let fields = [
        ("skoid", key.oid.as_str()),
        ("sktid", &key.tid),
        ("skt", &key.start),
        ("ske", &key.expiry),
        ("sks", &key.service),
        ("skv", &key.version),
    ];
    Ok(query(grant, &fields, &signature))
}

fn query(grant: &Grant<'_>, more: &[(&str, &str)], signature: &str) -> String {
    let fields = [("sv", VERSION), ("sr", "b"), ("sp", grant.permissions), ("se", &grant.expires)];
    let last = [("sig", signature)];
    let pairs = fields.iter().chain(more).chain(&last);
    pairs.map(|(name, text)| format!("{name}={}", encode_value(text))).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use storage_cloud::transport::Transport;
    use storage_cloud::tuning::Tuning;
    use storage_types::ErrorKind;

    use super::*;
    use crate::auth::{Entra, Identity};
    use crate::place::Place;

    fn grant() -> Grant<'static> {
        Grant {
            permissions: "r",
            expires: "2026-01-02T03:04:05Z".to_owned(),
            resource: "/blob/acct/box/a b".to_owned(),
        }
    }

    /// The key would have to be good for longer than the service allows.
    #[tokio::test]
    async fn entra_id_signs_for_less_than_a_week() {
        let transport = Transport::new(&Tuning::default());
        let auth = Auth::Entra(Box::new(Entra::new(Identity::default(), transport.clone())));
        let store = AzureStore::new(Place::new(None, Some("acct"), "box").unwrap(), auth, transport);
        let options = PresignOptions::new().expires_in(Duration::from_secs(7 * 24 * 3600));
        let error = store.presign("k", &options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }

    #[test]
    fn sixteen_fields_are_signed() {
        let text = service_text(&grant());
        assert_eq!(text, "r\n\n2026-01-02T03:04:05Z\n/blob/acct/box/a b\n\n\n\n2020-12-06\nb\n\n\n\n\n\n\n");
        assert_eq!(text.split('\n').count(), 16);
    }

    #[test]
    fn a_delegated_signature_has_twenty_four_fields() {
        let key = DelegationKey { oid: "o".to_owned(), tid: "t".to_owned(), ..DelegationKey::default() };
        let text = delegation_text(&key, &grant());
        assert!(text.starts_with("r\n\n2026-01-02T03:04:05Z\n/blob/acct/box/a b\no\nt\n"));
        assert_eq!(text.split('\n').count(), 24);
    }

    #[test]
    fn times_have_seconds_only() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_900);
        assert_eq!(iso(time).unwrap(), "2023-11-14T22:13:20Z");
    }

    #[test]
    fn the_query_is_encoded() {
        let key = SharedKey::new("acct", &"a2V5".into()).unwrap();
        let query = service_sas(&key, &grant()).unwrap();
        assert!(query.starts_with("sv=2020-12-06&sr=b&sp=r&se=2026-01-02T03%3A04%3A05Z&sig="), "{query}");
        assert!(query.ends_with("%3D"), "{query}");
    }
}
