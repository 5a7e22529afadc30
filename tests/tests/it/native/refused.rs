//! Mounts that give no client, and relative ones that do.

use storage::types::MountConfig;
use storage::{ErrorKind, NativeClients as _, StorageManager};
use storage_tests::asynchronous::suite::clouds::{Kind, fresh_prefix};
use storage_tests::support::checks::equal;
use storage_tests::support::outcome::Outcome;

use super::{cleared, of};

#[tokio::test]
async fn mounts_of_another_type_say_of_which() -> Outcome {
    let node = of(&MountConfig::memory("m"))?.child("x")?;
    let errors = [
        node.native_s3().await.err(),
        node.native_azure().await.err(),
        node.native_gcs().await.err(),
        node.native_http().await.err(),
    ];
    for error in errors {
        let told = error.map(|error| (error.kind(), error.to_string()));
        assert!(
            matches!(&told, Some((ErrorKind::Unsupported, text)) if text.contains("`memory`")),
            "{told:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_mount_for_reading_gives_no_client_that_writes() -> Outcome {
    for kind in [Kind::S3, Kind::Azure, Kind::Gcs] {
        let node = of(&kind.config("m", &fresh_prefix(), None)?.option("read_only", true))?.child("x")?;
        let error = match kind {
            Kind::Azure => node.native_azure().await.err(),
            Kind::Gcs => node.native_gcs().await.err(),
            _ => node.native_s3().await.err(),
        };
        equal(error.map(|error| error.kind()), Some(ErrorKind::PermissionDenied));
    }
    Ok(())
}

#[tokio::test]
async fn relative_mounts_are_seen_through_unless_they_allow_less() -> Outcome {
    let manager = StorageManager::new();
    manager.add_mount(&Kind::S3.config("m", &fresh_prefix(), None)?)?;
    for (name, permissions) in [("all", "delete"), ("less", "readwrite"), ("least", "readonly")] {
        let mount = MountConfig::new(name, "relative").option("path", "m:below");
        manager.add_mount(&mount.option("permissions", permissions))?;
    }
    let whole = manager.node("m:below/file")?.native_s3().await?;
    let below = manager.node("all:file")?.native_s3().await?;
    equal((below.bucket, below.key), (whole.bucket, whole.key));
    for name in ["less", "least"] {
        let error = manager.node(format!("{name}:file"))?.native_s3().await.err();
        equal(error.map(|error| error.kind()), Some(ErrorKind::PermissionDenied));
    }
    cleared(&manager.node("m:")?).await
}
