//! Conditions of requests, in the order of RFC 9110, section 13.2.2.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::etag::{Comparison, EntityTag, first, list_matches, older};
use super::request::ServeRequest;

/// What is stored, as far as conditions are about it.
#[derive(Debug, Clone)]
pub(super) struct Validators {
    pub(super) etag: Option<EntityTag>,
    /// As it is sent: whole seconds, never in the future.
    pub(super) modified: Option<SystemTime>,
    pub(super) now: SystemTime,
}

/// What the conditions come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Send,
    NotModified,
    Failed,
}

impl Validators {
    pub(super) fn new(etag: Option<EntityTag>, modified: Option<SystemTime>, now: SystemTime) -> Self {
        // A time in the future must not be sent (RFC 9110, section 8.8.2.1); one before 1970 cannot be.
        let modified = modified.map(|time| time.min(now)).and_then(whole_seconds);
        Self { etag, modified, now }
    }

    /// Steps 1 to 4.
    pub(super) fn verdict(&self, request: &ServeRequest) -> Verdict {
        let etag = self.etag.as_ref();
        if let Some(list) = &request.if_match {
            if !list_matches(list, etag, Comparison::Strong) {
                return Verdict::Failed;
            }
        } else if !self.is_unmodified(request) {
            return Verdict::Failed;
        }
        if let Some(list) = &request.if_none_match {
            if list_matches(list, etag, Comparison::Weak) {
                return Verdict::NotModified;
            }
        } else if let Some(since) = self.date(request.if_modified_since.as_deref())
            && self.modified.is_some_and(|modified| modified <= since)
        {
            return Verdict::NotModified;
        }
        Verdict::Send
    }

    /// Step 2: whether it is as old as the request demands.
    pub(super) fn is_unmodified(&self, request: &ServeRequest) -> bool {
        let since = self.date(request.if_unmodified_since.as_deref());
        since.is_none_or(|since| self.modified.is_none_or(|modified| modified <= since))
    }

    /// Step 5: whether a range is of the content that the client has the rest of.
    pub(super) fn range_applies(&self, request: &ServeRequest) -> bool {
        let Some(condition) = request.if_range.as_deref().map(str::trim) else { return true };
        if let Some((tag, rest)) = first(condition) {
            let stored = self.etag.as_ref().filter(|stored| !stored.weak && !tag.weak);
            return rest.is_empty() && stored.is_some_and(|stored| stored.text == tag.text);
        }
        // A date is a strong validator only if nothing can have changed twice within its second.
        let strong = |modified: &SystemTime| older(*modified, Duration::from_secs(2), self.now);
        self.date(Some(condition)).is_some_and(|date| self.modified.filter(strong) == Some(date))
    }

    /// A date in one of the three forms (RFC 9110, section 5.6.7). One that is no date is no condition, and so is one
    /// where no time is stored.
    fn date(&self, text: Option<&str>) -> Option<SystemTime> {
        self.modified?;
        httpdate::parse_http_date(text?.trim()).ok()
    }
}

fn whole_seconds(time: SystemTime) -> Option<SystemTime> {
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    Some(UNIX_EPOCH + Duration::from_secs(since.as_secs()))
}
