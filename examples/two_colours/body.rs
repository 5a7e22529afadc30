// The same function bodies for both colours: `main.rs` includes this file twice.

/// Writes three letters, copies them to another mount and reads them back.
#[maybe_async]
pub(crate) async fn letters(storage: &StorageManager) -> Result<String, Error> {
    let letters = storage.node("memory:letters")?;
    for (name, text) in [("a.txt", "alpha"), ("b.txt", "beta"), ("c.txt", "gamma")] {
        letters.child(name)?.write(text).await?;
    }

    let copy = storage.node("folder:copy")?;
    let report = letters.copy_to(&copy).await?;

    let mut lines = format!("{report}\n");
    let mut children = copy.children().await?;
    while let Some(entry) = children.next().await? {
        let text = entry.node.read_text().await?;
        lines += &format!("{}  {} bytes  {text}\n", entry.node, entry.metadata.size);
    }
    copy.delete_with(&DeleteOptions::recursive()).await?;
    Ok(lines)
}
