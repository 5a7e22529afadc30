//! `google_cloud_storage::client::{Storage, StorageControl}`.

use storage::NativeClients as _;
use storage::gcs::GcsNative;
use storage_tests::asynchronous::suite::clouds::{Kind, fresh_prefix};
use storage_tests::support::checks::equal;
use storage_tests::support::outcome::{Failure, Outcome};

use super::{NOWHERE, cleared, mounted, of};

pub(crate) async fn read(gcs: &GcsNative) -> Result<Vec<u8>, Failure> {
    let mut answer = gcs.client.read_object(&gcs.bucket, &gcs.key).send().await?;
    let mut content = Vec::new();
    while let Some(piece) = answer.next().await {
        content.extend_from_slice(&piece?);
    }
    Ok(content)
}

#[tokio::test]
async fn what_the_sdk_writes_the_node_reads() -> Outcome {
    let root = mounted(Kind::Gcs)?;
    let node = root.child("folder")?.child("\u{e9} +&%41.txt")?;
    let gcs = node.native_gcs().await?;
    gcs.client.write_object(&gcs.bucket, &gcs.key, "of the SDK").send_buffered().await?;
    equal(node.read_text().await?, "of the SDK");
    cleared(&root).await
}

#[tokio::test]
async fn what_the_node_writes_the_sdk_reads() -> Outcome {
    let root = mounted(Kind::Gcs)?;
    let node = root.child("folder")?.child("\u{e9} +&%41.txt")?;
    node.write("of the node").await?;
    equal(read(&node.native_gcs().await?).await?, b"of the node");
    cleared(&root).await
}

#[tokio::test]
async fn a_missing_object_and_a_wrong_endpoint_are_errors() -> Outcome {
    let gcs = mounted(Kind::Gcs)?.child("missing")?.native_gcs().await?;
    let error = gcs.client.read_object(&gcs.bucket, &gcs.key).send().await.err();
    equal(error.and_then(|error| error.http_status_code()), Some(404));
    let nowhere = Kind::Gcs.config("m", &fresh_prefix(), Some(NOWHERE))?.option("attempts", 1);
    let gcs = of(&nowhere)?.child("x")?.native_gcs().await?;
    let error = gcs.client.read_object(&gcs.bucket, &gcs.key).send().await.err();
    equal(error.map(|error| error.http_status_code()), Some(None));
    Ok(())
}

/// The emulator answers in HTTP/1, and gRPC is HTTP/2: nothing hangs, and the error says so.
#[tokio::test]
async fn control_needs_a_service_that_speaks_grpc() -> Outcome {
    let mount = Kind::Gcs.config("m", &fresh_prefix(), None)?.option("attempts", 1);
    let gcs = of(&mount)?.child("x")?.native_gcs().await?;
    let control = gcs.control().await?;
    let answer = control.get_object().set_bucket(&gcs.bucket).set_object(&gcs.key).send().await;
    let error = answer.err().map(|error| format!("{error:?}")).unwrap_or_default();
    assert!(error.contains("http2") || error.contains("transport"), "{error}");
    Ok(())
}

#[tokio::test]
async fn connections_that_the_sdk_cannot_be_given_are_refused() -> Outcome {
    for (field, value) in [("proxy", NOWHERE), ("ca_bundle", "/etc/hostname")] {
        let mount = Kind::Gcs.config("m", &fresh_prefix(), None)?.option(field, value);
        let error = of(&mount)?.child("x")?.native_gcs().await.err();
        let told = error.map(|error| (error.kind(), error.to_string()));
        let (kind, text) = told.ok_or_else(|| Failure::new("nothing was refused"))?;
        equal(kind, storage::ErrorKind::Unsupported);
        assert!(text.contains(&format!("`{field}`")), "{text}");
    }
    Ok(())
}

#[tokio::test]
async fn it_shows_no_secret() -> Outcome {
    let user =
        r#"{"type":"authorized_user","client_id":"me","client_secret":"hunter2","refresh_token":"hunter2"}"#;
    let mount = storage::MountConfig::new("m", "gcs").option("bucket", "bucket").secret("credentials", user);
    let gcs = of(&mount)?.child("x")?.native_gcs().await?;
    assert!(!format!("{gcs:?} {gcs:#?}").contains("hunter2"));
    Ok(())
}
