//! Pages of keys ("Objects: list" of the JSON API).

use http::Method;
use serde::Deserialize;
use storage_cloud::object::{ListQuery, Object, Page};
use storage_types::Result;

use crate::backend::GcsStore;
use crate::resource::Resource;

/// What pages are cut down to: user metadata would make up most of them.
const FIELDS: &str =
    "nextPageToken,prefixes,items(name,size,generation,timeCreated,updated,contentType,md5Hash,crc32c)";

/// A page as it comes.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Listing {
    pub(crate) items: Option<Vec<Resource>>,
    prefixes: Option<Vec<String>>,
    pub(crate) next_page_token: Option<String>,
}

impl GcsStore {
    pub(crate) async fn list_objects(&self, query: &ListQuery<'_>) -> Result<Page> {
        let limit = query.limit.map(|limit| limit.to_string());
        let call = self
            .objects_call(Method::GET)
            .query("fields", FIELDS)
            .query_some("prefix", Some(query.prefix).filter(|prefix| !prefix.is_empty()))
            .query_some("delimiter", query.delimiter.then_some("/"))
            .query_some("maxResults", limit.as_deref())
            .query_some("startOffset", query.start_after)
            .query_some("pageToken", query.token);
        self.ask::<Listing>(call).await?.page(query.start_after)
    }
}

impl Listing {
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
    fn nothing_is_an_empty_page() {
        let page = page(r#"{"kind":"storage#objects","items":null,"nextPageToken":""}"#, None);
        assert!(page.objects.is_empty() && page.prefixes.is_empty() && page.next.is_none());
    }
}
