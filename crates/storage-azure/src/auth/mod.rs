//! Who asks.

mod canonical;
mod entra;
mod policy;
mod sas;
mod shared_key;

use http::HeaderValue;
use http::header::AUTHORIZATION;
use storage_cloud::secrets::Secrets;
use storage_cloud::transport::Request;
use storage_types::{Error, Result};

pub(crate) use self::canonical::Subject;
pub(crate) use self::entra::{Entra, Identity};
pub(crate) use self::policy::{AuthPolicy, go_on};
pub(crate) use self::sas::SasToken;
pub(crate) use self::shared_key::SharedKey;

/// How requests show who sends them.
#[derive(Debug)]
pub(crate) enum Auth {
    SharedKey(SharedKey),
    Sas(SasToken),
    Entra(Box<Entra>),
    Anonymous,
}

impl Auth {
    /// What is appended to the query of every URL.
    pub(crate) fn query(&self) -> Option<&str> {
        match self {
            Self::Sas(token) => Some(token.query()),
            _ => None,
        }
    }

    /// What no message may show.
    pub(crate) fn secrets(&self) -> Secrets {
        match self {
            Self::Sas(token) => Secrets::new().with_query(token.query()),
            Self::Entra(entra) => entra.secrets(),
            Self::SharedKey(_) | Self::Anonymous => Secrets::new(),
        }
    }

    /// Asks for a new token at the next call. `false` where there are no tokens.
    pub(crate) fn forget(&self) -> bool {
        match self {
            Self::Entra(entra) => {
                entra.forget();
                true
            }
            Self::SharedKey(_) | Self::Sas(_) | Self::Anonymous => false,
        }
    }

    /// Gets what it takes to authorise requests, where somebody has to be asked for it.
    pub(crate) async fn prepare(&self) -> Result<()> {
        match self {
            Self::Entra(entra) => entra.authorization().await.map(drop),
            Self::SharedKey(_) | Self::Sas(_) | Self::Anonymous => Ok(()),
        }
    }

    /// Adds the `Authorization` header. Everything else of the request stands.
    pub(crate) async fn authorize(&self, request: &mut Request, length: u64) -> Result<()> {
        let value = match self {
            Self::SharedKey(key) => {
                let subject = Subject {
                    method: request.method().as_str(),
                    path: request.uri().path(),
                    query: request.uri().query().unwrap_or_default(),
                    headers: request
                        .headers()
                        .iter()
                        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
                        .collect(),
                    length,
                };
                let mut value = HeaderValue::try_from(key.authorization(&subject))
                    .map_err(|_| Error::config("field `account`: it cannot stand in a header"))?;
                value.set_sensitive(true);
                value
            }
            Self::Entra(entra) => entra.authorization().await?,
            Self::Sas(_) | Self::Anonymous => return Ok(()),
        };
        request.headers_mut().insert(AUTHORIZATION, value);
        Ok(())
    }
}
