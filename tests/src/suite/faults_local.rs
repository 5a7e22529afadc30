//! Faults of local mounts that users met: durability, attributes, devices, locks.

use std::fs::{self, File};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, symlink};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use rustix::fs::{CWD, FileType, FlockOperation, Mode, XattrFlags, flock, getxattr, mknodat, setxattr};
use storage::types::{
    Attributes, CreateDirOptions, ErrorKind, FileAttribute, MountConfig, StoragePath, WriteOptions,
};

use super::api::{CopyWatch, StorageNode};
use super::maybe_async;
use super::stage::Stage;
use crate::support::checks::{equal, mentions, no, refused, yes};
use crate::support::disk;
use crate::support::outcome::{Failure, Outcome};

behaviours! {
    faults_what_is_written_to_can_be_synced_by_its_file_system;
    faults_a_directory_gets_its_time_and_mode_when_its_content_is_there;
    faults_a_link_gets_a_time_and_what_it_points_to_keeps_its_own;
    faults_something_new_has_the_mode_asked_for_less_the_umask;
    faults_a_copy_takes_the_mode_of_its_source_and_a_replaced_file_keeps_its_own;
    faults_a_copy_with_everything_takes_owner_and_attributes_along;
    faults_a_copy_tells_what_it_leaves_behind;
    faults_a_device_is_written_into_and_never_replaced;
    faults_a_condition_is_not_checked_on_a_device;
    faults_a_link_replaces_a_link_to_a_directory;
    faults_a_lock_of_others_stops_conditions_only;
}

fn path(text: &str) -> Result<StoragePath, Failure> {
    Ok(StoragePath::parse(text)?)
}

fn second(number: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(number)
}

#[maybe_async]
async fn faults_what_is_written_to_can_be_synced_by_its_file_system(stage: &Stage) -> Outcome {
    let root = stage.root();
    let opened = root.backend().open_sync(&path("not/there/yet")?).await?;
    let Some(handle) = opened else { return Err(Failure::new("there is no handle")) };
    equal(handle.id(), fs::metadata(stage.folder().await?)?.dev());
    stage.file("folder/file", "content").await?;
    handle.sync().await?;

    // A file system that is mounted below the root has a handle of its own.
    stage.manager.add_mount(&MountConfig::local("machine", "/"))?;
    let machine = stage.at("machine");
    let below = machine.backend().open_sync(&path("proc/self")?).await?;
    yes(below.is_some_and(|below| below.id() != handle.id()));
    // A root that is still to be made lies where its parent does.
    let unmade = stage.folder().await?.join("un/made");
    stage.manager.add_mount(&MountConfig::local("unmade", &unmade).option("create", true))?;
    let opened = stage.at("unmade").backend().open_sync(&StoragePath::root()).await?;
    equal(opened.map(|opened| opened.id()), Some(handle.id()));
    no(unmade.exists());
    Ok(())
}

#[maybe_async]
async fn set(node: &StorageNode, attributes: Attributes) -> Outcome {
    Ok(node.backend().set_attributes(node.path(), &attributes).await?)
}

#[maybe_async]
async fn faults_a_directory_gets_its_time_and_mode_when_its_content_is_there(stage: &Stage) -> Outcome {
    stage.file("folder/file", "content").await?;
    let folder = stage.folder().await?.join("folder");
    set(&stage.node("folder"), Attributes::new().modified(second(1_000_000)).unix_mode(0o500)).await?;
    let now = fs::metadata(&folder)?;
    equal((now.mtime(), now.mode() & 0o7777), (1_000_000, 0o500));
    // What is not asked for stays.
    set(&stage.node("folder"), Attributes::new().unix_mode(0o755)).await?;
    equal(fs::metadata(&folder)?.mtime(), 1_000_000);
    set(&stage.node("folder/file"), Attributes::new().modified(second(2_000_000))).await?;
    equal(fs::metadata(folder.join("file"))?.mtime(), 2_000_000);
    refused(set_to_nothing(stage).await, ErrorKind::NotFound);
    Ok(())
}

#[maybe_async]
async fn set_to_nothing(stage: &Stage) -> storage::Result<()> {
    let nothing = stage.node("nothing");
    nothing.backend().set_attributes(nothing.path(), &Attributes::new().unix_mode(0o600)).await
}

#[maybe_async]
async fn faults_a_link_gets_a_time_and_what_it_points_to_keeps_its_own(stage: &Stage) -> Outcome {
    stage.file("file", "content").await?;
    let folder = stage.folder().await?;
    symlink("file", folder.join("link"))?;
    let before = fs::metadata(folder.join("file"))?;
    set(&stage.node("link"), Attributes::new().modified(second(3_000_000)).unix_mode(0o600)).await?;
    equal(fs::symlink_metadata(folder.join("link"))?.mtime(), 3_000_000);
    let after = fs::metadata(folder.join("file"))?;
    equal((after.mtime(), after.mode()), (before.mtime(), before.mode()));
    Ok(())
}

#[maybe_async]
async fn faults_something_new_has_the_mode_asked_for_less_the_umask(stage: &Stage) -> Outcome {
    let folder = stage.folder().await?;
    let umask = 0o777
        & !{
            fs::create_dir(folder.join("usual"))?;
            disk::mode(&folder.join("usual"))?
        };
    for bits in [0o600, 0o755, 0o666] {
        let options = WriteOptions::new().create_mode(bits);
        for (name, durability) in [("full", storage::Durability::Full), ("none", storage::Durability::None)] {
            let node = stage.node(&format!("{name}{bits:o}"));
            node.write_with("content", &options.clone().durability(durability)).await?;
            equal(disk::mode(&folder.join(node.name()))?, bits & !umask);
        }
        let mut writer = stage.node(&format!("stream{bits:o}")).writer_with(&options).await?;
        writer.write("content").await?;
        writer.finish().await?;
        equal(disk::mode(&folder.join(format!("stream{bits:o}")))?, bits & !umask);
    }
    // A file that is replaced keeps its own.
    stage.node("full600").write_with("again", &WriteOptions::new().create_mode(0o755)).await?;
    equal(disk::mode(&folder.join("full600"))?, 0o600);
    let private = CreateDirOptions::new().mode(0o700);
    let made = stage.node("private");
    made.backend().create_dir(made.path(), &private).await?;
    equal(disk::mode(&folder.join("private"))?, 0o700);
    Ok(())
}

#[maybe_async]
async fn faults_a_copy_takes_the_mode_of_its_source_and_a_replaced_file_keeps_its_own(
    stage: &Stage,
) -> Outcome {
    let folder = stage.folder().await?;
    let source = stage.file("private", "secret").await?;
    disk::set_mode(&folder.join("private"), 0o600)?;
    source.copy_to(&stage.node("copy")).await?;
    equal(disk::mode(&folder.join("copy"))?, 0o600);
    stage.file("there", "old").await?;
    disk::set_mode(&folder.join("there"), 0o640)?;
    source.copy_to(&stage.node("there")).await?;
    equal(disk::mode(&folder.join("there"))?, 0o640);
    Ok(())
}

/// Copies with everything, or without; gives what was left behind.
#[maybe_async]
async fn copied(stage: &Stage, from: &str, to: &str, all: bool) -> Result<Vec<FileAttribute>, Failure> {
    let left: Arc<Mutex<Vec<FileAttribute>>> = Arc::default();
    let noted = left.clone();
    let watch = CopyWatch::new(|_| Ok(())).on_left_behind(move |attribute| {
        noted.lock().unwrap_or_else(PoisonError::into_inner).push(attribute);
    });
    let mut options = WriteOptions::new();
    options.preserve_all = all;
    let root = stage.root();
    let backend = root.backend();
    yes(backend.copy_from(&**backend, &path(from)?, &path(to)?, &options, &watch).await?.is_some());
    let left = left.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(left)
}

const CAPABILITY: [u8; 20] = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// A file of somebody else with attributes of all kinds; false where this user may not make one.
#[maybe_async]
async fn decorated(stage: &Stage) -> Result<bool, Failure> {
    stage.file("source", "content").await?;
    let source = stage.folder().await?.join("source");
    let set = |name: &str, value: &[u8]| setxattr(&source, name, value, XattrFlags::empty());
    Ok(std::os::unix::fs::chown(&source, Some(12345), Some(12345)).is_ok()
        && set("user.colour", b"blue").is_ok()
        && set("security.capability", &CAPABILITY).is_ok())
}

#[maybe_async]
async fn faults_a_copy_with_everything_takes_owner_and_attributes_along(stage: &Stage) -> Outcome {
    if !decorated(stage).await? {
        return Ok(());
    }
    equal(copied(stage, "source", "copy", true).await?, []);
    let copy = stage.folder().await?.join("copy");
    let metadata = fs::metadata(&copy)?;
    equal((metadata.uid(), metadata.gid()), (12345, 12345));
    for (name, value) in [("user.colour", &b"blue"[..]), ("security.capability", &CAPABILITY)] {
        let mut buffer = [0; 64];
        let length = getxattr(&copy, name, &mut buffer)?;
        equal(&buffer[..length], value);
    }

    // Directories get theirs by a call of their own.
    let folder = stage.folder().await?;
    for name in ["one", "other"] {
        fs::create_dir(folder.join(name))?;
    }
    std::os::unix::fs::chown(folder.join("one"), Some(12345), Some(12345))?;
    setxattr(folder.join("one"), "user.colour", b"red", XattrFlags::empty())?;
    let root = stage.root();
    let (backend, watch) = (root.backend(), CopyWatch::new(|_| Ok(())));
    yes(backend.copy_attributes_from(&**backend, &path("one")?, &path("other")?, &watch).await?.is_some());
    equal(fs::metadata(folder.join("other"))?.uid(), 12345);
    let mut buffer = [0; 64];
    let length = getxattr(folder.join("other"), "user.colour", &mut buffer)?;
    equal(&buffer[..length], b"red");
    Ok(())
}

#[maybe_async]
async fn faults_a_copy_tells_what_it_leaves_behind(stage: &Stage) -> Outcome {
    if !decorated(stage).await? {
        return Ok(());
    }
    let mut left = copied(stage, "source", "copy", false).await?;
    left.sort_unstable();
    equal(left, [FileAttribute::Owner, FileAttribute::Capabilities]);
    // What users set comes along in any case.
    let mut buffer = [0; 64];
    let length = getxattr(stage.folder().await?.join("copy"), "user.colour", &mut buffer)?;
    equal(&buffer[..length], b"blue");
    Ok(())
}

/// A device that takes everything; `None` where this user may not make one.
#[maybe_async]
async fn null(stage: &Stage, name: &str) -> Result<Option<StorageNode>, Failure> {
    let path = stage.folder().await?.join(name);
    let device = rustix::fs::makedev(1, 3);
    let made = mknodat(CWD, &path, FileType::CharacterDevice, Mode::from_raw_mode(0o666), device);
    Ok(made.is_ok().then(|| stage.node(name)))
}

#[maybe_async]
async fn faults_a_device_is_written_into_and_never_replaced(stage: &Stage) -> Outcome {
    let file = stage.file("file", "content").await?;
    let Some(null) = null(stage, "null").await? else { return Ok(()) };
    let on_disk = stage.folder().await?.join("null");
    let stays = || -> Outcome {
        yes(fs::symlink_metadata(&on_disk)?.file_type().is_char_device());
        Ok(())
    };
    null.write("content").await?;
    null.append("content").await?;
    let mut writer = null.writer().await?;
    writer.write("content").await?;
    writer.finish().await?;
    file.copy_to(&null).await?;
    stays()?;
    let error = refused(file.move_to(&null).await.map(drop), ErrorKind::Unsupported);
    mentions(&error, &["device"]);
    yes(file.exists().await?);
    refused(null.backend().create_link(null.path(), "file").await, ErrorKind::Unsupported);
    let mut options = WriteOptions::new();
    options.refuse_special = true;
    refused(null.write_with("content", &options).await.map(drop), ErrorKind::Unsupported);
    stays()
}

#[maybe_async]
async fn faults_a_condition_is_not_checked_on_a_device(stage: &Stage) -> Outcome {
    let Some(null) = null(stage, "null").await? else { return Ok(()) };
    let options = WriteOptions::new().if_match("1-2-3");
    refused(null.write_with("content", &options).await.map(drop), ErrorKind::Unsupported);
    let options = WriteOptions::new().create_only();
    refused(null.write_with("content", &options).await.map(drop), ErrorKind::Unsupported);
    Ok(())
}

#[maybe_async]
async fn faults_a_link_replaces_a_link_to_a_directory(stage: &Stage) -> Outcome {
    stage.file("one/file", "1").await?;
    stage.file("other/file", "2").await?;
    let link = stage.node("link");
    for target in ["one", "other", "nowhere", "other"] {
        link.backend().create_link(link.path(), target).await?;
        equal(link.backend().read_link(link.path()).await?, target);
    }
    equal(stage.node("link/file").read_text().await?, "2");
    let folder = stage.node("one");
    refused(folder.backend().create_link(folder.path(), "other").await, ErrorKind::IsADirectory);
    Ok(())
}

#[maybe_async]
async fn faults_a_lock_of_others_stops_conditions_only(stage: &Stage) -> Outcome {
    let file = stage.file("folder/file", "old").await?;
    let folder = File::open(stage.folder().await?.join("folder"))?;
    flock(&folder, FlockOperation::LockExclusive)?;
    file.write("new").await?;
    file.append("er").await?;
    stage.node("folder/fresh").write_with("x", &WriteOptions::new().create_only()).await?;
    let etag = file.stat().await?.etag.unwrap_or_default();
    flock(&folder, FlockOperation::Unlock)?;
    file.write_with("newest", &WriteOptions::new().if_match(etag)).await?;
    equal(file.read_text().await?, "newest");
    Ok(())
}
