//! Several ranges of one content, from servers whose content changes between two requests.

use std::sync::atomic::{AtomicU8, Ordering};

use storage::blocking;
use storage::types::{ByteRange, ErrorKind, MountConfig, ReadOptions};
use storage_tests::support::checks::{equal, mentions, refused, yes};
use storage_tests::support::outcome::Outcome;
use storage_tests::support::stub::{Asked, Stub, Told};

const SIZE: u64 = 200 << 20;
const NEAR: [std::ops::Range<u64>; 2] = [0..10, 10_000_000..10_000_010];
const FAR: [std::ops::Range<u64>; 2] = [0..10, 100_000_000..100_000_010];

/// What a server tells beside its content, which is of another letter at each request. The number is that of the request.
type Tells = fn(Told, u8) -> Told;

fn server(tells: Tells) -> std::io::Result<Stub> {
    let requests = AtomicU8::new(0);
    Stub::new(move |asked| {
        let number = requests.fetch_add(1, Ordering::SeqCst);
        let Some((start, end)) = range(asked) else { return Told::status(400) };
        let length = usize::try_from(end - start).unwrap_or_default();
        let told = Told::body(206, vec![b'a' + number; length])
            .header("Content-Range", &format!("bytes {start}-{}/{SIZE}", end - 1));
        tells(told, number)
    })
}

fn range(asked: &Asked) -> Option<(u64, u64)> {
    let (first, last) = asked.headers.get("range")?.strip_prefix("bytes=")?.split_once('-')?;
    Some((first.parse().ok()?, last.parse::<u64>().ok()? + 1))
}

fn node(stub: &Stub) -> storage::Result<blocking::StorageNode> {
    let manager = blocking::StorageManager::new();
    manager.add_mount(&MountConfig::new("web", "http").option("url", stub.url()))?;
    manager.node("web:file")
}

fn tags(told: Told, number: u8) -> Told {
    told.header("ETag", &format!("\"{number}\""))
}

fn old_times(told: Told, number: u8) -> Told {
    told.header("Last-Modified", &format!("Tue, 01 Jan 2019 00:00:{number:02} GMT"))
}

/// As of a server whose clock is ahead: no time passes that would settle it.
fn one_young_time(told: Told, _: u8) -> Told {
    told.header("Last-Modified", "Fri, 01 Jan 2100 00:00:00 GMT")
}

fn one_weak_tag(told: Told, _: u8) -> Told {
    told.header("ETag", "W/\"same\"")
}

fn nothing(told: Told, _: u8) -> Told {
    told
}

#[test]
fn what_identifies_the_content_shows_that_it_changed() -> Outcome {
    for tells in [tags, old_times] {
        let stub = server(tells)?;
        let error = refused(node(&stub)?.read_ranges(NEAR), ErrorKind::Interrupted);
        mentions(&error, &["changed while its ranges were read"]);
        equal(stub.asked().len(), 2);
    }
    Ok(())
}

#[test]
fn where_nothing_identifies_the_content_one_request_covers_all() -> Outcome {
    for tells in [nothing, one_young_time, one_weak_tag] {
        let stub = server(tells)?;
        equal(node(&stub)?.read_ranges(NEAR)?, ["cccccccccc", "cccccccccc"]);
        equal(stub.asked().len(), 3);
        yes(stub.asked()[2].headers["range"] == "bytes=0-10000009");
        let one = node(&stub)?.read_ranges([ByteRange::from(5..10)])?;
        equal((one, stub.asked().len()), (vec!["ddddd".into()], 4));
    }
    Ok(())
}

#[test]
fn where_one_request_would_be_too_much_the_error_says_why() -> Outcome {
    let stub = server(nothing)?;
    let error = refused(node(&stub)?.read_ranges(FAR), ErrorKind::Unsupported);
    mentions(&error, &["neither ETag nor version nor time", "too far apart", "read_range"]);
    let stub = server(one_young_time)?;
    let error = refused(node(&stub)?.read_ranges(FAR), ErrorKind::Interrupted);
    mentions(&error, &["within the last 2 seconds", "again in 2 seconds"]);
    // An old time that stays the same is enough.
    let stub = server(|told, _| told.header("Last-Modified", "Tue, 01 Jan 2019 00:00:00 GMT"))?;
    equal(node(&stub)?.read_ranges(FAR)?.concat().len(), 20);
    Ok(())
}

#[test]
fn a_condition_holds_for_each_range() -> Outcome {
    let stub = server(tags)?;
    let options = ReadOptions::new().if_match("0");
    refused(node(&stub)?.read_ranges_with(NEAR, &options), ErrorKind::PreconditionFailed);
    Ok(())
}
