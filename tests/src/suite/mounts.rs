//! The mount table while it is in use: adding, replacing, removing; stores of memory mounts.

use std::sync::Arc;

use storage::types::{ErrorKind, MountConfig};

use super::api::{MemoryBackend, StorageManager};
use super::maybe_async;
use super::rt;
use super::stage::Stage;
use crate::support::checks::{equal, mentions, no, refused, yes};
use crate::support::outcome::Outcome;

behaviours! {
    a_node_of_a_removed_mount_keeps_working;
    a_node_of_a_replaced_mount_keeps_its_backend;
    a_relative_mount_keeps_the_parent_it_was_made_on;
    clones_of_a_manager_share_the_table;
    mounts_come_and_go_while_nodes_are_made;
    two_memory_mounts_are_separate;
    memory_mounts_share_a_store_by_its_name;
    a_shared_store_has_one_way_to_keep_versions;
    a_backend_of_the_program_is_a_mount;
    a_bad_mount_name_is_refused;
    a_new_mount_replaces_none;
}

#[maybe_async]
async fn a_new_mount_replaces_none(stage: &Stage) -> Outcome {
    stage.manager.add_new_mount(&MountConfig::memory("new"))?;
    stage.at("new:file").write("kept").await?;
    let error = refused(stage.manager.add_new_mount(&MountConfig::memory("new")), ErrorKind::AlreadyExists);
    mentions(&error, &["new", "add_mount"]);
    let backend = Arc::new(MemoryBackend::new());
    refused(stage.manager.add_new_backend("new", backend.clone()), ErrorKind::AlreadyExists);
    stage.manager.add_new_backend("newer", backend)?;
    equal(stage.at("new:file").read_text().await?, "kept");
    refused(stage.manager.add_new_mount(&MountConfig::new("wrong", "unknown")), ErrorKind::Config);
    Ok(())
}

#[maybe_async]
async fn a_node_of_a_removed_mount_keeps_working(stage: &Stage) -> Outcome {
    stage.manager.add_mount(&MountConfig::memory("gone"))?;
    let node = stage.at("gone:folder/file");
    node.write("content").await?;
    yes(stage.manager.remove_mount("gone"));
    no(stage.manager.remove_mount("gone"));
    no(stage.manager.has_mount("gone"));
    refused(stage.manager.node("gone:folder/file"), ErrorKind::NotFound);
    equal(node.read_text().await?, "content");
    node.write("still works").await?;
    equal(node.parent().list().await?.len(), 1);
    node.copy_to(&node.parent().child("copy")?).await?;
    equal(node.parent().child("copy")?.read_text().await?, "still works");
    Ok(())
}

#[maybe_async]
async fn a_node_of_a_replaced_mount_keeps_its_backend(stage: &Stage) -> Outcome {
    stage.manager.add_mount(&MountConfig::memory("mount"))?;
    let old = stage.at("mount:file");
    old.write("old").await?;
    let folder = tempfile::tempdir()?;
    stage.manager.add_mount(&MountConfig::local("mount", folder.path()))?;
    let new = stage.at("mount:file");
    no(new.exists().await?);
    new.write("new").await?;
    equal((old.read_text().await?, new.read_text().await?), ("old".to_owned(), "new".to_owned()));
    equal((old.backend().kind(), new.backend().kind()), ("memory", "local"));
    old.copy_to(&new).await?;
    equal(new.read_text().await?, "old");
    Ok(())
}

#[maybe_async]
async fn a_relative_mount_keeps_the_parent_it_was_made_on(stage: &Stage) -> Outcome {
    stage.manager.add_mount(&MountConfig::memory("parent"))?;
    stage.at("parent:sub/file").write("old").await?;
    stage.manager.add_mount(&MountConfig::relative("part", "parent:sub", "delete"))?;
    stage.manager.add_mount(&MountConfig::memory("parent"))?;
    equal(stage.at("part:file").read_text().await?, "old");
    yes(stage.manager.remove_mount("parent"));
    equal(stage.at("part:file").read_text().await?, "old");
    Ok(())
}

#[maybe_async]
async fn clones_of_a_manager_share_the_table(stage: &Stage) -> Outcome {
    let clone = stage.manager.clone();
    clone.add_mount(&MountConfig::memory("through-the-clone"))?;
    stage.at("through-the-clone:file").write("x").await?;
    equal(clone.node("through-the-clone:file")?.read_text().await?, "x");
    equal(clone.mount_names(), ["m", "through-the-clone"]);
    equal(stage.manager.mounts().len(), 2);
    equal(stage.manager.mounts()[1].name(), "through-the-clone");
    Ok(())
}

#[maybe_async]
async fn mounts_come_and_go_while_nodes_are_made(stage: &Stage) -> Outcome {
    stage.manager.add_mount(&MountConfig::memory("busy").option("shared", "busy store"))?;
    let keeper = stage.at("busy:file");
    keeper.write("content").await?;
    let ends = rt::together(4, |number| {
        let manager = stage.manager.clone();
        async move { if number == 0 { change(&manager).await } else { look(&manager).await } }
    })
    .await;
    ends.into_iter().collect()
}

#[maybe_async]
async fn change(manager: &StorageManager) -> Outcome {
    for round in 0..200 {
        manager.add_mount(&MountConfig::memory(format!("extra{round}")))?;
        manager.add_mount(&MountConfig::memory("busy").option("shared", "busy store"))?;
        yes(manager.remove_mount(&format!("extra{round}")));
        rt::pause().await;
    }
    Ok(())
}

#[maybe_async]
async fn look(manager: &StorageManager) -> Outcome {
    for _ in 0..400 {
        equal(manager.node("busy:file")?.read_text().await?, "content");
        yes(manager.mount_names().len() <= 3);
        rt::pause().await;
    }
    Ok(())
}

#[maybe_async]
async fn two_memory_mounts_are_separate(stage: &Stage) -> Outcome {
    stage.manager.add_mount(&MountConfig::memory("one"))?;
    stage.manager.add_mount(&MountConfig::memory("two"))?;
    stage.at("one:file").write("of one").await?;
    no(stage.at("two:file").exists().await?);
    stage.at("two:file").write("of two").await?;
    equal(stage.at("one:file").read_text().await?, "of one");
    Ok(())
}

#[maybe_async]
async fn memory_mounts_share_a_store_by_its_name(stage: &Stage) -> Outcome {
    let shared = |name: &str, store: &str| MountConfig::memory(name).option("shared", store);
    stage.manager.add_mount(&shared("one", "store of this trial"))?;
    stage.manager.add_mount(&shared("two", "store of this trial"))?;
    stage.manager.add_mount(&shared("other", "another store of this trial"))?;
    stage.at("one:file").write("shared").await?;
    equal(stage.at("two:file").read_text().await?, "shared");
    no(stage.at("other:file").exists().await?);

    let elsewhere = StorageManager::new();
    elsewhere.add_mount(&shared("three", "store of this trial"))?;
    equal(elsewhere.node("three:file")?.read_text().await?, "shared");

    // Two names of one file: neither a copy nor a move may lose it.
    stage.at("one:file").copy_to(&stage.at("two:file")).await?;
    equal(stage.at("two:file").read_text().await?, "shared");
    stage.at("one:file").move_to(&stage.at("two:file")).await?;
    equal(stage.at("one:file").read_text().await?, "shared");
    stage.at("one:tree/file").write("x").await?;
    refused(stage.at("one:tree").copy_to(&stage.at("two:tree/inside")).await, ErrorKind::InvalidInput);
    stage.at("one:tree").move_to(&stage.at("two:tree")).await?;
    equal(stage.at("one:tree/file").read_text().await?, "x");
    Ok(())
}

#[maybe_async]
async fn a_shared_store_has_one_way_to_keep_versions(stage: &Stage) -> Outcome {
    let shared = MountConfig::memory("one").option("shared", "store with one way");
    stage.manager.add_mount(&shared)?;
    let other = MountConfig::memory("two").option("shared", "store with one way").option("versioned", true);
    let error = refused(stage.manager.add_mount(&other), ErrorKind::Config);
    mentions(&error, &["two", "versioned"]);
    no(stage.manager.has_mount("two"));
    Ok(())
}

#[maybe_async]
async fn a_backend_of_the_program_is_a_mount(stage: &Stage) -> Outcome {
    let backend = Arc::new(MemoryBackend::new());
    stage.manager.add_backend("one", backend.clone())?;
    stage.manager.add_backend("two", backend)?;
    stage.at("one:file").write("x").await?;
    equal(stage.at("two:file").read_text().await?, "x");
    Ok(())
}

#[maybe_async]
async fn a_bad_mount_name_is_refused(stage: &Stage) -> Outcome {
    for name in ["", "a b", "a:b", "a/b", "ä", "a\0b", "a\n"] {
        let error =
            refused(stage.manager.add_backend(name, Arc::new(MemoryBackend::new())), ErrorKind::Config);
        mentions(&error, &["A-Z a-z 0-9 _ . -"]);
        refused(stage.manager.add_mount(&MountConfig::memory(name)), ErrorKind::Config);
    }
    for name in ["a", "A-1", "x.y_z", "9", "-", ".", "_"] {
        stage.manager.add_mount(&MountConfig::memory(name))?;
        stage.at(&format!("{name}:file")).write("x").await?;
    }
    equal(stage.manager.mount_names().len(), 8);
    Ok(())
}
