//! A token of Entra ID that the service takes back before its time. The managed identity comes from variables of the environment,
//! so a process of its own asks for it.

use std::env;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use storage::NativeClients as _;
use storage::types::MountConfig;
use storage_tests::support::checks::equal;
use storage_tests::support::outcome::Outcome;
use storage_tests::support::stub::{Stub, Told};

use super::of;

/// Names the endpoint to the child.
const STORE: &str = "STORAGE_TEST_NATIVE_STORE";

/// Tokens by number; the first one is refused.
fn service() -> std::io::Result<Stub> {
    let given = AtomicUsize::new(0);
    Stub::new(move |asked| {
        if asked.path() == "/token" {
            let number = given.fetch_add(1, Ordering::SeqCst);
            let token = format!(
                r#"{{"access_token":"token-{number}","expires_on":"4102444800","resource":"r","token_type":"Bearer"}}"#
            );
            return Told::body(200, token).header("content-type", "application/json");
        }
        let refused = asked.headers.get("authorization").is_none_or(|token| token == "Bearer token-0");
        let answer = if refused { Told::status(401) } else { Told::status(201).header("ETag", "\"1\"") };
        answer.header("x-ms-request-id", "1").header("x-ms-version", "2025-11-05")
    })
}

#[test]
fn a_token_that_is_refused_is_replaced_once() -> Outcome {
    let service = service()?;
    let child = Command::new(env::current_exe()?)
        .args(["--exact", "native::renewed::the_child_uploads_over_the_sdk", "--ignored"])
        .env(STORE, service.url())
        .env("IDENTITY_ENDPOINT", format!("{}/token", service.url()))
        .env("IDENTITY_HEADER", "secret")
        .output()?;
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
    let uploads: Vec<_> = service.asked().into_iter().filter(|asked| asked.method == "PUT").collect();
    let tokens: Vec<_> = uploads.iter().filter_map(|asked| asked.headers.get("authorization")).collect();
    equal(tokens, ["Bearer token-0", "Bearer token-1"]);
    assert!(uploads.iter().all(|asked| asked.body == b"twice"), "the body was not sent again");
    Ok(())
}

#[tokio::test]
#[ignore = "the child of the test above"]
async fn the_child_uploads_over_the_sdk() -> Outcome {
    let Ok(store) = env::var(STORE) else { return Ok(()) };
    let mount = MountConfig::new("m", "azure")
        .option("container", "box")
        .option("endpoint", format!("{store}/account"));
    let azure = of(&mount)?.child("file")?.native_azure().await?;
    let content = storage::azure::azure_core::http::RequestContent::from(b"twice".to_vec());
    azure.blob.upload(content, None).await?;
    Ok(())
}
