//! Checks that the configurations of all clouds share.

use std::net::IpAddr;

use reqwest::Url;
use storage_types::{Error, Result};

use crate::keys::Prefix;

/// The field `prefix` of a mount.
///
/// # Errors
///
/// `Config` naming the field.
pub fn prefix(text: &str) -> Result<Prefix> {
    Prefix::parse(text).map_err(|error| Error::config(format!("field `prefix`: {}", error.message())))
}

/// Refuses a mount that says in several ways who asks. Each way is its field, and whether it is given.
///
/// # Errors
///
/// `Config` naming the fields.
pub fn one_way_to_ask(ways: &[(&str, bool)]) -> Result<()> {
    let given: Vec<&str> = ways.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
    if given.len() > 1 {
        return Err(Error::config(format!(
            "fields `{}`: only one of them can say who asks",
            given.join("`, `")
        )));
    }
    Ok(())
}

/// Whether others on the way can read and change what is sent to this URL: it is plain HTTP, and leaves this machine.
#[must_use]
pub fn is_open_to_others(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.scheme() == "http" && !is_loopback(&url))
}

/// `localhost` is this machine (RFC 6761, 6.3), as are the addresses of loopback.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let number = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match number.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// Refuses a URL to which `secret`, which requests carry as it is, would be sent for others to read.
///
/// # Errors
///
/// `Config` naming the field, unless it is `allowed` or nobody else is on the way.
pub fn no_secret_in_clear(field: &str, url: &str, secret: &str, allowed: bool) -> Result<()> {
    if allowed || !is_open_to_others(url) {
        return Ok(());
    }
    Err(Error::config(format!("field `{field}`: {secret} would go over plain `http://`, for others to read"))
        .with_hint(
            "use `https://`; or set `allow_plain_http: true` if you trust the whole way to the server",
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_alone_is_not_open_to_others() {
        for url in [
            "http://localhost:1/x",
            "http://a.localhost",
            "http://127.1.2.3",
            "http://[::1]:80/",
            "https://h",
        ] {
            assert!(!is_open_to_others(url), "{url}");
        }
        for url in
            ["http://h", "http://10.0.0.1:1/x", "http://localhost.example", "http://[fe80::1]/", "HTTP://H"]
        {
            assert!(is_open_to_others(url), "{url}");
        }
        let error = no_secret_in_clear("endpoint", "http://h", "the token", false).unwrap_err();
        assert!(error.to_string().contains("`allow_plain_http: true`"), "{error}");
        assert!(no_secret_in_clear("endpoint", "http://h", "the token", true).is_ok());
    }
}
