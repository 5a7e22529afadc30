//! The folder of the servers: programs, data, logs, and what is written down about them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::workspace::Workspace;

/// `target/servers`, or the folder that was asked for.
pub(super) struct Place {
    root: PathBuf,
}

impl Place {
    /// The folder itself is made on first use.
    pub(super) fn new(chosen: Option<&Path>) -> Result<Self, String> {
        let root = match chosen {
            Some(folder) => folder.to_owned(),
            None => Workspace::load()?.target.join("servers"),
        };
        let root =
            std::path::absolute(&root).map_err(|error| format!("no folder `{}`: {error}", root.display()))?;
        Ok(Self { root })
    }

    /// One task at a time starts or stops servers here; the others wait. Held until the file is dropped.
    pub(super) fn lock(&self) -> Result<File, String> {
        let file = self.open("lock")?;
        file.lock().map_err(|error| format!("cannot lock `{}`: {error}", self.root.display()))?;
        Ok(file)
    }

    /// A file directly in the folder, for locks.
    pub(super) fn open(&self, name: &str) -> Result<File, String> {
        let path = self.file(name)?;
        let file = File::options().create(true).append(true).open(&path);
        file.map_err(|error| cannot("open", &path, &error))
    }

    /// Where clients find everything, see [`super::connections`].
    pub(super) fn connections(&self) -> PathBuf {
        self.root.join("servers.json")
    }

    /// The data of a server; gone after `down`.
    pub(super) fn data(&self, name: &str) -> PathBuf {
        self.root.join("data").join(name)
    }

    /// What a server printed in its last run.
    pub(super) fn log(&self, name: &str) -> PathBuf {
        self.root.join("log").join(format!("{name}.log"))
    }

    /// Which process a server is.
    pub(super) fn run_file(&self, name: &str) -> PathBuf {
        self.root.join("run").join(format!("{name}.json"))
    }

    pub(super) fn venv(&self) -> PathBuf {
        self.root.join("venv")
    }

    /// A program of the Python packages.
    pub(super) fn python_program(&self, name: &str) -> PathBuf {
        self.venv().join("bin").join(name)
    }

    pub(super) fn npm(&self) -> PathBuf {
        self.root.join("npm")
    }

    /// A file directly in the folder, which is made if need be.
    pub(super) fn file(&self, name: &str) -> Result<PathBuf, String> {
        make(&self.root)?;
        Ok(self.root.join(name))
    }
}

/// Makes a folder and its parents.
pub(super) fn make(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| cannot("make", folder, &error))
}

/// Makes the folder empty, whatever was in it.
pub(super) fn make_empty(folder: &Path) -> Result<(), String> {
    remove(folder)?;
    make(folder)
}

/// Removes a file or a folder with everything in it; nothing there is fine.
pub(super) fn remove(path: &Path) -> Result<(), String> {
    let result = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match result {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(cannot("remove", path, &error)),
        _ => Ok(()),
    }
}

/// Writes a file that appears complete or not at all, with its folder.
pub(super) fn write(path: &Path, text: &str) -> Result<(), String> {
    if let Some(folder) = path.parent() {
        make(folder)?;
    }
    let draft = path.with_extension("new");
    fs::write(&draft, text).map_err(|error| cannot("write", &draft, &error))?;
    fs::rename(&draft, path).map_err(|error| cannot("write", path, &error))
}

/// The path as text, for arguments and JSON.
pub(super) fn text(path: &Path) -> String {
    path.display().to_string()
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> String {
    format!("cannot {what} `{}`: {error}", path.display())
}
