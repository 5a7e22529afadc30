//! Who asks: keys given, a profile, the default chain, or nobody.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use aws_config::BehaviorVersion;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use storage_cloud::secrets::Secrets;
use storage_cloud::transport::Transport;
use storage_types::config::redact;
use storage_types::{Error, ErrorKind, Result};
use tokio::sync::Mutex;

use crate::config::S3Config;
use crate::connector;

/// Temporary keys are renewed this long before they end.
const BEFORE_EXPIRY: Duration = Duration::from_secs(300);

/// A request takes this long at least to arrive.
const LAST_MOMENT: Duration = Duration::from_secs(10);

/// Where keys come from.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// Nobody signs.
    Anonymous,
    /// They stand in the configuration.
    Fixed(Credentials),
    /// A profile or the default chain of the SDK.
    Chain(Arc<Chain>),
}

#[derive(Debug)]
pub(crate) struct Chain {
    profile: Option<String>,
    region: Option<String>,
    transport: Transport,
    provider: RwLock<SharedCredentialsProvider>,
    current: RwLock<Option<Credentials>>,
    renewing: Mutex<()>,
    /// How often other keys were found after the service had refused those at hand.
    renewals: AtomicU64,
    /// The service has refused the keys at hand, and whoever asks next looks for others.
    refused: AtomicBool,
}

/// The keys of the moment.
#[derive(Debug, Clone)]
pub(crate) struct Keys(Option<Credentials>);

impl Keys {
    /// The keys; `None` for anonymous requests.
    pub(crate) fn get(&self) -> Option<&Credentials> {
        self.0.as_ref()
    }
}

impl Source {
    /// The keys of the configuration, when it has them.
    pub(crate) fn fixed(config: &S3Config) -> Option<Self> {
        if config.anonymous {
            return Some(Self::Anonymous);
        }
        let (id, secret) = (config.access_key_id.as_ref()?, config.secret_access_key.as_ref()?);
        let token = config.session_token.as_ref().map(|token| token.expose().to_owned());
        Some(Self::Fixed(Credentials::new(id.expose(), secret.expose(), token, None, "configuration")))
    }

    /// The chain of the SDK's configuration, which was loaded for this profile and region.
    pub(crate) fn chain(
        loaded: &aws_config::SdkConfig,
        profile: Option<&str>,
        region: Option<&str>,
        transport: &Transport,
    ) -> Result<Self> {
        let provider = loaded.credentials_provider().ok_or_else(|| none_found("the chain is empty"))?;
        Ok(Self::Chain(Arc::new(Chain {
            profile: profile.map(str::to_owned),
            region: region.map(str::to_owned),
            transport: transport.clone(),
            provider: RwLock::new(provider),
            current: RwLock::default(),
            renewing: Mutex::default(),
            renewals: AtomicU64::new(0),
            refused: AtomicBool::new(false),
        })))
    }

    /// How often the keys were renewed after a refusal.
    pub(crate) fn renewals(&self) -> u64 {
        match self {
            Self::Chain(chain) => chain.renewals.load(Ordering::Acquire),
            Self::Anonymous | Self::Fixed(_) => 0,
        }
    }

    /// Asks the whole chain again, its files too, after the service refused the keys; only once for all who were refused since
    /// they counted `renewals`. `false` when there are no other keys.
    pub(crate) async fn renewed(&self, renewals: u64) -> bool {
        match self {
            Self::Chain(chain) => Box::pin(chain.renew(renewals)).await,
            Self::Anonymous | Self::Fixed(_) => false,
        }
    }

    /// The keys of the moment.
    ///
    /// # Errors
    ///
    /// `Unauthenticated` when there are none.
    pub(crate) async fn keys(&self) -> Result<Keys> {
        match self {
            Self::Anonymous => Ok(Keys(None)),
            Self::Fixed(keys) => Ok(Keys(Some(keys.clone()))),
            Self::Chain(chain) => {
                let known = chain.current();
                let keys = if let Some(keys) = known { keys } else { Box::pin(chain.keys()).await? };
                Ok(Keys(Some(keys)))
            }
        }
    }

    /// The keys that are known without asking anybody.
    pub(crate) fn at_hand(&self) -> Option<Credentials> {
        match self {
            Self::Anonymous => None,
            Self::Fixed(keys) => Some(keys.clone()),
            Self::Chain(chain) => {
                chain.current.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
            }
        }
    }

    /// The service refused the keys: the SDK is given others at its next try, if there are any. `false` where there are never
    /// any others.
    pub(crate) fn refused(&self) -> bool {
        match self {
            Self::Chain(chain) => {
                chain.refused.store(true, Ordering::Release);
                true
            }
            Self::Anonymous | Self::Fixed(_) => false,
        }
    }

    /// For the SDK.
    pub(crate) fn provider(&self) -> Option<SharedCredentialsProvider> {
        match self {
            Self::Anonymous => None,
            Self::Fixed(keys) => Some(SharedCredentialsProvider::new(keys.clone())),
            Self::Chain(chain) => Some(SharedCredentialsProvider::new(OfChain(chain.clone()))),
        }
    }
}

impl Chain {
    /// Keys that need not be renewed yet.
    fn current(&self) -> Option<Credentials> {
        self.good_for(BEFORE_EXPIRY)
    }

    /// Keys that the service still takes.
    fn kept(&self) -> Option<Credentials> {
        self.good_for(LAST_MOMENT)
    }

    fn good_for(&self, time: Duration) -> Option<Credentials> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.clone().filter(|keys| keys.expiry().is_none_or(|end| end > SystemTime::now() + time))
    }

    async fn keys(&self) -> Result<Credentials> {
        if let Some(keys) = self.current() {
            return Ok(keys);
        }
        // One asks, the others wait for its answer.
        let _renewing = self.renewing.lock().await;
        if let Some(keys) = self.current() {
            return Ok(keys);
        }
        let provider = self.provider.read().unwrap_or_else(PoisonError::into_inner).clone();
        let keys = match provider.provide_credentials().await {
            Ok(keys) => keys,
            // Those at hand are still good for minutes.
            Err(error) => return self.kept().ok_or_else(|| not_renewed(error)),
        };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(keys.clone());
        Ok(keys)
    }

    /// A provider remembers what it read, so the chain is loaded anew.
    async fn renew(&self, renewals: u64) -> bool {
        let _renewing = self.renewing.lock().await;
        if self.renewals.load(Ordering::Acquire) != renewals {
            return true;
        }
        let loaded = load(self.profile.as_deref(), self.region.as_deref(), &self.transport).await;
        let Some(provider) = loaded.credentials_provider() else { return false };
        let Ok(keys) = provider.provide_credentials().await else { return false };
        *self.provider.write().unwrap_or_else(PoisonError::into_inner) = provider;
        let refused = self.current.write().unwrap_or_else(PoisonError::into_inner).replace(keys.clone());
        let others = refused.is_none_or(|refused| are_others(&refused, &keys));
        if others {
            self.renewals.fetch_add(1, Ordering::AcqRel);
        }
        others
    }
}

fn are_others(one: &Credentials, other: &Credentials) -> bool {
    one.access_key_id() != other.access_key_id()
        || one.secret_access_key() != other.secret_access_key()
        || one.session_token() != other.session_token()
}

/// The keys of the moment, for the SDK.
#[derive(Debug)]
struct OfChain(Arc<Chain>);

impl ProvideCredentials for OfChain {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let keys = async {
            // Others who ask meanwhile wait for the same renewal.
            if self.0.refused.load(Ordering::Acquire) {
                // Where there are no others, the service says once more what is wrong with these.
                self.0.renew(self.0.renewals.load(Ordering::Acquire)).await;
                self.0.refused.store(false, Ordering::Release);
            }
            self.0.keys().await.map_err(CredentialsError::provider_error)
        };
        future::ProvideCredentials::new(keys)
    }
}

fn not_renewed(error: CredentialsError) -> Error {
    let why = aws_sdk_s3::error::DisplayErrorContext(&error).to_string();
    // Services that give credentials may repeat what they were sent.
    Secrets::new().clean(none_found(&redact(&why)).with_source(error))
}

fn none_found(why: &str) -> Error {
    let first = why.split(" (").next().unwrap_or_default();
    Error::new(ErrorKind::Unauthenticated, format!("no AWS credentials were found: {first}")).with_hint(
        "give the mount `access_key_id` and `secret_access_key`, a `profile`, or `anonymous: true`; or set \
         AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    )
}

/// Reads what the environment and the profile's files say. Only when keys or a region are not given. What has to be asked of a
/// service is asked over the mount's connections.
pub(crate) async fn load(
    profile: Option<&str>,
    region: Option<&str>,
    transport: &Transport,
) -> Arc<aws_config::SdkConfig> {
    let client = connector::http_client_for_keys(transport);
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(client);
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = region {
        loader = loader.region(aws_config::Region::new(region.to_owned()));
    }
    Arc::new(loader.load().await)
}
