//! Digests of contents, by every algorithm.

use storage::types::{Checksum, ErrorKind, HashAlgorithm, Metadata};

use super::api::{Hasher, StorageNode};
use super::maybe_async;
use super::stage::Stage;
use crate::support::checks::{different, equal, refused, yes};
use crate::support::content::noise;
use crate::support::outcome::Outcome;

behaviours! {
    digests_are_those_of_the_standards;
    a_million_letters_have_the_digest_of_the_standard;
    a_long_content_has_the_digest_of_its_pieces;
    every_algorithm_names_its_digest;
    what_the_store_holds_is_what_reading_gives;
    an_etag_is_never_taken_for_a_checksum;
    another_algorithm_is_never_taken_for_the_one_asked_for;
    new_content_has_another_digest;
    a_digest_through_a_relative_mount_is_the_same;
    what_is_missing_or_a_directory_has_no_digest;
}

/// Hashes in both ways: as the store likes, and by reading.
#[maybe_async]
async fn hashed(node: &StorageNode, algorithm: HashAlgorithm) -> storage::Result<String> {
    let told = node.hash(algorithm).await?;
    let read = node.hash_content(algorithm).await?;
    equal(told, read);
    equal(told.algorithm(), algorithm.name());
    Ok(told.to_string())
}

#[maybe_async]
async fn digests_are_those_of_the_standards(stage: &Stage) -> Outcome {
    use HashAlgorithm::{Crc32c, Md5, Sha256};
    let two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    let up: Vec<u8> = (0..32).collect();
    let down: Vec<u8> = (0..32).rev().collect();
    let cases: [(HashAlgorithm, Vec<u8>, &str); 12] = [
        // RFC 1321, appendix A.5.
        (Md5, "".into(), "d41d8cd98f00b204e9800998ecf8427e"),
        (Md5, "abc".into(), "900150983cd24fb0d6963f7d28e17f72"),
        (Md5, "abcdefghijklmnopqrstuvwxyz".into(), "c3fcd3d76192e4007dfb496cca67e13b"),
        // FIPS 180-4, by the examples that NIST publishes with it.
        (Sha256, "".into(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (Sha256, "abc".into(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (Sha256, two_blocks.into(), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
        // RFC 3720, appendix B.4, which shows the bytes in the order in which they are sent.
        (Crc32c, vec![0; 32], "8a9136aa"),
        (Crc32c, vec![0xff; 32], "62a8ab43"),
        (Crc32c, up, "46dd794e"),
        (Crc32c, down, "113fdb5c"),
        (Crc32c, iscsi_read(), "d9963a56"),
        (Crc32c, "".into(), "00000000"),
    ];
    for (algorithm, content, digest) in cases {
        let node = stage.file("file", content).await?;
        equal(hashed(&node, algorithm).await?, digest);
    }
    Ok(())
}

/// An iSCSI command to read (RFC 3720, appendix B.4).
fn iscsi_read() -> Vec<u8> {
    let mut command = vec![0; 48];
    let bytes = [(0, 1), (1, 0xc0), (16, 0x14), (22, 4), (27, 0x14), (31, 0x18), (32, 0x28), (40, 2)];
    for (at, byte) in bytes {
        command[at] = byte;
    }
    command
}

#[maybe_async]
async fn a_million_letters_have_the_digest_of_the_standard(stage: &Stage) -> Outcome {
    let node = stage.file("million", "a".repeat(1_000_000)).await?;
    let digest = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
    equal(hashed(&node, HashAlgorithm::Sha256).await?, digest);
    equal(hashed(&node, HashAlgorithm::Md5).await?, "7707d6ae4e027c70eea2a935c2296f21");
    equal(hashed(&node, HashAlgorithm::Sha1).await?, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    let long = "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb\
                de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b";
    equal(hashed(&node, HashAlgorithm::Sha512).await?, long);
    equal(hashed(&node, HashAlgorithm::Md5).await?, node.md5().await?);
    Ok(())
}

#[maybe_async]
async fn a_long_content_has_the_digest_of_its_pieces(stage: &Stage) -> Outcome {
    let content = noise(3, 12_345_678);
    let node = stage.node("long");
    let mut writer = node.writer().await?;
    writer.write(content.clone()).await?;
    writer.finish().await?;
    for algorithm in HashAlgorithm::ALL {
        let mut hasher = Hasher::new(algorithm);
        content.chunks(77_777).for_each(|piece| hasher.update(piece));
        equal(node.hash(algorithm).await?, hasher.finish());
        let mut whole = Hasher::new(algorithm);
        whole.update(&content);
        equal(node.hash_content(algorithm).await?, whole.finish());
    }
    Ok(())
}

#[maybe_async]
async fn every_algorithm_names_its_digest(stage: &Stage) -> Outcome {
    let node = stage.file("file", "x").await?;
    for algorithm in HashAlgorithm::ALL {
        equal(hashed(&node, algorithm).await?.len(), algorithm.digits());
    }
    Ok(())
}

#[maybe_async]
async fn what_the_store_holds_is_what_reading_gives(stage: &Stage) -> Outcome {
    for content in ["", "content"] {
        let node = stage.file("file", content).await?;
        let (metadata, listed) = (node.stat().await?, stage.root().list().await?);
        for algorithm in HashAlgorithm::ALL {
            let read = node.hash_content(algorithm).await?;
            let from_list = listed.iter().map(|entry| node.held_checksum(algorithm, &entry.metadata));
            let stored = node.stored_checksum(algorithm).await?;
            let held = [stored, node.held_checksum(algorithm, &metadata)].into_iter().chain(from_list);
            held.flatten().for_each(|held| equal(held, read));
        }
    }
    Ok(())
}

#[maybe_async]
async fn an_etag_is_never_taken_for_a_checksum(stage: &Stage) -> Outcome {
    let node = stage.file("file", "content").await?;
    let mut metadata = Metadata::file(7);
    metadata.checksum = Some(Checksum::Md5([0xab; 16]));
    metadata.etag = Some("AB".repeat(16));
    equal(node.held_checksum(HashAlgorithm::Md5, &metadata), None);
    metadata.etag = Some("1".to_owned());
    let vouched = node.capabilities().checksum_md5.then_some(Checksum::Md5([0xab; 16]));
    equal(node.held_checksum(HashAlgorithm::Md5, &metadata), vouched);
    Ok(())
}

#[maybe_async]
async fn another_algorithm_is_never_taken_for_the_one_asked_for(stage: &Stage) -> Outcome {
    let node = stage.file("file", "content").await?;
    let mut metadata = Metadata::file(7);
    metadata.checksum = Some(Checksum::Crc32c([1; 4]));
    equal(node.held_checksum(HashAlgorithm::Crc32c, &metadata), Some(Checksum::Crc32c([1; 4])));
    equal(node.held_checksum(HashAlgorithm::Sha256, &metadata), None);
    equal(node.held_checksum(HashAlgorithm::Md5, &metadata), None);
    metadata.checksum = Some(Checksum::Crc64Nvme([1; 8]));
    yes(HashAlgorithm::ALL.iter().all(|algorithm| node.held_checksum(*algorithm, &metadata).is_none()));
    Ok(())
}

#[maybe_async]
async fn new_content_has_another_digest(stage: &Stage) -> Outcome {
    let node = stage.file("file", "before").await?;
    let before = node.hash(HashAlgorithm::Sha256).await?;
    let fast = node.hash(HashAlgorithm::Md5).await?;
    node.write("behind").await?;
    different(node.hash(HashAlgorithm::Sha256).await?, before);
    different(node.hash(HashAlgorithm::Md5).await?, fast);
    Ok(())
}

#[maybe_async]
async fn a_digest_through_a_relative_mount_is_the_same(stage: &Stage) -> Outcome {
    let node = stage.file("sub/file", "content").await?;
    let through = stage.relative("part", "sub", "readonly")?.child("file")?;
    for algorithm in HashAlgorithm::ALL {
        equal(hashed(&through, algorithm).await?, hashed(&node, algorithm).await?);
    }
    Ok(())
}

#[maybe_async]
async fn what_is_missing_or_a_directory_has_no_digest(stage: &Stage) -> Outcome {
    stage.file("folder/file", "x").await?;
    for algorithm in HashAlgorithm::ALL {
        for (path, kind) in [("missing", ErrorKind::NotFound), ("folder", ErrorKind::IsADirectory)] {
            let node = stage.node(path);
            equal(refused(node.hash(algorithm).await, kind).path(), Some(path));
            equal(refused(node.hash_content(algorithm).await, kind).path(), Some(path));
        }
    }
    Ok(())
}
