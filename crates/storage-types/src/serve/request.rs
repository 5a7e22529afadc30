//! The part of a request that the answer depends on.

/// The method of a request, and those of its headers that decide about the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServeRequest {
    /// `GET`, `HEAD` or another; methods are case-sensitive (RFC 9110, section 9.1).
    pub method: String,
    /// `If-Match`.
    pub if_match: Option<String>,
    /// `If-None-Match`.
    pub if_none_match: Option<String>,
    /// `If-Modified-Since`.
    pub if_modified_since: Option<String>,
    /// `If-Unmodified-Since`.
    pub if_unmodified_since: Option<String>,
    /// `If-Range`.
    pub if_range: Option<String>,
    /// `Range`.
    pub range: Option<String>,
}

impl ServeRequest {
    /// A request with this method and these headers, as any HTTP library gives them. Those that the answer does not
    /// depend on are passed over.
    #[must_use]
    pub fn new<N, V>(method: &str, headers: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
        let request = Self {
            method: method.to_owned(),
            if_match: None,
            if_none_match: None,
            if_modified_since: None,
            if_unmodified_since: None,
            if_range: None,
            range: None,
        };
        headers.into_iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    /// A plain `GET`.
    #[must_use]
    pub fn get() -> Self {
        Self::new::<&str, &str>("GET", [])
    }

    /// A plain `HEAD`.
    #[must_use]
    pub fn head() -> Self {
        Self::new::<&str, &str>("HEAD", [])
    }

    /// The same with one header more. A second line of one name adds to the first, as in a list (RFC 9110, section 5.3).
    #[must_use]
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
        let name = name.as_ref().to_ascii_lowercase();
        let field = match name.as_str() {
            "if-match" => &mut self.if_match,
            "if-none-match" => &mut self.if_none_match,
            "if-modified-since" => &mut self.if_modified_since,
            "if-unmodified-since" => &mut self.if_unmodified_since,
            "if-range" => &mut self.if_range,
            "range" => &mut self.range,
            _ => return self,
        };
        let value = String::from_utf8_lossy(value.as_ref());
        match field {
            Some(before) => {
                before.push_str(", ");
                before.push_str(&value);
            }
            None => *field = Some(value.into_owned()),
        }
        self
    }

    /// Whether the answer is the whole content, whatever is stored.
    #[must_use]
    pub fn is_plain_get(&self) -> bool {
        let conditions = [
            &self.if_match,
            &self.if_none_match,
            &self.if_modified_since,
            &self.if_unmodified_since,
            &self.range,
        ];
        self.method == "GET" && conditions.into_iter().all(Option::is_none)
    }
}
