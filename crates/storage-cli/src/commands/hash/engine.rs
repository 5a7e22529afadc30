//! Several files at once; what comes of them is handed out in the order in which they were given.

use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use storage::blocking::{Hasher, StorageNode};
use storage::types::{Checksum, Error, ErrorKind, HashAlgorithm, Metadata, Operation, Result};

use crate::exit::Done;
use crate::interrupt::Interrupt;

/// Files at once where each of them is waited for; a machine's own files keep the processors busy alone.
const IN_THE_CLOUD: usize = 16;

/// Of larger files in the cloud there is one at a time: their parts are fetched side by side already, and held in memory.
const LARGE: u64 = 8 << 20;

/// Files that are given for each that is under way, so that one slow file does not stop the others.
const AHEAD: usize = 8;

/// One file to hash.
#[derive(Debug)]
pub(super) struct File {
    pub(super) node: StorageNode,
    /// What a listing told.
    pub(super) metadata: Option<Metadata>,
    pub(super) algorithm: HashAlgorithm,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Sum {
    pub(super) checksum: Checksum,
    /// The store told it.
    pub(super) held: bool,
}

struct Task {
    file: File,
    answer: std::sync::mpsc::SyncSender<Result<Sum>>,
}

/// What all workers share.
struct Shared {
    tasks: Mutex<Receiver<Task>>,
    large: Mutex<()>,
    download: bool,
}

/// Hashes files; `T` is what the caller wants back with each.
pub(super) struct Engine<T> {
    waiting: VecDeque<(T, Outcome)>,
    tasks: Sender<Task>,
    shared: Arc<Shared>,
    workers: usize,
    jobs: Option<usize>,
    interrupt: Interrupt,
}

enum Outcome {
    There(Result<Sum>),
    Coming(Receiver<Result<Sum>>),
}

impl<T> Engine<T> {
    pub(super) fn new(jobs: Option<u16>, download: bool, interrupt: &Interrupt) -> Self {
        let (tasks, receiver) = channel();
        let shared = Shared { tasks: Mutex::new(receiver), large: Mutex::new(()), download };
        Self {
            waiting: VecDeque::new(),
            tasks,
            shared: Arc::new(shared),
            workers: 0,
            jobs: jobs.map(usize::from),
            interrupt: interrupt.clone(),
        }
    }

    /// One more file, behind all others.
    pub(super) fn add(&mut self, tag: T, file: File) {
        let jobs = self.jobs.unwrap_or_else(|| usual_jobs(&file.node));
        if self.workers < jobs && self.start() {
            self.workers += 1;
        }
        let (answer, coming) = sync_channel(1);
        let outcome = match self.tasks.send(Task { file, answer }) {
            Ok(()) if self.workers > 0 => Outcome::Coming(coming),
            _ => Outcome::There(Err(lost())),
        };
        self.waiting.push_back((tag, outcome));
    }

    /// Something that is known already, behind all others.
    pub(super) fn add_known(&mut self, tag: T, outcome: Result<Sum>) {
        self.waiting.push_back((tag, Outcome::There(outcome)));
    }

    /// Hands out what is ready, and waits where too many are under way; of the last ones it waits for all.
    pub(super) fn pump(&mut self, last: bool, mut take: impl FnMut(T, Result<Sum>) -> Done) -> Done {
        while let Some((tag, sum)) = self.ready() {
            take(tag, sum)?;
        }
        while last || self.waiting.len() >= self.workers.max(1) * AHEAD {
            let Some((tag, sum)) = self.wait()? else { break };
            take(tag, sum)?;
        }
        Ok(())
    }

    /// The first one, if it is ready.
    fn ready(&mut self) -> Option<(T, Result<Sum>)> {
        if let Some((_, outcome @ Outcome::Coming(_))) = self.waiting.front_mut() {
            let Outcome::Coming(coming) = outcome else { return None };
            match coming.try_recv() {
                Ok(there) => *outcome = Outcome::There(there),
                Err(TryRecvError::Empty) => return None,
                Err(TryRecvError::Disconnected) => *outcome = Outcome::There(Err(lost())),
            }
        }
        match self.waiting.pop_front()? {
            (tag, Outcome::There(there)) => Some((tag, there)),
            (_, Outcome::Coming(_)) => None,
        }
    }

    /// The first one, when it is ready; `None` when there is none left.
    fn wait(&mut self) -> Done<Option<(T, Result<Sum>)>> {
        let Some((tag, outcome)) = self.waiting.pop_front() else { return Ok(None) };
        let coming = match outcome {
            Outcome::There(there) => return Ok(Some((tag, there))),
            Outcome::Coming(coming) => coming,
        };
        loop {
            self.interrupt.check()?;
            match coming.recv_timeout(Duration::from_millis(50)) {
                Ok(there) => return Ok(Some((tag, there))),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(Some((tag, Err(lost())))),
            }
        }
    }

    /// One more worker. Fewer than wished for are enough.
    fn start(&self) -> bool {
        let shared = self.shared.clone();
        let name = format!("hash-{}", self.workers);
        thread::Builder::new().name(name).spawn(move || work(&shared)).is_ok()
    }
}

fn usual_jobs(node: &StorageNode) -> usize {
    if is_far(node) { IN_THE_CLOUD } else { thread::available_parallelism().map_or(1, NonZero::get) }
}

fn is_far(node: &StorageNode) -> bool {
    !node.capabilities().local_path
}

fn lost() -> Error {
    Error::new(ErrorKind::Unexpected, "no thread was left to hash it").with_operation(Operation::Read)
}

fn work(shared: &Shared) {
    loop {
        let task = shared.tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        // The engine is gone, and nobody wants to know any more.
        let Ok(Task { file, answer }) = task else { return };
        let _ = answer.send(hash(&file, shared));
    }
}

fn hash(file: &File, shared: &Shared) -> Result<Sum> {
    let File { node, metadata, algorithm } = file;
    let held = |checksum| Sum { checksum, held: true };
    if !shared.download {
        let listed = metadata.as_ref().and_then(|metadata| node.held_checksum(*algorithm, metadata));
        let told = match listed {
            Some(listed) => Some(listed),
            // What the listing left out, the store does not hold.
            None if metadata.is_some() => None,
            None => node.stored_checksum(*algorithm)?,
        };
        if let Some(told) = told {
            return Ok(held(told));
        }
    }
    let alone = || shared.large.lock().unwrap_or_else(PoisonError::into_inner);
    let is_large = |size: u64| size > LARGE && is_far(node);
    let mut turn = metadata.as_ref().filter(|metadata| is_large(metadata.size)).map(|_| alone());
    let mut reader = node.reader()?;
    let came = node.held_checksum(*algorithm, reader.metadata()).filter(|_| !shared.download);
    if let Some(told) = came {
        return Ok(held(told));
    }
    if turn.is_none() && is_large(reader.len()) {
        turn = Some(alone());
    }
    let mut hasher = Hasher::new(*algorithm);
    while let Some(chunk) = reader.next()? {
        hasher.update(&chunk);
    }
    drop(turn);
    Ok(Sum { checksum: hasher.finish(), held: false })
}
