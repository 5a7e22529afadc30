//! The same function bodies in both colours, in one binary: `cargo run --example two_colours`.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

/// On tokio.
mod colour_async {
    use maybe_async::must_be_async as maybe_async;
    use storage::{DeleteOptions, Error, StorageManager};

    include!("body.rs");
}

/// Without a runtime.
mod colour_blocking {
    use maybe_async::must_be_sync as maybe_async;
    use storage::blocking::StorageManager;
    use storage::{DeleteOptions, Error};

    include!("body.rs");
}

fn config() -> storage::Config {
    let folder = std::env::temp_dir().join(format!("two-colours-{}", std::process::id()));
    let local = storage::MountConfig::local("folder", folder).option("create", true);
    storage::Config::new().mount(storage::MountConfig::memory("memory")).mount(local)
}

fn main() -> Result<(), storage::Error> {
    let blocking = storage::blocking::StorageManager::with_config(&config())?;
    let from_blocking = colour_blocking::letters(&blocking)?;
    println!("blocking: {from_blocking}");

    let runtime = tokio::runtime::Builder::new_multi_thread().build()?;
    let from_async = runtime.block_on(async {
        let storage = storage::StorageManager::with_config(&config())?;
        colour_async::letters(&storage).await
    })?;
    println!("async: {from_async}");

    let same = from_async == from_blocking;
    println!("{}", if same { "both colours say the same" } else { "the colours differ" });
    let _ = std::fs::remove_dir(std::env::temp_dir().join(format!("two-colours-{}", std::process::id())));
    Ok(())
}
