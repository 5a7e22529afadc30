//! `PUT` and `DELETE` of a web server, on every mount. The rules themselves are tested beside them, in `storage-types`.

use std::io;

use storage::types::serve::PutOptions;
use storage::types::{DeleteOptions, ErrorKind, ReadOptions, ServeRequest, WriteOptions};

use super::api::{ServeResponse, StorageNode};
use super::maybe_async;
use super::rt;
use super::stage::Stage;
use crate::support::checks::{equal, mentions, no, refused, some, yes};
use crate::support::outcome::Outcome;

behaviours! {
    a_put_creates_and_replaces;
    a_put_that_is_not_what_it_said_stores_nothing;
    a_put_keeps_to_its_limits;
    a_put_stores_what_describes_it if [user_metadata];
    a_put_onto_a_directory_is_a_conflict if [directories];
    conditions_of_a_put_hold if [create_only, compare_and_set];
    a_put_that_breaks_off_stores_nothing;
    a_delete_tells_whether_something_was_there if [delete];
    conditions_of_a_delete_hold if [conditional_delete];
    of_several_that_delete_a_file_one_hears_that_it_was_there if [conditional_delete];
    the_tag_of_a_fresh_answer_is_taken_back if [compare_and_set];
    content_is_written_as_a_stream;
    a_stream_that_fails_stores_nothing;
}

fn request(method: &str, headers: &[(&str, &str)]) -> ServeRequest {
    ServeRequest::new(method, headers.iter().copied())
}

/// Pieces that come, and at the end what the connection says.
fn pieces(content: &[&'static str], end: Option<io::ErrorKind>) -> Vec<io::Result<storage::Bytes>> {
    let pieces = content.iter().map(|piece| Ok(storage::Bytes::from_static(piece.as_bytes())));
    pieces.chain(end.map(|kind| Err(kind.into()))).collect()
}

#[maybe_async]
async fn put(
    node: &StorageNode,
    headers: &[(&str, &str)],
    content: &'static str,
) -> storage::Result<ServeResponse> {
    node.serve_put(&request("PUT", headers), rt::body(pieces(&[content], None))).await
}

#[maybe_async]
async fn a_put_creates_and_replaces(stage: &Stage) -> Outcome {
    let node = stage.node("folder/file");
    let answer = put(&node, &[("Content-Length", "3")], "one").await?;
    equal((answer.status, answer.body.is_none()), (201, true));
    let etag = some(answer.header("etag")).trim_start_matches("W/").to_owned();
    let now = some(node.stat().await?.etag);
    equal(etag, format!("\"{now}\""));
    let answer = put(&node, &[], "two").await?;
    equal((answer.status, node.read_text().await?.as_str()), (204, "two"));
    let answer = node.serve_put(&ServeRequest::get(), rt::body(pieces(&["x"], None))).await?;
    equal((answer.status, answer.header("allow")), (405, Some("PUT")));
    Ok(())
}

#[maybe_async]
async fn a_put_that_is_not_what_it_said_stores_nothing(stage: &Stage) -> Outcome {
    let node = stage.node("file");
    for (name, value) in [
        ("Content-Length", "3"),
        ("Content-Length", "5"),
        ("Content-Length", "four"),
        ("Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA=="),
        ("Content-MD5", "short"),
        ("Content-Range", "bytes 0-3/8"),
    ] {
        let answer = put(&node, &[(name, value)], "text").await?;
        equal((name, value, answer.status), (name, value, 400));
        no(node.exists().await?);
    }
    let right = [("Content-Length", "4"), ("Content-MD5", "HLJR7A1WjeapKbUgxK7Y0Q==")];
    equal(put(&node, &right, "text").await?.status, 201);
    equal(node.read_text().await?, "text");
    Ok(())
}

#[maybe_async]
async fn a_put_keeps_to_its_limits(stage: &Stage) -> Outcome {
    let node = stage.node("file");
    let options = PutOptions::new().max_bytes(4).require_length(true);
    for (length, content, expected) in
        [(None, "text", 411), (Some("4"), "text", 201), (Some("5"), "texts", 413)]
    {
        let asked = length.map(|length| ("Content-Length", length));
        let asked = ServeRequest::new("PUT", asked);
        let body = rt::body(pieces(&[content], None));
        equal(node.serve_put_with(&asked, body, &options).await?.status, expected);
    }
    // Whatever it says, or does not say.
    let body = rt::body(pieces(&["te", "xts"], None));
    let answer = node.serve_put_with(&request("PUT", &[]), body, &PutOptions::new().max_bytes(4)).await?;
    equal((answer.status, node.read_text().await?.as_str()), (413, "text"));
    Ok(())
}

#[maybe_async]
async fn a_put_stores_what_describes_it(stage: &Stage) -> Outcome {
    let node = stage.node("page.bin");
    let headers = [
        ("Content-Type", "text/html"),
        ("Content-Encoding", "gzip"),
        ("Content-Disposition", "inline"),
        ("Content-Language", "de"),
    ];
    put(&node, &headers, "text").await?;
    let stored = node.metadata().await?;
    let kept =
        [stored.content_type, stored.content_encoding, stored.content_disposition, stored.content_language];
    equal(kept.map(some), ["text/html", "gzip", "inline", "de"]);
    let answer = node.serve(&ServeRequest::get()).await?;
    equal(
        (answer.header("content-type"), answer.header("content-encoding")),
        (Some("text/html"), Some("gzip")),
    );
    Ok(())
}

#[maybe_async]
async fn a_put_onto_a_directory_is_a_conflict(stage: &Stage) -> Outcome {
    stage.file("folder/file", "kept").await?;
    let error = refused(put(&stage.node("folder"), &[], "x").await, ErrorKind::IsADirectory);
    equal(ServeResponse::of_error(&error).status, 409);
    let error = refused(
        stage.node("folder").serve_delete(&request("DELETE", &[])).await.map(|answer| answer.status),
        ErrorKind::IsADirectory,
    );
    equal(ServeResponse::of_error(&error).status, 409);
    Ok(())
}

#[maybe_async]
async fn conditions_of_a_put_hold(stage: &Stage) -> Outcome {
    let node = stage.node("file");
    let missing = put(&node, &[("If-Match", "*")], "x").await?;
    equal((missing.status, node.exists().await?), (412, false));
    let created = put(&node, &[("If-None-Match", "*")], "one").await?;
    equal(created.status, 201);
    equal(put(&node, &[("If-None-Match", "*")], "two").await?.status, 412);

    let etag = some(created.header("etag")).to_owned();
    let list = format!("\"another\", {etag}");
    for (name, value, expected) in [
        ("If-None-Match", etag.as_str(), 412),
        ("If-Match", "\"another\"", 412),
        ("If-Unmodified-Since", "Thu, 01 Jan 1998 00:00:00 GMT", 412),
        ("If-Match", &list, 204),
        ("If-Match", &etag, 412),
        ("If-None-Match", &etag, 204),
        ("If-Match", "*", 204),
        ("If-Unmodified-Since", "Thu, 01 Jan 2099 00:00:00 GMT", 204),
        ("If-Unmodified-Since", "yesterday", 204),
    ] {
        let before = node.read_text().await?;
        let content = if before == "one" { "another" } else { "one" };
        let answer = put(&node, &[(name, value)], content).await?;
        equal((name, value, answer.status), (name, value, expected));
        let expected = if expected == 412 { before.as_str() } else { content };
        equal(node.read_text().await?, expected);
    }
    Ok(())
}

#[maybe_async]
async fn a_put_that_breaks_off_stores_nothing(stage: &Stage) -> Outcome {
    let node = stage.node("file");
    let body = rt::body(pieces(&["half "], Some(io::ErrorKind::ConnectionReset)));
    let answer = node.serve_put(&request("PUT", &[]), body).await;
    let error = refused(answer.map(|answer| answer.status), ErrorKind::Interrupted);
    equal(ServeResponse::of_error(&error).status, 503);
    no(node.exists().await?);
    Ok(())
}

#[maybe_async]
async fn a_delete_tells_whether_something_was_there(stage: &Stage) -> Outcome {
    let node = stage.file("folder/file", "x").await?;
    equal([node.delete_if_exists().await?, node.delete_if_exists().await?], [true, false]);
    no(stage.node("nowhere/at/all").delete_if_exists().await?);
    node.write("x").await?;
    let delete = request("DELETE", &[]);
    equal([node.serve_delete(&delete).await?.status, node.serve_delete(&delete).await?.status], [204, 404]);
    equal(node.serve_delete(&request("PUT", &[])).await?.header("allow"), Some("DELETE"));
    stage.file("tree/a", "x").await?;
    yes(stage.node("tree").delete_if_exists_with(&DeleteOptions::recursive()).await?);
    Ok(())
}

#[maybe_async]
async fn conditions_of_a_delete_hold(stage: &Stage) -> Outcome {
    let node = stage.file("file", "one").await?;
    let etag = some(node.serve(&ServeRequest::get()).await?.header("etag")).to_owned();
    for (name, value) in [
        ("If-Match", "\"another\""),
        ("If-None-Match", etag.as_str()),
        ("If-None-Match", "*"),
        ("If-Unmodified-Since", "Thu, 01 Jan 1998 00:00:00 GMT"),
    ] {
        let answer = node.serve_delete(&request("DELETE", &[(name, value)])).await?;
        equal((name, answer.status, node.exists().await?), (name, 412, true));
    }
    for (name, value) in [("If-Match", etag.as_str()), ("If-Match", "*")] {
        node.write("one").await?;
        let etag = some(node.serve(&ServeRequest::get()).await?.header("etag")).to_owned();
        let value = if value == "*" { value } else { &etag };
        equal(node.serve_delete(&request("DELETE", &[(name, value)])).await?.status, 204);
        no(node.exists().await?);
    }
    equal(node.serve_delete(&request("DELETE", &[("If-Match", "*")])).await?.status, 412);
    Ok(())
}

#[maybe_async]
async fn of_several_that_delete_a_file_one_hears_that_it_was_there(stage: &Stage) -> Outcome {
    for round in 0..5 {
        let node = stage.file(&format!("file{round}"), "x").await?;
        let told: Vec<storage::Result<bool>> = rt::together(5, |_| {
            let node = node.clone();
            async move { node.delete_if_exists().await }
        })
        .await;
        let told = told.into_iter().collect::<storage::Result<Vec<bool>>>()?;
        equal(told.iter().filter(|was_there| **was_there).count(), 1);
    }
    Ok(())
}

/// For two seconds `serve` marks the tag of a file as weak, and it means the same content all the same.
#[maybe_async]
async fn the_tag_of_a_fresh_answer_is_taken_back(stage: &Stage) -> Outcome {
    let node = stage.file("file", "one").await?;
    let tag = some(node.serve(&ServeRequest::get()).await?.header("etag")).to_owned();
    let weak = format!("W/{}", tag.trim_start_matches("W/"));
    if stage.manager.node("m")?.capabilities().local_path {
        equal(&tag, &weak);
    }
    equal(node.read_with(&ReadOptions::new().if_match(&*tag)).await?, "one");
    node.write_with("second", &WriteOptions::new().if_match(&*tag)).await?;
    refused(
        node.write_with("third", &WriteOptions::new().if_match(&*tag)).await,
        ErrorKind::PreconditionFailed,
    );
    let tag = some(node.serve(&ServeRequest::get()).await?.header("etag")).to_owned();
    equal(put(&node, &[("If-Match", &tag)], "third!").await?.status, 204);
    if node.capabilities().conditional_delete {
        let tag = some(node.serve(&ServeRequest::get()).await?.header("etag")).to_owned();
        node.delete_with(&DeleteOptions::new().if_match(tag)).await?;
    }
    Ok(())
}

#[maybe_async]
async fn content_is_written_as_a_stream(stage: &Stage) -> Outcome {
    let node = stage.node("folder/file");
    let metadata = node.write_stream(rt::pieces(pieces(&["one, ", "", "two"], None))).await?;
    equal((metadata.size, node.read_text().await?.as_str()), (8, "one, two"));
    node.write_stream(rt::pieces(Vec::new())).await?;
    equal(node.size().await?, 0);
    Ok(())
}

#[maybe_async]
async fn a_stream_that_fails_stores_nothing(stage: &Stage) -> Outcome {
    let node = stage.file("file", "kept").await?;
    let broken = rt::pieces(pieces(&["half "], Some(io::ErrorKind::TimedOut)));
    let error = refused(node.write_stream(broken).await, ErrorKind::Timeout);
    mentions(&error, &["m:file"]);
    equal(node.read_text().await?, "kept");
    Ok(())
}
