//! Sources of a move: they go once their copies are durable, were seen at the destination, and have not changed.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use storage_types::{DeleteOptions, Error, ErrorKind, Metadata, Operation, Result};

use super::Carrier;
use crate::dual::content::changed_meanwhile;
use crate::dual::node::StorageNode;
use crate::dual::transfer::carry::link::read_link;
use crate::dual::transfer::job::Job;
use crate::dual::work::{Source, Work};
use crate::{maybe_async, rt};

/// Sources that wait for one sync.
const FILES: usize = 1_000;

/// The same, in bytes.
const BYTES: u64 = 256 << 20;

/// A file or link that was copied and is to go.
pub(super) struct Departure {
    job: Job,
    written: Metadata,
}

#[derive(Default)]
pub(in crate::dual::transfer) struct Departures(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    departures: Vec<Departure>,
    bytes: u64,
    /// Files of several names of which this run deletes some.
    several_names: HashSet<(u64, u64)>,
}

impl Departures {
    /// Adds one, and gives all back when that are enough for a sync.
    fn add(&self, departure: Departure) -> Option<Vec<Departure>> {
        let mut waiting = self.waiting();
        waiting.bytes += departure.job.metadata.size;
        waiting.departures.push(departure);
        let enough = waiting.departures.len() >= FILES || waiting.bytes >= BYTES;
        enough.then(|| waiting.take())
    }

    fn take(&self) -> Vec<Departure> {
        self.waiting().take()
    }

    /// Takes note of a name that is about to be deleted.
    fn takes_name_of(&self, source: &Metadata) {
        let several = source.link_count.is_some_and(|names| names.get() > 1);
        if let Some(id) = source.file_id.filter(|_| several) {
            self.waiting().several_names.insert(id);
        }
    }

    /// Whether a name of this file was deleted here, or is about to be.
    pub(super) fn took_a_name_of(&self, source: &Metadata) -> bool {
        source.file_id.is_some_and(|id| self.waiting().several_names.contains(&id))
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn take(&mut self) -> Vec<Departure> {
        self.bytes = 0;
        std::mem::take(&mut self.departures)
    }
}

#[maybe_async]
impl Carrier<'_> {
    /// What was copied goes from the source of a move, and counts as moved then.
    pub(super) async fn depart(&self, job: &Job, written: &Metadata) -> Result<()> {
        match self.departures.add(Departure { job: job.clone(), written: written.clone() }) {
            Some(departures) => self.let_go(departures).await,
            None => Ok(()),
        }
    }

    /// Lets go what still waits.
    pub(in crate::dual::transfer) async fn let_all_go(&self) -> Result<()> {
        let departures = self.departures.take();
        self.let_go(departures).await
    }

    async fn let_go(&self, departures: Vec<Departure>) -> Result<()> {
        if departures.is_empty() {
            return Ok(());
        }
        if let Err(error) = self.sync().await {
            for departure in &departures {
                self.make_outdated(&departure.job.destination).await;
            }
            return self.stay(departures, &error).await;
        }
        // What has another name now is not where the copies went, and none of it is touched.
        if let Err(error) = self.roots_are_the_same().await {
            return self.stay(departures, &error).await;
        }
        let mut departures = Queue(departures.into_iter());
        rt::for_each(self.task.options.concurrency, &mut departures, &LetGo(self)).await
    }

    /// The copies are not safe: the sources stay.
    async fn stay(&self, departures: Vec<Departure>, error: &Error) -> Result<()> {
        for departure in departures {
            let Departure { job, .. } = departure;
            let error = Error::new(
                error.kind(),
                format!("the source stays, since its copy is not safe: {}", error.message()),
            )
            .with_hint(error.hint().unwrap_or("move it again").to_owned());
            self.ledger.failed(&job.source, job.source.described(Operation::Move, error))?;
        }
        Ok(())
    }

    async fn let_one_go(&self, departure: &Departure) -> Result<()> {
        let Departure { job, written } = departure;
        if job.is_link() {
            see_link(job).await?;
        } else {
            self.see(&job.destination, written, job.metadata.size).await?;
            // Last of all: what comes there from now on has no copy.
            let now = job.source.stat().await?;
            if !self.is_same(&now, &job.metadata) {
                return Err(job.source.described(Operation::Move, changed_meanwhile()));
            }
            self.departures.takes_name_of(&job.metadata);
            // A local directory would be locked for it, against everybody who writes there.
            let can = job.source.capabilities();
            if can.conditional_delete
                && !can.local_path
                && let Some(etag) = now.etag
            {
                return delete_same(job, etag).await;
            }
        }
        job.source.delete().await
    }

    /// Looks at a copy once more.
    async fn see(&self, destination: &StorageNode, written: &Metadata, size: u64) -> Result<()> {
        if destination.capabilities().opaque_paths {
            // The address is the content.
            return Ok(());
        }
        let there = destination.stat().await?;
        let same_etag = match (&written.etag, &there.etag) {
            (Some(written), Some(there)) => written == there,
            _ => true,
        };
        if there.size == size && same_etag {
            return Ok(());
        }
        let error = Error::new(ErrorKind::Interrupted, "the copy was changed before the source could go")
            .with_hint("look at both; the source is as it was");
        Err(destination.described(Operation::Move, error))
    }
}

/// Deletes the source unless somebody has replaced it by now.
#[maybe_async]
async fn delete_same(job: &Job, etag: String) -> Result<()> {
    let error = match job.source.delete_with(&DeleteOptions::new().if_match(etag)).await {
        Ok(()) => return Ok(()),
        Err(error) => error,
    };
    match error.kind() {
        ErrorKind::PreconditionFailed => Err(job.source.described(Operation::Move, changed_meanwhile())),
        // Not every store of a protocol knows the condition.
        ErrorKind::Unsupported => job.source.delete().await,
        // Where only the answer got lost, it is gone.
        ErrorKind::Interrupted | ErrorKind::Timeout if !job.source.exists().await? => Ok(()),
        _ => Err(error),
    }
}

/// Fails unless the source is a link still, and the destination has one with the same target.
#[maybe_async]
async fn see_link(job: &Job) -> Result<()> {
    let ours = read_link(&job.source).await?;
    if ours == read_link(&job.destination).await? {
        return Ok(());
    }
    Err(job.source.described(Operation::Move, changed_meanwhile()))
}

/// Departures, one after the other.
struct Queue(std::vec::IntoIter<Departure>);

#[maybe_async]
impl Source for Queue {
    type Item = Departure;

    async fn next(&mut self) -> Result<Option<Departure>> {
        Ok(self.0.next())
    }
}

struct LetGo<'c, 'a>(&'c Carrier<'a>);

#[maybe_async]
impl Work<Departure> for LetGo<'_, '_> {
    async fn run(&self, departure: Departure) -> Result<()> {
        let job = &departure.job;
        match self.0.let_one_go(&departure).await {
            Ok(()) => {
                self.0.ledger.copied(job, &departure.written);
                Ok(())
            }
            Err(error) => self.0.ledger.failed(&job.source, error),
        }
    }
}
