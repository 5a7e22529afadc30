//! Configuration and errors.

use std::time::SystemTime;

use http::{HeaderMap, HeaderValue};
use storage_cloud::transport::{Failure, Transport};
use storage_cloud::tuning::Tuning;
use storage_core::{MountLookup, Provider};
use storage_types::{Error, ErrorKind, MountConfig, Operation};

use crate::auth::Auth;
use crate::backend::AzureStore;
use crate::error::{Context, Demand};
use crate::place::Place;
use crate::{AzureConfig, AzureProvider};

const KEY: &str = "a2V5LW9mLXRoZS1hY2NvdW50";

fn mount(options: &[(&str, &str)]) -> MountConfig {
    options.iter().fold(MountConfig::new("m", "azure"), |config, (name, value)| config.option(*name, *value))
}

fn refused(options: &[(&str, &str)]) -> String {
    let error = AzureProvider.build(&mount(options), &MountLookup::empty()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    assert!(!error.to_string().contains(KEY) && !format!("{error:?}").contains(KEY), "{error:?}");
    error.to_string()
}

#[test]
fn good_configurations_build_without_asking_anybody() {
    let account = ("account", "acct");
    let container = ("container", "box");
    for options in [
        vec![account, container, ("account_key", KEY)],
        vec![account, container, ("sas_token", "?sv=2020&sig=x%3D")],
        vec![account, container, ("anonymous", "true")],
        vec![account, container],
        vec![account, container, ("client_id", "id")],
        vec![account, container, ("tenant_id", "t"), ("client_id", "c"), ("client_secret", "s")],
        vec![container, ("connection_string", "UseDevelopmentStorage=true")],
        vec![
            container,
            ("endpoint", "http://127.0.0.1:1/acct"),
            ("account_key", KEY),
            ("part_size", "4 MiB"),
        ],
    ] {
        let backend = AzureProvider.build(&mount(&options), &MountLookup::empty()).unwrap();
        assert_eq!(backend.kind(), "azure");
        assert!(!format!("{backend:?}").contains(KEY));
    }
    assert_eq!((AzureProvider.kind(), AzureProvider.aliases()), ("azure", &["azblob"][..]));
}

#[test]
fn wrong_configurations_name_the_field() {
    let (account, container, key) = (("account", "acct"), ("container", "box"), ("account_key", KEY));
    for (options, field) in [
        (vec![account], "container"),
        (vec![container], "account"),
        (vec![account, ("container", "A")], "container"),
        (vec![account, container, key, ("anonymous", "true")], "`account_key`, `anonymous`"),
        (vec![account, container, key, ("tenant_id", "t")], "tenant_id"),
        (vec![account, container, ("client_secret", KEY)], "client_secret"),
        (vec![account, container, ("account_key", "not base64!")], "account_key"),
        (vec![account, container, ("sas_token", "sv=2020")], "sas_token"),
        (vec![account, container, ("sas_token", "https://h/?sig=x")], "sas_token"),
        (vec![account, container, ("connection_string", "UseDevelopmentStorage=true")], "connection_string"),
        (vec![container, ("endpoint", "http://h/acct")], "allow_plain_http"),
        (vec![container, ("endpoint", "http://h/acct"), ("sas_token", "sv=1&sig=x")], "allow_plain_http"),
        (vec![account, container, key, ("prefix", "../x")], "prefix"),
        (vec![account, container, key, ("part_size", "1")], "part_size"),
        (vec![account, container, key, ("acount", "x")], "acount"),
    ] {
        let message = refused(&options);
        assert!(message.contains(field), "{field}: {message}");
    }
}

#[test]
fn tokens_go_over_plain_http_only_where_that_is_allowed() {
    let container = ("container", "box");
    let sas = ("sas_token", "sv=1&sig=x");
    for (options, allow) in [
        (vec![container, sas, ("endpoint", "http://h/acct")], true),
        (vec![container, sas, ("endpoint", "http://127.0.0.1:10000/acct")], false),
        (vec![container, sas, ("endpoint", "https://h/acct")], false),
        // Keys of accounts sign, and are not sent.
        (vec![container, ("account_key", KEY), ("endpoint", "http://h/acct")], false),
        (vec![container, ("endpoint", "http://h/acct")], true),
    ] {
        let mount = mount(&options).option("allow_plain_http", allow);
        assert!(AzureProvider.build(&mount, &MountLookup::empty()).is_ok(), "{options:?}");
    }
}

#[test]
fn secrets_do_not_show() {
    let config: AzureConfig = mount(&[
        ("container", "box"),
        ("account_key", KEY),
        ("sas_token", KEY),
        ("connection_string", KEY),
        ("client_secret", KEY),
    ])
    .parse_options()
    .unwrap();
    assert!(!format!("{config:?}").contains(KEY));
}

fn explained(status: u16, code: &str, context: Context) -> Error {
    let store = AzureStore::new(
        Place::new(None, Some("acct"), "box").unwrap(),
        Auth::Anonymous,
        Transport::new(&Tuning::default()),
    );
    let body = format!(
        "\u{feff}<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>What happened.\nRequestId:1</Message></Error>"
    );
    store.explain(&Failure { status, headers: HeaderMap::new(), body: body.into() }, context)
}

#[test]
fn codes_have_their_kinds() {
    let none = Context::default();
    for (status, code, kind) in [
        (403, "AuthenticationFailed", ErrorKind::Unauthenticated),
        (403, "AuthorizationFailure", ErrorKind::Unauthenticated),
        (403, "AuthorizationPermissionMismatch", ErrorKind::PermissionDenied),
        (404, "BlobNotFound", ErrorKind::NotFound),
        (404, "ContainerNotFound", ErrorKind::Config),
        (409, "BlobAlreadyExists", ErrorKind::AlreadyExists),
        (412, "ConditionNotMet", ErrorKind::PreconditionFailed),
        (304, "ConditionNotMet", ErrorKind::NotModified),
        (416, "InvalidRange", ErrorKind::InvalidInput),
        (503, "ServerBusy", ErrorKind::RateLimited),
        (500, "OperationTimedOut", ErrorKind::Timeout),
        (400, "Crc64Mismatch", ErrorKind::Corrupted),
        (400, "MetadataTooLarge", ErrorKind::InvalidInput),
        (400, "InvalidBlockList", ErrorKind::Interrupted),
    ] {
        assert_eq!(explained(status, code, none).kind(), kind, "{code}");
    }
    for (code, retryable) in [("ServerBusy", true), ("OperationTimedOut", true), ("InvalidBlockList", false)]
    {
        assert_eq!(explained(500, code, none).is_retryable(), retryable, "{code}");
    }
}

#[test]
fn what_was_demanded_decides() {
    let of = |demand| Context { demand, ..Context::default() };
    for code in ["BlobAlreadyExists", "ConditionNotMet", "InvalidBlockList"] {
        assert_eq!(explained(409, code, of(Demand::Create)).kind(), ErrorKind::AlreadyExists, "{code}");
    }
    for code in ["ConditionNotMet", "BlobNotFound", "InvalidBlockList"] {
        assert_eq!(explained(412, code, of(Demand::IfMatch)).kind(), ErrorKind::PreconditionFailed, "{code}");
    }
    let copy = Context { copy: true, ..Context::default() };
    for code in ["BlobNotFound", "CannotVerifyCopySource"] {
        let error = explained(404, code, copy);
        assert_eq!((error.kind(), error.operation()), (ErrorKind::NotFound, Some(Operation::Read)), "{code}");
    }
}

#[test]
fn messages_say_what_to_do() {
    let error = explained(404, "ContainerNotFound", Context::default()).to_string();
    assert!(error.contains("az storage container create --account-name acct --name box"), "{error}");
    let error = explained(403, "AuthenticationFailed", Context::default()).to_string();
    assert!(error.contains("account_key") && error.contains("sas_token"), "{error}");
    let error = explained(400, "SomethingNew", Context::default()).to_string();
    assert!(error.contains("SomethingNew: What happened."), "{error}");
}

#[test]
fn a_clock_that_is_off_is_told() {
    let store = AzureStore::new(
        Place::new(None, Some("acct"), "box").unwrap(),
        Auth::Anonymous,
        Transport::new(&Tuning::default()),
    );
    let mut headers = HeaderMap::new();
    let then = SystemTime::now() - std::time::Duration::from_secs(3600);
    headers.insert("date", HeaderValue::try_from(httpdate::fmt_http_date(then)).unwrap());
    headers.insert("x-ms-error-code", HeaderValue::from_static("AuthenticationFailed"));
    let failure = Failure { status: 403, headers, body: bytes::Bytes::new() };
    let error = store.explain(&failure, Context::default());
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.to_string().contains("clock"), "{error}");
}
