//! Entra ID, over `azure_identity`.

use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::{AccessToken, TokenCredential};
use azure_core::http::{ClientOptions, ExponentialRetryOptions, RetryOptions, Transport as SdkTransport};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions, ManagedIdentityCredential, ManagedIdentityCredentialOptions,
    UserAssignedId, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use http::HeaderValue;
use storage_cloud::secrets::Secrets;
use storage_cloud::transport::{PerRuntime, Transport};
use storage_types::config::redact;
use storage_types::{Error, ErrorKind, Result, Secret};

use crate::error::innermost;

const SCOPE: &str = "https://storage.azure.com/.default";

/// Away from Azure nobody answers for managed identities, and nobody says so.
const MANAGED_IDENTITY: Duration = Duration::from_secs(10);

/// How long a token may take: less than the transport waits for a request to be made, so that the error is this one.
const TOKEN: Duration = Duration::from_secs(55);

/// The SDK's own number would keep a caller waiting for a minute.
const RETRIES: u32 = 3;

/// Who asks, as far as it is configured.
#[derive(Debug, Clone, Default)]
pub(crate) struct Identity {
    pub(crate) tenant_id: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<Secret>,
}

/// Tokens of Entra ID. Found out on first use which kind of credential there is.
#[derive(Debug)]
pub(crate) struct Entra {
    identity: Identity,
    transport: Transport,
    credential: PerRuntime<Arc<dyn TokenCredential>>,
}

impl Entra {
    pub(crate) fn new(identity: Identity, transport: Transport) -> Self {
        Self { identity, transport, credential: PerRuntime::new() }
    }

    /// Makes the credential anew for the next call: the one at hand would give the token that it keeps.
    pub(crate) fn forget(&self) {
        self.credential.forget();
    }

    /// The `Authorization` header. The credential keeps its token until it is about to expire.
    pub(crate) async fn authorization(&self) -> Result<HeaderValue> {
        let token = tokio::time::timeout(TOKEN, self.token()).await.unwrap_or_else(|_| Err(late()))?;
        let mut value = HeaderValue::try_from(format!("Bearer {}", token.token.secret()))
            .map_err(|_| no_token("the token is no text"))?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// What no message may show.
    pub(crate) fn secrets(&self) -> Secrets {
        let of_environment = variable("AZURE_CLIENT_SECRET");
        let given = self.identity.client_secret.as_ref().map(Secret::expose);
        Secrets::new().with_some(given).with_some(of_environment.as_deref())
    }

    async fn token(&self) -> Result<AccessToken> {
        self.token_or_why().await.map_err(|error| self.secrets().clean(error))
    }

    async fn token_or_why(&self) -> Result<AccessToken> {
        let credential = match self.credential.current() {
            Some(credential) => credential,
            None => self.credential.keep(self.find().await?),
        };
        credential.get_token(&[SCOPE], None).await.map_err(|error| no_token(&first_line(&error)))
    }

    async fn find(&self) -> Result<Arc<dyn TokenCredential>> {
        let options = self.options()?;
        let Identity { tenant_id, client_id, client_secret } = &self.identity;
        if let (Some(tenant), Some(client), Some(secret)) = (tenant_id, client_id, client_secret) {
            return by_secret(tenant, client, secret.expose(), options);
        }
        if let (Some(tenant), Some(client), Some(secret)) =
            (variable("AZURE_TENANT_ID"), variable("AZURE_CLIENT_ID"), variable("AZURE_CLIENT_SECRET"))
        {
            return by_secret(&tenant, &client, &secret, options);
        }
        self.chain(options).await
    }

    /// The first that gives a token: workload identity, managed identity, the Azure command line.
    async fn chain(&self, options: ClientOptions) -> Result<Arc<dyn TokenCredential>> {
        let mut reasons = Vec::new();
        let ways = [
            ("workload identity", self.workload(options.clone())),
            ("managed identity", self.managed(options)),
            ("Azure CLI", self.command_line()),
        ];
        for (name, way) in ways {
            match tried(way).await {
                Ok(credential) => return Ok(credential),
                Err(reason) => reasons.push(format!("{name}: {reason}")),
            }
        }
        Err(no_token(&reasons.join("; ")))
    }

    fn workload(&self, client_options: ClientOptions) -> azure_core::Result<Arc<dyn TokenCredential>> {
        let options = WorkloadIdentityCredentialOptions {
            credential_options: ClientAssertionCredentialOptions { client_options },
            client_id: self.identity.client_id.clone(),
            tenant_id: self.identity.tenant_id.clone(),
            ..Default::default()
        };
        Ok(WorkloadIdentityCredential::new(Some(options))?)
    }

    fn managed(&self, client_options: ClientOptions) -> azure_core::Result<Arc<dyn TokenCredential>> {
        let user_assigned_id = self.identity.client_id.clone().map(UserAssignedId::ClientId);
        let options = ManagedIdentityCredentialOptions { user_assigned_id, client_options };
        Ok(ManagedIdentityCredential::new(Some(options))?)
    }

    fn command_line(&self) -> azure_core::Result<Arc<dyn TokenCredential>> {
        let tenant_id = self.identity.tenant_id.clone();
        Ok(AzureCliCredential::new(Some(AzureCliCredentialOptions { tenant_id, ..Default::default() }))?)
    }

    fn options(&self) -> Result<ClientOptions> {
        let client = self.transport.client()?;
        let retry = ExponentialRetryOptions { max_retries: RETRIES, ..Default::default() };
        Ok(ClientOptions {
            transport: Some(SdkTransport::new(Arc::new(client))),
            retry: RetryOptions::exponential(retry),
            ..Default::default()
        })
    }
}

/// A way that has given a token, or why it gives none.
async fn tried(
    way: azure_core::Result<Arc<dyn TokenCredential>>,
) -> Result<Arc<dyn TokenCredential>, String> {
    let credential = way.map_err(|error| first_line(&error))?;
    match tokio::time::timeout(MANAGED_IDENTITY, credential.get_token(&[SCOPE], None)).await {
        Ok(Ok(_)) => Ok(credential),
        Ok(Err(error)) => Err(first_line(&error)),
        Err(_) => Err("nobody answered in time".to_owned()),
    }
}

fn by_secret(
    tenant: &str,
    client: &str,
    secret: &str,
    client_options: ClientOptions,
) -> Result<Arc<dyn TokenCredential>> {
    let options = ClientSecretCredentialOptions { client_options };
    match ClientSecretCredential::new(tenant, client.to_owned(), secret.to_owned().into(), Some(options)) {
        Ok(credential) => Ok(credential),
        Err(error) => Err(Error::config(format!(
            "fields `tenant_id`, `client_id` and `client_secret`: {}",
            first_line(&error)
        ))),
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// What failed, and why in the end.
fn first_line(error: &azure_core::Error) -> String {
    let (what, why) = (error.to_string(), innermost(error));
    let what = what.lines().next().unwrap_or_default();
    let why = why.lines().next().unwrap_or_default();
    redact(&if what.contains(why) { what.to_owned() } else { format!("{what}: {why}") })
}

fn late() -> Error {
    Error::new(ErrorKind::Timeout, "Entra ID gave no token in time").with_hint(
        "check the network and the proxy, and where the credentials of the mount come from; \
         `az account get-access-token` shows whether this machine gets a token",
    )
}

fn no_token(why: &str) -> Error {
    Error::new(ErrorKind::Unauthenticated, format!("Entra ID gives no token: {why}")).with_hint(
        "give `account_key`, `sas_token` or `tenant_id`, `client_id` and `client_secret`, or run `az login`; \
         `anonymous: true` for public containers",
    )
}
