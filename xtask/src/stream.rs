//! Runs a command whose output is shown live and read line by line at the same time.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};

use crate::cargo::{cannot_start, shown};
use crate::interrupt;

/// Where a line came from, and its bytes with the line end.
enum Line {
    Out(Vec<u8>),
    Err(Vec<u8>),
}

/// Runs the command, shows both of its streams as they come, and hands every line to `on_line` without colours.
///
/// Returns whether the command succeeded.
pub(crate) fn run(mut command: Command, mut on_line: impl FnMut(&str)) -> Result<bool, String> {
    interrupt::check()?;
    println!("$ {}", shown(&command));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| cannot_start(&command, &error))?;
    for line in lines_of(&mut child) {
        on_line(&plain(&shown_live(&line)));
    }
    let status = child.wait().map_err(|error| format!("cannot wait for `{}`: {error}", shown(&command)))?;
    interrupt::check()?;
    Ok(status.success())
}

/// The lines of both streams in the order of their arrival; ends when the child has closed both.
fn lines_of(child: &mut Child) -> Receiver<Line> {
    let (sender, receiver) = channel();
    if let Some(out) = child.stdout.take() {
        let sender = sender.clone();
        std::thread::spawn(move || forward(out, &sender, Line::Out));
    }
    if let Some(err) = child.stderr.take() {
        std::thread::spawn(move || forward(err, &sender, Line::Err));
    }
    receiver
}

fn forward(stream: impl Read, sender: &Sender<Line>, wrap: fn(Vec<u8>) -> Line) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut line = Vec::new();
        match stream.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) if sender.send(wrap(line)).is_err() => return,
            Ok(_) => {}
        }
    }
}

/// Passes the line on to our own stream. A closed pipe is no failure: the run goes on and its result still counts.
fn shown_live(line: &Line) -> String {
    let bytes = match line {
        Line::Out(bytes) => {
            let _ = std::io::stdout().write_all(bytes);
            bytes
        }
        Line::Err(bytes) => {
            let _ = std::io::stderr().write_all(bytes);
            bytes
        }
    };
    String::from_utf8_lossy(bytes).into_owned()
}

/// The line without its end and without the escape sequences of colours (`ESC [ ... letter`).
fn plain(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.trim_end().chars();
    while let Some(char) = chars.next() {
        if char == '\u{1b}' {
            chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            out.push(char);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_and_line_ends_are_removed() {
        assert_eq!(plain("test a ... \u{1b}[32mok\u{1b}[0m\r\n"), "test a ... ok");
    }

    #[test]
    fn lines_of_both_streams_arrive() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo one; echo two >&2; exit 3"]);
        let mut lines = Vec::new();
        let ok = run(command, |line| lines.push(line.to_owned()));
        lines.sort();
        assert_eq!((ok, lines), (Ok(false), vec!["one".to_owned(), "two".to_owned()]));
    }
}
