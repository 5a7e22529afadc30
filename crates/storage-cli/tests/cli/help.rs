//! Every help text, whole.

use snapbox::file;

use crate::support::World;

macro_rules! help {
    ($($name:ident: $line:literal => $file:literal;)*) => {$(
        #[test]
        fn $name() {
            assert_shown!(World::new().run($line), file![$file]);
        }
    )*};
}

help! {
    short: "-h" => "help/short.txt";
    long: "--help" => "help/long.txt";
    nothing: "" => "help/nothing.txt";
    mounts: "mounts --help" => "help/mounts.txt";
    ls: "ls --help" => "help/ls.txt";
    tree: "tree --help" => "help/tree.txt";
    cat: "cat --help" => "help/cat.txt";
    put: "put --help" => "help/put.txt";
    cp: "cp --help" => "help/cp.txt";
    mv: "mv --help" => "help/mv.txt";
    rm: "rm --help" => "help/rm.txt";
    mkdir: "mkdir --help" => "help/mkdir.txt";
    stat: "stat --help" => "help/stat.txt";
    md5: "md5 --help" => "help/md5.txt";
    du: "du --help" => "help/du.txt";
    url: "url --help" => "help/url.txt";
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
    assert_eq!(commands.len(), 14, "{commands:?}");
    for command in commands {
        let help = world.stdout(&format!("{command} --help"));
        assert!(help.contains("Examples:\n  "), "{command} has no examples");
    }
}

#[test]
fn version() {
    assert_eq!(World::new().run("--version"), "exit: 0\n--- stdout\nstorage [VERSION]\n");
}
