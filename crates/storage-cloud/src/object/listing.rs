//! One listing, page after page.

use storage_types::Result;

use super::pages::Pages;
use super::store::{ListObjects, ListQuery, Page};

/// How far a listing has come.
#[derive(Debug, Default)]
pub(super) struct Listing {
    next: Option<String>,
    pages: Pages,
    ended: bool,
}

impl Listing {
    /// Whether the last page was given.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// The page behind the one before; `None` behind the last. The query is the same for all pages, and its token is set
    /// here. A page may be empty, and more may come.
    ///
    /// # Errors
    ///
    /// Those of the store; `Unexpected` when the listing leads nowhere.
    pub(super) async fn page<S: ListObjects>(
        &mut self,
        store: &S,
        query: ListQuery<'_>,
    ) -> Result<Option<Page>> {
        if self.ended {
            return Ok(None);
        }
        let page = store.list(&ListQuery { token: self.next.as_deref(), ..query }).await?;
        self.take(query.prefix, page).map(Some)
    }

    /// Takes note of a page. Keys that were not asked for are left out: what is listed may be deleted next.
    fn take(&mut self, prefix: &str, mut page: Page) -> Result<Page> {
        self.pages.turn(&page)?;
        page.objects.retain(|object| object.key.starts_with(prefix));
        page.prefixes.retain(|folder| folder.starts_with(prefix));
        self.next = page.next.take();
        self.ended = self.next.is_none();
        Ok(page)
    }
}

#[cfg(test)]
mod tests {
    use storage_types::{ErrorKind, Metadata};

    use super::*;
    use crate::object::Object;

    fn page(keys: &[&str], next: Option<&str>) -> Page {
        let object = |key: &&str| Object { key: (*key).to_owned(), metadata: Metadata::file(1) };
        let prefixes = vec!["a/d/".to_owned(), "b/d/".to_owned()];
        Page { objects: keys.iter().map(object).collect(), prefixes, next: next.map(str::to_owned) }
    }

    #[test]
    fn it_goes_on_where_the_page_ended() -> Result<()> {
        let mut listing = Listing::default();
        listing.take("a/", page(&["a/1"], Some("t")))?;
        assert_eq!((listing.next.as_deref(), listing.ended()), (Some("t"), false));
        listing.take("a/", page(&["a/2"], None))?;
        assert_eq!((listing.next.as_deref(), listing.ended()), (None, true));
        Ok(())
    }

    #[test]
    fn keys_that_were_not_asked_for_are_left_out() -> Result<()> {
        let page = Listing::default().take("a/", page(&["a", "a/", "a/1", "ab", "b/1"], None))?;
        let keys: Vec<&str> = page.objects.iter().map(|object| object.key.as_str()).collect();
        assert_eq!(keys, ["a/", "a/1"]);
        assert_eq!(page.prefixes, ["a/d/"]);
        Ok(())
    }

    #[test]
    fn a_token_that_comes_again_ends_it() -> Result<()> {
        let mut listing = Listing::default();
        listing.take("", page(&["a"], Some("t")))?;
        let error = listing.take("", page(&["b"], Some("t"))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unexpected);
        Ok(())
    }
}
