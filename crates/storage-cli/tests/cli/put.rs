//! `storage put`.

use snapbox::{assert_data_eq, str};

use crate::support::World;

#[test]
fn standard_input() {
    let world = World::new();
    assert_data_eq!(world.run_with("put data:deep/down/a.txt", "hello"), str![]);
    assert_eq!(world.stdout("cat data:deep/down/a.txt"), "hello");
}

#[test]
fn nothing_at_all_makes_an_empty_file() {
    let world = World::new();
    assert_data_eq!(world.run("put data:empty"), str![]);
    assert_eq!(world.stdout("cat data:empty"), "");
}

#[test]
fn from_another_place() {
    let world = World::new();
    world.write("a.txt", "a");
    assert_data_eq!(world.run("put --from a.txt data:b.txt"), str![]);
    assert_data_eq!(world.run("put --from data:b.txt ./c.txt"), str![]);
    assert_data_eq!(world.run("put --from data:nothing data:b.txt"), str![]);
    assert_eq!(world.stdout("cat c.txt data:b.txt"), "aa");
}

#[test]
fn create_only() {
    let world = World::new();
    world.ok("put --create-only data:lock");
    assert_data_eq!(world.run_with("put --create-only data:lock", "x"), str![]);
    assert_eq!(world.stdout("cat data:lock"), "");
}

#[test]
fn compare_and_set() {
    let world = World::new();
    world.ok("put data:state");
    let stat = world.stdout("stat --json data:state");
    let etag = stat.split("\"etag\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    assert_data_eq!(world.run_with(&format!("put --if-match {etag} data:state"), "new"), str![]);
    assert_data_eq!(world.run_with(&format!("put --if-match {etag} data:state"), "newer"), str![]);
    assert_eq!(world.stdout("cat data:state"), "new");
}

#[test]
fn metadata_is_stored() {
    let world = World::new();
    assert_data_eq!(
        world
            .run_with("put --json --content-type text/markdown --meta a=1 --meta b=x=y data:essay", "# Hi\n"),
        str![]
    );
    assert_data_eq!(world.run("stat --json data:essay"), str![]);
    assert_data_eq!(world.run("put --meta nothing data:essay"), str![]);
}

#[test]
fn a_folder_is_no_name() {
    let world = World::new();
    world.ok("mkdir -p data:folder");
    assert_data_eq!(world.run("put data:"), str![]);
    assert_data_eq!(world.run("put folder/"), str![]);
    assert_data_eq!(world.run("put data:folder"), str![]);
}

#[test]
fn contradicting_conditions_are_refused() {
    assert_data_eq!(World::new().run("put --create-only --if-match x data:a"), str![]);
}

#[test]
fn a_data_uri_is_a_new_place() {
    let world = World::new();
    world.write("storage.yaml", "- {name: uri, type: base64}\n");
    assert_data_eq!(world.run_with("put uri:", "hello"), str![]);
    let address = world.stdout("put --from storage.yaml uri:");
    assert_eq!(world.stdout(&format!("cat {}", address.trim())), "- {name: uri, type: base64}\n");
}

#[test]
fn quiet() {
    assert_data_eq!(World::new().run_with("put -q data:a", "a"), str![]);
}
