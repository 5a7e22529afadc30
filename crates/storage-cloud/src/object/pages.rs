//! Pages of a listing that lead nowhere: a store, or a cache in front of it, that gives the same ones for ever.

use storage_types::{Error, ErrorKind, Result};

use super::store::Page;

/// A store may give pages without an entry, as far as it looked through what is deleted. So many in a row lead nowhere.
const EMPTY: u32 = 1000;

/// Looks at the pages of one listing as they come.
#[derive(Debug, Default)]
pub struct Pages {
    tokens: Recurrence,
    contents: Recurrence,
    empty: u32,
}

impl Pages {
    /// Takes note of a page that names the next one by `next`, and whose entries are told from those of others by `content`:
    /// empty for a page without any.
    ///
    /// # Errors
    ///
    /// `Unexpected` when the listing goes in a circle, or no entry comes any more.
    pub fn note(&mut self, next: Option<&str>, content: &str) -> Result<()> {
        let Some(next) = next else { return Ok(()) };
        let is_empty = content.is_empty();
        self.empty = if is_empty { self.empty + 1 } else { 0 };
        if self.tokens.is_back(next) || (!is_empty && self.contents.is_back(content)) {
            return Err(endless("the server gives the same page of a listing again and again"));
        }
        if self.empty > EMPTY {
            return Err(endless("the server gives one empty page of a listing after the other"));
        }
        Ok(())
    }

    /// The same for a page of objects.
    ///
    /// # Errors
    ///
    /// As [`note`](Self::note).
    pub fn turn(&mut self, page: &Page) -> Result<()> {
        let Some(next) = &page.next else { return Ok(()) };
        let (objects, prefixes) = (&page.objects, &page.prefixes);
        let ends = [
            objects.first().map(|object| object.key.as_str()),
            objects.last().map(|object| object.key.as_str()),
            prefixes.first().map(String::as_str),
            prefixes.last().map(String::as_str),
        ];
        let content = match ends {
            [None, None, None, None] => String::new(),
            ends => format!("{}\n{}\n{:?}", objects.len(), prefixes.len(), ends),
        };
        self.note(Some(next), &content)
    }
}

fn endless(what: &'static str) -> Error {
    Error::new(ErrorKind::Unexpected, what)
        .with_hint("check that the endpoint is the store itself, and no cache in front of it")
}

/// Finds out that a sequence goes in a circle, remembering one value (Brent's algorithm).
#[derive(Debug, Default)]
struct Recurrence {
    remembered: Option<String>,
    since: u64,
    /// After so many values another one is remembered.
    limit: u64,
}

impl Recurrence {
    /// Whether the next value is the one that is remembered.
    fn is_back(&mut self, value: &str) -> bool {
        if self.remembered.as_deref() == Some(value) {
            return true;
        }
        self.since += 1;
        if self.since >= self.limit {
            self.remembered = Some(value.to_owned());
            self.limit = (2 * self.limit).max(1);
            self.since = 0;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::Object;
    use storage_types::Metadata;

    fn page(keys: &[&str], next: &str) -> Page {
        let object = |key: &&str| Object { key: (*key).to_owned(), metadata: Metadata::file(1) };
        Page { objects: keys.iter().map(object).collect(), prefixes: Vec::new(), next: Some(next.to_owned()) }
    }

    /// How many pages are looked at before the listing ends with an error.
    fn looked_at(make: impl Fn(u32) -> Page) -> u32 {
        let mut pages = Pages::default();
        (0..100_000).find(|number| pages.turn(&make(*number)).is_err()).unwrap_or(u32::MAX)
    }

    #[test]
    fn a_page_that_comes_again_ends_the_listing() {
        assert_eq!(looked_at(|_| page(&["a"], "t")), 1);
        assert!(looked_at(|number| page(&["a", "b"], &number.to_string())) <= 2);
        for circle in [2, 3, 7, 50] {
            let token = |number: u32| (number % circle).to_string();
            assert!(looked_at(|number| page(&[&number.to_string()], &token(number))) <= 4 * circle);
            let tail = |number: u32| if number < 20 { number } else { 20 + number % circle };
            assert!(looked_at(|number| page(&["a"], &tail(number).to_string())) <= 2);
        }
    }

    #[test]
    fn empty_pages_end_somewhere() {
        assert_eq!(looked_at(|number| page(&[], &number.to_string())), EMPTY);
        // One that is not empty begins the count anew.
        let mixed = |number: u32| {
            let name = number.to_string();
            if number.is_multiple_of(900) { page(&[&name], &name) } else { page(&[], &name) }
        };
        assert_eq!(looked_at(mixed), u32::MAX);
    }

    #[test]
    fn long_listings_go_on() {
        assert_eq!(looked_at(|number| page(&[&number.to_string()], &number.to_string())), u32::MAX);
    }
}
