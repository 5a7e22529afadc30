//! Copies within the service ("Objects: rewrite" of the JSON API).

use async_trait::async_trait;
use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use storage_cloud::object::CopyObjects;
use storage_types::{Error, ErrorKind, Metadata, Result, WriteOptions};

use crate::backend::GcsStore;
use crate::error::Context;
use crate::request::{Call, GcsCall, segment};
use crate::resource::{FIELDS, Resource, description};

/// One call copies this much at most, in bytes, so that it is answered in time. A multiple of 1 MiB.
const PER_CALL: &str = "1073741824";

/// How far a copy has come.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rewrite {
    done: bool,
    rewrite_token: Option<String>,
    /// Bytes, as text.
    total_bytes_rewritten: Option<String>,
    resource: Option<Resource>,
}

#[async_trait]
impl CopyObjects for GcsStore {
    async fn copy(
        &self,
        source: &Self,
        from: &str,
        to: &str,
        options: &WriteOptions,
    ) -> Result<Option<Metadata>> {
        if !self.reaches(source) {
            return Ok(None);
        }
        let (object, generation) = source.changed(from, options).await?;
        let target = format!(
            "/storage/v1/b/{}/o/{}/rewriteTo/b/{}/o/{}",
            source.bucket,
            segment(from)?,
            self.bucket,
            segment(to)?
        );
        let (mut token, mut rewritten) = (None::<String>, None::<u64>);
        loop {
            let call = Call::to(Method::POST, target.clone())
                .context(Context::copy())
                .query("fields", &format!("done,rewriteToken,totalBytesRewritten,resource({FIELDS})"))
                .query("maxBytesRewrittenPerCall", PER_CALL)
                .query_some("sourceGeneration", generation.as_deref())
                .query_some("rewriteToken", token.as_deref())
                .condition(&options.mode)?
                .json(&object);
            // Large objects take several calls when they go to another place or class.
            let rewrite: Rewrite = self.ask(&call).await?;
            if rewrite.done {
                return rewrite.resource.unwrap_or_default().metadata().map(Some);
            }
            let now = rewrite.total_bytes_rewritten.as_deref().and_then(|bytes| bytes.parse().ok());
            if token.is_some() && now <= rewritten {
                return Err(lost());
            }
            rewritten = now;
            // Without it the copy would begin anew, for ever.
            token = Some(rewrite.rewrite_token.filter(|token| !token.is_empty()).ok_or_else(lost)?);
        }
    }
}

impl GcsStore {
    /// Whether this store can ask the service for what `source` holds, with the same rights.
    fn reaches(&self, source: &Self) -> bool {
        self.endpoint == source.endpoint
            && self.auth.source() == source.auth.source()
            && self.user_project == source.user_project
    }

    /// What the copy is described with. Nothing means "like the source"; anything replaces all of it, so then the rest is
    /// taken from the source as it is now.
    async fn changed(&self, from: &str, options: &WriteOptions) -> Result<(Value, Option<String>)> {
        let given = options.has_headers() || !options.user.is_empty();
        // Tags are refused here too.
        let mut object = description(from, options)?;
        object.remove("name");
        if !given {
            return Ok((json!({}), None));
        }
        let call = self.object_call(Method::GET, from)?.context(Context::copy());
        let old: Map<String, Value> = self.ask(&call).await?;
        for name in [
            "contentType",
            "cacheControl",
            "metadata",
            "contentEncoding",
            "contentDisposition",
            "contentLanguage",
        ] {
            if let Some(value) = old.get(name).filter(|_| !object.contains_key(name)) {
                object.insert(name.to_owned(), value.clone());
            }
        }
        let generation = old.get("generation").and_then(Value::as_str).map(str::to_owned);
        Ok((Value::Object(object), generation))
    }
}

fn lost() -> Error {
    Error::new(ErrorKind::Unexpected, "the service did not finish the copy and did not say how to go on")
        .with_hint("copy again; if `endpoint` is an emulator, it may not know copies in several calls")
}

#[cfg(test)]
mod tests {
    use storage_cloud::tuning::Tuning;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::credentials::Source;

    #[tokio::test]
    async fn a_copy_that_cannot_go_on_ends() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n{}") {
                assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0);
            }
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{\"done\":false}";
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8(request).unwrap()
        });
        let store = GcsStore::new("b".to_owned(), endpoint, Source::Anonymous, None, &Tuning::default());
        let error = store.copy(&store, "x", "y", &WriteOptions::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unexpected, "{error}");
        assert!(server.await.unwrap().contains("&maxBytesRewrittenPerCall=1073741824 "));
    }
}
