//! Whether a successful answer is one of the service: with status 200, anything on the way may answer. What is answered in JSON is
//! looked at by who reads it.

use http::Method;
use storage_cloud::transport::{Answer, Failure};
use storage_types::{Error, Result};

const OTHER: &str = "something else than Google Cloud Storage answered";

/// Downloads have "the generation number of the object"
/// (<https://cloud.google.com/storage/docs/xml-api/reference-headers#xgooggeneration>).
pub(crate) async fn download(answer: Answer) -> Result<Answer> {
    if matches!(answer.status(), 200 | 206) && answer.header("x-goog-generation").is_some() {
        return Ok(answer);
    }
    Err(answer.refuse(OTHER).await)
}

/// "If successful, this method returns an empty response body"
/// (<https://cloud.google.com/storage/docs/json_api/v1/objects/delete#response>), which is status 204. Emulators say 200 in JSON.
pub(crate) async fn deletion(answer: Answer) -> Result<Answer> {
    let json = answer.header("content-type").is_some_and(|media| media.starts_with("application/json"));
    if answer.status() == 204 || json {
        return Ok(answer);
    }
    Err(answer.refuse(OTHER).await)
}

/// No request of ours is answered with a page.
pub(crate) async fn checked(answer: Answer, method: &Method, downloads: bool) -> Result<Answer> {
    match *method {
        Method::GET if downloads => download(answer).await,
        _ if answer.is_page() => Err(answer.refuse(OTHER).await),
        _ => Ok(answer),
    }
}

/// The error of a refusal that is not the service's. Such an answer says nothing about what is stored.
pub(crate) fn of_foreign(failure: &Failure) -> Option<Error> {
    let own = failure.headers.keys().any(|name| {
        let name = name.as_str();
        name.starts_with("x-goog-") || name.starts_with("x-guploader-")
    });
    let foreign = matches!(failure.status, 404 | 409 | 410 | 412) && failure.is_page() && !own;
    foreign.then(|| failure.refuse(OTHER))
}
