//! Every help text, whole.

use snapbox::file;

use crate::support::World;

macro_rules! help {
    ($($(#[$condition:meta])* $name:ident: $line:literal => $file:literal;)*) => {$(
        $(#[$condition])*
        #[test]
        fn $name() {
            assert_shown!(World::new().run($line), file![$file]);
        }
    )*};
}

help! {
    #[cfg(feature = "http")]
    short: "-h" => "help/short.txt";
    #[cfg(feature = "http")]
    long: "--help" => "help/long.txt";
    #[cfg(feature = "http")]
    nothing: "" => "help/nothing.txt";
    mounts: "mounts --help" => "help/mounts.txt";
    mounts_test: "mounts test --help" => "help/mounts-test.txt";
    config: "config --help" => "help/config.txt";
    config_allow: "config allow --help" => "help/config-allow.txt";
    config_deny: "config deny --help" => "help/config-deny.txt";
    config_list: "config list --help" => "help/config-list.txt";
    ls: "ls --help" => "help/ls.txt";
    find: "find --help" => "help/find.txt";
    tree: "tree --help" => "help/tree.txt";
    cat: "cat --help" => "help/cat.txt";
    put: "put --help" => "help/put.txt";
    #[cfg(feature = "http")]
    fill: "fill --help" => "help/fill.txt";
    cp: "cp --help" => "help/cp.txt";
    mv: "mv --help" => "help/mv.txt";
    concat: "concat --help" => "help/concat.txt";
    diff: "diff --help" => "help/diff.txt";
    zip: "zip --help" => "help/zip.txt";
    unzip: "unzip --help" => "help/unzip.txt";
    sync: "sync --help" => "help/sync.txt";
    watch: "watch --help" => "help/watch.txt";
    check: "check --help" => "help/check.txt";
    rm: "rm --help" => "help/rm.txt";
    mkdir: "mkdir --help" => "help/mkdir.txt";
    stat: "stat --help" => "help/stat.txt";
    hash: "hash --help" => "help/hash.txt";
    md5: "md5 --help" => "help/md5.txt";
    du: "du --help" => "help/du.txt";
    cleanup: "cleanup --help" => "help/cleanup.txt";
    versions: "versions --help" => "help/versions.txt";
    versions_list: "versions list --help" => "help/versions-list.txt";
    versions_cat: "versions cat --help" => "help/versions-cat.txt";
    versions_diff: "versions diff --help" => "help/versions-diff.txt";
    versions_restore: "versions restore --help" => "help/versions-restore.txt";
    versions_delete: "versions delete --help" => "help/versions-delete.txt";
    versions_compact: "versions compact --help" => "help/versions-compact.txt";
    restore: "restore --help" => "help/restore.txt";
    meta: "meta --help" => "help/meta.txt";
    meta_get: "meta get --help" => "help/meta-get.txt";
    meta_set: "meta set --help" => "help/meta-set.txt";
    url: "url --help" => "help/url.txt";
    exec: "exec --help" => "help/exec.txt";
    completions: "completions --help" => "help/completions.txt";
}

#[test]
fn every_command_has_examples() {
    let world = World::new();
    let long = world.stdout("--help");
    let commands: Vec<&str> = long
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(commands.len(), if cfg!(feature = "http") { 30 } else { 29 }, "{commands:?}");
    let nested = [
        "mounts test",
        "config allow",
        "config deny",
        "config list",
        "versions list",
        "versions cat",
        "versions diff",
        "versions restore",
        "versions delete",
    ];
    let nested = nested.into_iter().chain(["versions compact", "meta get", "meta set"]);
    for command in commands.into_iter().chain(nested) {
        let help = world.stdout(&format!("{command} --help"));
        assert!(help.contains("Examples:\n  "), "{command} has no examples");
    }
}

#[test]
fn version() {
    assert_eq!(World::new().run("--version"), "exit: 0\n--- stdout\nstorage [VERSION]\n");
}
