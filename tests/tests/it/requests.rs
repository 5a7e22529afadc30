//! What an operation costs: requests are counted by a proxy between the library and the server.
//!
//! The servers have to be running: `cargo xtask servers up`.

use storage::types::{CopyOptions, Skip, SkipReason, WriteOptions};
use storage::{StorageNode, StoragePath};
use storage_tests::asynchronous::proxied::{Proxied, run};
use storage_tests::asynchronous::rt;
use storage_tests::asynchronous::suite::clouds::Kind;
use storage_tests::support::content::noise;
use storage_tests::support::outcome::{Failure, Outcome};

/// One test for each line, on this kind of cloud.
macro_rules! on {
    ($module:ident, $kind:ident: $($test:ident)*) => {
        mod $module {
            use super::*;
            $(
                #[test]
                fn $test() -> Outcome {
                    run(Kind::$kind, None, super::$test)
                }
            )*
        }
    };
}

on! { s3, S3:
    a_read_is_one_request
    a_streamed_read_of_something_small_is_one_request
    a_range_is_one_request
    the_first_bytes_of_something_large_are_one_request
    a_write_is_one_request
    a_streamed_write_of_something_small_is_one_request
    a_conditional_write_is_one_request
    a_stat_is_one_request
    a_delete_is_two_requests_at_most
    a_copy_within_the_store_is_two_requests_at_most
    comparing_an_equal_pair_by_hash_is_two_requests
    a_thousand_children_are_listed_in_one_request
    a_thousand_files_are_deleted_in_few_requests
    a_tree_is_copied_with_one_request_for_each_file
    a_url_is_made_without_a_request
    an_aborted_upload_is_taken_back
    a_dropped_upload_is_taken_back
}

on! { ministack, Ministack:
    a_read_is_one_request
    a_write_is_one_request
    a_stat_is_one_request
    a_copy_within_the_store_is_two_requests_at_most
    comparing_an_equal_pair_by_hash_is_two_requests
    a_thousand_children_are_listed_in_one_request
    a_thousand_files_are_deleted_in_few_requests
}

on! { azure, Azure:
    a_read_is_one_request
    a_streamed_read_of_something_small_is_one_request
    a_range_is_one_request
    the_first_bytes_of_something_large_are_one_request
    a_write_is_one_request
    a_streamed_write_of_something_small_is_one_request
    a_conditional_write_is_one_request
    a_stat_is_one_request
    a_delete_is_two_requests_at_most
    a_copy_within_the_store_is_two_requests_at_most
    comparing_an_equal_pair_by_hash_is_two_requests
    a_thousand_children_are_listed_in_one_request
    a_thousand_files_are_deleted_in_few_requests
    a_tree_is_copied_with_one_request_for_each_file
    a_url_is_made_without_a_request
}

on! { gcs, Gcs:
    a_read_is_one_request
    a_streamed_read_of_something_small_is_one_request
    a_range_is_one_request
    the_first_bytes_of_something_large_are_one_request
    a_write_is_one_request
    a_streamed_write_of_something_small_is_one_request
    a_conditional_write_is_one_request
    a_conditional_write_names_the_generation
    a_stat_is_one_request
    a_delete_is_two_requests_at_most
    a_copy_within_the_store_is_two_requests_at_most
    comparing_an_equal_pair_by_hash_is_two_requests
    a_thousand_children_are_listed_in_one_request
    a_thousand_files_are_deleted_in_few_requests
    a_tree_is_copied_with_one_request_for_each_file
}

/// A file that was written past the proxy, as it is seen behind it.
async fn file(on: &Proxied, path: &str, length: usize) -> storage::Result<StorageNode> {
    on.direct.child(path)?.write(noise(1, length)).await?;
    on.node(path)
}

/// The first request of a mount may fetch what all others need, such as a token or the region.
async fn warm(on: &Proxied) -> Outcome {
    file(on, "warm", 1).await?.read().await?;
    Ok(())
}

#[track_caller]
fn made(requests: &[String], count: usize) {
    assert_eq!(requests.len(), count, "{requests:#?}");
}

async fn a_read_is_one_request(on: Proxied) -> Outcome {
    warm(&on).await?;
    for length in [0, 10, 100_000] {
        let node = file(&on, "folder/file", length).await?;
        let requests = on.requests_of(node.read()).await?;
        made(&requests, 1);
        assert!(requests[0].starts_with("GET "), "{requests:?}");
    }
    Ok(())
}

async fn a_streamed_read_of_something_small_is_one_request(on: Proxied) -> Outcome {
    warm(&on).await?;
    let node = file(&on, "folder/file", 500_000).await?;
    made(&on.requests_of(async { node.reader().await?.read_all().await }).await?, 1);
    Ok(())
}

async fn a_range_is_one_request(on: Proxied) -> Outcome {
    warm(&on).await?;
    let node = file(&on, "folder/file", 500_000).await?;
    made(&on.requests_of(node.read_range(1000..2000)).await?, 1);
    Ok(())
}

async fn the_first_bytes_of_something_large_are_one_request(on: Proxied) -> Outcome {
    warm(&on).await?;
    let node = file(&on, "folder/file", 40 << 20).await?;
    let read = async {
        let mut reader = node.reader().await?;
        while reader.position() < 1 << 20 && reader.next().await?.is_some() {}
        Ok(())
    };
    made(&on.requests_of(read).await?, 1);
    Ok(())
}

async fn a_write_is_one_request(on: Proxied) -> Outcome {
    warm(&on).await?;
    let node = on.node("some/new/folder/file")?;
    for length in [0, 10, 1_000_000] {
        made(&on.requests_of(node.write(noise(1, length))).await?, 1);
    }
    let described = WriteOptions::new().content_type("text/plain").user("owner", "ann");
    made(&on.requests_of(node.write_with("x", &described)).await?, 1);
    Ok(())
}

async fn a_streamed_write_of_something_small_is_one_request(on: Proxied) -> Outcome {
    warm(&on).await?;
    let node = on.node("folder/file")?;
    let written = async {
        let mut writer = node.writer().await?;
        writer.write(noise(1, 300_000)).await?;
        writer.write(noise(2, 300_000)).await?;
        writer.finish().await
    };
    made(&on.requests_of(written).await?, 1);
    Ok(())
}

async fn a_conditional_write_is_one_request(on: Proxied) -> Outcome {
    warm(&on).await?;
    let node = on.node("folder/file")?;
    made(&on.requests_of(node.write_with("x", &WriteOptions::new().create_only())).await?, 1);
    let etag = node.stat().await?.etag.ok_or_else(|| Failure::new("there is no ETag"))?;
    made(&on.requests_of(node.write_with("y", &WriteOptions::new().if_match(etag))).await?, 1);
    Ok(())
}

/// The emulator does not look at conditions, so they are looked at here.
async fn a_conditional_write_names_the_generation(on: Proxied) -> Outcome {
    warm(&on).await?;
    let node = on.node("folder/file")?;
    let created = on.requests_of(node.write_with("x", &WriteOptions::new().create_only())).await?;
    assert!(created[0].contains("ifGenerationMatch=0"), "{created:?}");
    let etag = node.stat().await?.etag.ok_or_else(|| Failure::new("there is no ETag"))?;
    let replaced = on.requests_of(node.write_with("y", &WriteOptions::new().if_match(etag))).await?;
    assert!(replaced[0].contains("ifGenerationMatch=") && !replaced[0].contains("ifGenerationMatch=0"));
    Ok(())
}

async fn a_stat_is_one_request(on: Proxied) -> Outcome {
    warm(&on).await?;
    let node = file(&on, "folder/file", 10).await?;
    made(&on.requests_of(node.stat()).await?, 1);
    made(&on.requests_of(node.exists()).await?, 1);
    made(&on.requests_of(node.metadata()).await?, 1);
    Ok(())
}

/// One deletes; where the answer does not tell whether there was something, one more looks for a directory.
async fn a_delete_is_two_requests_at_most(on: Proxied) -> Outcome {
    warm(&on).await?;
    let node = file(&on, "folder/file", 10).await?;
    let requests = on.requests_of(node.delete()).await?;
    assert!(requests.len() <= 2, "{requests:#?}");
    Ok(())
}

async fn a_copy_within_the_store_is_two_requests_at_most(on: Proxied) -> Outcome {
    warm(&on).await?;
    let source = file(&on, "folder/source", 100_000).await?;
    let copy = on.node("another/copy")?;
    // Stores that do not tell how much they copied are asked for the size.
    let requests = on.requests_of(source.copy_to(&copy)).await?;
    assert!(requests.len() <= 2, "{requests:?}");
    assert_eq!(copy.read().await?, noise(1, 100_000));
    Ok(())
}

async fn comparing_an_equal_pair_by_hash_is_two_requests(on: Proxied) -> Outcome {
    warm(&on).await?;
    let source = file(&on, "source", 100_000).await?;
    let copy = file(&on, "copy", 100_000).await?;
    on.proxy.forget();
    let report = source.copy_to_with(&copy, &CopyOptions::new().skip(Skip::Hash)).await?;
    let requests = on.proxy.requests();
    assert_eq!(report.skipped[0].reason, SkipReason::SameContent);
    assert_eq!(requests.len(), 2, "{requests:#?}");
    Ok(())
}

/// A thousand files of a folder, written past the proxy, sixteen at a time.
async fn thousand(on: &Proxied) -> Result<StorageNode, Failure> {
    let folder = on.direct.child("folder")?;
    let ends = rt::together(16, |worker| {
        let folder = folder.clone();
        async move {
            for number in (worker..1000).step_by(16) {
                folder.child(format!("{number:04}"))?.write("x").await?;
            }
            Ok::<(), storage::Error>(())
        }
    })
    .await;
    ends.into_iter().collect::<storage::Result<()>>()?;
    Ok(on.node("folder")?)
}

async fn a_thousand_children_are_listed_in_one_request(on: Proxied) -> Outcome {
    let folder = thousand(&on).await?;
    on.proxy.forget();
    assert_eq!(folder.list().await?.len(), 1000);
    let requests = on.proxy.requests();
    assert_eq!(requests.len(), 1, "{requests:#?}");
    Ok(())
}

/// How many requests it takes to delete a thousand files: S3 takes 1,000 in one (`DeleteObjects`), Azure 256 (`Blob
/// Batch`), Google Cloud Storage 100 (JSON batch).
fn requests_for_a_thousand(kind: Kind) -> usize {
    match kind {
        Kind::Azure => 4,
        Kind::Gcs | Kind::GcsVersioned => 10,
        _ => 1,
    }
}

async fn a_thousand_files_are_deleted_in_few_requests(on: Proxied) -> Outcome {
    let folder = thousand(&on).await?;
    let mut paths: Vec<StoragePath> = Vec::new();
    for number in 0..1000 {
        paths.push(folder.child(format!("{number:04}"))?.path().clone());
    }
    let requests = on.requests_of(folder.backend().delete_many(&paths)).await?;
    made(&requests, requests_for_a_thousand(on.kind));
    assert!(
        on.direct.list().await?.iter().all(|entry| entry.node.name() != "folder" || entry.metadata.is_dir())
    );
    assert!(!on.direct.child("folder/0001")?.exists().await?);
    Ok(())
}

async fn a_tree_is_copied_with_one_request_for_each_file(on: Proxied) -> Outcome {
    for path in ["tree/a", "tree/b", "tree/c", "tree/d", "tree/e"] {
        file(&on, path, 1000).await?;
    }
    let (source, copy) = (on.node("tree")?, on.node("copy")?);
    let requests = on.requests_of(source.copy_to(&copy)).await?;
    // Beside the five copies: the attempt to copy a file of that name, what the source is, and its listing.
    assert!(requests.len() <= 5 + 4, "{requests:#?}");
    assert_eq!(copy.list().await?.len(), 5);
    Ok(())
}

async fn a_url_is_made_without_a_request(on: Proxied) -> Outcome {
    let node = file(&on, "folder/file", 10).await?;
    made(&on.requests_of(node.url()).await?, 0);
    Ok(())
}

/// What S3 calls taking back an upload in parts.
fn abort_requests(on: &Proxied) -> usize {
    let requests = on.proxy.requests();
    requests
        .iter()
        .filter(|request| request.method == "DELETE" && request.query.contains("uploadId="))
        .count()
}

async fn upload_half(on: &Proxied) -> Result<storage::Writer, Failure> {
    let mut writer = on.node("folder/file")?.writer().await?;
    for number in 0..40 {
        writer.write(noise(number, 1 << 20)).await?;
    }
    let begun = on.proxy.requests();
    assert!(begun.iter().any(|request| request.query.contains("uploads")), "{begun:#?}");
    Ok(writer)
}

async fn an_aborted_upload_is_taken_back(on: Proxied) -> Outcome {
    upload_half(&on).await?.abort().await?;
    assert_eq!(abort_requests(&on), 1);
    assert!(!on.direct.child("folder/file")?.exists().await?);
    Ok(())
}

async fn a_dropped_upload_is_taken_back(on: Proxied) -> Outcome {
    drop(upload_half(&on).await?);
    // The request goes out beside us; it is waited for, but not for ever.
    for _ in 0..500 {
        if abort_requests(&on) == 1 {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    Err(Failure::new("the parts of the upload were left at the store"))
}
