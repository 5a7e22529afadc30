//! `storage sync` that is killed at a random moment: what is there is whole, and the next one finishes the rest.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};

use crate::support::{World, names};

const FILES: u64 = 2_000;

fn write(world: &World, file: u64, round: u64) {
    let length = if file < 2 { 8 << 20 } else { file * file % 30_000 };
    let content = format!("{file} of {round} ").repeat(1 + usize::try_from(length).unwrap() / 10);
    let path = world.here().join(format!("src/d{}/\u{fc}n\u{ef} {}/{file}", file % 5, file % 3));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

type Contents = BTreeMap<String, Vec<u8>>;

fn contents(folder: &Path) -> Contents {
    let files = names(folder).into_iter().filter(|name| !name.ends_with('/'));
    files.map(|name| (name.clone(), fs::read(folder.join(name)).unwrap())).collect()
}

/// Every file is as it was or as it is in the source, and only the one name of unfinished files may be there besides.
fn assert_whole(source: &Contents, before: &Contents, after: &Contents, round: u64) {
    for (name, content) in after {
        let known = source.get(name) == Some(content) || before.get(name) == Some(content);
        assert!(known || name.ends_with("/.storage-tmp~"), "`{name}` is torn in round {round}");
    }
    let lost = before.keys().find(|name| source.contains_key(*name) && !after.contains_key(*name));
    assert_eq!(lost, None, "lost in round {round}");
}

#[test]
fn a_sync_killed_at_any_moment_is_finished_by_the_next() {
    let quick = std::env::var_os("STORAGE_TEST_FULL").is_none_or(|value| value == "0");
    let world = World::new();
    for file in 0..FILES {
        write(&world, file, 0);
    }
    world.run("sync --delete src dst");
    let (source, destination) = (world.here().join("src"), world.here().join("dst"));
    let mut usual = Duration::ZERO;
    let mut clock = u64::from(SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_nanos());
    let (mut killed, mut round) = (0, 0);
    while killed < if quick { 5 } else { 50 } {
        round += 1;
        for file in (round % 5..FILES).step_by(5) {
            write(&world, file, round);
        }
        fs::write(destination.join("extra"), "x").unwrap();
        if usual.is_zero() {
            let begun = Instant::now();
            world.ok("sync --delete src dst");
            usual = begun.elapsed();
            continue;
        }
        let (model, before) = (contents(&source), contents(&destination));
        let mut child = world.spawn("sync --delete src dst", Stdio::null());
        clock = clock.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // The moment of the kill is what is random here; nothing waits for anything.
        std::thread::sleep(usual * u32::try_from(clock >> 40).unwrap() / (1 << 24));
        child.kill().unwrap();
        let status = child.wait().unwrap();
        killed += u64::from(status.code().is_none());
        assert_whole(&model, &before, &contents(&destination), round);

        world.ok("sync --delete src dst");
        assert_eq!(names(&source), names(&destination), "left over in round {round}");
        world.ok("check src dst");
        assert!(round < 500, "of {round} syncs only {killed} were killed");
    }
}

/// Bytes of what is there of a file that was not finished.
fn half_way(folder: &Path) -> Option<u64> {
    let entries = fs::read_dir(folder).ok()?;
    let parts = entries
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_name().to_str().unwrap().starts_with(".storage-tmp~part-"));
    let mut sizes: Vec<u64> = parts.map(|part| part.metadata().unwrap().len()).collect();
    assert!(sizes.len() <= 1, "{sizes:?}");
    sizes.pop()
}

#[test]
fn a_large_file_killed_again_and_again_goes_on_each_time() {
    const SIZE: u64 = 200 << 20;
    let world = World::new();
    let content: Vec<u8> =
        (0..SIZE / 8).flat_map(|word| word.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes()).collect();
    fs::write(world.here().join("big"), &content).unwrap();
    let line = "cp --json --state-dir state --bandwidth 400MiB big data:folder/big";
    let folder = world.data().join("folder");
    let (mut before, mut kills) = (0, 0);
    while kills < 20 {
        let mut child = world.spawn(line, Stdio::null());
        // Killed once it got on: the moment differs from run to run by itself.
        let is_further = || half_way(&folder).is_some_and(|size| size > before);
        while !is_further() && child.try_wait().unwrap().is_none() {}
        child.kill().unwrap();
        if child.wait().unwrap().code().is_some() {
            break;
        }
        kills += 1;
        assert!(!folder.join("big").exists() || half_way(&folder).is_none());
        let now = half_way(&folder).unwrap_or(before);
        assert!(now >= before, "{now} bytes after {before}");
        before = now;
    }
    assert!(kills > 2, "{kills}");
    let there = half_way(&folder).unwrap_or(0);
    let shown = world.run(line);
    assert!(shown.starts_with("exit: 0\n"), "{shown}");
    // Nothing that was there was sent again.
    assert!(shown.contains(&format!("\"bytes_resumed\": {there},")), "{there}: {shown}");
    assert!(fs::read(folder.join("big")).unwrap() == content);
    assert_eq!((names(&folder), names(&world.here().join("state"))), (vec!["big".to_owned()], Vec::new()));
}
