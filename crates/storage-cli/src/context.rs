//! What every command works with: mounts, names, messages, interruption.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::{Arc, Once};

use storage::blocking::{MEMORY, StorageManager, StorageNode};
use storage::types::path::is_mount_name;
use storage::types::{ApiName, Capabilities, Error, ErrorKind, Operation, suggest};

use crate::address::{self, Reference};
use crate::args::When;
use crate::config::{self, Found};
use crate::console::Console;
use crate::exit::{Done, Exit, Stop, Tally, usage};
use crate::input::Stream;
use crate::interrupt::Interrupt;
use crate::names::{Names, PLAIN};
use crate::spool::Spool;
use crate::urls;

pub(crate) struct Context {
    pub(crate) console: Arc<Console>,
    pub(crate) names: Arc<Names>,
    pub(crate) interrupt: Interrupt,
    pub(crate) found: Found,
    pub(crate) progress: When,
    plain: StorageManager,
    spool: Spool,
    /// Where the mounts come from has been said.
    said: Once,
}

/// A place that an argument names.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) node: StorageNode,
    /// As the user typed it.
    pub(crate) typed: String,
    /// As a destination: things go into it by their names, whatever is there.
    pub(crate) into: bool,
    /// As a source: it has a name of its own.
    pub(crate) named: bool,
}

/// What an argument of commands that know `-` names.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    Stdio,
    Place(Place),
}

/// What an argument of commands that read content names.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// Standard input, or a pipe or device.
    Stream(Stream),
    Place(Place),
}

impl Source {
    /// A source with a name of its own.
    pub(crate) fn of(node: StorageNode, name: &str) -> Self {
        Self::Place(Place { node, typed: name.to_owned(), into: false, named: true })
    }
}

impl Context {
    pub(crate) fn new(
        console: Arc<Console>,
        names: Arc<Names>,
        interrupt: Interrupt,
        config: Option<&Path>,
        progress: When,
        memory: Option<u64>,
    ) -> Done<Self> {
        let memory = memory.unwrap_or(MEMORY);
        let found = config::load(config, memory)?;
        let plain = config::plain(memory)?;
        let (spool, said) = (Spool::default(), Once::new());
        Ok(Self { console, names, interrupt, found, progress, plain, spool, said })
    }

    /// The mounts of the configuration.
    pub(crate) fn manager(&self) -> &StorageManager {
        &self.found.manager
    }

    /// What an argument names, `-` included.
    pub(crate) fn target(&self, argument: &OsStr) -> Done<Target> {
        let target = self.unremembered(address::text(argument)?)?;
        if let Target::Place(place) = &target
            && place.node.mount_name() == PLAIN
        {
            self.names.remember(place.node.path(), &place.typed);
        }
        Ok(target)
    }

    /// What an argument names that is to be read. Shells hand out pipes as paths, `<(command)`.
    pub(crate) fn source(&self, argument: &OsStr) -> Done<Source> {
        Ok(match self.target(argument)? {
            Target::Stdio => Source::Stream(Stream::stdin()),
            Target::Place(place) => Self::streamed(place),
        })
    }

    /// As `source`, of a name in a file.
    pub(crate) fn unremembered_source(&self, text: &str) -> Done<Source> {
        Ok(match self.unremembered(text)? {
            Target::Stdio => Source::Stream(Stream::stdin()),
            Target::Place(place) => Self::streamed(place),
        })
    }

    /// A file to read, which a stream is made to where it has to be.
    pub(crate) fn file(&self, argument: &OsStr) -> Done<StorageNode> {
        match self.source(argument)? {
            Source::Place(place) => Ok(place.node),
            Source::Stream(stream) => {
                let node = self.plain(&self.spool.add(&stream, &self.interrupt)?)?;
                self.names.remember(node.path(), &stream.typed);
                Ok(node)
            }
        }
    }

    fn streamed(place: Place) -> Source {
        match Some(&place.typed)
            .filter(|_| place.node.mount_name() == PLAIN)
            .and_then(|path| Stream::at(path))
        {
            Some(stream) => Source::Stream(stream),
            None => Source::Place(place),
        }
    }

    /// What a name in a file names. There may be any number of those, so messages show plain ones as absolute paths.
    pub(crate) fn unremembered(&self, text: &str) -> Done<Target> {
        let exists = |path: &str| std::fs::symlink_metadata(path).is_ok();
        let reference = address::classify(text, |mount| self.is_mount(mount), exists);
        let node = match reference {
            Reference::Stdio => return Ok(Target::Stdio),
            Reference::Mount(text) => self.mounted(text)?,
            Reference::Plain("") => {
                return Err(usage("a path is empty", "write `.` for the current directory"));
            }
            Reference::Plain(text) => self.plain(text)?,
        };
        let (into, named) = (address::is_into(&reference), address::is_named(&reference));
        Ok(Target::Place(Place { node, typed: text.to_owned(), into, named }))
    }

    /// Whether a mount has this name, or may have it as far as is known.
    fn is_mount(&self, name: &str) -> bool {
        self.manager().has_mount(name) || (self.found.is_unknown() && is_mount_name(name))
    }

    /// The place that an argument names; `-` is none.
    pub(crate) fn place(&self, argument: &OsStr) -> Done<Place> {
        match self.target(argument)? {
            Target::Place(place) => Ok(place),
            Target::Stdio => Err(usage(
                "`-` is standard input or output, which has no place here",
                "write `./-` for a file of that name",
            )),
        }
    }

    /// Runs a command for each of its places. A failure is told and the next place tried.
    pub(crate) fn each(&self, places: &[OsString], mut run: impl FnMut(&OsStr) -> Done) -> Done {
        let mut tally = Tally::default();
        for place in places {
            self.tally(&mut tally, run(place))?;
        }
        tally.end()
    }

    /// Tells a failure that others can go on after.
    pub(crate) fn tally(&self, tally: &mut Tally, outcome: Done) -> Done {
        match outcome {
            Err(Stop::Error(error)) => tally.add(self.tell(&error)),
            Err(Stop::Told(exit)) => tally.add(exit),
            other => return other,
        }
        Ok(())
    }

    /// Tells that something in a directory could not be looked at. Whatever the reason, the place itself was there and
    /// the rest of it is handled.
    pub(crate) fn skip_entry(&self, tally: &mut Tally, error: &Error) {
        self.console.error(error);
        tally.add(Exit::Failed);
    }

    /// Tells an error; gives the exit code that it stands for.
    pub(crate) fn tell(&self, error: &Error) -> Exit {
        self.console.error(error);
        if let Some(mount) = self.forgotten_colon(error) {
            self.console.hint(&format!("`{mount}:` is the mount of that name"));
        }
        Exit::of(error)
    }

    /// The mount whose name was typed without the colon, so that it meant a plain file.
    fn forgotten_colon(&self, error: &Error) -> Option<String> {
        let path =
            error.path().filter(|_| error.kind() == ErrorKind::NotFound && error.mount() == Some(PLAIN))?;
        let shown = self.names.show_text(&format!("{PLAIN}:{path}"));
        let mount = shown.split('/').next().filter(|name| self.manager().has_mount(name))?;
        Some(mount.to_owned())
    }

    /// A node as the user knows it.
    pub(crate) fn show(&self, node: &StorageNode) -> String {
        self.names.show(node)
    }

    fn plain(&self, text: &str) -> Done<StorageNode> {
        Ok(self.plain.node(format!("{PLAIN}:{}", address::absolute(text)?))?)
    }

    fn mounted(&self, text: &str) -> Done<StorageNode> {
        let (mount, _) = text.split_once(':').unwrap_or((text, ""));
        self.found.check()?;
        if !self.manager().has_mount(mount) {
            return Err(self.unknown_mount(mount, text).into());
        }
        self.said.call_once(|| self.say_where_mounts_are_from());
        Ok(self.manager().node(text)?)
    }

    /// A file that nobody named decides what `data:` is, so whoever sits at a terminal is told.
    fn say_where_mounts_are_from(&self) {
        if let Some(file) = self.found.file.as_ref().filter(|_| self.found.is_here)
            && self.console.is_terminal()
        {
            self.console.note(&format!("the mounts are those of `./{}`", file.display()));
        }
    }

    fn unknown_mount(&self, mount: &str, text: &str) -> Error {
        let error = self.no_mount(mount);
        if let Some(hint) = urls::hint(text) {
            return error.with_hint(hint);
        }
        match error.hint() {
            Some(hint) => {
                let hint = format!("{hint} A plain file is `./{text}`");
                error.with_hint(hint)
            }
            None => error.with_hint(format!("for a plain file write `./{text}`")),
        }
    }

    /// There is no mount of that name; says which there are, and which one may be meant.
    pub(crate) fn no_mount(&self, mount: &str) -> Error {
        let names = self.manager().mount_names();
        let names = || names.iter().map(String::as_str);
        let known = match names().next() {
            Some(_) => format!("known are {}", suggest::list(names())),
            None => "there are none".to_owned(),
        };
        let error = Error::new(ErrorKind::NotFound, format!("there is no mount `{mount}`; {known}"));
        match suggest::nearest(mount, names()) {
            Some(near) => error.with_hint(format!("did you mean `{near}:`?")),
            None => error,
        }
    }

    /// `Unsupported`, and which other mounts can do what was asked for.
    pub(crate) fn teach(&self, error: Error, can: impl Fn(&Capabilities) -> bool) -> Error {
        if error.kind() != ErrorKind::Unsupported {
            return error;
        }
        let mut names = self.manager().mount_names();
        names.retain(|name| error.mount() != Some(name));
        names.retain(|name| {
            self.manager().mount(name).is_ok_and(|mount| can(&mount.backend().capabilities()))
        });
        let names: Vec<String> = names.iter().map(|name| format!("`{name}:`")).collect();
        let others = match &names[..] {
            [] => "no other mount of the configuration can".to_owned(),
            names => format!("mounts that can: {}", names.join(", ")),
        };
        // The general hint of the library leads to a list of what this mount can, which is no help here.
        let general = error.named().contains(&ApiName::Call("capabilities()"));
        let hint = error.hint().filter(|_| !general);
        let hint = hint.map_or_else(|| others.clone(), |hint| format!("{hint}; {others}"));
        error.with_hint(hint)
    }
}

/// Whether something stands there, a link that leads nowhere included.
pub(crate) fn stands(node: &StorageNode) -> storage::types::Result<bool> {
    Ok(node.exists()? || link(node).is_some())
}

/// Where a symbolic link leads; `None` for everything else.
pub(crate) fn link(node: &StorageNode) -> Option<String> {
    if node.is_root() || !node.capabilities().symlinks {
        return None;
    }
    node.backend().read_link(node.path()).ok()
}

/// Names the place in an error of a stream, which does not know it.
pub(crate) fn at<T>(node: &StorageNode, operation: Operation, result: storage::types::Result<T>) -> Done<T> {
    Ok(result.map_err(|error| {
        let error = error.with_operation(operation).with_mount_if_unset(node.mount_name());
        error.with_path_if_unset(node.path().as_str())
    })?)
}

/// `NotFound` as the node itself would say it.
pub(crate) fn missing(node: &StorageNode, operation: Operation) -> Error {
    Error::not_found().with_operation(operation).with_mount(node.mount_name()).with_path(node.path().as_str())
}
