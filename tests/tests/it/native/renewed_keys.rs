//! Keys of S3 and tokens of Google that the service takes back before their time, while a program calls the SDK.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use storage::NativeClients as _;
use storage::types::MountConfig;
use storage_tests::support::checks::equal;
use storage_tests::support::outcome::{Failure, Outcome};
use storage_tests::support::stub::{Stub, Told};

use super::gcs::read;
use super::of;

/// Tells the child where the keys stand.
const KEYS: &str = "AWS_SHARED_CREDENTIALS_FILE";

#[test]
fn keys_that_others_renewed_are_found_over_the_sdk_of_s3() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (config, keys) = (folder.path().join("config"), folder.path().join("credentials"));
    fs::write(&config, "")?;
    let child = Command::new(env::current_exe()?)
        .args(["--exact", "native::renewed_keys::the_child_asks_with_old_keys", "--ignored"])
        .env(KEYS, &keys)
        .env("AWS_CONFIG_FILE", &config)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .output()?;
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
    Ok(())
}

fn write_keys(id: &str) -> std::io::Result<()> {
    let file = env::var_os(KEYS).unwrap_or_default();
    let text = format!("[work]\naws_access_key_id = {id}\naws_secret_access_key = secret\n");
    fs::write(Path::new(&file), text)
}

#[tokio::test]
#[ignore = "the child of the test above"]
async fn the_child_asks_with_old_keys() -> Outcome {
    if env::var_os(KEYS).is_none() {
        return Ok(());
    }
    let valid = Arc::new(Mutex::new("one"));
    let asked_of = valid.clone();
    let stub = Stub::new(move |asked| {
        let valid = *asked_of.lock().unwrap_or_else(PoisonError::into_inner);
        let signed = asked.headers.get("authorization").cloned().unwrap_or_default();
        if !signed.contains(&format!("Credential={valid}/")) {
            return Told::body(403, "<Error><Code>InvalidAccessKeyId</Code><Message>old</Message></Error>");
        }
        Told::body(200, "content").header("ETag", "\"1\"")
    })?;
    let config = MountConfig::new("m", "s3")
        .option("bucket", "bucket")
        .option("region", "us-east-1")
        .option("endpoint", stub.url())
        .option("attempts", 2)
        .option("profile", "work");
    write_keys("one")?;
    let s3 = of(&config)?.child("file")?.native_s3().await?;
    let get = || s3.client.get_object().bucket(&s3.bucket).key(&s3.key).send();
    let content = |answer: storage::s3::aws_sdk_s3::operation::get_object::GetObjectOutput| async move {
        Ok::<_, Failure>(answer.body.collect().await?.into_bytes())
    };
    equal(content(get().await?).await?, "content");
    *valid.lock().unwrap_or_else(PoisonError::into_inner) = "two";
    // Nobody has renewed them yet: the service is asked twice, and no more.
    let before = stub.asked().len();
    let refused =
        get().await.err().and_then(|error| error.into_service_error().meta().code().map(str::to_owned));
    equal((refused.as_deref(), stub.asked().len() - before), (Some("InvalidAccessKeyId"), 2));
    write_keys("two")?;
    equal(content(get().await?).await?, "content");
    Ok(())
}

/// Tokens by number; the first one is refused.
fn google() -> std::io::Result<Stub> {
    let given = AtomicUsize::new(0);
    Stub::new(move |asked| {
        if asked.path() == "/token" {
            let number = given.fetch_add(1, Ordering::SeqCst);
            let token =
                format!(r#"{{"access_token":"token-{number}","expires_in":3600,"token_type":"Bearer"}}"#);
            return Told::body(200, token).header("content-type", "application/json");
        }
        match asked.headers.get("authorization").map(String::as_str) {
            Some("Bearer token-0") | None => Told::status(401),
            _ => Told::body(200, "content").header("x-goog-generation", "1"),
        }
    })
}

#[tokio::test]
async fn a_token_that_is_refused_is_replaced_over_the_sdk_of_google() -> Outcome {
    let service = google()?;
    let user = format!(
        r#"{{"type":"authorized_user","client_id":"me","client_secret":"x","refresh_token":"x","token_uri":"{}/token"}}"#,
        service.url()
    );
    let mount = MountConfig::new("m", "gcs")
        .option("bucket", "bucket")
        .option("endpoint", service.url())
        .secret("credentials", user);
    let gcs = of(&mount)?.child("file")?.native_gcs().await?;
    equal(read(&gcs).await?, b"content");
    let reads = service.asked().into_iter().filter(|asked| asked.path() != "/token");
    let tokens: Vec<_> = reads.filter_map(|asked| asked.headers.get("authorization").cloned()).collect();
    equal(tokens, ["Bearer token-0", "Bearer token-1"]);
    Ok(())
}
