//! Text that does not parse, or that is made to harm.

use proptest::prelude::*;

use super::{read, refused};
use crate::config::Format;

#[test]
fn formats_are_known_by_extension() {
    for (extension, format) in
        [("yml", Format::Yaml), ("YAML", Format::Yaml), ("json", Format::Json), ("toml", Format::Toml)]
    {
        assert_eq!(Format::from_extension(extension), Some(format));
    }
    assert_eq!(Format::from_extension("ini"), None);
}

#[test]
fn json_errors_have_a_place_and_no_secrets() {
    let said = refused("[\n {\"name\": \"a\", \"password\": \"hunter2\" \"x\": 1}]", Format::Json);
    assert!(said.contains("JSON, line 2, column 38: expected `,` or `}`"), "{said}");
    assert!(!said.contains("hunter2"));
    let said = refused("[{\"name\": \"a\",\n \"name\": \"b\"}]", Format::Json);
    assert!(said.contains("JSON, line 2") && said.contains("duplicate key `name`"), "{said}");
    assert!(refused(&"[".repeat(100_000), Format::Json).contains("recursion"));
    assert!(refused(&" 1".repeat(600_000), Format::Json).contains("larger than 1 MiB"));
}

#[cfg(feature = "toml")]
#[test]
fn toml_errors_have_a_place_and_no_secrets() {
    let said = refused("[mounts.a]\npassword = \"hunter2\" x\n", Format::Toml);
    assert!(said.contains("TOML, line 2, column ") && !said.contains("hunter2"), "{said}");
    let said = refused("[mounts.a]\ntype = 'x'\ntype = 'hunter2'\n", Format::Toml);
    assert!(said.contains("TOML, line 3, column 1: ") && !said.contains("hunter2"), "{said}");
    assert!(refused(&format!("a = {}", "[".repeat(50_000)), Format::Toml).contains("TOML, line 1"));
    let said = refused("[mounts.a]\ntype = 'x'\nratio = inf\n", Format::Toml);
    assert!(said.contains("not finite"), "{said}");
    let config = read("[mounts.a]\ntype = 'x'\nday = 2026-01-02\n", Format::Toml).unwrap();
    assert_eq!(config.mounts[0].get("day").unwrap(), "2026-01-02");
}

#[cfg(feature = "yaml")]
mod yaml {
    use super::*;

    #[test]
    fn errors_have_a_place_and_no_secrets() {
        for (text, said) in [
            ("- name: a\n  password: \"hunter2\n", "YAML, line "),
            ("- name: a\n  password: [hunter2\n- b", "YAML, line "),
            ("- name: a\n  name: hunter2\n", "line 2, column 3: duplicate key `name`"),
            ("- name: *hunter2\n", "line 1, column "),
            ("- ratio: .nan # hunter2\n", "not finite"),
            ("- account: 123456789012345678901234567890123456789012345\n  hunter2: {", "YAML, line "),
            ("a: hunter2\n---\nb: 1\n", "YAML, line "),
            ("a: hunter2\n\tb: 1\n", "found a tab"),
        ] {
            let said_really = refused(text, Format::Yaml);
            assert!(said_really.contains(said) && !said_really.contains("hunter2"), "{text}\n{said_really}");
        }
    }

    #[test]
    fn yes_and_no_are_text_and_merge_keys_work() {
        let text = "- &a {name: no, type: memory, on: yes, x: 1}\n- <<: *a\n  name: b\n";
        let config = read(text, Format::Yaml).unwrap();
        assert_eq!(config.mounts[0].name(), "no");
        assert_eq!(config.mounts[1].get("on").unwrap(), "yes");
        assert_eq!(config.mounts[1].get("x").unwrap(), 1);
    }

    #[test]
    fn alias_bombs_are_refused_quickly() {
        let mut laughs = "a: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..10 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(",");
            laughs += &format!("b{level}: &a{level} [{aliases}]\n");
        }
        let wide = format!("a: &a {}\nb: [{}]\n", "x".repeat(500_000), vec!["*a"; 90].join(","));
        let deep = "[".repeat(10_000);
        let own = "a: &a [*a]\n".to_owned();
        let start = std::time::Instant::now();
        for text in [laughs, wide, deep] {
            let said = refused(&text, Format::Yaml);
            assert!(said.contains("too large or too deep") || said.contains("limit"), "{said}");
        }
        assert!(refused(&own, Format::Yaml).contains("YAML, line 1"));
        assert!(start.elapsed().as_secs() < 5);
    }
}

#[cfg(not(feature = "yaml"))]
#[test]
fn yaml_says_that_it_is_switched_off() {
    assert!(refused("- a", Format::Yaml).contains("built without the `yaml` feature"));
}

#[cfg(not(feature = "toml"))]
#[test]
fn toml_says_that_it_is_switched_off() {
    assert!(refused("a = 1", Format::Toml).contains("built without the `toml` feature"));
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>(), odd in "[-\\[\\]{}:,&*<|>!%@\"'#= \\n\\t$a0.~]{0,60}") {
        for format in [Format::Yaml, Format::Json, Format::Toml] {
            for text in [&text, &odd] {
                let _ = read(text, format).map_err(|error| assert!(!error.to_string().contains('\n')));
            }
        }
    }

    #[test]
    fn no_broken_text_tells_a_secret(at in 0_usize..120, odd in "[\\[\\]{}:&*!\"'#,\\n]{1,3}") {
        let texts = [
            (Format::Yaml, "- name: a\n  type: s3\n  password: 'hunter2'\n  token: [hunter2, *x]\n"),
            (Format::Json, "[{\"name\":\"a\",\"type\":\"s3\",\"password\":\"hunter2\",\"token\":{\"a\":\"hunter2\"}}]"),
            (Format::Toml, "[mounts.a]\ntype = 's3'\npassword = 'hunter2'\ntoken = ['hunter2', 5]\n"),
        ];
        for (format, text) in texts {
            let mut text = text.to_owned();
            text.insert_str(at.min(text.len()), &odd);
            if let Err(error) = read(&text, format) {
                prop_assert!(!format!("{error}{error:?}").contains("hunter2"), "{}\n{}", text, error);
            }
        }
    }
}
