//! Real servers on this machine: where they are, as the tool that starts them wrote it down.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::net::{TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use storage::types::{Error, ErrorKind, Result};

/// Names the file in which the addresses of the servers are.
const FILE: &str = "STORAGE_TEST_SERVERS";

/// What is wrong when there are none, and what to do.
const HINT: &str = "start them with `cargo xtask servers up`, or name their file in `STORAGE_TEST_SERVERS`";

/// How long a server may take to accept a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// One server: its name in the file, and what the file says about it.
#[derive(Debug, Clone)]
pub struct Server {
    name: String,
    values: Value,
}

impl Server {
    /// The server of this name, once it has accepted a connection.
    ///
    /// # Errors
    ///
    /// `NotFound` when the file or the entry is missing, `Interrupted` when nobody answers; both say how to start it.
    pub fn running(name: &str) -> Result<Self> {
        let server = Self::known(name)?;
        if let Some(endpoint) = server.values.get("endpoint").and_then(Value::as_str) {
            answers(endpoint)?;
        }
        Ok(server)
    }

    /// The entry of this name, whoever answers.
    ///
    /// # Errors
    ///
    /// `NotFound` when the file or the entry is missing.
    pub fn known(name: &str) -> Result<Self> {
        let path = file();
        let text = fs::read_to_string(&path)
            .map_err(|error| missing(format!("`{}` cannot be read: {error}", path.display())))?;
        let all: Value = serde_json::from_str(&text)
            .map_err(|error| missing(format!("`{}` is no JSON: {error}", path.display())))?;
        match all.get(name) {
            Some(values) => Ok(Self { name: name.to_owned(), values: values.clone() }),
            None => Err(missing(format!("`{}` has no server `{name}`", path.display()))),
        }
    }

    /// A text that the file has for this server.
    ///
    /// # Errors
    ///
    /// `NotFound` when it has none.
    pub fn get(&self, key: &str) -> Result<&str> {
        let value = self.values.get(key).and_then(Value::as_str);
        value.ok_or_else(|| missing(format!("the server `{}` has no `{key}`", self.name)))
    }

    /// Host and port of its endpoint.
    ///
    /// # Errors
    ///
    /// `NotFound` when it has none.
    pub fn authority(&self) -> Result<&str> {
        self.get("endpoint").map(authority)
    }
}

fn missing(what: String) -> Error {
    Error::new(ErrorKind::NotFound, what).with_hint(HINT)
}

/// The file named in the environment, or `servers/servers.json` in a folder above this program: the target directory.
fn file() -> PathBuf {
    if let Some(path) = env::var_os(FILE) {
        return path.into();
    }
    let program = env::current_exe().unwrap_or_default();
    let candidates = program.ancestors().map(|folder| folder.join("servers/servers.json"));
    let found = candidates.into_iter().find(|path| path.exists());
    found.unwrap_or_else(|| Path::new("target/servers/servers.json").to_path_buf())
}

/// `http://127.0.0.1:8333/path` is at `127.0.0.1:8333`.
fn authority(endpoint: &str) -> &str {
    let rest = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

/// Asked once for each endpoint that answers.
fn answers(endpoint: &str) -> Result<()> {
    static ANSWERED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut answered = ANSWERED.lock().unwrap_or_else(PoisonError::into_inner);
    if answered.contains(endpoint) {
        return Ok(());
    }
    let addresses = authority(endpoint).to_socket_addrs();
    let address = addresses.ok().and_then(|mut found| found.next());
    let connected = address.is_some_and(|address| TcpStream::connect_timeout(&address, PATIENCE).is_ok());
    if !connected {
        let error = Error::new(ErrorKind::Interrupted, format!("no server answers at {endpoint}"));
        return Err(error.with_hint(HINT));
    }
    answered.insert(endpoint.to_owned());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authority_is_host_and_port() {
        assert_eq!(authority("http://127.0.0.1:8333"), "127.0.0.1:8333");
        assert_eq!(authority("http://127.0.0.1:10000/devstoreaccount1"), "127.0.0.1:10000");
        assert_eq!(authority("localhost:1"), "localhost:1");
    }

    #[test]
    fn a_server_that_does_not_answer_is_told_with_what_to_do() {
        let error = answers("http://127.0.0.1:1").err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("127.0.0.1:1") && error.contains("cargo xtask servers up"), "{error}");
    }
}
