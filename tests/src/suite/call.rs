//! Programs that work on content of every mount. What can go wrong with programs is in `programs`.

use std::fs;

use storage::types::{Error, ErrorKind, ProgramFailure};

use super::api::{Call, CallPart};
use super::maybe_async;
use super::stage::Stage;
use crate::support::checks::{equal, mentions, no, refused, some, yes};
use crate::support::disk::everything_below;
use crate::support::outcome::{Failure, Outcome};

behaviours! {
    a_program_reads_inputs_and_makes_outputs;
    a_program_changes_a_file;
    a_program_that_fails_changes_nothing;
    streams_come_from_nodes_and_go_into_nodes;
    an_output_that_was_not_made_stores_nothing;
    a_missing_input_starts_nothing;
    an_output_that_may_not_be_written_starts_nothing if [directories];
    arguments_arrive_as_they_are;
    a_program_sees_the_name_of_the_file;
}

/// A shell script; its arguments are `$1`, `$2`, ... A folder of its own for temporary files shows what is left behind.
pub(crate) fn script(text: &str) -> Result<(tempfile::TempDir, Call), Failure> {
    let folder = tempfile::tempdir()?;
    let call = Call::new("sh").args(["-c", text, "sh"]).temporary_folder(folder.path());
    Ok((folder, call))
}

pub(crate) fn nothing_below(folder: &tempfile::TempDir) -> Outcome {
    equal(everything_below(folder.path())?, [""; 0]);
    Ok(())
}

/// How the program failed.
#[track_caller]
pub(super) fn failure(error: &Error) -> &ProgramFailure {
    some(std::error::Error::source(error).and_then(|source| source.downcast_ref()))
}

#[maybe_async]
async fn a_program_reads_inputs_and_makes_outputs(stage: &Stage) -> Outcome {
    let one = stage.file("in/one.txt", "one\n").await?;
    let two = stage.file("in/two.txt", "two\n").await?;
    let (all, count) = (stage.node("out/all.txt"), stage.node("out/count"));
    let (folder, call) = script("cat \"$1\" \"$2\" > \"$3\" && cat \"$3\" | wc -c > \"$4\" && echo done")?;
    let call = call.input(&one).input(&two).output(&all).output(&count);
    let output = call.run().await?;
    equal(all.read_text().await?, "one\ntwo\n");
    equal(count.read_text().await?.trim(), "8");
    equal(output.text()?, "done\n");
    let stored: Vec<String> = output.stored.iter().map(|entry| entry.node.full_path()).collect();
    equal(stored, [all.full_path(), count.full_path()]);
    equal(output.stored[0].metadata.size, 8);
    equal(one.read_text().await?, "one\n");
    nothing_below(&folder)
}

#[maybe_async]
async fn a_program_changes_a_file(stage: &Stage) -> Outcome {
    let node = stage.file("notes.txt", "old").await?;
    let new = stage.node("new.txt");
    let (folder, call) = script("printf '%s' ' and new' >> \"$1\"; printf '%s' x >> \"$2\"")?;
    call.both(&node).both(&new).run().await?;
    equal(node.read_text().await?, "old and new");
    equal(new.read_text().await?, "x");
    nothing_below(&folder)
}

#[maybe_async]
async fn a_program_that_fails_changes_nothing(stage: &Stage) -> Outcome {
    let (out, both) = (stage.file("out", "old").await?, stage.file("both", "old").await?);
    let (new, said) = (stage.node("new"), stage.file("said", "old").await?);
    let (folder, call) =
        script("for f; do echo half > \"$f\"; done; echo half; echo first >&2; echo the reason >&2; exit 3")?;
    let call = call.output(&out).both(&both).output(&new).stdout(&said);
    let error = refused(call.run().await, ErrorKind::Unexpected);
    mentions(&error, &["`sh` ended with exit code 3", "the reason"]);
    let failure = failure(&error);
    equal((failure.code, failure.signal), (Some(3), None));
    equal(&failure.stderr, "first\nthe reason\n");
    for node in [&out, &both, &said] {
        equal(node.read_text().await?, "old");
    }
    no(new.exists().await?);
    nothing_below(&folder)
}

#[maybe_async]
async fn streams_come_from_nodes_and_go_into_nodes(stage: &Stage) -> Outcome {
    let content = crate::support::content::version(3, 5_000_000);
    let (source, result) = (stage.file("source", content.clone()).await?, stage.node("folder/result"));
    let (folder, call) = script("cat")?;
    let output = call.stdin(&source).stdout(&result).run().await?;
    yes(result.read().await? == content);
    equal(output.stored.len(), 1);
    equal(
        (output.stored[0].node.full_path(), output.stored[0].metadata.size),
        (result.full_path(), 5_000_000),
    );
    equal(output.stdout.len(), 0);
    nothing_below(&folder)
}

#[maybe_async]
async fn an_output_that_was_not_made_stores_nothing(stage: &Stage) -> Outcome {
    let (made, not) = (stage.node("made"), stage.file("not", "old").await?);
    let (folder, call) = script("echo x > \"$1\"")?;
    let error = refused(call.output(&made).output(&not).run().await, ErrorKind::NotFound);
    mentions(&error, &["nothing was written", "not"]);
    no(made.exists().await?);
    equal(not.read_text().await?, "old");
    nothing_below(&folder)
}

#[maybe_async]
async fn a_missing_input_starts_nothing(stage: &Stage) -> Outcome {
    let (folder, call) = script("touch \"$2\"")?;
    let witness = folder.path().join("started");
    let call = call.input(&stage.node("missing")).arg(&witness);
    mentions(refused(call.run().await, ErrorKind::NotFound), &["m:missing"]);
    let (_, call) = script("touch \"$1\"")?;
    let call = call.arg(&witness).stdin(&stage.node("missing"));
    refused(call.run().await, ErrorKind::NotFound);
    nothing_below(&folder)
}

#[maybe_async]
async fn an_output_that_may_not_be_written_starts_nothing(stage: &Stage) -> Outcome {
    stage.file("sub/file", "kept").await?;
    let readonly = stage.relative("readonly", "sub", "readonly")?.child("file")?;
    for (node, kind) in
        [(&readonly, ErrorKind::PermissionDenied), (&stage.node("sub"), ErrorKind::IsADirectory)]
    {
        let (folder, call) = script("touch \"$2\"")?;
        let call = call.output(node).arg(folder.path().join("started"));
        refused(call.run().await, kind);
        nothing_below(&folder)?;
    }
    equal(readonly.read_text().await?, "kept");
    Ok(())
}

#[maybe_async]
async fn arguments_arrive_as_they_are(stage: &Stage) -> Outcome {
    let node = stage.file("in put.txt", "content").await?;
    let (_folder, call) = script("for a; do printf '<%s>' \"$a\"; done; cat \"${6#--in=}\"")?;
    let parts = [CallPart::Text("--in=".into()), CallPart::Input(node)];
    let texts = ["", "two words", "$HOME `id` * 'x' \"y\"", "-n", "\u{e9}\n"];
    let output = call.args(texts).parts(parts).run().await?;
    let text = output.text()?;
    yes(text.starts_with("<><two words><$HOME `id` * 'x' \"y\"><-n><\u{e9}\n><--in="));
    yes(text.ends_with("/in put.txt>content"));
    Ok(())
}

#[maybe_async]
async fn a_program_sees_the_name_of_the_file(stage: &Stage) -> Outcome {
    let (source, result) = (stage.file("talk.wav", "x").await?, stage.node("talk.mp3"));
    let (folder, call) = script("echo \"${1##*/}\"; echo \"${2##*/}\"; test ! -e \"$2\" && echo x > \"$2\"")?;
    // The same node twice is the same file.
    let output = call.input(&source).output(&result).input(&source).run().await?;
    equal(output.text()?, "talk.wav\ntalk.mp3\n");
    equal(fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}
