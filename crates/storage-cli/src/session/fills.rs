//! `storage fill`, from a server of the test's own.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use snapbox::str;

use super::cloud::Cloud;
use super::{Session, assert_shown};

/// Answers every request with `answer`, and closes the connections when the sender is gone. Gives its URL.
fn server(answer: Vec<u8>) -> (String, Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/dir/file", listener.local_addr().unwrap());
    let (stop, stopped) = channel::<()>();
    let stopped = Arc::new(std::sync::Mutex::new(stopped));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, answer, stopped) = (stream.unwrap(), answer.clone(), stopped.clone());
            std::thread::spawn(move || {
                let head = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
                if head.take_while(|line| !line.is_empty()).count() > 0 {
                    // The other side may have heard enough.
                    let _ = stream.write_all(&answer);
                    let _ = stopped.lock().unwrap().recv();
                }
            });
        }
    });
    (url, stop)
}

fn answer(status: &str, length: usize, body: &str) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: text/x-test\r\ncontent-length: {length}\r\n\r\n");
    [head.as_bytes(), body.as_bytes()].concat()
}

fn session() -> (Session, Arc<Cloud>) {
    let cloud = Arc::new(Cloud::default());
    (Session::new("- {name: box, type: memory}\n").with("cloud", cloud.clone()), cloud)
}

fn run(session: &Session, line: &str, url: &str) -> String {
    session.run(&line.replace("[URL]", url)).replace(url, "[URL]")
}

#[test]
fn content_and_its_media_type() {
    let (session, _) = session();
    let (url, _server) = server(answer("200 OK", 5, "hello"));
    assert_shown!(
        run(&session, "fill --allow-private box:a [URL]", &url),
        str![[r#"
exit: 0
--- stderr
5 B stored at `box:a`

"#]]
    );
    assert_shown!(
        session.run("cat box:a"),
        str![[r#"
exit: 0
--- stdout
hello[no newline]

"#]]
    );
    assert_shown!(
        session.run("meta get box:a"),
        str![[r#"
exit: 0
--- stdout
type        text/x-test

"#]]
    );
}

#[test]
fn what_is_refused_leaves_what_was_there() {
    let (session, _) = session();
    session.store("box:a", "old", 0);
    let (url, _server) = server(answer("200 OK", 5, "hello"));
    assert_shown!(
        run(&session, "fill box:a [URL]", &url),
        str![[r#"
exit: 4
--- stderr
error: `[URL]`: `127.0.0.1` is an address of a private network
hint: if you trust that server, set `--allow-private`

"#]]
    );
    assert_shown!(
        run(&session, "fill --allow-private --max-size 4 box:a [URL]", &url),
        str![[r#"
exit: 1
--- stderr
error: `[URL]`: its content is larger than 4 bytes
hint: allow more by `--max-size`

"#]]
    );
    assert_shown!(
        session.run("fill box:a ftp://example.com/x"),
        str![[r#"
exit: 2
--- stderr
error: URLs of scheme `ftp` cannot be fetched
hint: write it like `https://example.com/file`

"#]]
    );
    assert_shown!(
        session.run("fill box: https://example.com/x"),
        str![[r#"
exit: 2
--- stderr
error: `box:` is a directory, and the content needs a name
hint: add a name

"#]]
    );
    let (url, _server) = server(answer("404 Not Found", 2, "no"));
    assert_shown!(
        run(&session, "fill --allow-private box:a [URL]", &url),
        str![[r#"
exit: 3
--- stderr
error: `[URL]`: nothing is stored there
hint: check the URL

"#]]
    );
    assert_shown!(
        session.run("cat box:a"),
        str![[r#"
exit: 0
--- stdout
old[no newline]

"#]]
    );
}

#[test]
fn ctrl_c_aborts_the_upload_while_the_server_is_silent() {
    let (session, cloud) = session();
    *cloud.cancels.lock().unwrap() = Some(session.context.interrupt.token().clone());
    let (url, _server) = server(answer("200 OK", 8 << 20, &"x".repeat(4 << 20)));
    assert_shown!(
        run(&session, "fill --allow-private cloud:a [URL]", &url),
        str![[r#"
exit: 130
--- stderr
interrupted; nothing was stored

"#]]
    );
    let calls = cloud.calls();
    assert_eq!((calls.first(), calls.last()), (Some(&"begin"), Some(&"abort")), "{calls:?}");
    assert!(!calls.contains(&"complete"), "{calls:?}");
}
