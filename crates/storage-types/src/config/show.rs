//! How configuration shows itself: `Debug`, `Serialize` and JSON, secrets blanked unless exposed by name; and how it is a part of
//! the configuration of a program.

use std::fmt;

use serde::de::Error as _;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::batch::Config;
use super::expand::process_env;
use super::mount::MountConfig;
use super::redact::redacted;
use super::strict::Strict;

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

/// Takes what [`Config::from_value`] takes, variables included, as a part of a program's own configuration.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Service {
///     port: u16,
///     mounts: storage_types::Config,
/// }
///
/// let text = r#"{"port": 8080, "mounts": [{"name": "data", "type": "local", "path": "/srv"}]}"#;
/// let service: Service = serde_json::from_str(text)?;
/// assert_eq!((service.port, service.mounts.mounts[0].name()), (8080, "data"));
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<'de> Deserialize<'de> for Config {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Strict(value) = Strict::deserialize(deserializer)?;
        Self::from_value(value).map_err(D::Error::custom)
    }
}

/// Takes a mapping with `name`, `type` and options, with variables of the environment replaced.
impl<'de> Deserialize<'de> for MountConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Strict(value) = Strict::deserialize(deserializer)?;
        Self::from_value(value).and_then(|mount| mount.expand(&process_env)).map_err(D::Error::custom)
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

    #[test]
    fn configuration_is_a_part_of_another_one() {
        #[derive(Debug, serde::Deserialize)]
        struct Service {
            storage: Config,
            extra: Vec<MountConfig>,
        }
        let service: Service = serde_json::from_value(json!({
            "storage": {"mounts": {"a": {"type": "memory"}}},
            "extra": [{"name": "b", "type": "local", "path": "${STORAGE_NO_SUCH_VARIABLE:-/srv}"}],
        }))
        .unwrap();
        assert_eq!(service.storage.mounts, [MountConfig::memory("a")]);
        assert_eq!(service.extra, [MountConfig::local("b", "/srv")]);
        let error =
            serde_json::from_str::<Config>(r#"[{"name": "a", "name": "b", "type": "memory"}]"#).unwrap_err();
        assert!(error.to_string().contains("duplicate key"), "{error}");
        let error = serde_json::from_str::<Config>(r#"[{"name": "a"}]"#).unwrap_err();
        assert!(error.to_string().contains("missing field `type`"), "{error}");
    }
}
