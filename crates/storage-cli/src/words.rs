//! The words of this program for what hints of the library call by its name in the API.

use std::collections::BTreeMap;

use clap::{ArgMatches, Command};
use storage::types::{ApiName, Error};

/// Calls that are commands here.
const COMMANDS: [(&str, &str); 3] = [
    ("capabilities()", "storage mounts -l"),
    ("stat", "storage stat"),
    ("versions", "storage versions list"),
];

/// What the command that runs calls the options of the library.
#[derive(Debug, Default)]
pub(crate) struct Words {
    flags: BTreeMap<String, String>,
}

impl Words {
    /// Those of the command that was chosen.
    pub(crate) fn of(mut command: &Command, mut matches: &ArgMatches) -> Self {
        while let Some((name, below)) = matches.subcommand() {
            let Some(chosen) = command.find_subcommand(name) else { break };
            (command, matches) = (chosen, below);
        }
        let mut flags = BTreeMap::new();
        for argument in command.get_arguments() {
            let Some(long) = argument.get_long() else { continue };
            let aliases = argument.get_all_aliases().unwrap_or_default();
            for name in aliases.into_iter().chain([long]) {
                flags.insert(name.replace('-', "_"), format!("--{long}"));
            }
        }
        Self { flags }
    }

    /// The hint of an error. One that needs what this command does not have is of no use.
    pub(crate) fn hint(&self, error: &Error) -> Option<String> {
        error.named().iter().try_fold(error.hint()?.to_owned(), |hint, name| {
            let (api, word) = match name {
                ApiName::Option(option) => (*option, self.flags.get(*option)?.as_str()),
                ApiName::Call(call) => (*call, COMMANDS.iter().find(|(api, _)| api == call)?.1),
                _ => return None,
            };
            Some(hint.replace(&format!("`{api}`"), &format!("`{word}`")))
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::args::Cli;

    fn words(line: &str) -> Words {
        let command = Cli::command();
        let matches = command.clone().try_get_matches_from(line.split_whitespace()).unwrap();
        Words::of(&command, &matches)
    }

    fn hint(line: &str, text: &'static str, option: &'static str) -> Option<String> {
        words(line).hint(&Error::invalid("x").with_hint(text).with_option(option))
    }

    #[test]
    fn options_are_flags_of_the_command() {
        let raised = |line| hint(line, "raise `max_bytes`, not max_bytes", "max_bytes");
        assert_eq!(raised("storage unzip a"), Some("raise `--max-bytes`, not max_bytes".to_owned()));
        assert_eq!(raised("storage diff a b"), Some("raise `--max-bytes`, not max_bytes".to_owned()));
        assert_eq!(raised("storage cat a"), None);
        assert_eq!(
            hint("storage unzip a", "`skip_unsafe_names`", "skip_unsafe_names").unwrap(),
            "`--skip-unsafe`"
        );
        assert_eq!(hint("storage rm a", "`recursive`", "recursive").unwrap(), "`--recursive`");
    }

    #[test]
    fn every_option_that_a_hint_can_name_is_a_flag_of_its_command() {
        for (line, options) in [
            ("storage sync a b", &["max_delete", "force", "dry_run", "symlinks"][..]),
            ("storage cp a b", &["symlinks"]),
            ("storage mv a b", &["symlinks"]),
            ("storage zip a b", &["symlinks"]),
            ("storage unzip a", &["max_bytes", "max_entries", "max_ratio", "skip_unsafe_names"]),
            ("storage diff a b", &["max_bytes"]),
            ("storage rm a", &["recursive"]),
            ("storage mkdir a", &["parents"]),
            #[cfg(feature = "http")]
            ("storage fill a b", &["max_bytes", "timeout", "allow_private"]),
        ] {
            let words = words(line);
            options.iter().for_each(|option| assert!(words.flags.contains_key(*option), "{line}: {option}"));
        }
    }

    #[test]
    fn calls_are_commands() {
        let error = Error::unsupported("keep tags");
        let hint = Words::default().hint(&error);
        assert_eq!(hint.as_deref(), Some("`storage mounts -l` tells what the mount can do"));
        let unknown = Error::invalid("x").with_hint("call `parent()`").with_call("parent()");
        assert_eq!(Words::default().hint(&unknown), None);
    }
}
