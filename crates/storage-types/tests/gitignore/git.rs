//! A tree with a repository in it, and what git ignores there.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Directories end with `/`.
const TREE: &[&str] = &[
    "a",
    "b",
    "ab",
    "abc",
    "abab",
    "A",
    "B",
    "Ab",
    "ünï.txt",
    ".a",
    ".b",
    "a.o",
    "b.o",
    "ab.o",
    "a.b.c",
    "c.txt",
    "0",
    "a1",
    "keep.o",
    "#a",
    "!a",
    "#",
    "!",
    "a b",
    "a ",
    " a",
    "a\t",
    "-",
    "a-b",
    "a_b",
    "a+b",
    "a^b",
    "[a]",
    "[ab",
    "a]",
    "{a,b}",
    "{a",
    "a,b",
    "a\\",
    "a\\b",
    "\\a",
    "*",
    "**",
    "?",
    "a*",
    "a?b",
    "a$",
    "(a)",
    "a|b",
    "~a",
    "a~",
    "'a'",
    "\"a\"",
    "...",
    "d/",
    "d/a",
    "d/b",
    "d/ab",
    "d/a.o",
    "d/.a",
    "d/A",
    "d/d/",
    "d/d/a",
    "d/d/d/",
    "d/d/d/a",
    "d/d/d/b.o",
    "e/",
    "e/a/",
    "e/a/a",
    "e/a/b",
    "e/a/b.o",
    "e/a/a.o/",
    "e/a/a.o/b",
    "e/b/",
    "e/b/a",
    "e/b/a/",
    "e/ab/",
    "e/ab/c",
    "e/.d/",
    "e/.d/a",
    "foo/",
    "foo/bar",
    "foo/x/",
    "foo/x/bar",
    "foo/x/y/",
    "foo/x/y/bar",
    "foox/",
    "foox/bar",
    "foox/y/",
    "foox/y/bar",
    "foobar",
    "build/",
    "build/o",
    "build/sub/",
    "build/sub/build/",
    "build/sub/build/o",
    "src/",
    "src/build",
    "src/A b/",
    "src/A b/c",
    "src/*/",
    "src/*/a",
    "src/[x]/",
    "src/[x]/a",
    "doc/",
    "doc/frotz/",
    "doc/frotz/a",
    "x/",
    "x/doc/",
    "x/doc/frotz/",
    "x/doc/frotz/a",
    "logs/",
    "logs/debug.log",
    "logs/keep.log",
    "logs/1/",
    "logs/1/debug.log",
];

pub(crate) struct Repository {
    folder: TempDir,
    entries: Vec<(String, bool)>,
}

impl Repository {
    /// With everything that could be odd in it.
    pub(crate) fn new() -> Self {
        Self::of(TREE)
    }

    /// Without the names of which git looks at single bytes.
    pub(crate) fn of_ascii() -> Self {
        Self::of(&TREE.iter().copied().filter(|path| path.is_ascii()).collect::<Vec<_>>())
    }

    pub(crate) fn of(tree: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let here = Self { folder, entries: entries(tree) };
        here.git(&["init", "--quiet", "."], b"");
        for (path, directory) in &here.entries {
            let path = here.root().join(path);
            if *directory { fs::create_dir(path).unwrap() } else { fs::write(path, "").unwrap() }
        }
        here
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Everything in the tree, and whether it is a directory; parents come first.
    pub(crate) fn entries(&self) -> &[(String, bool)] {
        &self.entries
    }

    /// What git ignores by these rules, in the order of the tree.
    pub(crate) fn ignored_by(&self, rules: &str) -> Vec<String> {
        fs::write(self.root().join(".gitignore"), rules).unwrap();
        let asked: String = self.entries.iter().map(|(path, _)| format!("{path}\0")).collect();
        let told = self.git(&["check-ignore", "--no-index", "--stdin", "-z"], asked.as_bytes());
        let told = String::from_utf8(told).unwrap();
        told.split_terminator('\0').map(str::to_owned).collect()
    }

    /// Nothing of the machine's configuration shows through.
    fn git(&self, args: &[&str], input: &[u8]) -> Vec<u8> {
        let mut child = Command::new("git")
            .args(args)
            .current_dir(self.root())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env_remove("GIT_DIR")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("this test needs git, which cannot be run: {error}"));
        let mut stdin = child.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            scope.spawn(move || stdin.write_all(input).unwrap());
            child.wait_with_output().unwrap()
        });
        assert!(matches!(output.status.code(), Some(0 | 1)), "git {args:?} failed");
        output.stdout
    }
}

fn entries(tree: &[&str]) -> Vec<(String, bool)> {
    let mut entries: Vec<(String, bool)> = Vec::new();
    for path in tree {
        let (name, directory) = path.strip_suffix('/').map_or((*path, false), |name| (name, true));
        // What is a file and a directory in the list is a file.
        if !entries.iter().any(|(path, _)| path == name) {
            entries.push((name.to_owned(), directory));
        }
    }
    entries
}
