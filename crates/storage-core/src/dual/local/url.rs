//! URLs of local files, when the mount says where they are served.

use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use storage_types::{Access, Error, ErrorKind, PresignMethod, PresignOptions, Result, StoragePath};

use super::core::Core;

/// Everything but the unreserved characters of RFC 3986, section 2.3, and the slash between segments.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

impl Core {
    pub(super) fn url(&self, path: &StoragePath, options: &PresignOptions) -> Result<String> {
        let Some(base) = &self.base_url else {
            return Err(Error::unsupported("make URLs")
                .with_hint("set `base_url` of the mount to where it is served"));
        };
        if options.method != PresignMethod::Get {
            return Err(Error::unsupported("make URLs for writing"));
        }
        Ok(format!("{}/{}", base.trim_end_matches('/'), utf8_percent_encode(path.as_str(), ENCODED)))
    }

    /// The real path, its root without links. Made for writing, the parents are there.
    pub(super) fn native_path(&self, path: &StoragePath, access: Access) -> Result<PathBuf> {
        match access {
            Access::Read => drop(self.stat(path)?),
            _ => drop(self.entry_or_make(path, self.durability)?),
        }
        let (folder, rest) = self.root.folder(path)?;
        let folder = folder.canonicalize().map_err(Error::from_io)?;
        let native = if rest.is_empty() { folder.clone() } else { folder.join(rest) };
        let root = match self.split_base(path, rest) {
            Some((base, _)) => folder.join(base).canonicalize().map_err(Error::from_io)?,
            None => folder,
        };
        match native.canonicalize() {
            Ok(real) if real.starts_with(&root) => Ok(real),
            // Whoever writes to a link that leads nowhere makes what it leads to, wherever that is.
            Err(_) if !native.is_symlink() || root == Path::new("/") => Ok(native),
            _ => Err(leads_out()),
        }
    }
}

fn leads_out() -> Error {
    Error::new(ErrorKind::PermissionDenied, "a symbolic link on the way leads out of the mount, or nowhere")
        .with_hint("use the path that the link points to, through a mount that contains it")
}
