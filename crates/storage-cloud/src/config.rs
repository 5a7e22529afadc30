//! Checks that the configurations of all clouds share.

use storage_types::{Error, Result};

use crate::keys::Prefix;

/// The field `prefix` of a mount.
///
/// # Errors
///
/// `Config` naming the field.
pub fn prefix(text: &str) -> Result<Prefix> {
    Prefix::parse(text).map_err(|error| Error::config(format!("field `prefix`: {}", error.message())))
}

/// Refuses a mount that says in several ways who asks. Each way is its field, and whether it is given.
///
/// # Errors
///
/// `Config` naming the fields.
pub fn one_way_to_ask(ways: &[(&str, bool)]) -> Result<()> {
    let given: Vec<&str> = ways.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
    if given.len() > 1 {
        return Err(Error::config(format!(
            "fields `{}`: only one of them can say who asks",
            given.join("`, `")
        )));
    }
    Ok(())
}
