//! Which configuration is used: the first of several places, or the built-in default.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::{env, fs};

use storage::blocking::StorageManager;
use storage::types::config::{Format, Reading, process_env};
use storage::types::{Config, Error, MountConfig, Result};

use crate::names::PLAIN;

const FILES: [&str; 4] = ["storage.yaml", "storage.yml", "storage.toml", "storage.json"];

/// The mounts, and the file they are from; `None` for the built-in default.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) file: Option<PathBuf>,
    /// Nobody named the file: it lies where the user stands.
    pub(crate) is_here: bool,
    /// A file that lies where the user stands, and the user whom it belongs to. It is not read.
    foreign: Option<(PathBuf, u32)>,
    pub(crate) config: Config,
    pub(crate) manager: StorageManager,
}

/// Reads the configuration in use and builds its mounts. `explicit` is that of `--config`.
pub(crate) fn load(explicit: Option<&Path>, memory: u64) -> Result<Found> {
    let named = explicit.map(Path::to_owned).or_else(|| variable("STORAGE_CONFIG"));
    let here = if named.is_none() { search(Path::new("")) } else { None };
    let foreign = here.clone().and_then(|file| Some((owner(&file).filter(|id| !is_trusted(*id))?, file)));
    if let Some((owner, file)) = foreign {
        let (config, manager) = (Config::new(), StorageManager::with_memory(memory));
        return Ok(Found { file: None, is_here: false, foreign: Some((file, owner)), config, manager });
    }
    let is_here = here.is_some();
    let file = named.or(here).or_else(|| search(&directory("XDG_CONFIG_HOME", ".config")?));
    let reading = match &file {
        Some(file) => read(file)?,
        None => built_in()?.into(),
    };
    let config = reading.config.clone();
    if config.mounts.iter().any(|mount| mount.name() == PLAIN) {
        return Err(Error::config(format!("the name `{PLAIN}` is kept for plain paths"))
            .with_hint("give the mount another name"));
    }
    let manager = StorageManager::with_memory(memory);
    manager.configure_reading(reading).map_err(|error| match &file {
        Some(file) => inside(file, &error),
        None => error,
    })?;
    Ok(Found { file, is_here, foreign: None, config, manager })
}

impl Found {
    /// Fails when the mounts are those of somebody else. Whoever wrote the file could have contents and credentials sent
    /// anywhere, so it is used only when it is named.
    pub(crate) fn check(&self) -> Result<()> {
        let Some((file, owner)) = &self.foreign else { return Ok(()) };
        let file = file.display();
        let message =
            format!("`{file}` in this folder belongs to another user (uid {owner}), and is not used");
        Err(Error::config(message).with_hint(format!("if you trust it, name it: `--config {file}`")))
    }
}

fn owner(file: &Path) -> Option<u32> {
    Some(fs::metadata(file).ok()?.uid())
}

/// The user, and the super-user, who can do everything in the user's name anyway.
fn is_trusted(owner: u32) -> bool {
    owner == 0 || owner == rustix::process::geteuid().as_raw()
}

/// A manager with the one hidden mount behind plain paths.
pub(crate) fn plain(memory: u64) -> Result<StorageManager> {
    let manager = StorageManager::with_memory(memory);
    manager.add_mount(&MountConfig::local(PLAIN, "/"))?;
    Ok(manager)
}

fn read(file: &Path) -> Result<Reading> {
    let shown = file.display();
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let format = Format::from_extension(extension).ok_or_else(|| {
        Error::config(format!("`{shown}` is of no known format"))
            .with_hint("the name of a configuration file ends in `.yaml`, `.yml`, `.toml` or `.json`")
    })?;
    let text = fs::read_to_string(file).map_err(|error| unreadable(file, error))?;
    let mut reading = Config::read_text(&text, format, &process_env).map_err(|error| inside(file, &error))?;
    let directory = file.parent().unwrap_or(Path::new(""));
    reading.config = reading.config.into_iter().map(|mount| anchored(mount, directory)).collect();
    Ok(reading)
}

fn unreadable(file: &Path, error: std::io::Error) -> Error {
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

fn search(directory: &Path) -> Option<PathBuf> {
    FILES.map(|file| directory.join(file)).into_iter().find(|file| file.is_file())
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
