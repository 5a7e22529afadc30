//! `BlobServiceClient`, `BlobContainerClient`, `BlobClient`.

use futures_util::TryStreamExt as _;
use storage::azure::azure_core::http::{RequestContent, StatusCode};
use storage::azure::azure_storage_blob::models::BlobContainerClientListBlobsOptions;
use storage::types::{MountConfig, PresignMethod, PresignOptions};
use storage::{NativeClients as _, StorageNode};
use storage_tests::asynchronous::suite::clouds::{Kind, fresh_prefix};
use storage_tests::support::checks::equal;
use storage_tests::support::outcome::{Failure, Outcome};
use storage_tests::support::servers::Server;

use super::{NOWHERE, cleared, mounted, of};

#[tokio::test]
async fn what_the_sdk_writes_the_node_reads() -> Outcome {
    let root = mounted(Kind::Azure)?;
    let node = root.child("folder")?.child("\u{e9} +&%41.txt")?;
    let azure = node.native_azure().await?;
    azure.blob.upload(RequestContent::from(b"of the SDK".to_vec()), None).await?;
    equal(node.read_text().await?, "of the SDK");
    cleared(&root).await
}

#[tokio::test]
async fn what_the_node_writes_the_sdk_reads() -> Outcome {
    let root = mounted(Kind::Azure)?;
    let node = root.child("folder")?.child("\u{e9} +&%41.txt")?;
    node.write("of the node").await?;
    let azure = node.native_azure().await?;
    let got = azure.blob.download(None).await?;
    equal(got.body.collect().await?, &b"of the node"[..]);
    // By its name too, from the container and from the account.
    let by_container = azure.container.blob_client(&azure.key).download(None).await?;
    equal(by_container.body.collect().await?, &b"of the node"[..]);
    let container = azure.service.blob_container_client(&azure.container_name);
    equal(container.exists().await?, true);
    cleared(&root).await
}

/// The signature covers the parameters of a listing, page by page.
#[tokio::test]
async fn the_container_is_listed_with_the_key_of_the_account() -> Outcome {
    let prefix = fresh_prefix();
    let root = of(&Kind::Azure.config("m", &prefix, None)?)?;
    for name in ["a", "b", "c"] {
        root.child(name)?.write(name).await?;
    }
    let azure = root.native_azure().await?;
    let options = BlobContainerClientListBlobsOptions {
        prefix: Some(prefix.clone()),
        maxresults: Some(2),
        ..BlobContainerClientListBlobsOptions::default()
    };
    let listed: Vec<_> = azure.container.list_blobs(Some(options))?.try_collect().await?;
    equal(listed.len(), 3);
    let containers: Vec<_> = azure.service.list_containers(None)?.try_collect().await?;
    assert!(containers.iter().any(|it| it.name.as_deref() == Some(&azure.container_name)));
    cleared(&root).await
}

#[tokio::test]
async fn a_sas_token_authorises_the_sdk_for_what_it_is_for() -> Outcome {
    let prefix = fresh_prefix();
    let root = of(&Kind::Azure.config("m", &prefix, None)?)?;
    let node = root.child("file")?;
    let url = node.url_with(&PresignOptions::new().method(PresignMethod::Put)).await?;
    let key = node.native_azure().await?.key;
    let allowed = by_token(&url, &key)?.native_azure().await?;
    allowed.blob.upload(RequestContent::from(b"by token".to_vec()), None).await?;
    equal(node.read_text().await?, "by token");
    let other = by_token(&url, &format!("{key}-other"))?.native_azure().await?;
    let error = other.blob.upload(RequestContent::from(b"by token".to_vec()), None).await.err();
    equal(error.and_then(|error| error.http_status()), Some(StatusCode::Forbidden));
    cleared(&root).await
}

/// A node of a mount that has no more than the signature of this URL.
fn by_token(url: &str, key: &str) -> Result<StorageNode, Failure> {
    let server = Server::running("azure")?;
    let (_, token) = url.split_once('?').ok_or_else(|| Failure::new("the URL has no signature"))?;
    let mount = MountConfig::new("m", "azure")
        .option("endpoint", server.get("endpoint")?)
        .option("container", server.get("container")?)
        .secret("sas_token", token);
    Ok(of(&mount)?.join(key.split('/').collect::<Vec<_>>())?)
}

#[tokio::test]
async fn a_wrong_key_is_refused_by_the_service() -> Outcome {
    let mount = Kind::Azure.config("m", &fresh_prefix(), None)?.secret("account_key", "d3Jvbmc=");
    let azure = of(&mount)?.child("x")?.native_azure().await?;
    let error = azure.blob.get_properties(None).await.err();
    equal(error.and_then(|error| error.http_status()), Some(StatusCode::Forbidden));
    Ok(())
}

#[tokio::test]
async fn nobody_signs_for_an_anonymous_mount() -> Outcome {
    let server = Server::running("azure")?;
    let mount = MountConfig::new("m", "azure")
        .option("endpoint", server.get("endpoint")?)
        .option("container", server.get("container")?)
        .option("anonymous", true);
    let azure = of(&mount)?.child("x")?.native_azure().await?;
    let error = azure.blob.get_properties(None).await.err();
    let status = error.and_then(|error| error.http_status()).map(u16::from);
    assert!(matches!(status, Some(401 | 403 | 404)), "{status:?}");
    Ok(())
}

#[tokio::test]
async fn a_wrong_endpoint_is_an_error() -> Outcome {
    let endpoint = format!("{NOWHERE}/devstoreaccount1");
    let mount = Kind::Azure.config("m", "", Some(&endpoint))?.option("attempts", 1);
    let azure = of(&mount)?.child("x")?.native_azure().await?;
    let error = azure.blob.get_properties(None).await.err();
    let kind = error.map(|error| error.kind().clone());
    equal(kind, Some(storage::azure::azure_core::error::ErrorKind::Connection));
    Ok(())
}

/// The server would answer; the proxy, where nobody listens, does not.
#[tokio::test]
async fn requests_go_over_the_proxy_of_the_mount() -> Outcome {
    let mount = Kind::Azure.config("m", "", None)?.option("attempts", 1).option("proxy", NOWHERE);
    let azure = of(&mount)?.child("x")?.native_azure().await?;
    let error = azure.blob.get_properties(None).await.err();
    equal(error.and_then(|error| error.http_status()), None);
    Ok(())
}

#[tokio::test]
async fn it_shows_no_secret() -> Outcome {
    let mount = Kind::Azure.config("m", &fresh_prefix(), None)?.secret("account_key", "aHVudGVyMmh1bnRlcjI=");
    let azure = of(&mount)?.child("x")?.native_azure().await?;
    assert!(!format!("{azure:?} {azure:#?}").contains("aHVudGVyMm"));
    Ok(())
}
