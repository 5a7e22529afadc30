//! What has to hold, and whether it does.

use crate::table::Table;
use crate::units;

/// One target.
#[derive(Debug)]
pub(crate) struct Target {
    what: String,
    limit: String,
    measured: String,
    held: Option<bool>,
}

impl Target {
    /// A number that may be at most `limit`; `None` was not measured.
    pub(crate) fn at_most(what: impl Into<String>, limit: f64, unit: &str, measured: Option<f64>) -> Self {
        Self::new(what, format!("<= {}", shown(limit, unit)), unit, measured, |value| value <= limit)
    }

    /// A number that has to be at least `limit`; `None` was not measured.
    pub(crate) fn at_least(what: impl Into<String>, limit: f64, unit: &str, measured: Option<f64>) -> Self {
        Self::new(what, format!(">= {}", shown(limit, unit)), unit, measured, |value| value >= limit)
    }

    /// Something that is so or not.
    pub(crate) fn is(what: impl Into<String>, limit: &str, measured: Option<(bool, String)>) -> Self {
        let (held, measured) = measured.unzip();
        Self { what: what.into(), limit: limit.to_owned(), measured: measured.unwrap_or_default(), held }
    }

    fn new(
        what: impl Into<String>,
        limit: String,
        unit: &str,
        measured: Option<f64>,
        holds: impl Fn(f64) -> bool,
    ) -> Self {
        let text = measured.map(|value| shown(value, unit)).unwrap_or_default();
        Self { what: what.into(), limit, measured: text, held: measured.map(holds) }
    }
}

fn shown(value: f64, unit: &str) -> String {
    match unit {
        "x" => format!("{value:.2}x"),
        _ => format!("{} {unit}", units::three_digits(value)),
    }
}

/// The table of the targets that were measured, and a line with the totals.
pub(crate) fn render(targets: &[Target]) -> String {
    let mut table = Table::new(&["target", "limit", "measured", "verdict"], &[false, true, true, false]);
    for target in targets {
        let Some(held) = target.held else { continue };
        let verdict = if held { "held" } else { "missed" };
        let cells = [target.what.as_str(), &target.limit, &target.measured, verdict];
        table.row(cells.map(str::to_owned));
    }
    let count = |held| targets.iter().filter(|target| target.held == held).count();
    let mut totals = format!("{} held, {} missed", count(Some(true)), count(Some(false)));
    if count(None) > 0 {
        totals.push_str(&format!(", {} not measured", count(None)));
    }
    format!("{}\n{totals}.\n", table.render())
}
