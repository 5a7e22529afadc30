//! Who takes part.

use clap::ValueEnum;

use super::op::Op;
use super::target::Service;
use super::worker::Place;

/// A library, in one colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub(crate) enum Who {
    OursAsync,
    OursBlocking,
    ObjectStore,
    OpendalAsync,
    OpendalBlocking,
    Sdk,
    /// HTTP alone: no signature, no answer is looked at.
    Bare,
}

impl Who {
    /// Those that are clients of a bucket.
    pub(crate) const CLIENTS: [Self; 6] = [
        Self::OursAsync,
        Self::OursBlocking,
        Self::ObjectStore,
        Self::OpendalAsync,
        Self::OpendalBlocking,
        Self::Sdk,
    ];

    /// The name in tables of this service.
    pub(crate) fn title_on(self, service: Service) -> &'static str {
        match (self, service) {
            (Self::Sdk, Service::Azure) => "azure_storage_blob",
            (Self::Sdk, Service::Gcs) => "google-cloud-storage",
            _ => self.title(),
        }
    }

    /// Whether the library does the operation there. Google's SDK asks for everything but content over gRPC, which no emulator
    /// speaks; the emulator takes no writes in XML, as object_store sends them; HTTP alone lists nothing.
    pub(crate) fn can(self, op: Op, place: Place<'_>) -> bool {
        let google = place.service == Service::Gcs;
        match self {
            Self::Sdk if google => !matches!(op, Op::Head | Op::List(_)),
            Self::ObjectStore if google && place.stub.is_none() => !matches!(op, Op::Put(_)),
            Self::Bare => !matches!(op, Op::List(_)),
            _ => true,
        }
    }

    /// The name in tables.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::OursAsync => "storage, async",
            Self::OursBlocking => "storage, blocking",
            Self::ObjectStore => "object_store",
            Self::OpendalAsync => "OpenDAL, async",
            Self::OpendalBlocking => "OpenDAL, blocking",
            Self::Sdk => "aws-sdk-s3",
            Self::Bare => "reqwest alone",
        }
    }

    /// The name on the command line and in keys.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OursAsync => "ours-async",
            Self::OursBlocking => "ours-blocking",
            Self::ObjectStore => "object-store",
            Self::OpendalAsync => "opendal-async",
            Self::OpendalBlocking => "opendal-blocking",
            Self::Sdk => "sdk",
            Self::Bare => "bare",
        }
    }
}
