//! The mount's own connections as those of the SDK: its authorities, its proxy, and a pool for each runtime.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use storage_cloud::transport::{Transport, silent};

/// For the configuration of the SDK.
pub(crate) fn http_client(transport: &Transport) -> SharedHttpClient {
    let transport = transport.clone();
    http_client_fn(move |settings, _| {
        let connector = Connector { transport: transport.clone(), patience: settings.read_timeout() };
        SharedHttpConnector::new(connector)
    })
}

#[derive(Debug, Clone)]
struct Connector {
    transport: Transport,
    patience: Option<Duration>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let this = self.clone();
        HttpConnectorFuture::new(async move { this.send(request).await })
    }
}

impl Connector {
    async fn send(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let request = request.map(reqwest::Body::wrap);
        let request = reqwest::Request::try_from(request).map_err(of_client)?;
        let client = self.transport.client().map_err(|error| ConnectorError::user(error.into()))?;
        let patience = self.patience.unwrap_or(Duration::MAX);
        let answer = tokio::time::timeout(patience, client.execute(request)).await;
        let answer = answer.map_err(|_| ConnectorError::timeout(silent().into()))?.map_err(of_client)?;
        let answer: http::Response<reqwest::Body> = answer.into();
        let answer = answer.map(SdkBody::from_body_1_x);
        HttpResponse::try_from(answer).map_err(|error| ConnectorError::other(error.into(), None))
    }
}

fn of_client(error: reqwest::Error) -> ConnectorError {
    // It may hold a signature.
    let error = error.without_url();
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else if error.is_builder() {
        ConnectorError::user(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}
