//! The Azure SDK with the credentials of a mount, for what this library has no call for:
//!
//! `cargo run -p storage-dual --features azure --example native_azure -- examples/clouds.yaml azure:native/hello.txt`
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use storage::azure::azure_storage_blob::models::BlobClientAcquireLeaseResultHeaders as _;
use storage::{NativeClients, StorageManager, StorageNode};

/// The SDK leases the blob, so that nobody else writes there meanwhile.
pub(crate) async fn run(node: &StorageNode) -> Result<String, Box<dyn Error>> {
    node.write("written before the lease").await?;
    let azure = node.native_azure().await?;
    let lease = azure.blob.acquire_lease(15, None).await?.lease_id()?.ok_or("no lease was given")?;
    let refused = node.write("written during the lease").await.is_err();
    azure.blob.release_lease(lease, None).await?;
    let (key, container) = (&azure.key, &azure.container_name);
    Ok(format!("{key} in {container}, others refused: {refused}: {}", node.read_text().await?))
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
