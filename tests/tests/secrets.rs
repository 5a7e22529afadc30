//! No secret in logs, errors or `Debug`: whatever the library and the crates below it log at the finest level is
//! collected and searched.
//!
//! The servers have to be running: `cargo xtask servers up`.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use storage::{MountConfig, StorageManager};
use storage_tests::asynchronous::proxied::{Proxied, run};
use storage_tests::asynchronous::suite::clouds::{Kind, fresh_prefix};
use storage_tests::support::outcome::{Failure, Outcome};
use storage_tests::support::servers::Server;
use tracing::field::{Field, Visit};
use tracing::span;

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
fn no_secret_is_logged_or_shown() -> Outcome {
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
    Ok(())
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
