//! Names of the things that stand at the top of an archive, each once.

use std::collections::HashSet;

/// The names that are given away.
#[derive(Debug, Default)]
pub(super) struct Names(HashSet<String>);

impl Names {
    /// `name`, or where it is taken `stem (2).extension`, and so on.
    pub(super) fn unique(&mut self, name: &str) -> String {
        let (stem, extension) = match name.rfind('.').filter(|&dot| dot > 0) {
            Some(dot) => name.split_at(dot),
            None => (name, ""),
        };
        let mut candidate = name.to_owned();
        let mut number = 2_u64;
        while self.0.contains(&candidate) {
            candidate = format!("{stem} ({number}){extension}");
            number += 1;
        }
        self.0.insert(candidate.clone());
        candidate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_get_numbers() {
        let mut names = Names::default();
        let given =
            ["a.txt", "a.txt", "a (2).txt", "a.txt", ".rc", ".rc", "b", "b"].map(|name| names.unique(name));
        assert_eq!(
            given,
            ["a.txt", "a (2).txt", "a (2) (2).txt", "a (3).txt", ".rc", ".rc (2)", "b", "b (2)"]
        );
    }
}
