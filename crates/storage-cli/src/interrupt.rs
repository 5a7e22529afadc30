//! Ctrl-C, SIGTERM and SIGHUP. Commands that write stop at the next safe point and clean up; the others end at once.
//! A second signal ends everything at once.

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;
use std::{process, thread};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use storage::types::CancelToken;

use crate::exit::{Done, Exit, Stop};

/// What a signal calls.
type Call = Box<dyn Fn() + Send>;

#[derive(Clone)]
pub(crate) struct Interrupt {
    token: CancelToken,
    gentle: Arc<AtomicBool>,
    signal: Arc<AtomicI32>,
    /// When a command is asked to stop.
    on_signal: Arc<Mutex<Vec<Call>>>,
    /// Before the program ends at once.
    at_exit: Arc<Mutex<Option<Call>>>,
}

impl Interrupt {
    /// Listens from now on. Where the system does not let us, signals do what they always do.
    pub(crate) fn install() -> Self {
        let this = Self::new();
        // `nohup` has SIGHUP ignored, and means it.
        let wanted =
            [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| *signal != SIGHUP || !is_ignored(SIGHUP));
        if let Ok(signals) = Signals::new(wanted) {
            let listener = this.clone();
            let _ = thread::Builder::new().name("signals".into()).spawn(move || listener.listen(signals));
        }
        this
    }

    /// One that no signal reaches.
    pub(crate) fn new() -> Self {
        Self {
            token: CancelToken::new(),
            gentle: Arc::new(AtomicBool::new(false)),
            signal: Arc::new(AtomicI32::new(SIGINT)),
            on_signal: Arc::default(),
            at_exit: Arc::default(),
        }
    }

    /// `call` wakes a command that waits and has to look whether it should stop.
    pub(crate) fn on_signal(&self, call: impl Fn() + Send + 'static) {
        self.on_signal.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(call));
    }

    /// Before a signal ends the program at once, `call` is given a moment.
    pub(crate) fn at_exit(&self, call: impl Fn() + Send + 'static) {
        *self.at_exit.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(call));
    }

    /// From now on the command looks at the token itself and cleans up.
    pub(crate) fn token(&self) -> &CancelToken {
        self.gentle.store(true, Ordering::Release);
        &self.token
    }

    /// A command that changes nothing need not clean up, whatever it was given the token for.
    pub(crate) fn end_at_once(&self) {
        self.gentle.store(false, Ordering::Release);
    }

    pub(crate) fn check(&self) -> Done {
        if self.token.is_cancelled() { Err(Stop::Interrupted) } else { Ok(()) }
    }

    /// The exit code for the signal that came.
    pub(crate) fn exit(&self) -> Exit {
        Exit::Signal(u8::try_from(self.signal.load(Ordering::Acquire)).unwrap_or(0))
    }

    fn listen(&self, mut signals: Signals) {
        for signal in signals.forever() {
            self.signal.store(signal, Ordering::Release);
            if self.token.is_cancelled() || !self.gentle.load(Ordering::Acquire) {
                self.clean_up();
                process::exit(self.exit().code().into());
            }
            self.stop();
        }
    }

    /// Asks the command to stop.
    pub(crate) fn stop(&self) {
        self.token.cancel();
        self.on_signal.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(|call| call());
    }

    /// A terminal that takes no output must not keep the program alive.
    fn clean_up(&self) {
        let Some(call) = self.at_exit.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        let (done, ended) = mpsc::channel();
        let helper = thread::Builder::new().name("clean-up".into()).spawn(move || {
            call();
            let _ = done.send(());
        });
        if helper.is_ok() {
            let _ = ended.recv_timeout(Duration::from_millis(200));
        }
    }
}

/// Whether whoever started us has the signal ignored (Linux; elsewhere nobody can tell without unsafe code).
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask & (1 << (signal - 1)) != 0
}
