//! Counts the requests of a program, and the bytes that it sends and receives: connections are passed on as they are.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// What ends the first line of each request (RFC 9112, section 3). Contents of the benchmark do not hold it.
const MARK: &[u8] = b" HTTP/1.1\r\n";

/// A relay on a port of its own, until the program ends.
pub(crate) struct Relay {
    address: SocketAddr,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    requests: AtomicU64,
    bytes: AtomicU64,
}

impl Relay {
    /// In front of the server at `endpoint`.
    pub(crate) fn start(endpoint: &str) -> io::Result<Self> {
        let upstream = endpoint.split("://").last().unwrap_or_default().trim_end_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let counts = Arc::new(Counts::default());
        let counted = counts.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(&upstream) else { continue };
                pass_on(client, server, &counted);
            }
        });
        Ok(Self { address, counts })
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Requests, and bytes in both directions, since the last call.
    pub(crate) fn take(&self) -> (u64, u64) {
        (self.counts.requests.swap(0, Ordering::SeqCst), self.counts.bytes.swap(0, Ordering::SeqCst))
    }
}

fn pass_on(client: TcpStream, server: TcpStream, counts: &Arc<Counts>) {
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (Ok(to_client), Ok(to_server)) = (client.try_clone(), server.try_clone()) else { return };
    let up = counts.clone();
    thread::spawn(move || copy(client, to_server, &up, true));
    let down = counts.clone();
    thread::spawn(move || copy(server, to_client, &down, false));
}

fn copy(mut from: TcpStream, mut to: TcpStream, counts: &Counts, requests: bool) {
    let mut buffer = vec![0; 64 << 10];
    let mut marks = Marks::default();
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let bytes = &buffer[..read];
        counts.bytes.fetch_add(read as u64, Ordering::SeqCst);
        if requests {
            counts.requests.fetch_add(marks.of(bytes), Ordering::SeqCst);
        }
        if to.write_all(bytes).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// Finds marks that begin in one piece and end in the next, too.
#[derive(Default)]
struct Marks {
    end: Vec<u8>,
}

impl Marks {
    fn of(&mut self, bytes: &[u8]) -> u64 {
        self.end.extend_from_slice(bytes);
        let found = self.end.windows(MARK.len()).filter(|window| *window == MARK).count();
        let kept = self.end.len().min(MARK.len() - 1);
        self.end.drain(..self.end.len() - kept);
        found as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_wherever_a_piece_ends() {
        let text = b"GET / HTTP/1.1\r\nHost: a\r\n\r\nPUT /b HTTP/1.1\r\n\r\nHTTP/1.1";
        for cut in 0..text.len() {
            let mut marks = Marks::default();
            assert_eq!(marks.of(&text[..cut]) + marks.of(&text[cut..]), 2, "{cut}");
        }
    }
}
