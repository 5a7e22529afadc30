//! Connection strings (Azure Storage, "Configure Azure Storage connection strings").

use storage_types::{Error, Result, Secret};

/// The account and key of the emulator, published by Microsoft ("Use the Azurite emulator").
const EMULATOR: (&str, &str, &str) = (
    "devstoreaccount1",
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
    "http://127.0.0.1:10000/devstoreaccount1",
);

/// What a connection string says.
#[derive(Debug, Default)]
pub(crate) struct Connection {
    pub(crate) account: Option<String>,
    pub(crate) account_key: Option<Secret>,
    pub(crate) sas_token: Option<Secret>,
    pub(crate) endpoint: Option<String>,
}

impl Connection {
    /// # Errors
    ///
    /// `Config`, never with what stands in the string.
    pub(crate) fn parse(text: &Secret) -> Result<Self> {
        let mut this = Self::default();
        let (mut protocol, mut suffix, mut emulator) = ("https".to_owned(), None, false);
        for pair in text.expose().split(';').map(str::trim).filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or_else(|| wrong("a part of it has no `=`"))?;
            let value = value.trim();
            if value.is_empty() {
                return Err(wrong("a part of it has no value"));
            }
            match name.trim().to_ascii_lowercase().as_str() {
                "accountname" => this.account = Some(value.to_owned()),
                "accountkey" => this.account_key = Some(value.into()),
                "sharedaccesssignature" => this.sas_token = Some(value.into()),
                "blobendpoint" => this.endpoint = Some(value.to_owned()),
                "endpointsuffix" => suffix = Some(value.to_owned()),
                "defaultendpointsprotocol" => protocol = value.to_ascii_lowercase(),
                "usedevelopmentstorage" => emulator = value.eq_ignore_ascii_case("true"),
                // Of the other services, and of a second region.
                "queueendpoint"
                | "tableendpoint"
                | "fileendpoint"
                | "blobsecondaryendpoint"
                | "queuesecondaryendpoint"
                | "tablesecondaryendpoint"
                | "filesecondaryendpoint" => {}
                _ => return Err(wrong("a part of it has an unknown name")),
            }
        }
        if emulator {
            return Ok(Self::emulator());
        }
        if this.endpoint.is_none()
            && let (Some(account), protocol @ ("http" | "https")) = (&this.account, protocol.as_str())
        {
            let suffix = suffix.unwrap_or_else(|| "core.windows.net".to_owned());
            this.endpoint = Some(format!("{protocol}://{account}.blob.{suffix}"));
        }
        if this.endpoint.is_none() {
            return Err(wrong("it names no account and no blob endpoint"));
        }
        Ok(this)
    }

    fn emulator() -> Self {
        let (account, key, endpoint) = EMULATOR;
        Self {
            account: Some(account.to_owned()),
            account_key: Some(key.into()),
            sas_token: None,
            endpoint: Some(endpoint.to_owned()),
        }
    }
}

fn wrong(why: &'static str) -> Error {
    Error::config(format!("field `connection_string`: {why}")).with_hint(
        "copy it whole: `DefaultEndpointsProtocol=https;AccountName=...;AccountKey=...;EndpointSuffix=...`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Connection> {
        Connection::parse(&text.into())
    }

    #[test]
    fn with_a_key() {
        let it = parse(
            "DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=a2V5==;EndpointSuffix=core.chinacloudapi.cn;",
        )
        .unwrap();
        assert_eq!(it.account.as_deref(), Some("acct"));
        assert_eq!(it.account_key.unwrap().expose(), "a2V5==");
        assert_eq!(it.endpoint.as_deref(), Some("https://acct.blob.core.chinacloudapi.cn"));
    }

    #[test]
    fn with_a_token_and_an_endpoint() {
        let it = parse(
            "BlobEndpoint=https://a.example/;QueueEndpoint=https://q;SharedAccessSignature=sv=1&sig=x%3D",
        )
        .unwrap();
        assert_eq!(it.sas_token.unwrap().expose(), "sv=1&sig=x%3D");
        assert_eq!((it.endpoint.as_deref(), it.account), (Some("https://a.example/"), None));
    }

    #[test]
    fn of_the_emulator() {
        let it = parse("UseDevelopmentStorage=true").unwrap();
        assert_eq!(it.endpoint.as_deref(), Some("http://127.0.0.1:10000/devstoreaccount1"));
    }

    #[test]
    fn wrong_ones_are_refused_without_being_shown() {
        for text in [
            "",
            "AccountName",
            "AccountKey=secret",
            "Account=secret",
            "AccountName=;AccountKey=secret",
            "DefaultEndpointsProtocol=ftp;AccountName=a;AccountKey=secret",
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.to_string().contains("connection_string"), "{error}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
