//! The examples do what they say.

use storage::types::MountConfig;
use storage_tests::asynchronous::suite::clouds::Kind;
use storage_tests::support::outcome::{Failure, Outcome};
use storage_tests::support::servers::Server;

use super::{cleared, mounted, of};

#[expect(dead_code, reason = "its `main` is that of the example")]
#[path = "../../../../crates/storage/examples/native_azure.rs"]
mod native_azure;
#[expect(dead_code, reason = "its `main` is that of the example")]
#[path = "../../../../crates/storage/examples/native_gcs.rs"]
mod native_gcs;
#[expect(dead_code, reason = "its `main` is that of the example")]
#[path = "../../../../crates/storage/examples/native_http.rs"]
mod native_http;
#[expect(dead_code, reason = "its `main` is that of the example")]
#[path = "../../../../crates/storage/examples/native_s3.rs"]
mod native_s3;

#[expect(clippy::needless_pass_by_value, reason = "it is what an example ends with")]
fn failed(error: Box<dyn std::error::Error>) -> Failure {
    Failure::new(format!("{error} ({error:?})"))
}

#[tokio::test]
async fn of_s3() -> Outcome {
    let root = mounted(Kind::S3)?;
    let said = native_s3::run(&root.child("hello.txt")?).await.map_err(failed)?;
    assert!(said.ends_with("written by the SDK") && !said.contains("of nobody"), "{said}");
    cleared(&root).await
}

#[tokio::test]
async fn of_azure() -> Outcome {
    let root = mounted(Kind::Azure)?;
    let said = native_azure::run(&root.child("hello.txt")?).await.map_err(failed)?;
    assert!(said.ends_with("others refused: true: written before the lease"), "{said}");
    cleared(&root).await
}

#[tokio::test]
async fn of_gcs() -> Outcome {
    let root = mounted(Kind::Gcs)?;
    let said = native_gcs::run(&root.child("hello.txt")?).await.map_err(failed)?;
    assert!(said.ends_with("written by the SDK"), "{said}");
    cleared(&root).await
}

#[tokio::test]
async fn of_http() -> Outcome {
    let url = Server::running("http")?.get("endpoint")?.to_owned();
    let root = of(&MountConfig::new("web", "http").option("url", url).option("allow_private", true))?;
    let said = native_http::run(&root).await.map_err(failed)?;
    assert!(said.contains("server: nginx"), "{said}");
    Ok(())
}
