//! Patterns, rules and sizes from arbitrary text: none panics, none takes for ever, and a refusal is one line.

#![no_main]

use libfuzzer_sys::fuzz_target;
use storage_types::{ByteSize, Error, IgnoreRules, Pattern};

fuzz_target!(|text: &str| {
    // The first line is the path, the rest are rules.
    let (path, rules) = text.split_once('\n').unwrap_or((text, text));
    let is_name = |name: &str| !matches!(name, "" | "." | "..") && !name.contains('\0');
    let is_path = path.split('/').all(is_name);
    match Pattern::new(rules) {
        Ok(pattern) if is_path => check(&pattern, path),
        Ok(pattern) => drop(pattern.covers(path, false)),
        Err(error) => one_line(&error),
    }
    match IgnoreRules::new(&IgnoreRules::lines(rules).collect::<Vec<_>>()) {
        Ok(rules) => assert!(rules.ignores(path, false) || !rules.names(path, false)),
        Err(error) => one_line(&error),
    }
    if let Err(error) = text.parse::<ByteSize>() {
        one_line(&error);
    }
    if is_path {
        check_escaped(path);
    }
});

fn check(pattern: &Pattern, path: &str) {
    let above = path.match_indices('/').any(|(at, _)| pattern.matches(&path[..at], true));
    assert_eq!(pattern.covers(path, false), above || pattern.matches(path, false));
    assert!(!pattern.matches(path, false) || pattern.matches(path, true));
}

/// A path is matched by its own text.
fn check_escaped(path: &str) {
    let pattern = Pattern::new(&format!("/{}", Pattern::escape(path)));
    assert!(pattern.is_ok_and(|pattern| pattern.matches(path, false)));
}

fn one_line(error: &Error) {
    assert!(!error.to_string().contains('\n'), "an error is one line");
}
