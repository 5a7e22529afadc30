//! Standard output: the only way there. A reader that goes away ends what only prints; everything else goes on without
//! it, so that no work stops half-way and no verdict is lost.

use std::fmt;
use std::io::{self, BufWriter, IsTerminal, Write};

use serde::Serialize;
use storage::types::Error;

use crate::exit::{Done, Stop};

pub(crate) struct Output {
    sink: Box<dyn Write>,
    terminal: bool,
    /// What cannot be printed any more ends the command: it does nothing else.
    only_prints: bool,
    /// Nobody reads any more.
    closed: bool,
}

impl Output {
    pub(crate) fn stdout() -> Self {
        let stdout = io::stdout().lock();
        let terminal = stdout.is_terminal();
        // On a terminal each line appears when it is written; in a pipe only throughput counts.
        let sink: Box<dyn Write> =
            if terminal { Box::new(stdout) } else { Box::new(BufWriter::with_capacity(64 << 10, stdout)) };
        Self { sink, terminal, only_prints: false, closed: false }
    }

    /// Somewhere else, as into a pipe.
    #[cfg(test)]
    pub(crate) fn to(sink: impl Write + 'static) -> Self {
        Self { sink: Box::new(sink), terminal: false, only_prints: false, closed: false }
    }

    /// Whether printing is all that the command does.
    pub(crate) fn only_prints(&mut self, only_prints: bool) {
        self.only_prints = only_prints;
    }

    /// One line. On a terminal nothing in it steers that, wherever it is from.
    pub(crate) fn line(&mut self, line: fmt::Arguments<'_>) -> Done {
        if self.terminal {
            return self.text(&format!("{line}\n"));
        }
        self.with(|sink| sink.write_fmt(line).and_then(|()| sink.write_all(b"\n")))
    }

    /// Text of several lines, as `line`.
    pub(crate) fn text(&mut self, text: &str) -> Done {
        if self.terminal {
            let shown = escaped(text, |char| matches!(char, '\n' | '\t'));
            return self.bytes(shown.as_bytes());
        }
        self.bytes(text.as_bytes())
    }

    /// Content as it is.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Done {
        self.with(|sink| sink.write_all(bytes))
    }

    /// One JSON document on one line.
    pub(crate) fn json<T: Serialize>(&mut self, value: &T) -> Done {
        let text = serde_json::to_string(value).map_err(|error| stop(error.into()))?;
        self.line(format_args!("{text}"))
    }

    /// One JSON document for people to read as well.
    pub(crate) fn json_pretty<T: Serialize>(&mut self, value: &T) -> Done {
        let text = serde_json::to_string_pretty(value).map_err(|error| stop(error.into()))?;
        self.line(format_args!("{text}"))
    }

    pub(crate) fn flush(&mut self) -> Done {
        self.with(|sink| sink.flush())
    }

    fn with(&mut self, print: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Done {
        if self.closed {
            return Ok(());
        }
        match print(&mut *self.sink) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.close(),
            outcome => outcome.map_err(stop),
        }
    }

    /// Nobody reads any more.
    fn close(&mut self) -> Done {
        if self.only_prints {
            return Err(Stop::Pipe);
        }
        self.closed = true;
        // What is still in the buffer goes nowhere.
        self.sink = Box::new(io::sink());
        Ok(())
    }

    /// A name as it may be shown: on a terminal without characters that would steer it.
    pub(crate) fn name(&self, name: &str) -> String {
        if self.terminal { harmless(name) } else { name.to_owned() }
    }
}

/// `text` with everything escaped that could steer a terminal, or make a name look like another one.
pub(crate) fn harmless(text: &str) -> String {
    escaped(text, |_| false)
}

fn escaped(text: &str, keep: impl Fn(char) -> bool) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, char| {
        if steers(char) && !keep(char) {
            shown.extend(char.escape_default());
        } else {
            shown.push(char);
        }
        shown
    })
}

/// Control characters, and those that break lines or turn the direction of writing (Unicode Standard Annex 9).
fn steers(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn stop(error: io::Error) -> Stop {
    let error = Error::from_io(error);
    Stop::Fatal(Error::new(error.kind(), format!("cannot write to standard output: {}", error.message())))
}

/// Sizes for people: `0 B`, `1023 B`, `1.0 KiB`, `214.5 KiB`.
pub(crate) fn human(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    // 1023.95 would be shown as 1024.0.
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// A size as the flags want it.
pub(crate) fn size(bytes: u64, exact: bool) -> String {
    if exact { bytes.to_string() } else { human(bytes) }
}

/// `1 file`, `2 files`.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_for_people() {
        let cases = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1_048_575, "1.0 MiB"),
            (219_648, "214.5 KiB"),
            (u64::MAX, "16.0 EiB"),
        ];
        for (bytes, text) in cases {
            assert_eq!(human(bytes), text);
        }
    }

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        assert_eq!(harmless("a\u{1b}[2Jb\nc é"), "a\\u{1b}[2Jb\\nc é");
        assert_eq!(harmless("\u{9b}2J \u{202e}gpj.exe \u{7f}"), "\\u{9b}2J \\u{202e}gpj.exe \\u{7f}");
    }
}
