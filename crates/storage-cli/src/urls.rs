//! URLs as other programs write them, `s3://bucket/key`: which mount is meant.

/// How to make the mount of a URL, and what to write then; `None` for what is no URL of a store.
pub(crate) fn hint(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (kind, options, path) = match scheme {
        "file" => return Some(format!("write the path alone: `/{}`", path.trim_start_matches('/'))),
        "http" | "https" => ("http", format!("url: \"{scheme}://{place}/\""), path),
        "s3" | "s3a" | "s3n" => ("s3", format!("bucket: {place}"), path),
        "gs" | "gcs" => ("gcs", format!("bucket: {place}"), path),
        "az" | "azure" => ("azure", format!("account: ACCOUNT, container: {place}"), path),
        "abfs" | "abfss" | "wasb" | "wasbs" => {
            let (container, host) = place.split_once('@')?;
            let account = host.split('.').next()?;
            ("azure", format!("account: {account}, container: {container}"), path)
        }
        _ => return None,
    };
    Some(format!(
        "make a mount of it, a line `- {{name: {kind}, type: {kind}, {options}}}` of `storage.yaml`, and write \
         `{kind}:{path}`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_mounts_and_paths() {
        let hint = |text| hint(text).unwrap_or_default();
        let told = hint("s3://logs/2026/a.csv");
        assert!(told.contains("`- {name: s3, type: s3, bucket: logs}`") && told.contains("`s3:2026/a.csv`"));
        assert!(hint("gs://b").contains("type: gcs, bucket: b}` of `storage.yaml`, and write `gcs:`"));
        assert!(hint("az://c/k").contains("account: ACCOUNT, container: c}"));
        assert!(hint("abfss://c@acc.dfs.core.windows.net/k").contains("account: acc, container: c}"));
        assert!(
            hint("https://h/a/b").contains("url: \"https://h/\"}` of `storage.yaml`, and write `http:a/b`")
        );
        assert_eq!(hint("file:///etc/hosts"), "write the path alone: `/etc/hosts`");
        assert!(hint("x://y").is_empty() && hint("data:x").is_empty());
    }
}
