//! `storage put`.

use snapbox::str;

use crate::support::World;

#[test]
fn standard_input() {
    let world = World::new();
    assert_shown!(
        world.run_with("put data:deep/down/a.txt", "hello"),
        str![[r#"
exit: 0
--- stderr
5 B stored at `data:deep/down/a.txt`

"#]]
    );
    assert_eq!(world.stdout("cat data:deep/down/a.txt"), "hello");
}

#[test]
fn nothing_at_all_makes_an_empty_file() {
    let world = World::new();
    assert_shown!(
        world.run("put data:empty"),
        str![[r#"
exit: 0
--- stderr
0 B stored at `data:empty`

"#]]
    );
    assert_eq!(world.stdout("cat data:empty"), "");
}

#[test]
fn from_another_place() {
    let world = World::new();
    world.write("a.txt", "a");
    assert_shown!(
        world.run("put --from a.txt data:b.txt"),
        str![[r#"
exit: 0
--- stderr
1 B stored at `data:b.txt`

"#]]
    );
    assert_shown!(
        world.run("put --from data:b.txt ./c.txt"),
        str![[r#"
exit: 0
--- stderr
1 B stored at `./c.txt`

"#]]
    );
    assert_shown!(
        world.run("put --from data:nothing data:b.txt"),
        str![[r#"
exit: 3
--- stderr
error: cannot read `data:nothing`: nothing is stored there

"#]]
    );
    assert_eq!(world.stdout("cat c.txt data:b.txt"), "aa");
}

#[test]
fn create_only() {
    let world = World::new();
    world.ok("put --create-only data:lock");
    assert_shown!(
        world.run_with("put --create-only data:lock", "x"),
        str![[r#"
exit: 1
--- stderr
error: cannot write `data:lock`: something is stored there already

"#]]
    );
    assert_eq!(world.stdout("cat data:lock"), "");
}

#[test]
fn compare_and_set() {
    let world = World::new();
    world.ok("put data:state");
    let stat = world.stdout("stat --json data:state");
    let etag = stat.split("\"etag\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    assert_shown!(
        world.run_with(&format!("put --if-match {etag} data:state"), "new"),
        str![[r#"
exit: 0
--- stderr
3 B stored at `data:state`

"#]]
    );
    assert_shown!(
        world.run_with(&format!("put --if-match {etag} data:state"), "newer"),
        str![[r#"
exit: 1
--- stderr
error: cannot write `data:state`: somebody changed it in the meantime: the ETag is another one
hint: read it again, apply the change again, write again

"#]]
    );
    assert_eq!(world.stdout("cat data:state"), "new");
}

#[test]
fn metadata_is_stored() {
    let world = World::new();
    assert_shown!(
        world
            .run_with("put --json --content-type text/markdown --meta a=1 --meta b=x=y data:essay", "# Hi\n"),
        str![[r#"
exit: 0
--- stdout
{"path":"data:essay","name":"essay","kind":"file","size":5,"modified":"[DATE]","etag":"[ETAG]","mode":"0644","link":null,"version":null,"content_type":"text/markdown","cache_control":null,"content_encoding":null,"content_disposition":null,"content_language":null,"checksum":null,"metadata":{"a":"1","b":"x=y"}}
--- stderr
5 B stored at `data:essay`

"#]]
    );
    assert_shown!(
        world.run("stat --json data:essay"),
        str![[r#"
exit: 0
--- stdout
{"path":"data:essay","name":"essay","kind":"file","size":5,"modified":"[DATE]","etag":"[ETAG]","mode":"0644","link":null,"version":null,"content_type":"text/markdown","cache_control":null,"content_encoding":null,"content_disposition":null,"content_language":null,"checksum":null,"metadata":{"a":"1","b":"x=y"}}

"#]]
    );
    assert_shown!(
        world.run("put --meta nothing data:essay"),
        str![[r#"
exit: 2
--- stderr
error: invalid value 'nothing' for '--meta <KEY=VALUE>': write `key=value`

For more information, try '--help'.

"#]]
    );
}

#[test]
fn a_directory_is_no_name() {
    let world = World::new();
    world.ok("mkdir -p data:directory");
    assert_shown!(
        world.run("put data:"),
        str![[r#"
exit: 2
--- stderr
error: `data:` is a directory, and the content needs a name
hint: add a name

"#]]
    );
    assert_shown!(
        world.run("put directory/"),
        str![[r#"
exit: 2
--- stderr
error: `directory/` is a directory, and the content needs a name
hint: add a name

"#]]
    );
    assert_shown!(
        world.run("put data:directory"),
        str![[r#"
exit: 1
--- stderr
error: cannot write `data:directory`: a directory stands there, not a file

"#]]
    );
}

#[test]
fn contradicting_conditions_are_refused() {
    assert_shown!(
        World::new().run("put --create-only --if-match x data:a"),
        str![[r#"
exit: 2
--- stderr
error: the argument '--create-only' cannot be used with '--if-match <ETAG>'

Usage: storage put --create-only <PLACE>

For more information, try '--help'.

"#]]
    );
}

#[test]
fn a_data_uri_is_a_new_place() {
    let world = World::new();
    world.configure("storage.yaml", "- {name: uri, type: base64}\n");
    assert_shown!(
        world.run_with("put uri:", "hello"),
        str![[r#"
exit: 0
--- stdout
uri:aGVsbG8=

"#]]
    );
    let address = world.stdout("put --from storage.yaml uri:");
    assert_eq!(world.stdout(&format!("cat {}", address.trim())), "- {name: uri, type: base64}\n");
}

#[test]
fn quiet() {
    assert_shown!(
        World::new().run_with("put -q data:a", "a"),
        str![[r#"
exit: 0

"#]]
    );
}

#[test]
fn encoding_disposition_and_language_are_stored_and_shown() {
    let world = World::new();
    world.ok("put --from /dev/null --content-encoding gzip --content-language de-CH --cache-control no-cache data:page");
    assert_shown!(
        world.run("stat data:page"),
        str![[r#"
exit: 0
--- stdout
path        data:page
kind        file
size        0 B
modified    [DATE] +00:00
mode        -rw-r--r-- (0644)
etag      [ETAG]
cache       no-cache
encoding    gzip
language    de-CH

"#]]
    );
    assert_shown!(
        world.run("stat --json data:page"),
        str![[r#"
exit: 0
--- stdout
{"path":"data:page","name":"page","kind":"file","size":0,"modified":"[DATE]","etag":"[ETAG]","mode":"0644","link":null,"version":null,"content_type":null,"cache_control":"no-cache","content_encoding":"gzip","content_disposition":null,"content_language":"de-CH","checksum":null,"metadata":{}}

"#]]
    );
    assert_shown!(
        world.run("meta get data:page"),
        str![[r#"
exit: 0
--- stdout
cache       no-cache
encoding    gzip
language    de-CH

"#]]
    );
    world.ok("cp --content-disposition inline --content-language fr data:page data:copy");
    assert_shown!(
        world.run("meta get --json data:copy"),
        str![[r#"
exit: 0
--- stdout
{"path":"data:copy","content_type":null,"cache_control":"no-cache","content_encoding":"gzip","content_disposition":"inline","content_language":"fr","metadata":{},"tags":null}

"#]]
    );
    world.ok("meta set --content-encoding br data:copy");
    assert_shown!(
        world.run("meta get data:copy"),
        str![[r#"
exit: 0
--- stdout
cache       no-cache
encoding    br
disposition inline
language    fr

"#]]
    );
    assert_shown!(
        world.run("cp --content-language fr data:page -"),
        str![[r#"
exit: 2
--- stderr
error: `--content-language` cannot be used with standard output
hint: leave `--content-language` out

"#]]
    );
    assert_shown!(
        world.run_with("cp --content-language fr - data:typed", "x"),
        str![[r#"
exit: 0
--- stderr
1 B stored at `data:typed`

"#]]
    );
    assert!(world.stdout("meta get data:typed").contains("language    fr"));
}
