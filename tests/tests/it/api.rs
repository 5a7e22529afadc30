//! Both colours have the same public API: every name, every method, every field, read from the sources.
//!
//! Whether a function is async is no difference, and neither are the types in its signature: those follow from the
//! colour. What else differs stands in [`ALLOWED`], each with its reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::punctuated::Punctuated;
use syn::{Attribute, FnArg, ImplItem, Item, Pat, Signature, Token, TraitItem, Type, UseTree, Visibility};

/// What one colour has and the other has not, and why.
const ALLOWED: [(&str, &str); 24] = [
    ("module bridge", "it needs both colours, so it stands in the one that depends on the other"),
    ("impl AsyncRead for Reader", "`Read` in the blocking colour"),
    ("impl AsyncSeek for Reader", "`Seek` in the blocking colour"),
    ("impl AsyncWrite for Writer", "`Write` in the blocking colour"),
    ("impl Stream for Reader", "chunks without a copy; `BufRead` in the blocking colour"),
    ("impl BufRead for Reader", "chunks without a copy; `Stream` in the async colour"),
    ("impl Read for Reader", "`AsyncRead` in the async colour"),
    ("impl Seek for Reader", "`AsyncSeek` in the async colour"),
    ("impl Write for Writer", "`AsyncWrite` in the async colour"),
    ("impl AsyncBufRead for Reader", "`BufRead` in the blocking colour"),
    ("export FuturesIo", "the traits of the `futures` crate are async"),
    ("struct FuturesIo", "the traits of the `futures` crate are async"),
    ("fn FuturesIo::into_inner(self)", "the traits of the `futures` crate are async"),
    ("fn Reader::into_futures(self)", "the traits of the `futures` crate are async"),
    ("fn Writer::into_futures(self)", "the traits of the `futures` crate are async"),
    ("impl Debug for FuturesIo", "the traits of the `futures` crate are async"),
    ("impl AsyncRead for FuturesIo", "the traits of the `futures` crate are async"),
    ("impl AsyncBufRead for FuturesIo", "the traits of the `futures` crate are async"),
    ("impl AsyncSeek for FuturesIo", "the traits of the `futures` crate are async"),
    ("impl AsyncWrite for FuturesIo", "the traits of the `futures` crate are async"),
    ("export ServeBody", "the body of HTTP libraries is polled"),
    ("struct ServeBody", "the body of HTTP libraries is polled"),
    ("impl Debug for ServeBody", "the body of HTTP libraries is polled"),
    ("impl Body for ServeBody", "the body of HTTP libraries is polled"),
];

/// Differences that come in pairs: `Iterator` stands on the listing itself, `Stream` behind `into_stream`.
const ALLOWED_ITERATORS: [&str; 2] = ["impl Iterator for Children", "impl Iterator for Walk"];

type Api = BTreeSet<String>;

fn sources(krate: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates").join(krate).join("src")
}

fn text(path: &Path) -> String {
    match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

fn parsed(source: &str, origin: &str) -> syn::File {
    match syn::parse_file(source) {
        Ok(file) => file,
        Err(error) => panic!("{origin}: {error}\n{source}"),
    }
}

/// The public API of a crate, and of `more` as if it stood in one of its files.
fn api_of(krate: &str, more: &str) -> Api {
    let mut files = Vec::new();
    let root = sources(krate);
    collect(&root.join("lib.rs"), &root, &mut files);
    files.push(parsed(more, "the addition"));
    let files: Vec<syn::File> = files.into_iter().map(expanded).collect();
    let public: BTreeSet<String> =
        files.iter().flat_map(|file| &file.items).filter_map(public_type).collect();
    let mut api = Api::new();
    // The first file is `lib.rs`: what it exports is how callers reach everything else.
    for item in &files[0].items {
        exported(item, &mut api);
    }
    for item in files.iter().flat_map(|file| &file.items) {
        described(item, &public, &mut api);
    }
    api
}

/// A file and the modules that it declares, except the bridge.
fn collect(file: &Path, folder: &Path, files: &mut Vec<syn::File>) {
    let parsed = parsed(&text(file), &file.display().to_string());
    let inside: Vec<String> = parsed.items.iter().filter_map(declared_module).collect();
    files.push(parsed);
    for module in inside.into_iter().filter(|module| module != "bridge") {
        let flat = folder.join(format!("{module}.rs"));
        let nested = folder.join(&module);
        let path = if flat.exists() { flat } else { nested.join("mod.rs") };
        collect(&path, &nested, files);
    }
}

fn declared_module(item: &Item) -> Option<String> {
    match item {
        Item::Mod(module) if module.content.is_none() && !for_tests(&module.attrs) => {
            Some(module.ident.to_string())
        }
        _ => None,
    }
}

fn for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    })
}

/// The file with its own macros expanded: those that stand at the top of it, and have one arm of plain parameters.
fn expanded(mut file: syn::File) -> syn::File {
    let mut arms = BTreeMap::new();
    let mut made = Vec::new();
    for item in &file.items {
        let Item::Macro(item) = item else { continue };
        let tokens = item.mac.tokens.to_string();
        match &item.ident {
            Some(name) => drop(arms.insert(name.to_string(), tokens)),
            None => {
                let name = item.mac.path.get_ident().map(ToString::to_string).unwrap_or_default();
                let Some(arm) = arms.get(&name) else { panic!("`{name}!` is not defined in its file") };
                made.extend(parsed(&filled_in(arm, &tokens), &format!("{name}!({tokens})")).items);
            }
        }
    }
    file.items.extend(made);
    file
}

/// The body of `($a:kind, $b:kind) => { body }` for these arguments.
fn filled_in(arm: &str, arguments: &str) -> String {
    let arm = arm.replace("$ ", "$");
    let Some((parameters, body)) = arm.split_once("=>") else { panic!("no macro: {arm}") };
    let names = parameters.split('$').skip(1).filter_map(|parameter| parameter.split(':').next());
    let body = body.trim().trim_end_matches(';').trim();
    let mut body = body.trim_start_matches('{').to_owned();
    body.truncate(body.rfind('}').unwrap_or(body.len()));
    for (name, argument) in names.zip(arguments.split(',')) {
        body = body.replace(&format!("${}", name.trim()), argument.trim());
    }
    body
}

fn public_type(item: &Item) -> Option<String> {
    let (visibility, name) = match item {
        Item::Struct(item) => (&item.vis, &item.ident),
        Item::Enum(item) => (&item.vis, &item.ident),
        Item::Trait(item) => (&item.vis, &item.ident),
        Item::Type(item) => (&item.vis, &item.ident),
        _ => return None,
    };
    is_public(visibility).then(|| name.to_string())
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn exported(item: &Item, api: &mut Api) {
    match item {
        Item::Use(item) if is_public(&item.vis) => names(&item.tree, api),
        Item::Mod(item) if is_public(&item.vis) => drop(api.insert(format!("module {}", item.ident))),
        _ => {}
    }
}

fn names(tree: &UseTree, api: &mut Api) {
    match tree {
        UseTree::Path(path) => names(&path.tree, api),
        UseTree::Group(group) => group.items.iter().for_each(|tree| names(tree, api)),
        UseTree::Name(name) => drop(api.insert(format!("export {}", name.ident))),
        UseTree::Rename(rename) => drop(api.insert(format!("export {}", rename.rename))),
        UseTree::Glob(_) => panic!("a glob in `lib.rs` hides what is public"),
    }
}

/// Every public thing of an item, one line each.
fn described(item: &Item, public: &BTreeSet<String>, api: &mut Api) {
    match item {
        Item::Fn(item) if is_public(&item.vis) => drop(api.insert(function("", &item.sig))),
        Item::Const(item) if is_public(&item.vis) => drop(api.insert(format!("const {}", item.ident))),
        Item::Static(item) if is_public(&item.vis) => drop(api.insert(format!("static {}", item.ident))),
        Item::Type(item) if is_public(&item.vis) => drop(api.insert(format!("type {}", item.ident))),
        Item::Struct(item) if is_public(&item.vis) => {
            let name = item.ident.to_string();
            derived(&name, &item.attrs, api);
            for field in item.fields.iter().filter(|field| is_public(&field.vis)) {
                let field = field.ident.as_ref().map_or("0".to_owned(), ToString::to_string);
                api.insert(format!("field {name}.{field}"));
            }
            api.insert(format!("struct {name}"));
        }
        Item::Enum(item) if is_public(&item.vis) => {
            let name = item.ident.to_string();
            derived(&name, &item.attrs, api);
            api.extend(item.variants.iter().map(|variant| format!("variant {name}::{}", variant.ident)));
            api.insert(format!("enum {name}"));
        }
        Item::Trait(item) if is_public(&item.vis) => {
            for inner in &item.items {
                if let TraitItem::Fn(method) = inner {
                    let line = function(&format!("{}::", item.ident), &method.sig);
                    let provided = if method.default.is_some() { ", provided" } else { "" };
                    api.insert(format!("{line}{provided}"));
                }
            }
            api.insert(format!("trait {}", item.ident));
        }
        Item::Impl(item) => implemented(item, public, api),
        _ => {}
    }
}

fn implemented(item: &syn::ItemImpl, public: &BTreeSet<String>, api: &mut Api) {
    let Some(name) = type_name(&item.self_ty).filter(|name| public.contains(name)) else { return };
    if let Some((_, path, _)) = &item.trait_ {
        let of = path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        api.insert(format!("impl {of} for {name}"));
        return;
    }
    for inner in &item.items {
        match inner {
            ImplItem::Fn(method) if is_public(&method.vis) => {
                api.insert(function(&format!("{name}::"), &method.sig));
            }
            ImplItem::Const(constant) if is_public(&constant.vis) => {
                api.insert(format!("const {name}::{}", constant.ident));
            }
            _ => {}
        }
    }
}

fn derived(name: &str, attributes: &[Attribute], api: &mut Api) {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
        let list = attribute.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated);
        for path in list.into_iter().flatten() {
            let of = path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
            api.insert(format!("impl {of} for {name}"));
        }
    }
}

fn type_name(of: &Type) -> Option<String> {
    match of {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    }
}

/// A function with the names of its arguments; whether it is async does not matter.
fn function(owner: &str, signature: &Signature) -> String {
    let arguments: Vec<String> = signature.inputs.iter().map(argument).collect();
    format!("fn {owner}{}({})", signature.ident, arguments.join(", "))
}

fn argument(argument: &FnArg) -> String {
    match argument {
        FnArg::Receiver(receiver) => {
            let reference = if receiver.reference.is_some() { "&" } else { "" };
            let mutable =
                if receiver.mutability.is_some() && receiver.reference.is_some() { "mut " } else { "" };
            format!("{reference}{mutable}self")
        }
        FnArg::Typed(typed) => match &*typed.pat {
            Pat::Ident(name) => name.ident.to_string().trim_start_matches('_').to_owned(),
            _ => "_".to_owned(),
        },
    }
}

/// What only one of two has, with its side.
fn differences(one: &Api, other: &Api) -> BTreeSet<String> {
    one.symmetric_difference(other).cloned().collect()
}

fn allowed() -> BTreeSet<String> {
    let named = ALLOWED.iter().map(|(name, _)| *name);
    named.chain(ALLOWED_ITERATORS).map(str::to_owned).collect()
}

#[test]
fn both_colours_have_the_same_api() {
    let (asynchronous, blocking) = (api_of("storage-core", ""), api_of("storage-blocking", ""));
    let found = differences(&asynchronous, &blocking);
    let unexpected: Vec<&String> = found.iter().filter(|name| !allowed().contains(*name)).collect();
    assert!(unexpected.is_empty(), "only one colour has {unexpected:#?}");
    for (name, reason) in ALLOWED {
        assert!(found.contains(name), "`{name}` is no difference any more ({reason})");
    }
    for name in ALLOWED_ITERATORS {
        assert!(blocking.contains(name) && found.contains(name), "`{name}` is no difference any more");
    }
}

#[test]
fn the_list_of_names_is_no_empty_promise() {
    let api = api_of("storage-blocking", "");
    for name in [
        "export StorageNode",
        "export skip_when",
        "struct StorageNode",
        "fn StorageNode::copy_to_with(&self, destination, options)",
        "fn StorageManager::configure_yaml(&self, text)",
        "fn Reader::next(&mut self)",
        "fn Writer::finish(self)",
        "fn Walk::into_stream(self)",
        "fn Backend::stat(&self, path)",
        "fn Backend::append(&self, path, content), provided",
        "fn skip_when(rule)",
        "field Content.bytes",
        "impl Clone for StorageNode",
    ] {
        assert!(api.contains(name), "`{name}` is not in {api:#?}");
    }
    assert!(api.iter().all(|name| !name.contains("poll_entry")), "private functions are no API");
}

#[test]
fn an_addition_to_one_colour_shows() {
    let asynchronous = api_of("storage-core", "");
    for (addition, shows) in [
        ("pub fn more() {}", "fn more()"),
        ("impl Reader { pub fn more(&self) {} }", "fn Reader::more(&self)"),
        ("impl Walk { pub async fn more(self, depth: usize) {} }", "fn Walk::more(self, depth)"),
        ("pub trait More { fn more(&self); }", "trait More"),
        ("impl std::ops::Deref for Writer { type Target = u8; }", "impl Deref for Writer"),
        (
            "macro_rules! m { ($t:ty) => { impl $t { pub fn more(&self) {} } }; } m!(Walk);",
            "fn Walk::more(&self)",
        ),
    ] {
        let found = differences(&asynchronous, &api_of("storage-blocking", addition));
        assert!(found.contains(shows), "{addition}: {found:#?}");
        let found = differences(&api_of("storage-core", addition), &api_of("storage-blocking", ""));
        assert!(found.contains(shows), "{addition}: {found:#?}");
    }
}

#[test]
fn the_facade_has_every_name_of_both_colours() {
    let facade = parsed(&text(&sources("storage").join("lib.rs")), "the facade");
    let mut root = Api::new();
    facade.items.iter().for_each(|item| exported(item, &mut root));
    for colour in ["storage-core", "storage-blocking"] {
        let api = api_of(colour, "");
        let missing: Vec<&String> =
            api.iter().filter(|name| name.starts_with("export ") && !root.contains(*name)).collect();
        assert!(missing.is_empty(), "the facade does not export {missing:?} of {colour}");
    }
}
