//! What the configurations of all clouds have in common: the options of [`Tuning`](crate::tuning::Tuning).

/// A configuration with the options that every mount over the network takes: its own fields, then these. `store` adds those of parts
/// and `read_only` for object stores; `server` does not.
///
/// Fields are written out, not flattened into one of another type: serde's `flatten` takes unknown fields in silence. Each gets a
/// builder method, and `tuning_options` gathers them.
#[macro_export]
macro_rules! cloud_config {
    (store $(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)* }) => {
        $crate::cloud_config! {
            @connections
            $(#[$meta])*
            pub struct $name {
                $($(#[$field_meta])* pub $field: $type,)*
                /// See [`Tuning::multipart_threshold`](storage_cloud::tuning::Tuning::multipart_threshold); 16 MiB by default.
                #[serde(default)]
                pub multipart_threshold: Option<$crate::tuning::ByteSize>,
                /// See [`Tuning::part_size`](storage_cloud::tuning::Tuning::part_size); 8 MiB by default.
                #[serde(default)]
                pub part_size: Option<$crate::tuning::ByteSize>,
                /// Nothing may be written or deleted.
                #[serde(default)]
                pub read_only: bool,
            }
        }
        $crate::setters! {
            $name {
                set { read_only: bool }
                some { multipart_threshold: $crate::tuning::ByteSize, part_size: $crate::tuning::ByteSize }
                number {}
            }
        }
        impl $name {
            fn tuning_options(&self) -> $crate::tuning::TuningOptions {
                $crate::tuning::TuningOptions {
                    multipart_threshold: self.multipart_threshold,
                    part_size: self.part_size,
                    read_only: self.read_only,
                    ..self.connection_options()
                }
            }
        }
    };
    (server $($config:tt)*) => { $crate::cloud_config! { @connections $($config)* } };
    (@connections $(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Default, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
            /// See [`Tuning::concurrency`](storage_cloud::tuning::Tuning::concurrency); 8 by default.
            #[serde(default)]
            pub concurrency: Option<usize>,
            /// See [`Tuning::attempts`](storage_cloud::tuning::Tuning::attempts); 5 by default.
            #[serde(default)]
            pub attempts: Option<u32>,
            /// See [`Tuning::connect_timeout`](storage_cloud::tuning::Tuning::connect_timeout), in seconds; 10 by default.
            #[serde(default)]
            pub connect_timeout: Option<$crate::tuning::Seconds>,
            /// See [`Tuning::read_timeout`](storage_cloud::tuning::Tuning::read_timeout), in seconds; 30 by default.
            #[serde(default)]
            pub read_timeout: Option<$crate::tuning::Seconds>,
            /// See [`Tuning::max_requests`](storage_cloud::tuning::Tuning::max_requests); 256 by default.
            #[serde(default)]
            pub max_requests: Option<usize>,
            /// See [`Tuning::ca_bundle`](storage_cloud::tuning::Tuning::ca_bundle).
            #[serde(default)]
            pub ca_bundle: Option<std::path::PathBuf>,
            /// See [`Tuning::proxy`](storage_cloud::tuning::Tuning::proxy): a URL, or `none`.
            #[serde(default)]
            pub proxy: Option<storage_types::Secret>,
            /// See [`Tuning::client`](storage_cloud::tuning::Tuning::client); in code only.
            #[serde(skip)]
            pub client: Option<$crate::tuning::OwnClient>,
        }
        $crate::setters! {
            $name {
                set {}
                some {
                    connect_timeout: $crate::tuning::Seconds,
                    read_timeout: $crate::tuning::Seconds,
                    ca_bundle: std::path::PathBuf,
                    proxy: storage_types::Secret,
                    client: $crate::tuning::OwnClient,
                }
                number { concurrency: usize, attempts: u32, max_requests: usize }
            }
        }
        impl $name {
            fn connection_options(&self) -> $crate::tuning::TuningOptions {
                $crate::tuning::TuningOptions {
                    concurrency: self.concurrency,
                    attempts: self.attempts,
                    connect_timeout: self.connect_timeout,
                    read_timeout: self.read_timeout,
                    max_requests: self.max_requests,
                    ca_bundle: self.ca_bundle.clone(),
                    proxy: self.proxy.clone(),
                    client: self.client.clone(),
                    ..$crate::tuning::TuningOptions::default()
                }
            }
        }
    };
}
