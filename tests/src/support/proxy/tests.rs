//! The proxy in front of a tiny server.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::message::{Body, Head, relay};
use super::{Fault, Lie, Plan, Proxy};
use crate::support::outcome::{Failure, Outcome};

/// Answers each request with its first line, its `Host` and its body; below `/chunks` in chunks.
struct Echo {
    address: SocketAddr,
    served: Arc<AtomicUsize>,
}

impl Echo {
    fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (address, served) = (listener.local_addr()?, Arc::new(AtomicUsize::new(0)));
        let count = served.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let count = count.clone();
                thread::spawn(move || while echo(&client, &count).unwrap_or(false) {});
            }
        });
        Ok(Self { address, served })
    }

    fn served(&self) -> usize {
        self.served.load(Ordering::SeqCst)
    }
}

fn echo(mut client: &TcpStream, count: &AtomicUsize) -> io::Result<bool> {
    // Unbuffered, so that nothing of the next request is lost between two calls.
    let mut reader = BufReader::with_capacity(1, client);
    let Some(head) = Head::read(&mut reader)? else { return Ok(false) };
    let mut body = Vec::new();
    relay(head.request_body(), &mut reader, &mut body, u64::MAX)?;
    count.fetch_add(1, Ordering::SeqCst);
    let (method, target) = head.method_and_target();
    let mut said = format!("{method} {target} {} ", head.get("host").unwrap_or("-")).into_bytes();
    said.extend_from_slice(&body);
    if method == "HEAD" {
        write!(client, "HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n")?;
    } else if target.starts_with("/chunks") {
        write!(client, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        for part in said.chunks(7) {
            write!(client, "{:x}\r\n", part.len())?;
            client.write_all(part)?;
            client.write_all(b"\r\n")?;
        }
        client.write_all(b"0\r\n\r\n")?;
    } else {
        write!(client, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", said.len())?;
        client.write_all(&said)?;
    }
    Ok(true)
}

/// What came back: the status, the head, and as much of the body as came.
struct Answer {
    head: Head,
    body: Vec<u8>,
    whole: bool,
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

struct Client {
    reader: BufReader<TcpStream>,
}

impl Client {
    fn of(proxy: &Proxy) -> io::Result<Self> {
        let stream = TcpStream::connect(proxy.address())?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        Ok(Self { reader: BufReader::new(stream) })
    }

    fn ask(&mut self, method: &str, target: &str, body: &str) -> io::Result<Answer> {
        let length = body.len();
        self.send(&format!(
            "{method} {target} HTTP/1.1\r\nHost: files.example:80\r\nContent-Length: {length}\r\n\r\n{body}"
        ))?;
        self.answer(method)
    }

    fn send(&mut self, text: &str) -> io::Result<()> {
        self.reader.get_mut().write_all(text.as_bytes())
    }

    fn answer(&mut self, method: &str) -> io::Result<Answer> {
        let head = Head::read(&mut self.reader)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let (mut body, framing) = (Vec::new(), head.answer_body(method));
        if framing == Body::Chunked {
            let whole = decode(&mut self.reader, &mut body).is_ok();
            return Ok(Answer { head, body, whole });
        }
        let whole = relay(framing, &mut self.reader, &mut body, u64::MAX).unwrap_or(false);
        Ok(Answer { head, body, whole })
    }
}

fn decode(reader: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let mut size = String::new();
        reader.read_line(&mut size)?;
        let size = u64::from_str_radix(size.trim(), 16).map_err(io::Error::other)?;
        if reader.by_ref().take(size).read_to_end(body)? as u64 != size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        reader.read_line(&mut String::new())?;
        if size == 0 {
            return Ok(());
        }
    }
}

/// The proxy and the server behind it.
fn behind(plan: Plan) -> Result<(Proxy, Echo), Failure> {
    let echo = Echo::start()?;
    Ok((Proxy::harmful(&echo.address.to_string(), plan)?, echo))
}

/// What a client gets whose first request meets this fault, and the server behind.
fn first_meets(fault: Fault) -> Result<(io::Result<Answer>, Proxy, Echo), Failure> {
    let (proxy, echo) = behind(Plan::script([Some(fault)]))?;
    let answer = Client::of(&proxy)?.ask("GET", "/file", "");
    Ok((answer, proxy, echo))
}

/// Afterwards everything is as before.
fn goes_on(proxy: &Proxy) -> Outcome {
    let answer = Client::of(proxy)?.ask("GET", "/file", "")?;
    assert!(answer.whole && answer.text() == "GET /file files.example:80 ", "{}", answer.text());
    Ok(())
}

#[test]
fn requests_pass_unchanged_on_one_connection_and_are_counted() -> Outcome {
    let echo = Echo::start()?;
    let proxy = Proxy::counting(&echo.address.to_string())?;
    let mut client = Client::of(&proxy)?;
    for target in ["/a/b%20c?x=1&y=%2F", "/chunks", "/d"] {
        let answer = client.ask("PUT", target, "some body")?;
        assert_eq!(answer.text(), format!("PUT {target} files.example:80 some body"));
    }
    let head = client.ask("HEAD", "/h", "")?;
    assert_eq!((head.head.length(), head.body.len()), (Some(12345), 0));
    let lines: Vec<String> = proxy.requests().iter().map(super::Request::line).collect();
    assert_eq!(lines, ["PUT /a/b%20c?x=1&y=%2F", "PUT /chunks", "PUT /d", "HEAD /h"]);
    assert_eq!(proxy.requests()[0].headers["host"], "files.example:80");
    proxy.forget();
    assert!(proxy.requests().is_empty());
    Ok(())
}

#[test]
fn a_body_in_chunks_and_one_that_waits_to_be_asked_for_pass() -> Outcome {
    let (proxy, _echo) = behind(Plan::script([]))?;
    let mut client = Client::of(&proxy)?;
    client.send("PUT /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")?;
    // The server of this test gives the chunks back as they came.
    assert_eq!(client.answer("PUT")?.text(), "PUT /a h 3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n");
    client.send("PUT /b HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")?;
    assert_eq!(client.answer("PUT")?.head.status(), 100);
    client.send("body")?;
    assert_eq!(client.answer("PUT")?.text(), "PUT /b h body");
    Ok(())
}

#[test]
fn a_large_body_passes_in_both_directions() -> Outcome {
    let (proxy, _echo) = behind(Plan::script([]))?;
    let body = "0123456789".repeat(100_000);
    for target in ["/a", "/chunks"] {
        let answer = Client::of(&proxy)?.ask("POST", target, &body)?;
        assert_eq!(answer.text(), format!("POST {target} files.example:80 {body}"));
    }
    Ok(())
}

#[test]
fn a_reset_before_keeps_the_request_from_the_server_and_one_after_does_not() -> Outcome {
    for (fault, served) in [(Fault::ResetBefore, 0), (Fault::ResetAfter, 1)] {
        let (answer, proxy, echo) = first_meets(fault)?;
        let error = answer.err().ok_or_else(|| Failure::new("there was an answer"))?;
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        assert_eq!(echo.served(), served);
        goes_on(&proxy)?;
    }
    Ok(())
}

#[test]
fn a_body_is_cut_or_has_a_wrong_length() -> Outcome {
    let whole = "GET /file files.example:80 ";
    for (fault, length, came) in [
        (Fault::Truncate(5), whole.len(), 5),
        (Fault::Stall(5, Duration::from_millis(50)), whole.len(), 5),
        (Fault::TooLong(3), whole.len() + 3, whole.len()),
    ] {
        let (answer, proxy, _echo) = first_meets(fault)?;
        let answer = answer?;
        assert!(!answer.whole);
        assert_eq!((answer.head.length(), answer.text()), (Some(length as u64), whole[..came].to_owned()));
        goes_on(&proxy)?;
    }
    let (answer, proxy, _echo) = first_meets(Fault::TooShort(3))?;
    assert_eq!(answer?.text(), whole[..whole.len() - 3]);
    goes_on(&proxy)
}

#[test]
fn chunks_are_cut_too() -> Outcome {
    let (proxy, _echo) = behind(Plan::script([Some(Fault::Truncate(10))]))?;
    let answer = Client::of(&proxy)?.ask("GET", "/chunks", "")?;
    assert!(!answer.whole && answer.text().starts_with("GET /ch"));
    goes_on(&proxy)
}

#[test]
fn answers_of_others_keep_the_connection() -> Outcome {
    let faults = [
        Fault::Status { code: 503, retry_after: Some(1), html: false },
        Fault::Status { code: 502, retry_after: None, html: true },
        Fault::Status { code: 429, retry_after: None, html: false },
    ];
    let (proxy, echo) = behind(Plan::script(faults.map(Some)))?;
    let mut client = Client::of(&proxy)?;
    let busy = client.ask("PUT", "/a", "body")?;
    assert_eq!((busy.head.status(), busy.head.get("retry-after")), (503, Some("1")));
    let page = client.ask("GET", "/b", "")?;
    assert!(page.text().contains("<html>") && page.head.get("content-type") == Some("text/html"));
    assert_eq!(client.ask("HEAD", "/c", "")?.head.status(), 429);
    assert_eq!(echo.served(), 0);
    assert!(client.ask("GET", "/d", "")?.whole);
    Ok(())
}

#[test]
fn a_slow_answer_comes_whole() -> Outcome {
    let (answer, proxy, _echo) = first_meets(Fault::SlowFirstByte(Duration::from_millis(30)))?;
    assert!(answer?.whole);
    goes_on(&proxy)
}

#[test]
fn connections_are_refused_for_a_while() -> Outcome {
    let (answer, proxy, echo) = first_meets(Fault::Refuse(Duration::from_millis(300)))?;
    assert!(answer.is_err() && echo.served() == 0);
    let mut refused = 0;
    let mut connected = false;
    for _ in 0..2000 {
        match TcpStream::connect(proxy.address()) {
            Ok(_) if refused > 0 => {
                connected = true;
                break;
            }
            Ok(_) => {}
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
                refused += 1;
            }
        }
        thread::sleep(Duration::from_millis(2));
    }
    assert!(connected && refused > 0);
    goes_on(&proxy)
}

#[test]
fn a_lie_takes_the_place_of_the_answer() -> Outcome {
    const WHOLE: &str = "GET /file files.example:80 ";
    let (answer, proxy, echo) = first_meets(Fault::Lie(Lie::Page(200)))?;
    assert!(answer?.text().contains("Log in") && echo.served() == 0);
    goes_on(&proxy)?;
    let half = &WHOLE[..WHOLE.len() / 2];
    let short = &WHOLE[..WHOLE.len() - 7];
    for (lie, status, text, whole) in [
        (Lie::WholeWithStatus206, 206, WHOLE, true),
        (Lie::NoContent, 204, "", true),
        (Lie::TooShort, 200, short, true),
        (Lie::TooLong, 200, WHOLE, false),
        (Lie::Cut, 200, half, false),
        (Lie::CutChunks, 200, half, false),
    ] {
        let (answer, proxy, _echo) = first_meets(Fault::Lie(lie))?;
        let answer = answer?;
        assert_eq!((answer.head.status(), answer.text().as_str()), (status, text), "{lie:?}");
        assert_eq!(answer.whole, whole, "{lie:?}");
        goes_on(&proxy)?;
    }
    let (proxy, _echo) = behind(Plan::always(Fault::Lie(Lie::Redirect)))?;
    for _ in 0..3 {
        assert_eq!(Client::of(&proxy)?.ask("GET", "/file", "")?.head.status(), 302);
    }
    proxy.plan(Plan::script([None, Some(Fault::Lie(Lie::Empty))]));
    assert_eq!(Client::of(&proxy)?.ask("GET", "/file", "")?.text(), WHOLE);
    assert_eq!(Client::of(&proxy)?.ask("GET", "/file", "")?.text(), "");
    goes_on(&proxy)
}

#[test]
fn a_seed_gives_the_same_faults_again() {
    let faults = vec![Fault::ResetBefore, Fault::ResetAfter, Fault::Truncate(3)];
    let draw = |seed| {
        let mut plan = Plan::seeded(seed, 300, faults.clone());
        (0..1000).map(|_| plan.next()).collect::<Vec<_>>()
    };
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
    let hit = draw(1).iter().flatten().count();
    assert!((200..400).contains(&hit), "{hit}");
    assert!(faults.iter().all(|fault| draw(1).contains(&Some(fault.clone()))));
}

#[test]
fn after_calming_nothing_goes_wrong() -> Outcome {
    let (proxy, _echo) = behind(Plan::seeded(1, 1000, vec![Fault::ResetBefore]))?;
    assert!(Client::of(&proxy)?.ask("GET", "/a", "").is_err());
    proxy.calm();
    goes_on(&proxy)
}
