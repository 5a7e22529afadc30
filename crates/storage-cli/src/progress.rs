//! How far a transfer has come: a bar on a terminal, lines once a second where progress is asked for without one.

use std::fmt::Write;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::args::When;
use crate::console::Console;
use crate::output::{count, human};

const OPEN: &str = "{spinner} {done}{msg}, {rate}/s";
const KNOWN: &str = "{done} of {all}{msg}, {rate}/s, {left} left {wide_bar}";

/// Progress of one command over all its places.
pub(crate) struct Meter {
    shown: Option<Shown>,
    console: Arc<Console>,
    stopped: AtomicBool,
}

struct Shown {
    bar: ProgressBar,
    files: AtomicU64,
    total_files: AtomicU64,
    /// Without a terminal: the last line, and when the next one is due.
    lines: Option<Mutex<(String, Instant)>>,
}

impl Meter {
    pub(crate) fn new(console: &Arc<Console>, when: When) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let terminal = std::io::stderr().is_terminal() && !dumb;
        let wanted = !console.is_quiet() && (when == When::Always || (when == When::Auto && terminal));
        let shown = wanted.then(|| Shown::new(terminal));
        if let Some(shown) = &shown
            && terminal
        {
            console.set_bar(Some(shown.bar.clone()));
        }
        Self { shown, console: console.clone(), stopped: AtomicBool::new(false) }
    }

    /// Whether anybody sees it; if not, nothing need be counted ahead.
    pub(crate) fn is_shown(&self) -> bool {
        self.shown.is_some()
    }

    /// So many files and bytes are done.
    pub(crate) fn set(&self, files: u64, bytes: u64) {
        let Some(shown) = &self.shown else { return };
        shown.files.store(files, Ordering::Relaxed);
        shown.bar.set_position(bytes);
        shown.bar.set_message(shown.files());
        self.line(false);
    }

    /// So many there are in all.
    pub(crate) fn total(&self, files: u64, bytes: u64) {
        let Some(shown) = &self.shown else { return };
        shown.total_files.store(files, Ordering::Relaxed);
        shown.bar.set_length(bytes);
        shown.bar.set_style(style(KNOWN));
    }

    /// Whether counting ahead has become pointless.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Without a terminal: the next line, when it is due or the last one.
    fn line(&self, last: bool) {
        let Some((shown, lines)) = self.shown.as_ref().and_then(|shown| Some((shown, shown.lines.as_ref()?)))
        else {
            return;
        };
        let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if !last && now < lines.1 {
            return;
        }
        let line = shown.line();
        if line != lines.0 {
            self.console.note(&line);
        }
        *lines = (line, now + Duration::from_secs(1));
    }
}

/// The terminal is clean again however a command ends.
impl Drop for Meter {
    fn drop(&mut self) {
        self.line(true);
        if let Some(shown) = &self.shown {
            self.console.set_bar(None);
            shown.bar.finish_and_clear();
        }
    }
}

impl Shown {
    fn new(terminal: bool) -> Self {
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(style(OPEN));
        bar.enable_steady_tick(Duration::from_millis(200));
        let lines = (!terminal).then(|| Mutex::new((String::new(), Instant::now() + Duration::from_secs(1))));
        Self { bar, files: AtomicU64::new(0), total_files: AtomicU64::new(0), lines }
    }

    fn files(&self) -> String {
        let files = self.files.load(Ordering::Relaxed);
        match self.total_files.load(Ordering::Relaxed) {
            0 if files == 0 => String::new(),
            0 => format!(", {}", count(files, "file", "files")),
            total => format!(", {files} of {}", count(total, "file", "files")),
        }
    }

    fn line(&self) -> String {
        let (done, rate, files) =
            (human(self.bar.position()), human(self.bar.per_sec() as u64), self.files());
        match self.bar.length() {
            Some(all) => {
                format!("{done} of {}{files}, {rate}/s, {} left", human(all), short(self.bar.eta()))
            }
            None => format!("{done}{files}, {rate}/s"),
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    // The bar's own buffer takes everything.
    let write = |out: &mut dyn Write, text: String| out.write_str(&text).unwrap_or(());
    style
        .with_key("done", move |state: &ProgressState, out: &mut dyn Write| write(out, human(state.pos())))
        .with_key("all", move |state: &ProgressState, out: &mut dyn Write| {
            write(out, human(state.len().unwrap_or(0)));
        })
        .with_key("rate", move |state: &ProgressState, out: &mut dyn Write| {
            write(out, human(state.per_sec() as u64));
        })
        .with_key("left", move |state: &ProgressState, out: &mut dyn Write| write(out, short(state.eta())))
        .progress_chars("=> ")
}

/// `7s`, `2m05s`, `3h07m`.
fn short(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds}s"),
        seconds @ 60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        seconds => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        let cases = [(0, "0s"), (59, "59s"), (125, "2m05s"), (3599, "59m59s"), (11_220, "3h07m")];
        for (seconds, text) in cases {
            assert_eq!(short(Duration::from_secs(seconds)), text);
        }
    }
}
