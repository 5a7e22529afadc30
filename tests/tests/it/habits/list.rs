// The habits that both colours share.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use storage::{
    AzureConfig, GcsConfig, HttpConfig, S3Config,
    ByteRange, Bytes, CopyOptions, CreateDirOptions, DeleteOptions, Error, ErrorKind, ListOptions, Metadata, ReadOptions,
    Result, SyncOptions, WalkOptions, WriteOptions,
};

fn manager() -> Result<StorageManager> {
    let manager = StorageManager::new();
    manager.configure_json(r#"[{"name": "box", "type": "memory"}]"#)?;
    Ok(manager)
}

#[maybe_async]
async fn everything(storage: &StorageManager) -> Result<()> {
    names(storage)?;
    let node = storage.node("box:file")?;
    contents(&node).await?;
    ranges(&node).await?;
    options(storage).await?;
    listings(storage).await?;
    errors(storage).await?;
    configuration().await
}

fn names(storage: &StorageManager) -> Result<()> {
    let (mount, number) = (String::from("box"), 7);
    let node = storage.node("box:a/b")?;
    for same in [
        storage.node(format!("{mount}:a/b"))?,
        storage.node(format!("{mount}:a/b"))?,
        storage.node(node.to_string())?,
        storage.node_at("box", ["a", "b"])?,
        storage.node_at("box", ["a", "b"])?,
        storage.node_at(&mount, vec!["a".to_owned(), "b".to_owned()])?,
        storage.node("box:")?.join("a/b")?,
        storage.node("box:")?.join(["a", "b"])?,
        storage.node("box:")?.join(&["a".to_owned(), "b".to_owned()])?,
        storage.node("box:")?.join(String::from("a"))?.join("b")?,
        storage.node("box")?.child("a")?.child(String::from("b"))?,
        storage.node("box")?.child(node.path())?,
        node.child(format!("c{number}"))?.parent(),
        node.child(format!("c{number}"))?.parent(),
        node.child(Cow::from("c"))?.parent(),
    ] {
        assert_eq!(same, node);
    }
    Ok(())
}

#[maybe_async]
async fn contents(node: &StorageNode) -> Result<()> {
    let (text, bytes) = (String::from("abc"), b"abc".to_vec());
    node.write("abc").await?;
    node.write(&text).await?;
    node.write(text.as_str()).await?;
    node.write(text.clone()).await?;
    node.write(format!("{}{}", "ab", 'c')).await?;
    node.write(b"abc").await?;
    node.write(*b"abc").await?;
    node.write([97, 98, 99]).await?;
    node.write(&bytes).await?;
    node.write(&bytes[..]).await?;
    node.write(bytes.as_slice()).await?;
    node.write(bytes.clone()).await?;
    node.write(Bytes::from_static(b"abc")).await?;
    node.write(Bytes::from_static(b"abc")).await?;
    node.write(Cow::from("abc")).await?;
    node.write(String::from_utf8_lossy(&bytes)).await?;
    node.write(Cow::from(&bytes)).await?;
    node.write(text.clone().into_boxed_str()).await?;
    node.write(bytes.clone().into_boxed_slice()).await?;
    node.write(Arc::<str>::from("abc")).await?;
    node.write(Arc::<[u8]>::from(&bytes[..])).await?;
    node.write(node.read().await?).await?;
    node.write_with(&text, &WriteOptions::new().content_type("text/plain")).await?;
    let wrote: bool = node.write_if_changed(&text).await?;
    assert!(!wrote);
    let stored: StorageNode = node.store(&bytes).await?;
    assert_eq!(stored, *node);
    node.append(b"d").await?;
    node.append(&text).await?;
    node.update(|old| old.unwrap_or_default().to_ascii_uppercase()).await?;
    node.update(|old| format!("{}!", String::from_utf8_lossy(old.unwrap_or_default()))).await?;
    let mut writer = node.child("below")?.parent().writer().await?;
    writer.write("01").await?;
    writer.write(b"23").await?;
    writer.write(&text[..0]).await?;
    writer.write(&bytes[..0]).await?;
    writer.write(vec![52, 53]).await?;
    let written: Metadata = writer.finish().await?;
    assert_eq!(written.size, 6);
    node.write("0123456789").await?;
    let read: Bytes = node.read().await?;
    let vector: Vec<u8> = node.read().await?.to_vec();
    let owned: Vec<u8> = node.read().await?.into();
    let text: String = node.read_text().await?;
    assert!(read == text && vector == text.as_bytes() && owned == vector);
    Ok(())
}

fn same(read: impl AsRef<[u8]>, expected: &str) {
    assert_eq!(read.as_ref(), expected.as_bytes());
}

#[maybe_async]
async fn ranges(node: &StorageNode) -> Result<()> {
    let (length, half, small) = (10_usize, 5_u64, 5_u32);
    same(node.read_range(0..10).await?, "0123456789");
    same(node.read_range(0..=9).await?, "0123456789");
    same(node.read_range(5..).await?, "56789");
    same(node.read_range(..5).await?, "01234");
    same(node.read_range(..=4).await?, "01234");
    same(node.read_range(..).await?, "0123456789");
    same(node.read_range(0..length).await?, "0123456789");
    same(node.read_range(length - 1..).await?, "9");
    same(node.read_range(half..half + 1).await?, "5");
    same(node.read_range(half..=half).await?, "5");
    same(node.read_range(small..small + 1).await?, "5");
    same(node.read_range(ByteRange::Suffix(2)).await?, "89");
    same(node.read_with(&ReadOptions::new().range(2..=3)).await?, "23");
    let refused = node.read_range(-2..3).await;
    assert!(refused.is_err_and(|error| error.kind() == ErrorKind::InvalidInput));
    let (list, length) = (vec![0..2, 8..10], 10_u64);
    for parts in [
        node.read_ranges([0..2, 8..10]).await?,
        node.read_ranges(&[0..2, 8..10]).await?,
        node.read_ranges(&list).await?,
        node.read_ranges([0..=1, 8..=9]).await?,
        node.read_ranges([0..2, length - 2..length]).await?,
        node.read_ranges([ByteRange::from(..2), ByteRange::Suffix(2)]).await?,
    ] {
        assert_eq!(parts, ["01", "89"]);
    }
    Ok(())
}

#[maybe_async]
async fn options(storage: &StorageManager) -> Result<()> {
    let (tree, copy) = (storage.node("box:tree")?, storage.node("box:copy")?);
    tree.create_dir_with(&CreateDirOptions::new().parents(true).exist_ok(true)).await?;
    tree.child("x")?.write_with("x", &WriteOptions::new().user("key", "value").user(format!("k{}", 2), "v")).await?;
    tree.child("x")?.set_tags(&BTreeMap::new()).await.ok();
    tree.copy_to_with(&copy, &CopyOptions::new()).await?;
    tree.sync_to_with(&copy, &SyncOptions::new()).await?;
    let there = (copy.child("x")?.exists().await?, copy.child("y")?.exists().await?);
    assert_eq!(there, (true, false));
    copy.child("x")?.delete().await?;
    copy.child("x")?.delete().await?;
    copy.delete_many(["x", "y"]).await?;
    copy.delete_many(["x", "y"]).await?;
    copy.delete_many(vec![String::from("x")]).await?;
    copy.delete_with(&DeleteOptions::recursive()).await?;
    Ok(())
}

#[maybe_async]
async fn listings(storage: &StorageManager) -> Result<()> {
    let tree = storage.node("box:tree")?;
    let mut children: Children = tree.children().await?;
    let mut names = Vec::new();
    while let Some(entry) = children.next().await? {
        names.push(entry.node.name().to_owned());
    }
    let mut walk: Walk = tree.walk(&WalkOptions::new().glob("**/*")).await?;
    while let Some(entry) = walk.next().await? {
        names.push(entry.node.name().to_owned());
    }
    assert_eq!(names, ["x", "x"]);
    let page = tree.list_with(&ListOptions::new().prefix("x").start_after("w").limit(10)).await?;
    assert_eq!(page.len(), 1);
    Ok(())
}

#[maybe_async]
async fn errors(storage: &StorageManager) -> Result<()> {
    let read: Result<Bytes, Error> = storage.node("box:nothing")?.read().await;
    let Err(error) = read else { return Err(Error::invalid("nothing was read")) };
    let again = error.clone();
    assert_eq!(error.kind().to_string(), "not found");
    assert!(format!("{again:?}").starts_with("cannot read `box:nothing`: not found"), "{again:?}");
    let io: std::io::Error = again.into();
    assert_eq!(io.kind(), std::io::ErrorKind::NotFound);
    let boxed: Box<dyn std::error::Error + Send + Sync> = error.into();
    assert!(boxed.is::<Error>());
    Ok(())
}

#[maybe_async]
async fn configuration() -> Result<()> {
    let storage = StorageManager::new();
    storage.add_cloud("s3", S3Config::new("bucket").region("eu-central-1").endpoint("http://127.0.0.1:9").anonymous(true))?;
    storage.add_cloud("azure", AzureConfig::new("container").account("account").anonymous(true).part_size(4 << 20))?;
    storage.add_cloud("gcs", GcsConfig::new("bucket").anonymous(true).attempts(3).read_timeout(Duration::from_secs(9)))?;
    storage.add_cloud("web", HttpConfig::new("https://example.com").header("x-key", "value"))?;
    let refused = storage.add_cloud("bad", S3Config::new("x"));
    assert!(refused.is_err_and(|error| error.kind() == ErrorKind::Config && error.mount() == Some("bad")));
    let folder = tempfile::tempdir()?;
    for (name, text) in [
        ("a.yaml", "- {name: yaml, type: memory}"),
        ("a.json", r#"[{"name": "json", "type": "memory"}]"#),
        ("a.toml", "[mounts.toml]\ntype = \"memory\""),
    ] {
        std::fs::write(folder.path().join(name), text)?;
        storage.configure_file(folder.path().join(name)).await?;
    }
    assert_eq!(storage.mount_names(), ["azure", "gcs", "json", "s3", "toml", "web", "yaml"]);
    std::fs::write(folder.path().join("a.ini"), "")?;
    for (name, kind) in [("a.ini", ErrorKind::Config), ("none.yaml", ErrorKind::NotFound)] {
        let refused = storage.configure_file(folder.path().join(name)).await;
        assert!(refused.is_err_and(|error| error.kind() == kind && error.to_string().contains(name)));
    }
    Ok(())
}
