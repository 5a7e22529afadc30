//! One connection of a client, request by request.

use std::io::{self, BufReader, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;

use super::fault::Fault;
use super::lie::Lie;
use super::message::{Body, Head, relay};
use super::server::{Request, Shared};

/// Answers the requests of a client until one side has enough.
pub(super) fn serve(client: &TcpStream, shared: &Shared) {
    let _ = client.set_nodelay(true);
    let mut upstream = None;
    let mut reader = BufReader::new(client);
    while let Ok(true) = exchange(&mut reader, client, &mut upstream, shared) {}
}

/// The connection to the server that belongs to this client.
struct Upstream {
    reader: BufReader<TcpStream>,
    writer: TcpStream,
}

impl Upstream {
    fn connect(address: &str) -> io::Result<Self> {
        let writer = TcpStream::connect(address)?;
        writer.set_nodelay(true)?;
        Ok(Self { reader: BufReader::new(writer.try_clone()?), writer })
    }
}

/// Makes the end of the connection a reset (`socket(7)`, `SO_LINGER` of zero).
fn reset(client: &TcpStream) -> io::Result<bool> {
    set_socket_linger(client, Some(Duration::ZERO))?;
    Ok(false)
}

/// One request and its answer; tells whether the connection is kept.
fn exchange(
    from: &mut BufReader<&TcpStream>,
    client: &TcpStream,
    upstream: &mut Option<Upstream>,
    shared: &Shared,
) -> io::Result<bool> {
    let Some(head) = Head::read(from)? else { return Ok(false) };
    let fault = shared.note(request(&head));
    match &fault {
        Some(Fault::ResetBefore | Fault::Refuse(_)) => return reset(client),
        Some(Fault::Lie(lie)) => {
            let (method, target) = head.method_and_target();
            if let Some(bytes) = lie.instead(method, target, &shared.pages) {
                go_on(&head, client)?;
                relay(head.request_body(), from, &mut io::sink(), u64::MAX)?;
                return tell(client, &bytes);
            }
        }
        Some(Fault::Status { code, retry_after, html }) => {
            return answer_alone(&head, from, client, (*code, *retry_after, *html));
        }
        _ => {}
    }
    let server = match upstream {
        Some(server) => server,
        None => upstream.insert(Upstream::connect(&shared.upstream)?),
    };
    forward(&head, from, client, server)?;
    let answer = answer_of(server)?;
    if fault == Some(Fault::ResetAfter) {
        // Only what is complete at the server has been done.
        relay(answer.answer_body(head.method_and_target().0), &mut server.reader, &mut io::sink(), u64::MAX)?;
        return reset(client);
    }
    if let Some(Fault::Lie(lie)) = &fault
        && let Some(bytes) = lie.told(&head, &answer, &mut server.reader, &shared.pages)?
    {
        let kept = tell(client, &bytes)?;
        return if *lie == Lie::Flood { flood(client) } else { Ok(kept) };
    }
    let kept = hand_back(head.method_and_target().0, answer, server, client, fault)?;
    Ok(kept && !head.closes())
}

/// Sends chunks as long as somebody takes them, and at most a gigabyte.
fn flood(mut client: &TcpStream) -> io::Result<bool> {
    let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
    for _ in 0..16_384 {
        client.write_all(&chunk)?;
    }
    Ok(false)
}

/// Sends an answer; tells whether the connection is kept.
fn tell(mut client: &TcpStream, bytes: &[u8]) -> io::Result<bool> {
    client.write_all(bytes)?;
    client.flush()?;
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(0);
    Ok(!String::from_utf8_lossy(&bytes[..head]).contains("Connection: close"))
}

fn request(head: &Head) -> Request {
    let (method, target) = head.method_and_target();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = head.lines().iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
    Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: headers.collect(),
    }
}

/// Lets a client go on that waits to be told so.
fn go_on(head: &Head, mut client: &TcpStream) -> io::Result<()> {
    if head.get("expect").is_some() {
        client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    Ok(())
}

fn forward(
    head: &Head,
    from: &mut BufReader<&TcpStream>,
    client: &TcpStream,
    server: &mut Upstream,
) -> io::Result<()> {
    server.writer.write_all(&head.to_bytes())?;
    go_on(head, client)?;
    match relay(head.request_body(), from, &mut server.writer, u64::MAX) {
        // The server may have answered before it had everything.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map(drop),
    }
}

/// The answer itself, after what servers say in between.
fn answer_of(server: &mut Upstream) -> io::Result<Head> {
    loop {
        let head = Head::read(&mut server.reader)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        if !matches!(head.status(), 100..200) {
            return Ok(head);
        }
    }
}

/// Passes the answer on, with what goes wrong on its way; tells whether the connection is kept.
fn hand_back(
    method: &str,
    mut answer: Head,
    server: &mut Upstream,
    mut client: &TcpStream,
    fault: Option<Fault>,
) -> io::Result<bool> {
    let body = answer.answer_body(method);
    let mut limit = u64::MAX;
    let mut pause = Duration::ZERO;
    match (fault, body) {
        (Some(Fault::SlowFirstByte(time)), _) => thread::sleep(time),
        (Some(Fault::Truncate(count)), _) => limit = count,
        (Some(Fault::Stall(count, time)), _) => (limit, pause) = (count, time),
        (Some(Fault::TooLong(count)), Body::Length(length)) if length > 0 => {
            answer.set("content-length", &(length + count).to_string());
            limit = length;
        }
        (Some(Fault::TooShort(count)), Body::Length(length)) if length > count => {
            answer.set("content-length", &(length - count).to_string());
            limit = length - count;
        }
        _ => {}
    }
    client.write_all(&answer.to_bytes())?;
    let whole = relay(body, &mut server.reader, &mut client, limit)?;
    thread::sleep(pause);
    Ok(whole && limit == u64::MAX && body != Body::Rest && !answer.closes())
}

/// An answer that no server gave.
fn answer_alone(
    head: &Head,
    from: &mut BufReader<&TcpStream>,
    mut client: &TcpStream,
    (code, retry_after, html): (u16, Option<u32>, bool),
) -> io::Result<bool> {
    go_on(head, client)?;
    relay(head.request_body(), from, &mut io::sink(), u64::MAX)?;
    let body = if html { "<html><body><h1>Bad Gateway</h1></body></html>" } else { "" };
    let kind = if html { "Content-Type: text/html\r\n" } else { "" };
    let retry = retry_after.map(|seconds| format!("Retry-After: {seconds}\r\n")).unwrap_or_default();
    let length = body.len();
    let shown = if head.method_and_target().0 == "HEAD" { "" } else { body };
    write!(client, "HTTP/1.1 {code} Fault\r\n{kind}{retry}Content-Length: {length}\r\n\r\n{shown}")?;
    client.flush()?;
    Ok(true)
}
