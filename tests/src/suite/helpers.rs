//! What helper processes do.

use std::io::Write as _;
use std::path::Path;

use storage::types::{ErrorKind, MountConfig, WriteOptions};

use super::api::{StorageManager, StorageNode};
use super::conditions::increment_ten_times;
use super::{killed, maybe_async, rt};
use crate::support::content::version;
use crate::support::outcome::Failure;
use crate::support::process;

/// The exit code of a helper that came too late.
pub(super) const REFUSED: i32 = 3;

/// The exit code of a helper that failed.
const FAILED: i32 = 70;

/// The ways to overwrite a file. `at-once` writes without syncing.
pub(super) const WAYS: [&str; 4] = ["one-shot", "at-once", "streamed", "copied"];

/// How long the content is that is written in each of these ways: large enough to be written in several steps,
/// except at once.
pub(super) fn length(way: &str) -> usize {
    if way == "at-once" { 60_000 } else { 400_000 }
}

/// Does what a helper process was started for and ends the process; does nothing in any other process.
///
/// A main that runs [`library_trials`](super::library_trials) calls it first.
pub fn help_if_asked() {
    let Some(order) = process::order() else { return };
    let code = match rt::block_on(help(&order)) {
        Ok(Ok(code)) => code,
        Ok(Err(failure)) | Err(failure) => {
            let _ = writeln!(std::io::stderr(), "helper process: {failure}");
            FAILED
        }
    };
    std::process::exit(code);
}

#[maybe_async]
async fn help(order: &[String]) -> Result<i32, Failure> {
    let order: Vec<&str> = order.iter().map(String::as_str).collect();
    match order[..] {
        ["overwrite", folder, way] => overwrite(folder, way).await,
        ["increment", folder] => {
            increment_ten_times(&file(folder)?, false).await?;
            Ok(0)
        }
        ["create", folder, number] => create(folder, number.parse()?).await,
        ["write", folder, number] => write_often(folder, number.parse()?).await,
        ["sync", from, to, notes] => killed::sync(from, to, notes).await,
        ["resume", from, to, notes] => killed::resume(from, to, notes).await,
        _ => Err(Failure::new(format!("there is no such order: {order:?}"))),
    }
}

fn file(folder: &str) -> Result<StorageNode, Failure> {
    let manager = StorageManager::new();
    manager.add_mount(&MountConfig::local("m", Path::new(folder)))?;
    Ok(manager.node("m:file")?)
}

/// Overwrites the file until it is killed.
#[maybe_async]
async fn overwrite(folder: &str, way: &str) -> Result<i32, Failure> {
    let file = file(folder)?;
    let mut number = 1000;
    overwrite_once(&file, way, number).await?;
    process::tell_begun()?;
    loop {
        number += 1;
        overwrite_once(&file, way, number).await?;
    }
}

#[maybe_async]
async fn overwrite_once(file: &StorageNode, way: &str, number: u64) -> Result<(), Failure> {
    let content = version(number, length(way));
    match way {
        "one-shot" => drop(file.write(content).await?),
        "at-once" => {
            let options = WriteOptions::new().durability(storage::Durability::None);
            file.write_with(content, &options).await?;
        }
        "streamed" => {
            let mut writer = file.writer().await?;
            for start in (0..content.len()).step_by(100_000) {
                writer.write(content.slice(start..(start + 100_000).min(content.len()))).await?;
            }
            writer.finish().await?;
        }
        _ => {
            let source = file.parent().child("source")?;
            drop(source.copy_to(file).await?);
        }
    }
    Ok(())
}

#[maybe_async]
async fn create(folder: &str, number: u64) -> Result<i32, Failure> {
    let options = WriteOptions::new().create_only();
    match file(folder)?.write_with(version(number, 100_000), &options).await {
        Ok(_) => Ok(0),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(REFUSED),
        Err(error) => Err(error.into()),
    }
}

#[maybe_async]
async fn write_often(folder: &str, number: u64) -> Result<i32, Failure> {
    let file = file(folder)?;
    for _ in 0..20 {
        file.write(version(number, 100_000)).await?;
    }
    Ok(0)
}
