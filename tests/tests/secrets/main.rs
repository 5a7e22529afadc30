//! No secret in logs, errors or `Debug`: whatever the library and the crates below it log at the finest level is
//! collected and searched.
//!
//! The servers have to be running: `cargo xtask servers up`.

mod echo;

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use storage::{MountConfig, StorageManager};
use storage_tests::asynchronous::proxied::{Proxied, run};
use storage_tests::asynchronous::suite::clouds::{Kind, fresh_prefix};
use storage_tests::support::outcome::{Failure, Outcome};
use storage_tests::support::servers::Server;
use tracing::field::{Field, Visit};
use tracing::span;

use self::echo::{Echo, Form};

/// Everything that is logged, in one text.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<String>>);

impl Collector {
    fn add(&self, line: &str) {
        let mut text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        text.push_str(line);
        text.push('\n');
    }

    fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// One line of all fields.
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, "{field}={value:?} ");
    }
}

impl tracing::Subscriber for Collector {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        let mut line = Line(attributes.metadata().name().to_owned() + " ");
        attributes.record(&mut line);
        self.add(&line.0);
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        let mut line = Line(String::new());
        values.record(&mut line);
        self.add(&line.0);
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.add(&line.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

impl log::Log for Collector {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        self.add(&record.args().to_string());
    }

    fn flush(&self) {}
}

/// The values that must never be seen.
fn secrets() -> storage::Result<Vec<String>> {
    let (s3, azure) = (Server::known("s3")?, Server::known("azure")?);
    let known = [s3.get("secret_access_key")?, azure.get("account_key")?];
    Ok(known.into_iter().map(str::to_owned).chain([WRONG.to_owned()]).collect())
}

/// A secret that no server knows.
const WRONG: &str = "d2hhdGV2ZXIgdGhlIHNlcnZlciBkb2VzIG5vdCBrbm93";

#[track_caller]
fn holds_none(text: &str, secrets: &[String]) {
    for secret in secrets {
        let at = text.find(secret.as_str());
        let around = at.map(|at| &text[text.floor_char_boundary(at.saturating_sub(200))..at]);
        assert!(at.is_none(), "a secret was shown after: {around:?}");
    }
}

/// One test alone: the collectors belong to the whole process.
#[test]
fn no_secret_is_logged_or_shown_in_faults() -> Outcome {
    let collector = Collector::default();
    tracing::subscriber::set_global_default(collector.clone())?;
    log::set_boxed_logger(Box::new(collector.clone()))?;
    log::set_max_level(log::LevelFilter::Trace);
    let secrets = secrets()?;
    for kind in [Kind::S3, Kind::Azure] {
        run(kind, None, |on| use_it(on, secrets.clone()))?;
        run(kind, None, |on| use_wrong_key(on, secrets.clone()))?;
    }
    let text = collector.text();
    assert!(!text.is_empty(), "nothing was logged, so nothing was tried");
    holds_none(&text, &secrets);
    // The SDK of Amazon logs whole answers at its finest level, so what servers repeat is looked for in errors alone.
    tokio::runtime::Runtime::new()?.block_on(faults_are_repeated())
}

async fn use_it(on: Proxied, secrets: Vec<String>) -> Outcome {
    let node = on.node("folder/file")?;
    node.write("content").await?;
    node.read().await?;
    let mut writer = node.writer().await?;
    for _ in 0..20 {
        writer.write(vec![b'x'; 1 << 20]).await?;
    }
    writer.finish().await?;
    node.copy_to(&on.node("copy")?).await?;
    on.root.list().await?;
    let url = node.url().await?;
    let missing = on.node("missing")?.read().await.err().ok_or_else(|| Failure::new("it was there"))?;
    holds_none(&format!("{node:?} {:?} {url} {missing} {missing:?}", node.backend()), &secrets);
    // The way itself carries signatures only.
    holds_none(&format!("{:?}", on.proxy.requests()), &secrets);
    Ok(())
}

async fn use_wrong_key(on: Proxied, secrets: Vec<String>) -> Outcome {
    let config = on.kind.config("wrong", &fresh_prefix(), None)?;
    let key = if on.kind == Kind::Azure { "account_key" } else { "secret_access_key" };
    let config: MountConfig = config.option(key, WRONG);
    let manager = StorageManager::new();
    manager.add_mount(&config)?;
    let error = manager.node("wrong:file")?.read().await.err();
    let error = error.ok_or_else(|| Failure::new("a wrong key was accepted"))?;
    let chain = std::error::Error::source(&error).map(ToString::to_string);
    holds_none(&format!("{error} {error:?} {chain:?} {manager:?} {config:?}"), &secrets);
    Ok(())
}

/// What is configured for the servers that repeat what they get.
const SESSION: &str = "c2Vzc2lvbiB0b2tlbiBvZiBhIHRlc3Q";
const SIGNATURE: &str = "c2lnbmF0dXJlIG9mIGEgdGVzdA%3D%3D";
const CLIENT: &str = "GOCSPX-client-of-a-test";
const REFRESH: &str = "1//refresh-token-of-a-test";

/// Mounts whose servers repeat what they are sent: their errors show none of it.
async fn faults_are_repeated() -> Outcome {
    let (xml, json) = (Echo::start(Form::Xml)?, Echo::start(Form::Json)?);
    let s3 = MountConfig::new("s3", "s3").option("bucket", "bucket").option("endpoint", xml.url.as_str());
    let s3 = s3.option("region", "us-east-1").option("access_key_id", "AKIDEXAMPLE");
    let s3 = s3.secret("secret_access_key", WRONG).secret("session_token", SESSION);
    let azure = |name: &str| {
        let endpoint = format!("{}/acct", xml.url);
        MountConfig::new(name, "azure").option("container", "box").option("endpoint", endpoint)
    };
    let sas = azure("sas").secret("sas_token", format!("sv=2020&se=2030&sig={SIGNATURE}"));
    let gcs = |name: &str, token: &str| {
        let user = serde_json::json!({
            "type": "authorized_user", "client_id": "me", "client_secret": CLIENT, "refresh_token": REFRESH,
            "token_uri": format!("{}/{token}", json.url),
        });
        let mount =
            MountConfig::new(name, "gcs").option("bucket", "bucket").option("endpoint", json.url.as_str());
        mount.secret("credentials", user.to_string())
    };
    let mounts = [s3, azure("key").secret("account_key", WRONG), sas, gcs("good", "good"), gcs("bad", "bad")];
    let manager = StorageManager::new();
    let mut shown = String::new();
    for mount in &mounts {
        manager.add_mount(mount)?;
        let root = manager.node(format!("{}:", mount.name()))?;
        let file = root.child("folder/file")?;
        let errors = [
            root.probe().await.err(),
            file.read().await.err(),
            file.write("content").await.err(),
            file.stat().await.err(),
            root.list().await.err(),
            file.copy_to(&root.child("copy")?).await.err(),
            file.tags().await.err(),
            file.versions().await.err(),
            file.delete().await.err(),
        ];
        for error in errors.into_iter().flatten() {
            let mut cause: Option<&dyn std::error::Error> = Some(&error);
            while let Some(layer) = cause {
                let _ = writeln!(shown, "{layer} {layer:?} {layer:#?}");
                cause = layer.source();
            }
        }
    }
    // It was repeated, and something of it came through.
    assert!(shown.contains("I was sent"), "{shown}");
    let mut secrets: Vec<String> =
        [WRONG, SESSION, SIGNATURE, CLIENT, REFRESH, echo::GIVEN].map(str::to_owned).into();
    secrets.push(SIGNATURE.replace("%3D", "="));
    let credentials = [xml.credentials(), json.credentials()].concat();
    secrets.extend(credentials.into_iter().filter(|credential| credential.len() > 10));
    holds_none(&shown, &secrets);
    Ok(())
}
