//! The manager that knows the clouds of the chosen features.

/// A manager around that of one colour, which knows every kind of mount that the features of this crate bring.
macro_rules! manager {
    ($inner:ty, $providers:path, $native:path) => {
        /// Mounts by name, of every kind that the features of this crate bring. Cheap to clone; clones share the
        /// table.
        ///
        /// Everything but making one is that of the manager it derefs to.
        #[derive(Debug, Clone)]
        pub struct StorageManager($inner);

        impl StorageManager {
            /// No mounts. Known are `local`, `memory`, `base64` and `relative`, and the clouds of the chosen
            /// features.
            #[must_use]
            pub fn new() -> Self {
                Self::knowing_all(<$inner>::new())
            }

            /// The same, whose transfers keep about `bytes` in memory at most, all of them together.
            #[must_use]
            pub fn with_memory(bytes: u64) -> Self {
                Self::knowing_all(<$inner>::with_memory(bytes))
            }

            fn knowing_all(manager: $inner) -> Self {
                for provider in $providers() {
                    manager.register(provider);
                }
                Self(manager)
            }

            /// A manager with these mounts.
            ///
            /// # Errors
            ///
            /// `Config`, naming every bad mount with what is wrong and what is allowed.
            pub fn with_config(config: &storage_types::Config) -> storage_types::Result<Self> {
                let manager = Self::new();
                manager.configure(config)?;
                Ok(manager)
            }
        }

        #[cfg(any(feature = "s3", feature = "azure", feature = "gcs", feature = "http"))]
        impl StorageManager {
            /// Adds a mount of a cloud whose options stand in code, replacing one of the same name. Nothing is connected yet.
            ///
            /// # Errors
            ///
            /// `Config` naming the mount, the field and what is allowed.
            pub fn add_cloud(
                &self,
                name: &str,
                config: impl crate::cloud_config::CloudConfig,
            ) -> storage_types::Result<()> {
                let backend = config.into_backend().map_err(|error| error.with_mount(name))?;
                self.0.add_backend(name, $native(backend))
            }
        }

        impl Default for StorageManager {
            fn default() -> Self {
                Self::new()
            }
        }

        impl std::ops::Deref for StorageManager {
            type Target = $inner;

            fn deref(&self) -> &$inner {
                &self.0
            }
        }
    };
}

#[cfg(feature = "async")]
pub(crate) mod asynchronous {
    manager!(storage_core::StorageManager, crate::providers, std::convert::identity);
}

#[cfg(feature = "blocking")]
pub(crate) mod blocking {
    manager!(
        storage_blocking::StorageManager,
        crate::blocking_providers,
        storage_blocking::bridge::to_blocking
    );
}
