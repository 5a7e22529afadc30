//! `RESULTS.md`: one section per benchmark; a run replaces its own.

use std::fs;
use std::io;

use crate::args::Options;
use crate::machine;

const HEADER: &str = "# Results

Measured numbers, one section per benchmark. `cargo xtask bench NAME` replaces its section; `--quick` and `--only` do not.
Absolute times move with the machine; the ratios are what the project is held to.
";

/// Prints where the results went, having put them there when they are complete.
pub(crate) fn keep(name: &str, options: &Options, text: &str) -> io::Result<()> {
    if !options.is_complete() {
        println!("\nbenches/RESULTS.md is unchanged: the run was not complete.");
        return Ok(());
    }
    let path = machine::workspace().join("benches/RESULTS.md");
    let old = fs::read_to_string(&path).unwrap_or_default();
    fs::write(&path, with_section(&old, name, text))?;
    println!("\nWritten to benches/RESULTS.md.");
    Ok(())
}

/// The document with the section of this name replaced or added at the end; the others stay as they are.
fn with_section(old: &str, name: &str, text: &str) -> String {
    let heading = format!("## {name}");
    let mut sections: Vec<String> = Vec::new();
    for line in old.lines() {
        if line.starts_with("## ") {
            sections.push(String::new());
        }
        if let Some(section) = sections.last_mut() {
            section.push_str(line);
            section.push('\n');
        }
    }
    let new = format!("{heading}\n\n{}\n", text.trim());
    match sections.iter_mut().find(|section| section.lines().next() == Some(heading.as_str())) {
        Some(section) => *section = new,
        None => sections.push(new),
    }
    let sections: Vec<&str> = sections.iter().map(|section| section.trim()).collect();
    format!("{HEADER}\n{}\n", sections.join("\n\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_sections_stay() {
        let first = with_section("", "local", "one\n\n### Part\n\ntwo");
        let second = with_section(&first, "builds", "three");
        let third = with_section(&second, "local", "four");
        assert!(!third.contains("### Part") && third.contains("three") && third.contains("four"), "{third}");
        assert!(third.find("## local") < third.find("## builds"), "{third}");
        assert_eq!(with_section(&third, "local", "four"), third);
    }
}
