//! `servers.json`: how tests and programs reach the servers.

use serde_json::{Value, json};

use crate::servers::place::{self, Place};
use crate::servers::state::{self, Run};
use crate::servers::{Server, azurite, fake_gcs, ministack, moto, nginx, python, rclone, seaweedfs};

/// The bucket or container of each server for tests, and the one that keeps versions. [`super::seed`] makes them.
const PLAIN: &str = "plain";
const VERSIONED: &str = "versioned";

/// The address for clients.
pub(super) fn endpoint(server: &Server, run: &Run) -> String {
    let path =
        if server.name == azurite::SERVER.name { format!("/{}", azurite::ACCOUNT) } else { String::new() };
    format!("http://127.0.0.1:{}{path}", run.port())
}

/// Everything that a client needs. The keys are those of test servers on loopback, and no secret.
pub(super) fn describe(place: &Place) -> Result<Value, String> {
    let at = |server: &Server| {
        let run = state::read(place, server).ok_or_else(|| format!("{} does not run", server.name))?;
        Ok::<_, String>(endpoint(server, &run))
    };
    Ok(json!({
        "s3": {
            "endpoint": at(&seaweedfs::SERVER)?,
            "region": "us-east-1",
            "access_key_id": "testkey",
            "secret_access_key": "testsecret",
            "reader_access_key_id": "readkey",
            "reader_secret_access_key": "readsecret",
            "bucket": PLAIN,
            "versioned_bucket": VERSIONED,
        },
        "ministack": {
            "endpoint": at(&ministack::SERVER)?,
            "region": "us-east-1",
            "access_key_id": "test",
            "secret_access_key": "test",
            "bucket": PLAIN,
            "versioned_bucket": VERSIONED,
        },
        "moto": {
            "endpoint": at(&moto::SERVER)?,
            "region": "us-east-1",
            "access_key_id": "testing",
            "secret_access_key": "testing",
            "bucket": PLAIN,
            "versioned_bucket": VERSIONED,
        },
        "rclone": {
            "endpoint": at(&rclone::SERVER)?,
            "region": "us-east-1",
            "access_key_id": "testkey",
            "secret_access_key": "testsecret",
            "bucket": PLAIN,
        },
        "azure": {
            "endpoint": at(&azurite::SERVER)?,
            "account": azurite::ACCOUNT,
            "account_key": azurite::ACCOUNT_KEY,
            "container": PLAIN,
        },
        "gcs": { "endpoint": at(&fake_gcs::SERVER)?, "bucket": PLAIN, "versioned_bucket": VERSIONED },
        "http": {
            "endpoint": at(&nginx::SERVER)?,
            "folder": place::text(&nginx::folder(place)),
            "user": nginx::USER,
            "password": nginx::PASSWORD,
        },
        "tools": {
            "python": place::text(&python::interpreter(place)),
            "rclone": place::text(&place.python_program("rclone")),
            "s5cmd": place::text(&python::s5cmd_program(place)?),
        },
    }))
}
