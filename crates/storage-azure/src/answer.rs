//! Whether an answer is one of the service: with status 200, anything on the way may answer.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Request};
use http::{HeaderMap, Method};
use storage_cloud::transport::{Answer, Failure, foreign};
use storage_types::{Error, Result};

use crate::auth::go_on;
use crate::sdk::header_map;

/// Every answer has these: `x-ms-request-id` "uniquely identifies the request that was made", `x-ms-version` is "the version of
/// Blob Storage that was used to execute the request"
/// (<https://learn.microsoft.com/rest/api/storageservices/put-blob#response-headers>).
const OWN: [&str; 2] = ["x-ms-request-id", "x-ms-version"];

const OTHER: &str = "something else than Azure Blob Storage answered";

/// The answer to a request with this method, if it is one of the service.
pub(crate) async fn checked(answer: Answer, method: &Method) -> Result<Answer> {
    if is_own(answer.headers()) && is_success(method, answer.status()) {
        return Ok(answer);
    }
    Err(answer.refuse(OTHER).await)
}

/// The error of a refusal that is not the service's. Such an answer says nothing about what is stored.
pub(crate) fn of_foreign(failure: &Failure) -> Option<Error> {
    let foreign = matches!(failure.status, 404 | 409 | 412) && !is_own(&failure.headers);
    foreign.then(|| failure.refuse(OTHER))
}

fn is_own(headers: &HeaderMap) -> bool {
    OWN.iter().any(|name| headers.contains_key(*name))
}

/// The successes of the REST reference: 201 for what was created, 202 for what was accepted, such as a deletion.
fn is_success(method: &Method, status: u16) -> bool {
    match *method {
        Method::GET => matches!(status, 200 | 206),
        Method::HEAD => status == 200,
        Method::PUT => matches!(status, 200..=202),
        Method::DELETE => status == 202,
        _ => matches!(status, 200 | 202),
    }
}

/// The same look at the answers that the SDK gets.
#[derive(Debug)]
pub(crate) struct AnswerPolicy;

#[expect(
    elided_lifetimes_in_paths,
    reason = "the trait's method is late-bound in the lifetime of its context"
)]
#[async_trait]
impl Policy for AnswerPolicy {
    async fn send(&self, context: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let response = go_on(context, request, next).await?;
        let (status, headers) = (u16::from(response.status()), header_map(response.headers()));
        if status < 300 && !is_own(&headers) {
            let error = foreign(OTHER, status, &headers, b"");
            return Err(azure_core::Error::new(azure_core::error::ErrorKind::Other, error));
        }
        Ok(response)
    }
}
