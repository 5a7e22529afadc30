//! What is stored with content, for `put` and `cp`.

use clap::Args;
use storage::types::{CopyOptions, WriteOptions};

/// Headers, by the names that S3, Azure and Google have for them too.
#[derive(Debug, Args)]
pub(crate) struct HeaderArgs {
    /// Media type to store with it
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,

    /// How caches may keep it, such as `max-age=3600` (`Cache-Control`)
    #[arg(long, value_name = "VALUE")]
    cache_control: Option<String>,

    /// How it is packed, such as `gzip` (`Content-Encoding`); it is stored as it comes
    #[arg(long, value_name = "CODING")]
    content_encoding: Option<String>,

    /// Whether browsers show or save it, such as `attachment; filename="a.pdf"` (`Content-Disposition`)
    #[arg(long, value_name = "VALUE")]
    content_disposition: Option<String>,

    /// The language it is in, such as `de-CH` (`Content-Language`)
    #[arg(long, value_name = "LANGUAGE")]
    content_language: Option<String>,
}

impl HeaderArgs {
    /// The options with these headers.
    pub(crate) fn copy(&self, mut options: CopyOptions) -> CopyOptions {
        options.content_type.clone_from(&self.content_type);
        options.cache_control.clone_from(&self.cache_control);
        options.content_encoding.clone_from(&self.content_encoding);
        options.content_disposition.clone_from(&self.content_disposition);
        options.content_language.clone_from(&self.content_language);
        options
    }

    /// A write with these headers.
    pub(crate) fn write(&self) -> WriteOptions {
        let mut options = WriteOptions::new();
        self.copy(CopyOptions::new()).give_headers(&mut options);
        options
    }

    /// The first flag that was given.
    pub(crate) fn given(&self) -> Option<&'static str> {
        let flags = [
            ("--content-type", &self.content_type),
            ("--cache-control", &self.cache_control),
            ("--content-encoding", &self.content_encoding),
            ("--content-disposition", &self.content_disposition),
            ("--content-language", &self.content_language),
        ];
        flags.into_iter().find(|(_, value)| value.is_some()).map(|(flag, _)| flag)
    }
}
