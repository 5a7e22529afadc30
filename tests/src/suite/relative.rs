//! Mounts of a part of another mount, with fewer rights.
//!
//! Every behaviour stands on the mount under test, so the suite tries relative mounts over each backend.

use std::os::unix::fs::symlink;

use storage::types::{
    Access, CopyOptions, CreateDirOptions, DeleteOptions, ErrorKind, Operation, PresignMethod,
    PresignOptions, SymlinkPolicy, WriteOptions,
};

use super::api::StorageNode;
use super::maybe_async;
use super::stage::Stage;
use crate::support::checks::{equal, mentions, no, refused, refused_as_one_of, yes};
use crate::support::outcome::{Failure, Outcome};

behaviours! {
    a_relative_mount_shows_a_part_of_its_parent;
    a_relative_mount_cannot_leave_its_part;
    a_relative_mount_of_nothing_yet_is_empty if [list];
    a_link_never_leads_out_of_a_relative_mount if [symlinks, local_path, list];
    a_link_that_stays_in_a_relative_mount_is_followed if [symlinks, local_path];
    nothing_is_copied_over_a_link_out_of_a_relative_mount if [symlinks, local_path, list];
    a_nested_relative_mount_is_a_wall_of_its_own if [symlinks, local_path];
    relative_mounts_nest;
    a_child_never_exceeds_its_parent;
    capabilities_show_what_is_left;
    readonly_allows_to_read;
    readonly_refuses_every_way_to_write;
    readonly_refuses_to_be_copied_into if [list];
    readonly_refuses_to_be_moved_out_of;
    readwrite_allows_to_write;
    readwrite_refuses_to_delete;
    readwrite_refuses_to_be_moved_out_of if [list];
    delete_allows_everything if [delete];
    the_root_of_a_relative_mount_is_not_deleted if [delete];
    the_root_of_a_relative_mount_is_not_overwritten;
    errors_name_the_relative_mount_and_path;
    nodes_of_parent_and_child_are_different_nodes_of_one_content;
}

/// The folder `sub` with two files in it, as a mount with these permissions.
#[maybe_async]
async fn part(stage: &Stage, permissions: &str) -> storage::Result<StorageNode> {
    stage.file("sub/file", "content").await?;
    stage.file("sub/deep/er", "deep").await?;
    stage.file("outside", "kept").await?;
    stage.relative("part", "sub", permissions)
}

/// Nothing of what [`part`] made is changed, and nothing was added.
#[maybe_async]
async fn untouched(stage: &Stage) -> Outcome {
    equal(stage.node("sub/file").read_text().await?, "content");
    equal(stage.node("sub/deep/er").read_text().await?, "deep");
    equal(stage.node("outside").read_text().await?, "kept");
    if stage.capabilities().list {
        let listed = stage.node("sub").list().await?;
        equal(listed.iter().map(|entry| entry.node.name()).collect::<Vec<_>>(), ["deep", "file"]);
    }
    Ok(())
}

#[maybe_async]
async fn a_relative_mount_shows_a_part_of_its_parent(stage: &Stage) -> Outcome {
    let root = part(stage, "delete").await?;
    equal(root.child("file")?.read_text().await?, "content");
    equal(root.child("deep/er")?.read_text().await?, "deep");
    yes(root.child("deep")?.is_dir().await?);
    yes(root.is_dir().await?);
    no(root.child("outside")?.exists().await?);
    root.child("new")?.write("through the part").await?;
    equal(stage.node("sub/new").read_text().await?, "through the part");
    stage.file("sub/newer", "through the parent").await?;
    equal(root.child("newer")?.read_text().await?, "through the parent");
    if stage.capabilities().list {
        let listed = root.list().await?;
        let listed: Vec<String> = listed.iter().map(|entry| entry.node.to_string()).collect();
        equal(listed, ["part:deep", "part:file", "part:new", "part:newer"]);
        let deep = root.child("deep")?.list().await?;
        equal(deep[0].node.to_string(), "part:deep/er");
    }
    Ok(())
}

#[maybe_async]
async fn a_relative_mount_cannot_leave_its_part(stage: &Stage) -> Outcome {
    part(stage, "delete").await?;
    for address in ["part:../outside", "part:deep/../../outside", "part:.."] {
        refused(stage.manager.node(address), ErrorKind::InvalidInput);
    }
    refused(stage.relative("bad", "sub/../..", "delete"), ErrorKind::Config);
    equal(stage.at("part").parent(), stage.at("part"));
    no(stage.manager.has_mount("bad"));
    Ok(())
}

#[maybe_async]
async fn a_relative_mount_of_nothing_yet_is_empty(stage: &Stage) -> Outcome {
    let root = stage.relative("part", "not/there/yet", "delete")?;
    yes(root.is_dir().await?);
    equal(root.list().await?.len(), 0);
    no(root.child("file")?.exists().await?);
    root.child("file")?.write("x").await?;
    equal(stage.node("not/there/yet/file").read_text().await?, "x");
    Ok(())
}

/// Two neighbours, and links from the first into the second: mount `a` of the first, with all rights.
#[maybe_async]
async fn neighbours(stage: &Stage) -> Result<StorageNode, Failure> {
    stage.file("tenants/a/file", "own").await?;
    stage.file("tenants/b/secret", "secret").await?;
    let folder = stage.folder().await?;
    symlink("../b", folder.join("tenants/a/out"))?;
    symlink("../b/secret", folder.join("tenants/a/leak"))?;
    symlink("../b/planted", folder.join("tenants/a/nowhere"))?;
    Ok(stage.relative("a", "tenants/a", "delete")?)
}

/// The neighbour has what it had.
#[maybe_async]
async fn unharmed(stage: &Stage) -> Outcome {
    equal(stage.node("tenants/b/secret").read_text().await?, "secret");
    let listed = stage.node("tenants/b").list().await?;
    equal(listed.iter().map(|entry| entry.node.name()).collect::<Vec<_>>(), ["secret"]);
    Ok(())
}

const WALLS: [ErrorKind; 2] = [ErrorKind::PermissionDenied, ErrorKind::NotFound];

#[maybe_async]
async fn a_link_never_leads_out_of_a_relative_mount(stage: &Stage) -> Outcome {
    let a = neighbours(stage).await?;
    let readonly = stage.relative("look", "tenants/a", "readonly")?;
    for root in [&a, &readonly] {
        for path in ["out/secret", "leak"] {
            let node = root.child(path)?;
            refused_as_one_of(node.read().await, &WALLS);
            refused_as_one_of(node.reader().await, &WALLS);
            refused_as_one_of(node.stat().await, &WALLS);
            refused_as_one_of(node.metadata().await, &WALLS);
            refused_as_one_of(node.local_path(Access::Read).await, &WALLS);
            refused_as_one_of(node.copy_to(&stage.node("stolen")).await, &WALLS);
        }
        refused_as_one_of(root.child("out")?.list().await, &WALLS);
        equal(root.child("file")?.read_text().await?, "own");
    }
    for path in ["out/planted", "out/secret", "out/new/planted"] {
        let node = a.child(path)?;
        refused_as_one_of(node.write("x").await, &WALLS);
        refused_as_one_of(node.writer().await, &WALLS);
        refused_as_one_of(node.append("x").await, &WALLS);
        refused_as_one_of(node.create_dir_all().await, &WALLS);
        refused_as_one_of(node.native_path(Access::Write).await, &WALLS);
        let _ = node.delete_with(&DeleteOptions::recursive()).await;
        unharmed(stage).await?;
    }
    // Nor does what a program would write through a link that leads nowhere.
    refused_as_one_of(a.child("nowhere")?.native_path(Access::Write).await, &WALLS);
    refused_as_one_of(a.child("leak")?.append("x").await, &WALLS);
    no(stage.node("stolen").exists().await?);
    // The mount around both still has the way.
    equal(stage.node("tenants/a/out/secret").read_text().await?, "secret");
    unharmed(stage).await
}

#[maybe_async]
async fn a_link_that_stays_in_a_relative_mount_is_followed(stage: &Stage) -> Outcome {
    stage.file("tenants/a/deep/file", "own").await?;
    let folder = stage.folder().await?;
    symlink("deep", folder.join("tenants/a/in"))?;
    symlink("../deep/file", folder.join("tenants/a/deep/self"))?;
    symlink("a", folder.join("tenants/alias"))?;
    for base in ["tenants/a", "tenants/alias"] {
        let root = stage.relative(&base.replace('/', "-"), base, "delete")?;
        equal(root.child("in/file")?.read_text().await?, "own");
        equal(root.child("deep/self")?.read_text().await?, "own");
        root.child("in/new")?.write("x").await?;
        equal(stage.node("tenants/a/deep/new").read_text().await?, "x");
    }
    Ok(())
}

#[maybe_async]
async fn nothing_is_copied_over_a_link_out_of_a_relative_mount(stage: &Stage) -> Outcome {
    let a = neighbours(stage).await?;
    stage.file("source/out/planted", "x").await?;
    // A link in the way of a tree is refused or replaced, and what it leads to stays.
    let _ = stage.node("source").copy_to(&a).await;
    let _ = stage.node("source/out/planted").copy_to(&a.child("out/planted")?).await;
    let _ = stage.node("source/out/planted").move_to(&a.child("out/planted")?).await;
    unharmed(stage).await?;
    let follow = CopyOptions::new().symlinks(SymlinkPolicy::Follow);
    let _ = a.copy_to_with(&stage.node("copied"), &follow).await;
    no(stage.node("copied/leak").exists().await?);
    no(stage.node("copied/out/secret").exists().await?);
    unharmed(stage).await
}

#[maybe_async]
async fn a_nested_relative_mount_is_a_wall_of_its_own(stage: &Stage) -> Outcome {
    stage.file("a/b/file", "own").await?;
    stage.file("a/other", "secret").await?;
    let folder = stage.folder().await?;
    symlink("../other", folder.join("a/b/out"))?;
    stage.relative("outer", "a", "delete")?;
    stage.manager.add_mount(&storage::MountConfig::relative("inner", "outer:b", "delete"))?;
    equal(stage.at("inner:file").read_text().await?, "own");
    equal(stage.at("outer:b/out").read_text().await?, "secret");
    refused_as_one_of(stage.at("inner:out").read().await, &WALLS);
    Ok(())
}

#[maybe_async]
async fn relative_mounts_nest(stage: &Stage) -> Outcome {
    stage.file("a/b/c/file", "nested").await?;
    stage.relative("outer", "a", "delete")?;
    stage.manager.add_mount(&storage::MountConfig::relative("middle", "outer:b", "delete"))?;
    stage.manager.add_mount(&storage::MountConfig::relative("inner", "middle:c", "delete"))?;
    equal(stage.at("inner:file").read_text().await?, "nested");
    stage.at("inner:new").write("x").await?;
    equal(stage.node("a/b/c/new").read_text().await?, "x");
    Ok(())
}

#[maybe_async]
async fn a_child_never_exceeds_its_parent(stage: &Stage) -> Outcome {
    stage.file("a/b/file", "content").await?;
    stage.relative("outer", "a", "readonly")?;
    stage.manager.add_mount(&storage::MountConfig::relative("inner", "outer:b", "delete"))?;
    let node = stage.at("inner:file");
    equal(node.read_text().await?, "content");
    refused(node.write("x").await, ErrorKind::PermissionDenied);
    refused(node.delete().await, ErrorKind::PermissionDenied);
    refused(node.create_dir().await, ErrorKind::PermissionDenied);
    let can = node.capabilities();
    no(can.write || can.delete || can.append || can.rename || can.server_side_copy);
    equal(node.read_text().await?, "content");
    Ok(())
}

#[maybe_async]
async fn capabilities_show_what_is_left(stage: &Stage) -> Outcome {
    let all = stage.capabilities();
    let readonly = stage.relative("readonly", "", "readonly")?.capabilities();
    yes(readonly.read);
    equal(readonly.list, all.list);
    no(readonly.write
        || readonly.delete
        || readonly.append
        || readonly.create_only
        || readonly.compare_and_set);
    no(readonly.rename || readonly.server_side_copy || readonly.set_modified);

    let readwrite = stage.relative("readwrite", "", "readwrite")?.capabilities();
    yes(readwrite.write);
    equal((readwrite.append, readwrite.create_only), (all.append, all.create_only));
    no(readwrite.delete || readwrite.rename);

    let everything = stage.relative("everything", "", "delete")?.capabilities();
    equal(everything, all);
    equal((all.server_side_copy, all.local_path), (everything.server_side_copy, everything.local_path));
    Ok(())
}

#[maybe_async]
async fn readonly_allows_to_read(stage: &Stage) -> Outcome {
    let root = part(stage, "readonly").await?;
    let file = root.child("file")?;
    equal(file.read_text().await?, "content");
    equal(file.size().await?, 7);
    equal(file.read_range(1..3).await?, "on");
    let mut reader = file.reader().await?;
    equal(reader.read_all().await?, "content");
    equal(file.md5().await?, stage.node("sub/file").md5().await?);
    let copy = stage.memory().await?.child("copy")?;
    file.copy_to(&copy).await?;
    equal(copy.read_text().await?, "content");
    untouched(stage).await
}

#[maybe_async]
async fn readonly_refuses_every_way_to_write(stage: &Stage) -> Outcome {
    let root = part(stage, "readonly").await?;
    for path in ["file", "new", "new/deep"] {
        let node = root.child(path)?;
        let error = refused(node.write("x").await, ErrorKind::PermissionDenied);
        mentions(&error, &["readonly", "part"]);
        refused(node.write_text("x").await, ErrorKind::PermissionDenied);
        refused(node.store("x").await, ErrorKind::PermissionDenied);
        refused(
            node.write_with("x", &WriteOptions::new().content_type("a/b")).await,
            ErrorKind::PermissionDenied,
        );
        refused(node.write_with("x", &WriteOptions::new().create_only()).await, ErrorKind::PermissionDenied);
        refused(node.write_with("x", &WriteOptions::new().if_match("e")).await, ErrorKind::PermissionDenied);
        refused(node.write_if_changed("x").await, ErrorKind::PermissionDenied);
        refused(node.writer().await, ErrorKind::PermissionDenied);
        refused(node.append("x").await, ErrorKind::PermissionDenied);
        refused(node.set_metadata(&WriteOptions::new().user("a", "b")).await, ErrorKind::PermissionDenied);
        refused_as_one_of(
            node.set_tags(&[("a".to_owned(), "b".to_owned())].into()).await,
            &[ErrorKind::PermissionDenied, ErrorKind::Unsupported],
        );
        refused(node.create_dir().await, ErrorKind::PermissionDenied);
        refused(
            node.create_dir_with(&CreateDirOptions::new().parents(true)).await,
            ErrorKind::PermissionDenied,
        );
        refused(node.delete().await, ErrorKind::PermissionDenied);
        refused(node.delete_with(&DeleteOptions::recursive()).await, ErrorKind::PermissionDenied);
        for access in [Access::Write, Access::ReadWrite] {
            refused_as_one_of(
                node.native_path(access).await,
                &[ErrorKind::PermissionDenied, ErrorKind::Unsupported],
            );
        }
        let put = PresignOptions::new().method(PresignMethod::Put);
        refused_as_one_of(node.url_with(&put).await, &[ErrorKind::PermissionDenied, ErrorKind::Unsupported]);
    }
    untouched(stage).await
}

#[maybe_async]
async fn readonly_refuses_to_be_copied_into(stage: &Stage) -> Outcome {
    let root = part(stage, "readonly").await?;
    let destination = root.child("new")?;
    let memory = stage.memory().await?;
    memory.child("file")?.write("from elsewhere").await?;
    memory.child("tree/file")?.write("from elsewhere").await?;
    let sources = [
        stage.node("outside"),
        stage.node("sub/deep"),
        memory.child("file")?,
        memory.child("tree")?,
        root.child("file")?,
    ];
    for source in sources {
        refused(source.copy_to(&destination).await, ErrorKind::PermissionDenied);
        refused(source.move_to(&destination).await, ErrorKind::PermissionDenied);
        refused(
            source.copy_to_with(&destination, &CopyOptions::new().preserve(true)).await,
            ErrorKind::PermissionDenied,
        );
        yes(source.exists().await?);
    }
    no(destination.exists().await?);
    equal(memory.child("tree/file")?.read_text().await?, "from elsewhere");
    untouched(stage).await
}

#[maybe_async]
async fn readonly_refuses_to_be_moved_out_of(stage: &Stage) -> Outcome {
    let root = part(stage, "readonly").await?;
    let memory = stage.memory().await?;
    for destination in [stage.node("moved"), memory.child("moved")?] {
        for path in ["file", "deep"] {
            refused(root.child(path)?.move_to(&destination).await, ErrorKind::PermissionDenied);
            no(destination.exists().await?);
        }
    }
    untouched(stage).await
}

#[maybe_async]
async fn readwrite_allows_to_write(stage: &Stage) -> Outcome {
    let root = part(stage, "readwrite").await?;
    root.child("file")?.write("changed").await?;
    root.child("new/file")?.write("new").await?;
    let mut writer = root.child("streamed")?.writer().await?;
    writer.write("streamed").await?;
    writer.finish().await?;
    stage.node("outside").copy_to(&root.child("copied")?).await?;
    equal(stage.node("sub/file").read_text().await?, "changed");
    equal(stage.node("sub/new/file").read_text().await?, "new");
    equal(stage.node("sub/streamed").read_text().await?, "streamed");
    equal(stage.node("sub/copied").read_text().await?, "kept");
    let can = stage.capabilities();
    if can.directories || can.folder_markers {
        root.child("folder")?.create_dir().await?;
        yes(stage.node("sub/folder").is_dir().await?);
    }
    Ok(())
}

#[maybe_async]
async fn readwrite_refuses_to_delete(stage: &Stage) -> Outcome {
    let root = part(stage, "readwrite").await?;
    let error = refused(root.child("file")?.delete().await, ErrorKind::PermissionDenied);
    mentions(&error, &["readwrite", "delete"]);
    equal(error.operation(), Some(Operation::Delete));
    refused(root.child("deep")?.delete_with(&DeleteOptions::recursive()).await, ErrorKind::PermissionDenied);
    refused(root.child("deep")?.delete_with(&DeleteOptions::empty_dir()).await, ErrorKind::PermissionDenied);
    refused(root.child("missing")?.delete().await, ErrorKind::PermissionDenied);
    let paths = [root.child("file")?.path().clone()];
    refused(root.backend().delete_many(&paths).await, ErrorKind::PermissionDenied);
    untouched(stage).await
}

#[maybe_async]
async fn readwrite_refuses_to_be_moved_out_of(stage: &Stage) -> Outcome {
    let root = part(stage, "readwrite").await?;
    let memory = stage.memory().await?;
    for destination in [stage.node("moved"), memory.child("moved")?, root.child("renamed")?] {
        for path in ["file", "deep"] {
            refused(root.child(path)?.move_to(&destination).await, ErrorKind::PermissionDenied);
            let options = CopyOptions::new().exclude("nothing*");
            refused(
                root.child(path)?.move_to_with(&destination, &options).await,
                ErrorKind::PermissionDenied,
            );
            no(destination.exists().await?);
        }
    }
    untouched(stage).await
}

#[maybe_async]
async fn delete_allows_everything(stage: &Stage) -> Outcome {
    let root = part(stage, "delete").await?;
    root.child("file")?.move_to(&root.child("renamed")?).await?;
    equal(stage.node("sub/renamed").read_text().await?, "content");
    no(stage.node("sub/file").exists().await?);
    root.child("renamed")?.move_to(&stage.node("out")).await?;
    equal(stage.node("out").read_text().await?, "content");
    root.child("deep")?.delete_with(&DeleteOptions::recursive()).await?;
    no(stage.node("sub/deep").exists().await?);
    Ok(())
}

#[maybe_async]
async fn the_root_of_a_relative_mount_is_not_deleted(stage: &Stage) -> Outcome {
    let root = part(stage, "delete").await?;
    for options in [DeleteOptions::new(), DeleteOptions::recursive()] {
        refused(root.delete_with(&options).await, ErrorKind::InvalidInput);
        refused(stage.at("part:/").delete_with(&options).await, ErrorKind::InvalidInput);
    }
    refused(root.move_to(&stage.node("moved")).await, ErrorKind::InvalidInput);
    untouched(stage).await
}

#[maybe_async]
async fn the_root_of_a_relative_mount_is_not_overwritten(stage: &Stage) -> Outcome {
    let root = part(stage, "delete").await?;
    refused(root.write("x").await, ErrorKind::IsADirectory);
    refused(root.writer().await, ErrorKind::IsADirectory);
    refused(root.append("x").await, ErrorKind::IsADirectory);
    refused(stage.node("outside").copy_to(&root).await, ErrorKind::IsADirectory);
    let of_a_missing_folder = stage.relative("missing", "no/such", "delete")?;
    refused(of_a_missing_folder.write("x").await, ErrorKind::IsADirectory);
    refused(stage.node("outside").copy_to(&of_a_missing_folder).await, ErrorKind::IsADirectory);
    untouched(stage).await
}

#[maybe_async]
async fn errors_name_the_relative_mount_and_path(stage: &Stage) -> Outcome {
    let root = part(stage, "delete").await?;
    let error = refused(root.child("missing/file")?.read().await, ErrorKind::NotFound);
    equal((error.mount(), error.path()), (Some("part"), Some("missing/file")));
    mentions(&error, &["`part:missing/file`"]);
    no(error.to_string().contains("sub"));
    Ok(())
}

#[maybe_async]
async fn nodes_of_parent_and_child_are_different_nodes_of_one_content(stage: &Stage) -> Outcome {
    let root = part(stage, "delete").await?;
    let (through_the_part, through_the_parent) = (root.child("file")?, stage.node("sub/file"));
    crate::support::checks::different(&through_the_part, &through_the_parent);
    yes(through_the_part.same_content(&through_the_parent).await?);
    through_the_part.copy_to(&through_the_parent).await?;
    equal(through_the_parent.read_text().await?, "content");
    if stage.capabilities().delete {
        through_the_part.move_to(&through_the_parent).await?;
        equal(through_the_parent.read_text().await?, "content");
        through_the_parent.move_to(&through_the_part).await?;
        equal(through_the_part.read_text().await?, "content");
    }
    Ok(())
}
