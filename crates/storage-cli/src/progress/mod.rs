//! How far a transfer has come: on a terminal a bar and a line for each file under way, lines once a second where
//! progress is asked for without one.

mod active;

use std::collections::HashMap;
use std::fmt::Write;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use storage::types::{Address, CopyOptions, Skip, TransferEntry, TransferEvent};

use self::active::Active;
use crate::args::When;
use crate::console::Console;
use crate::names::Names;
use crate::output::{count, human};

const OPEN: &str = "{spinner} {done}{msg}, {rate}/s{active}";
const KNOWN: &str = "{done} of {all}{msg}, {rate}/s, {left} left {wide_bar}{active}";

/// Progress of one command over all its places.
pub(crate) struct Meter {
    shown: Option<Shown>,
    console: Arc<Console>,
    stopped: AtomicBool,
}

struct Shown {
    bar: ProgressBar,
    names: Arc<Names>,
    active: Arc<Active>,
    files: AtomicU64,
    total_files: AtomicU64,
    left_out: Mutex<LeftOut>,
    /// Nothing is seen of it until a file begins to move.
    shy: AtomicBool,
    /// Without a terminal: the last line, and when the next one is due.
    lines: Option<Mutex<(String, Instant)>>,
}

/// What need not be moved of all that there is.
#[derive(Default)]
struct LeftOut {
    /// All bytes, once they are counted.
    total: Option<u64>,
    /// Those of files that are left as they are.
    bytes: u64,
    /// Sizes of the files of which nobody knows yet, by their full source.
    undecided: HashMap<Address, u64>,
}

impl Meter {
    pub(crate) fn new(console: &Arc<Console>, when: When) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let terminal = std::io::stderr().is_terminal() && !dumb;
        let wanted = !console.is_quiet() && (when == When::Always || (when == When::Auto && terminal));
        let shown = wanted.then(|| Shown::new(terminal, console.names()));
        if let Some(shown) = &shown
            && terminal
        {
            console.set_bar(Some(shown.bar.clone()));
        }
        Self { shown, console: console.clone(), stopped: AtomicBool::new(false) }
    }

    /// One that appears only when a file begins to move.
    pub(crate) fn shy(console: &Arc<Console>, when: When) -> Self {
        let this = Self::new(console, when);
        if let Some(shown) = &this.shown {
            shown.shy.store(true, Ordering::Relaxed);
            shown.bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        this
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
        let left_out = &mut shown.left_out();
        left_out.total = Some(bytes);
        shown.bar.set_length(bytes.saturating_sub(left_out.bytes));
        shown.bar.set_style(shown.style(KNOWN));
    }

    /// Has this meter hear of every file of a transfer.
    pub(crate) fn follow(self: &Arc<Self>, options: CopyOptions) -> CopyOptions {
        if !self.is_shown() {
            return options;
        }
        let (looking, hearing, before) = (self.clone(), self.clone(), options.on_event.clone());
        // Where nothing is compared all bytes move, and a filter would keep the shortest ways from being taken.
        let options = match options.skip {
            Skip::Never => options,
            _ => options.filter(move |file| {
                looking.looks_at(file);
                true
            }),
        };
        options.on_event(move |event| {
            hearing.hear(event);
            if let Some(call) = &before {
                call(event);
            }
        })
    }

    /// A file will be compared. Its bytes are none to be moved if it is then left as it is.
    fn looks_at(&self, file: &TransferEntry) {
        let Some(shown) = &self.shown else { return };
        let source = Address::new(file.mount.as_str(), file.path.clone());
        shown.left_out().undecided.insert(source, file.metadata.size);
    }

    /// Something happened to a file.
    fn hear(&self, event: &TransferEvent) {
        let Some(shown) = &self.shown else { return };
        shown.active.hear(event);
        match event {
            TransferEvent::Started { .. } => shown.appear(),
            TransferEvent::Planned { source, .. } => {
                shown.left_out().undecided.remove(source);
            }
            TransferEvent::Skipped(file) => shown.leave_out(&file.source),
            TransferEvent::Failed { source, .. } => shown.leave_out(source),
            _ => {}
        }
    }

    /// Nothing is under way any more.
    pub(crate) fn pause(&self) {
        if let Some(shown) = &self.shown {
            shown.active.clear();
        }
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
        if shown.shy.load(Ordering::Relaxed) {
            return;
        }
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
    fn new(terminal: bool, names: &Arc<Names>) -> Self {
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let lines = (!terminal).then(|| Mutex::new((String::new(), Instant::now() + Duration::from_secs(1))));
        let this = Self {
            bar: ProgressBar::with_draw_target(None, target),
            names: names.clone(),
            active: Arc::default(),
            files: AtomicU64::new(0),
            total_files: AtomicU64::new(0),
            left_out: Mutex::default(),
            shy: AtomicBool::new(false),
            lines,
        };
        this.bar.set_style(this.style(OPEN));
        this.bar.enable_steady_tick(Duration::from_millis(200));
        this
    }

    fn appear(&self) {
        if self.shy.swap(false, Ordering::Relaxed) && self.lines.is_none() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    fn left_out(&self) -> MutexGuard<'_, LeftOut> {
        self.left_out.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave_out(&self, source: &Address) {
        let mut left_out = self.left_out();
        if let Some(bytes) = left_out.undecided.remove(source) {
            left_out.bytes += bytes;
            if let Some(total) = left_out.total {
                self.bar.set_length(total.saturating_sub(left_out.bytes));
            }
        }
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

    fn style(&self, template: &str) -> ProgressStyle {
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        // The bar's own buffer takes everything.
        let write = |out: &mut dyn Write, text: String| out.write_str(&text).unwrap_or(());
        let (active, names) = (self.active.clone(), self.names.clone());
        style
            .with_key("done", move |state: &ProgressState, out: &mut dyn Write| {
                write(out, human(state.pos()));
            })
            .with_key("all", move |state: &ProgressState, out: &mut dyn Write| {
                write(out, human(state.len().unwrap_or(0)));
            })
            .with_key("rate", move |state: &ProgressState, out: &mut dyn Write| {
                write(out, human(state.per_sec() as u64));
            })
            .with_key("left", move |state: &ProgressState, out: &mut dyn Write| {
                write(out, short(state.eta()));
            })
            .with_key("active", move |_: &ProgressState, out: &mut dyn Write| {
                let (rows, columns) = Term::stderr().size();
                let lines = active.lines(&names, columns.into(), rows.into());
                lines.into_iter().for_each(|line| write(out, format!("\n{line}")));
            })
            .progress_chars("=> ")
    }
}

/// `7s`, `2m05s`, `3h07m`.
pub(crate) fn short(time: Duration) -> String {
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
