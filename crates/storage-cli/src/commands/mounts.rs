//! `storage mounts`.

use std::collections::BTreeMap;

use serde::Serialize;
use storage::types::{Capabilities, MountConfig};

use super::probe;
use crate::args::{MountsArgs, MountsCommand};
use crate::context::Context;
use crate::exit::Done;
use crate::output::Output;

/// Options that say where a mount is, the telling ones first.
const LOCATIONS: [&str; 8] =
    ["path", "bucket", "container", "url", "endpoint", "base_path", "root", "shared"];

#[derive(Serialize)]
struct MountsJson<'a> {
    configuration: Option<String>,
    mounts: Vec<MountJson<'a>>,
}

#[derive(Serialize)]
struct MountJson<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: String,
    location: Option<String>,
    capabilities: BTreeMap<String, bool>,
}

pub(crate) fn run(args: &MountsArgs, context: &Context, out: &mut Output) -> Done {
    context.found.check()?;
    match &args.command {
        Some(MountsCommand::Test(args)) => probe::run(args, context, out),
        None => show(args, context, out),
    }
}

fn show(args: &MountsArgs, context: &Context, out: &mut Output) -> Done {
    let mounts: Vec<MountJson<'_>> =
        context.found.config.mounts.iter().map(|mount| describe(mount, context)).collect();
    let configuration = context.found.file.as_ref().map(|file| {
        let file = std::path::absolute(file).unwrap_or_else(|_| file.clone());
        file.display().to_string()
    });
    if args.json {
        return out.json_pretty(&MountsJson { configuration, mounts });
    }
    if args.long {
        blocks(&mounts, out)?;
    } else {
        table(&mounts, out)?;
    }
    let file = configuration.unwrap_or_else(|| "none, this is the built-in default".to_owned());
    if !mounts.is_empty() {
        out.line(format_args!(""))?;
    }
    out.line(format_args!("configuration: {}", out.name(&file)))
}

fn describe<'a>(config: &'a MountConfig, context: &Context) -> MountJson<'a> {
    // Serialised, secrets are blanked.
    let shown = config.to_json();
    let location =
        LOCATIONS.iter().find_map(|key| shown.get(key)).and_then(|value| value.as_str()).map(str::to_owned);
    let mount = context.manager().mount(config.name()).ok();
    let capabilities = mount.map_or_else(Capabilities::none, |mount| mount.backend().capabilities());
    let kind = config.kind().to_owned();
    MountJson {
        name: config.name(),
        kind,
        location,
        capabilities: capabilities.entries().into_iter().collect(),
    }
}

fn table(mounts: &[MountJson<'_>], out: &mut Output) -> Done {
    let names = widest(mounts.iter().map(|mount| mount.name)) + 1;
    let kinds = widest(mounts.iter().map(|mount| mount.kind.as_str()));
    let places = widest(mounts.iter().map(place));
    for mount in mounts {
        let name = format!("{}:", mount.name);
        out.line(format_args!(
            "{name:<names$}  {:<kinds$}  {:<places$}  {}",
            mount.kind,
            out.name(place(mount)),
            summary(&mount.capabilities)
        ))?;
    }
    Ok(())
}

pub(super) fn widest<'a>(cells: impl Iterator<Item = &'a str>) -> usize {
    cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
}

fn blocks(mounts: &[MountJson<'_>], out: &mut Output) -> Done {
    for (at, mount) in mounts.iter().enumerate() {
        if at > 0 {
            out.line(format_args!(""))?;
        }
        out.line(format_args!("{}:", mount.name))?;
        out.line(format_args!("  type      {}", mount.kind))?;
        out.line(format_args!("  location  {}", out.name(place(mount))))?;
        for (label, wanted) in [("can", true), ("cannot", false)] {
            let words =
                mount.capabilities.iter().filter(|(_, can)| **can == wanted).map(|(name, _)| name.as_str());
            let words = words.collect::<Vec<_>>().join(", ");
            out.line(format_args!("  {label:<8}  {}", if words.is_empty() { "-" } else { &words }))?;
        }
    }
    Ok(())
}

fn place<'a>(mount: &'a MountJson<'_>) -> &'a str {
    mount.location.as_deref().unwrap_or("-")
}

/// The capabilities that decide whether a command works at all.
pub(super) fn summary(capabilities: &BTreeMap<String, bool>) -> String {
    let words = ["read", "write", "delete", "list", "versions", "tags", "url"];
    let can: Vec<&str> = words.into_iter().filter(|word| capabilities.get(*word) == Some(&true)).collect();
    can.join(", ")
}
