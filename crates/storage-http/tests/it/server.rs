//! A server of one handler, whose answers are bytes: it can lie in every way.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use storage_core::{StorageManager, StorageNode};
use storage_http::HttpProvider;

/// What a client sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query, as sent.
    pub(crate) path: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The first byte of the range that is asked for.
    pub(crate) fn first(&self) -> Option<usize> {
        self.header("range")?.strip_prefix("bytes=")?.split('-').next()?.parse().ok()
    }
}

pub(crate) struct Server {
    port: u16,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers every request with what `handler` gives, and closes the connection.
    pub(crate) fn start(handler: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, handler) = (seen.clone(), Arc::new(handler));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (log, handler) = (log.clone(), handler.clone());
                thread::spawn(move || serve(stream.unwrap(), &log, &*handler));
            }
        });
        Self { port, seen }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The same server under a name.
    pub(crate) fn named(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    /// Methods and paths of all requests so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().iter().map(|request| format!("{} {}", request.method, request.path)).collect()
    }

    pub(crate) fn node(&self, path: &str) -> StorageNode {
        self.mount("").node(format!("web:{path}")).unwrap()
    }

    /// A manager with this server as the mount `web`, and further options as JSON members.
    pub(crate) fn mount(&self, options: &str) -> StorageManager {
        mount(&format!(r#""url": "{}" {options}"#, self.url()))
    }
}

pub(crate) fn mount(options: &str) -> StorageManager {
    let storage = StorageManager::new();
    storage.register(Arc::new(HttpProvider));
    storage.configure_json(&format!(r#"[{{"name": "web", "type": "http", {options}}}]"#)).unwrap();
    storage
}

fn serve(mut stream: TcpStream, log: &Mutex<Vec<Request>>, handler: &dyn Fn(&Request) -> Vec<u8>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return;
    }
    let mut words = line.split(' ').map(str::to_owned);
    let mut request = Request {
        method: words.next().unwrap_or_default(),
        path: words.next().unwrap_or_default(),
        headers: Vec::new(),
    };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    std::io::copy(&mut (&mut reader).take(length), &mut std::io::sink()).unwrap();
    log.lock().unwrap().push(request.clone());
    // A client may have heard enough.
    let _ = stream.write_all(&handler(&request));
}

/// An answer with its length.
pub(crate) fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes =
        format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n", body.len())
            .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// As [`answer`], without a body where the method is HEAD.
pub(crate) fn content(request: &Request, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = answer("200 OK", headers, body);
    if request.method == "HEAD" {
        bytes.truncate(bytes.len() - body.len());
    }
    bytes
}

/// An answer that knows ranges, of a server that does.
pub(crate) fn ranged(request: &Request, headers: &str, body: &[u8]) -> Vec<u8> {
    let Some(range) = request.header("range").and_then(|range| range.strip_prefix("bytes=")) else {
        return content(request, headers, body);
    };
    let size = body.len();
    let (first, last) = range.split_once('-').unwrap();
    let (start, end) = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(start), Ok(last)) => (start, (last + 1).min(size)),
        (Ok(start), Err(_)) => (start, size),
        (Err(_), last) => (size.saturating_sub(last.unwrap()), size),
    };
    if start >= size {
        return answer("416 Range Not Satisfiable", &format!("content-range: bytes */{size}\r\n"), b"");
    }
    let range = format!("{headers}content-range: bytes {start}-{}/{size}\r\n", end - 1);
    answer("206 Partial Content", &range, &body[start..end])
}

pub(crate) fn not_found() -> Vec<u8> {
    answer("404 Not Found", "", b"no such page")
}

pub(crate) fn redirect(to: &str) -> Vec<u8> {
    answer("302 Found", &format!("location: {to}\r\n"), b"moved")
}
