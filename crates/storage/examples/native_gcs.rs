//! Google's SDK with the credentials of a mount:
//!
//! `cargo run -p storage-dual --features gcs-sdk --example native_gcs -- examples/clouds.yaml gcs:native/hello.txt`
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use storage::{NativeClients, StorageManager, StorageNode};

/// The SDK writes what the node then reads, and reads it back.
pub(crate) async fn run(node: &StorageNode) -> Result<String, Box<dyn Error>> {
    let gcs = node.native_gcs().await?;
    let content = "written by the SDK";
    let object = gcs.client.write_object(&gcs.bucket, &gcs.key, content).send_buffered().await?;
    let read = gcs.client.read_object(&gcs.bucket, &gcs.key).set_generation(object.generation).send();
    let (mut answer, mut bytes) = (read.await?, Vec::new());
    while let Some(piece) = answer.next().await {
        bytes.extend_from_slice(&piece?);
    }
    assert_eq!(bytes, content.as_bytes());
    Ok(format!(
        "{} in {}, generation {}: {}",
        gcs.key,
        gcs.bucket,
        object.generation,
        node.read_text().await?
    ))
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
