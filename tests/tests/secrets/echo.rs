//! A server that refuses every request and repeats all of it, as proxies and emulators do that want to be helpful.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use percent_encoding::percent_decode_str;

/// How errors are written.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    Xml,
    Json,
}

/// The token that the server gives to those who ask at `/good`.
pub(crate) const GIVEN: &str = "ya29.this-token-was-given-by-the-server";

pub(crate) struct Echo {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Echo {
    pub(crate) fn start(form: Form) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = seen.clone();
        // It ends with the process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = answer(&stream, form, &kept);
            }
        });
        Ok(Self { url, seen })
    }

    /// The values that came in headers for credentials, each as a whole and its last part.
    pub(crate) fn credentials(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let last =
            |value: &String| value.rsplit([' ', ':']).next().map(|part| part.replace("Signature=", ""));
        seen.iter().cloned().chain(seen.iter().filter_map(last)).collect()
    }
}

fn answer(stream: &TcpStream, form: Form, seen: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut text, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(": ").unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap_or_default(),
            "authorization" | "x-amz-security-token" => {
                seen.lock().unwrap_or_else(PoisonError::into_inner).push(value.to_owned());
            }
            _ => {}
        }
        text += line;
        text.push(' ');
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    text += &String::from_utf8_lossy(&body);
    let (status, body) = body_of(form, &text);
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
    let mut stream = stream;
    write!(stream, "{head}Content-Type: application/json\r\n\r\n{body}")
}

fn body_of(form: Form, text: &str) -> (u16, String) {
    if text.starts_with("POST /good ") {
        let token = serde_json::json!({"access_token": GIVEN, "expires_in": 3600, "token_type": "Bearer"});
        return (200, token.to_string());
    }
    let decoded = percent_decode_str(text).decode_utf8_lossy();
    let repeated = format!("I was sent {text} which is {decoded}");
    let body = match form {
        Form::Xml => {
            let escaped = repeated.replace('&', "&amp;").replace('<', "&lt;");
            format!("<?xml version=\"1.0\"?><Error><Code>Odd</Code><Message>{escaped}</Message></Error>")
        }
        Form::Json => {
            let item = serde_json::json!({"reason": "odd", "message": repeated});
            let error = serde_json::json!({"code": 400, "message": repeated, "errors": [item]});
            serde_json::json!({"error": error, "error_description": repeated}).to_string()
        }
    };
    (400, body)
}
