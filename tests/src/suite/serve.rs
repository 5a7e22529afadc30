//! Answers of a web server from content of every mount. The rules themselves are tested beside them, in `storage-types`.

use storage::types::{ErrorKind, ServeOptions, ServeRequest, WriteOptions};

use super::api::{ServeResponse, StorageNode};
use super::maybe_async;
use super::stage::{SAMPLE, Stage};
use crate::support::checks::{equal, mentions, refused, some, yes};
use crate::support::outcome::{Failure, Outcome};

behaviours! {
    a_get_gives_the_content_and_what_is_known_about_it;
    a_head_gives_the_same_headers_and_no_content;
    a_range_gives_a_part;
    a_range_past_the_end_gives_none;
    an_etag_that_was_given_is_recognised;
    an_etag_changes_with_the_content;
    a_range_is_of_the_content_that_the_client_knows;
    empty_content_is_served;
    large_content_is_streamed;
    stored_types_come_before_those_of_names if [user_metadata];
    what_is_missing_is_no_answer;
    a_download_has_a_name;
}

/// The answer, and everything that it sends.
#[maybe_async]
async fn answer(node: &StorageNode, request: &ServeRequest) -> Result<(ServeResponse, Vec<u8>), Failure> {
    let mut response = node.serve(request).await?;
    let mut content = Vec::new();
    if let Some(body) = &mut response.body {
        while let Some(chunk) = body.next().await? {
            content.extend_from_slice(&chunk);
        }
    }
    Ok((response, content))
}

fn get(headers: &[(&str, &str)]) -> ServeRequest {
    ServeRequest::new("GET", headers.iter().copied())
}

#[maybe_async]
async fn a_get_gives_the_content_and_what_is_known_about_it(stage: &Stage) -> Outcome {
    let node = stage.file("folder/page.html", SAMPLE).await?;
    let (response, content) = answer(&node, &ServeRequest::get()).await?;
    equal((response.status, &content[..]), (200, SAMPLE.as_bytes()));
    equal(response.header("content-length"), Some(SAMPLE.len().to_string().as_str()));
    equal(response.header("accept-ranges"), Some("bytes"));
    equal(response.header("x-content-type-options"), Some("nosniff"));
    yes(response.header("etag").is_some() && response.header("last-modified").is_some());
    Ok(())
}

#[maybe_async]
async fn a_head_gives_the_same_headers_and_no_content(stage: &Stage) -> Outcome {
    let node = stage.file("page.html", SAMPLE).await?;
    let (got, _) = answer(&node, &ServeRequest::get()).await?;
    let (head, content) = answer(&node, &ServeRequest::head()).await?;
    equal((head.status, content.len(), head.body.is_none()), (200, 0, true));
    let bare_tags = |response: ServeResponse| {
        let headers = response.headers.into_iter();
        headers.map(|(name, value)| (name, bare(&value).to_owned())).collect::<Vec<_>>()
    };
    equal(bare_tags(head), bare_tags(got));
    Ok(())
}

#[maybe_async]
async fn a_range_gives_a_part(stage: &Stage) -> Outcome {
    let node = stage.file("file", "0123456789").await?;
    for (range, part, said) in [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-2", "89", "bytes 8-9/10"),
        ("bytes=0-99", "0123456789", "bytes 0-9/10"),
    ] {
        let (response, content) = answer(&node, &get(&[("Range", range)])).await?;
        equal((response.status, String::from_utf8_lossy(&content)), (206, part.into()));
        equal(response.header("content-range"), Some(said));
        equal(response.header("content-length"), Some(part.len().to_string().as_str()));
    }
    let (response, content) = answer(&node, &get(&[("Range", "bytes=0-1,4-5")])).await?;
    equal((response.status, content.len()), (200, 10));
    Ok(())
}

#[maybe_async]
async fn a_range_past_the_end_gives_none(stage: &Stage) -> Outcome {
    let node = stage.file("file", "0123456789").await?;
    let (response, content) = answer(&node, &get(&[("Range", "bytes=10-")])).await?;
    equal((response.status, content.len()), (416, 0));
    equal(response.header("content-range"), Some("bytes */10"));
    Ok(())
}

#[maybe_async]
async fn an_etag_that_was_given_is_recognised(stage: &Stage) -> Outcome {
    let node = stage.file("file", SAMPLE).await?;
    let (response, _) = answer(&node, &ServeRequest::get()).await?;
    let etag = some(response.header("etag"));
    let modified = some(response.header("last-modified"));
    let list = format!("\"another\", {etag}");
    for (name, value) in [
        ("If-None-Match", etag),
        ("If-None-Match", &list),
        ("If-None-Match", "*"),
        ("If-Modified-Since", modified),
    ] {
        let (response, content) = answer(&node, &get(&[(name, value)])).await?;
        equal((name, response.status, content.len()), (name, 304, 0));
        equal(response.header("etag").map(bare), Some(bare(etag)));
    }
    let (response, _) = answer(&node, &get(&[("If-Match", "\"another\"")])).await?;
    equal(response.status, 412);
    let (response, _) = answer(&node, &get(&[("If-Match", "*")])).await?;
    equal(response.status, 200);
    Ok(())
}

/// A tag of a fresh file becomes a strong one once the clock has ticked.
fn bare(etag: &str) -> &str {
    etag.trim_start_matches("W/")
}

#[maybe_async]
async fn an_etag_changes_with_the_content(stage: &Stage) -> Outcome {
    let node = stage.file("file", "one").await?;
    let (response, _) = answer(&node, &ServeRequest::get()).await?;
    let etag = some(response.header("etag")).to_owned();
    node.write("two").await?;
    let (response, content) = answer(&node, &get(&[("If-None-Match", &etag)])).await?;
    equal((response.status, &content[..]), (200, &b"two"[..]));
    let (response, _) = answer(&node, &get(&[("If-Match", &etag)])).await?;
    equal(response.status, 412);
    Ok(())
}

#[maybe_async]
async fn a_range_is_of_the_content_that_the_client_knows(stage: &Stage) -> Outcome {
    let node = stage.file("file", "0123456789").await?;
    let (response, _) = answer(&node, &ServeRequest::get()).await?;
    let etag = some(response.header("etag")).to_owned();
    let known = get(&[("Range", "bytes=5-"), ("If-Range", &etag)]);
    let (response, content) = answer(&node, &known).await?;
    // A weak tag, as a file has that was written just now, is not enough to put parts together.
    let expected = if etag.starts_with("W/") { (200, "0123456789") } else { (206, "56789") };
    equal((response.status, String::from_utf8_lossy(&content)), (expected.0, expected.1.into()));
    node.write("abcdefghij").await?;
    let (response, content) = answer(&node, &known).await?;
    equal((response.status, String::from_utf8_lossy(&content)), (200, "abcdefghij".into()));
    Ok(())
}

#[maybe_async]
async fn empty_content_is_served(stage: &Stage) -> Outcome {
    let node = stage.file("empty", "").await?;
    let (response, content) = answer(&node, &ServeRequest::get()).await?;
    equal((response.status, content.len(), response.header("content-length")), (200, 0, Some("0")));
    let (response, _) = answer(&node, &get(&[("Range", "bytes=0-")])).await?;
    equal((response.status, response.header("content-range")), (416, Some("bytes */0")));
    Ok(())
}

#[maybe_async]
async fn large_content_is_streamed(stage: &Stage) -> Outcome {
    let content = crate::support::content::version(7, 9_000_000);
    let node = stage.file("large", content.clone()).await?;
    let (_, got) = answer(&node, &ServeRequest::get()).await?;
    yes(got == content);
    let (response, got) = answer(&node, &get(&[("Range", "bytes=1000000-8499999")])).await?;
    equal(response.status, 206);
    yes(got == content[1_000_000..8_500_000]);
    Ok(())
}

#[maybe_async]
async fn stored_types_come_before_those_of_names(stage: &Stage) -> Outcome {
    let node = stage.node("page.html");
    let stored = WriteOptions::new().content_type("text/x-own").cache_control("max-age=60");
    node.write_with(SAMPLE, &stored).await?;
    for request in [ServeRequest::get(), ServeRequest::head(), get(&[("Range", "bytes=0-1")])] {
        let (response, _) = answer(&node, &request).await?;
        equal(response.header("content-type"), Some("text/x-own"));
        equal(response.header("cache-control"), Some("max-age=60"));
    }
    Ok(())
}

#[maybe_async]
async fn what_is_missing_is_no_answer(stage: &Stage) -> Outcome {
    let missing = stage.node("missing");
    for request in [ServeRequest::get(), ServeRequest::head(), get(&[("If-None-Match", "*")])] {
        let error = refused(missing.serve(&request).await, ErrorKind::NotFound);
        equal(ServeResponse::of_error(&error).status, 404);
        mentions(&error, &["missing"]);
    }
    Ok(())
}

#[maybe_async]
async fn a_download_has_a_name(stage: &Stage) -> Outcome {
    let node = stage.file("folder/my report \u{e9}.pdf", SAMPLE).await?;
    let options = ServeOptions::new().attachment();
    let response = node.serve_with(&ServeRequest::head(), &options).await?;
    equal(
        response.header("content-disposition"),
        Some("attachment; filename=\"my report _.pdf\"; filename*=UTF-8''my%20report%20%C3%A9.pdf"),
    );
    Ok(())
}
