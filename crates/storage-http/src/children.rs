//! Which links of a listing are children of the directory.

use percent_encoding::percent_decode_str;
use reqwest::Url;

use crate::redirect::same_origin;

/// What a link of a listing means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Link {
    /// The directory itself.
    Itself,
    /// Something directly in it.
    Child {
        /// Its name.
        name: String,
        /// The link ends with a slash.
        slash: bool,
    },
    /// Anything else: the parent, another order of the same listing, another site.
    Foreign,
}

/// What `href` means in the listing that came from `page`.
pub(crate) fn link(page: &Url, href: &str) -> Link {
    // Names have their question marks encoded; a query sorts the page.
    if href.is_empty() || href.starts_with('#') || href.contains('?') {
        return Link::Foreign;
    }
    let Ok(target) = page.join(href) else { return Link::Foreign };
    if !same_origin(page, &target) {
        return Link::Foreign;
    }
    let folder: Vec<&str> = page.path().trim_end_matches('/').split('/').collect();
    let (path, slash) = match target.path().strip_suffix('/') {
        Some(path) => (path, true),
        None => (target.path(), false),
    };
    let mut segments = path.split('/');
    let inside = folder.iter().all(|segment| segments.next().is_some_and(|other| same(segment, other)));
    match (inside, segments.next(), segments.next()) {
        (true, None, _) => Link::Itself,
        (true, Some(name), None) => named(name, slash),
        _ => Link::Foreign,
    }
}

fn same(one: &str, other: &str) -> bool {
    one == other || percent_decode_str(one).eq(percent_decode_str(other))
}

fn named(encoded: &str, slash: bool) -> Link {
    // Paths are UTF-8; what is not cannot be named.
    match percent_decode_str(encoded).decode_utf8() {
        Ok(name) if !name.is_empty() => Link::Child { name: name.into_owned(), slash },
        _ => Link::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::html;

    fn name_of(page: &str, href: &str) -> Option<String> {
        match link(&page.parse().unwrap(), href) {
            Link::Child { name, slash } => Some(if slash { name + "/" } else { name }),
            _ => None,
        }
    }

    #[test]
    fn only_direct_children_count() {
        let page = "http://h:81/a%20b/";
        for (href, name) in [
            ("x", "x"),
            ("./x/", "x/"),
            ("/a%20b/x", "x"),
            ("/a b/x", "x"),
            ("http://h:81/a%20b/x%2Fy", "x/y"),
            ("x%20y%3F%23", "x y?#"),
            ("x#top", "x"),
            ("%c3%a9", "é"),
        ] {
            assert_eq!(name_of(page, href).as_deref(), Some(name), "{href}");
        }
        for href in [
            "",
            "../",
            "/",
            "/a%20b",
            "./",
            "?C=N;O=D",
            "x?y",
            "#",
            "http://h/a%20b/x",
            "https://h:81/a%20b/x",
            "//other/a%20b/x",
            "x/y",
            "/c/x",
            "mailto:me@h",
            "javascript:void(0)",
            "%ff",
            "../a",
            "http://[x",
        ] {
            assert_eq!(name_of(page, href), None, "{href}");
        }
    }

    #[test]
    fn the_pages_of_real_servers() {
        let names = [
            "+semi;.txt",
            ".hidden",
            "a very long name that is longer than the fifty characters nginx shows of it.txt",
            "a.txt",
            "b & c <d>.txt",
            "col:on.txt",
            "q\"uote's.txt",
            "sub dir/",
            "é#?%.txt",
        ];
        let pages = [
            ("nginx", "/files/", include_str!("../tests/fixtures/nginx.html")),
            ("Apache, a table", "/fancy/", include_str!("../tests/fixtures/apache-table.html")),
            ("Apache, aligned", "/pre/", include_str!("../tests/fixtures/apache-pre.html")),
            ("Apache, a list", "/list/", include_str!("../tests/fixtures/apache-list.html")),
            ("Python", "/", include_str!("../tests/fixtures/python.html")),
            ("Caddy", "/", include_str!("../tests/fixtures/caddy.html")),
        ];
        for (server, path, page) in pages {
            let url = format!("http://127.0.0.1{path}");
            let found: BTreeSet<_> =
                html::links(page).iter().filter_map(|href| name_of(&url, href)).collect();
            // nginx leaves out what begins with a dot.
            let expected = names.iter().filter(|name| server != "nginx" || !name.starts_with('.'));
            assert!(found.iter().eq(expected), "{server}: {found:?}");
        }
    }
}
