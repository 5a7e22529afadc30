//! Which options are secrets, and how they are blanked before anybody sees them.

use serde_json::{Map, Value};

use super::secret::REDACTED;

/// Words that make a key secret wherever they stand in it, `_`, `-` and case left aside.
const ANYWHERE: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "authorization",
    "bearer",
    "cookie",
    "apikey",
    "connectionstring",
    "signature",
];

/// Words that make a key secret only when they stand alone between separators.
const WHOLE: [&str; 6] = ["pass", "pwd", "sas", "sig", "auth", "keys"];

/// Whether the value under this key is hidden in `Debug`, in errors and in serialised configuration.
///
/// The rule: without case, `_`, `-`, `.` and spaces, the key holds `password`, `passwd`, `passphrase`, `secret`,
/// `token`, `credential`, `authorization`, `bearer`, `cookie`, `apikey`, `connectionstring` or `signature`, or ends
/// with `key`; or one of its words is `pass`, `pwd`, `sas`, `sig`, `auth` or `keys`. It rather hides too much.
///
/// ```
/// use storage_types::config::is_secret_key;
///
/// assert!(is_secret_key("secret_access_key") && is_secret_key("sasToken") && is_secret_key("X-Api-Key"));
/// assert!(!is_secret_key("bucket") && !is_secret_key("compass"));
/// ```
#[must_use]
pub fn is_secret_key(key: &str) -> bool {
    let squeezed: String = key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    squeezed.ends_with("key")
        || ANYWHERE.iter().any(|word| squeezed.contains(word))
        || key.split(|c: char| !c.is_alphanumeric()).any(|word| {
            WHOLE.iter().any(|whole| word.eq_ignore_ascii_case(whole) || is_first_hump(word, whole))
        })
}

/// `sasUrl` is `sas` and `Url`.
fn is_first_hump(word: &str, whole: &str) -> bool {
    word.strip_prefix(whole).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// The options with every secret blanked; `marked` are keys that the caller said are secret.
pub(super) fn redacted(options: &Map<String, Value>, marked: &[String]) -> Map<String, Value> {
    let hide = |key: &String, value: &Value| {
        if marked.contains(key) { blank(value) } else { under_key(key, value) }
    };
    options.iter().map(|(key, value)| (key.clone(), hide(key, value))).collect()
}

fn under_key(key: &str, value: &Value) -> Value {
    if is_secret_key(key) { blank(value) } else { in_value(value) }
}

/// `null`, `true` and `false` give nothing away; everything else does, its shape included.
fn blank(value: &Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) => value.clone(),
        _ => Value::String(REDACTED.to_owned()),
    }
}

fn in_value(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(redact(text)),
        Value::Array(items) => Value::Array(items.iter().map(in_value).collect()),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(key, value)| (key.clone(), under_key(key, value))).collect())
        }
        other => other.clone(),
    }
}

/// The text with secrets inside it blanked. Where a secret ends cannot be told from outside (a password may hold any
/// separator), so whatever might belong to it goes:
///
/// - everything between the first `://` and the last `@` (userinfo of URLs, RFC 3986, 3.2.1);
/// - everything behind `name=` or `name:` when the name is secret (SAS URLs, connection strings, header lines), and
///   behind `Bearer`, `Basic` and `SharedKey`;
/// - the whole text when it holds a private key.
///
/// ```
/// use storage_types::config::redact;
///
/// assert_eq!(redact("refused: https://h/c?sv=1&sig=abc"), "refused: https://h/c?sv=1&sig=***");
/// ```
#[must_use]
pub fn redact(text: &str) -> String {
    if text.contains("PRIVATE KEY-----") {
        return REDACTED.to_owned();
    }
    // First the userinfo: it may have a `=` or `:` of its own.
    let text = match (text.find("://").map(|at| at + 3), text.rfind('@')) {
        (Some(start), Some(end)) if start < end => format!("{}{REDACTED}{}", &text[..start], &text[end..]),
        _ => text.to_owned(),
    };
    match secret_start(&text) {
        Some(start) if start < text.len() => format!("{}{REDACTED}", &text[..start]),
        _ => text,
    }
}

/// Where the first secret behind a name or an authentication scheme begins.
fn secret_start(text: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    let schemes = ["bearer ", "basic ", "sharedkey "]
        .into_iter()
        .filter_map(|scheme| Some(lower.find(scheme)? + scheme.len()));
    let separator = |c: char| c.is_whitespace() || "?&;#,=:".contains(c);
    let mut name_start = 0;
    let mut named = None;
    for (at, c) in text.char_indices().filter(|&(_, c)| separator(c)) {
        if matches!(c, '=' | ':') && is_secret_key(&text[name_start..at]) {
            let rest = &text[at + 1..];
            named = Some(at + 1 + (rest.len() - rest.trim_start().len()));
            break;
        }
        name_start = at + c.len_utf8();
    }
    schemes.chain(named).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn keys_that_are_secret() {
        for key in [
            "password",
            "PASSWORD",
            "db_password",
            "secret",
            "clientSecret",
            "token",
            "sasToken",
            "sas_url",
            "key",
            "account_key",
            "secret_access_key",
            "credentials",
            "connection_string",
            "connectionString",
            "sasUrl",
            "Authorization",
            "bearer",
            "X-Api-Key",
            "api-key",
            "pwd",
            "pass",
            "Cookie",
            "sig",
        ] {
            assert!(is_secret_key(key), "{key}");
        }
        for key in
            ["path", "bucket", "region", "compass", "passive", "author", "design", "access_key_id", "keyed"]
        {
            assert!(!is_secret_key(key), "{key}");
        }
    }

    #[test]
    fn text_is_blanked_where_it_is_secret() {
        for (text, shown) in [
            ("https://me:pw@host/x", "https://***@host/x"),
            ("https://ghp_abc@host", "https://***@host"),
            ("postgres://me:p/w@host/x", "postgres://***@host/x"),
            ("s3://a:hunter:0/@host/path", "s3://***@host/path"),
            ("s3://a:12/34@host", "s3://***@host"),
            ("s3://a:p w@host", "s3://***@host"),
            ("s3://a:p://w@host", "s3://***@host"),
            ("s3://a:p&token=w@host", "s3://***@host"),
            ("a://x:y@b,c://d:e@f", "a://***@f"),
            ("http://[fe80::a]:80/a", "http://[fe80::a]:80/a"),
            ("https://a/c?sv=1&sig=abc%3D&se=2", "https://a/c?sv=1&sig=***"),
            ("AccountName=a;AccountKey=ab;c==;X=1", "AccountName=a;AccountKey=***"),
            ("Bearer abc", "Bearer ***"),
            ("Authorization: Bearer abc", "Authorization: ***"),
            ("X-A: 1, authorization:bearer abc", "X-A: 1, authorization:***"),
            ("{\"private_key\": \"abc\"}", "{\"private_key\": ***"),
            ("token=", "token="),
            ("me@example.org", "me@example.org"),
            ("home:docs", "home:docs"),
            ("/srv/data", "/srv/data"),
            ("-----BEGIN RSA PRIVATE KEY-----\nabc", "***"),
        ] {
            assert_eq!(redact(text), shown);
        }
    }

    #[test]
    fn nested_maps_and_lists_are_searched() {
        let options = json!({
            "headers": {"Authorization": "Basic abc", "Accept": "*/*"},
            "keys": ["a", "b"], "pin": "1234", "token": null, "endpoints": ["http://u:p@h"]
        });
        let shown = redacted(options.as_object().unwrap(), &["pin".to_owned()]);
        assert_eq!(
            Value::Object(shown),
            json!({
                "headers": {"Authorization": "***", "Accept": "*/*"},
                "keys": "***", "pin": "***", "token": null, "endpoints": ["http://***@h"]
            })
        );
    }

    proptest! {
        #[test]
        fn any_text_can_be_blanked(text in any::<String>(), odd in "[a:/@?&;= #]{0,24}") {
            let _ = (redact(&text), redact(&odd), is_secret_key(&text));
        }

        #[test]
        fn a_password_in_a_url_never_stays(user in "[a-z]{0,5}", odd in "[ -~\\n\u{e9}]{0,12}", host in "[a-z.:0-9/]{0,9}") {
            let shown = redact(&format!("s3://{user}:hunter{odd}hunter@{host}"));
            prop_assert!(!shown.contains("hunter"), "{}", shown);
        }

        #[test]
        fn a_named_secret_never_stays(before in "[a-z0-9=&?;/: -]{0,12}", odd in "[ -~\\n\u{e9}]{0,12}") {
            for name in ["sig=", "AccountKey=", "token: ", "x bearer "] {
                let shown = redact(&format!("{before};{name}hunter{odd}hunter"));
                prop_assert!(!shown.contains("hunter"), "{}", shown);
            }
        }
    }
}
