//! Unified diffs of two files.

use storage_types::{DiffOptions, Error, Operation, ReadOptions, Result, VersionSelector};

use super::hunks;
use crate::dual::node::StorageNode;
use crate::{maybe_async, rt};

#[maybe_async]
impl StorageNode {
    /// What has to be changed to get from this text to `other`, as a unified diff (POSIX `diff -u`) with both full paths
    /// in its header. Empty when both are equal.
    ///
    /// Both contents are held in memory. `patch` reads the result.
    ///
    /// # Errors
    ///
    /// `NotFound`; `IsADirectory`; `InvalidInput` when one of them is larger than 64 MiB or no text: not UTF-8, or with a
    /// NUL.
    pub async fn diff(&self, other: &StorageNode) -> Result<String> {
        self.diff_with(other, &DiffOptions::new()).await
    }

    /// As [`diff`](Self::diff), by options.
    ///
    /// # Errors
    ///
    /// As [`diff`](Self::diff), with the limit of the options.
    pub async fn diff_with(&self, other: &StorageNode, options: &DiffOptions) -> Result<String> {
        let newest = ReadOptions::new();
        let (old, new) = (text(self, &newest, options).await?, text(other, &newest, options).await?);
        unified(old, new, options, || (self.full_path(), other.full_path())).await
    }

    /// What has to be changed to get from one version of this text to another, as [`diff`](Self::diff) tells it. The header
    /// names both versions.
    ///
    /// # Errors
    ///
    /// As [`diff_with`](Self::diff_with) and [`version`](Self::version).
    pub async fn diff_versions(
        &self,
        old: &VersionSelector,
        new: &VersionSelector,
        options: &DiffOptions,
    ) -> Result<String> {
        let (old, new) = (self.version(old).await?.id, self.version(new).await?.id);
        let read = |id: &str| ReadOptions::new().version(id);
        let texts = (text(self, &read(&old), options).await?, text(self, &read(&new), options).await?);
        let named = |id: &str| format!("{self} (version {id})");
        unified(texts.0, texts.1, options, || (named(&old), named(&new))).await
    }
}

/// The work of a processor for a while: not on the threads of a runtime.
#[maybe_async]
async fn unified(
    old: String,
    new: String,
    options: &DiffOptions,
    names: impl FnOnce() -> (String, String) + Send,
) -> Result<String> {
    let labels = options.labels.clone().unwrap_or_else(names);
    let context = options.context;
    rt::unblock(move || Ok(hunks::unified(&old, &new, (&labels.0, &labels.1), context))).await
}

#[maybe_async]
async fn text(node: &StorageNode, read: &ReadOptions, options: &DiffOptions) -> Result<String> {
    let mut reader = node.reader_with(read).await?;
    let mut content = Vec::new();
    loop {
        if (content.len() as u64).max(reader.len()) > options.max_bytes {
            return node.explain(Operation::Read, Err(too_large(options.max_bytes)));
        }
        let Some(chunk) = reader.next().await? else { break };
        content.extend_from_slice(&chunk);
    }
    node.explain(Operation::Read, decoded(content))
}

fn too_large(max: u64) -> Error {
    Error::invalid(format!("it is larger than the {max} bytes that a diff may hold in memory"))
        .with_hint("compare checksums, or raise `max_bytes`")
        .with_option("max_bytes")
}

fn decoded(content: Vec<u8>) -> Result<String> {
    let binary = |offset: usize| {
        Error::invalid(format!("it is no text: byte {offset} is not part of UTF-8 text"))
            .with_hint("compare checksums instead")
    };
    if let Some(nul) = content.iter().position(|&byte| byte == 0) {
        return Err(binary(nul));
    }
    String::from_utf8(content).map_err(|error| binary(error.utf8_error().valid_up_to()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_refused_with_its_place() {
        assert!(decoded(b"abc".to_vec()).is_ok());
        let error = |content: &[u8]| decoded(content.to_vec()).map_err(|error| error.message().to_owned());
        assert!(error(b"ab\0c").is_err_and(|message| message.contains("byte 2")));
        assert!(error(b"a\xffc").is_err_and(|message| message.contains("byte 1")));
    }
}
