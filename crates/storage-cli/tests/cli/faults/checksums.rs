//! Lists of checksums that other programs wrote.

use std::process::Command;

use crate::support::World;

#[test]
fn lists_of_every_sum_program_are_checked() {
    let world = World::new();
    world.write("a", "some content");
    world.write("b c", "more of it");
    for algorithm in ["sha1", "sha224", "sha256", "sha384", "sha512", "md5"] {
        for tag in [&[][..], &["--tag"]] {
            let mut command = Command::new(format!("{algorithm}sum"));
            let output = command.args(tag).args(["a", "b c"]).current_dir(world.here()).output().unwrap();
            world.write("LIST", &output.stdout);
            assert_eq!(
                world.run("hash --check LIST"),
                "exit: 0\n--- stdout\na: OK\nb c: OK\n",
                "{algorithm}"
            );
            let written = format!("hash -a {algorithm} {} a", tag.join(" "));
            assert!(output.stdout.starts_with(world.stdout(&written).as_bytes()), "{algorithm}");
        }
        world.write(
            "LIST",
            format!("{}  a\n", "0".repeat(world.stdout(&format!("hash -a {algorithm} a")).len() - 4)),
        );
        assert!(world.run("hash --check LIST").starts_with("exit: 1\n"), "{algorithm}");
    }
}
