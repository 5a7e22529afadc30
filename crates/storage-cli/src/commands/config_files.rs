//! `storage config`.

use std::path::{Path, PathBuf};

use serde::Serialize;
use storage::types::{Error, ErrorKind, suggest};

use crate::args::{ConfigArgs, ConfigCommand, ConfigFileArgs, ConfigListArgs};
use crate::config::{FILES, search};
use crate::console::Console;
use crate::exit::{Done, usage};
use crate::output::Output;
use crate::trust::{self, Decision};

#[derive(Serialize)]
struct FilesJson {
    files: Vec<FileJson>,
}

#[derive(Serialize)]
struct FileJson {
    file: String,
    state: &'static str,
}

pub(crate) fn run(args: &ConfigArgs, console: &Console, out: &mut Output) -> Done {
    match &args.command {
        ConfigCommand::Allow(args) => {
            let file = trust::allow(&named(args)?)?;
            console
                .note(&format!("`{}` is used in its folder, as long as it stays as it is", file.display()));
            Ok(())
        }
        ConfigCommand::Deny(args) => {
            let file = trust::deny(&named(args)?)?;
            console.note(&format!("`{}` is not used in its folder", file.display()));
            Ok(())
        }
        ConfigCommand::List(args) => list(args, out),
    }
}

/// The file that is meant.
fn named(args: &ConfigFileArgs) -> Done<PathBuf> {
    let folder = match &args.file {
        None => Path::new(""),
        Some(file) if file.is_dir() => file,
        Some(file) if file.file_name().is_some_and(|name| FILES.iter().any(|known| name == *known)) => {
            return Ok(file.clone());
        }
        Some(file) => {
            let names = suggest::list(FILES);
            return Err(usage(
                format!("`{}` is not looked for in a folder; {names} are", file.display()),
                "name a file of another name with `--config FILE`, which needs no allowing",
            ));
        }
    };
    Ok(search(folder).into_iter().next().ok_or_else(|| {
        let shown = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let message = format!("there is no configuration in `{}`", shown.display());
        Error::new(ErrorKind::NotFound, message)
            .with_hint(format!("its name is one of {}", suggest::list(FILES)))
    })?)
}

fn list(args: &ConfigListArgs, out: &mut Output) -> Done {
    let decided = trust::all()?;
    let files = decided.iter().map(|decided| FileJson {
        file: decided.file.display().to_string(),
        state: match &decided.decision {
            Decision::Denied => "denied",
            Decision::Allowed(digest) if trust::is_unchanged(&decided.file, digest) => "allowed",
            Decision::Allowed(_) if decided.file.symlink_metadata().is_err() => "missing",
            Decision::Allowed(_) => "changed",
        },
    });
    let files: Vec<FileJson> = files.collect();
    if args.json {
        return out.json_pretty(&FilesJson { files });
    }
    for file in &files {
        out.line(format_args!("{:<7}  {}", file.state, out.name(&file.file)))?;
    }
    Ok(())
}
