//! Bytes per node, counted by the allocator of a program of its own, so that no timing pays for the counting.

use crate::process;
use crate::scale::Scale;
use crate::table::Table;
use crate::units;

/// One way of making nodes.
pub(crate) struct Nodes {
    pub(crate) colour: &'static str,
    pub(crate) count: u64,
    /// The list and everything that the nodes hold.
    pub(crate) bytes: u64,
    /// The paths alone.
    pub(crate) path_bytes: u64,
    pub(crate) allocations: u64,
}

impl Nodes {
    /// Bytes of one node beyond its path.
    pub(crate) fn overhead(&self) -> f64 {
        per_node(self.bytes.saturating_sub(self.path_bytes), self.count)
    }
}

/// Counts in both colours.
pub(crate) fn measure(scale: &Scale) -> Vec<Nodes> {
    eprintln!("bytes per node ...");
    let mut command = process::cargo();
    command.args([
        "run",
        "--quiet",
        "--profile",
        "bench",
        "-p",
        "storage-benches",
        "--bin",
        "node_bytes",
        "--",
    ]);
    command.arg(scale.nodes.to_string());
    let numbers = process::numbers(command);
    let colours = ["blocking", "async"];
    let nodes = colours.into_iter().zip(numbers.chunks_exact(3)).map(|(colour, numbers)| Nodes {
        colour,
        count: scale.nodes,
        bytes: numbers[0],
        path_bytes: numbers[1],
        allocations: numbers[2],
    });
    nodes.collect()
}

fn per_node(bytes: u64, count: u64) -> f64 {
    bytes as f64 / count.max(1) as f64
}

/// The table.
pub(crate) fn table(nodes: &[Nodes]) -> String {
    let headings =
        ["colour", "nodes", "bytes per node", "of which path", "beyond the path", "allocations per node"];
    let mut table = Table::new(&headings, &[false, true, true, true, true, true]);
    for row in nodes {
        table.row([
            row.colour.to_owned(),
            units::count(row.count),
            format!("{:.1}", per_node(row.bytes, row.count)),
            format!("{:.1}", per_node(row.path_bytes, row.count)),
            format!("{:.1}", row.overhead()),
            format!("{:.2}", per_node(row.allocations, row.count)),
        ]);
    }
    format!(
        "### Nodes\n\nA list of nodes made by `manager.node`, as the allocator counts it.\n\n{}",
        table.render()
    )
}
