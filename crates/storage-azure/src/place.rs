//! Where a container is.

use storage_cloud::keys::encode_key;
use storage_types::{Error, Result};

/// Endpoint, account and container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// `https://host[:port][/path]`, without a slash at the end.
    pub(crate) endpoint: String,
    pub(crate) account: Option<String>,
    pub(crate) container: String,
}

impl Place {
    /// # Errors
    ///
    /// `Config` naming the field.
    pub(crate) fn new(endpoint: Option<&str>, account: Option<&str>, container: &str) -> Result<Self> {
        check_container(container)?;
        if let Some(account) = account {
            check_account(account)?;
        }
        let endpoint = match (endpoint, account) {
            (Some(endpoint), _) => checked_endpoint(endpoint)?,
            (None, Some(account)) => format!("https://{account}.blob.core.windows.net"),
            (None, None) => {
                return Err(Error::config("field `account`: the storage account is missing")
                    .with_hint("give `account`, `endpoint` or `connection_string`"));
            }
        };
        let account = account.map(str::to_owned).or_else(|| account_of(&endpoint));
        Ok(Self { endpoint, account, container: container.to_owned() })
    }

    /// The URL of the account's blob service. Without a path it ends with a slash, as a parser writes it.
    pub(crate) fn service_url(&self) -> String {
        let has_path = self.endpoint.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
        if has_path { self.endpoint.clone() } else { format!("{}/", self.endpoint) }
    }

    /// The URL of the container.
    pub(crate) fn container_url(&self) -> String {
        format!("{}/{}", self.endpoint, self.container)
    }

    /// The URL of a blob.
    pub(crate) fn blob_url(&self, key: &str) -> String {
        format!("{}/{}/{}", self.endpoint, self.container, encode_key(key))
    }

    /// What tells this container from all others: its URL, as a parser writes it, since hosts have no case.
    pub(crate) fn name(&self) -> String {
        let url = self.container_url();
        reqwest::Url::parse(&url).map_or(url, String::from)
    }

    /// Whether one can copy out of the other by itself.
    pub(crate) fn same_account(&self, other: &Self) -> bool {
        self.endpoint == other.endpoint && self.account == other.account
    }
}

/// "Naming and referencing containers, blobs, and metadata": 3 to 63 of `a-z 0-9 -`, or one of three of its own.
fn check_container(name: &str) -> Result<()> {
    let ordinary = (3..=63).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--");
    if ordinary || matches!(name, "$root" | "$web" | "$logs") {
        return Ok(());
    }
    Err(Error::config("field `container`: it is no name of a container").with_hint(
        "a name has 3 to 63 of `a-z`, `0-9` and single `-`; what comes behind a slash belongs to `prefix`",
    ))
}

fn check_account(name: &str) -> Result<()> {
    // The emulator takes any name; nothing may break out of the host.
    if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Ok(());
    }
    Err(Error::config("field `account`: it is no name of a storage account")
        .with_hint("give the name alone, such as `myaccount`; a URL belongs to `endpoint`"))
}

fn checked_endpoint(text: &str) -> Result<String> {
    let wrong = || {
        Error::config("field `endpoint`: it is no URL of a blob service").with_hint(
            "write `https://account.blob.core.windows.net`, or `http://127.0.0.1:10000/devstoreaccount1`; no \
             container, no token",
        )
    };
    let url: reqwest::Url = text.trim().parse().map_err(|_| wrong())?;
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !plain || url.password().is_some() {
        return Err(wrong());
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// The account of `https://account.blob.core...`, or of `http://127.0.0.1:10000/account`.
fn account_of(endpoint: &str) -> Option<String> {
    let (_, rest) = endpoint.split_once("://")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let account = match host.split_once('.') {
        Some((first, rest)) if rest.starts_with("blob.") => first,
        _ => path,
    };
    check_account(account).is_ok().then(|| account.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let place = Place::new(None, Some("acct"), "box").unwrap();
        assert_eq!(place.blob_url("a b/c?"), "https://acct.blob.core.windows.net/box/a%20b/c%3F");
        let place = Place::new(Some("http://127.0.0.1:10000/dev/"), None, "$root").unwrap();
        assert_eq!(place.container_url(), "http://127.0.0.1:10000/dev/$root");
        assert_eq!(place.account.as_deref(), Some("dev"));
        let place = Place::new(Some("https://a.blob.core.windows.net"), None, "box").unwrap();
        assert_eq!(place.account.as_deref(), Some("a"));
        assert_eq!(Place::new(Some("https://cdn.example"), None, "box").unwrap().account, None);
    }

    #[test]
    fn one_container_has_one_name() {
        let name = |endpoint, account, container| Place::new(endpoint, account, container).unwrap().name();
        let expected = "https://acct.blob.core.windows.net/box";
        assert_eq!(name(None, Some("Acct"), "box"), expected);
        assert_eq!(name(Some("https://ACCT.blob.core.windows.net:443/"), None, "box"), expected);
        assert_ne!(name(None, Some("acct"), "box2"), expected);
        assert_ne!(name(None, Some("acct2"), "box"), expected);
    }

    #[test]
    fn wrong_names_and_endpoints_are_refused() {
        for container in ["", "ab", "Box", "a/b", "-ab", "a--b", "$other"] {
            assert!(Place::new(None, Some("acct"), container).is_err(), "{container}");
        }
        for endpoint in ["acct", "ftp://h", "https://", "https://h?sig=x", "https://u:p@h"] {
            assert!(Place::new(Some(endpoint), None, "box").is_err(), "{endpoint}");
        }
        assert!(Place::new(None, Some("evil.host/"), "box").is_err());
        assert!(Place::new(None, None, "box").is_err());
    }
}
