//! Options of a Google Cloud Storage mount.

use std::path::PathBuf;
use std::sync::Arc;

use storage_cloud::config;
use storage_cloud::object::ObjectBackend;
use storage_cloud::tuning::Tuning;
use storage_core::{Backend, MountLookup, Provider};
use storage_types::{Error, MountConfig, Result, Secret};

use crate::backend::{GcsBackend, GcsStore};
use crate::credentials::Source;
use crate::resumable::{PART_MAX, PART_UNIT};

/// Google's own service.
pub(crate) const GOOGLE: &str = "https://storage.googleapis.com";

storage_cloud::cloud_config! {
    store
    /// Options of a Google Cloud Storage mount, in configuration and in code.
    ///
    /// ```
    /// use storage_gcs::GcsConfig;
    ///
    /// let backend = GcsConfig::new("photos").credentials_file("/etc/service-account.json").prefix("2026").build()?;
    /// # Ok::<(), storage_types::Error>(())
    /// ```
    ///
    /// A part has a multiple of 256 KiB, up to 1 GiB. Parts of an upload come one after the other: `concurrency` counts for reading.
    #[derive(Debug)]
    pub struct GcsConfig {
        /// The bucket.
        pub bucket: String,
        /// The folder of the bucket that the mount shows.
        #[serde(default)]
        pub prefix: String,
        /// `http://host:port` of an emulator, or the `https://` address of a private endpoint. Without it: Google's.
        #[serde(default)]
        pub endpoint: Option<String>,
        /// The text of a credentials file, in JSON: service account, authorised user, external account, impersonation.
        #[serde(default)]
        pub credentials: Option<Secret>,
        /// The path of a credentials file. It is read when it is first needed.
        #[serde(default)]
        pub credentials_file: Option<PathBuf>,
        /// Requests carry no token: for public buckets and emulators.
        #[serde(default)]
        pub anonymous: bool,
        /// The project that pays for requests to a bucket whose requesters pay.
        #[serde(default)]
        pub user_project: Option<String>,
        /// Credentials may go over plain `http://`, for others on the way to read. Without it they go to this machine alone.
        #[serde(default)]
        pub allow_plain_http: bool,
    }
}

storage_cloud::setters! {
    GcsConfig {
        set { prefix: String, anonymous: bool, allow_plain_http: bool }
        some {
            endpoint: String,
            credentials: Secret,
            credentials_file: PathBuf,
            user_project: String,
        }
        number {}
    }
}

impl GcsConfig {
    /// The bucket `bucket`, all else by default.
    #[must_use]
    pub fn new(bucket: impl Into<String>) -> Self {
        Self { bucket: bucket.into(), ..Self::default() }
    }

    /// The backend of these options. No I/O.
    ///
    /// # Errors
    ///
    /// `Config` naming the field and what is allowed.
    pub fn build(self) -> Result<GcsBackend> {
        let tuning = self.tuning()?;
        check_bucket(&self.bucket)?;
        let prefix = config::prefix(&self.prefix)?;
        let endpoint = endpoint(self.endpoint.as_deref())?;
        if let Some(project) = &self.user_project
            && http::HeaderValue::from_str(project).is_err()
        {
            return Err(Error::config("field `user_project`: it is no name of a project"));
        }
        let source = source(self.credentials, self.credentials_file, self.anonymous)?;
        if source != Source::Anonymous {
            config::no_secret_in_clear("endpoint", &endpoint, "the token", self.allow_plain_http)?;
        }
        let store = GcsStore::new(self.bucket, endpoint, source, self.user_project, &tuning);
        Ok(ObjectBackend::new(store, prefix, tuning))
    }

    fn tuning(&self) -> Result<Tuning> {
        let tuning = Tuning::new(self.tuning_options(), PART_UNIT, PART_MAX)?;
        if !tuning.part_size.is_multiple_of(PART_UNIT) {
            return Err(Error::config(format!(
                "field `part_size`: {} bytes, but it has to be a multiple of 256 KiB",
                tuning.part_size
            )));
        }
        Ok(tuning)
    }
}

fn check_bucket(bucket: &str) -> Result<()> {
    // https://cloud.google.com/storage/docs/buckets#naming; names with dots may have up to 222 characters.
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    if !(3..=222).contains(&bucket.len()) || !bucket.chars().all(allowed) || bucket.starts_with('.') {
        return Err(Error::config("field `bucket`: it is no name of a bucket").with_hint(
            "a bucket's name has 3 or more of `a-z 0-9 - _ .`; leave `gs://` out, and a folder belongs to `prefix`",
        ));
    }
    Ok(())
}

fn endpoint(given: Option<&str>) -> Result<String> {
    let text = given.unwrap_or(GOOGLE).trim_end_matches('/');
    let wrong = |what: &str| {
        Error::config(format!("field `endpoint`: {what}"))
            .with_hint("write it like `http://localhost:4443`, or leave it out for Google's own service")
    };
    let url: reqwest::Url = text.parse().map_err(|_| wrong("it is no URL"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("it begins with neither `https://` nor `http://`"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it has a user or password in it"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it has a query or fragment"));
    }
    // As it is sent: a name in other letters than ASCII is encoded (RFC 5890).
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn source(credentials: Option<Secret>, file: Option<PathBuf>, anonymous: bool) -> Result<Source> {
    config::one_way_to_ask(&[
        ("credentials", credentials.is_some()),
        ("credentials_file", file.is_some()),
        ("anonymous", anonymous),
    ])?;
    Ok(match (credentials, file) {
        (Some(text), _) => Source::Json(text),
        (_, Some(path)) => Source::File(path),
        _ if anonymous => Source::Anonymous,
        _ => Source::Default,
    })
}

/// Builds Google Cloud Storage mounts.
#[derive(Debug, Clone, Copy)]
pub struct GcsProvider;

impl Provider for GcsProvider {
    fn kind(&self) -> &'static str {
        "gcs"
    }

    fn aliases(&self) -> &[&str] {
        &["gs"]
    }

    fn build(&self, config: &MountConfig, _mounts: &MountLookup<'_>) -> Result<Arc<dyn Backend>> {
        let options: GcsConfig = config.parse_options()?;
        let backend = options.build().map_err(|error| error.with_mount_if_unset(config.name()))?;
        Ok(Arc::new(backend))
    }
}

#[cfg(test)]
mod tests {
    use storage_types::ErrorKind;

    use super::*;

    fn refused(mount: &MountConfig) -> String {
        let error = GcsProvider.build(mount, &MountLookup::empty()).map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        error.to_string()
    }

    fn mount() -> MountConfig {
        MountConfig::new("m", "gcs").option("bucket", "my-bucket")
    }

    #[test]
    fn what_is_wrong_names_its_field() {
        for (mount, field) in [
            (MountConfig::new("m", "gcs"), "bucket"),
            (MountConfig::new("m", "gcs").option("bucket", "gs://b"), "bucket"),
            (mount().option("endpoint", "localhost:1"), "endpoint"),
            (mount().option("endpoint", "http://user:hunter2@host"), "endpoint"),
            (mount().option("prefix", "a/../../b"), "prefix"),
            (mount().option("part_size", "300 kB"), "part_size"),
            (mount().option("part_size", "100 kB"), "part_size"),
            (mount().option("user_project", "a\nb"), "user_project"),
            (mount().option("bukcet", "x"), "bukcet"),
        ] {
            let error = refused(&mount);
            assert!(error.contains(field) && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn one_way_says_who_asks() {
        let both = mount().option("anonymous", true).secret("credentials", "{\"private_key\":\"hunter2\"}");
        let error = refused(&both);
        assert!(error.contains("`credentials`, `anonymous`") && !error.contains("hunter2"), "{error}");
        refused(&mount().option("credentials_file", "x.json").secret("credentials", "{}"));
    }

    #[test]
    fn tokens_go_over_plain_http_only_where_that_is_allowed() {
        let at = |endpoint: &str| mount().option("endpoint", endpoint);
        assert!(refused(&at("http://storage:4443")).contains("allow_plain_http"));
        for mount in [
            at("http://storage:4443").option("allow_plain_http", true),
            at("http://storage:4443").option("anonymous", true),
            at("http://127.0.0.1:4443"),
            at("https://storage"),
        ] {
            assert!(GcsProvider.build(&mount, &MountLookup::empty()).is_ok(), "{mount:?}");
        }
    }

    #[test]
    fn building_reads_no_file() {
        let missing = mount().option("credentials_file", "/nowhere/key.json");
        assert_eq!(GcsProvider.build(&missing, &MountLookup::empty()).unwrap().kind(), "gcs");
    }
}
