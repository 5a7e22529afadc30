//! `storage cat`.

use snapbox::{assert_data_eq, str};

use crate::support::World;

fn world() -> World {
    let world = World::new();
    world.write("a.txt", "0123456789");
    world.ok("cp a.txt data:");
    world
}

#[test]
fn several() {
    assert_data_eq!(world().run("cat a.txt data:a.txt"), str![]);
}

#[test]
fn ranges() {
    let world = world();
    for (range, text) in
        [("0-3", "0123"), ("5-", "56789"), ("-2", "89"), ("8-99", "89"), ("-99", "0123456789")]
    {
        assert_eq!(world.stdout(&format!("cat --range {range} data:a.txt")), text, "{range}");
        assert_eq!(world.stdout(&format!("cat --range={range} a.txt")), text, "{range}");
    }
}

#[test]
fn a_range_past_the_end_is_refused() {
    assert_data_eq!(world().run("cat --range 11- data:a.txt"), str![]);
}

#[test]
fn what_is_no_range_is_refused() {
    assert_data_eq!(world().run("cat --range 3..5 data:a.txt"), str![]);
}

#[test]
fn standard_input_between_files() {
    assert_data_eq!(world().run_with("cat a.txt - a.txt", "<in>"), str![]);
}

#[test]
fn standard_input_has_no_ranges() {
    assert_data_eq!(world().run_with("cat --range 0-1 -", "abc"), str![]);
}

#[test]
fn a_missing_file_does_not_stop_the_others() {
    assert_data_eq!(world().run("cat nothing a.txt data:nothing"), str![]);
}

#[test]
fn a_folder_is_refused() {
    assert_data_eq!(world().run("cat . a.txt"), str![]);
}

#[test]
fn bytes_are_not_touched() {
    let world = World::new();
    let bytes: Vec<u8> = (0..=255).cycle().take(3 << 20).collect();
    world.write("b.bin", &bytes);
    world.ok("cp b.bin data:b.bin");
    let output = world.command(&["cat", "data:b.bin"]).output().unwrap();
    assert!(output.stdout == bytes);
}
