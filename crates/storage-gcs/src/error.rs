//! What the answers of the service mean ("HTTP status and error codes for JSON" in its reference).

use serde::Deserialize;
use storage_cloud::transport::{Failure, failed_condition, missing, of_status};
use storage_types::config::redact;
use storage_types::{Error, ErrorKind, WriteMode};

use crate::answer::of_foreign;
use crate::backend::GcsStore;

/// What a request was about, where that changes the meaning of an answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Context {
    /// The condition of a write.
    pub(crate) mode: WriteMode,
    /// Something else is read: a missing object is that one.
    pub(crate) copies: bool,
    /// There is no object that could be missing.
    pub(crate) of_bucket: bool,
    /// What may be missing is a session of an upload.
    pub(crate) of_session: bool,
}

impl Context {
    pub(crate) fn bucket() -> Self {
        Self { of_bucket: true, ..Self::default() }
    }

    pub(crate) fn copy() -> Self {
        Self { copies: true, ..Self::default() }
    }

    pub(crate) fn session(mode: &WriteMode) -> Self {
        Self { of_session: true, mode: mode.clone(), ..Self::default() }
    }
}

/// The body of an error.
#[derive(Debug, Default, PartialEq, Eq)]
struct Report {
    reason: String,
    message: String,
}

impl Report {
    /// The error in JSON; of answers to downloads the body is the message itself.
    fn read(body: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Answer {
            error: Details,
        }
        #[derive(Deserialize)]
        struct Details {
            #[serde(default)]
            message: String,
            #[serde(default)]
            errors: Vec<Item>,
        }
        #[derive(Deserialize)]
        struct Item {
            #[serde(default)]
            reason: String,
        }
        if let Ok(Answer { error }) = serde_json::from_slice(body) {
            let reason = error.errors.into_iter().next().map(|item| item.reason).unwrap_or_default();
            return Self { reason, message: sentence(&error.message) };
        }
        let text = std::str::from_utf8(body).unwrap_or_default().trim();
        let is_message = !text.starts_with(['<', '{', '[']) && text.len() < 500;
        Self { reason: String::new(), message: if is_message { sentence(text) } else { String::new() } }
    }

    /// The permission that is missing, where the message names it.
    fn permission(&self) -> Option<&str> {
        let mut words = self.message.split(|c: char| !(c.is_ascii_alphabetic() || c == '.'));
        words
            .find(|word| word.starts_with("storage.") && word.trim_end_matches('.').matches('.').count() == 2)
    }
}

/// The service's sentence as it stands in messages of ours: no period behind it, not too long.
fn sentence(text: &str) -> String {
    redact(text.trim().trim_end_matches('.')).chars().take(300).collect()
}

impl GcsStore {
    /// The error of an answer.
    pub(crate) fn explain(&self, failure: &Failure, context: &Context) -> Error {
        if let Some(error) = of_foreign(failure) {
            return error;
        }
        let report = Report::read(&failure.body);
        let error = self.of_report(&report, failure.status, context);
        match failure.clock_skew() {
            Some(apart) if error.kind() == ErrorKind::Unauthenticated => error.with_hint(format!(
                "this machine's clock differs from the service's by {} s: set it right",
                apart.as_secs()
            )),
            _ => error,
        }
    }

    /// Above each arm stands what "HTTP status and error codes for JSON" of Cloud Storage says of it.
    fn of_report(&self, report: &Report, status: u16, context: &Context) -> Error {
        let said = |kind, what: &str| match report.message.as_str() {
            "" => Error::new(kind, format!("{what} (HTTP status {status})")),
            message => Error::new(kind, format!("{what}: {message}")),
        };
        match (status, report.reason.as_str()) {
            // "A Cloud Storage JSON API usage limit was exceeded."
            (429 | 503, _) | (_, "rateLimitExceeded" | "userRateLimitExceeded") => {
                said(ErrorKind::RateLimited, "the service asks to slow down")
            }
            // "Bucket is a requester pays bucket but no user project provided."
            (400, _) if report.message.contains("requester pays") => {
                said(ErrorKind::PermissionDenied, "somebody has to pay for the request")
                    .with_hint("name the project that pays in `user_project` of the mount")
            }
            (400, _) => said(ErrorKind::InvalidInput, "the service does not accept it"),
            // "This error indicates a problem with the authorization provided in the request to Cloud Storage."
            (401, _) => self.unauthenticated(said),
            (403, "quotaExceeded") => said(ErrorKind::QuotaExceeded, "a quota is used up"),
            (403, _) => self.denied(report, said),
            // "You have attempted to use a resumable upload session or rewrite token that is no longer available."
            (404 | 410, _) if context.of_session => lost_session(),
            (404, _) if context.of_bucket || names_bucket(&report.message) => no_bucket(&self.bucket),
            (404, _) => missing(&context.mode, context.copies),
            // "At least one of the pre-conditions you specified did not hold."
            (412, _) => failed_condition(&context.mode),
            (413, _) => said(ErrorKind::QuotaExceeded, "it is too large for the service"),
            _ => of_status(status),
        }
    }

    fn unauthenticated(&self, said: impl Fn(ErrorKind, &str) -> Error) -> Error {
        if self.auth.is_anonymous() {
            return said(ErrorKind::Unauthenticated, "the bucket is not open to everybody").with_hint(
                "take `anonymous` out of the mount and give it credentials: `credentials_file`, or the default ones",
            );
        }
        said(ErrorKind::Unauthenticated, "the service does not accept the credentials").with_hint(
            "check `credentials_file` or `credentials` of the mount; the key may have been deleted",
        )
    }

    fn denied(&self, report: &Report, said: impl Fn(ErrorKind, &str) -> Error) -> Error {
        let error = said(ErrorKind::PermissionDenied, "the service forbids it");
        match report.permission() {
            Some(permission) => error.with_hint(format!(
                "give the mount's account a role with `{permission}` on the bucket `{}`",
                self.bucket
            )),
            None => error.with_hint("check what the mount's account is allowed to do with the bucket"),
        }
    }
}

/// `The specified bucket does not exist.`
fn names_bucket(message: &str) -> bool {
    message.contains("specified bucket")
}

fn no_bucket(bucket: &str) -> Error {
    Error::new(ErrorKind::Config, format!("there is no bucket `{bucket}`"))
        .with_hint("check `bucket` and `endpoint` of the mount, or make the bucket first")
}

fn lost_session() -> Error {
    Error::new(ErrorKind::Interrupted, "the service does not know the upload any more")
        .with_retryable(false)
        .with_hint("write it again from the start; an upload that nobody goes on with ends after a week")
}

#[cfg(test)]
mod tests {
    use storage_types::Operation;

    use bytes::Bytes;

    use super::*;
    use crate::backend::tests::store;

    fn told(status: u16, body: &str, context: &Context) -> Error {
        let body = Bytes::from(body.to_owned());
        store().explain(&Failure { status, headers: http::HeaderMap::new(), body }, context)
    }

    fn json(code: u16, reason: &str, message: &str) -> String {
        let item = serde_json::json!({ "domain": "global", "reason": reason, "message": message });
        serde_json::json!({ "error": { "code": code, "message": message, "errors": [item] } }).to_string()
    }

    #[test]
    fn missing_objects_and_missing_buckets_differ() {
        let object = told(404, "No such object: my-bucket/a/b", &Context::default());
        assert_eq!((object.kind(), object.message()), (ErrorKind::NotFound, "nothing is stored there"));
        let bucket = json(404, "notFound", "The specified bucket does not exist.");
        for (body, context) in
            [(bucket.as_str(), Context::default()), ("", Context::bucket()), (&bucket, Context::copy())]
        {
            let error = told(404, body, &context);
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.message().contains("no bucket `my-bucket`"), "{error}");
        }
        assert_eq!(told(404, "", &Context::copy()).operation(), Some(Operation::Read));
        assert_eq!(told(404, "", &Context::session(&WriteMode::Replace)).kind(), ErrorKind::Interrupted);
    }

    #[test]
    fn conditions_of_writes() {
        let write = |mode| Context { mode, ..Context::default() };
        let body =
            json(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.");
        let kind = |status, context: &Context| told(status, &body, context).kind();
        assert_eq!(kind(412, &write(WriteMode::Create)), ErrorKind::AlreadyExists);
        assert_eq!(kind(412, &write(WriteMode::IfMatch("1".into()))), ErrorKind::PreconditionFailed);
        assert_eq!(
            told(404, "", &write(WriteMode::IfMatch("1".into()))).kind(),
            ErrorKind::PreconditionFailed
        );
        assert_eq!(kind(412, &Context::default()), ErrorKind::PreconditionFailed);
        assert_eq!(kind(304, &Context::default()), ErrorKind::NotModified);
    }

    #[test]
    fn a_missing_permission_is_named() {
        let message = "me@x.iam.gserviceaccount.com does not have storage.objects.get access to the Google Cloud \
                       Storage object. Permission 'storage.objects.get' denied on resource (or it may not exist).";
        let error = told(403, &json(403, "forbidden", message), &Context::default());
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert!(error.hint().unwrap().contains("`storage.objects.get`"), "{error}");
    }

    #[test]
    fn the_others() {
        let kind =
            |status, reason: &str| told(status, &json(status, reason, "x"), &Context::default()).kind();
        assert_eq!(kind(401, "required"), ErrorKind::Unauthenticated);
        assert_eq!(kind(403, "rateLimitExceeded"), ErrorKind::RateLimited);
        assert_eq!(kind(429, ""), ErrorKind::RateLimited);
        assert_eq!(kind(503, "backendError"), ErrorKind::RateLimited);
        assert_eq!(kind(400, "invalid"), ErrorKind::InvalidInput);
        assert_eq!(kind(416, ""), ErrorKind::InvalidInput);
        assert!(told(500, "", &Context::default()).is_retryable());
        let pays = "Bucket is a requester pays bucket but no user project provided.";
        let pays = told(400, &json(400, "required", pays), &Context::default());
        assert!(pays.hint().unwrap().contains("user_project"), "{pays}");
        let page = told(400, "<html>oops</html>", &Context::default());
        assert!(!page.to_string().contains("html"), "{page}");
    }
}
