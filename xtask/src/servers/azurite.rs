//! Azurite: Azure Blob Storage, Microsoft's own emulator.

use std::process::Command;

use crate::servers::place::{self, Place};
use crate::servers::{Options, Server, npm};

/// The account that every Azurite has, and its published key
/// (<https://learn.microsoft.com/azure/storage/common/storage-connect-azurite>).
pub(super) const ACCOUNT: &str = "devstoreaccount1";
pub(super) const ACCOUNT_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

pub(super) const SERVER: Server = Server {
    name: "azurite",
    version: || npm::AZURITE.to_owned(),
    mark: "azurite-blob",
    ports: &[18335],
    twins: false,
    command,
    health: "/devstoreaccount1?comp=list",
    // Without a signature it refuses, which shows that it is there.
    ready: |status| status == 403 || status == 400,
};

/// Azurite collects what is not referred to any more every ten minutes, and answers nobody for minutes when tens of
/// thousands of small blobs are gone. It has no option for that, so the interval is set before it starts.
const NEVER_COLLECT: &str =
    "require('azurite/dist/src/blob/utils/constants').DEFAULT_GC_INTERVAL_MS = 2 ** 31 - 1;\n";

fn command(place: &Place, ports: &[u16], options: Options) -> Result<Command, String> {
    let data = place.data(SERVER.name);
    place::make(&data)?;
    let mut command = npm::command(place, "azurite-blob");
    command.current_dir(&data);
    place::write(&data.join("never-collect.js"), NEVER_COLLECT)?;
    command
        .env("NODE_OPTIONS", "--require ./never-collect.js")
        .env("NODE_PATH", place.npm().join("node_modules"));
    command.args(["--blobHost", "127.0.0.1", "--blobPort", &ports[0].to_string()]);
    // Clients newer than the emulator are let in, and it calls nobody.
    command.args(["--silent", "--skipApiVersionCheck", "--disableTelemetry"]);
    if options.azure_on_disk {
        command.arg("--location").arg(&data);
    } else {
        command.arg("--inMemoryPersistence");
    }
    Ok(command)
}
