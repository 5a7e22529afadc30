//! Answers to requests, by the rules of RFC 9110.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use proptest::prelude::*;

use super::*;
use crate::error::{Error, ErrorKind, Operation};
use crate::metadata::{Checksum, Metadata};
use crate::options::WriteMode;

/// Sunday, 2026-03-01 12:00:00 UTC.
const STORED: u64 = 1_772_366_400;
const STORED_DATE: &str = "Sun, 01 Mar 2026 12:00:00 GMT";
const BEFORE: &str = "Sun, 01 Mar 2026 11:59:59 GMT";
const AFTER: &str = "Sun, 01 Mar 2026 12:00:01 GMT";

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Ten bytes, stored with a fraction of a second, in a store that makes tags.
fn object() -> Metadata {
    let mut metadata = Metadata::file(10);
    metadata.modified = Some(at(STORED) + Duration::from_millis(250));
    metadata.etag = Some("abc".to_owned());
    metadata
}

fn answer_with(request: &ServeRequest, options: &ServeOptions, metadata: &Metadata) -> ServePlan {
    let subject = Subject { metadata, name: "file.txt", media_type: Some("text/plain") };
    ServePlan::new(request, options, subject, at(STORED + 3600))
}

fn answer(request: &ServeRequest) -> ServePlan {
    answer_with(request, &ServeOptions::new(), &object())
}

fn header<'p>(plan: &'p ServePlan, name: &str) -> Option<&'p str> {
    let values: Vec<&str> =
        plan.headers.iter().filter(|(known, _)| *known == name).map(|(_, value)| value.as_str()).collect();
    assert!(values.len() <= 1, "{name} stands there {} times", values.len());
    values.first().copied()
}

/// `GET` with these headers.
fn get(headers: &[(&str, &str)]) -> ServeRequest {
    ServeRequest::new("GET", headers.iter().copied())
}

fn status(headers: &[(&str, &str)]) -> u16 {
    answer(&get(headers)).status
}

#[test]
fn a_plain_get_and_a_head_differ_in_the_content_alone() {
    let (whole, head) = (answer(&ServeRequest::get()), answer(&ServeRequest::head()));
    assert_eq!((whole.status, whole.content), (200, Some((0, 10))));
    assert_eq!((head.status, head.content), (200, None));
    assert_eq!(head.headers, whole.headers);
    for (name, value) in [
        ("content-length", "10"),
        ("accept-ranges", "bytes"),
        ("content-type", "text/plain"),
        ("x-content-type-options", "nosniff"),
        ("etag", "\"abc\""),
        ("last-modified", STORED_DATE),
    ] {
        assert_eq!(header(&whole, name), Some(value));
    }
}

#[test]
fn other_methods_are_told_which_there_are() {
    for method in ["POST", "DELETE", "get", ""] {
        let plan = answer(&ServeRequest::new::<&str, &str>(method, []));
        assert_eq!((plan.status, plan.content, header(&plan, "allow")), (405, None, Some("GET, HEAD")));
    }
}

#[test]
fn one_range_is_a_part() {
    for (range, start, length, said) in [
        ("bytes=0-3", 0, 4, "bytes 0-3/10"),
        ("bytes=4-", 4, 6, "bytes 4-9/10"),
        ("bytes=-3", 7, 3, "bytes 7-9/10"),
        ("bytes=-30", 0, 10, "bytes 0-9/10"),
        ("bytes=9-9", 9, 1, "bytes 9-9/10"),
        ("bytes=5-99999999999999999999999", 5, 5, "bytes 5-9/10"),
        ("BYTES= 1-2 ", 1, 2, "bytes 1-2/10"),
        ("bytes=, 1-2,", 1, 2, "bytes 1-2/10"),
    ] {
        let plan = answer(&get(&[("Range", range)]));
        assert_eq!((plan.status, plan.content), (206, Some((start, length))), "{range}");
        assert_eq!(header(&plan, "content-range"), Some(said));
        assert_eq!(header(&plan, "content-length"), Some(length.to_string().as_str()));
    }
}

#[test]
fn a_range_past_the_end_is_refused_with_the_size() {
    for range in ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=99999999999999999999-", "bytes=10-,20-30"] {
        let plan = answer(&get(&[("Range", range)]));
        assert_eq!((plan.status, plan.content), (416, None), "{range}");
        assert_eq!(header(&plan, "content-range"), Some("bytes */10"));
    }
}

#[test]
fn what_is_no_range_and_several_ranges_give_everything() {
    for range in [
        "bytes=3-1",
        "bytes=",
        "bytes",
        "bytes=a-b",
        "bytes=1",
        "bytes=+1-2",
        "items=0-1",
        "bytes=0-1,x",
        "bytes=0-1,3-4",
        "bytes=0-1,99-",
        "bytes=--1",
        "",
    ] {
        let plan = answer(&get(&[("Range", range)]));
        assert_eq!((plan.status, plan.content), (200, Some((0, 10))), "{range}");
    }
    let head = ServeRequest::head().header("range", "bytes=0-3");
    assert_eq!(answer(&head), answer(&ServeRequest::head()), "a range means nothing with HEAD");
}

#[test]
fn nothing_has_no_ranges() {
    let empty = Metadata::file(0);
    for (range, expected) in [("bytes=0-", 416), ("bytes=0-0", 416), ("bytes=-5", 200), ("bytes=-0", 416)] {
        let plan = answer_with(&get(&[("range", range)]), &ServeOptions::new(), &empty);
        assert_eq!(plan.status, expected, "{range}");
    }
}

#[test]
fn who_has_it_is_told_so() {
    for list in ["\"abc\"", "W/\"abc\"", "*", "\"x\", \"abc\"", "\"x\",\"y\" , W/\"abc\"", "\"a,b\", \"abc\""]
    {
        let plan = answer(&get(&[("If-None-Match", list)]));
        assert_eq!((plan.status, plan.content), (304, None), "{list}");
        assert_eq!(header(&plan, "etag"), Some("\"abc\""));
        assert_eq!((header(&plan, "content-length"), header(&plan, "content-type")), (None, None));
    }
    for list in ["\"x\"", "abc", "\"abc", "", "\"ab\", \"c\"", "w/\"abc\""] {
        assert_eq!(status(&[("If-None-Match", list)]), 200, "{list}");
    }
    let two = get(&[("If-None-Match", "\"x\""), ("if-none-match", "\"abc\"")]);
    assert_eq!(answer(&two).status, 304, "two lines are one list");
    assert_eq!(answer(&ServeRequest::head().header("If-None-Match", "*")).status, 304);
}

#[test]
fn times_decide_where_no_tag_does() {
    for (date, expected) in [
        (STORED_DATE, 304),
        (AFTER, 304),
        (BEFORE, 200),
        ("Sunday, 01-Mar-26 12:00:00 GMT", 304),
        ("Sun Mar  1 12:00:00 2026", 304),
        ("yesterday", 200),
    ] {
        assert_eq!(status(&[("If-Modified-Since", date)]), expected, "{date}");
    }
    for (date, expected) in [(STORED_DATE, 200), (AFTER, 200), (BEFORE, 412), ("yesterday", 200)] {
        assert_eq!(status(&[("If-Unmodified-Since", date)]), expected, "{date}");
    }
}

#[test]
fn tags_come_before_times_and_demands_before_questions() {
    assert_eq!(status(&[("If-None-Match", "\"x\""), ("If-Modified-Since", AFTER)]), 200);
    assert_eq!(status(&[("If-Match", "\"abc\""), ("If-Unmodified-Since", BEFORE)]), 200);
    assert_eq!(status(&[("If-Match", "\"x\""), ("If-None-Match", "\"abc\"")]), 412);
    assert_eq!(status(&[("If-Match", "\"abc\""), ("If-None-Match", "\"abc\"")]), 304);
    assert_eq!(status(&[("If-None-Match", "\"abc\""), ("Range", "bytes=99-")]), 304);
    assert_eq!(status(&[("If-Match", "\"x\""), ("Range", "bytes=0-1")]), 412);
}

#[test]
fn demands_compare_strongly() {
    for (list, expected) in
        [("\"abc\"", 200), ("*", 200), ("\"x\", \"abc\"", 200), ("W/\"abc\"", 412), ("\"x\"", 412)]
    {
        assert_eq!(status(&[("If-Match", list)]), expected, "{list}");
    }
}

#[test]
fn a_range_is_of_the_content_that_the_client_has() {
    for (condition, expected) in [
        ("\"abc\"", 206),
        ("W/\"abc\"", 200),
        ("\"x\"", 200),
        (STORED_DATE, 206),
        (BEFORE, 200),
        (AFTER, 200),
        ("nonsense", 200),
        ("\"abc\", \"x\"", 200),
    ] {
        assert_eq!(status(&[("Range", "bytes=0-1"), ("If-Range", condition)]), expected, "{condition}");
    }
    assert_eq!(status(&[("Range", "bytes=99-"), ("If-Range", "\"x\"")]), 200);
    assert_eq!(status(&[("If-Range", "\"abc\"")]), 200);
}

#[test]
fn a_fresh_file_has_no_strong_tag_yet() {
    let mut file = object();
    file.file_id = Some((1, 2));
    let at_age = |seconds: u64, headers: &[(&str, &str)]| {
        let subject = Subject { metadata: &file, name: "f", media_type: None };
        ServePlan::new(
            &get(headers),
            &ServeOptions::new(),
            subject,
            at(STORED) + Duration::from_secs(seconds),
        )
    };
    assert_eq!(header(&at_age(1, &[]), "etag"), Some("W/\"abc\""));
    assert_eq!(header(&at_age(0, &[]), "etag"), Some("W/\"abc\""), "stored in the future");
    assert_eq!(header(&at_age(3, &[]), "etag"), Some("\"abc\""));
    let range = [("Range", "bytes=0-1"), ("If-Range", "\"abc\"")];
    assert_eq!((at_age(1, &range).status, at_age(3, &range).status), (200, 206));
    assert_eq!(at_age(1, &[("If-None-Match", "\"abc\"")]).status, 304);
}

#[test]
fn a_store_without_tags_gets_one_from_what_it_tells() {
    let mut metadata = Metadata::file(10);
    let tag = |metadata: &Metadata| {
        let plan = answer_with(&ServeRequest::get(), &ServeOptions::new(), metadata);
        header(&plan, "etag").map(str::to_owned)
    };
    assert_eq!(tag(&metadata), None);
    metadata.modified = Some(at(1));
    assert_eq!(tag(&metadata).as_deref(), Some("W/\"3b9aca00-a\""));
    metadata.checksum = Some(Checksum::Crc32c([0, 1, 2, 255]));
    assert_eq!(tag(&metadata).as_deref(), Some("\"crc32c-000102ff\""));
    metadata.etag = Some("W/\"weak\"".to_owned());
    assert_eq!(tag(&metadata).as_deref(), Some("W/\"weak\""));
    metadata.etag = Some("a\"b\r\nc".to_owned());
    assert_eq!(tag(&metadata), None, "what cannot be sent is not sent");
}

#[test]
fn no_time_is_sent_that_was_not_yet_or_cannot_be() {
    let now = at(STORED);
    for (modified, expected) in
        [(now + Duration::from_secs(99), Some(STORED_DATE)), (UNIX_EPOCH - Duration::from_secs(1), None)]
    {
        let mut metadata = object();
        metadata.modified = Some(modified);
        let subject = Subject { metadata: &metadata, name: "f", media_type: None };
        let plan = ServePlan::new(&ServeRequest::get(), &ServeOptions::new(), subject, now);
        assert_eq!(header(&plan, "last-modified"), expected);
    }
}

#[test]
fn names_are_safe_in_a_disposition() {
    for (name, said) in [
        ("report.pdf", "attachment; filename=\"report.pdf\""),
        ("a b.txt", "attachment; filename=\"a b.txt\""),
        ("../../etc/passwd", "attachment; filename=\"passwd\""),
        ("a\\b", "attachment; filename=\"b\""),
        ("x\"; y=\"z", "attachment; filename=\"x_; y=_z\"; filename*=UTF-8''x%22%3B%20y%3D%22z"),
        ("a\r\nset-cookie: x", "attachment; filename=\"aset-cookie: x\""),
        ("100%41", "attachment; filename=\"100_41\"; filename*=UTF-8''100%2541"),
        ("\u{e4}\u{20ac}", "attachment; filename=\"__\"; filename*=UTF-8''%C3%A4%E2%82%AC"),
        ("exe\u{202e}gpj.txt", "attachment; filename=\"exegpj.txt\""),
        ("..", "attachment"),
        ("", "attachment"),
    ] {
        let plan =
            answer_with(&ServeRequest::get(), &ServeOptions::new().attachment().filename(name), &object());
        assert_eq!(header(&plan, "content-disposition"), Some(said), "{name:?}");
    }
    let inline = answer_with(&ServeRequest::get(), &ServeOptions::new().inline(), &object());
    assert_eq!(header(&inline, "content-disposition"), Some("inline; filename=\"file.txt\""));
    assert_eq!(header(&answer(&ServeRequest::get()), "content-disposition"), None);
}

#[test]
fn a_page_of_strangers_can_be_shown_without_its_scripts() {
    let mut metadata = object();
    metadata.content_type = Some("text/html".to_owned());
    let plan = answer_with(&ServeRequest::get(), &ServeOptions::new().sandboxed(), &metadata);
    assert_eq!(header(&plan, "content-type"), Some("text/html"));
    assert!(header(&plan, "content-security-policy").unwrap().starts_with("sandbox; default-src 'none'"));
    let plan = answer_with(&ServeRequest::get(), &ServeOptions::new(), &metadata);
    assert_eq!(header(&plan, "content-security-policy"), None);
    assert_eq!(header(&plan, "x-content-type-options"), Some("nosniff"));
}

#[test]
fn what_is_stored_cannot_add_headers() {
    let mut metadata = object();
    metadata.content_type = Some("text/html\r\nset-cookie: a=b".to_owned());
    metadata.cache_control = Some("no-store\nx: y".to_owned());
    let plan = answer_with(&ServeRequest::get(), &ServeOptions::new(), &metadata);
    assert_eq!((header(&plan, "content-type"), header(&plan, "cache-control")), (Some("text/plain"), None));
    metadata.content_type = Some("binary/octet-stream".to_owned());
    let plan = answer_with(&ServeRequest::get(), &ServeOptions::new(), &metadata);
    assert_eq!(header(&plan, "content-type"), Some("text/plain"), "the name says more");
    metadata.content_type = Some("image/png".to_owned());
    metadata.cache_control = Some("max-age=60".to_owned());
    let plan = answer_with(&ServeRequest::get(), &ServeOptions::new(), &metadata);
    assert_eq!(header(&plan, "content-type"), Some("image/png"));
    assert_eq!(header(&plan, "cache-control"), Some("max-age=60"));
    let options = ServeOptions::new().content_type("text/x-own").cache_control("private");
    let plan = answer_with(&get(&[("if-none-match", "*")]), &options, &metadata);
    assert_eq!((plan.status, header(&plan, "cache-control")), (304, Some("private")));
}

#[test]
fn failures_have_status_codes() {
    for (kind, expected) in [
        (ErrorKind::NotFound, 404),
        (ErrorKind::IsADirectory, 404),
        (ErrorKind::PermissionDenied, 403),
        (ErrorKind::Unauthenticated, 401),
        (ErrorKind::AlreadyExists, 412),
        (ErrorKind::RateLimited, 503),
        (ErrorKind::Timeout, 504),
        (ErrorKind::QuotaExceeded, 507),
        (ErrorKind::Config, 500),
    ] {
        assert_eq!(status_of(&Error::new(kind, "")), expected);
        assert_eq!(status_of(&Error::new(kind, "").with_operation(Operation::Read)), expected);
    }
}

#[test]
fn a_directory_in_the_way_of_a_write_is_a_conflict() {
    for kind in [ErrorKind::IsADirectory, ErrorKind::NotADirectory] {
        for operation in
            [Operation::Write, Operation::Append, Operation::Delete, Operation::Copy, Operation::Move]
        {
            assert_eq!(status_of(&Error::new(kind, "").with_operation(operation)), 409);
        }
        assert_eq!(status_of(&Error::new(kind, "").with_operation(Operation::List)), 404);
    }
    let made = Error::new(ErrorKind::AlreadyExists, "").with_operation(Operation::CreateDir);
    assert_eq!(status_of(&made), 405);
}

fn put(headers: &[(&str, &str)]) -> ServeRequest {
    ServeRequest::new("PUT", headers.iter().copied())
}

fn refused_put(headers: &[(&str, &str)], options: &PutOptions) -> Option<u16> {
    PutPlan::new(&put(headers), options, true).err().map(|plan| plan.status)
}

#[test]
fn a_body_has_the_length_and_the_digest_that_are_declared() {
    let any = PutOptions::new();
    let declared = [("Content-Length", "4"), ("Content-MD5", "XrY7u+Ae7tCTyyK7j1rNww==")];
    let plan = PutPlan::new(&put(&declared), &any, true).unwrap();
    let world =
        [0x5e, 0xb6, 0x3b, 0xbb, 0xe0, 0x1e, 0xee, 0xd0, 0x93, 0xcb, 0x22, 0xbb, 0x8f, 0x5a, 0xcd, 0xc3];
    assert_eq!((plan.length, plan.md5), (Some(4), Some(world)));
    for length in ["", "x", "-1", "+1", "1,2", "99999999999999999999"] {
        assert_eq!(refused_put(&[("content-length", length)], &any), Some(400), "{length}");
    }
    assert_eq!(refused_put(&[("content-length", "3"), ("content-length", "3")], &any), None);
    for md5 in ["", "abc", "XrY7u+Ae7tCTyyK7j1rNww", "XrY7u+Ae7tCTyyK7j1rN!w==", "XrY7u+Ae7tCTyyK7j1rNwwAA=="]
    {
        assert_eq!(refused_put(&[("content-md5", md5)], &any), Some(400), "{md5}");
    }
    assert_eq!(refused_put(&[("content-range", "bytes 0-1/4")], &any), Some(400));
    let strict = PutOptions::new().max_bytes(3).require_length(true);
    let declared = [None, Some("3"), Some("4")].map(|length| {
        refused_put(&length.map(|length| ("content-length", length)).into_iter().collect::<Vec<_>>(), &strict)
    });
    assert_eq!(declared, [Some(411), None, Some(413)]);
    let plan = PutPlan::new(&ServeRequest::get(), &any, true).unwrap_err();
    assert_eq!((plan.status, header(&plan, "allow")), (405, Some("PUT")));
}

#[test]
fn what_describes_a_body_is_stored_with_it_where_that_is_kept() {
    let headers = [
        ("Content-Type", "text/html"),
        ("Content-Encoding", "gzip"),
        ("Content-Disposition", "inline"),
        ("Content-Language", "de"),
    ];
    let options = PutPlan::new(&put(&headers), &PutOptions::new(), true).unwrap().options;
    let kept = [
        options.content_type,
        options.content_encoding,
        options.content_disposition,
        options.content_language,
    ];
    assert_eq!(kept.map(Option::unwrap), ["text/html", "gzip", "inline", "de"]);
    let bare = |headers: &[(&str, &str)]| PutPlan::new(&put(headers), &PutOptions::new(), false);
    assert_eq!(bare(&headers).unwrap_err().status, 415);
    assert_eq!(bare(&headers[..1]).unwrap().options.content_type, None);
    assert!(bare(&[("content-encoding", "Identity")]).is_ok());
}

#[test]
fn a_condition_that_a_store_can_check_is_left_to_it() {
    let of = |headers: &[(&str, &str)]| put(headers).precondition();
    let if_match = |tag: &str| Precondition::Checked(WriteMode::IfMatch(tag.to_owned()));
    assert_eq!(of(&[]), Precondition::None);
    assert_eq!(of(&[("If-Match", " \"abc\" ")]), if_match("\"abc\""));
    assert_eq!(of(&[("If-Match", "W/\"abc\""), ("If-Unmodified-Since", BEFORE)]), if_match("W/\"abc\""));
    assert_eq!(of(&[("If-None-Match", "*")]), Precondition::Checked(WriteMode::Create));
    assert_eq!(of(&[("If-Unmodified-Since", "yesterday")]), Precondition::None);
    for look in [
        &[("If-Match", "*")][..],
        &[("If-Match", "\"a\", \"b\"")],
        &[("If-Match", "abc")],
        &[("If-None-Match", "\"a\"")],
        &[("If-Unmodified-Since", AFTER)],
        &[("If-Match", "\"a\""), ("If-None-Match", "*")],
    ] {
        assert_eq!(of(look), Precondition::Look, "{look:?}");
    }
}

#[test]
fn what_was_looked_at_has_to_be_the_same_when_it_is_written() {
    let stored = object();
    let of = |headers: &[(&str, &str)]| put(headers).settled(Some(&stored), at(STORED));
    let same = Some(WriteMode::IfMatch("abc".to_owned()));
    for (name, value, expected) in [
        ("If-Match", "*", same.clone()),
        ("If-Match", "\"x\", \"abc\"", same.clone()),
        ("If-Match", "\"x\"", None),
        ("If-Match", "abc", None),
        ("If-None-Match", "\"x\"", same.clone()),
        ("If-None-Match", "\"abc\"", None),
        ("If-None-Match", "*", None),
        ("If-Unmodified-Since", STORED_DATE, same.clone()),
        ("If-Unmodified-Since", BEFORE, None),
    ] {
        assert_eq!(of(&[(name, value)]), expected, "{name}: {value}");
    }
    let nothing = |headers: &[(&str, &str)]| put(headers).settled(None, at(STORED));
    assert_eq!(nothing(&[("If-Match", "*")]), None);
    assert_eq!(nothing(&[("If-None-Match", "\"x\"")]), Some(WriteMode::Create));
    assert_eq!(nothing(&[("If-Unmodified-Since", BEFORE)]), Some(WriteMode::Create));
}

#[cfg(feature = "http")]
#[test]
fn a_request_of_the_http_crate_is_one() {
    let request = http::Request::put("/f").header("If-Match", "\"abc\"").body("text").unwrap();
    let asked = ServeRequest::from(&request);
    assert_eq!((asked.method.as_str(), asked.if_match.as_deref()), ("PUT", Some("\"abc\"")));
    assert_eq!(ServeRequest::from(&request.into_parts().0), asked);
}

proptest! {
    #[test]
    fn whatever_a_digest_is_it_is_read_or_refused(text in "[A-Za-z0-9+/=]{0,30}") {
        let _ = PutPlan::new(&put(&[("content-md5", &text)]), &PutOptions::new(), true);
    }

    #[test]
    fn whatever_a_client_sends_the_part_lies_inside(header in "\\PC{0,40}", size in 0u64..50) {
        let metadata = Metadata::file(size);
        let request = get(&[("range", &header), ("if-range", &header), ("if-none-match", &header)]);
        let plan = answer_with(&request, &ServeOptions::new(), &metadata);
        if let Some((start, length)) = plan.content {
            prop_assert!(start + length <= size);
        }
    }

    #[test]
    fn whatever_a_name_is_the_header_is_one_line_of_ascii(name in "\\PC{0,40}|[\\x00-\\x7f]{0,40}") {
        let options = ServeOptions::new().inline().filename(name);
        let plan = answer_with(&ServeRequest::get(), &options, &object());
        let value = header(&plan, "content-disposition").unwrap_or_default();
        prop_assert!(value.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{value:?}");
        prop_assert!(matches!(value.matches('"').count(), 0 | 2), "{value:?}");
    }
}
