//! What the facade has of each cloud: its module, its options, and what makes its mounts in both colours.

/// A line for each cloud: its feature, the name of its module, its crate, what makes its mounts, and their options in code.
macro_rules! clouds {
    ($($feature:literal: $module:ident = $library:ident, $provider:ident, $config:ident;)*) => {
        $(
            #[cfg(feature = $feature)]
            pub use $library as $module;
            #[cfg(feature = $feature)]
            pub use $library::$config;
            #[cfg(feature = $feature)]
            impl CloudConfig for $library::$config {
                fn into_backend(self) -> Result<std::sync::Arc<dyn storage_core::Backend>> {
                    Ok(std::sync::Arc::new(self.build()?))
                }
            }
        )*

        /// The providers for managers.
        #[cfg(feature = "async")]
        pub(crate) fn providers() -> Vec<std::sync::Arc<dyn storage_core::Provider>> {
            vec![$(
                #[cfg(feature = $feature)]
                std::sync::Arc::new($library::$provider),
                #[cfg(not(feature = $feature))]
                std::sync::Arc::new(left_out::LeftOut($feature)),
            )*]
        }

        /// The same for blocking managers, over the bridge.
        #[cfg(feature = "blocking")]
        pub(crate) fn blocking_providers() -> Vec<std::sync::Arc<dyn storage_blocking::Provider>> {
            vec![$(
                #[cfg(feature = $feature)]
                std::sync::Arc::new(storage_blocking::bridge::ProviderToBlocking::new(
                    std::sync::Arc::new($library::$provider),
                )),
                #[cfg(not(feature = $feature))]
                std::sync::Arc::new(left_out::LeftOut($feature)),
            )*]
        }
    };
}
