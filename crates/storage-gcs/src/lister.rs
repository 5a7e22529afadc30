//! Pages of keys ("Objects: list" of the JSON API).

use std::fmt;
use std::marker::PhantomData;

use async_trait::async_trait;
use http::Method;
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use storage_cloud::object::{ListObjects, ListQuery, Object, Page};
use storage_types::{Error, ErrorKind, Result};

use crate::backend::GcsStore;
use crate::resource::Resource;

/// What pages are cut down to: user metadata would make up most of them.
const FIELDS: &str =
    "kind,nextPageToken,prefixes,items(name,size,generation,timeCreated,updated,contentType,md5Hash,crc32c)";

/// A page as it comes.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Listing {
    kind: String,
    #[serde(deserialize_with = "at_most")]
    pub(crate) items: Option<Vec<Resource>>,
    #[serde(deserialize_with = "at_most")]
    prefixes: Option<Vec<String>>,
    pub(crate) next_page_token: Option<String>,
}

#[async_trait]
impl ListObjects for GcsStore {
    async fn list(&self, query: &ListQuery<'_>) -> Result<Page> {
        let limit = query.limit.map(|limit| limit.to_string());
        let call = self
            .objects_call(Method::GET)
            .query_encoded("fields", FIELDS)
            .query_some("prefix", Some(query.prefix).filter(|prefix| !prefix.is_empty()))
            .query_some("delimiter", query.delimiter.then_some("/"))
            .query_some("maxResults", limit.as_deref())
            .query_some("startOffset", query.start_after)
            .query_some("pageToken", query.token);
        self.ask::<Listing>(&call).await?.checked()?.page(query.start_after)
    }
}

impl Listing {
    /// Refuses any other object in JSON, which would look like an empty page: `kind` is "always `storage#objects`"
    /// (<https://cloud.google.com/storage/docs/json_api/v1/objects/list#response>).
    pub(crate) fn checked(self) -> Result<Self> {
        if self.kind == "storage#objects" {
            return Ok(self);
        }
        Err(Error::new(ErrorKind::Unexpected, "the service answered with something else than a listing")
            .with_hint("check that `endpoint` is the service itself"))
    }

    /// `startOffset` is the first key that is given; the one asked for comes behind it.
    fn page(self, start_after: Option<&str>) -> Result<Page> {
        let items = self.items.unwrap_or_default().into_iter();
        let behind = |item: &Resource| start_after != Some(item.name.as_str());
        let objects = items.filter(behind).map(|mut item| {
            let key = std::mem::take(&mut item.name);
            Ok(Object { key, metadata: item.metadata()? })
        });
        Ok(Page {
            objects: objects.collect::<Result<_>>()?,
            prefixes: self.prefixes.unwrap_or_default(),
            next: self.next_page_token.filter(|token| !token.is_empty()),
        })
    }
}

/// How many entries a page may have. The service gives a thousand.
const ENTRIES: usize = 100_000;

/// A list that may be missing or `null`, and is not longer than any page.
fn at_most<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct AtMost<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for AtMost<T> {
        type Value = Option<Vec<T>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of at most {ENTRIES} entries")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut all = Vec::new();
            while let Some(entry) = entries.next_element()? {
                if all.len() == ENTRIES {
                    return Err(serde::de::Error::invalid_length(ENTRIES + 1, &self));
                }
                all.push(entry);
            }
            Ok(Some(all))
        }
    }

    deserializer.deserialize_any(AtMost(PhantomData))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str, start_after: Option<&str>) -> Page {
        serde_json::from_str::<Listing>(text).unwrap().page(start_after).unwrap()
    }

    #[test]
    fn a_page_of_objects_and_prefixes() {
        let text = r#"{"kind":"storage#objects","nextPageToken":"Cgdhcg==","prefixes":["a/d/"],
            "items":[{"name":"a/b","size":"3","generation":"1"},{"name":"a/c","size":"5000000000000","generation":"2"}]}"#;
        let page = page(text, None);
        let keys: Vec<_> = page.objects.iter().map(|object| (&*object.key, object.metadata.size)).collect();
        assert_eq!(keys, [("a/b", 3), ("a/c", 5_000_000_000_000)]);
        assert_eq!((page.prefixes, page.next.as_deref()), (vec!["a/d/".to_owned()], Some("Cgdhcg==")));
    }

    #[test]
    fn the_key_asked_behind_is_left_out() {
        let text = r#"{"items":[{"name":"a","size":"1"},{"name":"a/","size":"0"}],"prefixes":null}"#;
        let keys: Vec<String> = page(text, Some("a")).objects.into_iter().map(|object| object.key).collect();
        assert_eq!(keys, ["a/"]);
    }

    #[test]
    fn another_object_is_no_empty_page() {
        for text in ["{}", r#"{"kind":"storage#object"}"#, r#"{"error":{"code":200}}"#] {
            let listing: Listing = serde_json::from_str(text).unwrap();
            assert_eq!(listing.checked().unwrap_err().kind(), ErrorKind::Unexpected, "{text}");
        }
    }

    #[test]
    fn a_page_has_a_bounded_number_of_entries() {
        let page = |entries: usize| {
            let items = vec!["{}"; entries].join(",");
            serde_json::from_str::<Listing>(&format!(r#"{{"items":[{items}]}}"#))
        };
        assert_eq!(page(ENTRIES).unwrap().items.unwrap().len(), ENTRIES);
        assert!(page(ENTRIES + 1).is_err());
    }

    #[test]
    fn nothing_is_an_empty_page() {
        let page = page(r#"{"kind":"storage#objects","items":null,"nextPageToken":""}"#, None);
        assert!(page.objects.is_empty() && page.prefixes.is_empty() && page.next.is_none());
    }
}
