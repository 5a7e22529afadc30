//! Clouds whose cargo features were left out: their mounts are refused with the feature that is missing.

use std::sync::Arc;

use storage_types::{Error, MountConfig, Result};

/// Stands for a cloud, named as its feature is.
#[allow(dead_code, reason = "nothing is left out where every cloud is chosen")]
#[derive(Debug)]
pub(crate) struct LeftOut(pub(crate) &'static str);

impl LeftOut {
    fn refusal(&self) -> Error {
        let feature = self.0;
        Error::config(format!("mounts of type `{feature}` were left out when this program was built"))
            .with_hint(format!("add the cargo feature `{feature}` to the dependency on `storage-dual`"))
    }
}

#[cfg(feature = "async")]
impl storage_core::Provider for LeftOut {
    fn kind(&self) -> &str {
        self.0
    }

    fn build(
        &self,
        _: &MountConfig,
        _: &storage_core::MountLookup<'_>,
    ) -> Result<Arc<dyn storage_core::Backend>> {
        Err(self.refusal())
    }
}

#[cfg(feature = "blocking")]
impl storage_blocking::Provider for LeftOut {
    fn kind(&self) -> &str {
        self.0
    }

    fn build(
        &self,
        _: &MountConfig,
        _: &storage_blocking::MountLookup<'_>,
    ) -> Result<Arc<dyn storage_blocking::Backend>> {
        Err(self.refusal())
    }
}

#[cfg(all(test, feature = "async", feature = "blocking"))]
mod tests {
    use storage_types::ErrorKind;

    use super::*;

    #[test]
    fn the_missing_feature_is_named_in_both_colours() {
        let config = MountConfig::new("m", "s3").option("bucket", "b");
        let (one, other) = (crate::StorageManager::new(), crate::blocking::StorageManager::new());
        one.register(Arc::new(LeftOut("s3")));
        other.register(Arc::new(LeftOut("s3")));
        for refused in [one.add_mount(&config), other.add_mount(&config)] {
            let error = refused.unwrap_err();
            assert_eq!((error.kind(), error.mount()), (ErrorKind::Config, Some("m")));
            assert!(error.hint().unwrap().contains("cargo feature `s3`"), "{error}");
        }
    }
}
