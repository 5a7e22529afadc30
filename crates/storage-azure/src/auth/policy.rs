//! The same authorisation for requests that the SDK sends.

use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Method, Request, StatusCode};
use storage_types::Result;

use super::Auth;
use super::canonical::Subject;

/// Runs at each try, so that each is signed with its own time.
#[derive(Debug)]
pub(crate) struct AuthPolicy(pub(crate) Arc<Auth>);

#[expect(
    elided_lifetimes_in_paths,
    reason = "the trait's method is late-bound in the lifetime of its context"
)]
#[async_trait]
impl Policy for AuthPolicy {
    async fn send(&self, context: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        self.authorize(request).await?;
        let answer = go_on(context, request, next).await?;
        // A token that was taken back before its time: once more, with a new one.
        if answer.status() != StatusCode::Unauthorized || !self.0.forget() {
            return Ok(answer);
        }
        request.body_mut().reset().await?;
        self.authorize(request).await?;
        go_on(context, request, next).await
    }
}

/// Hands a request to the next policy.
pub(crate) async fn go_on(
    context: &Context<'_>,
    request: &mut Request,
    next: &[Arc<dyn Policy>],
) -> PolicyResult {
    match next.split_first() {
        Some((first, rest)) => first.send(context, request, rest).await,
        None => Err(azure_core::Error::with_message(
            azure_core::error::ErrorKind::Other,
            "nothing sends the request",
        )),
    }
}

impl AuthPolicy {
    async fn authorize(&self, request: &mut Request) -> azure_core::Result<()> {
        request.insert_header("x-ms-date", httpdate::fmt_http_date(SystemTime::now()));
        if request.body().is_empty() == Some(true) && matches!(request.method(), Method::Put | Method::Post) {
            request.insert_header("content-length", "0");
        }
        match self.authorization(request).await {
            Ok(Some(value)) => request.insert_header("authorization", value),
            Ok(None) => {}
            Err(error) => {
                let kind = azure_core::error::ErrorKind::Credential;
                return Err(azure_core::Error::new(kind, error));
            }
        }
        Ok(())
    }

    async fn authorization(&self, request: &Request) -> Result<Option<String>> {
        match &*self.0 {
            Auth::SharedKey(key) => {
                let subject = Subject {
                    method: request.method().as_str(),
                    path: request.url().path(),
                    query: request.url().query().unwrap_or_default(),
                    headers: request
                        .headers()
                        .iter()
                        .map(|(name, value)| (name.as_str(), value.as_str()))
                        .collect(),
                    length: request.body().len().unwrap_or(0),
                };
                Ok(Some(key.authorization(&subject)))
            }
            Auth::Entra(entra) => Ok(entra.authorization().await?.to_str().ok().map(str::to_owned)),
            Auth::Sas(_) | Auth::Anonymous => Ok(None),
        }
    }
}
