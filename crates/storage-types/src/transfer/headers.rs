//! Headers that copies get, whatever their source has.

use super::CopyOptions;
use crate::options::WriteOptions;

impl CopyOptions {
    /// Media type of the copies, whatever the source has.
    #[must_use]
    pub fn content_type(mut self, value: impl Into<String>) -> Self {
        self.content_type = Some(value.into());
        self
    }

    /// `Cache-Control` (RFC 9111) of the copies, whatever the source has.
    #[must_use]
    pub fn cache_control(mut self, value: impl Into<String>) -> Self {
        self.cache_control = Some(value.into());
        self
    }

    /// `Content-Encoding` of the copies, whatever the source has: how the content is packed already, such as `gzip`.
    #[must_use]
    pub fn content_encoding(mut self, value: impl Into<String>) -> Self {
        self.content_encoding = Some(value.into());
        self
    }

    /// `Content-Disposition` (RFC 6266) of the copies, whatever the source has.
    #[must_use]
    pub fn content_disposition(mut self, value: impl Into<String>) -> Self {
        self.content_disposition = Some(value.into());
        self
    }

    /// `Content-Language` of the copies, such as `de-CH`, whatever the source has.
    #[must_use]
    pub fn content_language(mut self, value: impl Into<String>) -> Self {
        self.content_language = Some(value.into());
        self
    }

    /// Whether copies get headers that their source need not have.
    #[must_use]
    pub fn has_headers(&self) -> bool {
        let mut options = WriteOptions::new();
        self.give_headers(&mut options);
        options.has_headers()
    }

    /// Gives a write the headers that copies get. Who names a header means it, so a store that keeps none refuses it.
    pub fn give_headers(&self, options: &mut WriteOptions) {
        let pairs = [
            (&self.content_type, &mut options.content_type),
            (&self.cache_control, &mut options.cache_control),
            (&self.content_encoding, &mut options.content_encoding),
            (&self.content_disposition, &mut options.content_disposition),
            (&self.content_language, &mut options.content_language),
        ];
        for (given, header) in pairs {
            if given.is_some() {
                header.clone_from(given);
                options.metadata_optional = false;
            }
        }
    }
}
