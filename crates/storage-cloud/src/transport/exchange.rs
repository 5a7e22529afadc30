//! A request and its answer, whichever client carries them.

use std::error::Error as StdError;
use std::{fmt, io};

use bytes::Bytes;
use http_body::Body as _;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use reqwest::Body;
use storage_types::Error;

/// The head of an answer, and what is still to come of it.
pub(super) type Response = http::Response<ResponseBody>;

/// The body of an answer.
#[derive(Debug)]
pub(super) enum ResponseBody {
    Direct(Incoming),
    Reqwest(Body),
}

impl ResponseBody {
    /// The next bytes; `None` at the end.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, Broken> {
        loop {
            if self.is_end() {
                return Ok(None);
            }
            let frame = match self {
                Self::Direct(body) => body.frame().await.transpose().map_err(Broken::Body)?,
                Self::Reqwest(body) => body.frame().await.transpose().map_err(Broken::Reqwest)?,
            };
            match frame.map(http_body::Frame::into_data) {
                None => return Ok(None),
                Some(Ok(bytes)) => return Ok(Some(bytes)),
                // Trailers.
                Some(Err(_)) => {}
            }
        }
    }

    /// Whether all of a body of declared length has come.
    fn is_end(&self) -> bool {
        match self {
            Self::Direct(body) => body.is_end_stream(),
            Self::Reqwest(body) => body.is_end_stream(),
        }
    }
}

/// A request that got no answer, or an answer that broke off.
#[derive(Debug)]
pub(super) enum Broken {
    /// There is no client to send it.
    Setup(Error),
    Direct(hyper_util::client::legacy::Error),
    Body(hyper::Error),
    Reqwest(reqwest::Error),
}

impl Broken {
    /// No server got anything: there was no connection.
    pub(super) fn is_connect(&self) -> bool {
        match self {
            Self::Direct(error) => error.is_connect(),
            Self::Reqwest(error) => error.is_connect(),
            Self::Setup(_) | Self::Body(_) => false,
        }
    }

    /// The request makes no sense.
    pub(super) fn is_builder(&self) -> bool {
        matches!(self, Self::Reqwest(error) if error.is_builder())
    }

    pub(super) fn is_timeout(&self) -> bool {
        if let Self::Reqwest(error) = self {
            return error.is_timeout();
        }
        let mut next: Option<&(dyn StdError + 'static)> = Some(self);
        while let Some(error) = next {
            let error_kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
            if error_kind == Some(io::ErrorKind::TimedOut) {
                return true;
            }
            next = error.source();
        }
        false
    }

    /// The same without the URL, which may hold a signature.
    pub(super) fn without_url(self) -> Self {
        match self {
            Self::Reqwest(error) => Self::Reqwest(error.without_url()),
            error => error,
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup(error) => error.fmt(f),
            Self::Direct(error) => error.fmt(f),
            Self::Body(error) => error.fmt(f),
            Self::Reqwest(error) => error.fmt(f),
        }
    }
}

impl StdError for Broken {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Setup(error) => error.source(),
            Self::Direct(error) => error.source(),
            Self::Body(error) => error.source(),
            Self::Reqwest(error) => error.source(),
        }
    }
}
