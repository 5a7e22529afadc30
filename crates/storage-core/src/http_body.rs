//! Answers as `http::Response`, for axum, hyper and whatever else speaks those types.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use storage_types::{Error, Result};

use crate::dual::serve::ServeResponse;
use crate::dual::stream::Reader;

/// The content of an answer, streamed as it is asked for. When reading fails, the error ends the connection, so that the
/// client does not take half of something for all of it.
///
/// ```
/// use storage_core::types::{ServeOptions, ServeRequest};
/// use storage_core::{ServeBody, ServeResponse, StorageManager};
///
/// /// A handler, as hyper and axum call it: `GET /files/report.pdf` is `files:report.pdf`.
/// async fn handle(storage: StorageManager, request: http::Request<()>) -> http::Response<ServeBody> {
///     let asked = ServeRequest::from(&request);
///     let path = request.uri().path().trim_start_matches('/').replacen('/', ":", 1);
///     let answer = match storage.node(&path) {
///         Ok(node) => node.serve_with(&asked, &ServeOptions::new().inline()).await,
///         Err(error) => Err(error),
///     };
///     answer.unwrap_or_else(|error| ServeResponse::of_error(&error)).into()
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let storage = StorageManager::new();
/// storage.configure_json(r#"[{"name": "files", "type": "memory"}]"#)?;
/// storage.node("files:report.txt")?.write("0123456789").await?;
///
/// let request = http::Request::get("/files/report.txt").header("range", "bytes=2-4").body(())?;
/// let response = handle(storage.clone(), request).await;
/// assert_eq!(response.status(), 206);
/// assert_eq!(response.headers()["content-range"], "bytes 2-4/10");
/// assert_eq!(http_body::Body::size_hint(response.body()).exact(), Some(3));
///
/// let missing = http::Request::get("/files/nothing").body(())?;
/// assert_eq!(handle(storage, missing).await.status(), 404);
/// # Ok(())
/// # })
/// # }
/// ```
#[derive(Debug)]
pub struct ServeBody(Option<Reader>);

impl From<ServeResponse> for Response<ServeBody> {
    fn from(answer: ServeResponse) -> Self {
        let mut response = Response::new(ServeBody(answer.body));
        *response.status_mut() =
            StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in answer.headers {
            if let (Ok(name), Ok(value)) =
                (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value))
            {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

impl Body for ServeBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>>>> {
        let Some(reader) = &mut self.0 else { return Poll::Ready(None) };
        let chunk = ready!(Pin::new(reader).poll_next(cx));
        if !matches!(chunk, Some(Ok(_))) {
            // Given back now, not when the connection ends.
            self.0 = None;
        }
        Poll::Ready(chunk.map(|chunk| chunk.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(|reader| reader.position() >= reader.len())
    }

    fn size_hint(&self) -> SizeHint {
        let left = self.0.as_ref().map_or(0, |reader| reader.len().saturating_sub(reader.position()));
        SizeHint::with_exact(left)
    }
}
