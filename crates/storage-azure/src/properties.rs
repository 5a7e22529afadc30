//! Replacing content type, cache control and user metadata of a blob that stays.

use http::header::IF_MATCH;
use http::{HeaderMap, Method};
use storage_cloud::transport::{Service, header_value, quoted};
use storage_types::options::unquoted;
use storage_types::{Error, ErrorKind, Metadata, Result, WriteMode, WriteOptions};

use crate::backend::AzureStore;
use crate::error::{Context, Demand};
use crate::headers::{self, UNTYPED};
use crate::request::AzureCall;

/// What is cleared unless it is sent along ("Set Blob Properties"), and the headers in which it comes.
pub(crate) const KEPT: [(&str, &str); 4] = [
    ("content-encoding", "x-ms-blob-content-encoding"),
    ("content-language", "x-ms-blob-content-language"),
    ("content-disposition", "x-ms-blob-content-disposition"),
    ("content-md5", "x-ms-blob-content-md5"),
];

/// How often it is begun anew because somebody else changes the blob too.
const CHANGES: usize = 10;

impl AzureStore {
    /// Two requests change it, each only if nobody else did: content type and its like, then user metadata.
    pub(crate) async fn replace_metadata(&self, key: &str, options: &WriteOptions) -> Result<Metadata> {
        let mut changes = 0;
        loop {
            let answer = self.head_answer(key, None).await?;
            let now = answer.headers();
            let size = answer.content_length().unwrap_or(0);
            let stored = headers::metadata(now, size, "content-md5");
            check(&stored, &options.mode)?;
            match self.replace_once(key, options, now, stored).await {
                Err(error)
                    if error.kind() == ErrorKind::PreconditionFailed
                        && options.mode == WriteMode::Replace
                        && changes < CHANGES =>
                {
                    changes += 1;
                }
                result => return result,
            }
        }
    }

    async fn replace_once(
        &self,
        key: &str,
        options: &WriteOptions,
        now: &HeaderMap,
        stored: Metadata,
    ) -> Result<Metadata> {
        let mut options = options.clone();
        options.keep_encoding_of(&stored);
        let etag = self.put_properties(key, &options, now, stored.etag.as_deref()).await?;
        let mut call =
            self.blob(Method::PUT, key).query("comp", "metadata").context(on_condition(etag.is_some()));
        headers::user_metadata(&options, &mut call.headers)?;
        if let Some(etag) = etag {
            call.headers.insert(IF_MATCH, header_value(&quoted(&etag))?);
        }
        let answer = self.send(&call).await?;
        let mut metadata = headers::written(answer.headers(), stored.size, &options);
        metadata.checksum = stored.checksum;
        Ok(metadata)
    }

    /// Gives the new ETag.
    pub(crate) async fn put_properties(
        &self,
        key: &str,
        options: &WriteOptions,
        now: &HeaderMap,
        etag: Option<&str>,
    ) -> Result<Option<String>> {
        let mut call =
            self.blob(Method::PUT, key).query("comp", "properties").context(on_condition(etag.is_some()));
        call = call.header("x-ms-blob-content-type", UNTYPED)?;
        for (theirs, ours) in KEPT {
            if let Some(kept) = now.get(theirs) {
                call.headers.insert(ours, kept.clone());
            }
        }
        headers::typed(options, &mut call.headers)?;
        if let Some(etag) = etag {
            call.headers.insert(IF_MATCH, header_value(&quoted(etag))?);
        }
        let answer = self.send(&call).await?;
        Ok(answer.header("etag").map(str::to_owned))
    }
}

fn on_condition(conditional: bool) -> Context {
    let demand = if conditional { Demand::IfMatch } else { Demand::None };
    Context { demand, ..Context::default() }
}

fn check(stored: &Metadata, mode: &WriteMode) -> Result<()> {
    match mode {
        WriteMode::IfMatch(etag) if stored.etag.as_deref() != Some(unquoted(etag)) => {
            Err(Error::etag_differs())
        }
        WriteMode::Create => Err(Error::already_exists()),
        _ => Ok(()),
    }
}
