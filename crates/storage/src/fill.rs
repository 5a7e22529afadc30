//! URLs into nodes, in both colours.

/// Fills nodes of any mount from URLs of http and https.
///
/// Private addresses are refused, for the URL and for every redirect, unless the options allow them.
#[cfg(feature = "async")]
pub trait FillFromUrl {
    /// Streams the content of `url` into the node, with its media type. Nothing is visible before all of it has come.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for what is no such URL, `PermissionDenied` for private addresses, what any answer but 2xx means,
    /// `Interrupted` when the content ends too early, and those of a write. The node is as it was then.
    fn fill_from_url(
        &self,
        url: &str,
    ) -> impl Future<Output = storage_types::Result<storage_types::Metadata>> + Send;

    /// The same by options.
    ///
    /// # Errors
    ///
    /// As [`fill_from_url`](Self::fill_from_url); `QuotaExceeded` and `Timeout` when a limit of the options is reached.
    fn fill_from_url_with(
        &self,
        url: &str,
        options: &storage_http::FetchOptions,
    ) -> impl Future<Output = storage_types::Result<storage_types::Metadata>> + Send;
}

#[cfg(feature = "async")]
impl FillFromUrl for storage_core::StorageNode {
    async fn fill_from_url(&self, url: &str) -> storage_types::Result<storage_types::Metadata> {
        storage_http::fill_from_url(self, url, &storage_http::FetchOptions::new()).await
    }

    async fn fill_from_url_with(
        &self,
        url: &str,
        options: &storage_http::FetchOptions,
    ) -> storage_types::Result<storage_types::Metadata> {
        storage_http::fill_from_url(self, url, options).await
    }
}

#[cfg(feature = "blocking")]
pub(crate) mod blocking {
    use storage_blocking::bridge::block_on;
    use storage_blocking::{StorageNode, Writer};
    use storage_http::{Fetch, FetchOptions, write_options};
    use storage_types::{Metadata, Result};

    /// Fills nodes of any mount from URLs of http and https.
    ///
    /// Private addresses are refused, for the URL and for every redirect, unless the options allow them.
    pub trait FillFromUrl {
        /// Streams the content of `url` into the node, with its media type. Nothing is visible before all of it has
        /// come.
        ///
        /// # Errors
        ///
        /// `InvalidInput` for what is no such URL, `PermissionDenied` for private addresses, what any answer but 2xx
        /// means, `Interrupted` when the content ends too early, and those of a write. The node is as it was then.
        fn fill_from_url(&self, url: &str) -> Result<Metadata> {
            self.fill_from_url_with(url, &FetchOptions::new())
        }

        /// The same by options.
        ///
        /// # Errors
        ///
        /// As [`fill_from_url`](Self::fill_from_url); `QuotaExceeded` and `Timeout` when a limit of the options is
        /// reached.
        fn fill_from_url_with(&self, url: &str, options: &FetchOptions) -> Result<Metadata>;
    }

    impl FillFromUrl for StorageNode {
        fn fill_from_url_with(&self, url: &str, options: &FetchOptions) -> Result<Metadata> {
            let (url, options) = (url.to_owned(), options.clone());
            let fetch = block_on(async move { Fetch::open(&url, &options).await })?;
            let mut writer = self.writer_with(&write_options(&fetch))?;
            match pump(fetch, &mut writer) {
                Ok(()) => writer.finish(),
                Err(error) => {
                    // The first error tells more than one of clearing up.
                    let _ = writer.abort();
                    Err(error)
                }
            }
        }
    }

    /// Piece by piece: what comes is async, what takes it is not.
    fn pump(mut fetch: Fetch, writer: &mut Writer) -> Result<()> {
        loop {
            let (back, piece) = block_on(async move {
                let piece = fetch.next().await;
                Ok((fetch, piece))
            })?;
            fetch = back;
            let Some(piece) = piece? else { return Ok(()) };
            writer.write(piece)?;
        }
    }
}
