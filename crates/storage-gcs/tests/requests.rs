//! What is asked of the service, and what is made of its answers: a server that answers by script.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use storage_core::{Backend, CopyWatch, MountLookup, Provider};
use storage_gcs::GcsProvider;
use storage_types::{ErrorKind, MountConfig, Operation, ReadOptions, StoragePath, WriteOptions};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A request as it came.
#[derive(Debug, Clone)]
struct Seen {
    /// Method and target.
    line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Seen {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
    }
}

/// Answers with the next of `answers`: status, header lines, body.
struct Script {
    endpoint: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

type Answer = (u16, &'static str, String);

impl Script {
    async fn new(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let answers = Arc::new(Mutex::new(answers.into_iter()));
        let heard = seen.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (heard, answers) = (heard.clone(), answers.clone());
                tokio::spawn(serve(stream, heard, answers));
            }
        });
        Self { endpoint, seen }
    }

    fn mount(&self) -> Arc<dyn Backend> {
        let config = MountConfig::new("m", "gcs")
            .option("bucket", "my-bucket")
            .option("endpoint", self.endpoint.clone())
            .option("anonymous", true)
            .option("part_size", "256 KiB")
            .option("multipart_threshold", "256 KiB");
        GcsProvider.build(&config, &MountLookup::empty()).unwrap()
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn serve(
    stream: TcpStream,
    heard: Arc<Mutex<Vec<Seen>>>,
    answers: Arc<Mutex<std::vec::IntoIter<Answer>>>,
) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
        let mut headers = Vec::new();
        loop {
            let mut header = String::new();
            stream.read_line(&mut header).await.ok()?;
            let Some((name, value)) = header.trim_end().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut seen = Seen { line: line.trim_end().to_owned(), headers, body: Vec::new() };
        seen.body = vec![0; seen.header("content-length").parse().unwrap_or(0)];
        stream.read_exact(&mut seen.body).await.ok()?;
        heard.lock().unwrap().push(seen);
        let (status, lines, body) = answers.lock().unwrap().next()?;
        let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n{lines}\r\n", body.len());
        stream.write_all((head + &body).as_bytes()).await.ok()?;
    }
}

fn path(text: &str) -> StoragePath {
    StoragePath::parse(text).unwrap()
}

fn object(size: usize, generation: u64) -> String {
    format!(r#"{{"name":"x","size":"{size}","generation":"{generation}"}}"#)
}

fn ok(body: String) -> Answer {
    (200, "content-type: application/json\r\n", body)
}

fn refused(status: u16, reason: &str, message: &str) -> Answer {
    let body = format!(
        r#"{{"error":{{"code":{status},"message":"{message}","errors":[{{"reason":"{reason}","message":"{message}"}}]}}}}"#
    );
    (status, "content-type: application/json\r\n", body)
}

const UNIT: usize = 256 << 10;

#[tokio::test]
async fn what_the_service_did_not_keep_is_sent_again() {
    let size = 2 * UNIT + 3;
    let script = Script::new(vec![
        (
            200,
            "location: http://elsewhere.invalid/upload/storage/v1/b/my-bucket/o?upload_id=7\r\n",
            String::new(),
        ),
        (308, "", String::new()),
        (308, "range: bytes=0-99999\r\n", String::new()),
        (308, "range: bytes=0-262143\r\n", String::new()),
        (308, "range: bytes=0-524287\r\n", String::new()),
        ok(object(size, 5)),
    ])
    .await;
    let content = Bytes::from((0..size).map(|at| u8::try_from(at % 251).unwrap()).collect::<Vec<_>>());
    let written = script.mount().put(&path("a/b"), content.clone(), &WriteOptions::new()).await.unwrap();
    assert_eq!((written.size, written.etag.as_deref()), (size as u64, Some("5")));

    let seen = script.seen();
    assert!(
        seen[0].line.starts_with("POST /upload/storage/v1/b/my-bucket/o?uploadType=resumable&name=a%2Fb")
    );
    let ranges: Vec<&str> = seen[1..].iter().map(|request| request.header("content-range")).collect();
    assert_eq!(
        ranges,
        [
            "bytes 0-262143/*",
            "bytes 0-262143/*",
            "bytes 100000-262143/*",
            "bytes 262144-524287/*",
            "bytes 524288-524290/524291"
        ]
    );
    assert_eq!(seen[3].body, content[100_000..UNIT]);
    assert!(seen[5].header("x-goog-hash").starts_with("crc32c="));
    assert!(seen[5].line.starts_with("PUT /upload/storage/v1/b/my-bucket/o?upload_id=7 "));
}

#[tokio::test]
async fn a_part_that_the_service_loses_ends_the_upload() {
    let script = Script::new(vec![
        (200, "location: http://x/upload?upload_id=7\r\n", String::new()),
        (308, "range: bytes=0-262143\r\n", String::new()),
        (308, "range: bytes=0-9\r\n", String::new()),
    ])
    .await;
    let content = Bytes::from(vec![0; 3 * UNIT]);
    let error = script.mount().put(&path("a"), content, &WriteOptions::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert!(!error.is_retryable(), "{error}");
}

#[tokio::test]
async fn other_content_than_was_sent_is_an_error() {
    let wrong = r#"{"name":"a","size":"5","generation":"1","crc32c":"AAAAAA=="}"#.to_owned();
    let script = Script::new(vec![ok(wrong)]).await;
    let error = script.mount().put(&path("a"), Bytes::from("hello"), &WriteOptions::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupted);
    let body = String::from_utf8(script.seen()[0].body.clone()).unwrap();
    // CRC-32C of `hello`, RFC 3720.
    assert!(body.contains(r#""crc32c":"mnG7TA==""#), "{body}");
}

#[tokio::test]
async fn conditional_writes_are_asked_of_the_service_and_not_repeated() {
    let met = "At least one of the pre-conditions you specified did not hold.";
    let script = Script::new(vec![
        refused(412, "conditionNotMet", met),
        refused(412, "conditionNotMet", met),
        refused(500, "backendError", "oops"),
        ok(object(1, 9)),
    ])
    .await;
    let mount = script.mount();
    let put = async |options: WriteOptions| mount.put(&path("a"), Bytes::from("x"), &options).await;
    assert_eq!(put(WriteOptions::new().create_only()).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    let stale = put(WriteOptions::new().if_match("17")).await.unwrap_err();
    assert_eq!(stale.kind(), ErrorKind::PreconditionFailed);
    // It may have been carried out: sent again, it would fail although it succeeded.
    assert_eq!(put(WriteOptions::new().if_match("17")).await.unwrap_err().kind(), ErrorKind::Unexpected);
    let lines: Vec<String> = script.seen().into_iter().map(|seen| seen.line).collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].contains("&ifGenerationMatch=0 "), "{lines:?}");
    assert!(lines[1].contains("&ifGenerationMatch=17 "), "{lines:?}");
}

#[tokio::test]
async fn conditional_reads_are_asked_of_the_service() {
    let script = Script::new(vec![(304, "", String::new()), (412, "", String::new())]).await;
    let mount = script.mount();
    let known = ReadOptions::new().if_none_match("7");
    assert_eq!(mount.get(&path("a"), &known).await.unwrap_err().kind(), ErrorKind::NotModified);
    let same = ReadOptions::new().if_match("8").range(2..5);
    assert_eq!(mount.get(&path("a"), &same).await.unwrap_err().kind(), ErrorKind::PreconditionFailed);
    let seen = script.seen();
    assert_eq!(seen[0].line, "GET /storage/v1/b/my-bucket/o/a?alt=media&ifGenerationNotMatch=7 HTTP/1.1");
    assert_eq!(seen[1].line, "GET /storage/v1/b/my-bucket/o/a?alt=media&ifGenerationMatch=8 HTTP/1.1");
    assert_eq!((seen[1].header("range"), seen[1].header("accept-encoding")), ("bytes=2-4", "gzip"));
}

#[tokio::test]
async fn a_copy_goes_on_until_it_is_done() {
    let script = Script::new(vec![
        ok(r#"{"done":false,"rewriteToken":"t/1"}"#.to_owned()),
        ok(format!(r#"{{"done":true,"resource":{}}}"#, object(3, 4))),
        refused(404, "notFound", "No such object: my-bucket/a"),
    ])
    .await;
    let mount = script.mount();
    let watch = CopyWatch::new(|_| Ok(()));
    let copy = async |options: WriteOptions| {
        mount.copy_from(&*mount, &path("d/a"), &path("b"), &options, &watch).await
    };
    let copied = copy(WriteOptions::new().create_only()).await.unwrap().unwrap();
    assert_eq!(copied.etag.as_deref(), Some("4"));
    let missing = copy(WriteOptions::new()).await.unwrap_err();
    assert_eq!((missing.kind(), missing.operation()), (ErrorKind::NotFound, Some(Operation::Read)));
    let lines: Vec<String> = script.seen().into_iter().map(|seen| seen.line).collect();
    let target = "POST /storage/v1/b/my-bucket/o/d%2Fa/rewriteTo/b/my-bucket/o/b?";
    assert!(lines.iter().all(|line| line.starts_with(target)), "{lines:?}");
    assert!(lines[0].contains("ifGenerationMatch=0") && !lines[0].contains("rewriteToken="), "{lines:?}");
    assert!(lines[1].contains("rewriteToken=t%2F1"), "{lines:?}");
}

#[tokio::test]
async fn an_append_composes_with_what_is_there_and_again_when_that_changed() {
    let script = Script::new(vec![
        ok(object(3, 1)),
        ok(object(2, 2)),
        ok(object(3, 1)),
        refused(412, "conditionNotMet", "changed"),
        ok(object(4, 3)),
        ok(object(6, 4)),
        (204, "", String::new()),
    ])
    .await;
    let appended = script.mount().append(&path("d/log"), Bytes::from("ab")).await.unwrap();
    assert_eq!((appended.size, appended.etag.as_deref()), (6, Some("4")));
    let seen = script.seen();
    for (at, generation) in [(3, "1"), (5, "3")] {
        assert!(
            seen[at].line.starts_with("POST /storage/v1/b/my-bucket/o/d%2Flog/compose?"),
            "{:?}",
            seen[at]
        );
        assert!(seen[at].line.contains(&format!("ifGenerationMatch={generation} ")), "{:?}", seen[at]);
    }
    assert!(
        seen[6].line.starts_with("DELETE /storage/v1/b/my-bucket/o/d%2F.storage-append~"),
        "{:?}",
        seen[6]
    );
}

#[tokio::test]
async fn metadata_is_replaced_if_nobody_else_does() {
    let old = r#"{"generation":"1","metageneration":"2","metadata":{"old":"x"}}"#;
    let script = Script::new(vec![ok(old.to_owned()), ok(object(3, 1))]).await;
    script.mount().set_metadata(&path("a"), &WriteOptions::new().user("new", "y")).await.unwrap();
    let patch = &script.seen()[1];
    assert!(patch.line.starts_with("PATCH ") && patch.line.contains("ifMetagenerationMatch=2"), "{patch:?}");
    assert_eq!(
        String::from_utf8_lossy(&patch.body),
        r#"{"cacheControl":null,"contentType":null,"metadata":{"new":"y","old":null}}"#
    );
}

#[tokio::test]
async fn a_batch_deletes_and_what_it_left_is_tried_by_itself() {
    let part =
        |status: &str| format!("--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 {status}\r\n\r\n\r\n");
    let body = format!("{}{}{}--b--", part("204 No Content"), part("404 Not Found"), part("503 Busy"));
    let script = Script::new(vec![
        (200, "content-type: multipart/mixed; boundary=b\r\n", body),
        (204, "", String::new()),
    ])
    .await;
    script.mount().delete_many(&[path("a"), path("b/c"), path("d")]).await.unwrap();
    let seen = script.seen();
    assert!(
        String::from_utf8_lossy(&seen[0].body)
            .contains("DELETE /storage/v1/b/my-bucket/o/b%2Fc HTTP/1.1\r\n")
    );
    assert_eq!(seen[1].line, "DELETE /storage/v1/b/my-bucket/o/d HTTP/1.1");
    assert_eq!(seen.len(), 2);
}

#[tokio::test]
async fn a_mount_works_without_the_right_to_ask_about_the_bucket() {
    let denied = "me does not have storage.buckets.get access to the Google Cloud Storage bucket.";
    let empty = || ok(r#"{"kind":"storage#objects"}"#.to_owned());
    let script = Script::new(vec![empty(), refused(403, "forbidden", denied)]).await;
    assert!(!script.mount().probe().await.unwrap().versions);
    let versioned = Script::new(vec![empty(), ok(r#"{"versioning":{"enabled":true}}"#.to_owned())]).await;
    assert!(versioned.mount().probe().await.unwrap().versions);
}
