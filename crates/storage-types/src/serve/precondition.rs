//! What has to hold before something is changed (RFC 9110, 13.2.2).

use std::time::SystemTime;

use super::conditions::Validators;
use super::etag::{Comparison, EntityTag, first, list_matches};
use super::request::ServeRequest;
use crate::metadata::Metadata;
use crate::options::WriteMode;

/// The conditions of a request that changes something.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Precondition {
    /// There are none.
    None,
    /// One that a store checks in the same step as it writes.
    Checked(WriteMode),
    /// One for which somebody has to look at what is stored: [`ServeRequest::settled`] makes a checked one of it.
    Look,
}

impl ServeRequest {
    /// What has to hold before something is changed.
    #[must_use]
    pub fn precondition(&self) -> Precondition {
        match (&self.if_match, &self.if_none_match, &self.if_unmodified_since) {
            (None, None, None) => Precondition::None,
            (Some(list), None, _) => match only_tag(list) {
                Some(tag) => Precondition::Checked(WriteMode::IfMatch(tag.to_owned())),
                None => Precondition::Look,
            },
            (None, Some(list), None) if list.trim() == "*" => Precondition::Checked(WriteMode::Create),
            // What is no date is no condition (RFC 9110, 13.1.4).
            (None, None, Some(date)) if httpdate::parse_http_date(date.trim()).is_err() => Precondition::None,
            _ => Precondition::Look,
        }
    }

    /// The condition that holds for what is `stored` now, as one that a store checks when it writes; `None` when the conditions of
    /// the request do not hold. The tag of a file that was just stored counts as a strong one here: that it is the same
    /// still is checked with the write.
    #[must_use]
    pub fn settled(&self, stored: Option<&Metadata>, now: SystemTime) -> Option<WriteMode> {
        let Some(stored) = stored else {
            return self.if_match.is_none().then_some(WriteMode::Create);
        };
        let validators = Validators::new(EntityTag::of(stored, now), stored.modified, now);
        let etag = validators.etag.as_ref();
        let names = |list: &str| list_matches(list, etag, Comparison::Weak);
        let holds = match (&self.if_match, &self.if_unmodified_since) {
            (Some(list), _) => names(list),
            (None, Some(_)) => validators.is_unmodified(self),
            (None, None) => true,
        };
        let refused = self.if_none_match.as_deref().is_some_and(|list| list.trim() == "*" || names(list));
        if !holds || refused {
            return None;
        }
        Some(stored.etag.clone().map_or(WriteMode::Replace, WriteMode::IfMatch))
    }
}

/// The tag of a list that has no other.
fn only_tag(list: &str) -> Option<&str> {
    let list = list.trim();
    first(list).filter(|(_, rest)| rest.is_empty()).map(|_| list)
}
