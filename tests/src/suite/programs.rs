//! What programs can do to those who run them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use storage::types::{CancelToken, ErrorKind};

use super::api::Call;
use super::call::{failure, nothing_below, script};
use super::maybe_async;
use super::stage::Stage;
use crate::support::checks::{equal, mentions, no, refused, yes};
use crate::support::outcome::{Failure, Outcome};

behaviours! {
    a_missing_program_is_named;
    a_file_that_cannot_be_run_is_refused;
    a_missing_working_directory_is_named;
    a_program_that_is_killed_says_by_what;
    a_program_that_hangs_is_ended_with_its_children;
    a_program_that_does_not_listen_is_killed;
    a_cancelled_program_is_ended;
    a_program_that_writes_megabytes_is_bounded;
    a_program_that_reads_nothing_is_fine;
    what_a_program_leaves_running_holds_nobody_up;
    what_goes_to_another_session_holds_nobody_up;
    the_environment_is_what_it_is_set_to;
    the_working_directory_is_what_it_is_set_to;
    standard_input_is_empty_by_default;
    a_store_that_refuses_ends_the_program;
    two_results_for_one_node_are_refused;
    many_programs_run_at_once;
    secrets_of_a_call_are_not_shown;
}

/// Longer than any program of these tests takes by itself, and shorter than one that hangs.
const LONG: Duration = Duration::from_secs(120);

/// A script that writes the number of its process and of its child there, and then hangs.
const HANGING: &str =
    "sleep 1000 & echo $$ $! > \"$1.part\"; mv \"$1.part\" \"$1\"; echo half > \"$2\"; wait";

/// Writes a file and makes it executable. Not by ourselves: a neighbouring trial that forks meanwhile would inherit the
/// open file, and a file that is open for writing cannot be run (`ETXTBSY`).
fn write_program(path: &Path, content: &str) -> Outcome {
    let shell = "printf '%s\\n' \"$2\" > \"$1\" && chmod 755 \"$1\"";
    let made = std::process::Command::new("sh").args(["-c", shell, "sh"]).arg(path).arg(content).status()?;
    yes(made.success());
    Ok(())
}

/// Whether a process runs no more; one that nobody has waited for yet counts as ended.
fn has_ended(pid: &str) -> bool {
    match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with(['Z', 'X'])),
        Err(_) => true,
    }
}

/// Waits until all processes whose numbers stand in this file have ended.
pub(crate) fn wait_for_the_end_of(file: &Path) -> Outcome {
    let pids = fs::read_to_string(file)?;
    let deadline = Instant::now() + LONG;
    while Instant::now() < deadline {
        if pids.split_whitespace().all(has_ended) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Err(Failure::new(format!("one of these processes still runs: {pids}")))
}

#[maybe_async]
async fn a_missing_program_is_named(stage: &Stage) -> Outcome {
    let out = stage.file("out", "old").await?;
    for program in ["no-such-program-of-storage", "/no/such/program"] {
        let error = refused(Call::new(program).output(&out).run().await, ErrorKind::NotFound);
        mentions(&error, &["cannot run a program", program]);
    }
    let folder = tempfile::tempdir()?;
    let program = folder.path().join("script");
    write_program(&program, "#!/no/such/interpreter")?;
    mentions(refused(Call::new(&program).run().await, ErrorKind::NotFound), &["interpreter"]);
    equal(out.read_text().await?, "old");
    Ok(())
}

#[maybe_async]
async fn a_file_that_cannot_be_run_is_refused(_stage: &Stage) -> Outcome {
    let folder = tempfile::tempdir()?;
    let program = folder.path().join("data");
    write_program(&program, "data")?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o644))?;
    mentions(refused(Call::new(&program).run().await, ErrorKind::PermissionDenied), &["data", "chmod +x"]);
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
    refused(Call::new(&program).run().await, ErrorKind::PermissionDenied);
    refused(Call::new(folder.path()).run().await, ErrorKind::PermissionDenied);
    Ok(())
}

#[maybe_async]
async fn a_missing_working_directory_is_named(_stage: &Stage) -> Outcome {
    let (_folder, call) = script("true")?;
    let error = refused(call.current_dir("/no/such/folder").run().await, ErrorKind::NotFound);
    mentions(&error, &["working directory", "/no/such/folder"]);
    Ok(())
}

#[maybe_async]
async fn a_program_that_is_killed_says_by_what(stage: &Stage) -> Outcome {
    let out = stage.file("out", "old").await?;
    let (folder, call) = script("echo half > \"$1\"; kill -9 $$")?;
    let error = refused(call.output(&out).run().await, ErrorKind::Unexpected);
    mentions(&error, &["ended by signal 9"]);
    equal((failure(&error).code, failure(&error).signal), (None, Some(9)));
    equal(out.read_text().await?, "old");
    nothing_below(&folder)
}

#[maybe_async]
async fn a_program_that_hangs_is_ended_with_its_children(stage: &Stage) -> Outcome {
    let out = stage.file("out", "old").await?;
    let place = tempfile::tempdir()?;
    let pids = place.path().join("pids");
    let (folder, call) = script(HANGING)?;
    // However slow the machine is: a script that was ended before it said who it is is tried again with more time.
    for seconds in [1, 5, 30] {
        let call = call.clone().arg(&pids).output(&out).timeout(Duration::from_secs(seconds));
        let error = refused(call.run().await, ErrorKind::Timeout);
        no(error.is_retryable());
        mentions(&error, &["took longer"]);
        if pids.exists() {
            break;
        }
    }
    wait_for_the_end_of(&pids)?;
    equal(out.read_text().await?, "old");
    nothing_below(&folder)
}

#[maybe_async]
async fn a_program_that_does_not_listen_is_killed(_stage: &Stage) -> Outcome {
    let (_folder, call) = script("trap '' TERM; while :; do sleep 1000; done")?;
    let started = Instant::now();
    refused(call.timeout(Duration::from_millis(300)).run().await, ErrorKind::Timeout);
    yes(started.elapsed() < LONG);
    Ok(())
}

#[maybe_async]
async fn a_cancelled_program_is_ended(stage: &Stage) -> Outcome {
    let out = stage.file("out", "old").await?;
    let place = tempfile::tempdir()?;
    let pids = place.path().join("pids");
    let (folder, call) = script(HANGING)?;
    let token = CancelToken::new();
    let canceller = {
        let (token, pids) = (token.clone(), pids.clone());
        std::thread::spawn(move || {
            while !pids.exists() {
                std::thread::sleep(Duration::from_millis(5));
            }
            token.cancel();
        })
    };
    let call = call.arg(&pids).output(&out).cancel(token).timeout(LONG);
    let error = refused(call.run().await, ErrorKind::Interrupted);
    yes(storage::types::report::is_cancelled(&error));
    yes(canceller.join().is_ok());
    wait_for_the_end_of(&pids)?;
    equal(out.read_text().await?, "old");
    let again = refused(call.run().await, ErrorKind::Interrupted);
    mentions(&again, &["cancelled"]);
    nothing_below(&folder)
}

#[maybe_async]
async fn a_program_that_writes_megabytes_is_bounded(stage: &Stage) -> Outcome {
    const LOTS: &str = "yes 0123456789 | head -c 20000000; yes error | head -c 3000000 >&2; echo end >&2";
    let (_folder, call) = script(LOTS)?;
    let output = call.clone().run().await?;
    equal((output.stdout.len(), output.stdout_dropped), (1 << 20, 20_000_000 - (1 << 20)));
    yes(output.stderr.len() <= 16 << 10 && output.stderr.ends_with("error\nend\n"));
    refused(output.text(), ErrorKind::Corrupted);
    let output = call.clone().stdout_kept(20_000_000).run().await?;
    equal((output.stdout.len(), output.stdout_dropped), (20_000_000, 0));
    let node = stage.node("lots");
    call.stdout(&node).run().await?;
    equal(node.size().await?, 20_000_000);

    let (_folder, call) = script("yes error | head -c 3000000 >&2; exit 1")?;
    let error = refused(call.run().await, ErrorKind::Unexpected);
    yes(error.to_string().len() < 1000);
    yes(failure(&error).stderr.len() <= 16 << 10);
    Ok(())
}

#[maybe_async]
async fn a_program_that_reads_nothing_is_fine(stage: &Stage) -> Outcome {
    let large = stage.file("large", vec![b'x'; 5_000_000]).await?;
    for text in ["echo done", "exec <&-; echo done", "head -c 1 > /dev/null; echo done"] {
        let (_folder, call) = script(text)?;
        equal(call.stdin(&large).run().await?.text()?, "done\n");
    }
    Ok(())
}

#[maybe_async]
async fn what_a_program_leaves_running_holds_nobody_up(_stage: &Stage) -> Outcome {
    let place = tempfile::tempdir()?;
    let pids = place.path().join("pids");
    let (_folder, call) = script("sleep 1000 & echo $! > \"$1\"; echo done")?;
    let output = call.arg(&pids).timeout(LONG).run().await?;
    equal(output.text()?, "done\n");
    wait_for_the_end_of(&pids)
}

#[maybe_async]
async fn what_goes_to_another_session_holds_nobody_up(_stage: &Stage) -> Outcome {
    let place = tempfile::tempdir()?;
    let pids = place.path().join("pids");
    // It has the pipes, and no signal to the group reaches it.
    let script_text = "setsid sh -c 'echo $$ > \"$1.part\"; mv \"$1.part\" \"$1\"; exec sleep 1000' sh \"$1\" &\n\
                       while [ ! -e \"$1\" ]; do sleep 0.01; done; echo done";
    let (_folder, call) = script(script_text)?;
    let output = call.arg(&pids).timeout(LONG).run().await?;
    equal(output.text()?, "done\n");
    let pid = fs::read_to_string(&pids)?;
    no(has_ended(pid.trim()));
    script("kill \"$1\"")?.1.arg(pid.trim()).run().await?;
    wait_for_the_end_of(&pids)
}

#[maybe_async]
async fn the_environment_is_what_it_is_set_to(_stage: &Stage) -> Outcome {
    let (_folder, call) = script("echo \"$OF_THE_CALL,${PATH:+path},${HOME:+home}\"")?;
    let call = call.env("OF_THE_CALL", "set").env("HOME", "/").env("PATH", "/usr/bin:/bin");
    equal(call.clone().run().await?.text()?, "set,path,home\n");
    equal(call.clone().env_remove("HOME").run().await?.text()?, "set,path,\n");
    let cleared = call.env_clear().env("PATH", "/usr/bin:/bin");
    equal(cleared.run().await?.text()?, ",path,\n");
    Ok(())
}

#[maybe_async]
async fn the_working_directory_is_what_it_is_set_to(_stage: &Stage) -> Outcome {
    let place = tempfile::tempdir()?;
    let (_folder, call) = script("pwd -P")?;
    let output = call.current_dir(place.path()).run().await?;
    equal(output.text()?.trim_end(), place.path().canonicalize()?.to_string_lossy());
    Ok(())
}

#[maybe_async]
async fn standard_input_is_empty_by_default(_stage: &Stage) -> Outcome {
    let (_folder, call) = script("wc -c")?;
    equal(call.run().await?.text()?.trim(), "0");
    Ok(())
}

#[maybe_async]
async fn a_store_that_refuses_ends_the_program(stage: &Stage) -> Outcome {
    let local = stage.local().await?;
    local.child("folder/file")?.write("kept").await?;
    // The writer is refused before the program starts.
    let place = tempfile::tempdir()?;
    let (_folder, call) = script("touch \"$1\"")?;
    let started = place.path().join("started");
    refused(call.arg(&started).stdout(&local.child("folder")?).run().await, ErrorKind::IsADirectory);
    no(started.exists());
    // An input that breaks while it is read ends a program that would wait for more.
    let node = local.child("shrinking")?;
    node.write(vec![b'x'; 8 << 20]).await?;
    let path = node.native_path(storage::types::Access::ReadWrite).await?;
    let (_folder, call) =
        script("head -c 65536 > /dev/null; truncate -s 0 \"$1\"; cat > /dev/null; sleep 1000")?;
    refused(call.arg(path).stdin(&node).timeout(LONG).run().await, ErrorKind::Corrupted);
    Ok(())
}

#[maybe_async]
async fn two_results_for_one_node_are_refused(stage: &Stage) -> Outcome {
    let node = stage.file("file", "old").await?;
    let (_folder, call) = script("true")?;
    refused(call.output(&node).both(&node).run().await, ErrorKind::InvalidInput);
    let (_folder, call) = script("echo \"$1\" > \"$2\"; test \"$1\" = \"$2\"")?;
    call.output(&node).output(&node).run().await?;
    let (_folder, call) = script("tr a-z A-Z < \"$1\" > \"$2\"")?;
    node.write("text").await?;
    call.input(&node).output(&node).run().await?;
    equal(node.read_text().await?, "TEXT");
    Ok(())
}

#[maybe_async]
async fn many_programs_run_at_once(stage: &Stage) -> Outcome {
    let root = stage.root();
    let ends = super::rt::together(20, |number| {
        let node = root.child(format!("{number}"));
        async move { run_one(node, number).await }
    })
    .await;
    ends.into_iter().collect::<Result<(), Failure>>()
}

#[maybe_async]
async fn run_one(node: storage::Result<super::api::StorageNode>, number: usize) -> Outcome {
    let node = node?;
    let (folder, call) = script("cat > \"$1\"; echo \"$2\" >> \"$1\"")?;
    call.output(&node).arg(number.to_string()).run().await?;
    equal(node.read_text().await?, format!("{number}\n"));
    nothing_below(&folder)
}

#[maybe_async]
async fn secrets_of_a_call_are_not_shown(_stage: &Stage) -> Outcome {
    let call = Call::new("sh").args(["-c", "exit 1", "hunter2"]).env("PASSWORD", "hunter2");
    let error = refused(call.run().await, ErrorKind::Unexpected);
    no(format!("{call:?} {error} {error:?}").contains("hunter2"));
    Ok(())
}
