//! `reqwest::Client`.

use storage::http::reqwest::Method;
use storage::types::MountConfig;
use storage::{ErrorKind, NativeClients as _, StorageNode};
use storage_tests::support::checks::equal;
use storage_tests::support::outcome::{Failure, Outcome};
use storage_tests::support::servers::Server;

use super::{NOWHERE, of};

/// A file that nginx gives to who knows the password.
fn private() -> Result<(StorageNode, std::path::PathBuf), Failure> {
    let server = Server::running("http")?;
    let name = format!("native-{}.txt", storage_tests::asynchronous::suite::clouds::fresh_prefix());
    let name = name.replace('/', "-");
    let folder = std::path::Path::new(server.get("folder")?).join("private");
    std::fs::create_dir_all(&folder)?;
    let file = folder.join(&name);
    std::fs::write(&file, "for readers")?;
    let mount = MountConfig::new("m", "http")
        .option("url", format!("{}/private/", server.get("endpoint")?))
        .option("allow_private", true)
        .option("username", server.get("user")?)
        .secret("password", server.get("password")?);
    Ok((of(&mount)?.child(&name)?, file))
}

#[tokio::test]
async fn requests_have_the_credentials_and_the_client_alone_has_none() -> Outcome {
    let (node, file) = private()?;
    let http = node.native_http().await?;
    let answer = http.request(Method::GET).send().await?;
    equal((answer.status().as_u16(), answer.text().await?), (200, "for readers".to_owned()));
    equal(node.read_text().await?, "for readers");
    let without = http.client.get(http.url.clone()).send().await?;
    equal(without.status().as_u16(), 401);
    assert!(!format!("{http:?}").to_lowercase().contains("basic"));
    Ok(std::fs::remove_file(file)?)
}

#[tokio::test]
async fn credentials_go_to_their_own_origin_alone() -> Outcome {
    let (node, file) = private()?;
    let http = node.native_http().await?;
    let listing = http.request_to(Method::GET, "./")?.send().await?;
    equal(listing.status().as_u16(), 200);
    for elsewhere in ["https://example.com/", "//example.com/x", "http://127.0.0.1:1/"] {
        let refused = http.request_to(Method::GET, elsewhere).err().map(|error| error.kind());
        equal(refused, Some(ErrorKind::InvalidInput));
    }
    Ok(std::fs::remove_file(file)?)
}

#[tokio::test]
async fn a_wrong_endpoint_is_an_error() -> Outcome {
    let mount = MountConfig::new("m", "http").option("url", NOWHERE).option("allow_private", true);
    let http = of(&mount)?.child("x")?.native_http().await?;
    let error = http.request(Method::GET).send().await.err();
    assert!(error.is_some_and(|error| error.is_connect()));
    Ok(())
}

#[tokio::test]
async fn authorities_that_cannot_be_read_are_told_by_field() -> Outcome {
    let mount = MountConfig::new("m", "http").option("url", NOWHERE).option("ca_bundle", "/nowhere.pem");
    let error = of(&mount)?.child("x")?.native_http().await.err();
    let told = error.map(|error| (error.kind(), error.to_string().contains("`ca_bundle`")));
    equal(told, Some((ErrorKind::Config, true)));
    Ok(())
}
