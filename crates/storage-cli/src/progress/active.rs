//! The files that are under way: a line each below the bar.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use console::measure_text_width;
use storage::types::{Address, TransferEvent};

use super::short;
use crate::names::Names;
use crate::output::{harmless, human};

/// A file has a line once it has taken this long: small ones would only flicker.
const SHOWN_AFTER: Duration = Duration::from_millis(100);

/// So many lines at most; the other files are a number.
const SHOWN: usize = 8;

/// What moves, by its full source.
#[derive(Debug, Default)]
pub(super) struct Active(Mutex<HashMap<Address, Transfer>>);

#[derive(Debug, Clone, Copy)]
struct Transfer {
    bytes: u64,
    /// Those of them that were there already.
    resumed: u64,
    total: u64,
    since: Instant,
}

impl Active {
    pub(super) fn hear(&self, event: &TransferEvent) {
        match event {
            TransferEvent::Started { source, bytes } => {
                let begun = Transfer { bytes: 0, resumed: 0, total: *bytes, since: Instant::now() };
                self.all().insert(source.clone(), begun);
            }
            TransferEvent::Progress { source, bytes, total } => {
                let mut all = self.all();
                if let Some(transfer) = all.get_mut(source) {
                    (transfer.bytes, transfer.total) = (*bytes, *total);
                } else {
                    // Copies of the shortest way begin without a word.
                    let begun = Transfer { bytes: *bytes, resumed: 0, total: *total, since: Instant::now() };
                    all.insert(source.clone(), begun);
                }
            }
            TransferEvent::Resumed { source, bytes } => {
                if let Some(transfer) = self.all().get_mut(source) {
                    transfer.resumed += bytes;
                }
            }
            TransferEvent::Copied(file) => self.end(&file.source),
            TransferEvent::Skipped(file) => self.end(&file.source),
            TransferEvent::Failed { source, .. } => self.end(source),
            _ => {}
        }
    }

    /// Nothing moves any more, whatever was said last.
    pub(super) fn clear(&self) {
        self.all().clear();
    }

    fn end(&self, source: &Address) {
        self.all().remove(source);
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Address, Transfer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What stands below the bar of a terminal of this size: the oldest first, so that lines keep their places.
    pub(super) fn lines(&self, names: &Names, columns: usize, rows: usize) -> Vec<String> {
        let now = Instant::now();
        let all = self.all();
        let is_shown = |transfer: &Transfer| now.duration_since(transfer.since) >= SHOWN_AFTER;
        let mut shown: Vec<_> = all.iter().filter(|(_, transfer)| is_shown(transfer)).collect();
        shown.sort_by_key(|(source, transfer)| (transfer.since, *source));
        let room = SHOWN.min(rows.saturating_sub(3));
        let line = |(source, transfer): &(&Address, &Transfer)| {
            transfer.line(&harmless(&names.show_address(source)), now, columns)
        };
        let mut lines: Vec<String> = shown.iter().take(room).map(line).collect();
        if shown.len() > room && room > 0 {
            lines.push(format!("  and {} more", shown.len() - room));
        }
        lines
    }
}

impl Transfer {
    /// `  photos/big.raw  3.0 MiB of 40.0 MiB, 1.0 MiB/s, 37s left`, never wider than the terminal.
    fn line(&self, name: &str, now: Instant, columns: usize) -> String {
        let mut numbers = format!("{} of {}", human(self.bytes), human(self.total.max(self.bytes)));
        let seconds = now.duration_since(self.since).as_secs_f64();
        let moved = self.bytes.saturating_sub(self.resumed);
        if moved > 0 && seconds > 0.0 {
            let rate = moved as f64 / seconds;
            let left = Duration::try_from_secs_f64(self.total.saturating_sub(self.bytes) as f64 / rate);
            numbers += &format!(", {}/s, {} left", human(rate as u64), short(left.unwrap_or(Duration::MAX)));
        }
        let room = columns.saturating_sub(numbers.len() + 5);
        if room < 8 {
            fit(&format!("  {numbers}"), columns)
        } else {
            format!("  {}  {numbers}", fit(name, room))
        }
    }
}

/// The end of `text`, where names differ, in so many columns.
fn fit(text: &str, columns: usize) -> String {
    if measure_text_width(text) <= columns {
        return text.to_owned();
    }
    let mut room = columns.saturating_sub(1);
    let mut start = text.len();
    for (at, char) in text.char_indices().rev() {
        let width = measure_text_width(char.encode_utf8(&mut [0; 4]));
        if width > room {
            break;
        }
        room -= width;
        start = at;
    }
    format!("…{}", &text[start..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(path: &str) -> Address {
        Address::new("data", storage::types::StoragePath::parse(path).unwrap())
    }

    fn active(sources: usize, age: Duration) -> Active {
        let active = Active::default();
        for number in 0..sources {
            let since = Instant::now().checked_sub(age).unwrap();
            let transfer = Transfer { bytes: 1 << 20, resumed: 0, total: 3 << 20, since };
            active.all().insert(address(&format!("file-{number:02}")), transfer);
        }
        active
    }

    #[test]
    fn what_is_over_at_once_has_no_line() {
        let names = Names::default();
        assert!(active(3, Duration::ZERO).lines(&names, 80, 24).is_empty());
        let lines = active(1, Duration::from_secs(2)).lines(&names, 80, 24);
        assert!(lines[0].starts_with("  data:file-00  1.0 MiB of 3.0 MiB, "), "{lines:?}");
        assert!(lines[0].ends_with("/s, 4s left") || lines[0].ends_with("/s, 3s left"), "{lines:?}");
    }

    #[test]
    fn events_begin_and_end_lines() {
        let (active, source) = (Active::default(), address("a"));
        active.hear(&TransferEvent::Started { source: source.clone(), bytes: 10 });
        active.hear(&TransferEvent::Progress { source: source.clone(), bytes: 4, total: 10 });
        assert_eq!(active.all()[&source].bytes, 4);
        // A further try begins at nothing.
        active.hear(&TransferEvent::Started { source: source.clone(), bytes: 10 });
        assert_eq!(active.all()[&source].bytes, 0);
        let copied = storage::types::CopiedFile::new(source, address("b"), 10);
        active.hear(&TransferEvent::Copied(copied));
        assert!(active.all().is_empty());
    }

    #[test]
    fn lines_fit_the_terminal() {
        let names = Names::default();
        let many = active(20, Duration::from_secs(1));
        let lines = many.lines(&names, 60, 24);
        assert_eq!((lines.len(), lines.last().unwrap().as_str()), (9, "  and 12 more"));
        assert!(lines.iter().all(|line| measure_text_width(line) < 60), "{lines:?}");
        assert_eq!(many.lines(&names, 60, 6).len(), 4);
        assert!(many.lines(&names, 60, 3).is_empty());
        assert!(many.lines(&names, 20, 24).iter().all(|line| measure_text_width(line) <= 20));
    }

    #[test]
    fn of_a_long_name_the_end_is_shown() {
        assert_eq!(fit("short", 5), "short");
        assert_eq!(fit("photos/2026/image.raw", 10), "…image.raw");
        // Each takes two columns.
        assert_eq!(fit("写真写真", 5), "…写真");
    }
}
