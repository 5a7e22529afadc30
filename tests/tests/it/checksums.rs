//! Every checksum of S3 mounts, on real servers.
//!
//! The servers have to be running: `cargo xtask servers up`.

use storage::blocking::StorageManager;
use storage_tests::blocking::suite::clouds::{Kind, fresh_prefix};
use storage_tests::support::checks::equal;
use storage_tests::support::content::noise;
use storage_tests::support::outcome::Outcome;

/// Stored in one request, and in two parts.
fn comes_back(kind: Kind, algorithm: &str, sizes: &[usize]) -> Outcome {
    let manager = StorageManager::new();
    let config = kind.config("m", &fresh_prefix(), None)?.option("checksum", algorithm);
    manager.add_mount(&config.option("part_size", "5 MiB").option("multipart_threshold", "5 MiB"))?;
    for size in sizes {
        let (node, content) = (manager.node("m:file")?, noise(1, *size));
        node.write(content.clone())?;
        equal(node.read()?, content);
    }
    manager.node("m:file")?.delete()?;
    Ok(())
}

#[test]
fn every_checksum_is_taken() -> Outcome {
    for algorithm in ["crc64nvme", "crc32c", "crc32", "none"] {
        comes_back(Kind::S3, algorithm, &[1000, (5 << 20) + 7])?;
        comes_back(Kind::Ministack, algorithm, &[1000])?;
    }
    Ok(())
}
