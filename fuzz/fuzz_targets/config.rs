//! Configuration from arbitrary text in every format: a typed error of one line, or mounts that are valid.

#![no_main]

use libfuzzer_sys::fuzz_target;
use storage_types::config::Format;
use storage_types::{Config, ErrorKind};

fuzz_target!(|text: &str| {
    for format in [Format::Json, Format::Yaml, Format::Toml] {
        match Config::from_text_with(text, format, &variable) {
            Ok(config) => check(&config),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Config);
                assert!(!error.to_string().contains('\n'), "an error is one line");
            }
        }
    }
});

/// A fixed environment, so that a finding repeats on every machine.
fn variable(name: &str) -> Option<String> {
    (name == "HOME").then(|| "/home/user".to_owned())
}

fn check(config: &Config) {
    assert!(config.validate().is_ok(), "what was read is valid");
    assert_eq!(config.to_json_exposed()["mounts"].as_array().map(Vec::len), Some(config.mounts.len()));
    let _ = format!("{config:?}");
}
