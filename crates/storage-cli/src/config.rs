//! Which configuration is used: the first of several places, or the built-in default.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::{env, fs};

use storage::blocking::StorageManager;
use storage::types::config::{Format, LARGEST_TEXT, Reading, process_env};
use storage::types::{Config, Error, MountConfig, Result};

use crate::names::PLAIN;
use crate::trust;

pub(crate) const FILES: [&str; 4] = ["storage.yaml", "storage.yml", "storage.toml", "storage.json"];

/// The mounts, and the file they are from; `None` for the built-in default.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) file: Option<PathBuf>,
    /// Nobody named the file: it lies where the user stands.
    pub(crate) is_here: bool,
    /// Why there are no mounts.
    problem: Option<Error>,
    pub(crate) config: Config,
    pub(crate) manager: StorageManager,
}

/// Reads the configuration in use and builds its mounts. `explicit` is that of `--config`. What is wrong with another one
/// matters only to those who need its mounts.
///
/// # Errors
///
/// `Config` when the explicit one cannot be used.
pub(crate) fn load(explicit: Option<&Path>, memory: u64) -> Result<Found> {
    if let Some(file) = explicit {
        return Found::of_text(file, &read(file)?, memory);
    }
    Ok(find(memory).unwrap_or_else(|problem| Found {
        file: None,
        is_here: false,
        problem: Some(problem),
        config: Config::new(),
        manager: StorageManager::with_memory(memory),
    }))
}

fn find(memory: u64) -> Result<Found> {
    if let Some(file) = variable("STORAGE_CONFIG") {
        return Found::of_text(&file, &read(&file)?, memory);
    }
    let of_user = directory("XDG_CONFIG_HOME", ".config");
    if !of_user.as_deref().is_some_and(is_here) {
        for file in search(Path::new("")) {
            if let Some(text) = trust::read(&file)? {
                let found = Found::of_text(&file, &text, memory)?;
                return Ok(Found { is_here: true, ..found });
            }
        }
    }
    match of_user.and_then(|folder| search(&folder).into_iter().next()) {
        Some(file) => Found::of_text(&file, &read(&file)?, memory),
        None => Found::of(None, built_in()?.into(), memory),
    }
}

/// Whether the user stands in this folder, whose configuration is trusted wherever the user stands.
fn is_here(folder: &Path) -> bool {
    let real = |folder: &Path| folder.canonicalize().ok();
    real(folder).is_some_and(|folder| real(Path::new(".")) == Some(folder))
}

impl Found {
    fn of_text(file: &Path, text: &str, memory: u64) -> Result<Self> {
        Self::of(Some(file), parse(file, text)?, memory)
    }

    fn of(file: Option<&Path>, reading: Reading, memory: u64) -> Result<Self> {
        let config = reading.config.clone();
        if config.mounts.iter().any(|mount| mount.name() == PLAIN) {
            return Err(Error::config(format!("the name `{PLAIN}` is kept for plain paths"))
                .with_hint("give the mount another name"));
        }
        let manager = StorageManager::with_memory(memory);
        manager.configure_reading(reading).map_err(|error| match file {
            Some(file) => inside(file, &error),
            None => error,
        })?;
        Ok(Self { file: file.map(Path::to_owned), is_here: false, problem: None, config, manager })
    }

    /// Fails when there should be mounts and are none.
    pub(crate) fn check(&self) -> Result<()> {
        let Some(problem) = &self.problem else { return Ok(()) };
        Err(Error::config(problem.message().to_owned()).with_hint_of(problem))
    }

    /// Whether nobody knows which names are those of mounts.
    pub(crate) fn is_unknown(&self) -> bool {
        self.problem.is_some()
    }
}

/// A manager with the one hidden mount behind plain paths.
pub(crate) fn plain(memory: u64) -> Result<StorageManager> {
    let manager = StorageManager::with_memory(memory);
    manager.add_mount(&MountConfig::local(PLAIN, "/"))?;
    Ok(manager)
}

/// The text of a configuration that somebody named, or that lies in the user's own folder.
fn read(file: &Path) -> Result<String> {
    let shown = file.display();
    if format(file).is_none() {
        return Err(Error::config(format!("`{shown}` is of no known format"))
            .with_hint("the name of a configuration file ends in `.yaml`, `.yml`, `.toml` or `.json`"));
    }
    let opened = fs::File::open(file).map_err(|error| unreadable(file, error))?;
    bounded(file, opened)
}

/// The text of an open file, which is never read further than a configuration can be long.
pub(crate) fn bounded(file: &Path, opened: fs::File) -> Result<String> {
    let mut bytes = Vec::new();
    let limit = LARGEST_TEXT as u64 + 1;
    opened.take(limit).read_to_end(&mut bytes).map_err(|error| unreadable(file, error))?;
    if bytes.len() > LARGEST_TEXT {
        return Err(Error::config(format!(
            "`{}` is larger than 1 MiB, and no configuration",
            file.display()
        )));
    }
    String::from_utf8(bytes)
        .map_err(|_| Error::config(format!("`{}` is not valid UTF-8, and no configuration", file.display())))
}

fn format(file: &Path) -> Option<Format> {
    Format::from_extension(file.extension()?.to_str()?)
}

fn parse(file: &Path, text: &str) -> Result<Reading> {
    let format = format(file).unwrap_or(Format::Yaml);
    let mut reading = Config::read_text(text, format, &process_env).map_err(|error| inside(file, &error))?;
    let directory = file.parent().unwrap_or(Path::new(""));
    reading.config = reading.config.into_iter().map(|mount| anchored(mount, directory)).collect();
    Ok(reading)
}

pub(crate) fn unreadable(file: &Path, error: std::io::Error) -> Error {
    let error = Error::from_io(error);
    Error::config(format!("`{}` cannot be read: {}", file.display(), error.message()))
        .with_hint("`--config FILE` or `$STORAGE_CONFIG` names another one")
}

/// The same error, saying which file it is about.
fn inside(file: &Path, error: &Error) -> Error {
    let mount = error.mount().map_or_else(String::new, |mount| format!("mount `{mount}`: "));
    let told = Error::config(format!("in `{}`: {mount}{}", file.display(), error.message()));
    match error.hint() {
        Some(hint) => told.with_hint(hint.to_owned()),
        None => told,
    }
}

/// A relative directory of a local mount is relative to the file that names it, not to wherever the user stands.
fn anchored(mount: MountConfig, directory: &Path) -> MountConfig {
    let path = mount.get("path").and_then(|path| path.as_str()).map(Path::new);
    let anchored = match path {
        Some(path) if mount.kind() == "local" && path.is_relative() => {
            std::path::absolute(directory.join(path)).ok()
        }
        _ => None,
    };
    match anchored.as_deref().and_then(Path::to_str) {
        Some(path) => mount.option("path", path),
        None => mount,
    }
}

/// The configurations in a folder, the one that is used first.
pub(crate) fn search(directory: &Path) -> Vec<PathBuf> {
    FILES.map(|file| directory.join(file)).into_iter().filter(|file| file.is_file()).collect()
}

/// One mount `data:`, whose directory is made on the first write.
fn built_in() -> Result<Config> {
    let directory = directory("XDG_DATA_HOME", ".local/share").ok_or_else(|| {
        Error::config(
            "there is no configuration, and neither `$HOME` nor `$XDG_DATA_HOME` says where data goes",
        )
        .with_hint("write a `storage.yaml`, or set `HOME`")
    })?;
    Ok(Config::new().mount(MountConfig::local("data", directory).option("create", true)))
}

/// Where the program keeps what should outlive it, and is of no use elsewhere.
pub(crate) fn state_directory() -> Option<PathBuf> {
    directory("XDG_STATE_HOME", ".local/state")
}

/// The program's directory by the XDG Base Directory Specification; relative values are to be ignored.
fn directory(variable_name: &str, below_home: &str) -> Option<PathBuf> {
    let given = variable(variable_name).filter(|path| path.is_absolute());
    let base = given
        .or_else(|| variable("HOME").filter(|home| home.is_absolute()).map(|home| home.join(below_home)))?;
    Some(base.join("storage"))
}

fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
