//! `storage url`.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde::Serialize;
use storage::types::{PresignMethod, PresignOptions};

use crate::args::{Method, UrlArgs};
use crate::context::Context;
use crate::exit::Done;
use crate::output::Output;
use crate::times;

/// Query parameters that say how long a URL lives: of AWS (SigV4), Google Cloud (V4) and Azure (SAS).
const EXPIRIES: [&str; 3] = ["X-Amz-Expires=", "X-Goog-Expires=", "se="];

/// A URL in JSON; documented in `help/url.txt`.
#[derive(Serialize)]
struct UrlJson<'a> {
    path: String,
    url: &'a str,
    method: &'static str,
    expires_at: Option<String>,
    headers: &'a BTreeMap<String, String>,
}

pub(crate) fn run(args: &UrlArgs, context: &Context, out: &mut Output) -> Done {
    let upload = args.put || args.method == Method::Put;
    let method = if upload { PresignMethod::Put } else { PresignMethod::Get };
    let options = PresignOptions::new().method(method).expires_in(args.expires);
    let options = args.headers.iter().fold(options, |options, (name, value)| options.header(name, value));
    context.each(&args.places, |place| {
        let node = context.place(place)?.node;
        // Before the store signs, so that it is never too late.
        let now = SystemTime::now();
        let url = node.url_with(&options).map_err(|error| {
            // What has a path on this machine has a plain URL, and nothing can be uploaded to that.
            context.teach(error, |can| can.url && (!upload || (can.write && !can.local_path)))
        })?;
        if args.json {
            let expires_at = now.checked_add(args.expires).filter(|_| expires(&url)).and_then(times::exact);
            let method = if upload { "PUT" } else { "GET" };
            let path = context.show(&node);
            return out.json(&UrlJson { path, url: &url, method, expires_at, headers: &options.headers });
        }
        out.line(format_args!("{url}"))
    })
}

fn expires(url: &str) -> bool {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query.split('&').any(|parameter| EXPIRIES.iter().any(|name| parameter.starts_with(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_urls_expire_and_plain_ones_do_not() {
        assert!(expires("https://b.s3.amazonaws.com/k?X-Amz-Date=20260301T120000Z&X-Amz-Expires=900"));
        assert!(expires("https://storage.googleapis.com/b/k?X-Goog-Expires=900"));
        assert!(expires("https://a.blob.core.windows.net/c/k?sv=2024-11-04&se=2026-03-01T12%3A00%3A00Z"));
        assert!(!expires("https://files.example/pub/se=1") && !expires("https://files.example/a?base=1"));
    }
}
