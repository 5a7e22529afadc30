//! What a `PUT` brings: how long it is, what is stored with it.

use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, alphabet};

use super::plan::ServePlan;
use super::request::ServeRequest;
use crate::options::WriteOptions;

/// What the one who serves allows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PutOptions {
    /// Bytes of a body at most; more is 413.
    pub max_bytes: Option<u64>,
    /// A body without `Content-Length` is 411.
    pub require_length: bool,
}

impl PutOptions {
    /// Bodies of any length, declared or not.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes of a body at most.
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// Whether a length has to be declared.
    #[must_use]
    pub fn require_length(mut self, required: bool) -> Self {
        self.require_length = required;
        self
    }
}

/// A body that may be stored.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PutPlan {
    /// Its length in bytes, where it is declared.
    pub length: Option<u64>,
    /// Its MD5, where it is declared.
    pub md5: Option<[u8; 16]>,
    /// What is stored with it.
    pub options: WriteOptions,
}

impl PutPlan {
    /// What `request` brings for a mount that keeps metadata, or does not.
    ///
    /// # Errors
    ///
    /// The answer that refuses it.
    pub fn new(
        request: &ServeRequest,
        options: &PutOptions,
        keeps_metadata: bool,
    ) -> Result<Self, ServePlan> {
        if request.method != "PUT" {
            return Err(ServePlan::empty(405).with("allow", "PUT"));
        }
        // It would be taken for the whole (RFC 9110, 14.5).
        if request.content_range.is_some() {
            return Err(ServePlan::empty(400));
        }
        let length = length(request)?;
        match length {
            None if options.require_length => return Err(ServePlan::empty(411)),
            Some(length) if options.max_bytes.is_some_and(|max| length > max) => {
                return Err(ServePlan::empty(413));
            }
            _ => {}
        }
        let md5 = match &request.content_md5 {
            Some(text) => Some(digest(text.trim()).ok_or_else(|| ServePlan::empty(400))?),
            None => None,
        };
        Ok(Self { length, md5, options: stored_with(request, length, keeps_metadata)? })
    }
}

/// Several lines that say the same are one (RFC 9110, 8.6).
fn length(request: &ServeRequest) -> Result<Option<u64>, ServePlan> {
    let Some(text) = &request.content_length else { return Ok(None) };
    let mut lengths = text.split(',').map(|number| {
        let number = number.trim();
        number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse::<u64>().ok()).flatten()
    });
    let first = lengths.next().flatten();
    match first.filter(|first| lengths.all(|other| other == Some(*first))) {
        Some(length) => Ok(Some(length)),
        None => Err(ServePlan::empty(400)),
    }
}

/// Whatever the last digit has beyond the bits of the digest means nothing (RFC 4648, 3.5).
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// 16 bytes in Base64 (RFC 4648, section 4).
fn digest(text: &str) -> Option<[u8; 16]> {
    BASE64.decode(text).ok()?.try_into().ok()
}

/// What cannot be kept is left out. Without its encoding nobody could read the content, so that is refused (RFC 9110, 15.5.16).
fn stored_with(
    request: &ServeRequest,
    length: Option<u64>,
    keeps_metadata: bool,
) -> Result<WriteOptions, ServePlan> {
    let mut options = WriteOptions::new();
    options.size = length;
    let encoding = request.content_encoding.clone().filter(|coding| !coding.eq_ignore_ascii_case("identity"));
    if !keeps_metadata {
        return if encoding.is_some() { Err(ServePlan::empty(415)) } else { Ok(options) };
    }
    options.content_encoding = encoding;
    options.content_type.clone_from(&request.content_type);
    options.content_disposition.clone_from(&request.content_disposition);
    options.content_language.clone_from(&request.content_language);
    Ok(options)
}
