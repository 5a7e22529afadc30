//! Modules of the two colours do not import each other in a circle, but for a few with a reason.
//!
//! What counts is where a thing is defined: a path through a re-export leads to the module behind it, and a re-export by
//! itself imports nothing. A module may use what the modules above it define. Tests inside a file may import anything.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use crate::files;
use crate::tidy::paths::{Use, code_without_tests, uses};
use crate::tidy::{DUAL_LINK, DUAL_OWNER, Finding, Findings};
use crate::workspace::Workspace;

/// The crates that compile the shared source.
const CRATES: [&str; 2] = ["crates/storage-core/src", "crates/storage-blocking/src"];

/// Circles that may remain: their modules, and why.
const ALLOWED: [(&[&str], &str); 1] =
    [(&["dual::stream", "rt"], "each colour waits for its streams in its own way")];

/// The modules of one crate by their path, such as `dual::node::walk`; the root of the crate is `""`.
#[derive(Default)]
struct Modules(BTreeMap<String, Vec<Use>>);

/// Which modules each module imports.
type Imports = BTreeMap<String, BTreeSet<String>>;

/// Reads the sources of both crates.
pub(crate) fn check(workspace: &Workspace) -> Findings {
    let mut findings = Vec::new();
    let mut unused: BTreeSet<usize> = (0..ALLOWED.len()).collect();
    for folder in CRATES {
        let imports = modules_below(workspace, folder)?.imports();
        for circle in circles(&imports) {
            match ALLOWED.iter().position(|(allowed, _)| is_within(&circle, allowed)) {
                Some(index) => drop(unused.remove(&index)),
                None => findings.push(circular(folder, &imports, &circle)),
            }
        }
    }
    findings.extend(unused.into_iter().filter_map(|index| ALLOWED.get(index)).map(|(names, _)| open(names)));
    Ok(findings)
}

fn is_within(circle: &BTreeSet<String>, allowed: &[&str]) -> bool {
    circle.iter().all(|name| allowed.contains(&name.as_str()))
}

fn modules_below(workspace: &Workspace, folder: &str) -> Result<Modules, String> {
    let root = workspace.root.join(folder);
    let mut modules = Modules::default();
    modules.read(&root, "")?;
    // The search for files does not follow the link of the blocking crate.
    if DUAL_LINK.starts_with(folder) && !modules.0.contains_key("dual") {
        modules.read(&workspace.root.join(DUAL_OWNER), "dual")?;
    }
    Ok(modules)
}

impl Modules {
    fn read(&mut self, folder: &Path, prefix: &str) -> Result<(), String> {
        for path in files::rust_below(folder)? {
            let text = code_without_tests(&files::text(&path)?);
            let Ok(inside) = path.strip_prefix(folder) else { continue };
            self.0.insert(joined(prefix, &module_name(inside)), uses(&text));
        }
        Ok(())
    }

    fn imports(&self) -> Imports {
        self.0.iter().map(|(module, uses)| (module.clone(), self.imports_of(module, uses))).collect()
    }

    /// A module and those above it do not count: they belong together.
    fn imports_of(&self, module: &str, uses: &[Use]) -> BTreeSet<String> {
        if module.is_empty() {
            return BTreeSet::new();
        }
        let paths = uses.iter().filter(|it| !it.reexported).map(|it| it.path.as_slice());
        let targets = paths.filter_map(|path| self.defining(module, path, 0));
        targets.filter(|target| !is_above(target, module)).collect()
    }

    /// The module that defines what `path` names when it stands in `module`; `None` for other crates.
    fn defining(&self, module: &str, path: &[String], depth: usize) -> Option<String> {
        let (mut current, mut rest) = self.start(module, path)?;
        while let Some((name, behind)) = rest.split_first() {
            let child = joined(&current, name);
            if self.0.contains_key(&child) {
                (current, rest) = (child, behind);
                continue;
            }
            let Some(bound) = self.bound(&current, name).filter(|_| depth < 8) else { break };
            let mut further = bound.path.clone();
            further.extend_from_slice(behind);
            return self.defining(&current, &further, depth + 1);
        }
        Some(current)
    }

    /// The module where the path begins, and what is left of the path.
    fn start<'p>(&self, module: &str, path: &'p [String]) -> Option<(String, &'p [String])> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some((String::new(), rest)),
            "self" => Some((module.to_owned(), rest)),
            "super" => {
                let (mut current, mut rest) = (parent(module), rest);
                while let Some((_, behind)) = rest.split_first().filter(|(name, _)| *name == "super") {
                    (current, rest) = (parent(&current), behind);
                }
                Some((current, rest))
            }
            name => self.0.contains_key(&joined(module, name)).then(|| (module.to_owned(), path)),
        }
    }

    /// What brings `name` into `module`.
    fn bound(&self, module: &str, name: &str) -> Option<&Use> {
        let uses = self.0.get(module)?;
        uses.iter()
            .find(|it| it.name.as_deref() == Some(name) && it.path.last().is_some_and(|end| end != "*"))
    }
}

/// `node/walk.rs` is `node::walk`, and `node/mod.rs` is `node`.
fn module_name(file: &Path) -> String {
    let mut parts: Vec<_> =
        file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod") || parts == ["lib"] {
        parts.pop();
    }
    parts.join("::")
}

fn joined(module: &str, name: &str) -> String {
    match (module, name) {
        ("", _) => name.to_owned(),
        (_, "") => module.to_owned(),
        _ => format!("{module}::{name}"),
    }
}

fn is_above(module: &str, other: &str) -> bool {
    other
        .strip_prefix(module)
        .is_some_and(|rest| module.is_empty() || rest.is_empty() || rest.starts_with("::"))
}

fn parent(module: &str) -> String {
    module.rsplit_once("::").map_or("", |(parent, _)| parent).to_owned()
}

/// The largest sets of modules each of which reaches all others.
fn circles(imports: &Imports) -> Vec<BTreeSet<String>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        imports.keys().map(|module| (module.as_str(), reachable(imports, module))).collect();
    let reaches = |a: &str, b: &str| reached.get(a).is_some_and(|reached| reached.contains(b));
    let mut found: BTreeSet<BTreeSet<String>> = BTreeSet::new();
    for module in imports.keys().filter(|module| reaches(module, module)) {
        let circle = imports.keys().filter(|other| reaches(module, other) && reaches(other, module));
        found.insert(circle.cloned().collect());
    }
    found.into_iter().collect()
}

/// What `module` imports, directly or through others.
fn reachable<'i>(imports: &'i Imports, module: &str) -> BTreeSet<&'i str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = imports.get(module).into_iter().flatten().map(String::as_str).collect();
    while let Some(next) = open.pop() {
        if reached.insert(next) {
            open.extend(imports.get(next).into_iter().flatten().map(String::as_str));
        }
    }
    reached
}

/// A shortest way from the first module of a circle back to it.
fn way_around<'i>(imports: &'i Imports, circle: &'i BTreeSet<String>) -> Vec<&'i str> {
    let Some(first) = circle.first() else { return Vec::new() };
    let mut ways = VecDeque::from([vec![first.as_str()]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        let last = way.last().copied().unwrap_or_default();
        for next in imports.get(last).into_iter().flatten().filter(|next| circle.contains(*next)) {
            let longer: Vec<&str> = way.iter().copied().chain([next.as_str()]).collect();
            if next == first {
                return longer;
            }
            if seen.insert(next) {
                ways.push_back(longer);
            }
        }
    }
    Vec::new()
}

fn circular(folder: &str, imports: &Imports, circle: &BTreeSet<String>) -> Finding {
    let mut message = format!("modules import each other: {}", way_around(imports, circle).join(" -> "));
    if circle.len() > 2 {
        let names: Vec<&str> = circle.iter().map(String::as_str).collect();
        message.push_str(&format!("; all {} of the circle: {}", circle.len(), names.join(", ")));
    }
    Finding {
        place: folder.to_owned(),
        message,
        repair: "move what both need to a module that imports neither; if they belong together, add the circle with \
                 its reason to `ALLOWED` in xtask/src/tidy/circles.rs"
            .to_owned(),
    }
}

fn open(names: &[&str]) -> Finding {
    Finding {
        place: "xtask/src/tidy/circles.rs".to_owned(),
        message: format!("the circle of {} is allowed and is there no more", names.join(", ")),
        repair: "remove it from `ALLOWED`".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modules(files: &[(&str, &str)]) -> Modules {
        let module = |(name, text): &(&str, &str)| ((*name).to_owned(), uses(&code_without_tests(text)));
        Modules(files.iter().map(module).collect())
    }

    fn circles_of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let circles = circles(&modules(files).imports());
        circles.into_iter().map(|circle| circle.into_iter().collect()).collect()
    }

    #[test]
    fn two_modules_that_import_each_other_are_a_circle() {
        let files = [
            ("a", "use crate::b::{self, B};\n"),
            ("b", "use super::c::C;\n"),
            ("c", "fn f() -> super::a::A {}\n"),
            ("d", "use crate::{a, b};\n"),
        ];
        assert_eq!(circles_of(&files), [["a", "b", "c"]]);
    }

    #[test]
    fn a_reexport_leads_to_the_module_behind_it() {
        let files = [
            ("node", "mod walk;\npub use walk::Walk;\npub struct Node;\n"),
            ("node::walk", "use super::Node;\n"),
            ("stream", "use crate::node::Walk;\n"),
        ];
        assert!(circles_of(&files).is_empty());
        let turned = [files[0], ("node::walk", "use crate::stream::Reader;\n"), files[2]];
        assert_eq!(circles_of(&turned), [["node::walk", "stream"]]);
    }

    #[test]
    fn a_module_and_its_parent_may_use_each_other() {
        let files = [
            ("carry", "use self::durable::FileSystems;\npub struct Carrier;\n"),
            ("carry::durable", "use super::Carrier;\n"),
            ("carry::route", "use super::durable::FileSystems;\n"),
        ];
        assert!(circles_of(&files).is_empty());
        let turned = [files[0], ("carry::durable", "use super::route::is_same;\n"), files[2]];
        assert_eq!(circles_of(&turned), [["carry::durable", "carry::route"]]);
    }

    #[test]
    fn tests_and_comments_import_nothing() {
        let files = [
            ("a", "// use crate::b::B;\n#[cfg(test)]\nmod tests {\n    use super::super::b::B;\n}\n"),
            ("b", "use super::a::A;\n"),
        ];
        assert!(circles_of(&files).is_empty());
    }

    #[test]
    fn a_finding_shows_the_shortest_way_around() {
        let files =
            [("a", "use crate::b::B;\n"), ("b", "use crate::c::C;\n"), ("c", "use crate::{a::A, b::B};\n")];
        let imports = modules(&files).imports();
        let finding = circular("src", &imports, &circles(&imports)[0]);
        assert!(finding.message.contains("a -> b -> c -> a"), "{}", finding.message);
    }

    #[test]
    fn files_have_the_names_of_their_modules() {
        let names =
            ["lib.rs", "dual/node/mod.rs", "dual/node/walk.rs", "rt.rs"].map(|it| module_name(Path::new(it)));
        assert_eq!(names, ["", "dual::node", "dual::node::walk", "rt"]);
    }
}
