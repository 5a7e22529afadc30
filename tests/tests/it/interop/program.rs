//! The other programs, told where the servers are.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use storage_tests::support::outcome::Failure;
use storage_tests::support::servers::Server;

/// What a program sees beside the content.
#[derive(Debug, PartialEq, Eq, serde::Deserialize)]
pub(crate) struct Seen {
    pub(crate) content_type: Option<String>,
    pub(crate) cache_control: Option<String>,
    pub(crate) user: BTreeMap<String, String>,
}

impl Seen {
    /// What both sides write in these tests.
    pub(crate) fn expected() -> Self {
        Self {
            content_type: Some("text/x-notes".to_owned()),
            cache_control: Some("no-cache".to_owned()),
            user: [("owner".to_owned(), "ann".to_owned())].into(),
        }
    }
}

/// How a program wants to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Python(&'static str),
    Rclone,
    S5cmd,
}

/// One program, and the bucket of a server.
#[derive(Debug)]
pub(crate) struct Program {
    path: String,
    manner: Manner,
    bucket: String,
    env: Vec<(String, String)>,
}

impl Program {
    /// A script beside this file.
    pub(crate) fn python(server: &str, script: &'static str) -> Result<Self, Failure> {
        Self::new("python", Manner::Python(script), server, &[])
    }

    pub(crate) fn rclone(server: &str) -> Result<Self, Failure> {
        let mut env = vec![("RCLONE_CONFIG".to_owned(), "/dev/null".to_owned())];
        let known = Server::running(server)?;
        let mut option =
            |name: &str, value: &str| env.push((format!("RCLONE_CONFIG_X_{name}"), value.to_owned()));
        match server {
            "azure" => {
                option("TYPE", "azureblob");
                option("ACCOUNT", known.get("account")?);
                option("KEY", known.get("account_key")?);
                option("ENDPOINT", known.get("endpoint")?);
            }
            "gcs" => {
                option("TYPE", "gcs");
                option("ANONYMOUS", "true");
                option("BUCKET_POLICY_ONLY", "true");
                option("NO_CHECK_BUCKET", "true");
                option("ENDPOINT", &format!("{}/storage/v1/", known.get("endpoint")?));
            }
            _ => {
                option("TYPE", "s3");
                option("PROVIDER", "Other");
                option("NO_CHECK_BUCKET", "true");
                option("ENDPOINT", known.get("endpoint")?);
                option("REGION", known.get("region")?);
                option("ACCESS_KEY_ID", known.get("access_key_id")?);
                option("SECRET_ACCESS_KEY", known.get("secret_access_key")?);
            }
        }
        Self::new("rclone", Manner::Rclone, server, &env)
    }

    pub(crate) fn s5cmd(server: &str) -> Result<Self, Failure> {
        let known = Server::running(server)?;
        let env = [
            ("S3_ENDPOINT_URL", known.get("endpoint")?),
            ("AWS_REGION", known.get("region")?),
            ("AWS_ACCESS_KEY_ID", known.get("access_key_id")?),
            ("AWS_SECRET_ACCESS_KEY", known.get("secret_access_key")?),
        ];
        let env = env.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self::new("s5cmd", Manner::S5cmd, server, &env)
    }

    fn new(tool: &str, manner: Manner, server: &str, env: &[(String, String)]) -> Result<Self, Failure> {
        let tools = Server::known("tools")?;
        let server = Server::running(server)?;
        let bucket = server.get("bucket").or_else(|_| server.get("container"))?.to_owned();
        let keys = [
            "endpoint",
            "region",
            "access_key_id",
            "secret_access_key",
            "bucket",
            "account_key",
            "container",
        ];
        let known =
            keys.iter().filter_map(|key| Some((key.to_uppercase(), server.get(key).ok()?.to_owned())));
        let env = known.chain(env.iter().cloned()).collect();
        Ok(Self { path: tools.get(tool)?.to_owned(), manner, bucket, env })
    }

    /// Whether it writes content type, cache control and user metadata.
    pub(crate) fn describes(&self) -> bool {
        matches!(self.manner, Manner::Python(_))
    }

    /// Reads an object into a file, and tells what it sees beside the content, if it does.
    pub(crate) fn read(&self, key: &str, file: &Path) -> Result<Option<Seen>, Failure> {
        let file = file.to_string_lossy().into_owned();
        match self.manner {
            Manner::Python(script) => {
                let said = self.run(&[&script_path(script), "read", key, &file])?;
                Ok(Some(serde_json::from_str(&said)?))
            }
            Manner::Rclone => self.run(&["copyto", &self.remote(key), &file]).map(|_| None),
            Manner::S5cmd => self.run(&["cp", "--raw", &self.url(key), &file]).map(|_| None),
        }
    }

    /// What the script says when it is started with these arguments.
    pub(crate) fn say(&self, arguments: &[&str]) -> Result<String, Failure> {
        let Manner::Python(script) = self.manner else {
            return Err(Failure::new("only scripts say anything"));
        };
        let script = script_path(script);
        self.run(&[&[&*script], arguments].concat())
    }

    /// Writes a file to an object.
    pub(crate) fn write(&self, file: &Path, key: &str) -> Result<(), Failure> {
        let file = file.to_string_lossy().into_owned();
        match self.manner {
            Manner::Python(script) => self.run(&[&script_path(script), "write", key, &file])?,
            Manner::Rclone => self.run(&["copyto", &file, &self.remote(key)])?,
            Manner::S5cmd => self.run(&["cp", &file, &self.url(key)])?,
        };
        Ok(())
    }

    fn remote(&self, key: &str) -> String {
        format!("x:{}/{key}", self.bucket)
    }

    fn url(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.bucket)
    }

    fn run(&self, arguments: &[&str]) -> Result<String, Failure> {
        let output = Command::new(&self.path)
            .args(arguments)
            .envs(self.env.iter().map(|(name, value)| (name.as_str(), value.as_str())))
            .output()?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(Failure::new(format!(
            "`{} {}` ended with {}: {said}",
            self.path,
            arguments.join(" "),
            output.status
        )))
    }
}

fn script_path(script: &str) -> String {
    format!("{}/tests/it/interop/{script}", env!("CARGO_MANIFEST_DIR"))
}
