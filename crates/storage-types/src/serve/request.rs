//! The part of a request that the answer depends on.

/// The method of a request, and those of its headers that decide about the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServeRequest {
    /// `GET`, `HEAD`, `PUT`, `DELETE` or another; methods are case-sensitive (RFC 9110, section 9.1).
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
    /// `Content-Length` of the body.
    pub content_length: Option<String>,
    /// `Content-Type` of the body.
    pub content_type: Option<String>,
    /// `Content-Encoding` of the body.
    pub content_encoding: Option<String>,
    /// `Content-Disposition` of the body.
    pub content_disposition: Option<String>,
    /// `Content-Language` of the body.
    pub content_language: Option<String>,
    /// `Content-MD5` of the body (RFC 1864).
    pub content_md5: Option<String>,
    /// `Content-Range` of the body.
    pub content_range: Option<String>,
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
            content_length: None,
            content_type: None,
            content_encoding: None,
            content_disposition: None,
            content_language: None,
            content_md5: None,
            content_range: None,
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
            "content-length" => &mut self.content_length,
            "content-type" => &mut self.content_type,
            "content-encoding" => &mut self.content_encoding,
            "content-disposition" => &mut self.content_disposition,
            "content-language" => &mut self.content_language,
            "content-md5" => &mut self.content_md5,
            "content-range" => &mut self.content_range,
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

/// The method and the headers of a request, whatever its body is.
#[cfg(feature = "http")]
impl<B> From<&http::Request<B>> for ServeRequest {
    fn from(request: &http::Request<B>) -> Self {
        of_http(request.method(), request.headers())
    }
}

/// The same of a request whose body was taken off.
#[cfg(feature = "http")]
impl From<&http::request::Parts> for ServeRequest {
    fn from(parts: &http::request::Parts) -> Self {
        of_http(&parts.method, &parts.headers)
    }
}

#[cfg(feature = "http")]
fn of_http(method: &http::Method, headers: &http::HeaderMap) -> ServeRequest {
    let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    ServeRequest::new(method.as_str(), headers)
}
