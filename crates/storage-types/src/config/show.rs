//! How configuration shows itself: `Debug`, `Serialize` and JSON, secrets blanked unless exposed by name.

use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::batch::Config;
use super::mount::MountConfig;
use super::redact::redacted;

impl MountConfig {
    /// The mount as a mapping, secrets blanked.
    #[must_use]
    pub fn to_json(&self) -> Value {
        Value::Object(self.mapping(redacted(self.options(), self.marked())))
    }

    /// The mount as a mapping **with its secrets**, as needed to store it. Keep it out of logs.
    #[must_use]
    pub fn to_json_exposed(&self) -> Value {
        Value::Object(self.mapping(self.options().clone()))
    }

    fn mapping(&self, options: Map<String, Value>) -> Map<String, Value> {
        let head = [("name", self.name()), ("type", self.kind())];
        head.into_iter().map(|(key, value)| (key.to_owned(), Value::from(value))).chain(options).collect()
    }
}

impl Config {
    /// The mounts as `{"mounts": [...]}`, secrets blanked.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ "mounts": self.mounts.iter().map(MountConfig::to_json).collect::<Vec<_>>() })
    }

    /// The mounts as `{"mounts": [...]}` **with their secrets**, as needed to store them. Keep it out of logs.
    #[must_use]
    pub fn to_json_exposed(&self) -> Value {
        json!({ "mounts": self.mounts.iter().map(MountConfig::to_json_exposed).collect::<Vec<_>>() })
    }
}

impl fmt::Debug for MountConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MountConfig")
            .field("name", &self.name())
            .field("kind", &self.kind())
            .field("options", &redacted(self.options(), self.marked()))
            .finish()
    }
}

impl Serialize for MountConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.mapping(redacted(self.options(), self.marked())).serialize(serializer)
    }
}

impl Serialize for Config {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Config", 1)?;
        out.serialize_field("mounts", &self.mounts)?;
        out.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_show_only_when_asked_for_by_name() {
        let mount = MountConfig::new("a", "s3")
            .option("bucket", "b")
            .option("endpoint", "https://u:hunter2@host")
            .option("headers", json!({"Authorization": "Bearer hunter2"}))
            .secret("pin", "hunter2")
            .secret("secret_access_key", "hunter2");
        let config = Config::from_iter([mount.clone()]);
        for shown in [
            format!("{mount:?} {mount:#?} {config:?}"),
            serde_json::to_string(&mount).unwrap(),
            serde_json::to_string(&config).unwrap(),
            config.to_json().to_string(),
        ] {
            assert!(!shown.contains("hunter2") && shown.contains("***"), "{shown}");
        }
        assert_eq!(serde_json::to_value(&config).unwrap(), config.to_json());
        let exposed = config.to_json_exposed();
        assert_eq!(exposed.to_string().matches("hunter2").count(), 4);
        assert_eq!(Config::from_value_with(exposed, &|_| None).unwrap(), config);
    }
}
