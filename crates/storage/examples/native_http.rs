//! The HTTP client with the credentials of a mount, for what this library has no call for:
//!
//! `cargo run -p storage-dual --features http --example native_http -- examples/clouds.yaml web:index.html`
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use storage::http::reqwest::Method;
use storage::{NativeClients, StorageManager, StorageNode};

/// Asks for all headers of a page.
pub(crate) async fn run(node: &StorageNode) -> Result<String, Box<dyn Error>> {
    let http = node.native_http().await?;
    let answer = http.request(Method::HEAD).send().await?.error_for_status()?;
    let mut lines = vec![http.url.to_string()];
    for (name, value) in answer.headers() {
        lines.push(format!("{name}: {}", value.to_str().unwrap_or("no text")));
    }
    Ok(lines.join("\n"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [config, place] = &*arguments else { return Err("give a file of mounts and a place".into()) };
    let storage = StorageManager::new();
    storage.configure_yaml(&std::fs::read_to_string(config)?)?;
    println!("{}", run(&storage.node(place)?).await?);
    Ok(())
}
