//! What the answers of Azure mean ("Status and error codes" and "Blob Storage error codes" of its REST documentation).

use std::error::Error as StdError;

use azure_core::error::ErrorKind as SdkKind;
use bytes::Bytes;
use storage_cloud::transport::{Failure, of_status};
use storage_cloud::xml;
use storage_types::config::redact;
use storage_types::{Error, ErrorKind, Operation, WriteMode};

use crate::answer::of_foreign;
use crate::backend::AzureStore;
use crate::sdk::header_map;

/// What a call demanded of what is stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Demand {
    #[default]
    None,
    Create,
    IfMatch,
}

impl From<&WriteMode> for Demand {
    fn from(mode: &WriteMode) -> Self {
        match mode {
            WriteMode::Create => Self::Create,
            WriteMode::IfMatch(_) => Self::IfMatch,
            _ => Self::None,
        }
    }
}

/// What has to be known about a call to tell what its failure means.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context {
    pub(crate) demand: Demand,
    /// The call was for one version.
    pub(crate) version: bool,
    /// The call copies: what is missing is the source.
    pub(crate) copy: bool,
}

/// The code and the first line of the message.
#[derive(Default)]
struct Told {
    code: String,
    message: String,
}

impl xml::Visit for Told {
    fn close(&mut self, name: &str, text: &str) {
        match name {
            "Code" if self.code.is_empty() => text.trim().clone_into(&mut self.code),
            "Message" if self.message.is_empty() => {
                self.message = redact(text.lines().next().unwrap_or_default().trim());
            }
            _ => {}
        }
    }
}

impl Told {
    fn of(failure: &Failure) -> Self {
        let mut told = Self::default();
        if !failure.body.is_empty() {
            // A body that is no XML tells nothing, and the status and the header remain.
            let _ = xml::read(failure.body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&failure.body), &mut told);
        }
        if let Some(code) = failure.header("x-ms-error-code") {
            code.clone_into(&mut told.code);
        }
        told
    }
}

impl AzureStore {
    /// What an answer means that is no success.
    pub(crate) fn explain(&self, failure: &Failure, context: Context) -> Error {
        let told = Told::of(failure);
        if let Some(error) = of_foreign(failure).filter(|_| told.code.is_empty()) {
            return error;
        }
        match told.code.as_str() {
            _ if failure.status == 304 => of_status(304),
            "ContainerNotFound" => self.no_container(),
            "ContainerBeingDeleted" => Error::new(ErrorKind::Config, "the container is being deleted")
                .with_hint("wait until that is done, about 30 seconds, and create it again"),
            code => of_code(code, failure, context).unwrap_or_else(|| other(&told, failure.status)),
        }
    }

    fn no_container(&self) -> Error {
        let container = &self.place.container;
        let account = self.place.account.as_deref().unwrap_or("ACCOUNT");
        Error::new(ErrorKind::Config, format!("the container `{container}` does not exist")).with_hint(
            format!("create it: `az storage container create --account-name {account} --name {container}`"),
        )
    }

    /// The same for an error of the SDK.
    pub(crate) fn explain_sdk(&self, error: azure_core::Error, context: Context) -> Error {
        self.auth.secrets().clean(self.of_sdk(error, context))
    }

    fn of_sdk(&self, error: azure_core::Error, context: Context) -> Error {
        if let SdkKind::HttpResponse { status, raw_response: Some(response), .. } = error.kind() {
            let failure = Failure {
                status: u16::from(*status),
                headers: header_map(response.headers()),
                body: Bytes::copy_from_slice(response.body().as_ref()),
            };
            return self.explain(&failure, context);
        }
        if let Some(status) = error.http_status() {
            return of_status(u16::from(status));
        }
        let kind = error.kind().clone();
        match error.into_downcast::<Error>() {
            // Our own policy refused to sign.
            Ok(own) => own,
            Err(error) => of_kind(&kind, &innermost(&error)),
        }
    }
}

/// Whether a failure of the SDK's certainly left nothing: it never came there, or the server was too busy for it.
pub(crate) fn left_nothing(error: &azure_core::Error) -> bool {
    matches!(error.kind(), SdkKind::Connection)
        || error.http_status().is_some_and(|status| matches!(u16::from(status), 429 | 503))
}

/// The causes hold URLs, and those may hold a token; the innermost is of the system and holds none.
pub(crate) fn innermost(error: &dyn StdError) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    redact(innermost.to_string().split(" for url").next().unwrap_or_default())
}

fn of_kind(kind: &SdkKind, cause: &str) -> Error {
    match kind {
        SdkKind::Connection => {
            Error::new(ErrorKind::Interrupted, format!("the server cannot be reached: {cause}"))
                .with_hint("check `endpoint` of the mount, the network and the proxy")
        }
        SdkKind::Io => Error::new(ErrorKind::Interrupted, format!("the connection broke: {cause}")),
        SdkKind::Credential => {
            Error::new(ErrorKind::Unauthenticated, format!("there are no credentials: {cause}"))
        }
        _ => Error::new(ErrorKind::Unexpected, cause.to_owned()),
    }
}

/// The error of a code. Above each arm stands what "Common REST API error codes" and "Blob Storage error codes" say of it.
fn of_code(code: &str, failure: &Failure, context: Context) -> Option<Error> {
    let (status, demand) = (failure.status, context.demand);
    let invalid = |what: &'static str| Error::invalid(what);
    Some(match code {
        // "Server failed to authenticate the request. Make sure the value of the Authorization header is formed correctly
        // including the signature."
        "AuthenticationFailed"
        | "AuthorizationFailure"
        | "InvalidAuthenticationInfo"
        | "NoAuthenticationInformation" => unauthenticated(failure),
        // "This request is not authorized to perform this operation using this permission."
        "AuthorizationPermissionMismatch"
        | "AuthorizationServiceMismatch"
        | "AuthorizationResourceTypeMismatch"
        | "AuthorizationProtocolMismatch"
        | "AuthorizationSourceIPMismatch"
        | "InsufficientAccountPermissions"
        | "AccountIsDisabled"
        | "KeyBasedAuthenticationNotPermitted"
        | "PublicAccessNotPermitted" => forbidden(code),
        // "Could not verify the copy source within the specified time."
        "CannotVerifyCopySource" if status == 404 => Error::not_found().with_operation(Operation::Read),
        "CannotVerifyCopySource" => forbidden(code).with_operation(Operation::Read),
        // "The specified blob does not exist." "The specified resource does not exist."
        "BlobNotFound" | "ResourceNotFound" if context.copy => {
            Error::not_found().with_operation(Operation::Read)
        }
        "BlobNotFound" | "ResourceNotFound" if demand == Demand::IfMatch => not_met(demand),
        "BlobNotFound" | "ResourceNotFound" => Error::not_found(),
        // "The specified blob already exists." "This request is not authorized to perform blob overwrites."
        "BlobAlreadyExists" | "UnauthorizedBlobOverwrite" if demand != Demand::IfMatch => {
            not_met(Demand::Create)
        }
        // "The condition specified using HTTP conditional header(s) is not met."
        "BlobAlreadyExists"
        | "ConditionNotMet"
        | "TargetConditionNotMet"
        | "SourceConditionNotMet"
        | "AppendPositionConditionNotMet" => not_met(demand),
        // "The specified block list is invalid."
        "InvalidBlockList" => block_list(demand),
        // "The range specified is invalid for the current size of the resource."
        "InvalidRange" => of_status(416),
        // "The server is currently unable to receive requests. Please retry your request."
        "ServerBusy" => Error::new(ErrorKind::RateLimited, "the server is busy"),
        // "The operation could not be completed within the permitted time."
        "OperationTimedOut" => Error::new(ErrorKind::Timeout, "the server gave up"),
        // "The server encountered an internal error. Please retry the request."
        "InternalError" => {
            Error::new(ErrorKind::Unexpected, "the server failed (InternalError)").with_retryable(true)
        }
        // "The MD5 value specified in the request did not match the MD5 value calculated by the server."
        "Md5Mismatch" | "Crc64Mismatch" => {
            Error::new(ErrorKind::Corrupted, format!("the content was damaged on its way ({code})"))
                .with_retryable(true)
        }
        // "An invalid value was specified for one of the query parameters in the request URI": the id of a version.
        "InvalidQueryParameterValue" | "OperationNotAllowedOnRootBlob" if context.version => {
            Error::not_found()
        }
        // "The specified metadata is invalid. It includes characters that are not permitted."
        "InvalidMetadata" | "EmptyMetadataKey" => invalid("the server does not take these metadata"),
        // "The size of the specified metadata exceeds the maximum size permitted."
        "MetadataTooLarge" => invalid("the user metadata are larger than 8 KiB"),
        "InvalidTags" | "TagsTooLarge" | "InvalidTagName" => invalid("the server does not take these tags")
            .with_hint("at most 10 tags; letters, digits, space and `+ - . / : = _`"),
        "InvalidUri" | "InvalidResourceName" | "OutOfRangeInput" | "InvalidHeaderValue" => {
            Error::invalid(format!("the server does not take this name or header ({code})"))
        }
        // "The size of the request body exceeds the maximum size permitted." "The committed block count cannot exceed the maximum
        // limit of 50,000 blocks."
        "RequestBodyTooLarge" | "BlockCountExceedsLimit" => {
            Error::new(ErrorKind::QuotaExceeded, format!("it is too large for one blob ({code})"))
        }
        // "This operation is not permitted on an archived blob."
        "BlobArchived" | "BlobBeingRehydrated" => {
            Error::new(ErrorKind::Unsupported, "the blob is in the archive tier")
                .with_hint("rehydrate it first: `az storage blob set-tier --tier Hot`")
        }
        // Of accounts with a hierarchical namespace.
        "DirectoryIsNotEmpty"
        | "DirectoryNotEmpty"
        | "OperationNotSupportedOnDirectory"
        | "ResourceTypeMismatch" => Error::is_a_directory(),
        // "The blob type is invalid for this operation."
        "InvalidBlobType" => Error::new(ErrorKind::Unsupported, "a blob of another type stands there")
            .with_hint("delete it first"),
        // "This operation is not permitted as the blob is immutable due to a policy."
        "BlobImmutableDueToPolicy" => {
            Error::new(ErrorKind::PermissionDenied, "a retention policy protects the blob")
        }
        // "There is currently a lease on the blob and no lease ID was specified in the request."
        "LeaseIdMissing" | "LeaseAlreadyPresent" | "LeaseLost" => {
            Error::new(ErrorKind::PermissionDenied, "somebody holds a lease on the blob")
                .with_hint("wait until the lease ends, or break it: `az storage blob lease break`")
        }
        _ => return None,
    })
}

fn unauthenticated(failure: &Failure) -> Error {
    if let Some(skew) = failure.clock_skew() {
        let minutes = skew.as_secs() / 60;
        return Error::new(
            ErrorKind::Unauthenticated,
            format!("this machine's clock is {minutes} minutes off, and the server refuses the signature"),
        )
        .with_hint("set the clock, for example with NTP");
    }
    Error::new(ErrorKind::Unauthenticated, "the server does not accept the credentials").with_hint(
        "check `account`, `account_key` or `sas_token` (its expiry too) of the mount, and the firewall of the account",
    )
}

fn forbidden(code: &str) -> Error {
    Error::new(ErrorKind::PermissionDenied, format!("the credentials do not allow this ({code})")).with_hint(
        "give the identity a role such as `Storage Blob Data Contributor`, or make a SAS token with more permissions",
    )
}

fn not_met(demand: Demand) -> Error {
    match demand {
        Demand::Create => Error::already_exists(),
        _ => Error::etag_differs(),
    }
}

/// The blocks are gone: whoever stores a blob under the same name first throws the blocks of all others away.
fn block_list(demand: Demand) -> Error {
    match demand {
        Demand::None => Error::new(
            ErrorKind::Interrupted,
            "somebody else stored something under this name while it was being written",
        )
        .with_hint("write it again")
        .with_retryable(false),
        demand => not_met(demand),
    }
}

/// What is not understood, in the server's own words.
fn other(told: &Told, status: u16) -> Error {
    let base = of_status(status);
    if told.code.is_empty() {
        return base;
    }
    Error::new(base.kind(), format!("{}: {} (HTTP status {status})", told.code, told.message))
        .with_retryable(base.is_retryable())
        .with_hint_of(&base)
}
