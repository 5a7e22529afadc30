//! The traits of the `futures` crate for readers and writers. They stand on a wrapper, since their methods have the names of those of
//! tokio's traits: with both on one type nobody could call either by its name.

use std::io::{self, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

use crate::dual::stream::{Reader, Writer};

/// A [`Reader`] or [`Writer`] with the traits of the `futures` crate: `AsyncRead`, `AsyncBufRead` and `AsyncSeek`, or `AsyncWrite`,
/// whose `close` publishes as [`Writer::finish`] does.
#[derive(Debug)]
pub struct FuturesIo<T> {
    inner: T,
    sought: bool,
}

impl<T> FuturesIo<T> {
    /// What it wraps.
    pub fn into_inner(self) -> T {
        self.inner
    }
}

impl Reader {
    /// The same with the traits of the `futures` crate.
    pub fn into_futures(self) -> FuturesIo<Reader> {
        FuturesIo { inner: self, sought: false }
    }
}

impl Writer {
    /// The same with the trait of the `futures` crate.
    pub fn into_futures(self) -> FuturesIo<Writer> {
        FuturesIo { inner: self, sought: false }
    }
}

impl<T: AsyncRead + Unpin> futures_io::AsyncRead for FuturesIo<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(out);
        ready!(Pin::new(&mut self.inner).poll_read(cx, &mut buffer))?;
        Poll::Ready(Ok(buffer.filled().len()))
    }
}

impl<T: AsyncBufRead + Unpin> futures_io::AsyncBufRead for FuturesIo<T> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        Pin::new(&mut self.get_mut().inner).poll_fill_buf(cx)
    }

    fn consume(mut self: Pin<&mut Self>, amount: usize) {
        Pin::new(&mut self.inner).consume(amount);
    }
}

impl<T: AsyncSeek + Unpin> futures_io::AsyncSeek for FuturesIo<T> {
    fn poll_seek(mut self: Pin<&mut Self>, cx: &mut Context<'_>, to: SeekFrom) -> Poll<io::Result<u64>> {
        // What is relative to the current place is so once: each poll gives the same `to`.
        if !self.sought {
            Pin::new(&mut self.inner).start_seek(to)?;
            self.sought = true;
        }
        let place = ready!(Pin::new(&mut self.inner).poll_complete(cx));
        self.sought = false;
        Poll::Ready(place)
    }
}

impl<T: AsyncWrite + Unpin> futures_io::AsyncWrite for FuturesIo<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
