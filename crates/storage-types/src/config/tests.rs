//! Tests that go through the whole way from text to options.

mod options;
mod shapes;
mod text;

use super::{Config, Format};

/// Reads with a small environment of its own.
fn read(text: &str, format: Format) -> crate::Result<Config> {
    Config::from_text_with(text, format, &|name| match name {
        "HOME" => Some("/home/me".to_owned()),
        "KIND" => Some("memory".to_owned()),
        "PORT" => Some("8080".to_owned()),
        _ => None,
    })
}

#[track_caller]
fn refused(text: &str, format: Format) -> String {
    match read(text, format) {
        Ok(config) => panic!("accepted: {config:?}"),
        Err(error) => {
            assert_eq!(error.kind(), crate::ErrorKind::Config, "{error}");
            assert!(!error.to_string().contains('\n'), "{error}");
            error.to_string()
        }
    }
}
