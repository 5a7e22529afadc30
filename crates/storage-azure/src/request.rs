//! Requests of ours: how they are addressed and authorised.

use std::time::SystemTime;

use http::{HeaderMap, HeaderValue, Method, Uri};
use storage_cloud::transport::{
    Answer, Failure, Replay, Request, Service, Transport, exact_uri, header_value,
};
use storage_types::{Error, Result};

use crate::answer::checked;
use crate::backend::AzureStore;
use crate::error::{Context, Demand};

/// The version of the protocol.
pub(crate) const API: &str = "2025-11-05";

/// A request, with its whole URL.
pub(crate) type Call = storage_cloud::transport::Call<Context>;

/// Calls of Azure.
pub(crate) trait AzureCall: Sized {
    /// What decides over repeating and over the meaning of failures. A call with a condition that is carried out twice
    /// fails the second time, so it is sent again only if nothing can have happened.
    fn context(self, context: Context) -> Self;
}

impl AzureCall for Call {
    fn context(mut self, context: Context) -> Self {
        if context.demand != Demand::None {
            self.replay = Replay::Unprocessed;
        }
        self.own = context;
        self
    }
}

fn call(method: Method, url: String) -> Call {
    let mut call = Call::new(method, url, Context::default());
    call.headers = HeaderMap::with_capacity(12);
    call.headers.insert("x-ms-version", HeaderValue::from_static(API));
    call
}

impl AzureStore {
    /// A call for a blob.
    pub(crate) fn blob(&self, method: Method, key: &str) -> Call {
        call(method, self.place.blob_url(key))
    }

    /// A call for the container.
    pub(crate) fn container(&self, method: Method) -> Call {
        call(method, self.place.container_url()).query("restype", "container")
    }

    /// A call for the account.
    pub(crate) fn service(&self, method: Method) -> Call {
        call(method, format!("{}/", self.place.endpoint)).query("restype", "service")
    }
}

impl Service for AzureStore {
    type Own = Context;

    fn transport(&self) -> &Transport {
        &self.transport
    }

    async fn uri(&self, call: &Call) -> Result<Uri> {
        exact_uri(self.authorised(&call.target).into_owned())
    }

    async fn sign(&self, call: &Call, request: &mut Request) -> Result<()> {
        let date = header_value(&httpdate::fmt_http_date(SystemTime::now()))?;
        request.headers_mut().insert("x-ms-date", date);
        self.auth.authorize(request, call.content.len()).await
    }

    fn meaning(&self, failure: &Failure, own: &Context) -> Error {
        self.explain(failure, *own)
    }

    async fn verified(&self, answer: Answer, call: &Call) -> Result<Answer> {
        let answer = checked(answer, &call.method).await?;
        self.learn(answer.headers());
        Ok(answer)
    }

    async fn renewed(&self, _renewals: u64) -> bool {
        self.auth.forget()
    }
}
