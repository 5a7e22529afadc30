//! The files behind the nodes of a call.

use std::ffi::OsString;
use std::path::Path;

use storage_types::{Access, Error, LocalPathOptions, Metadata, Result};

use super::arguments::CallPart;
use super::builder::Call;
use crate::dual::local_copy::LocalPath;
use crate::dual::node::{NodeEntry, StorageNode};
use crate::maybe_async;

/// Local paths for nodes, one for each node and use.
#[derive(Debug, Default)]
pub(super) struct Files(Vec<(CallPart, LocalPath)>);

#[maybe_async]
impl Files {
    /// Gets every node of the arguments ready.
    pub(super) async fn of(call: &Call) -> Result<Self> {
        let arguments = &call.arguments;
        refuse_two_results(arguments)?;
        let mut files = Self::default();
        for part in arguments.iter().flatten() {
            if let Some(node) = part.node()
                && files.path(part).is_none()
            {
                let mut options = LocalPathOptions::new(access(part)).staged(part.is_stored());
                options.folder.clone_from(&call.folder);
                options.cancel = call.cancel.clone();
                let path = node.local_path_with(&options).await?;
                files.0.push((part.clone(), path));
            }
        }
        Ok(files)
    }

    /// Whether the program has made everything that it was to make.
    pub(super) async fn check(&self) -> Result<()> {
        for (_, path) in self.0.iter().filter(|(part, _)| part.is_stored()) {
            path.check().await?;
        }
        Ok(())
    }

    /// The inputs whose copies the program changed, replaced or removed.
    pub(super) async fn changed_inputs(&self) -> Result<Vec<StorageNode>> {
        let mut changed = Vec::new();
        for (_, path) in self.0.iter().filter(|(part, _)| !part.is_stored()) {
            if path.was_changed().await? {
                changed.push(path.node().clone());
            }
        }
        Ok(changed)
    }

    /// Stores the results, each atomically.
    pub(super) async fn commit(self) -> Result<Vec<NodeEntry>> {
        let mut stored = Vec::new();
        for (_, path) in self.0.into_iter().filter(|(part, _)| part.is_stored()) {
            let node = path.node().clone();
            let metadata = path.commit().await?;
            stored.push(entry(&node, metadata));
        }
        Ok(stored)
    }
}

impl Files {
    fn path(&self, part: &CallPart) -> Option<&Path> {
        self.0.iter().find(|(known, _)| known == part).map(|(_, path)| path.path())
    }

    /// One argument as the program gets it.
    pub(super) fn argument(&self, parts: &[CallPart]) -> OsString {
        let mut argument = OsString::new();
        for part in parts {
            match part {
                CallPart::Text(text) => argument.push(text),
                node => argument.push(self.path(node).unwrap_or(Path::new(""))),
            }
        }
        argument
    }
}

/// What was stored, under the node that holds it now: a data URI is a new one.
pub(super) fn entry(node: &StorageNode, metadata: Metadata) -> NodeEntry {
    let node = metadata.location.clone().map_or_else(|| node.clone(), |path| node.at(path));
    NodeEntry { node, metadata }
}

fn access(part: &CallPart) -> Access {
    match part {
        CallPart::Output(_) => Access::Write,
        CallPart::Both(_) => Access::ReadWrite,
        _ => Access::Read,
    }
}

/// Two files cannot be stored under one name.
fn refuse_two_results(arguments: &[Vec<CallPart>]) -> Result<()> {
    let results: Vec<&CallPart> = arguments.iter().flatten().filter(|part| part.is_stored()).collect();
    for (at, part) in results.iter().enumerate() {
        if results[..at].iter().any(|other| other.node() == part.node() && other != part) {
            return Err(Error::invalid("the same node is an output and an input and output")
                .with_hint("mark it as both in each place"));
        }
    }
    Ok(())
}
