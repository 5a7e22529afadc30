//! The same out of blocking mounts: the calls of the clients are awaited in the runtime of the library, or in one's own.

use storage::ErrorKind;
use storage::blocking::bridge::block_on;
use storage::blocking::{NativeClients as _, StorageManager, StorageNode};
use storage::s3::aws_sdk_s3::primitives::ByteStream;
use storage::types::{DeleteOptions, Error, MountConfig};
use storage_tests::asynchronous::suite::clouds::{Kind, fresh_prefix};
use storage_tests::support::checks::equal;
use storage_tests::support::outcome::{Failure, Outcome};
use storage_tests::support::servers::Server;

fn of(mount: &MountConfig) -> Result<StorageNode, Failure> {
    let manager = StorageManager::new();
    manager.add_mount(mount)?;
    Ok(manager.node(format!("{}:", mount.name()))?)
}

fn mounted(kind: Kind) -> Result<StorageNode, Failure> {
    of(&kind.config("m", &fresh_prefix(), None)?)
}

fn cleared(root: &StorageNode) -> Outcome {
    for entry in root.list()? {
        entry.node.delete_with(&DeleteOptions::recursive())?;
    }
    Ok(())
}

fn told(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Unexpected, error.to_string())
}

#[test]
fn s3() -> Outcome {
    let root = mounted(Kind::S3)?;
    let node = root.child("file")?;
    let s3 = node.native_s3()?;
    let put = s3.client.put_object().bucket(&s3.bucket).key(&s3.key).body(ByteStream::from_static(b"here"));
    block_on(async move { put.send().await.map(drop).map_err(told) })?;
    equal(node.read_text()?, "here");
    // In a runtime of one's own too, which may end.
    let own = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let got = own.block_on(s3.client.get_object().bucket(&s3.bucket).key(&s3.key).send())?;
    equal(own.block_on(got.body.collect())?.into_bytes(), &b"here"[..]);
    drop(own);
    equal(node.read_text()?, "here");
    cleared(&root)
}

#[test]
fn azure() -> Outcome {
    let root = mounted(Kind::Azure)?;
    let node = root.child("file")?;
    node.write("here")?;
    let azure = node.native_azure()?;
    for _ in 0..2 {
        let own = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let got = own.block_on(azure.blob.download(None))?;
        equal(own.block_on(got.body.collect())?, &b"here"[..]);
    }
    cleared(&root)
}

#[test]
fn gcs() -> Outcome {
    let root = mounted(Kind::Gcs)?;
    let node = root.child("file")?;
    let gcs = node.native_gcs()?;
    let (client, bucket, key) = (gcs.client.clone(), gcs.bucket.clone(), gcs.key.clone());
    block_on(async move {
        client.write_object(bucket, key, "here").send_buffered().await.map(drop).map_err(told)
    })?;
    equal(node.read_text()?, "here");
    let own = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    equal(own.block_on(super::gcs::read(&node.native_gcs()?))?, b"here");
    cleared(&root)
}

#[test]
fn http() -> Outcome {
    let url = Server::running("http")?.get("endpoint")?.to_owned();
    let mount = MountConfig::new("m", "http").option("url", url).option("allow_private", true);
    let http = of(&mount)?.native_http()?;
    let status = block_on(async move {
        let answer = http.request(storage::http::reqwest::Method::HEAD).send().await;
        answer.map(|answer| answer.status().as_u16()).map_err(told)
    });
    equal(status?, 200);
    Ok(())
}

#[test]
fn what_is_no_cloud_says_what_it_is() -> Outcome {
    let node = of(&MountConfig::memory("m"))?.child("x")?;
    let error = node.native_s3().err().map(|error| (error.kind(), error.to_string()));
    assert!(matches!(&error, Some((ErrorKind::Unsupported, text)) if text.contains("`memory`")), "{error:?}");
    let error = mounted(Kind::Azure)?.child("x")?.native_s3().err().map(|error| error.to_string());
    assert!(error.as_ref().is_some_and(|text| text.contains("`azure`")), "{error:?}");
    Ok(())
}
