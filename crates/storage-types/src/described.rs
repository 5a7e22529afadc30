//! What is stored with content and says how it is to be taken, in one place for all who copy it: content type, cache control,
//! encoding, disposition, language, user metadata.

use crate::metadata::Metadata;
use crate::options::WriteOptions;

impl WriteOptions {
    /// Whether any of the headers is given that a store keeps with content: `Content-Type`, `Cache-Control`,
    /// `Content-Encoding`, `Content-Disposition`, `Content-Language`.
    #[must_use]
    pub fn has_headers(&self) -> bool {
        let headers = [
            &self.content_type,
            &self.cache_control,
            &self.content_encoding,
            &self.content_disposition,
            &self.content_language,
        ];
        headers.into_iter().any(Option::is_some)
    }

    /// Takes what is stored with other content, user metadata included.
    pub fn describe_as(&mut self, stored: &Metadata) {
        self.content_type.clone_from(&stored.content_type);
        self.cache_control.clone_from(&stored.cache_control);
        self.content_encoding.clone_from(&stored.content_encoding);
        self.content_disposition.clone_from(&stored.content_disposition);
        self.content_language.clone_from(&stored.content_language);
        self.user.clone_from(&stored.user);
    }

    /// Takes the headers stored with other content that are not given here.
    pub fn add_headers_of(&mut self, stored: &Metadata) {
        fill(&mut self.content_type, &stored.content_type);
        fill(&mut self.cache_control, &stored.cache_control);
        self.keep_encoding_of(stored);
    }

    /// Takes encoding, disposition and language of stored content where they are not given here: whoever replaces the metadata
    /// of content that stays means content type, cache control and user metadata, and content that is packed stays so.
    pub fn keep_encoding_of(&mut self, stored: &Metadata) {
        fill(&mut self.content_encoding, &stored.content_encoding);
        fill(&mut self.content_disposition, &stored.content_disposition);
        fill(&mut self.content_language, &stored.content_language);
    }
}

impl Metadata {
    /// Takes what options store with content.
    pub fn describe(&mut self, options: &WriteOptions) {
        self.content_type.clone_from(&options.content_type);
        self.cache_control.clone_from(&options.cache_control);
        self.content_encoding.clone_from(&options.content_encoding);
        self.content_disposition.clone_from(&options.content_disposition);
        self.content_language.clone_from(&options.content_language);
        self.user.clone_from(&options.user);
    }

    /// Forgets the headers, for answers whose headers are about something else.
    pub fn forget_headers(&mut self) {
        (self.content_type, self.cache_control) = (None, None);
        (self.content_encoding, self.content_disposition, self.content_language) = (None, None, None);
    }
}

fn fill(given: &mut Option<String>, stored: &Option<String>) {
    if given.is_none() {
        given.clone_from(stored);
    }
}
