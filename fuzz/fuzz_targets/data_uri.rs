//! Data URI mounts: any path is read or refused, and any content comes back from the path it was stored under.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use storage_blocking::{Base64Backend, Error, ErrorKind, StorageManager, StorageNode};

static STORAGE: LazyLock<StorageManager> = LazyLock::new(|| {
    let storage = StorageManager::new();
    storage.add_backend("data", std::sync::Arc::new(Base64Backend::new())).expect("the name is free");
    storage
});

fuzz_target!(|input: &[u8]| {
    let stored = round_trip(input).expect("any content can be stored");
    assert_eq!(stored, input);
    if let Ok(path) = std::str::from_utf8(input) {
        read(path);
    }
});

fn node(path: &str) -> Result<StorageNode, Error> {
    STORAGE.node(format!("data:{path}"))
}

fn round_trip(content: &[u8]) -> Result<Vec<u8>, Error> {
    let stored = node("")?.store(content.to_vec())?;
    let again = STORAGE.node(&stored.full_path())?;
    Ok(again.read()?.to_vec())
}

fn read(path: &str) {
    let outcome = node(path).and_then(|node| node.read().map(|bytes| (node, bytes)));
    match outcome {
        Ok((node, bytes)) => {
            assert_eq!(node.size().ok(), Some(bytes.len() as u64), "`stat` and `read` agree");
            assert_eq!(round_trip(&bytes).ok().as_deref(), Some(&*bytes));
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(!error.to_string().contains('\n'), "an error is one line");
        }
    }
}
