//! Faults that users met with stores: tried on small servers that answer as a test wants it, and on real ones behind a proxy.
//!
//! The servers have to be running: `cargo xtask servers up`.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use storage::types::{ErrorKind, MountConfig, WriteOptions};
use storage::{StorageManager, StorageNode, blocking};
use storage_tests::asynchronous::proxied::Proxied;
use storage_tests::asynchronous::rt;
use storage_tests::asynchronous::suite::clouds::Kind;
use storage_tests::support::checks::{equal, mentions, refused, yes};
use storage_tests::support::content::noise;
use storage_tests::support::outcome::{Failure, Outcome};
use storage_tests::support::stub::{Asked, Stub, Told};
use tokio::runtime::{Builder, Runtime};

fn s3(stub: &Stub) -> MountConfig {
    MountConfig::new("store", "s3")
        .option("bucket", "bucket")
        .option("region", "us-east-1")
        .option("endpoint", stub.url())
        .option("access_key_id", "key")
        .option("secret_access_key", "secret")
}

fn mounted(config: &MountConfig) -> storage::Result<StorageNode> {
    let manager = StorageManager::new();
    manager.add_mount(config)?;
    manager.node(config.name())
}

fn mounted_blocking(config: &MountConfig) -> storage::Result<blocking::StorageNode> {
    let manager = blocking::StorageManager::new();
    manager.add_mount(config)?;
    manager.node(config.name())
}

/// A bucket in memory that keeps to conditions of writes, or takes no notice of them.
fn bucket(keeps_conditions: bool) -> std::io::Result<Stub> {
    let objects: Mutex<BTreeMap<String, Vec<u8>>> = Mutex::default();
    Stub::new(move |asked| {
        let mut objects = objects.lock().unwrap_or_else(PoisonError::into_inner);
        let key = asked.path().trim_start_matches("/bucket").trim_start_matches('/').to_owned();
        let etag = |content: &[u8]| format!("\"{:032x}\"", content.len());
        let there = objects.get(&key).cloned();
        match asked.method.as_str() {
            "PUT" if keeps_conditions && !holds(asked, there.as_deref().map(etag).as_deref()) => {
                Told::status(412)
            }
            "PUT" => {
                let told = Told::status(200).header("ETag", &etag(&asked.body));
                objects.insert(key, asked.body.clone());
                told
            }
            "DELETE" => {
                objects.remove(&key);
                Told::status(204)
            }
            "GET" if key.is_empty() && asked.query().contains("versioning") => {
                Told::body(200, "<VersioningConfiguration/>")
            }
            "GET" if key.is_empty() => Told::body(200, listing(&objects)),
            _ => match there {
                Some(content) => Told::body(200, content.clone()).header("ETag", &etag(&content)),
                None => Told::status(404),
            },
        }
    })
}

fn holds(asked: &Asked, etag: Option<&str>) -> bool {
    match (asked.headers.get("if-match"), asked.headers.get("if-none-match")) {
        (Some(wanted), _) => etag == Some(wanted),
        (_, Some(_)) => etag.is_none(),
        _ => true,
    }
}

fn listing(objects: &BTreeMap<String, Vec<u8>>) -> String {
    let entries = objects.iter().map(|(key, content)| {
        format!("<Contents><Key>{key}</Key><Size>{}</Size><ETag>\"x\"</ETag></Contents>", content.len())
    });
    let entries: String = entries.collect();
    format!("<ListBucketResult><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>")
}

fn puts(stub: &Stub) -> usize {
    stub.asked().iter().filter(|asked| asked.method == "PUT").count()
}

#[test]
fn a_store_that_takes_no_notice_of_conditions_is_found_out() -> Outcome {
    let stub = bucket(false)?;
    let root = mounted_blocking(&s3(&stub))?;
    let file = root.child("file")?;
    file.write("old")?;
    root.probe()?;
    let can = root.capabilities();
    equal((can.create_only, can.compare_and_set), (false, false));
    let create = WriteOptions::new().create_only();
    let error = refused(file.write_with("new", &create), ErrorKind::Unsupported);
    mentions(&error, &["only where nothing is stored", "conditional_writes"]);
    refused(file.write_with("new", &WriteOptions::new().if_match("x")), ErrorKind::Unsupported);
    let mut writer = file.writer_with(&create)?;
    writer.write("new")?;
    refused(writer.finish(), ErrorKind::Unsupported);
    equal(file.read_text()?, "old");
    // Nothing of the trial is left.
    equal(root.list()?.len(), 1);
    Ok(())
}

#[test]
fn a_store_that_keeps_to_conditions_is_asked_once_and_stores_nothing() -> Outcome {
    let stub = bucket(true)?;
    let root = mounted_blocking(&s3(&stub))?;
    for _ in 0..3 {
        root.probe()?;
    }
    equal(puts(&stub), 1);
    let can = root.capabilities();
    equal((can.create_only, can.compare_and_set), (true, true));
    equal(root.list()?.len(), 0);
    let create = WriteOptions::new().create_only();
    root.child("file")?.write_with("old", &create)?;
    refused(root.child("file")?.write_with("new", &create), ErrorKind::AlreadyExists);
    Ok(())
}

#[test]
fn conditions_that_the_configuration_knows_are_not_tried() -> Outcome {
    for known in [true, false] {
        let stub = bucket(true)?;
        let root = mounted_blocking(&s3(&stub).option("conditional_writes", known))?;
        equal(root.capabilities().create_only, known);
        root.probe()?;
        equal((root.capabilities().create_only, puts(&stub)), (known, 0));
    }
    let stub = bucket(false)?;
    mounted_blocking(&s3(&stub).option("read_only", true))?.probe()?;
    equal(puts(&stub), 0);
    Ok(())
}

/// Set in the environment of a test that runs in a process of its own.
const INSIDE: &str = "STORAGE_TEST_INSIDE";

/// Runs a test of this program in a process with an environment of its own.
fn alone(test: &str, variables: &[(&str, &Path)]) -> Outcome {
    let mut command = Command::new(env::current_exe()?);
    command.args([test, "--exact", "--nocapture"]).env(INSIDE, "1");
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    command.env("AWS_EC2_METADATA_DISABLED", "true").envs(variables.iter().copied());
    yes(command.status()?.success());
    Ok(())
}

#[test]
fn keys_that_others_renewed_are_found() -> Outcome {
    if env::var_os(INSIDE).is_some() {
        return keys_are_renewed(Path::new(&env::var_os("AWS_SHARED_CREDENTIALS_FILE").unwrap_or_default()));
    }
    let folder = tempfile::tempdir()?;
    let (config, keys) = (folder.path().join("config"), folder.path().join("credentials"));
    fs::write(&config, "")?;
    let variables = [("AWS_CONFIG_FILE", &*config), ("AWS_SHARED_CREDENTIALS_FILE", &*keys)];
    alone("faults_stores::keys_that_others_renewed_are_found", &variables)
}

fn keys_are_renewed(file: &Path) -> Outcome {
    let write = |id: &str| {
        fs::write(file, format!("[work]\naws_access_key_id = {id}\naws_secret_access_key = secret\n"))
    };
    let valid = Arc::new(Mutex::new("one"));
    let asked_of = valid.clone();
    let stub = Stub::new(move |asked| {
        let valid = *asked_of.lock().unwrap_or_else(PoisonError::into_inner);
        let signed = asked.headers.get("authorization").cloned().unwrap_or_default();
        if !signed.contains(&format!("Credential={valid}/")) {
            return Told::body(400, "<Error><Code>ExpiredToken</Code><Message>old</Message></Error>");
        }
        if asked.query().contains("tagging") {
            return Told::body(
                200,
                "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>",
            );
        }
        Told::body(200, "content").header("ETag", "\"1\"")
    })?;
    let config = MountConfig::new("store", "s3")
        .option("bucket", "bucket")
        .option("region", "us-east-1")
        .option("endpoint", stub.url())
        .option("profile", "work");
    type Call = fn(&blocking::StorageNode) -> storage::Result<String>;
    let calls: [Call; 3] = [
        |root| root.child("file")?.read_text(),
        |root| Ok(root.child("file")?.tags()?["a"].clone()),
        |root| Ok(root.child("file")?.size()?.to_string()),
    ];
    for call in calls {
        *valid.lock().unwrap_or_else(PoisonError::into_inner) = "one";
        write("one")?;
        let root = mounted_blocking(&config)?;
        let before = call(&root)?;
        *valid.lock().unwrap_or_else(PoisonError::into_inner) = "two";
        refused(call(&root), ErrorKind::Unauthenticated);
        write("two")?;
        equal(call(&root)?, before);
    }
    Ok(())
}

fn runtime() -> Result<Runtime, Failure> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

/// A mount of each kind on one server that gives every file the same content.
fn all_kinds(stub: &Stub) -> [MountConfig; 4] {
    let azure = MountConfig::new("azure", "azure").option("container", "box").option("anonymous", true);
    let gcs = MountConfig::new("gcs", "gcs").option("bucket", "bucket").option("anonymous", true);
    let http = MountConfig::new("http", "http").option("url", format!("{}/files", stub.url()));
    [
        s3(stub),
        azure.option("endpoint", format!("{}/account", stub.url())),
        gcs.option("endpoint", stub.url()),
        http,
    ]
}

fn same_for_all() -> std::io::Result<Stub> {
    Stub::new(|asked| {
        if asked.query().contains("tagging") {
            return Told::body(200, "<Tagging><TagSet/></Tagging>");
        }
        let part = asked.headers.contains_key("range") || asked.headers.contains_key("x-ms-range");
        let told = Told::body(if part { 206 } else { 200 }, "content");
        let told = told
            .header("ETag", "\"1\"")
            .header("x-goog-generation", "1")
            .header("x-ms-version", "2025-01-05");
        if part { told.header("Content-Range", "bytes 0-6/7") } else { told }
    })
}

#[test]
fn runtimes_that_share_a_mount_do_not_wait_for_each_other() -> Outcome {
    let stub = same_for_all()?;
    for config in all_kinds(&stub) {
        let root = mounted(&config.option("read_timeout", 2).option("attempts", 1))?;
        let (one, two) = (runtime()?, runtime()?);
        // Whoever is not asked is idle, with a connection that nobody drives.
        for runtime in [&one, &two, &one, &two] {
            equal(runtime.block_on(root.child("file")?.read_text())?, "content");
        }
        drop(one);
        let three = runtime()?;
        for runtime in [&three, &two] {
            equal(runtime.block_on(root.child("file")?.read_text())?, "content");
        }
    }
    Ok(())
}

#[test]
fn runtimes_that_share_a_mount_do_not_wait_for_each_other_over_the_sdk() -> Outcome {
    let stub = same_for_all()?;
    let root = mounted(&s3(&stub).option("read_timeout", 2).option("attempts", 1))?;
    let (one, two) = (runtime()?, runtime()?);
    for runtime in [&one, &two, &one, &two] {
        equal(runtime.block_on(root.child("file")?.tags())?.len(), 0);
    }
    Ok(())
}

/// Half of an upload in parts.
async fn upload_half(on: &Proxied) -> Result<storage::Writer, Failure> {
    let mut writer = on.node("file")?.writer().await?;
    writer.write(noise(1, 20 << 20)).await?;
    Ok(writer)
}

fn aborts(on: &Proxied) -> usize {
    let is_abort =
        |line: &String| line.starts_with("DELETE ") && line.to_ascii_lowercase().contains("upload");
    on.proxy.requests().iter().map(storage_tests::support::proxy::Request::line).filter(is_abort).count()
}

fn a_dropped_writer_leaves_no_upload(kind: Kind) -> Outcome {
    let one = runtime()?;
    let on = one.block_on(async { Proxied::new(kind, None) })?;
    // Where no runtime is.
    drop(one.block_on(upload_half(&on))?);
    equal(aborts(&on), 1);
    // Right before the runtime ends, as at the end of `main`.
    let writer = one.block_on(upload_half(&on))?;
    one.block_on(async move { drop(writer) });
    drop(one);
    yes(aborts(&on) >= 2);
    let two = runtime()?;
    two.block_on(async {
        equal(on.root.leftovers().await?.len(), 0);
        equal(on.direct.child("file")?.exists().await?, false);
        on.clear().await
    })
}

#[test]
fn a_writer_of_s3_that_is_dropped_leaves_no_upload() -> Outcome {
    a_dropped_writer_leaves_no_upload(Kind::S3)?;
    a_dropped_writer_leaves_no_upload(Kind::Ministack)
}

#[test]
fn a_writer_of_gcs_that_is_dropped_leaves_no_upload() -> Outcome {
    a_dropped_writer_leaves_no_upload(Kind::Gcs)
}

#[test]
fn a_conditional_write_whose_answer_was_lost_is_not_retryable() -> Outcome {
    use storage_tests::support::proxy::{Fault, Plan};
    for kind in [Kind::S3, Kind::Azure, Kind::Gcs] {
        let plan = Plan::script([Some(Fault::ResetAfter)]);
        let on = Proxied::new(kind, Some(plan))?;
        let outcome: Outcome = rt::block_on(async {
            let file = on.node("file")?;
            let options = WriteOptions::new().create_only();
            let error = refused(file.write_with("x", &options).await, ErrorKind::Interrupted);
            equal(error.is_retryable(), false);
            equal(on.direct.child("file")?.read_text().await?, "x");
            on.clear().await
        })?;
        outcome?;
    }
    Ok(())
}

#[test]
fn a_move_deletes_under_the_condition_that_nobody_replaced_the_source() -> Outcome {
    for (kind, condition) in [
        (Kind::S3, "if-match"),
        (Kind::Ministack, "if-match"),
        (Kind::Azure, "if-match"),
        (Kind::Gcs, "ifGenerationMatch="),
    ] {
        let on = Proxied::new(kind, None)?;
        let outcome: Outcome = rt::block_on(async {
            let manager = StorageManager::new();
            manager.add_mount(&MountConfig::memory("memory"))?;
            on.node("folder/file")?.write("content").await?;
            on.proxy.forget();
            let report = on.node("folder")?.move_to(&manager.node("memory:moved")?).await?;
            equal((report.copied_count, report.failed_count), (1, 0));
            let deletes = on.proxy.requests().into_iter().filter(|it| it.method == "DELETE");
            let deletes: Vec<_> = deletes.filter(|it| it.path.ends_with("file")).collect();
            equal(deletes.len(), 1);
            yes(deletes[0].headers.contains_key(condition) || deletes[0].query.contains(condition));
            equal(on.direct.child("folder/file")?.exists().await?, false);
            on.clear().await
        })?;
        outcome?;
    }
    Ok(())
}

#[test]
fn no_more_requests_are_under_way_than_a_mount_allows() -> Outcome {
    const READS: usize = 200;
    let stub = Stub::new(|_| {
        std::thread::sleep(Duration::from_millis(3));
        Told::body(200, "content")
            .header("ETag", "\"1\"")
            .header("x-goog-generation", "1")
            .header("x-ms-version", "2025-01-05")
    })?;
    for config in all_kinds(&stub) {
        let root = mounted(&config.option("max_requests", 8))?;
        let outcome: Outcome = rt::block_on(async {
            let read = |number: usize| {
                let file = root.child(format!("file{number}"));
                async move { file?.read_text().await }
            };
            for content in rt::together(READS, read).await {
                equal(content?, "content");
            }
            Ok(())
        })?;
        outcome?;
    }
    // Those of the mount before may still be open.
    let most = stub.most_open();
    yes(most <= 4 * 8);
    Ok(())
}

#[test]
fn a_limit_of_requests_lets_many_open_readers_live() -> Outcome {
    let stub = same_for_all()?;
    for config in all_kinds(&stub) {
        let root = mounted_blocking(&config.option("max_requests", 2))?;
        let mut readers = Vec::new();
        for _ in 0..20 {
            readers.push(root.child("file")?.reader()?);
        }
        for mut reader in readers {
            equal(reader.read_all()?, "content");
        }
    }
    Ok(())
}

#[test]
fn a_proxy_of_the_mount_is_used() -> Outcome {
    let proxy = Stub::new(|asked| {
        if !asked.target.starts_with("http://store.invalid/") {
            return Told::status(500);
        }
        if asked.target.contains("tagging") {
            return Told::body(200, "<Tagging><TagSet/></Tagging>");
        }
        Told::body(200, "content")
            .header("ETag", "\"1\"")
            .header("x-goog-generation", "1")
            .header("x-ms-version", "2025-01-05")
    })?;
    let elsewhere = "http://store.invalid";
    let kinds = [
        s3(&proxy).option("endpoint", elsewhere),
        MountConfig::new("azure", "azure")
            .option("container", "box")
            .option("anonymous", true)
            .option("endpoint", format!("{elsewhere}/account")),
        MountConfig::new("gcs", "gcs")
            .option("bucket", "bucket")
            .option("anonymous", true)
            .option("endpoint", elsewhere),
        MountConfig::new("http", "http").option("url", format!("{elsewhere}/files")),
    ];
    for config in kinds {
        let through = mounted_blocking(&config.clone().option("proxy", proxy.url()))?;
        equal(through.child("file")?.read_text()?, "content");
        if config.name() == "store" {
            equal(through.child("file")?.tags()?.len(), 0);
        }
        let direct = mounted_blocking(&config.option("proxy", "none").option("attempts", 1))?;
        refused(direct.child("file")?.read_text(), ErrorKind::Interrupted);
    }
    let wrong = s3(&proxy).option("proxy", "no url with hunter2");
    let error = refused(mounted_blocking(&wrong), ErrorKind::Config);
    mentions(&error, &["`proxy`"]);
    yes(!error.to_string().contains("hunter2"));
    Ok(())
}

/// A web server with TLS on a free port, whose certificate an authority of our own signed.
struct Secure {
    server: Child,
    port: u16,
}

const SERVE: &str = "
import http.server, ssl, sys
class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Quiet)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain('server.pem', 'server.key')
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
";

fn openssl(folder: &Path, arguments: &str) -> Outcome {
    let mut command = Command::new("openssl");
    command.args(arguments.split(' ')).current_dir(folder).stderr(Stdio::null()).stdout(Stdio::null());
    yes(command.status()?.success());
    Ok(())
}

impl Secure {
    fn new(folder: &Path) -> Result<Self, Failure> {
        fs::write(folder.join("names"), "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")?;
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        openssl(folder, &format!("req -x509 {key} -keyout ca.key -out ca.pem -days 2 -subj /CN=own"))?;
        openssl(folder, &format!("req {key} -keyout server.key -out server.csr -subj /CN=server"))?;
        let sign = "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names";
        openssl(folder, &format!("{sign} -out server.pem"))?;
        fs::create_dir(folder.join("files"))?;
        fs::write(folder.join("files/file"), "content")?;
        let mut command = Command::new("python3");
        command.args(["-c", SERVE]).current_dir(folder).stdout(Stdio::piped());
        let mut server = command.spawn()?;
        let mut line = String::new();
        if let Some(output) = server.stdout.take() {
            std::io::BufRead::read_line(&mut std::io::BufReader::new(output), &mut line)?;
        }
        let this = Self { server, port: line.trim().parse().unwrap_or_default() };
        yes(this.port > 0);
        Ok(this)
    }
}

impl Drop for Secure {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[test]
fn authorities_of_the_mount_are_trusted() -> Outcome {
    let folder = tempfile::tempdir()?;
    let secure = Secure::new(folder.path())?;
    let url = format!("https://127.0.0.1:{}", secure.port);
    let kinds = [
        MountConfig::new("http", "http").option("url", format!("{url}/files")),
        MountConfig::new("s3", "s3")
            .option("bucket", "files")
            .option("anonymous", true)
            .option("region", "us-east-1")
            .option("endpoint", &*url),
    ];
    for config in kinds {
        let config = config.option("attempts", 1);
        let strange = mounted_blocking(&config)?;
        let error = refused(strange.child("file")?.read_text(), ErrorKind::Interrupted);
        mentions(&error, &["TLS"]);
        let own = config.clone().option("ca_bundle", folder.path().join("ca.pem").display().to_string());
        let read = mounted_blocking(&own)?.child("file")?.read_text();
        // That server is no store, and gives no ETag.
        if config.name() == "http" {
            equal(read?, "content");
        } else if let Err(error) = read {
            yes(!error.to_string().contains("TLS"));
        }
        for (bundle, says) in [("missing.pem", "cannot be read"), ("server.key", "certificate")] {
            let wrong = config.clone().option("ca_bundle", folder.path().join(bundle).display().to_string());
            let error = refused(mounted_blocking(&wrong)?.child("file")?.read_text(), ErrorKind::Config);
            mentions(&error, &["ca_bundle", says]);
        }
    }
    Ok(())
}

#[test]
fn a_client_of_the_program_is_used() -> Outcome {
    let told = Arc::new(AtomicBool::new(false));
    let sees = told.clone();
    let stub = Stub::new(move |asked| {
        sees.fetch_or(asked.headers.contains_key("x-own"), Ordering::SeqCst);
        Told::body(200, "content").header("x-goog-generation", "1")
    })?;
    let mut headers = http::HeaderMap::new();
    headers.insert("x-own", http::HeaderValue::from_static("yes"));
    let outcome: Outcome = rt::block_on(async {
        storage::gcs::ensure_crypto_provider();
        let client = reqwest::Client::builder().default_headers(headers).build();
        let client = client.map_err(|error| Failure::new(error.to_string()))?;
        let mut config = storage::gcs::GcsConfig::new("bucket");
        (config.endpoint, config.anonymous) = (Some(stub.url()), true);
        config.client = Some(storage::gcs::OwnClient(client));
        let manager = StorageManager::new();
        manager.add_backend("store", Arc::new(config.build()?))?;
        equal(manager.node("store:file")?.read_text().await?, "content");
        Ok(())
    })?;
    outcome?;
    yes(told.load(Ordering::SeqCst));
    Ok(())
}
