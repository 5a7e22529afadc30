//! Whether a successful answer is one of the service: with status 200, anything on the way may answer.

use std::sync::atomic::{AtomicBool, Ordering};

use http::Method;
use storage_cloud::transport::{Answer, Failure};
use storage_types::{Error, Result};

use crate::backend::S3Store;

/// What a successful answer has to have ("Actions" in the S3 API reference).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    /// The ETag of the object or part that was read or written: GetObject, HeadObject, PutObject, UploadPart.
    Tagged,
    /// A document in XML. Who reads it looks at its root.
    Document,
    /// `HTTP 204` without content: DeleteObject, AbortMultipartUpload.
    NoContent,
    /// An empty answer: PutObjectTagging.
    Empty,
}

impl Expect {
    /// That of the plain requests with this method, for an object or for the bucket.
    pub(crate) fn of(method: &Method, of_object: bool) -> Self {
        match *method {
            Method::DELETE => Self::NoContent,
            Method::GET | Method::HEAD | Method::PUT if of_object => Self::Tagged,
            _ => Self::Document,
        }
    }
}

/// What is known of a server by its earlier answers.
#[derive(Debug, Default)]
pub(crate) struct Habits {
    /// Reads are answered with headers of the service's own.
    names_reads: AtomicBool,
}

impl S3Store {
    /// The answer, if it is one of the service.
    pub(crate) async fn checked(&self, answer: Answer, method: &Method, expect: Expect) -> Result<Answer> {
        match self.flaw(&answer, method, expect) {
            None => Ok(answer),
            Some(flaw) => Err(answer.refuse(flaw).await),
        }
    }

    fn flaw(&self, answer: &Answer, method: &Method, expect: Expect) -> Option<&'static str> {
        let status = answer.status();
        match expect {
            Expect::Tagged if answer.header("etag").is_none() => {
                Some("the server's answer has no ETag, which every one of the store has")
            }
            Expect::Tagged if *method == Method::PUT => (status != 200 || answer.is_page()).then_some(OTHER),
            Expect::Tagged => {
                let own = is_own(answer);
                if own {
                    self.habits.names_reads.store(true, Ordering::Relaxed);
                }
                // A page may be what is stored. Then it comes with what the store sends with every object.
                let page = answer.is_page() && !own && self.habits.names_reads.load(Ordering::Relaxed);
                (!matches!(status, 200 | 206) || page).then_some(OTHER)
            }
            Expect::Document => (status != 200 || (answer.is_page() && !is_own(answer))).then_some(OTHER),
            Expect::NoContent => (status != 204 && !is_own(answer)).then_some(OTHER),
            Expect::Empty => (!matches!(status, 200 | 204) || answer.is_page()).then_some(OTHER),
        }
    }

    /// The error of a refusal that is not the service's. Such an answer says nothing about what is stored.
    pub(crate) fn of_foreign(failure: &Failure) -> Option<Error> {
        let own = failure.headers.keys().any(|name| name.as_str().starts_with(OWN));
        let foreign = matches!(failure.status, 404 | 409 | 412) && failure.is_page() && !own;
        foreign.then(|| failure.refuse(OTHER))
    }
}

const OTHER: &str = "something else than the store answered";

/// How the names of the service's own headers begin, such as `x-amz-request-id` ("Common response headers"), or
/// `x-amzn-requestid` as of other services of AWS.
const OWN: &str = "x-amz";

fn is_own(answer: &Answer) -> bool {
    answer.headers().keys().any(|name| name.as_str().starts_with(OWN))
}
