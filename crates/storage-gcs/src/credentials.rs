//! Credentials as they are given: files, their text, and the default ones. What is wrong with them is told without them.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use google_cloud_auth::build_errors::Error as BuildError;
use google_cloud_auth::credentials::{
    self, Credentials, external_account, impersonated, service_account, user_account,
};
use google_cloud_auth::signer::Signer;
use serde_json::Value;
use storage_cloud::config::is_open_to_others;
use storage_cloud::secrets::Secrets;
use storage_types::config::is_secret_key;
use storage_types::{Error, ErrorKind, Result, Secret};

/// Longer files are no credentials, in bytes.
const LONGEST: u64 = 1 << 20;

/// Where credentials come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// There are none.
    Anonymous,
    /// The text of a credentials file.
    Json(Secret),
    /// A credentials file.
    File(PathBuf),
    /// The application default credentials.
    Default,
}

impl Source {
    /// What no message may show, as far as the credentials can be read.
    pub(crate) fn secrets(&self) -> Secrets {
        let file = |path: &Path| bounded(path).ok();
        let text = match self {
            Self::Anonymous => None,
            Self::Json(text) => Some(text.expose().to_owned()),
            Self::File(path) => file(path),
            Self::Default => default_file().and_then(|path| file(&path)),
        };
        let json = text.and_then(|text| serde_json::from_str(&text).ok());
        json.map_or_else(Secrets::new, |json| below(Secrets::new(), &json))
    }
}

/// All values whose names say that they are secret.
fn below(secrets: Secrets, json: &Value) -> Secrets {
    let Value::Object(map) = json else { return secrets };
    map.iter().fold(secrets, |secrets, (name, value)| match value.as_str() {
        Some(text) if is_secret_key(name) => secrets.with(text),
        _ => below(secrets, value),
    })
}

/// The application default credentials ("How Application Default Credentials works").
fn default_file() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("GOOGLE_APPLICATION_CREDENTIALS").or_else(|| {
        let folder =
            variable("CLOUDSDK_CONFIG").or_else(|| Some(variable("HOME")?.join(".config/gcloud")))?;
        Some(folder.join("application_default_credentials.json"))
    })
}

/// What makes tokens.
pub(crate) fn make_credentials(source: &Source) -> Result<Credentials> {
    let Some(json) = read(source)? else {
        return credentials::Builder::default().build().map_err(|error| unusable(source, &error));
    };
    let built = match kind(source, &json)? {
        Kind::ServiceAccount => service_account::Builder::new(json).build(),
        Kind::AuthorizedUser => user_account::Builder::new(json).build(),
        Kind::ExternalAccount => external_account::Builder::new(json).build(),
        Kind::Impersonated => impersonated::Builder::new(json).build(),
    };
    built.map_err(|error| unusable(source, &error))
}

/// What signs.
pub(crate) fn make_signer(source: &Source) -> Result<Signer> {
    let Some(json) = read(source)? else {
        return credentials::Builder::default().build_signer().map_err(|error| no_signer(source, &error));
    };
    let built = match kind(source, &json)? {
        Kind::ServiceAccount => service_account::Builder::new(json).build_signer(),
        Kind::Impersonated => impersonated::Builder::new(json).build_signer(),
        Kind::AuthorizedUser | Kind::ExternalAccount => return Err(cannot_sign()),
    };
    built.map_err(|error| no_signer(source, &error))
}

/// The text of a file, of which no more is read than credentials can be long.
fn bounded(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}

/// The credentials file, unless the default ones are meant.
fn read(source: &Source) -> Result<Option<Value>> {
    let text = match source {
        Source::Anonymous | Source::Default => return Ok(None),
        Source::Json(text) => text.clone(),
        Source::File(path) => Secret::from(bounded(path).map_err(|error| {
            let what = Error::from_io(error);
            Error::config(format!(
                "field `credentials_file`: `{}` cannot be read: {}",
                path.display(),
                what.message()
            ))
            .with_source(what)
        })?),
    };
    // What the parser says may quote the key.
    serde_json::from_str(text.expose()).map(Some).map_err(|error| {
        wrong(source, &format!("it is no JSON (line {}, column {})", error.line(), error.column()))
    })
}

enum Kind {
    ServiceAccount,
    AuthorizedUser,
    ExternalAccount,
    Impersonated,
}

fn kind(source: &Source, json: &Value) -> Result<Kind> {
    let (kind, needs): (_, &[&str]) = match json.get("type").and_then(Value::as_str) {
        Some("service_account") => {
            (Kind::ServiceAccount, &["client_email", "private_key", "private_key_id", "project_id"])
        }
        Some("authorized_user") => {
            (Kind::AuthorizedUser, &["client_id", "client_secret", "refresh_token"])
        }
        Some("external_account") => (Kind::ExternalAccount, &["audience", "subject_token_type"]),
        Some("impersonated_service_account") => {
            (Kind::Impersonated, &["service_account_impersonation_url"])
        }
        _ => return Err(wrong(source, "its `type` is none that is known").with_hint(
            "known are `service_account`, `authorized_user`, `external_account`, `impersonated_service_account`",
        )),
    };
    if let Some(missing) = needs.iter().find(|name| json.get(**name).and_then(Value::as_str).is_none()) {
        return Err(wrong(source, &format!("`{missing}` is missing in it")));
    }
    check_servers(source, json)?;
    Ok(kind)
}

/// Secrets are sent to these, which are Google's as a rule.
fn check_servers(source: &Source, json: &Value) -> Result<()> {
    let in_clear = |name: &&&str| json.get(**name).and_then(Value::as_str).is_some_and(is_open_to_others);
    match ["token_uri", "token_url", "service_account_impersonation_url"].iter().find(in_clear) {
        Some(name) => {
            Err(wrong(source, &format!("its `{name}` is plain `http://`, where others could read secrets"))
                .with_hint("take the credentials as Google gives them, with `https://`"))
        }
        None => Ok(()),
    }
}

fn wrong(source: &Source, what: &str) -> Error {
    let field = match source {
        Source::File(_) => "field `credentials_file`",
        Source::Json(_) => "field `credentials`",
        Source::Default | Source::Anonymous => "the application default credentials",
    };
    Error::config(format!("{field}: {what}"))
}

/// Errors of the parser are told without their text, which may quote a key.
fn unusable(source: &Source, error: &BuildError) -> Error {
    if error.is_loading() {
        return wrong(source, &format!("{error}"));
    }
    let what = if error.is_missing_field() {
        format!("{error}")
    } else if error.is_unknown_type() || error.is_not_supported() {
        "credentials of this type are not supported".to_owned()
    } else {
        "they are not what such credentials look like".to_owned()
    };
    wrong(source, &what).with_hint("download the file again, and give it as it is")
}

fn no_signer(source: &Source, error: &BuildError) -> Error {
    if error.is_not_supported() { cannot_sign() } else { unusable(source, error) }
}

/// What cannot sign, and what can.
pub(crate) fn cannot_sign() -> Error {
    Error::new(ErrorKind::Unsupported, "the mount's credentials cannot sign a URL").with_hint(
        "use a service account's file in `credentials_file`, or impersonate a service account; emulators and \
         anonymous mounts have nothing to sign with",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let source = Source::Json(text.into());
        let error = make_credentials(&source).map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        format!("{error} {error:?}")
    }

    #[test]
    fn what_is_wrong_with_credentials_is_told_without_them() {
        for (text, says) in [
            ("{hunter2", "no JSON"),
            (r#"{"type":"hunter2"}"#, "`type`"),
            (
                r#"{"type":"service_account","client_email":"a@b","private_key":"hunter2"}"#,
                "`private_key_id`",
            ),
            (r#"{"type":"authorized_user","client_id":"a","client_secret":"hunter2"}"#, "`refresh_token`"),
            (
                r#"{"type":"authorized_user","client_id":"a","client_secret":"hunter2","refresh_token":"hunter2",
                    "token_uri":"http://tokens/"}"#,
                "`token_uri`",
            ),
        ] {
            let error = told(text);
            assert!(error.contains(says) && !error.contains("hunter2"), "{error}");
        }
    }
}
