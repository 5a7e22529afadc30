//! Without a runtime the async colour fails with an error of its own, on every kind of mount.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use storage::{
    AzureConfig, CopyOptions, DeleteOptions, Error, ErrorKind, GcsConfig, HttpConfig, MountConfig, S3Config,
    StorageManager, StorageNode, WalkOptions,
};

/// The answer of a future that does not wait for anything.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("it waits for something outside of a runtime"),
    }
}

#[track_caller]
fn refused<T>(result: Result<T, Error>, node: &StorageNode) {
    match result {
        Ok(_) => panic!("{node}: it worked"),
        Err(error) => assert!(
            error.kind() == ErrorKind::Unsupported && error.message().contains("no tokio runtime"),
            "{node}: {error}"
        ),
    }
}

fn manager(folder: &std::path::Path) -> Result<StorageManager, Error> {
    let endpoint = "http://127.0.0.1:9";
    let storage = StorageManager::new();
    storage.add_mount(&MountConfig::local("local", folder))?;
    storage.add_cloud(
        "s3",
        S3Config::new("bucket").region("r").endpoint(endpoint).access_key_id("a").secret_access_key("b"),
    )?;
    storage.add_cloud("anonymous", S3Config::new("bucket").endpoint(endpoint).anonymous(true))?;
    storage.add_cloud("chain", S3Config::new("bucket").endpoint(endpoint))?;
    storage.add_cloud(
        "azure",
        AzureConfig::new("container").endpoint(format!("{endpoint}/a")).account("a").account_key("YQ=="),
    )?;
    storage.add_cloud("entra", AzureConfig::new("container").account("account"))?;
    storage.add_cloud("gcs", GcsConfig::new("bucket").endpoint(endpoint).anonymous(true))?;
    storage.add_cloud("google", GcsConfig::new("bucket"))?;
    Ok(storage)
}

#[test]
fn a_missing_runtime_is_an_error_and_no_panic() -> Result<(), Error> {
    let folder = tempfile::tempdir()?;
    let storage = manager(folder.path())?;
    for mount in storage.mount_names() {
        let node = storage.node(format!("{mount}:folder/file"))?;
        refused(now(node.read()), &node);
        refused(now(node.read_range(0..10)), &node);
        refused(now(node.write("x")), &node);
        refused(now(node.stat()), &node);
        refused(now(node.metadata()), &node);
        refused(now(node.delete()), &node);
        refused(now(node.delete_with(&DeleteOptions::recursive())), &node);
        refused(now(node.list()), &node);
        refused(now(node.create_dir_all()), &node);
        refused(now(node.copy_to_with(&node.parent().child("copy")?, &CopyOptions::new())), &node);
        let walked = now(async { node.walk(&WalkOptions::new()).await?.next().await });
        refused(walked, &node);
        let read = now(async { node.reader().await?.next().await });
        refused(read, &node);
        let written = now(async {
            let mut writer = node.writer().await?;
            writer.write("x").await?;
            writer.finish().await
        });
        refused(written, &node);
    }
    Ok(())
}

#[test]
fn web_servers_need_a_runtime_too() -> Result<(), Error> {
    let storage = StorageManager::new();
    storage.add_cloud("web", HttpConfig::new("http://127.0.0.1:9"))?;
    let node = storage.node("web:file")?;
    refused(now(node.read()), &node);
    refused(now(node.stat()), &node);
    refused(now(node.list()), &node);
    Ok(())
}

#[test]
fn memory_needs_no_runtime() -> Result<(), Error> {
    let storage = StorageManager::new();
    storage.configure_json(r#"[{"name": "box", "type": "memory"}]"#)?;
    let node = storage.node("box:folder/file")?;
    now(node.write("x"))?;
    assert_eq!(now(node.read())?, "x");
    now(node.parent().copy_to(&storage.node("box:copy")?))?;
    assert_eq!(now(storage.node("box:")?.list())?.len(), 2);
    Ok(())
}
