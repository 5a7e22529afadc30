//! A slow disk holds up who reads from it, and nobody else: other tasks of a runtime with one thread go on while it does not answer.

use std::future::Future;
use std::sync::Arc;

use storage::types::{ByteRange, ErrorKind};
use storage::{LocalBackend, StorageManager, StorageNode};
use storage_tests::support::checks::{equal, refused, yes};
use storage_tests::support::outcome::{Failure, Outcome};
use storage_tests::support::slow_disk::{CONTENT, SlowDisk};
use tokio::runtime::Builder;
use tokio::task::yield_now;

/// Steps that another task makes while the disk does not answer.
const STEPS: usize = 1000;

/// Does `work` while this task goes on; the disk answers only when this task has made its steps.
async fn beside<T: Send + 'static>(
    disk: &SlowDisk,
    work: impl Future<Output = Result<T, Failure>> + Send + 'static,
) -> Result<T, Failure> {
    let mut asked = disk.waiting();
    let work = tokio::spawn(work);
    while !work.is_finished() {
        if disk.waiting() == asked {
            yield_now().await;
            continue;
        }
        asked += 1;
        for _ in 0..STEPS {
            yield_now().await;
            yes(!work.is_finished());
        }
        // Nobody else has let it go on: this task was never held up.
        equal(disk.given_up(), 0);
        disk.release();
    }
    equal(disk.given_up(), 0);
    work.await?
}

async fn read_in_all_ways(disk: &SlowDisk, node: &StorageNode) -> Outcome {
    let before = disk.waiting();
    let of = node.clone();
    equal(beside(disk, async move { Ok(of.read().await?) }).await?, CONTENT);
    let of = node.clone();
    equal(beside(disk, async move { Ok(of.read_range(5..9).await?) }).await?, &CONTENT[5..9]);
    let of = node.clone();
    let ranges = [ByteRange::from(0..4), ByteRange::Suffix(4)];
    let parts = beside(disk, async move { Ok(of.read_ranges(ranges).await?) }).await?;
    equal(parts, [&CONTENT[..4], &CONTENT[20..]]);
    let of = node.clone();
    let streamed = beside(disk, async move { Ok(of.reader().await?.read_all().await?) });
    equal(streamed.await?, CONTENT);
    yes(disk.waiting() >= before + 4);
    Ok(())
}

#[test]
fn other_tasks_go_on_while_a_slow_disk_does_not_answer() -> Outcome {
    let disk = SlowDisk::mounted()?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        let manager = StorageManager::new();
        manager.add_backend("disk", Arc::new(LocalBackend::at(disk.path())?))?;
        read_in_all_ways(&disk, &manager.node("disk:file")?).await?;
        // Its names are looked up slowly too.
        let node = manager.node("disk:slow file")?;
        read_in_all_ways(&disk, &node).await?;
        let of = node.clone();
        let stat = beside(&disk, async move { Ok(of.stat().await?) }).await?;
        equal(stat.size, CONTENT.len() as u64);
        let missing = manager.node("disk:slow and missing")?;
        let answered = beside(&disk, async move { Ok(missing.stat().await.map(|stat| stat.size)) }).await?;
        refused(answered, ErrorKind::NotFound);
        Ok(())
    });
    drop(runtime);
    outcome
}
