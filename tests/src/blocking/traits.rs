//! `Read`, `BufRead`, `Seek`, `Write` and `Iterator`: what the traits of std do with our readers and writers.

use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};

use storage::Error;
use storage::types::{ErrorKind, WalkOptions};

use super::suite::stage::Stage;
use super::suite::watched::{BROKEN, Watched};
use crate::support::checks::{equal, mentions, no, refused, yes};
use crate::support::content::noise;
use crate::support::outcome::Outcome;

behaviours! {
    a_flush_does_not_publish;
    a_reader_is_copied_to_a_writer;
    lines_are_read;
    calls_and_traits_can_be_mixed;
    listings_are_iterators if [list];
    a_read_that_breaks_keeps_kind_and_path;
    a_write_that_breaks_keeps_kind_and_path;
    a_seek_to_before_the_start_is_refused;
}

fn a_flush_does_not_publish(stage: &Stage) -> Outcome {
    let (old, new) = (stage.file("old", "old")?, stage.node("new"));
    for file in [&old, &new] {
        let mut writer = file.writer()?;
        writer.write_all(&noise(1, 700_000))?;
        writer.flush()?;
        drop(writer);
    }
    equal(old.read_text()?, "old");
    no(new.exists()?);
    let mut writer = new.writer()?;
    write!(writer, "formatted {}", 1 + 6)?;
    equal(writer.finish()?.size, 11);
    equal(new.read_text()?, "formatted 7");
    Ok(())
}

fn a_reader_is_copied_to_a_writer(stage: &Stage) -> Outcome {
    let content = noise(2, 2_500_000);
    let mut reader = stage.file("from", content.clone())?.reader()?;
    let to = stage.node("to");
    let mut writer = to.writer()?;
    equal(io::copy(&mut reader, &mut writer)?, 2_500_000);
    writer.finish()?;
    equal(to.read()?, content);
    Ok(())
}

fn lines_are_read(stage: &Stage) -> Outcome {
    let line = |number: usize| format!("line {number} {}", "x".repeat(number % 90));
    let text: String = (0..30_000).map(|number| line(number) + "\n").collect();
    let reader = stage.file("file", text)?.reader()?;
    let mut lines = 0;
    for (number, read) in reader.lines().enumerate() {
        equal(read?, line(number));
        lines += 1;
    }
    equal(lines, 30_000);
    Ok(())
}

fn calls_and_traits_can_be_mixed(stage: &Stage) -> Outcome {
    let content = noise(4, 2_500_000);
    let mut reader = stage.file("file", content.clone())?.reader()?;
    let mut ten = [0; 10];
    reader.read_exact(&mut ten)?;
    equal(&ten[..], &content[..10]);
    let buffered = reader.fill_buf()?.len();
    yes(buffered > 3);
    reader.consume(3);
    equal(reader.position(), 13);
    let mut read = reader.next()?.unwrap_or_default().to_vec();
    equal(reader.seek(SeekFrom::Current(-5))?, 8 + read.len() as u64);
    read.truncate(read.len() - 5);
    reader.read_to_end(&mut read)?;
    yes(content[13..] == read);
    reader.seek_to(8)?;
    equal(reader.read_all()?, content.slice(8..));

    let file = stage.node("written");
    let mut writer = file.writer()?;
    writer.write_all(&content[..300_000])?;
    writer.write(content.slice(300_000..300_010))?;
    writer.write_all(&content[300_010..])?;
    equal(writer.finish()?.size, 2_500_000);
    equal(file.read()?, content);
    Ok(())
}

fn listings_are_iterators(stage: &Stage) -> Outcome {
    for path in ["a", "b/c", "b/d/e", "f"] {
        stage.file(path, path)?;
    }
    let mut names = Vec::new();
    for entry in stage.root().children()? {
        names.push(entry?.node.name().to_owned());
    }
    equal(names, ["a", "b", "f"]);
    let sizes: storage::Result<Vec<u64>> =
        stage.root().walk(&WalkOptions::new())?.map(|entry| entry.map(|entry| entry.metadata.size)).collect();
    equal(sizes?.len(), 6);
    Ok(())
}

/// The error of ours that travelled through a trait of std.
#[track_caller]
fn through_io<T: std::fmt::Debug>(result: io::Result<T>, io_kind: io::ErrorKind, kind: ErrorKind) -> Error {
    match result {
        Ok(given) => panic!("expected {kind:?}, but it gave {given:?}"),
        Err(error) => {
            equal(error.kind(), io_kind);
            refused::<()>(Err(Error::from(error)), kind)
        }
    }
}

fn a_read_that_breaks_keeps_kind_and_path(stage: &Stage) -> Outcome {
    stage.manager.add_backend("broken", Watched::breaking_after(3))?;
    let file = stage.at("broken:folder/file");
    file.write(noise(1, 10_000))?;
    let mut read = Vec::new();
    let result = file.reader()?.read_to_end(&mut read);
    let error = through_io(result, io::ErrorKind::InvalidData, ErrorKind::Corrupted);
    mentions(&error, &["`broken:folder/file`", BROKEN]);
    equal((error.mount(), error.path()), (Some("broken"), Some("folder/file")));
    yes(noise(1, 10_000).starts_with(&read));

    let result = file.reader()?.read_until(0, &mut Vec::new()).and_then(|_| {
        let mut rest = file.reader()?;
        loop {
            let length = rest.fill_buf()?.len();
            rest.consume(length);
        }
    });
    let error = through_io::<()>(result, io::ErrorKind::InvalidData, ErrorKind::Corrupted);
    mentions(&error, &["`broken:folder/file`", BROKEN]);
    Ok(())
}

fn a_write_that_breaks_keeps_kind_and_path(stage: &Stage) -> Outcome {
    stage.manager.add_backend("broken", Watched::breaking_after(1))?;
    let file = stage.at("broken:folder/file");
    let mut writer = file.writer()?;
    writer.write_all(&noise(1, 100))?;
    writer.flush()?;
    writer.write_all(&noise(2, 1000))?;
    let error = through_io(writer.flush(), io::ErrorKind::InvalidData, ErrorKind::Corrupted);
    mentions(&error, &["`broken:folder/file`", BROKEN]);
    // A writer that has failed publishes nothing, however it is ended.
    refused(writer.finish(), ErrorKind::InvalidInput);
    no(file.exists()?);
    Ok(())
}

fn a_seek_to_before_the_start_is_refused(stage: &Stage) -> Outcome {
    let mut reader = stage.file("file", "content")?.reader()?;
    reader.seek(SeekFrom::Start(3))?;
    let refused = reader.seek(SeekFrom::Current(-4));
    through_io(refused, io::ErrorKind::InvalidInput, ErrorKind::InvalidInput);
    equal(reader.read_all()?, "tent");
    Ok(())
}
