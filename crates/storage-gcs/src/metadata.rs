//! Metadata that is replaced ("Objects: patch" of the JSON API).

use http::Method;
use serde_json::{Map, Value, json};
use storage_types::{ErrorKind, Metadata, Result, WriteOptions};

use crate::backend::GcsStore;
use crate::request::GcsCall;
use crate::resource::{FIELDS, Resource, description};

impl GcsStore {
    /// Replaces the metadata of an object. A patch leaves alone what it does not name, so the
    /// pairs that are to go are named.
    pub(crate) async fn replace_metadata(&self, key: &str, options: &WriteOptions) -> Result<Metadata> {
        let mut tries = self.transport.retry().start();
        loop {
            let call =
                self.object_call(Method::GET, key)?.query("fields", "generation,metageneration,metadata");
            let old: Map<String, Value> = self.ask(&call).await?;
            let number = |name: &str| old.get(name).and_then(Value::as_str);
            let call = self
                .object_call(Method::PATCH, key)?
                .query_encoded("fields", FIELDS)
                .query_some("ifGenerationMatch", number("generation"))
                .query_some("ifMetagenerationMatch", number("metageneration"))
                .json(&replacement(&old, options)?);
            match self.ask::<Resource>(&call).await {
                // Somebody else was faster.
                Err(error) if error.kind() == ErrorKind::PreconditionFailed && tries.wait(None).await => {}
                result => return result?.metadata(),
            }
        }
    }
}

fn replacement(old: &Map<String, Value>, options: &WriteOptions) -> Result<Value> {
    let mut object = description("", options)?;
    object.remove("name");
    for name in ["contentType", "cacheControl"] {
        object.entry(name).or_insert(Value::Null);
    }
    let mut user = Map::new();
    if let Some(old) = old.get("metadata").and_then(Value::as_object) {
        user.extend(old.keys().map(|name| (name.clone(), Value::Null)));
    }
    user.extend(options.user.iter().map(|(name, value)| (name.clone(), json!(value))));
    object.insert("metadata".to_owned(), Value::Object(user));
    Ok(Value::Object(object))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_replaced_and_what_goes() {
        let old: Map<String, Value> = serde_json::from_str(r#"{"metadata":{"old":"1","both":"2"}}"#).unwrap();
        let options = WriteOptions::new().content_type("a/b").user("both", "3").user("new", "");
        let wanted = json!({
            "contentType": "a/b", "cacheControl": null,
            "metadata": { "old": null, "both": "3", "new": "" }
        });
        assert_eq!(replacement(&old, &options).unwrap(), wanted);
        assert!(replacement(&old, &WriteOptions::new().tag("a", "b")).is_err());
    }
}
