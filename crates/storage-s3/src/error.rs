//! What the answers of the service mean ("Error responses" in the S3 API reference).

use storage_cloud::transport::{Failure, failed_condition, missing, of_status};
use storage_cloud::xml::{self, Visit};
use storage_types::config::redact;
use storage_types::{Error, ErrorKind, WriteMode};

use crate::backend::S3Store;

/// What a request was about, where that changes the meaning of an answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Context {
    /// The condition of a write.
    pub(crate) mode: WriteMode,
    /// Something else is read: a missing object is that one.
    pub(crate) copies: bool,
    /// The answer is about the bucket alone.
    pub(crate) of_bucket: bool,
}

impl Context {
    pub(crate) fn write(mode: &WriteMode) -> Self {
        Self { mode: mode.clone(), ..Self::default() }
    }

    pub(crate) fn copy(mode: &WriteMode) -> Self {
        Self { copies: true, ..Self::write(mode) }
    }

    pub(crate) fn bucket() -> Self {
        Self { of_bucket: true, ..Self::default() }
    }
}

/// The body of an error.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) code: String,
    pub(crate) message: String,
    region: String,
}

impl Visit for Report {
    fn close(&mut self, name: &str, text: &str) {
        match name {
            "Code" => text.clone_into(&mut self.code),
            "Message" => self.message = redact(text),
            "Region" => text.clone_into(&mut self.region),
            _ => {}
        }
    }
}

impl Report {
    pub(crate) fn read(body: &[u8]) -> Self {
        let mut report = Self::default();
        // What is no report leaves the status to speak.
        if xml::read(body, &mut report).is_err() {
            return Self::default();
        }
        report
    }
}

/// Whether a code says that the keys are not good any more.
pub(crate) fn is_of_old_keys(code: &str) -> bool {
    matches!(
        code,
        "ExpiredToken"
            | "ExpiredTokenException"
            | "TokenRefreshRequired"
            | "InvalidToken"
            | "InvalidAccessKeyId"
            | "InvalidClientTokenId"
    )
}

/// The same for an answer. Those to HEAD have no body: expired tokens are a bad request.
pub(crate) fn refuses_keys(failure: &Failure) -> bool {
    match failure.status {
        400 | 401 if failure.body.is_empty() => true,
        400 | 401 | 403 => is_of_old_keys(&Report::read(&failure.body).code),
        _ => false,
    }
}

impl S3Store {
    /// The error of an answer.
    pub(crate) fn explain(&self, failure: &Failure, context: &Context) -> Error {
        if let Some(error) = Self::of_foreign(failure) {
            return error;
        }
        let mut report = Report::read(&failure.body);
        if report.region.is_empty() {
            failure.header("x-amz-bucket-region").unwrap_or_default().clone_into(&mut report.region);
        }
        let error = self.of_code(&report, failure.status, context);
        match failure.clock_skew() {
            Some(apart) if matches!(failure.status, 400 | 401 | 403) && report.code != "AccessDenied" => {
                skewed(apart.as_secs())
            }
            _ => error,
        }
    }

    /// The error of a code, which says more than the status; of the status where there is none. Above each arm stands what
    /// "Error responses" of the Amazon S3 API Reference says of its codes.
    pub(crate) fn of_code(&self, report: &Report, status: u16, context: &Context) -> Error {
        let bucket = &self.config.bucket;
        let said = |kind, what: &str| Error::new(kind, format!("{what} ({})", report.code));
        match report.code.as_str() {
            // "The specified bucket does not exist."
            "NoSuchBucket" => no_bucket(bucket),
            // "The specified key does not exist." "The version ID specified in the request does not match an existing version."
            "NoSuchKey" | "NoSuchVersion" | "NoSuchUpload" | "NotFound" => {
                missing(&context.mode, context.copies)
            }
            // "At least one of the preconditions that you specified did not hold."
            "PreconditionFailed" => failed_condition(&context.mode),
            // "A conflicting conditional operation is currently in progress against this resource. Try again."
            "ConditionalRequestConflict" | "OperationAborted" => {
                said(ErrorKind::PreconditionFailed, "somebody else is changing it at this moment")
                    .with_retryable(true)
            }
            "NotModified" => of_status(304),
            // "The requested range is not valid for the request. Try another range."
            "InvalidRange" => of_status(416),
            // "The AWS access key ID that you provided does not exist in our records."
            "InvalidAccessKeyId" | "InvalidClientTokenId" => {
                said(ErrorKind::Unauthenticated, "the service does not know the access key")
                    .with_hint("check `access_key_id` of the mount")
            }
            // "The request signature that the server calculated does not match the signature that you provided. Check your AWS
            // secret access key and signing method."
            "SignatureDoesNotMatch" => {
                said(ErrorKind::Unauthenticated, "the signature is wrong, so the secret key is another one")
                    .with_hint("check `secret_access_key` of the mount, and that no proxy changes requests")
            }
            // "The provided token has expired." "The provided token must be refreshed." "The provided token is malformed or
            // otherwise not valid."
            "ExpiredToken"
            | "ExpiredTokenException"
            | "TokenRefreshRequired"
            | "InvalidToken"
            | "RequestExpired" => said(ErrorKind::Unauthenticated, "the temporary credentials have expired")
                .with_hint("get new ones, or give the mount a profile that renews them"),
            // "The difference between the request time and the server's time is too large."
            "RequestTimeTooSkewed" => skewed(0),
            // "Access Denied." "All access to this Amazon S3 resource has been disabled."
            "AccessDenied" | "AllAccessDisabled" | "AccountProblem" | "Forbidden" => self.denied(report),
            // "The bucket that you are attempting to access must be addressed using the specified endpoint." The first of them says
            // it of the region in the signature.
            "AuthorizationHeaderMalformed"
            | "PermanentRedirect"
            | "TemporaryRedirect"
            | "IllegalLocationConstraintException" => elsewhere(bucket, &report.region),
            // Of SeaweedFS, whose keys are paths of a tree.
            "ExistingObjectIsDirectory" => Error::is_a_directory(),
            "ExistingObjectIsFile" => Error::not_a_directory(),
            // "Your key is too long."
            "KeyTooLongError" | "KeyTooLong" => {
                said(ErrorKind::InvalidInput, "the key is too long for the store")
            }
            // "Your proposed upload exceeds the maximum allowed object size."
            "EntityTooLarge" | "QuotaExceeded" | "XMinioStorageFull" => {
                said(ErrorKind::QuotaExceeded, "it is too large for the store")
            }
            // "The Content-MD5 or checksum value that you specified did not match what the server received."
            "BadDigest" | "InvalidDigest" | "XAmzContentSHA256Mismatch" | "XAmzContentChecksumMismatch" => {
                said(ErrorKind::Corrupted, "the content changed on its way to the store").with_retryable(true)
            }
            // "You did not provide the number of bytes specified by the Content-Length HTTP header." "Your socket connection to the
            // server was not read from or written to within the timeout period."
            "IncompleteBody" | "RequestTimeout" => {
                said(ErrorKind::Interrupted, "the store did not get all of the content")
            }
            // "Please reduce your request rate."
            "SlowDown" | "ServiceUnavailable" | "Busy" | "TooManyRequests" => {
                said(ErrorKind::RateLimited, "the store asks to slow down")
            }
            // "An internal error occurred. Try again."
            "InternalError" => said(ErrorKind::Unexpected, "the store failed").with_retryable(true),
            // "A header that you provided implies functionality that is not implemented." "The specified method is not allowed
            // against this resource."
            "NotImplemented" | "MethodNotAllowed" => said(ErrorKind::Unsupported, "the store cannot do this"),
            "" => self.of_bare_status(report, status, context),
            _ => with_words(&of_status(status), report),
        }
    }

    /// Answers to HEAD have no body.
    fn of_bare_status(&self, report: &Report, status: u16, context: &Context) -> Error {
        match status {
            301 | 307 | 400 if !report.region.is_empty() => elsewhere(&self.config.bucket, &report.region),
            404 if context.of_bucket => no_bucket(&self.config.bucket),
            404 => missing(&context.mode, context.copies),
            403 => self.denied(report),
            409 | 412 => failed_condition(&context.mode),
            _ => of_status(status),
        }
    }

    fn denied(&self, report: &Report) -> Error {
        let bucket = &self.config.bucket;
        if self.config.anonymous {
            return Error::new(
                ErrorKind::PermissionDenied,
                format!("bucket `{bucket}` is not public for this"),
            )
            .with_hint("give the mount keys instead of `anonymous: true`");
        }
        let words = if report.message.is_empty() { "the service forbids it" } else { &report.message };
        Error::new(ErrorKind::PermissionDenied, words.to_owned()).with_hint(format!(
            "check what the keys of the mount are allowed to do in bucket `{bucket}`, and that they are the right ones"
        ))
    }
}

fn no_bucket(bucket: &str) -> Error {
    Error::new(ErrorKind::Config, format!("there is no bucket `{bucket}`"))
        .with_hint("check `bucket`, `region` and `endpoint` of the mount, or make the bucket")
}

fn elsewhere(bucket: &str, region: &str) -> Error {
    if region.is_empty() {
        return Error::config(format!("bucket `{bucket}` is in another region"))
            .with_hint("set `region` of the mount to that of the bucket");
    }
    Error::config(format!("bucket `{bucket}` is in region `{region}`"))
        .with_hint(format!("set `region: {region}` for the mount"))
}

fn skewed(seconds: u64) -> Error {
    let by = if seconds > 0 { format!(" by {seconds} seconds") } else { String::new() };
    Error::new(ErrorKind::Unauthenticated, format!("this machine's clock differs from the server's{by}"))
        .with_hint("set the clock (NTP); signatures are valid for a quarter of an hour")
}

fn with_words(error: &Error, report: &Report) -> Error {
    let words = format!("{} ({}: {})", error.message(), report.code, report.message);
    Error::new(error.kind(), words).with_retryable(error.is_retryable()).with_hint_of(error)
}
