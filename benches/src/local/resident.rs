//! Resident memory of a long walk and of a long stream, each in a process of its own.

use std::fs::File;
use std::path::Path;

use super::Run;
use crate::args::Colour;
use crate::machine;
use crate::process;
use crate::stage::flat;
use crate::table::Table;
use crate::units;

/// What was measured, and on what.
pub(crate) struct Resident {
    pub(crate) rows: Vec<Row>,
    file_system: String,
}

/// One walk or stream.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) colour: Colour,
    pub(crate) peak_kib: u64,
}

/// Makes the files, on memory if the machine has such a file system, and lets children go through them.
pub(crate) fn measure(run: &Run<'_>) -> Resident {
    eprintln!("resident memory ...");
    let shared = Path::new("/dev/shm");
    let place = if shared.is_dir() { shared } else { run.dir };
    let folder = machine::folder(Some(place));
    let (tree, file) = (folder.path().join("tree"), folder.path().join("sparse"));
    let [dirs, files] = run.scale.resident;
    for dir in 0..dirs {
        flat(&tree.join(format!("{dir:03}")), files).unwrap();
    }
    File::create(&file).and_then(|file| file.set_len(run.scale.resident_bytes)).unwrap();

    let mut rows = Vec::new();
    for colour in Colour::ALL {
        let (entries, bytes) = (run.scale.resident(), run.scale.resident_bytes);
        let walk = format!("walk {} files in {dirs} directories", units::count(entries));
        rows.push(measure_one("walk", walk, &tree, colour, entries));
        rows.push(measure_one(
            "stream",
            format!("stream {} (sparse)", units::size(bytes)),
            &file,
            colour,
            bytes,
        ));
    }
    Resident { rows, file_system: machine::file_system(folder.path()) }
}

fn measure_one(part: &str, what: String, path: &Path, colour: Colour, expected: u64) -> Row {
    let mut command = process::child([part]);
    command.arg(path).args(["--colour", colour.name()]);
    let numbers = process::numbers(command);
    assert_eq!(numbers.first(), Some(&expected), "{what}");
    Row { what, colour, peak_kib: numbers.get(1).copied().unwrap_or(u64::MAX) }
}

/// The table.
pub(crate) fn table(resident: &Resident) -> String {
    let mut table = Table::new(&["what", "colour", "peak resident"], &[false, false, true]);
    for row in &resident.rows {
        table.row([row.what.clone(), row.colour.name().to_owned(), units::mebibytes(row.peak_kib)]);
    }
    let kind = &resident.file_system;
    format!(
        "### Resident memory\n\nThe whole process, on {kind}; one child process each.\n\n{}",
        table.render()
    )
}
