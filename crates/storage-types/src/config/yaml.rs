//! YAML text as a value: within a budget, and with messages that echo nothing.

use serde_json::Value;
use serde_saphyr::Error as Yaml;

use super::strict::{DUPLICATE, NUMBER, Strict};
use super::text::{Format, at};
use crate::error::Result;
use crate::suggest::quoted;

/// One document, merge keys (`<<`) expanded. Aliases are counted as what they expand to ("billion laughs"); `yes`
/// and `no` are text, as YAML 1.2 has it.
pub(super) fn yaml(text: &str) -> Result<Value> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        with_snippet: false,
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 50_000 },
        budget: serde_saphyr::budget! {
            max_depth: 64,
            flow_nesting_limit: 64,
            max_nodes: 100_000,
            max_aliases: 1_000,
            max_anchors: 1_000,
            max_documents: 1,
            max_merge_keys: 1_000,
            max_total_scalar_bytes: 4 << 20,
        },
    };
    serde_saphyr::from_str_with_options::<Strict>(text, options).map(|strict| strict.0).map_err(|error| {
        let place = error.location();
        let line = place.map_or(1, |place| place.line());
        let column = place.map_or(1, |place| place.column());
        at(Format::Yaml, line, column, &sentence(&error))
    })
}

/// What is wrong, without any value of the text in it. Messages of the scanner hold one character at most.
fn sentence(error: &Yaml) -> String {
    match error {
        Yaml::WithSnippet { error, .. } | Yaml::AliasError { error, .. } => sentence(error),
        Yaml::ExternalMessage { msg, .. } => msg.clone(),
        Yaml::Message { msg, .. } if msg.starts_with(DUPLICATE) || msg == NUMBER => msg.clone(),
        Yaml::DuplicateMappingKey { key: Some(key), .. } => format!("{DUPLICATE}{}", quoted(key)),
        Yaml::DuplicateMappingKey { key: None, .. } => "the same key stands twice in a mapping".to_owned(),
        Yaml::NonFiniteFloat { .. } => NUMBER.to_owned(),
        Yaml::UnknownAnchor { .. } => "an alias (`*name`) without its anchor (`&name`)".to_owned(),
        Yaml::MultipleDocuments { .. } => "more than one document".to_owned(),
        Yaml::MergeValueNotMapOrSeqOfMaps { .. } => "the merge key `<<` needs a mapping".to_owned(),
        Yaml::RecursiveReferencesRequireWeakTypes { .. } => "an anchor that contains itself".to_owned(),
        Yaml::Eof { .. } => "the text ends too early".to_owned(),
        Yaml::Budget { .. }
        | Yaml::AliasReplayCounterOverflow { .. }
        | Yaml::AliasReplayLimitExceeded { .. }
        | Yaml::AliasExpansionLimitExceeded { .. }
        | Yaml::AliasReplayStackDepthExceeded { .. } => {
            "the text is too large or too deep, or its aliases expand to too much".to_owned()
        }
        _ => "this is not valid here".to_owned(),
    }
}
