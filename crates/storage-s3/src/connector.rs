//! The mount's own connections as those of the SDK: its authorities, its proxy, and a pool for each runtime. What gives keys on the
//! machine itself is reached without a proxy.

use std::net::IpAddr;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use reqwest::Url;
use storage_cloud::transport::{Transport, silent};

/// For the clients of the SDK.
pub(crate) fn http_client(transport: &Transport) -> SharedHttpClient {
    client(transport.clone(), None)
}

/// For those who ask for keys.
pub(crate) fn http_client_for_keys(transport: &Transport) -> SharedHttpClient {
    let mut tuning = transport.tuning().clone();
    (tuning.proxy, tuning.client) = (Some("none".into()), None);
    client(transport.clone(), Some(Transport::new(&tuning)))
}

fn client(transport: Transport, beside: Option<Transport>) -> SharedHttpClient {
    http_client_fn(move |settings, _| {
        let (transport, beside) = (transport.clone(), beside.clone());
        let connector = Connector { transport, beside, patience: settings.read_timeout() };
        SharedHttpConnector::new(connector)
    })
}

#[derive(Debug, Clone)]
struct Connector {
    transport: Transport,
    /// Without a proxy, for what is on this machine.
    beside: Option<Transport>,
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
        let beside = self.beside.as_ref().filter(|_| is_beside(request.url()));
        let transport = beside.unwrap_or(&self.transport);
        let client = transport.client().map_err(|error| ConnectorError::user(error.into()))?;
        let patience = self.patience.unwrap_or(Duration::MAX);
        let answer = tokio::time::timeout(patience, client.execute(request)).await;
        let answer = answer.map_err(|_| ConnectorError::timeout(silent().into()))?.map_err(of_client)?;
        let answer: http::Response<reqwest::Body> = answer.into();
        let answer = answer.map(SdkBody::from_body_1_x);
        HttpResponse::try_from(answer).map_err(|error| ConnectorError::other(error.into(), None))
    }
}

/// Whether it is the metadata service of this machine or of its containers, which no proxy can reach for us: addresses of the link
/// (RFC 3927; RFC 4291, 2.5.6), of the machine itself, and `fd00:ec2::254` and `fd00:ec2::23` ("Use the Instance Metadata Service" of
/// the EC2 user guide, "EKS Pod Identity" of the EKS user guide).
fn is_beside(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    match host.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V4(address)) => address.is_link_local() || address.is_loopback(),
        Ok(IpAddr::V6(address)) => {
            address.is_unicast_link_local()
                || address.is_loopback()
                || address.segments()[..7] == [0xfd00, 0xec2, 0, 0, 0, 0, 0]
        }
        Err(_) => host == "localhost",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_gives_keys_on_this_machine_needs_no_proxy() {
        let is = |url: &str| is_beside(&url.parse().unwrap());
        for url in [
            "http://169.254.169.254/latest/api/token",
            "http://169.254.170.2/v2/credentials",
            "http://[fd00:ec2::254]/latest",
            "http://[fd00:ec2::23]/v1/credentials",
            "http://localhost:9911/keys",
            "http://127.0.0.1:80/",
            "http://[::1]:9/",
        ] {
            assert!(is(url), "{url}");
        }
        for url in
            ["https://sts.eu-central-1.amazonaws.com/", "https://10.0.0.1/", "https://[fd00:ec3::254]/"]
        {
            assert!(!is(url), "{url}");
        }
    }
}
