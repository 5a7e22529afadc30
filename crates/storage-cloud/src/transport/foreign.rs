//! Answers that the service cannot have given: some machine on the way did, such as a proxy or the portal of a network.

use std::time::Duration;

use http::HeaderMap;
use storage_types::config::redact;
use storage_types::{Error, ErrorKind};

use super::{Answer, Failure};

/// What is looked at of a body to say what came, in bytes.
const LOOKED_AT: usize = 2 << 10;

/// What is shown of it, in characters.
const SHOWN: usize = 60;

/// How long its beginning may take.
const PATIENCE: Duration = Duration::from_secs(5);

impl Answer {
    /// Whether it is a page for people. No service answers programs with one, save where that is what is stored.
    #[must_use]
    pub fn is_page(&self) -> bool {
        is_page(self.headers())
    }

    /// The error of this answer, which is not the service's: `why`, and what came.
    pub async fn refuse(mut self, why: &str) -> Error {
        let body = match tokio::time::timeout(PATIENCE, self.response.body_mut().chunk()).await {
            Ok(Ok(Some(body))) => body,
            _ => bytes::Bytes::new(),
        };
        foreign(why, self.status(), self.headers(), &body)
    }
}

impl Failure {
    /// As [`Answer::is_page`].
    #[must_use]
    pub fn is_page(&self) -> bool {
        is_page(&self.headers)
    }

    /// The error of this answer, which is not the service's: `why`, and what came.
    #[must_use]
    pub fn refuse(&self, why: &str) -> Error {
        foreign(why, self.status, &self.headers, &self.body)
    }
}

/// The media types of pages. One who has nothing to say may name any, as moto does.
fn is_page(headers: &HeaderMap) -> bool {
    let is_empty = headers.get(http::header::CONTENT_LENGTH).is_some_and(|length| length == "0");
    !is_empty
        && media_type(headers).is_some_and(|media| {
            media.eq_ignore_ascii_case("text/html") || media.eq_ignore_ascii_case("application/xhtml+xml")
        })
}

fn media_type(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(http::header::CONTENT_TYPE)?.to_str().ok()?;
    Some(text.split(';').next().unwrap_or_default().trim())
}

/// The error of an answer that is not the service's: `why`, and what came.
#[must_use]
pub fn foreign(why: &str, status: u16, headers: &HeaderMap, body: &[u8]) -> Error {
    let mut came = format!("HTTP status {status}");
    if let Some(media) = media_type(headers).filter(|media| !media.is_empty()) {
        came.push_str(&format!(", `{}`", first_words(media.as_bytes())));
    }
    let words = first_words(body);
    if !words.is_empty() {
        came.push_str(&format!(", beginning with `{words}`"));
    }
    Error::new(ErrorKind::Unexpected, format!("{why} ({came})"))
        .with_hint("check that the endpoint is the store itself, and no proxy or web page in front of it")
        .with_retryable(false)
}

/// The first words of a body, without tags, and without queries of URLs, which may hold secrets.
#[must_use]
pub fn first_words(body: &[u8]) -> String {
    let text = redact(&without_queries(&String::from_utf8_lossy(&body[..body.len().min(LOOKED_AT)])));
    let mut shown = String::new();
    let mut in_tag = false;
    for c in text.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            _ => {}
        }
        let between = ends_word(c);
        if between && !shown.is_empty() && !shown.ends_with(' ') {
            shown.push(' ');
        } else if !between && !in_tag && c != char::REPLACEMENT_CHARACTER {
            shown.push(c);
        }
        if shown.chars().count() >= SHOWN {
            break;
        }
    }
    shown.trim_end().to_owned()
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '`' | '"' | '\'')
}

fn without_queries(text: &str) -> String {
    let mut in_query = false;
    let keeps = |c: &char| {
        in_query = (in_query || *c == '?') && !ends_word(*c);
        !in_query
    };
    text.chars().filter(keeps).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_words_are_those_that_people_see() {
        let page = b"<!DOCTYPE html>\n<html><head><title>Log in</title></head><body class=\"x\">Welcome to  `us`</body>";
        assert_eq!(first_words(page), "Log in Welcome to us");
        assert_eq!(first_words(b"{\"error\":1}"), "{ error :1}");
        assert_eq!(first_words(b""), "");
        assert_eq!(first_words(&[0xff, 0x00, 0x1b, b'a']), "a");
        assert_eq!(first_words(&[b'x'; 4000]).len(), SHOWN);
    }

    #[test]
    fn queries_are_not_shown() {
        let page = b"cannot reach https://h/a?sig=SECRET&x=1 today";
        assert_eq!(first_words(page), "cannot reach https://h/a today");
        assert_eq!(first_words(b"{\"client_secret\": \"hunter2\"}"), "{ client_secret : ***");
        assert_eq!(first_words(b"<a href=\"http://h/?token=SECRET\">there?really</a>"), "there");
    }

    #[test]
    fn the_error_says_what_came() {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", http::HeaderValue::from_static("text/html; charset=utf-8"));
        let error = foreign("the answer has no ETag", 200, &headers, b"<h1>Log in</h1>");
        assert_eq!(
            error.message(),
            "the answer has no ETag (HTTP status 200, `text/html`, beginning with `Log in`)"
        );
        assert!(!error.is_retryable() && is_page(&headers));
    }
}
