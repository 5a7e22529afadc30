//! Options of an Azure mount.

use std::sync::Arc;

use storage_cloud::config;
use storage_cloud::object::ObjectBackend;
use storage_cloud::transport::Transport;
use storage_cloud::tuning::Tuning;
use storage_core::{Backend, MountLookup, Provider};
use storage_types::{Error, MountConfig, Result, Secret};

use crate::auth::{Auth, Entra, Identity, SasToken, SharedKey};
use crate::backend::{AzureBackend, AzureStore};
use crate::connection::Connection;
use crate::place::Place;

/// The largest block ("Scalability and performance targets for Blob Storage"), in bytes.
pub(crate) const BLOCK_MAX: u64 = 4000 << 20;
/// The largest blob that one request stores, in bytes.
pub(crate) const PUT_MAX: u64 = 5000 << 20;

storage_cloud::cloud_config! {
    store
    /// Options of an Azure mount, in configuration and in code.
    ///
    /// ```
    /// use storage_azure::AzureConfig;
    ///
    /// let backend = AzureConfig::new("photos").account("myaccount").account_key("c2VjcmV0").prefix("2026").build()?;
    /// # Ok::<(), storage_types::Error>(())
    /// ```
    ///
    /// Credentials are one of: `account_key`, `sas_token`, `connection_string`, Entra ID (`tenant_id`, `client_id`,
    /// `client_secret`), `anonymous`. Without any, Entra ID is asked: variables of the environment, workload identity, managed
    /// identity (that of `client_id`, if given), the Azure command line.
    ///
    /// A part has 64 KiB to 4,000 MiB.
    #[derive(Debug)]
    pub struct AzureConfig {
        /// The container.
        pub container: String,
        /// The storage account.
        #[serde(default)]
        pub account: Option<String>,
        /// The folder of the container that the mount shows.
        #[serde(default)]
        pub prefix: String,
        /// The URL of the blob service. Without it `https://{account}.blob.core.windows.net`.
        #[serde(default)]
        pub endpoint: Option<String>,
        /// A key of the account, in base64.
        #[serde(default)]
        pub account_key: Option<Secret>,
        /// A shared access signature for the container or the account: `sv=...&sig=...`.
        #[serde(default)]
        pub sas_token: Option<Secret>,
        /// A connection string: account, endpoint and credentials in one.
        #[serde(default)]
        pub connection_string: Option<Secret>,
        /// Requests are sent without credentials: for public containers.
        #[serde(default)]
        pub anonymous: bool,
        /// The Entra ID tenant.
        #[serde(default)]
        pub tenant_id: Option<String>,
        /// The Entra ID application, or the user-assigned managed identity.
        #[serde(default)]
        pub client_id: Option<String>,
        /// The secret of the application.
        #[serde(default)]
        pub client_secret: Option<Secret>,
        /// Credentials may go over plain `http://`, for others on the way to read. Without it they go to this machine alone.
        #[serde(default)]
        pub allow_plain_http: bool,
    }
}

/// Parts smaller than this would exceed the number of blocks that a blob may have, in bytes.
const PART_MIN: u64 = 64 << 10;

storage_cloud::setters! {
    AzureConfig {
        set { prefix: String, anonymous: bool, allow_plain_http: bool }
        some {
            account: String,
            endpoint: String,
            account_key: Secret,
            sas_token: Secret,
            connection_string: Secret,
            tenant_id: String,
            client_id: String,
            client_secret: Secret,
        }
        number {}
    }
}

impl AzureConfig {
    /// The container `container`, all else by default.
    #[must_use]
    pub fn new(container: impl Into<String>) -> Self {
        Self { container: container.into(), ..Self::default() }
    }

    /// The backend of these options. No I/O.
    ///
    /// # Errors
    ///
    /// `Config` naming the field and what is allowed.
    pub fn build(mut self) -> Result<AzureBackend> {
        self.take_connection_string()?;
        let prefix = config::prefix(&self.prefix)?;
        let tuning = self.tuning()?;
        let place = Place::new(self.endpoint.as_deref(), self.account.as_deref(), &self.container)?;
        let transport = Transport::new(&tuning);
        let auth = self.auth(&place, &transport)?;
        Ok(ObjectBackend::new(AzureStore::new(place, auth, transport), prefix, tuning))
    }

    fn tuning(&self) -> Result<Tuning> {
        Tuning::new(self.tuning_options(), PART_MIN, BLOCK_MAX)
    }

    /// What the connection string says becomes fields; one that is given twice is an error.
    fn take_connection_string(&mut self) -> Result<()> {
        let Some(text) = self.connection_string.take() else { return Ok(()) };
        let Connection { account, account_key, sas_token, endpoint } = Connection::parse(&text)?;
        for (name, given) in [
            ("account", self.account.is_some()),
            ("endpoint", self.endpoint.is_some()),
            ("account_key", self.account_key.is_some()),
            ("sas_token", self.sas_token.is_some()),
        ] {
            if given {
                return Err(Error::config(format!(
                    "fields `connection_string` and `{name}`: only one of them can say it"
                )));
            }
        }
        self.account = account;
        self.endpoint = endpoint;
        self.account_key = account_key;
        self.sas_token = sas_token;
        Ok(())
    }

    fn auth(self, place: &Place, transport: &Transport) -> Result<Auth> {
        self.check_credentials()?;
        if self.anonymous {
            return Ok(Auth::Anonymous);
        }
        if let Some(token) = &self.sas_token {
            let token = SasToken::new(token)?;
            self.no_secret_in_clear(place, "the SAS token")?;
            return Ok(Auth::Sas(token));
        }
        if let Some(key) = &self.account_key {
            let account = place.account.as_deref().ok_or_else(|| {
                Error::config("field `account`: `account_key` needs the name of its account")
            })?;
            return Ok(Auth::SharedKey(SharedKey::new(account, key)?));
        }
        self.no_secret_in_clear(place, "a token of Entra ID")?;
        let Self { tenant_id, client_id, client_secret, .. } = self;
        let identity = Identity { tenant_id, client_id, client_secret };
        Ok(Auth::Entra(Box::new(Entra::new(identity, transport.clone()))))
    }

    fn no_secret_in_clear(&self, place: &Place, secret: &str) -> Result<()> {
        config::no_secret_in_clear("endpoint", &place.endpoint, secret, self.allow_plain_http)
    }

    fn check_credentials(&self) -> Result<()> {
        let entra = self.tenant_id.is_some() || self.client_id.is_some() || self.client_secret.is_some();
        config::one_way_to_ask(&[
            ("account_key", self.account_key.is_some()),
            ("sas_token", self.sas_token.is_some()),
            ("anonymous", self.anonymous),
            ("tenant_id`/`client_id`/`client_secret", entra),
        ])?;
        if self.client_secret.is_some() && (self.tenant_id.is_none() || self.client_id.is_none()) {
            return Err(Error::config("field `client_secret`: it needs `tenant_id` and `client_id` too"));
        }
        Ok(())
    }
}

/// Builds Azure mounts.
#[derive(Debug, Clone, Copy)]
pub struct AzureProvider;

impl Provider for AzureProvider {
    fn kind(&self) -> &'static str {
        "azure"
    }

    fn aliases(&self) -> &[&str] {
        &["azblob"]
    }

    fn build(&self, config: &MountConfig, _mounts: &MountLookup<'_>) -> Result<Arc<dyn Backend>> {
        let options: AzureConfig = config.parse_options()?;
        Ok(Arc::new(options.build()?))
    }
}
