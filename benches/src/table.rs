//! Markdown tables whose columns line up, so that they read as well on a terminal.

/// A table under construction.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    right: &'static [bool],
}

impl Table {
    /// A table with these headings; `right` tells which columns are set right.
    pub(crate) fn new(headings: &[&str], right: &'static [bool]) -> Self {
        Self { rows: vec![headings.iter().map(|text| (*text).to_owned()).collect()], right }
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    /// The table as text.
    pub(crate) fn render(&self) -> String {
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0).max(3)
        };
        let widths: Vec<usize> = (0..self.right.len()).map(width).collect();
        let mut text = String::new();
        for (index, row) in self.rows.iter().enumerate() {
            let cells = row.iter().zip(&widths).zip(self.right).map(|((cell, &width), &right)| {
                if right { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
            });
            line(&mut text, cells);
            if index == 0 {
                let rules = widths.iter().zip(self.right).map(|(&width, &right)| {
                    if right { format!("{}:", "-".repeat(width - 1)) } else { "-".repeat(width) }
                });
                line(&mut text, rules);
            }
        }
        text
    }
}

fn line(text: &mut String, cells: impl Iterator<Item = String>) {
    let cells: Vec<String> = cells.collect();
    text.push_str(&format!("| {} |\n", cells.join(" | ")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(&["op", "p50"], &[false, true]);
        table.row(["stat".into(), "1".into()]);
        assert_eq!(table.render(), "| op   | p50 |\n| ---- | --: |\n| stat |   1 |\n");
    }
}
