//! Random trees: a dry run names what the run does, and the run gives what `rsync -a --delete` gives.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::support::World;

/// Few, so that both sides often have the same. Some sort between a directory and what is in it.
const NAMES: [&str; 12] =
    ["a", "A", "b", "b c", "b-", "b.d", "Ünïcode ✓", "日本語", "-dash", "star*", "old.log", "tmp"];

/// What they lead to is the same before and after a run.
const TARGETS: [&str; 7] =
    ["nowhere", "../no where", "/etc/hostname", "/etc", "/dev/null", ".", "nirgends ✓"];

const SIZES: [usize; 5] = [0, 1, 5, 4096, 70_000];

const FILE_MODES: [u32; 5] = [0o644, 0o600, 0o755, 0o444, 0o640];

const DIRECTORY_MODES: [u32; 4] = [0o755, 0o700, 0o750, 0o775];

/// Other seconds have other fractions: rsync compares whole seconds.
const TIMES: [(u64, u32); 5] = [
    (1_000_000_000, 0),
    (1_300_000_000, 250_000_000),
    (1_500_000_000, 123_456_789),
    (1_600_000_000, 0),
    (1_700_000_000, 999_999_999),
];

fn trees() -> u64 {
    let quick = std::env::var_os("STORAGE_TEST_FULL").is_none_or(|value| value == "0");
    if quick { 40 } else { 600 }
}

/// The same numbers for the same seed (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }

    fn one_in(&mut self, number: usize) -> bool {
        self.below(number) == 0
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// Gives a file or directory a mode and a time.
    fn dress(&mut self, path: &Path, modes: &[u32], (seconds, nanos): (u64, u32)) {
        fs::set_permissions(path, Permissions::from_mode(self.pick(modes))).unwrap();
        set_time(path, SystemTime::UNIX_EPOCH + Duration::new(seconds, nanos));
    }

    fn dress_directory(&mut self, path: &Path) {
        let time = self.pick(&TIMES);
        self.dress(path, &DIRECTORY_MODES, time);
    }

    /// Files of one size and time have one content, as a comparison by size and time supposes.
    fn put_file(&mut self, path: &Path) {
        let time = self.pick(&TIMES);
        let letter = b"abcdefghij"[usize::try_from(time.0 / 100_000_000 % 10).unwrap()];
        fs::write(path, vec![letter; self.pick(&SIZES)]).unwrap();
        self.dress(path, &FILE_MODES, time);
    }

    fn put_directory(&mut self, path: &Path, depth: usize) {
        fs::create_dir(path).unwrap();
        if !self.one_in(4) {
            self.fill(path, depth);
        }
        self.dress_directory(path);
    }

    fn put(&mut self, path: &Path, depth: usize) {
        match self.below(8) {
            0..=2 if depth < 3 => self.put_directory(path, depth + 1),
            3 | 4 => symlink(self.pick(&TARGETS), path).unwrap(),
            _ => self.put_file(path),
        }
    }

    fn fill(&mut self, directory: &Path, depth: usize) {
        for name in NAMES {
            if self.one_in(3) {
                self.put(&directory.join(name), depth);
            }
        }
    }

    /// Changes some of what is in a directory.
    fn disturb(&mut self, directory: &Path, depth: usize) {
        let time = directory.metadata().unwrap().modified().unwrap();
        for name in NAMES {
            let path = directory.join(name);
            match path.symlink_metadata().map(|found| found.is_dir()) {
                Ok(true) if !self.one_in(6) => self.disturb(&path, depth + 1),
                Ok(false) if !self.one_in(3) => {}
                Ok(is_directory) => {
                    remove(&path, is_directory);
                    if self.one_in(2) {
                        self.put(&path, depth);
                    }
                }
                Err(_) if self.one_in(6) => self.put(&path, depth),
                Err(_) => {}
            }
        }
        if self.one_in(3) {
            self.dress_directory(directory);
        } else {
            set_time(directory, time);
        }
    }
}

fn set_time(path: &Path, time: SystemTime) {
    File::open(path).unwrap().set_modified(time).unwrap();
}

fn remove(path: &Path, is_directory: bool) {
    if is_directory { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").args([from, to]).status().unwrap();
    assert!(status.success(), "cp -a {} {}", from.display(), to.display());
}

/// What is under a name. Links have no mode of their own, and their times are not kept.
#[derive(Debug, Clone, PartialEq)]
enum Thing {
    Directory { mode: u32, time: SystemTime },
    File { mode: u32, time: SystemTime, size: usize, hash: u64 },
    Link(PathBuf),
}

impl Thing {
    fn of(path: &Path) -> Self {
        let found = path.symlink_metadata().unwrap();
        if found.is_symlink() {
            return Self::Link(path.read_link().unwrap());
        }
        let (mode, time) = (found.permissions().mode() & 0o7777, found.modified().unwrap());
        if found.is_dir() {
            return Self::Directory { mode, time };
        }
        let content = fs::read(path).unwrap();
        let mut hasher = DefaultHasher::new();
        content.hash(&mut hasher);
        Self::File { mode, time, size: content.len(), hash: hasher.finish() }
    }
}

type Tree = BTreeMap<PathBuf, Thing>;

fn tree(root: &Path) -> Tree {
    let mut found = Tree::new();
    let mut open = vec![root.to_owned()];
    while let Some(path) = open.pop() {
        let thing = Thing::of(&path);
        if matches!(thing, Thing::Directory { .. }) {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        found.insert(path.strip_prefix(root).unwrap().to_owned(), thing);
    }
    found
}

#[track_caller]
fn assert_same_tree(found: &Tree, expected: &Tree, what: &str) {
    let paths = found.keys().chain(expected.keys());
    let differing: Vec<_> = paths.filter(|path| found.get(*path) != expected.get(*path)).collect();
    let lines = differing.iter().map(|path| {
        format!("\n{}: {:?}, expected {:?}", path.display(), found.get(*path), expected.get(*path))
    });
    assert!(differing.is_empty(), "{what}:{}", lines.collect::<String>());
}

/// A pattern, and whether a path is excluded by it.
type Exclude = (&'static str, fn(&Path, &Thing) -> bool);

const EXCLUDES: [Exclude; 4] = [
    ("*.log", |path, _| path.components().any(|name| name.as_os_str().to_string_lossy().ends_with(".log"))),
    ("tmp/", |path, thing| {
        let above = path.parent().is_some_and(|above| has_name(above, "tmp"));
        above || path.ends_with("tmp") && matches!(thing, Thing::Directory { .. })
    }),
    ("/b c", |path, _| path.starts_with("b c")),
    ("a", |path, _| has_name(path, "a")),
];

fn has_name(path: &Path, name: &str) -> bool {
    path.components().any(|component| component == Component::Normal(name.as_ref()))
}

/// What a run said: its steps with the part of the run that they belong to, and what it did of each kind.
struct Told {
    output: Output,
    events: Vec<Value>,
}

impl Told {
    fn of(output: Output) -> Self {
        let lines = String::from_utf8(output.stdout.clone()).unwrap();
        let events = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        Self { output, events }
    }

    /// Steps before anything is deleted, deletions, steps after those; in each part in any order.
    fn steps(&self) -> Vec<String> {
        let (mut deletes, mut steps) = (false, Vec::new());
        for event in &self.events {
            match event["event"].as_str().unwrap() {
                "planned" => steps.push(format!("{} {event}", if deletes { "3" } else { "1" })),
                "deleted" => {
                    deletes = true;
                    steps.push(format!("2 {event}"));
                }
                _ => {}
            }
        }
        steps.sort();
        steps
    }

    fn destinations(&self, wanted: impl Fn(&Value) -> bool) -> Vec<&str> {
        let events = self.events.iter().filter(|event| wanted(event));
        let mut found: Vec<_> = events.map(|event| event["destination"].as_str().unwrap()).collect();
        found.sort_unstable();
        found
    }

    /// What was announced was done, and nothing else.
    fn keeps_its_word(&self) {
        let announced = |event: &Value, directory: bool, attributes: bool| {
            event["event"] == "planned"
                && (event["change"] == "attributes") == attributes
                && (attributes || (event["kind"] == "directory") == directory)
        };
        for (done, directory, attributes) in
            [("copied", false, false), ("directory_made", true, false), ("attributes_set", false, true)]
        {
            assert_eq!(
                self.destinations(|event| event["event"] == done),
                self.destinations(|event| announced(event, directory, attributes)),
                "{done}"
            );
        }
    }

    /// Directories are made before what is in them, and deleted after it.
    fn is_in_order(&self) {
        let mut deleted = Vec::new();
        let mut filled: Vec<&Path> = Vec::new();
        for event in &self.events {
            let Some(path) = event["destination"].as_str().map(Path::new) else { continue };
            if event["event"] == "deleted" {
                assert!(!deleted.iter().any(|gone| path.starts_with(gone)), "deleted too late: {event}");
                deleted.push(path);
            } else if event["event"] == "planned" {
                let early = event["change"] == "new" && filled.iter().any(|there| there.starts_with(path));
                assert!(!early, "made too late: {event}");
                filled.push(path);
            }
        }
    }

    /// What is said at the end, without times and rates.
    fn summary(&self) -> Vec<String> {
        let said = String::from_utf8(self.output.stderr.clone()).unwrap();
        let line = |line: &str| {
            let line = line.trim_start_matches("would be: ");
            let cut =
                line.rsplit_once(" in ").filter(|(_, time)| time.starts_with(|c: char| c.is_ascii_digit()));
            cut.map_or(line, |(said, _)| said).to_owned()
        };
        let mut lines: Vec<_> = said.lines().map(line).collect();
        // Errors of files that are copied side by side come in any order.
        lines.sort();
        lines
    }
}

/// Two random trees.
struct Pair {
    world: World,
    exclude: Option<Exclude>,
}

impl Pair {
    fn new(seed: u64) -> Self {
        let pair = Self { world: World::new(), exclude: None };
        let mut random = Random(seed);
        let (source, destination) = (pair.path("src"), pair.path("dst"));
        fs::create_dir(&source).unwrap();
        // A source with nothing in it empties nothing.
        random.put_file(&source.join("file"));
        random.fill(&source, 0);
        random.dress_directory(&source);
        if random.one_in(3) {
            random.put_directory(&destination, 0);
        } else {
            copy(&source, &destination);
            random.disturb(&destination, 0);
        }
        pair
    }

    fn excluding(seed: u64) -> Self {
        let exclude = Random(seed ^ 0xE0C1).pick(&EXCLUDES);
        Self { exclude: Some(exclude), ..Self::new(seed) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.world.here().join(name)
    }

    fn tree(&self, name: &str) -> Tree {
        tree(&self.path(name))
    }

    fn storage(&self, line: &str) -> Output {
        let mut args: Vec<&str> = line.split_whitespace().collect();
        args.extend(["--symlinks", "preserve"]);
        args.extend(self.exclude.iter().flat_map(|(pattern, _)| ["--exclude", *pattern]));
        args.extend(["src", "dst"]);
        self.world.command(&args).output().unwrap()
    }

    fn rsync(&self) -> Tree {
        copy(&self.path("dst"), &self.path("expected"));
        let mut command = Command::new("rsync");
        command.args(["-a", "--delete"]).current_dir(self.world.here());
        command.args(self.exclude.iter().map(|(pattern, _)| format!("--exclude={pattern}")));
        let output = command.args(["src/", "expected/"]).output();
        let output = output.unwrap_or_else(|error| panic!("{error}; hint: apt-get install rsync"));
        assert!(output.status.success() || self.exclude.is_some(), "{}", self.world.shown(&output));
        self.tree("expected")
    }

    /// The plan is the run, and the run gives what rsync gives.
    fn sync(&self, seed: u64) {
        let (source, before) = (self.tree("src"), self.tree("dst"));
        let expected = self.rsync();
        let plan = Told::of(self.storage("sync -n --delete --json"));
        assert_same_tree(&self.tree("dst"), &before, &format!("tree {seed}: the dry run changed it"));
        let run = Told::of(self.storage("sync --delete --json"));
        let (after, said) = (self.tree("dst"), self.world.shown(&run.output));
        self.is_same(&plan, &run, seed);
        assert_same_tree(&self.tree("src"), &source, &format!("tree {seed}: the source changed"));
        self.nothing_excluded_changed(&before, &after, seed);
        if run.output.status.success() {
            let (ours, theirs) = (self.like_rsync(&after, &source), self.like_rsync(&expected, &source));
            assert_same_tree(&ours, &theirs, &format!("tree {seed}: it is not what rsync gives\n{said}"));
            self.is_done(&after, seed);
        } else {
            // Something that is excluded lies where something of another kind is to be.
            assert!(self.exclude.is_some() && said.contains("so it stays"), "tree {seed}: {said}");
        }
    }

    /// Without what rsync does otherwise: what has the name of an excluded entry of the source stays here, and
    /// directories that stay for what is excluded in them have their times.
    fn like_rsync(&self, tree: &Tree, source: &Tree) -> Tree {
        let is_excluded = |path: &Path| {
            let thing = source.get(path);
            self.exclude.zip(thing).is_some_and(|((_, excludes), thing)| excludes(path, thing))
        };
        let mut tree = tree.clone();
        tree.retain(|path, _| !path.ancestors().any(is_excluded));
        for (path, thing) in &mut tree {
            if let Thing::Directory { time, .. } = thing
                && !matches!(source.get(path), Some(Thing::Directory { .. }))
            {
                *time = SystemTime::UNIX_EPOCH;
            }
        }
        tree
    }

    /// The plan is the run where nothing may be deleted, too.
    fn sync_without_deletion(&self, seed: u64) {
        let before = self.tree("dst");
        let plan = Told::of(self.storage("sync -n --json"));
        assert_same_tree(&self.tree("dst"), &before, &format!("tree {seed}: the dry run changed it"));
        let run = Told::of(self.storage("sync --json"));
        let said = self.world.shown(&run.output);
        self.is_same(&plan, &run, seed);
        let after = self.tree("dst");
        let gone: Vec<_> = before.keys().filter(|path| !after.contains_key(*path)).collect();
        assert!(gone.is_empty(), "tree {seed}: {gone:?} are gone\n{said}");
    }

    fn is_same(&self, plan: &Told, run: &Told, seed: u64) {
        let said = self.world.shown(&run.output);
        let (planned, taken) = (plan.steps(), run.steps());
        let only = |one: &[String], other: &[String]| {
            one.iter().filter(|step| !other.contains(step)).cloned().collect::<Vec<_>>()
        };
        let (idle, sudden) = (only(&planned, &taken), only(&taken, &planned));
        assert!(planned == taken, "tree {seed}: only planned: {idle:#?}\nonly done: {sudden:#?}\n{said}");
        assert_eq!(plan.summary(), run.summary(), "tree {seed}");
        assert_eq!(plan.output.status.code(), run.output.status.code(), "tree {seed}: {said}");
        plan.is_in_order();
        run.is_in_order();
        run.keeps_its_word();
    }

    fn nothing_excluded_changed(&self, before: &Tree, after: &Tree, seed: u64) {
        let Some((pattern, excludes)) = self.exclude else { return };
        for (path, thing) in before.iter().filter(|(path, thing)| excludes(path, thing)) {
            assert_eq!(after.get(path), Some(thing), "tree {seed}: {pattern} excludes {}", path.display());
        }
    }

    /// A second run has nothing to do, and a comparison finds nothing.
    fn is_done(&self, after: &Tree, seed: u64) {
        let again = Told::of(self.storage("sync --delete --json"));
        let said = self.world.shown(&again.output);
        assert!(again.output.status.success() && again.steps().is_empty(), "tree {seed}, again: {said}");
        assert!(said.contains("nothing to do: "), "tree {seed}, again: {said}");
        assert_same_tree(&self.tree("dst"), after, &format!("tree {seed}, again"));
        let check = self.storage("check");
        let said = self.world.shown(&check);
        assert!(check.status.success() && said.contains("no difference: "), "tree {seed}: {said}");
    }
}

/// On several threads: most of the time goes into starting programs and waiting for the disk.
fn for_each_tree(test: impl Fn(u64) + Sync) {
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(seed) =
                    Some(next.fetch_add(1, Ordering::Relaxed)).filter(|seed| *seed < trees())
                {
                    test(seed);
                }
            });
        }
    });
}

#[test]
fn a_dry_run_names_what_the_run_does_and_the_run_gives_what_rsync_gives() {
    for_each_tree(|seed| Pair::new(seed).sync(seed));
}

#[test]
fn what_is_excluded_is_neither_planned_nor_changed() {
    for_each_tree(|seed| Pair::excluding(seed).sync(seed));
}

#[test]
fn a_plan_without_deletion_is_the_run_too() {
    for_each_tree(|seed| Pair::new(seed).sync_without_deletion(seed));
}

#[test]
fn a_file_takes_the_place_of_a_link_to_a_directory_in_a_sync_that_deletes() {
    let world = World::new();
    world.write("src/name", "content");
    world.write("other/file", "other");
    world.mkdir("dst");
    symlink("../other", world.here().join("dst/name")).unwrap();
    for line in ["sync -n src dst", "sync src dst", "cp -r src/. dst"] {
        let said = world.run(line);
        assert!(said.contains("stands there, not a file"), "{line}\n{said}");
        assert!(said.starts_with("exit: 1\n"), "{line}\n{said}");
        assert!(world.here().join("dst/name").is_symlink(), "{line}");
    }
    world.ok("sync --delete src dst");
    assert_eq!(fs::read_to_string(world.here().join("dst/name")).unwrap(), "content");
    assert!(!world.here().join("dst/name").is_symlink());
    assert_eq!(fs::read_to_string(world.here().join("other/file")).unwrap(), "other");
}

#[test]
fn an_excluded_directory_never_gives_way_to_a_file() {
    let world = World::new();
    world.write("src/tmp", "a file");
    world.write("dst/tmp/precious", "precious");
    for line in ["sync -n --delete --exclude tmp/ src dst", "sync --delete --exclude tmp/ src dst"] {
        let said = world.run(line);
        assert!(said.starts_with("exit: 1\n") && said.contains("so it stays"), "{line}\n{said}");
        assert_eq!(fs::read_to_string(world.here().join("dst/tmp/precious")).unwrap(), "precious");
    }
}

/// Runs `script` for a shell in `world`; tells whether it succeeded.
fn sh(world: &World, script: &str) -> bool {
    Command::new("sh").args(["-ec", script]).current_dir(world.here()).status().unwrap().success()
}

/// What the links lead to is made, replaced or removed by the same run, while the files are written that replace them.
#[test]
fn a_file_takes_the_place_of_a_link_to_what_the_same_run_changes() {
    let targets =
        ["true", "mkdir d/t", "mkdir -p d/t/u", "echo old >d/t", "ln -s a d/t", "ln -s nowhere d/t"];
    let sources = ["echo t >s/t", "mkdir s/t", "ln -s a s/t", "true"];
    for (target, source) in targets.iter().flat_map(|target| sources.map(|source| (target, source))) {
        for options in ["", "--hard-links"] {
            let world = World::new();
            let script = format!(
                "mkdir s d; head -c 200000 /dev/zero >s/a; ln s/a s/b; {source}; ln -s t d/a; ln -s t d/b; {target}"
            );
            assert!(sh(&world, &script), "{script}");
            let line = format!("sync --delete --symlinks preserve {options} s d");
            let shown = world.run(&format!("{line} --bandwidth 2MiB"));
            assert!(shown.starts_with("exit: 0\n"), "{script}\n{line}\n{shown}");
            assert!(
                sh(&world, "test ! -L d/a -a ! -L d/b; diff -r --no-dereference s d"),
                "{script}\n{line}"
            );
            let again = world.run(&format!("{line} --json -n -v"));
            assert!(
                !again.contains("planned") && !again.contains("deleted\":\""),
                "{script}\n{line}\n{again}"
            );
        }
    }
}

/// Only a sync that deletes replaces these.
#[test]
fn a_link_to_a_directory_stays_where_nothing_is_deleted() {
    for options in ["", "--hard-links", "--skip never", "--skip never --hard-links"] {
        let world = World::new();
        assert!(sh(&world, "mkdir s d o; echo a >s/a; ln s/a s/b; ln -s ../o d/b; ln -s ../o d/a"));
        let shown = world.run(&format!("cp -r {options} s/. d"));
        assert!(shown.starts_with("exit: 1\n"), "{options}\n{shown}");
        assert!(sh(&world, "test -L d/a; test -L d/b; test -z \"$(ls o)\""), "{options}\n{shown}");
    }
}
