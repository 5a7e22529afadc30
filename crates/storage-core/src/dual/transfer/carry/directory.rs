//! Directories: made before what is in them, given their mode and time when all of that is done.

use std::sync::Arc;

use storage_types::{
    Attributes, Change, CreateDirOptions, Durability, Error, ErrorKind, Metadata, Operation, Result,
};

use super::Carrier;
use super::attributes::has;
use crate::dual::node::StorageNode;
use crate::dual::transfer::job::{AtDestination, Directory, Job};
use crate::dual::transfer::task::Task;
use crate::maybe_async;

/// What the owner of a directory needs to write into it.
const OWNER: u32 = 0o700;

#[maybe_async]
impl Carrier<'_> {
    /// Makes a directory that is found, unless it appears with the first file in it. What is in it is carried next.
    pub(in crate::dual::transfer) async fn begin_directory(&self, job: &Job) -> Result<Arc<Directory>> {
        self.ledger.directory_seen();
        let mut job = job.clone();
        if !self.task.makes_directories() {
            self.watch_file_system(&job).await?;
            // With include patterns it is made for the first file that is wanted.
            let by_itself = self.task.destination.capabilities().directories;
            return Ok(Directory::new(&job, None, by_itself && job.there.metadata().is_none()));
        }
        if self.task.mode.dry_run {
            self.plan_directory(&job);
            return Ok(Directory::new(&job, None, false));
        }
        let mut final_mode = None;
        if job.there.metadata().is_none() {
            final_mode = self.make(&mut job).await?;
        }
        self.watch_file_system(&job).await?;
        if let AtDestination::Is(there) = &job.there {
            self.close_to_others(&job, there).await?;
            if self.task.changes_attributes(&job) {
                self.ledger.planned(&job, Change::Attributes);
            }
        }
        Ok(Directory::new(&job, final_mode, false))
    }

    /// Makes a directory, and returns the mode that it is to have in the end if that keeps its owner out.
    async fn make(&self, job: &mut Job) -> Result<Option<u32>> {
        if let Some(there) = self.create(&job.destination, &job.metadata).await? {
            job.there = AtDestination::Is(Box::new(there));
            return Ok(None);
        }
        let mode = job.metadata.mode.map(|mode| mode & 0o777);
        self.ledger.planned(job, Change::New);
        self.ledger.directory_done(&job.destination, Change::New);
        match mode {
            Some(mode) if mode & OWNER != OWNER => {
                let made = job.destination.stat().await?;
                Ok(made.mode.map(|made| made & mode))
            }
            _ => Ok(None),
        }
    }

    /// Creates a directory that others may enter no more than that of the source; `Some` when it is there already.
    async fn create(&self, destination: &StorageNode, source: &Metadata) -> Result<Option<Metadata>> {
        // Made durable at the end, with everything in it.
        let mut options = CreateDirOptions::new().parents(true).durability(Durability::None);
        options.mode = source.mode.map(|mode| mode & 0o777 | OWNER);
        match destination.create_dir_with(&options).await {
            Ok(()) => Ok(None),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                self.existing(destination).await.map(Some)
            }
            Err(error) => Err(error),
        }
    }

    /// What stands where a directory is needed. A link is never written through, except at the root of the destination.
    async fn existing(&self, destination: &StorageNode) -> Result<Metadata> {
        let is_link = destination.capabilities().symlinks
            && *destination != self.task.destination
            && destination.backend().read_link(destination.path()).await.is_ok();
        if is_link {
            let error = Error::new(ErrorKind::NotADirectory, "a link stands where a directory is needed")
                .with_hint("remove the link, or sync with deletion, which replaces it");
            return Err(destination.described(Operation::CreateDir, error));
        }
        destination.stat().await
    }

    /// Opens the file system of a directory that was there before; a new one lies on that of its parent.
    async fn watch_file_system(&self, job: &Job) -> Result<()> {
        match &job.there {
            AtDestination::Is(there) => self.file_systems.open(&job.destination, there.file_id).await,
            _ => Ok(()),
        }
    }

    /// Takes rights away at once that others have on a directory and shall not have in the end.
    async fn close_to_others(&self, job: &Job, there: &Metadata) -> Result<()> {
        let wanted = self.task.attributes_of(&job.metadata).unix_mode;
        let (Some(wanted), Some(mode)) = (wanted, there.mode) else { return Ok(()) };
        let narrower = mode & (wanted | OWNER);
        if narrower & 0o077 == mode & 0o077 {
            return Ok(());
        }
        let attributes = Attributes::new().unix_mode(narrower);
        self.set_attributes(&job.destination, &attributes).await
    }

    /// Makes the directories in which a file lies that is to be written, where that was not done before.
    pub(super) async fn make_parents(&self, job: &Job) -> Result<()> {
        let Some(parent) = &job.parent else { return Ok(()) };
        if !parent.is_missing() {
            return Ok(());
        }
        for directory in parent.missing_from_the_top() {
            self.make_missing(directory).await?;
        }
        Ok(())
    }

    async fn make_missing(&self, directory: &Directory) -> Result<()> {
        let mut made = true;
        if !self.task.mode.dry_run {
            made = self.create(&directory.destination, &directory.metadata).await?.is_none();
        }
        if made && directory.announce() {
            self.ledger.planned(&directory.job(), Change::New);
            self.ledger.directory_done(&directory.destination, Change::New);
        }
        directory.set_made();
        Ok(())
    }

    /// Makes an empty directory appear on a store that has directories only by what is in them.
    pub(in crate::dual::transfer) async fn make_marker(&self, job: &Job) -> Result<()> {
        self.ledger.planned(job, Change::New);
        if !self.task.mode.dry_run {
            let options = CreateDirOptions::new().parents(true).exist_ok(true);
            job.destination.create_dir_with(&options).await?;
        }
        self.ledger.directory_done(&job.destination, Change::New);
        Ok(())
    }

    /// Gives a directory its mode and time, now that everything in it is done.
    pub(in crate::dual::transfer) async fn finish_directory(&self, directory: &Directory) -> Result<()> {
        if self.task.mode.dry_run
            || !self.task.destination.capabilities().directories
            || directory.is_missing()
        {
            return Ok(());
        }
        match self.finish_attributes(directory).await {
            Ok(()) => Ok(()),
            // The root may belong to another user, such as `/tmp`.
            Err(error)
                if error.kind() == ErrorKind::PermissionDenied
                    && directory.destination == self.task.destination =>
            {
                Ok(())
            }
            Err(error) => self.ledger.failed(&directory.source, error),
        }
    }

    async fn finish_attributes(&self, directory: &Directory) -> Result<()> {
        let mut attributes = self.task.attributes_of(&directory.metadata);
        let differs = self.task.changes_attributes(&directory.job());
        let made = directory.there.is_none();
        attributes.unix_mode = attributes.unix_mode.or(directory.final_mode);
        if self.task.options.preserve_all {
            self.copy_other_attributes(directory).await?;
        }
        if (made || differs || directory.is_changed()) && !directory.destination.is_root() {
            self.set_attributes(&directory.destination, &attributes).await?;
        }
        if differs {
            self.ledger.directory_done(&directory.destination, Change::Attributes);
        }
        Ok(())
    }

    /// Owner, access control lists and extended attributes.
    async fn copy_other_attributes(&self, directory: &Directory) -> Result<()> {
        let (from, path) = directory.source.resolved();
        let job = directory.job();
        let watch = self.ledger.watch(&self.ledger.count(&job), &directory.destination, None);
        let (to, destination) = (directory.destination.backend(), directory.destination.path());
        let copied = to.copy_attributes_from(&*from, &path, destination, &watch).await;
        directory.destination.explain(Operation::SetMetadata, copied).map(drop)
    }
}

impl Task<'_> {
    /// Whether mode or time of a directory that is there are to be set. The root of a mount keeps its own.
    fn changes_attributes(&self, job: &Job) -> bool {
        let differs = |there: &Metadata| !has(there, &self.attributes_of(&job.metadata));
        self.makes_directories() && !job.destination.is_root() && job.there.metadata().is_some_and(differs)
    }
}

impl Carrier<'_> {
    /// What a run would do with a directory.
    fn plan_directory(&self, job: &Job) {
        let change = match &job.there {
            AtDestination::Is(_) if self.task.changes_attributes(job) => Change::Attributes,
            AtDestination::Is(_) => return,
            AtDestination::Unknown | AtDestination::Missing => Change::New,
        };
        self.ledger.planned(job, change);
        self.ledger.directory_done(&job.destination, change);
    }
}
