//! SeaweedFS: S3 with real signatures, versions and conditions, on disk.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::servers::place::{self, Place};
use crate::servers::ports::TWIN;
use crate::servers::{Options, Server, python};

pub(super) const SERVER: Server = Server {
    name: "seaweedfs",
    version: || python::SEAWEEDFS.to_owned(),
    mark: "weed",
    ports: &[18333, 18340, 18341, 18342, 18343],
    twins: true,
    command,
    health: "/healthz",
    ready: |status| status == 200,
};

/// All parts of the server in one process; its other ports are named too, so that two of them can run.
fn command(place: &Place, ports: &[u16], _: Options) -> Result<Command, String> {
    let data = place.data(SERVER.name);
    let identities = data.join("s3.json");
    place::make(&data.join("store"))?;
    place::write(&identities, &identities_json())?;
    let mut command = Command::new(place.python_program("weed"));
    command.arg("mini").current_dir(&data);
    command.arg(format!("-dir={}", place::text(&data.join("store"))));
    command.arg(format!("-s3.config={}", place::text(&identities)));
    for (name, port) in ["s3", "master", "volume", "filer", "admin"].into_iter().zip(ports) {
        command.arg(format!("-{name}.port={port}")).arg(format!("-{name}.port.grpc={}", port + TWIN));
    }
    command.args(["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3.port.iceberg=0", "-s3.port.lance=0"]);
    command.args(["-master.telemetry=false", "-admin.ui=false", "-webdav=false"]);
    // As at AWS: a full bucket is not deleted, a missing one is not made, buckets are known as host names too.
    command.args(["-s3.allowDeleteBucketNotEmpty=false", "-s3.autoCreateBucket=false"]);
    command.arg("-s3.domainName=s3.localhost");
    // By itself it takes as many volumes as the disk has room for when it starts: on a full disk too few for a second bucket.
    command.arg("-volume.max=1000");
    command.env("GOMEMLIMIT", "400MiB").env("GOGC", "50");
    Ok(command)
}

/// One who may do everything, and one who may only read.
fn identities_json() -> String {
    json!({ "identities": [
        {
            "name": "admin",
            "credentials": [{ "accessKey": "testkey", "secretKey": "testsecret" }],
            "actions": ["Admin", "Read", "List", "Tagging", "Write"],
        },
        {
            "name": "reader",
            "credentials": [{ "accessKey": "readkey", "secretKey": "readsecret" }],
            "actions": ["Read", "List"],
        },
    ]})
    .to_string()
}

/// It leaves sockets in the folder for temporary files, named after its ports.
pub(super) fn remove_sockets(ports: &[u16]) {
    let roles = ["s3", "master", "volume", "filer", "admin"];
    for (role, port) in roles.into_iter().zip(ports) {
        for name in [format!("{role}-{port}"), format!("{role}-grpc-{}", port + TWIN)] {
            // Another user's leftover, or none, is no concern of ours.
            let _ = std::fs::remove_file(Path::new("/tmp").join(format!("seaweedfs-{name}.sock")));
        }
    }
}
