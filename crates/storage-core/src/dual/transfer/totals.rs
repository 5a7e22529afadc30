//! How much there is to do in all, for those who watch.

use storage_types::Result;

use super::carry::Carrier;
use super::find::finder::{Finder, Found};
use crate::maybe_async;

#[maybe_async]
impl Carrier<'_> {
    /// Lists the source before anything is copied, where somebody wants to know.
    pub(super) async fn count_ahead(&self) -> Result<()> {
        let task = &self.task;
        if !task.options.totals || task.options.progress.is_none() {
            return Ok(());
        }
        let mut finder = Finder::new(task, false).await?;
        finder.enter(None);
        let (mut files, mut bytes) = (0, 0);
        while let Some(found) = finder.next().await? {
            task.options.cancel.check()?;
            match found {
                Found::Entry(job) => {
                    files += 1;
                    if task.left_out(&job).is_none() {
                        bytes += job.bytes();
                    }
                }
                Found::Directory { .. } => finder.enter(None),
                // Whatever is told of one by one counts as handled.
                Found::Skipped(..) | Found::Failed(..) => files += 1,
                _ => {}
            }
        }
        self.ledger.set_totals(files, bytes);
        Ok(())
    }
}
