//! The AWS SDK with the credentials of a mount, for what this library has no call for:
//!
//! `cargo run -p storage-dual --features s3 --example native_s3 -- examples/clouds.yaml s3:native/hello.txt`
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use storage::s3::aws_sdk_s3::primitives::ByteStream;
use storage::{NativeClients, StorageManager, StorageNode};

/// The SDK writes what the node then reads, and asks who owns it.
pub(crate) async fn run(node: &StorageNode) -> Result<String, Box<dyn Error>> {
    let s3 = node.native_s3().await?;
    let content = ByteStream::from_static(b"written by the SDK");
    s3.client.put_object().bucket(&s3.bucket).key(&s3.key).body(content).send().await?;
    let list =
        s3.client.list_objects_v2().bucket(&s3.bucket).prefix(&s3.key).fetch_owner(true).send().await?;
    let owner = list.contents().first().and_then(|object| object.owner()?.id()).unwrap_or("nobody");
    Ok(format!("{} in {} of {owner}: {}", s3.key, s3.bucket, node.read_text().await?))
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
