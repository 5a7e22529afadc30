//! What only mounts of this machine's folders have: roots that move, URLs, durability, what is kept beside content.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use storage::types::{
    CreateDirOptions, Durability, Error, ErrorKind, MountConfig, PresignMethod, PresignOptions, WriteOptions,
};

use super::api::{LocalBackend, LocalRoot};
use super::maybe_async;
use super::stage::Stage;
use crate::support::checks::{different, equal, mentions, no, refused, refused_as_one_of, yes};
use crate::support::disk;
use crate::support::outcome::{Failure, Outcome};

behaviours! {
    a_url_is_the_base_and_the_encoded_path;
    a_url_for_writing_is_unsupported;
    a_dynamic_root_is_asked_for_each_operation;
    a_dynamic_root_may_fail;
    a_dynamic_root_is_confined;
    a_switched_root_is_chosen_by_the_first_segment;
    a_switched_root_is_confined;
    a_root_is_made_on_the_first_write_when_asked_to;
    a_root_is_not_made_unless_asked_to;
    a_root_that_is_a_file_is_refused;
    every_durability_keeps_the_content;
    the_content_type_is_where_others_find_it if [user_metadata];
    a_copy_is_another_file;
    reserved_names_are_refused_and_not_listed;
    the_root_of_the_machine_can_be_a_mount;
    a_new_file_has_the_mode_that_the_umask_leaves;
    a_name_differing_in_case_is_another_name;
}

#[maybe_async]
async fn served(stage: &Stage, base_url: &str) -> Result<tempfile::TempDir, Failure> {
    let folder = tempfile::tempdir()?;
    stage.manager.add_mount(&MountConfig::local("served", folder.path()).option("base_url", base_url))?;
    Ok(folder)
}

#[maybe_async]
async fn a_url_is_the_base_and_the_encoded_path(stage: &Stage) -> Outcome {
    let cases = [
        ("a/b.txt", "a/b.txt"),
        ("two words/100%.txt", "two%20words/100%25.txt"),
        ("é?#&+=;:@", "%C3%A9%3F%23%26%2B%3D%3B%3A%40"),
        ("~user/x-y_z.tar", "~user/x-y_z.tar"),
        ("\u{1f980}", "%F0%9F%A6%80"),
        ("%2e%2e/x", "%252e%252e/x"),
        ("<a>\"b\"", "%3Ca%3E%22b%22"),
    ];
    for base in ["https://files.example/pub", "https://files.example/pub/"] {
        let _folder = served(stage, base).await?;
        yes(stage.at("served").capabilities().url);
        for (path, encoded) in cases {
            let url = stage.at("served").child(path)?.url().await?;
            equal(url, format!("https://files.example/pub/{encoded}"));
        }
    }
    Ok(())
}

#[maybe_async]
async fn a_url_for_writing_is_unsupported(stage: &Stage) -> Outcome {
    let _folder = served(stage, "https://files.example/pub").await?;
    let put = PresignOptions::new().method(PresignMethod::Put);
    refused(stage.at("served:a").url_with(&put).await, ErrorKind::Unsupported);
    mentions(refused(stage.node("a").url().await, ErrorKind::Unsupported), &["base_url"]);
    Ok(())
}

/// Two folders, and a root that names the one that was chosen last.
struct Choice {
    folders: [tempfile::TempDir; 2],
    chosen: Arc<Mutex<Option<usize>>>,
}

impl Choice {
    fn new(stage: &Stage, name: &str) -> Result<Self, Failure> {
        let folders = [tempfile::tempdir()?, tempfile::tempdir()?];
        let chosen = Arc::new(Mutex::new(Some(0)));
        let paths: [PathBuf; 2] = [folders[0].path().to_path_buf(), folders[1].path().to_path_buf()];
        let which = chosen.clone();
        let root = LocalRoot::dynamic(move || {
            let which: Option<usize> = *which.lock().unwrap_or_else(PoisonError::into_inner);
            let nobody = || Error::new(ErrorKind::Unauthenticated, "nobody is logged in");
            which.and_then(|at| paths.get(at)).cloned().ok_or_else(nobody)
        });
        stage.manager.add_backend(name, Arc::new(LocalBackend::new(root)))?;
        Ok(Self { folders, chosen })
    }

    fn choose(&self, at: Option<usize>) {
        *self.chosen.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    fn content(&self, at: usize, path: &str) -> Option<String> {
        fs::read_to_string(self.folders[at].path().join(path)).ok()
    }
}

#[maybe_async]
async fn a_dynamic_root_is_asked_for_each_operation(stage: &Stage) -> Outcome {
    let choice = Choice::new(stage, "home")?;
    let node = stage.at("home:folder/file");
    node.write("of the first").await?;
    choice.choose(Some(1));
    no(node.exists().await?);
    node.write("of the second").await?;
    equal(node.parent().list().await?.len(), 1);
    choice.choose(Some(0));
    equal(node.read_text().await?, "of the first");
    equal(choice.content(0, "folder/file").as_deref(), Some("of the first"));
    equal(choice.content(1, "folder/file").as_deref(), Some("of the second"));
    node.delete().await?;
    equal(choice.content(0, "folder/file"), None);
    equal(choice.content(1, "folder/file").as_deref(), Some("of the second"));
    Ok(())
}

#[maybe_async]
async fn a_dynamic_root_may_fail(stage: &Stage) -> Outcome {
    let choice = Choice::new(stage, "home")?;
    let node = stage.at("home:file");
    choice.choose(None);
    mentions(refused(node.read().await, ErrorKind::Unauthenticated), &["nobody is logged in", "home:file"]);
    refused(node.write("x").await, ErrorKind::Unauthenticated);
    refused(node.delete().await, ErrorKind::Unauthenticated);
    refused(stage.at("home").list().await, ErrorKind::Unauthenticated);
    choice.choose(Some(0));
    node.write("x").await?;
    Ok(())
}

#[maybe_async]
async fn a_dynamic_root_is_confined(stage: &Stage) -> Outcome {
    let choice = Choice::new(stage, "home")?;
    let outside = tempfile::tempdir()?;
    fs::write(outside.path().join("secret"), "secret")?;
    symlink(outside.path(), choice.folders[0].path().join("out"))?;
    refused(stage.manager.node("home:../x"), ErrorKind::InvalidInput);
    let walls = [ErrorKind::PermissionDenied, ErrorKind::NotFound];
    refused_as_one_of(stage.at("home:out/secret").read().await, &walls);
    refused_as_one_of(stage.at("home:out/new").write("x").await, &walls);
    equal(disk::everything_below(outside.path())?, ["secret"]);
    Ok(())
}

#[maybe_async]
async fn switched(stage: &Stage) -> Result<tempfile::TempDir, Failure> {
    let all = tempfile::tempdir()?;
    for user in ["ann", "bob"] {
        fs::create_dir(all.path().join(user))?;
    }
    let homes = all.path().to_path_buf();
    let root = LocalRoot::switched(move |user| match user {
        "ann" | "bob" => Ok(homes.join(user)),
        _ => Err(Error::new(ErrorKind::NotFound, format!("there is no user `{user}`"))),
    });
    stage.manager.add_backend("homes", Arc::new(LocalBackend::new(root)))?;
    Ok(all)
}

#[maybe_async]
async fn a_switched_root_is_chosen_by_the_first_segment(stage: &Stage) -> Outcome {
    let all = switched(stage).await?;
    stage.at("homes:ann/notes/a").write("of ann").await?;
    stage.at("homes:bob/notes/a").write("of bob").await?;
    equal(fs::read_to_string(all.path().join("ann/notes/a"))?, "of ann");
    equal(fs::read_to_string(all.path().join("bob/notes/a"))?, "of bob");
    equal(stage.at("homes:ann/notes/a").read_text().await?, "of ann");
    yes(stage.at("homes:bob").is_dir().await?);
    let listed = stage.at("homes:bob/notes").list().await?;
    equal(listed.iter().map(|entry| entry.node.to_string()).collect::<Vec<_>>(), ["homes:bob/notes/a"]);
    let listed = stage.at("homes:ann").list().await?;
    equal(listed.iter().map(|entry| entry.node.to_string()).collect::<Vec<_>>(), ["homes:ann/notes"]);
    mentions(refused(stage.at("homes:eve/x").read().await, ErrorKind::NotFound), &["no user `eve`"]);
    refused(stage.at("homes:eve/x").write("x").await, ErrorKind::NotFound);
    Ok(())
}

#[maybe_async]
async fn a_switched_root_is_confined(stage: &Stage) -> Outcome {
    let all = switched(stage).await?;
    stage.at("homes:bob/secret").write("of bob").await?;
    symlink("../bob", all.path().join("ann/bob"))?;
    refused(stage.manager.node("homes:ann/../bob/secret"), ErrorKind::InvalidInput);
    let walls = [ErrorKind::PermissionDenied, ErrorKind::NotFound];
    refused_as_one_of(stage.at("homes:ann/bob/secret").read().await, &walls);
    refused_as_one_of(stage.at("homes:ann/bob/secret").write("x").await, &walls);
    equal(fs::read_to_string(all.path().join("bob/secret"))?, "of bob");
    Ok(())
}

#[maybe_async]
async fn a_root_is_made_on_the_first_write_when_asked_to(stage: &Stage) -> Outcome {
    let parent = tempfile::tempdir()?;
    for way in ["write", "writer", "append", "create_dir", "copy"] {
        let folder = parent.path().join(way).join("deep/root");
        stage.manager.add_mount(&MountConfig::local("new", &folder).option("create", true))?;
        let root = stage.at("new");
        yes(root.is_dir().await?);
        equal(root.list().await?.len(), 0);
        no(root.child("file")?.exists().await?);
        root.child("file")?.delete().await?;
        no(folder.exists());

        let file = root.child("file")?;
        match way {
            "write" => drop(file.write("x").await?),
            "writer" => drop(file.writer().await?.finish().await?),
            "append" => drop(file.append("x").await?),
            "create_dir" => file.create_dir_with(&CreateDirOptions::new()).await?,
            _ => {
                let source = stage.file("source", "x").await?;
                drop(source.copy_to(&file).await?);
            }
        }
        yes(folder.join("file").exists());
        equal(root.list().await?.len(), 1);
    }
    Ok(())
}

#[maybe_async]
async fn a_root_is_not_made_unless_asked_to(stage: &Stage) -> Outcome {
    let parent = tempfile::tempdir()?;
    let folder = parent.path().join("missing");
    stage.manager.add_mount(&MountConfig::local("missing", &folder))?;
    let file = stage.at("missing:file");
    let error = refused(file.write("x").await, ErrorKind::NotFound);
    mentions(&error, &["root folder", "create: true"]);
    refused(file.read().await, ErrorKind::NotFound);
    refused(stage.at("missing").list().await, ErrorKind::NotFound);
    no(folder.exists());
    Ok(())
}

#[maybe_async]
async fn a_root_that_is_a_file_is_refused(stage: &Stage) -> Outcome {
    let parent = tempfile::tempdir()?;
    let path = parent.path().join("file");
    fs::write(&path, "kept")?;
    stage.manager.add_mount(&MountConfig::local("file", &path))?;
    refused(stage.at("file:x").read().await, ErrorKind::NotADirectory);
    refused(stage.at("file:x").write("x").await, ErrorKind::NotADirectory);
    refused(stage.at("file").list().await, ErrorKind::NotADirectory);
    equal(fs::read_to_string(path)?, "kept");
    Ok(())
}

#[maybe_async]
async fn every_durability_keeps_the_content(stage: &Stage) -> Outcome {
    for (name, durability) in
        [("full", Durability::Full), ("file", Durability::File), ("none", Durability::None)]
    {
        let folder = tempfile::tempdir()?;
        stage.manager.add_mount(&MountConfig::local("of-mount", folder.path()).option("durability", name))?;
        equal(stage.at("of-mount").backend().durability(), durability);
        stage.at("of-mount:a/file").write(name).await?;
        equal(fs::read_to_string(folder.path().join("a/file"))?, name);
        let of_call = stage.node(name);
        of_call.write_with(name, &WriteOptions::new().durability(durability)).await?;
        equal(of_call.read_text().await?, name);
    }
    Ok(())
}

#[maybe_async]
async fn the_content_type_is_where_others_find_it(stage: &Stage) -> Outcome {
    let node = stage.node("file");
    node.write_with("x", &WriteOptions::new().content_type("text/x-notes")).await?;
    // The freedesktop.org recommendation for extended attributes.
    let path = stage.folder().await?.join("file");
    let mut value = [0; 64];
    let length = rustix::fs::getxattr(&path, "user.mime_type", &mut value)?;
    equal(&value[..length], &b"text/x-notes"[..]);
    rustix::fs::setxattr(&path, "user.mime_type", b"image/png", rustix::fs::XattrFlags::empty())?;
    equal(node.metadata().await?.content_type.as_deref(), Some("image/png"));
    Ok(())
}

#[maybe_async]
async fn a_copy_is_another_file(stage: &Stage) -> Outcome {
    let folder = stage.folder().await?;
    for length in [0, 5, 300_000, 3_000_000] {
        let source = stage.file("source", vec![b'x'; length]).await?;
        source.copy_to(&stage.node("copy")).await?;
        let (one, other) = (fs::metadata(folder.join("source"))?, fs::metadata(folder.join("copy"))?);
        different(one.ino(), other.ino());
        equal((one.nlink(), other.nlink()), (1, 1));
        equal(other.len(), length as u64);
    }
    Ok(())
}

#[maybe_async]
async fn reserved_names_are_refused_and_not_listed(stage: &Stage) -> Outcome {
    let reserved = stage.node("folder/.storage-tmp~");
    refused(reserved.write("x").await, ErrorKind::InvalidInput);
    refused(reserved.create_dir_all().await, ErrorKind::InvalidInput);
    stage.file("folder/file", "x").await?;
    fs::write(stage.folder().await?.join("folder/.storage-tmp~"), "of a process that was killed")?;
    let listed = stage.node("folder").list().await?;
    equal(listed.iter().map(|entry| entry.node.name()).collect::<Vec<_>>(), ["file"]);
    no(reserved.exists().await?);

    let memory = stage.memory().await?;
    let report = stage.node("folder").copy_to(&memory).await?;
    equal((report.copied_count, report.skipped_count), (1, 0));
    stage.file("folder/file", "y").await?;
    equal(disk::everything_below(&stage.folder().await?)?, ["folder", "folder/file"]);
    Ok(())
}

#[maybe_async]
async fn the_root_of_the_machine_can_be_a_mount(stage: &Stage) -> Outcome {
    let folder = stage.folder().await?;
    stage.file("folder/file", "content").await?;
    stage.manager.add_mount(&MountConfig::local("machine", "/"))?;
    let here = folder.to_string_lossy().into_owned();
    equal(stage.at(&format!("machine:{here}/folder/file")).read_text().await?, "content");
    stage.at("machine").join([here.trim_start_matches('/'), "new"])?.write("x").await?;
    equal(stage.node("new").read_text().await?, "x");
    Ok(())
}

#[maybe_async]
async fn a_new_file_has_the_mode_that_the_umask_leaves(stage: &Stage) -> Outcome {
    let folder = stage.folder().await?;
    fs::write(folder.join("of std"), "x")?;
    let expected = disk::mode(&folder.join("of std"))?;
    stage.file("one shot", "x").await?;
    stage.node("at once").write_with("x", &WriteOptions::new().durability(Durability::None)).await?;
    stage.node("appended").append("x").await?;
    stage.node("streamed").writer().await?.finish().await?;
    for name in ["one shot", "at once", "appended", "streamed"] {
        equal(disk::mode(&folder.join(name))?, expected);
    }
    Ok(())
}

#[maybe_async]
async fn a_name_differing_in_case_is_another_name(stage: &Stage) -> Outcome {
    stage.file("Name", "upper").await?;
    stage.file("name", "lower").await?;
    equal(stage.node("Name").read_text().await?, "upper");
    equal(stage.root().list().await?.len(), 2);
    Ok(())
}
