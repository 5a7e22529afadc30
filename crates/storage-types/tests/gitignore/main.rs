//! Rules mean what they mean to git: hundreds of sets of rules, each judged by `git check-ignore` as well.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod git;
mod random;
mod written;

use storage_types::IgnoreRules;

use self::git::Repository;

/// The rules of those lines that are rules. A line that is refused can match nothing, so leaving it out changes nothing.
fn rules(text: &str) -> IgnoreRules {
    let lines = IgnoreRules::lines(text).filter(|line| IgnoreRules::new(&[line]).is_ok());
    IgnoreRules::new(&lines.collect::<Vec<_>>()).unwrap()
}

/// What our rules leave out, in the order of the tree.
fn ignored(repository: &Repository, text: &str) -> Vec<String> {
    let rules = rules(text);
    let entries = repository.entries().iter();
    entries
        .filter(|(path, directory)| rules.ignores(path, *directory))
        .map(|(path, _)| path.clone())
        .collect()
}

/// Compares each set of rules with git, and tells all that differ.
fn compare(sets: &[String], repository: &Repository) {
    let mut differences = Vec::new();
    let mut effects = 0;
    for text in sets {
        let (ours, theirs) = (ignored(repository, text), repository.ignored_by(text));
        effects += usize::from(!theirs.is_empty());
        if ours != theirs {
            let not_ours: Vec<_> = theirs.iter().filter(|path| !ours.contains(path)).collect();
            let only_ours: Vec<_> = ours.iter().filter(|path| !theirs.contains(path)).collect();
            differences.push(format!("{text:?}: git also ignores {not_ours:?}, and not {only_ours:?}"));
        }
    }
    assert!(differences.is_empty(), "{} of {}:\n{}", differences.len(), sets.len(), differences.join("\n"));
    assert!(
        effects * 2 > sets.len(),
        "most sets ignore something, so the comparison means something: {effects}"
    );
}

#[test]
fn rules_written_by_hand_mean_what_they_mean_to_git() {
    let sets = written::sets();
    assert!(sets.len() >= 150, "{}", sets.len());
    compare(&sets, &Repository::new());
}

#[test]
fn random_rules_mean_what_they_mean_to_git() {
    compare(&random::sets(400), &Repository::of_ascii());
}

#[test]
fn a_rule_that_is_refused_matches_nothing_in_git() {
    let repository = Repository::new();
    for rule in written::REFUSED {
        let error = IgnoreRules::new(&[rule]).unwrap_err().to_string();
        assert!(error.contains("line 1") && error.contains(rule), "{error}");
        assert!(repository.ignored_by(rule).is_empty(), "{rule}");
    }
}

/// `docs/patterns.md` tells these differences.
#[test]
fn rules_differ_from_git_where_that_is_documented() {
    let repository = Repository::of(&["a", "b", "é"]);
    let differs = |text: &str, ours: &[&str], theirs: &[&str]| {
        assert_eq!(ignored(&repository, text), ours, "{text}");
        assert_eq!(repository.ignored_by(text), theirs, "{text}");
    };
    // A character of two bytes.
    differs("?", &["a", "b", "é"], &["a", "b"]);
    differs("[!a]", &["b", "é"], &["b"]);
    differs("[é]", &["é"], &[]);
    // Git takes the dot for a name.
    differs("./a", &["a"], &[]);
    // Git ignores the range alone; here the rule is refused.
    differs("[b-ab]", &[], &["b"]);
    assert!(IgnoreRules::new(&["[b-ab]"]).is_err());
}
