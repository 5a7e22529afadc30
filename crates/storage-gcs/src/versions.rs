//! Generations as versions. There are no delete markers: an object that was deleted has no live generation.

use async_trait::async_trait;
use http::Method;
use storage_cloud::object::{ObjectVersions, Pages};
use storage_cloud::transport::Service;
use storage_types::{Error, Result, Version};

use crate::answer::deletion;
use crate::backend::GcsStore;
use crate::lister::Listing;
use crate::reader::at_version;
use crate::resource::Resource;

const FIELDS: &str = "kind,nextPageToken,items(name,size,generation,timeCreated,timeDeleted)";

#[async_trait]
impl ObjectVersions for GcsStore {
    async fn versions(&self, key: &str) -> Result<Vec<Version>> {
        let mut all = Vec::new();
        let (mut token, mut pages) = (None::<String>, Pages::default());
        loop {
            let call = self
                .objects_call(Method::GET)
                .query_encoded("fields", FIELDS)
                .query("prefix", key)
                .query("versions", "true")
                .query_some("pageToken", token.as_deref());
            let page = self.ask::<Listing>(&call).await?.checked()?;
            let items = page.items.unwrap_or_default();
            let first = items.first().map(|item| format!("{}\n{:?}", item.name, item.generation));
            // Keys come sorted: behind the first other one there is nothing more of this one.
            let beyond = items.iter().any(|item| item.name != key);
            all.extend(items.into_iter().filter(|item| item.name == key).filter_map(Resource::version));
            token = page.next_page_token.filter(|token| !token.is_empty());
            if beyond || token.is_none() {
                break;
            }
            pages.note(token.as_deref(), &first.unwrap_or_default())?;
        }
        let only_live = all.iter().all(|version| version.is_latest);
        if only_live && !all.is_empty() && self.keeps_none().await {
            return Err(Error::unsupported("keep versions"));
        }
        Ok(newest_first(all))
    }

    async fn delete_version(&self, key: &str, version: &str) -> Result<()> {
        let call = at_version(self.object_call(Method::DELETE, key)?, Some(version))?;
        deletion(self.send(&call).await?).await.map(drop)
    }
}

impl GcsStore {
    /// Whether the bucket is known to keep no versions. Old ones may be there from a time when it did.
    async fn keeps_none(&self) -> bool {
        matches!(self.keeps_versions().await, Ok(false))
    }

    /// What the error of a missing version means: in a bucket that keeps none, there can be none.
    pub(crate) async fn no_version(&self, error: Error) -> Error {
        if self.keeps_none().await { Error::unsupported("keep versions") } else { error }
    }
}

/// Generations of one object grow.
fn newest_first(mut versions: Vec<Version>) -> Vec<Version> {
    versions.sort_by_key(|version| std::cmp::Reverse(version.id.parse::<u64>().unwrap_or(0)));
    versions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_are_compared_as_numbers() {
        let ids = |versions: Vec<Version>| versions.into_iter().map(|it| it.id).collect::<Vec<_>>();
        let mixed = ["9", "10", "100"].map(Version::new).to_vec();
        assert_eq!(ids(newest_first(mixed)), ["100", "10", "9"]);
    }
}
