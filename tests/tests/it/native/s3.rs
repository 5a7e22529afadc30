//! `aws_sdk_s3::Client`.

use storage::NativeClients as _;
use storage::s3::aws_sdk_s3::error::{ProvideErrorMetadata as _, SdkError};
use storage::s3::aws_sdk_s3::primitives::ByteStream;
use storage_tests::asynchronous::suite::clouds::{Kind, fresh_prefix};
use storage_tests::support::checks::equal;
use storage_tests::support::outcome::Outcome;

use super::{NOWHERE, cleared, mounted, of};

const SERVERS: [Kind; 2] = [Kind::S3, Kind::Ministack];

#[tokio::test]
async fn what_the_sdk_writes_the_node_reads() -> Outcome {
    for kind in SERVERS {
        let root = mounted(kind)?;
        let node = root.child("folder")?.child("\u{e9} +&%41.txt")?;
        let s3 = node.native_s3().await?;
        let put = s3.client.put_object().bucket(&s3.bucket).key(&s3.key).content_type("text/x-sdk");
        put.body(ByteStream::from_static(b"of the SDK")).send().await?;
        equal(node.read_text().await?, "of the SDK");
        equal(node.metadata().await?.content_type.as_deref(), Some("text/x-sdk"));
        cleared(&root).await?;
    }
    Ok(())
}

#[tokio::test]
async fn what_the_node_writes_the_sdk_reads() -> Outcome {
    for kind in SERVERS {
        let root = mounted(kind)?;
        let node = root.child("folder")?.child("\u{e9} +&%41.txt")?;
        node.write("of the node").await?;
        let s3 = node.native_s3().await?;
        let got = s3.client.get_object().bucket(&s3.bucket).key(&s3.key).send().await?;
        equal(got.body.collect().await?.into_bytes(), &b"of the node"[..]);
        cleared(&root).await?;
    }
    Ok(())
}

/// The key of the root is the prefix, for listings.
#[tokio::test]
async fn the_root_is_the_prefix() -> Outcome {
    let prefix = fresh_prefix();
    let root = of(&Kind::S3.config("m", &prefix, None)?)?;
    root.child("one")?.write("1").await?;
    let s3 = root.native_s3().await?;
    equal(s3.key.trim_end_matches('/'), prefix.trim_end_matches('/'));
    let listed = s3.client.list_objects_v2().bucket(&s3.bucket).prefix(&s3.key).send().await?;
    equal(listed.key_count(), Some(1));
    cleared(&root).await
}

#[tokio::test]
async fn a_wrong_key_is_refused_by_the_service() -> Outcome {
    let mount = Kind::S3.config("m", &fresh_prefix(), None)?.secret("secret_access_key", "wrong");
    let s3 = of(&mount)?.child("x")?.native_s3().await?;
    let error = s3.client.get_object().bucket(&s3.bucket).key(&s3.key).send().await.err();
    equal(error.as_ref().and_then(|error| error.code()), Some("SignatureDoesNotMatch"));
    Ok(())
}

#[tokio::test]
async fn nobody_signs_for_an_anonymous_mount() -> Outcome {
    let server = storage_tests::support::servers::Server::running("s3")?;
    let mount = storage::MountConfig::new("m", "s3")
        .option("endpoint", server.get("endpoint")?)
        .option("bucket", server.get("bucket")?)
        .option("anonymous", true);
    let s3 = of(&mount)?.child("x")?.native_s3().await?;
    let error = s3.client.get_object().bucket(&s3.bucket).key(&s3.key).send().await.err();
    equal(error.and_then(|error| Some(error.raw_response()?.status().as_u16())), Some(403));
    Ok(())
}

#[tokio::test]
async fn a_wrong_endpoint_is_an_error() -> Outcome {
    let mount = Kind::S3.config("m", "", Some(NOWHERE))?.option("attempts", 1);
    let s3 = of(&mount)?.child("x")?.native_s3().await?;
    let error = s3.client.get_object().bucket(&s3.bucket).key(&s3.key).send().await.err();
    assert!(matches!(&error, Some(SdkError::DispatchFailure(failure)) if failure.is_io()), "{error:?}");
    Ok(())
}

/// The server would answer; the proxy, where nobody listens, does not.
#[tokio::test]
async fn requests_go_over_the_proxy_of_the_mount() -> Outcome {
    let mount = Kind::S3.config("m", "", None)?.option("attempts", 1).option("proxy", NOWHERE);
    let s3 = of(&mount)?.child("x")?.native_s3().await?;
    let error = s3.client.get_object().bucket(&s3.bucket).key(&s3.key).send().await.err();
    assert!(matches!(&error, Some(SdkError::DispatchFailure(_))), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn it_shows_no_secret() -> Outcome {
    let mount = Kind::S3.config("m", &fresh_prefix(), None)?.secret("secret_access_key", "hunter2-hunter2");
    let s3 = of(&mount)?.child("x")?.native_s3().await?;
    assert!(!format!("{s3:?} {s3:#?}").contains("hunter2"));
    Ok(())
}
