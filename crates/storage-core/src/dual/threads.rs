//! Tests that what callers hold goes from thread to thread.

use crate::{
    Backend, BufferPool, Call, Children, Content, Hasher, Lister, LocalBackend, LocalPath, MemoryBackend,
    Mount, Plan, Provider, Reader, RelativeBackend, ServeResponse, SkipWhen, StorageManager, StorageNode,
    SyncHandle, Walk, Writer,
};

fn sent<T: Send + ?Sized>() {}
fn shared<T: Send + Sync + ?Sized>() {}

#[test]
fn what_names_a_place_is_shared_between_threads() {
    shared::<StorageManager>();
    shared::<StorageNode>();
    shared::<Mount>();
    shared::<dyn Backend>();
    shared::<dyn Provider>();
    shared::<dyn SkipWhen>();
    shared::<LocalBackend>();
    shared::<MemoryBackend>();
    shared::<RelativeBackend>();
    shared::<Call>();
    shared::<LocalPath>();
    shared::<SyncHandle>();
    shared::<BufferPool>();
    shared::<Content>();
}

#[test]
fn what_is_under_way_moves_to_another_thread() {
    sent::<Reader>();
    sent::<Writer>();
    sent::<Lister>();
    sent::<Children>();
    sent::<Walk>();
    sent::<Plan>();
    sent::<Hasher>();
    sent::<ServeResponse>();
}
