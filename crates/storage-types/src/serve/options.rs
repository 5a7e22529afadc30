//! What the one who serves says about the answer.

/// How a browser is to treat the content (RFC 6266).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Disposition {
    /// Nothing is said: no `Content-Disposition`.
    #[default]
    Unsaid,
    /// Shown in place, and saved under its name.
    Inline,
    /// Saved, never shown. The safe way for content that others uploaded, beside
    /// [`sandboxed`](ServeOptions::sandboxed).
    Attachment,
}

/// Options of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ServeOptions {
    /// How a browser is to treat the content.
    pub disposition: Disposition,
    /// The name to save it under; by default that of the node.
    pub filename: Option<String>,
    /// The media type, whatever is stored.
    pub content_type: Option<String>,
    /// `Cache-Control`, whatever is stored.
    pub cache_control: Option<String>,
    /// Browsers show the content without letting it do anything.
    pub sandboxed: bool,
}

impl ServeOptions {
    /// What is stored decides.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// To be shown in place.
    #[must_use]
    pub fn inline(mut self) -> Self {
        self.disposition = Disposition::Inline;
        self
    }

    /// To be saved.
    #[must_use]
    pub fn attachment(mut self) -> Self {
        self.disposition = Disposition::Attachment;
        self
    }

    /// Browsers show the content as that of a stranger: no scripts, no forms, no cookies and requests of the site it
    /// comes from (`Content-Security-Policy: sandbox`). For pages that others uploaded.
    #[must_use]
    pub fn sandboxed(mut self) -> Self {
        self.sandboxed = true;
        self
    }

    /// The name to save it under.
    #[must_use]
    pub fn filename(mut self, name: impl Into<String>) -> Self {
        self.filename = Some(name.into());
        self
    }

    /// The media type.
    #[must_use]
    pub fn content_type(mut self, value: impl Into<String>) -> Self {
        self.content_type = Some(value.into());
        self
    }

    /// `Cache-Control`.
    #[must_use]
    pub fn cache_control(mut self, value: impl Into<String>) -> Self {
        self.cache_control = Some(value.into());
        self
    }
}
