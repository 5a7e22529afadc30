//! How far a transfer has come: a bar on a terminal, lines once a second where progress is asked for without one.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::args::When;
use crate::console::Console;
use crate::output::{count, human};

const OPEN: &str = "{spinner} {binary_bytes}, {msg} {binary_bytes_per_sec}";
const KNOWN: &str =
    "{bar:24} {binary_bytes} of {binary_total_bytes}, {msg} {binary_bytes_per_sec}, {eta} left";

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
    /// When the next line is due, without a terminal.
    lines: Option<Mutex<Instant>>,
}

impl Meter {
    pub(crate) fn new(console: &Arc<Console>, when: When) -> Self {
        let terminal =
            std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let wanted = !console.is_quiet() && (when == When::Always || (when == When::Auto && terminal));
        let shown = wanted.then(|| Shown::new(terminal));
        if let Some(shown) = &shown
            && shown.lines.is_none()
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
        if shown.is_due() {
            self.console.note(&shown.line());
        }
    }

    /// So many there are in all.
    pub(crate) fn total(&self, files: u64, bytes: u64) {
        let Some(shown) = &self.shown else { return };
        shown.total_files.store(files, Ordering::Relaxed);
        shown.bar.set_length(bytes);
        if let Ok(style) = ProgressStyle::with_template(KNOWN) {
            shown.bar.set_style(style.progress_chars("=> "));
        }
    }

    /// Whether counting ahead has become pointless.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

/// The terminal is clean again however a command ends.
impl Drop for Meter {
    fn drop(&mut self) {
        let Some(shown) = &self.shown else { return };
        if shown.lines.is_some() {
            self.console.note(&shown.line());
        }
        self.console.set_bar(None);
        shown.bar.finish_and_clear();
    }
}

impl Shown {
    fn new(terminal: bool) -> Self {
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template(OPEN) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        let lines = (!terminal).then(|| Mutex::new(Instant::now() + Duration::from_secs(1)));
        Self { bar, files: AtomicU64::new(0), total_files: AtomicU64::new(0), lines }
    }

    fn files(&self) -> String {
        let files = self.files.load(Ordering::Relaxed);
        match self.total_files.load(Ordering::Relaxed) {
            0 => format!("{},", count(files, "file", "files")),
            total => format!("{files} of {},", count(total, "file", "files")),
        }
    }

    fn is_due(&self) -> bool {
        let Some(due) = &self.lines else { return false };
        let mut due = due.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if now < *due {
            return false;
        }
        *due = now + Duration::from_secs(1);
        true
    }

    fn line(&self) -> String {
        let bytes = human(self.bar.position());
        let rate = human(self.bar.per_sec() as u64);
        match self.bar.length() {
            Some(total) => format!(
                "progress: {bytes} of {}, {} {rate}/s, {} s left",
                human(total),
                self.files(),
                self.bar.eta().as_secs()
            ),
            None => format!("progress: {bytes}, {} {rate}/s", self.files()),
        }
    }
}
