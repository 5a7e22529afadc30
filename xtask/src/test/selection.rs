//! A part of the behaviour suite.
//!
//! The runner's own filter is one substring: `memory::` would also choose `shared_memory::`, and two words cannot be
//! given. So the names are listed first, and those that were not chosen are skipped by their exact name.

use crate::cli::TestArgs;

/// The trials that were not chosen, out of all.
#[derive(Debug)]
pub(crate) struct Selection {
    skipped: Vec<String>,
    chosen: usize,
}

impl Selection {
    /// Divides the names of all trials.
    pub(crate) fn new(args: &TestArgs, names: &[String]) -> Self {
        let (chosen, skipped): (Vec<&String>, Vec<&String>) =
            names.iter().partition(|name| wanted(args, name));
        Self { skipped: skipped.into_iter().cloned().collect(), chosen: chosen.len() }
    }

    /// How many were chosen.
    pub(crate) fn chosen(&self) -> usize {
        self.chosen
    }

    /// The arguments for the runner.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        for name in &self.skipped {
            arguments.extend(["--skip".to_owned(), name.clone()]);
        }
        if !arguments.is_empty() {
            arguments.push("--exact".to_owned());
        }
        arguments
    }

    /// What to say when a choice is empty: mostly a backend's name was misspelt.
    pub(crate) fn nothing_chosen(names: &[String]) -> String {
        let mut backends: Vec<_> =
            names.iter().filter_map(|name| name.split_once("::")).map(|(it, _)| it).collect();
        backends.sort_unstable();
        backends.dedup();
        format!("no behaviour was chosen\n\nhint: the backends are {}", backends.join(", "))
    }
}

fn wanted(args: &TestArgs, name: &str) -> bool {
    let backend = name.split_once("::").map_or("", |(backend, _)| backend);
    let of_backend = args.backend.is_empty() || args.backend.iter().any(|wanted| wanted == backend);
    of_backend && (args.filters.is_empty() || args.filters.iter().any(|word| name.contains(word.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        ["memory::move_file", "memory::stat", "shared_memory::move_file"].map(str::to_owned).into()
    }

    #[test]
    fn a_backend_is_chosen_by_its_whole_name() {
        let args = TestArgs { backend: vec!["memory".to_owned()], ..TestArgs::default() };
        let selection = Selection::new(&args, &names());
        assert_eq!(selection.chosen(), 2);
        assert_eq!(selection.arguments(), ["--skip", "shared_memory::move_file", "--exact"]);
    }

    #[test]
    fn one_of_several_words_is_enough() {
        let args = TestArgs { filters: vec!["stat".to_owned(), "shared".to_owned()], ..TestArgs::default() };
        assert_eq!(Selection::new(&args, &names()).chosen(), 2);
    }

    #[test]
    fn an_empty_choice_names_the_backends() {
        assert!(Selection::nothing_chosen(&names()).ends_with("are memory, shared_memory"));
    }
}
