//! Readers and writers by the traits of the `futures` crate, and line by line by those of tokio.

use std::future::poll_fn;
use std::io::{self, SeekFrom};
use std::pin::Pin;

use futures_io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite};
use storage_core::{StorageManager, StorageNode};

async fn all(reader: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let (mut content, mut piece) = (Vec::new(), [0; 3]);
    loop {
        let read = poll_fn(|cx| Pin::new(&mut *reader).poll_read(cx, &mut piece)).await?;
        if read == 0 {
            return Ok(content);
        }
        content.extend_from_slice(&piece[..read]);
    }
}

async fn seek(reader: &mut (impl AsyncSeek + Unpin), to: SeekFrom) -> io::Result<u64> {
    poll_fn(|cx| Pin::new(&mut *reader).poll_seek(cx, to)).await
}

async fn check(node: &StorageNode) -> io::Result<()> {
    let mut writer = node.writer().await?.into_futures();
    for piece in ["one\n", "two\n"] {
        let written = poll_fn(|cx| Pin::new(&mut writer).poll_write(cx, piece.as_bytes())).await?;
        assert_eq!(written, piece.len());
        poll_fn(|cx| Pin::new(&mut writer).poll_flush(cx)).await?;
    }
    assert!(!node.exists().await?);
    poll_fn(|cx| Pin::new(&mut writer).poll_close(cx)).await?;
    assert_eq!(writer.into_inner().finish().await?.size, 8);

    let mut reader = node.reader().await?.into_futures();
    assert_eq!(all(&mut reader).await?, b"one\ntwo\n");
    assert_eq!(seek(&mut reader, SeekFrom::End(-4)).await?, 4);
    assert_eq!(seek(&mut reader, SeekFrom::Current(-2)).await?, 2);
    assert!(seek(&mut reader, SeekFrom::Current(-9)).await.is_err());
    assert_eq!(all(&mut reader).await?, b"e\ntwo\n");
    assert_eq!(seek(&mut reader, SeekFrom::Start(5)).await?, 5);
    let ahead = poll_fn(|cx| Pin::new(&mut reader).poll_fill_buf(cx).map_ok(<[u8]>::len)).await?;
    assert_eq!(ahead, 3);
    Pin::new(&mut reader).consume(1);
    assert_eq!(all(&mut reader).await?, b"o\n");

    let mut lines = tokio::io::AsyncBufReadExt::lines(node.reader().await?);
    assert_eq!(lines.next_line().await?.as_deref(), Some("one"));
    assert_eq!(lines.next_line().await?.as_deref(), Some("two"));
    assert_eq!(lines.next_line().await?, None);
    Ok(())
}

#[tokio::test]
async fn the_traits_of_futures_read_seek_and_publish() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let storage = StorageManager::new();
    storage.add_mount(&storage_types::MountConfig::memory("box"))?;
    storage.add_mount(&storage_types::MountConfig::local("here", folder.path()))?;
    check(&storage.node("box:file")?).await?;
    check(&storage.node("here:file")?).await
}
