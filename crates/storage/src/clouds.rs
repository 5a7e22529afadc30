//! The providers of the chosen clouds, in both colours.

use std::sync::Arc;

/// The providers of the chosen features.
#[cfg(feature = "async")]
pub(crate) fn providers() -> Vec<Arc<dyn storage_core::Provider>> {
    vec![
        #[cfg(feature = "s3")]
        Arc::new(storage_s3::S3Provider),
        #[cfg(feature = "azure")]
        Arc::new(storage_azure::AzureProvider),
        #[cfg(feature = "gcs")]
        Arc::new(storage_gcs::GcsProvider),
        #[cfg(feature = "http")]
        Arc::new(storage_http::HttpProvider),
    ]
}

/// The same for blocking managers, over the bridge.
#[cfg(feature = "blocking")]
pub(crate) fn blocking_providers() -> Vec<Arc<dyn storage_blocking::Provider>> {
    #[cfg(any(feature = "s3", feature = "azure", feature = "gcs", feature = "http"))]
    use storage_blocking::bridge::ProviderToBlocking;
    vec![
        #[cfg(feature = "s3")]
        Arc::new(ProviderToBlocking::new(Arc::new(storage_s3::S3Provider))),
        #[cfg(feature = "azure")]
        Arc::new(ProviderToBlocking::new(Arc::new(storage_azure::AzureProvider))),
        #[cfg(feature = "gcs")]
        Arc::new(ProviderToBlocking::new(Arc::new(storage_gcs::GcsProvider))),
        #[cfg(feature = "http")]
        Arc::new(ProviderToBlocking::new(Arc::new(storage_http::HttpProvider))),
    ]
}
