//! The one error type of the library.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;

use serde::Serialize;

/// `Result` with the library's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Arc<dyn StdError + Send + Sync + 'static>;

/// What went wrong, as far as a program has to tell cases apart. Serialised in lower case, `not_found`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// Nothing is stored under this path, or no mount has this name.
    NotFound,
    /// Something is stored there already and the call was to create it.
    AlreadyExists,
    /// A directory was needed and something else stands there.
    NotADirectory,
    /// A file was needed and a directory stands there.
    IsADirectory,
    /// The store, the mount or the confinement of the mount forbids it.
    PermissionDenied,
    /// The store does not know who is asking: missing, wrong or expired credentials.
    Unauthenticated,
    /// The mount cannot do this at all; `Capabilities` says so beforehand.
    Unsupported,
    /// The arguments make no sense, whatever is stored.
    InvalidInput,
    /// The configuration is wrong.
    Config,
    /// A condition of the call (`if_match`, create only, ...) did not hold.
    PreconditionFailed,
    /// The caller's copy is still current (RFC 9110, 304).
    NotModified,
    /// The store asks to slow down.
    RateLimited,
    /// It took longer than allowed.
    Timeout,
    /// The transport broke, or the operation was cancelled half-way.
    Interrupted,
    /// What was read is not what was stored, or cannot be decoded.
    Corrupted,
    /// No room: disk full, quota used up, file too large.
    QuotaExceeded,
    /// None of the above.
    Unexpected,
}

impl ErrorKind {
    /// The kind in words, as it stands in messages.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::NotFound => "not found",
            Self::AlreadyExists => "already exists",
            Self::NotADirectory => "not a directory",
            Self::IsADirectory => "is a directory",
            Self::PermissionDenied => "permission denied",
            Self::Unauthenticated => "not authenticated",
            Self::Unsupported => "not supported",
            Self::InvalidInput => "invalid input",
            Self::Config => "bad configuration",
            Self::PreconditionFailed => "condition not met",
            Self::NotModified => "not modified",
            Self::RateLimited => "rate limited",
            Self::Timeout => "timed out",
            Self::Interrupted => "interrupted",
            Self::Corrupted => "corrupted",
            Self::QuotaExceeded => "no space left",
            Self::Unexpected => "unexpected failure",
        }
    }
}

/// The kind in words.
impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.describe())
    }
}

/// The call that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Building a path, a node or a request, before any store was asked.
    Parse,
    /// Reading or applying configuration.
    Configure,
    /// Asking for metadata.
    Stat,
    /// Reading content.
    Read,
    /// Writing content.
    Write,
    /// Appending to content.
    Append,
    /// Deleting.
    Delete,
    /// Listing a directory.
    List,
    /// Creating a directory.
    CreateDir,
    /// Copying.
    Copy,
    /// Moving or renaming.
    Move,
    /// Changing user metadata.
    SetMetadata,
    /// Listing, restoring or deleting versions.
    Versions,
    /// Making a URL.
    Url,
    /// Handing out a local path.
    LocalPath,
    /// Making written content durable.
    Sync,
    /// Running a program.
    Call,
}

impl Operation {
    /// The operation as a verb, as it stands in messages.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Parse => "parse",
            Self::Configure => "configure",
            Self::Stat => "stat",
            Self::Read => "read",
            Self::Write => "write",
            Self::Append => "append to",
            Self::Delete => "delete",
            Self::List => "list",
            Self::CreateDir => "create directory",
            Self::Copy => "copy",
            Self::Move => "move",
            Self::SetMetadata => "set metadata of",
            Self::Versions => "handle versions of",
            Self::Url => "make a URL for",
            Self::LocalPath => "hand out a local path for",
            Self::Sync => "make durable",
            Self::Call => "run a program",
        }
    }
}

/// What a hint calls by its name in the API, in backticks. Whoever offers the same under another name, as a command line
/// does, puts that in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApiName {
    /// An option of the call that failed: `max_delete`.
    Option(&'static str),
    /// Another call: `capabilities()`.
    Call(&'static str),
}

/// Every failure of the library.
///
/// `Display` is one line: what was tried, on which mount and path, what went wrong and what to do next. The cause
/// below (an `io::Error`, a server's answer) is [`source`](StdError::source).
///
/// `Debug`, which `unwrap` and `fn main() -> Result<(), Error>` print, is the same line and all causes below it, as
/// `anyhow` has it; `{:#?}` shows the fields. A clone shares the cause.
///
/// ```
/// use storage_types::Error;
///
/// let error = Error::not_found().with_source(std::io::Error::other("no such object"));
/// assert_eq!(
///     format!("{error:?}"),
///     "not found: nothing is stored there\n\nCaused by:\n    no such object"
/// );
/// ```
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    operation: Option<Operation>,
    mount: Option<String>,
    path: Option<String>,
    message: Cow<'static, str>,
    hint: Option<Cow<'static, str>>,
    named: Vec<ApiName>,
    retryable: Option<bool>,
    source: Option<Source>,
}

impl Error {
    /// An error of `kind`; `message` says what is wrong, in lower case and without a final period.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            operation: None,
            mount: None,
            path: None,
            message: message.into(),
            hint: None,
            named: Vec::new(),
            retryable: None,
            source: None,
        }))
    }

    /// The same with the operation that failed. One that is set already stays: the innermost knows best.
    #[must_use]
    pub fn with_operation(mut self, operation: Operation) -> Self {
        self.0.operation.get_or_insert(operation);
        self
    }

    /// The same with the path inside the mount. Replaces an earlier one: the outermost caller's path is the one
    /// that the user typed.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<String>) -> Self {
        self.0.path = Some(path.into());
        self
    }

    /// The same with the path, unless one is set already.
    #[must_use]
    pub fn with_path_if_unset(mut self, path: &str) -> Self {
        self.0.path.get_or_insert_with(|| path.to_owned());
        self
    }

    /// The same with the mount's name. Replaces an earlier one.
    #[must_use]
    pub fn with_mount(mut self, mount: impl Into<String>) -> Self {
        self.0.mount = Some(mount.into());
        self
    }

    /// The same with the mount's name, unless one is set already.
    #[must_use]
    pub fn with_mount_if_unset(mut self, mount: &str) -> Self {
        self.0.mount.get_or_insert_with(|| mount.to_owned());
        self
    }

    /// The same with what the user can do about it, as an imperative. Replaces an earlier one.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint = Some(hint.into());
        self.0.named.clear();
        self
    }

    /// The same, stating that `name` in the hint is an option of the call that failed.
    #[must_use]
    pub fn with_option(mut self, name: &'static str) -> Self {
        self.0.named.push(ApiName::Option(name));
        self
    }

    /// The same, stating that `name` in the hint is a call.
    #[must_use]
    pub fn with_call(mut self, name: &'static str) -> Self {
        self.0.named.push(ApiName::Call(name));
        self
    }

    /// The same with the hint of another error.
    #[must_use]
    pub fn with_hint_of(mut self, other: &Self) -> Self {
        self.0.hint.clone_from(&other.0.hint);
        self.0.named.clone_from(&other.0.named);
        self
    }

    /// The same with the cause below.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// The same with message and hint changed by `text`, and its causes turned into text that `cause` changed: for errors
    /// that hold what a server said.
    #[must_use]
    pub fn reworded(mut self, text: impl Fn(&str) -> String, cause: impl Fn(&str) -> String) -> Self {
        self.0.message = text(&self.0.message).into();
        self.0.hint = self.0.hint.map(|hint| text(&hint).into());
        self.0.source = self.0.source.map(|source| -> Source { Arc::new(Cause::of(&*source, &cause)) });
        self
    }

    /// The same, stating whether trying again may help where the kind alone does not tell.
    #[must_use]
    pub fn with_retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = Some(retryable);
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The call that failed.
    #[must_use]
    pub fn operation(&self) -> Option<Operation> {
        self.0.operation
    }

    /// The mount it failed on.
    #[must_use]
    pub fn mount(&self) -> Option<&str> {
        self.0.mount.as_deref()
    }

    /// The path inside the mount.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// What is wrong, without mount, path and operation.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// What the hint calls by its name in the API.
    #[must_use]
    pub fn named(&self) -> &[ApiName] {
        &self.0.named
    }

    /// Whether the same call may succeed when tried again.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.retryable.unwrap_or(matches!(
            self.0.kind,
            ErrorKind::RateLimited | ErrorKind::Timeout | ErrorKind::Interrupted
        ))
    }

    /// `NotFound` with the standard message.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(ErrorKind::NotFound, "nothing is stored there")
    }

    /// `AlreadyExists` with the standard message.
    #[must_use]
    pub fn already_exists() -> Self {
        Self::new(ErrorKind::AlreadyExists, "something is stored there already")
    }

    /// `PreconditionFailed`: what is stored has another ETag than the caller demands.
    #[must_use]
    pub fn etag_differs() -> Self {
        Self::new(
            ErrorKind::PreconditionFailed,
            "somebody changed it in the meantime: the ETag is another one",
        )
        .with_hint("read the current ETag with `stat` and decide again")
        .with_call("stat")
    }

    /// `PreconditionFailed`: the caller demands an ETag, and nothing is stored.
    #[must_use]
    pub fn etag_of_nothing() -> Self {
        Self::new(ErrorKind::PreconditionFailed, "nothing is stored there, so no ETag can match")
    }

    /// `IsADirectory` with the standard message.
    #[must_use]
    pub fn is_a_directory() -> Self {
        Self::new(ErrorKind::IsADirectory, "a directory stands there, not a file")
    }

    /// `NotADirectory` with the standard message.
    #[must_use]
    pub fn not_a_directory() -> Self {
        Self::new(ErrorKind::NotADirectory, "a file stands where a directory is needed")
    }

    /// `Unsupported`: `what` is not something this kind of mount can do.
    #[must_use]
    pub fn unsupported(what: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Unsupported, format!("this mount cannot {what}"))
            .with_hint("`capabilities()` tells what the mount can do")
            .with_call("capabilities()")
    }

    /// `Unsupported`: an async call that needs a tokio runtime was made outside of any.
    #[must_use]
    pub fn no_runtime() -> Self {
        Self::new(ErrorKind::Unsupported, "there is no tokio runtime around this call").with_hint(
            "call it from one that was built with `enable_all`, as `#[tokio::main]` does, or use the blocking API, which needs none",
        )
    }

    /// `InvalidInput` with a message.
    pub fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// `Config` with a message.
    pub fn config(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Config, message).with_operation(Operation::Configure)
    }

    /// A failure of the operating system, its kind taken from the error number (POSIX `errno`).
    #[must_use]
    pub fn from_io(error: io::Error) -> Self {
        let (kind, hint) = classify_io(&error);
        let this = Self::new(kind, io_message(&error)).with_source(error);
        match hint {
            Some(hint) => this.with_hint(hint),
            None => this,
        }
    }
}

/// A cause as text.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
struct Cause {
    text: String,
    #[source]
    below: Option<Box<Cause>>,
}

impl Cause {
    fn of(error: &(dyn StdError + 'static), change: &impl Fn(&str) -> String) -> Self {
        let below = error.source().map(|below| Box::new(Self::of(below, change)));
        Self { text: change(&error.to_string()), below }
    }
}

fn io_message(error: &io::Error) -> String {
    // "No such file or directory (os error 2)": the number helps nobody.
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

fn classify_io(error: &io::Error) -> (ErrorKind, Option<&'static str>) {
    use io::ErrorKind as Io;
    match error.kind() {
        Io::NotFound => (ErrorKind::NotFound, None),
        Io::AlreadyExists => (ErrorKind::AlreadyExists, None),
        Io::PermissionDenied => {
            (ErrorKind::PermissionDenied, Some("check the owner and mode of the file and its folders"))
        }
        Io::ReadOnlyFilesystem => (
            ErrorKind::PermissionDenied,
            Some(
                "nothing can be changed there until the file system is mounted for writing (`mount -o remount,rw`)",
            ),
        ),
        Io::NotADirectory => (ErrorKind::NotADirectory, None),
        Io::IsADirectory => (ErrorKind::IsADirectory, None),
        Io::StorageFull | Io::QuotaExceeded => {
            (ErrorKind::QuotaExceeded, Some("free some space and try again; nothing was changed"))
        }
        Io::FileTooLarge => (ErrorKind::QuotaExceeded, None),
        Io::InvalidInput => (ErrorKind::InvalidInput, None),
        Io::InvalidFilename => (
            ErrorKind::InvalidInput,
            Some("most file systems allow 255 bytes for a name and 4,096 for a whole path"),
        ),
        Io::TimedOut => (ErrorKind::Timeout, None),
        Io::Interrupted | Io::ConnectionReset | Io::ConnectionAborted | Io::BrokenPipe => {
            (ErrorKind::Interrupted, None)
        }
        Io::UnexpectedEof | Io::InvalidData => (ErrorKind::Corrupted, None),
        Io::Unsupported => (ErrorKind::Unsupported, None),
        _ => (ErrorKind::Unexpected, None),
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        // An error of ours that travelled through an `io` trait comes back as itself.
        match error.downcast::<Error>() {
            Ok(own) => own,
            Err(error) => Self::from_io(error),
        }
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::NotFound => io::ErrorKind::NotFound,
            ErrorKind::AlreadyExists => io::ErrorKind::AlreadyExists,
            ErrorKind::NotADirectory => io::ErrorKind::NotADirectory,
            ErrorKind::IsADirectory => io::ErrorKind::IsADirectory,
            ErrorKind::PermissionDenied | ErrorKind::Unauthenticated => io::ErrorKind::PermissionDenied,
            ErrorKind::Unsupported => io::ErrorKind::Unsupported,
            ErrorKind::InvalidInput | ErrorKind::Config => io::ErrorKind::InvalidInput,
            ErrorKind::Corrupted => io::ErrorKind::InvalidData,
            ErrorKind::QuotaExceeded => io::ErrorKind::StorageFull,
            ErrorKind::Timeout => io::ErrorKind::TimedOut,
            _ => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}

// By hand, not by `thiserror`: the text depends on what is known, and the cause is shared.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        if let Some(operation) = inner.operation {
            write!(f, "cannot {}", operation.describe())?;
            match (&inner.mount, &inner.path) {
                (Some(mount), Some(path)) => write!(f, " `{}:{}`", OneLine(mount), OneLine(path))?,
                (Some(mount), None) => write!(f, " mount `{}`", OneLine(mount))?,
                (None, Some(path)) => write!(f, " `{}`", OneLine(path))?,
                (None, None) => {}
            }
            f.write_str(": ")?;
        }
        write!(f, "{}", inner.kind.describe())?;
        if !inner.message.is_empty() && inner.message != inner.kind.describe() {
            write!(f, ": {}", OneLine(&inner.message))?;
        }
        if let Some(hint) = &inner.hint {
            write!(f, "; {}", OneLine(hint))?;
        }
        Ok(())
    }
}

/// Text whose control characters are escaped: names of files may hold line breaks, and a log has one error per line.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
        self.0
            .chars()
            .try_for_each(|c| if breaks(c) { write!(f, "{}", c.escape_default()) } else { f.write_char(c) })
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() { self.0.fields(f) } else { self.with_causes(f) }
    }
}

impl Inner {
    fn fields(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind)
            .field("operation", &self.operation)
            .field("mount", &self.mount)
            .field("path", &self.path)
            .field("message", &self.message)
            .field("hint", &self.hint)
            .field("source", &self.source)
            .finish()
    }
}

impl Error {
    /// The line of `Display` and the causes below it, in the form of `anyhow`: numbered where there is more than one.
    fn with_causes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut causes = Vec::new();
        let mut next = self.source();
        while let Some(cause) = next {
            causes.push(cause);
            next = cause.source();
        }
        if causes.is_empty() {
            return Ok(());
        }
        f.write_str("\n\nCaused by:")?;
        for (at, cause) in causes.iter().enumerate() {
            let cause = cause.to_string();
            let cause = OneLine(&cause);
            match causes.len() {
                1 => write!(f, "\n    {cause}")?,
                _ => write!(f, "\n    {at}: {cause}")?,
            }
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| &**source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_is_one_line_with_the_way_out() {
        let error = Error::not_found()
            .with_operation(Operation::Read)
            .with_mount("home")
            .with_path("a/b")
            .with_hint("run `storage ls home:a`");
        assert_eq!(
            error.to_string(),
            "cannot read `home:a/b`: not found: nothing is stored there; run `storage ls home:a`"
        );
    }

    #[test]
    fn a_line_break_in_a_path_stays_on_the_line() {
        let error = Error::not_found()
            .with_operation(Operation::Read)
            .with_mount("m")
            .with_path("a\nb\u{2028}c\u{e9}");
        assert!(error.to_string().starts_with("cannot read `m:a\\nb\\u{2028}c\u{e9}`"), "{error}");
    }

    #[test]
    fn debug_is_the_text_with_its_causes() {
        let missing = io::Error::new(io::ErrorKind::NotFound, "gone");
        let one = Error::not_found().with_operation(Operation::Read).with_path("a").with_source(missing);
        let text = "cannot read `a`: not found: nothing is stored there\n\nCaused by:\n    gone";
        assert_eq!(format!("{one:?}"), text);
        let two = Error::invalid("outer").with_source(one.clone());
        assert_eq!(
            format!("{two:?}"),
            "invalid input: outer\n\nCaused by:\n    0: cannot read `a`: not found: nothing is stored there\n    1: gone"
        );
        assert_eq!(format!("{:?}", Error::not_found()), Error::not_found().to_string());
        assert!(format!("{one:#?}").starts_with("Error {\n    kind: NotFound,"), "{one:#?}");
    }

    #[test]
    fn a_clone_tells_the_same_and_shares_the_cause() {
        let error = Error::from_io(io::Error::from_raw_os_error(13)).with_path("p").with_retryable(true);
        let clone = error.clone();
        assert_eq!((format!("{clone:#?}"), clone.is_retryable()), (format!("{error:#?}"), true));
        assert!(clone.source().is_some_and(<dyn StdError>::is::<io::Error>));
    }

    #[test]
    fn a_kind_is_shown_in_words() {
        assert_eq!(
            format!("[{}] [{:>12}]", ErrorKind::NotFound, ErrorKind::Timeout),
            "[not found] [   timed out]"
        );
    }

    #[test]
    fn an_error_survives_the_way_through_io() {
        let io: io::Error = Error::is_a_directory().with_path("x").into();
        assert_eq!(io.kind(), io::ErrorKind::IsADirectory);
        let back = Error::from(io);
        assert_eq!((back.kind(), back.path()), (ErrorKind::IsADirectory, Some("x")));
    }

    #[test]
    fn a_new_hint_takes_the_names_of_the_old_one_along() {
        let error = Error::invalid("too many").with_hint("raise `max_delete`").with_option("max_delete");
        assert_eq!(error.named(), [ApiName::Option("max_delete")]);
        assert_eq!(Error::invalid("x").with_hint_of(&error).named(), error.named());
        assert!(error.with_hint("do something else").named().is_empty());
    }

    #[test]
    fn a_read_only_file_system_is_no_matter_of_owners() {
        let error = Error::from_io(io::Error::from_raw_os_error(30));
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert!(error.hint().is_some_and(|hint| hint.contains("mounted for writing")), "{error}");
    }

    #[test]
    fn transport_errors_are_retryable_and_others_are_not() {
        assert!(Error::new(ErrorKind::Interrupted, "reset").is_retryable());
        assert!(!Error::not_found().is_retryable());
        assert!(!Error::new(ErrorKind::Interrupted, "cancelled").with_retryable(false).is_retryable());
    }
}
