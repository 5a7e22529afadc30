//! The smallest HTTP request that tells whether a server is ready.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// A healthy server on the same machine answers in far less.
const PATIENCE: Duration = Duration::from_secs(5);

/// The status of `GET path`.
pub(super) fn status_of(port: u16, path: &str) -> Result<u16, String> {
    ask(port, path).map_err(|error| format!("no answer on port {port}: {error}"))
}

fn ask(port: u16, path: &str) -> std::io::Result<u16> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    parse(&line).ok_or_else(|| std::io::Error::other(format!("not HTTP: {:?}", line.trim_end())))
}

fn parse(status_line: &str) -> Option<u16> {
    let mut words = status_line.split(' ');
    words.next().filter(|version| version.starts_with("HTTP/1."))?;
    words.next()?.trim_end().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_the_second_word() {
        assert_eq!(parse("HTTP/1.1 200 OK\r\n"), Some(200));
        assert_eq!(parse("HTTP/1.0 403\r\n"), Some(403));
        assert_eq!(parse("SSH-2.0-OpenSSH_9.2\r\n"), None);
        assert_eq!(parse(""), None);
    }
}
