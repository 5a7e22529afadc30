//! Tests that calls can be spawned: their futures are `Send`.

use storage_types::{
    Access, CopyOptions, HashAlgorithm, ListOptions, ReadOptions, ServeRequest, SyncOptions, WalkOptions,
};

use crate::{Call, Children, LocalPath, Reader, StorageManager, StorageNode, Writer};

fn spawnable<F: Future + Send>(call: F) {
    drop(call);
}

fn node() -> StorageNode {
    let manager = StorageManager::new();
    manager.configure_json(r#"[{"name": "box", "type": "memory"}]"#).unwrap();
    manager.node("box:a").unwrap()
}

#[test]
fn calls_of_a_node_can_be_spawned() {
    let node = node();
    spawnable(node.read());
    spawnable(node.get_with(&ReadOptions::new()));
    spawnable(node.write("content"));
    spawnable(node.append("content"));
    spawnable(node.update(|_| "content"));
    spawnable(node.delete());
    spawnable(node.stat());
    spawnable(node.children_with(&ListOptions::new()));
    spawnable(node.walk(&WalkOptions::new()));
    spawnable(node.hash(HashAlgorithm::Md5));
    spawnable(node.same_bytes(&node));
    spawnable(node.versions());
    spawnable(node.serve(&ServeRequest::get()));
    spawnable(node.local_path(Access::Read));
    spawnable(node.leftovers());
}

#[test]
fn transfers_can_be_spawned() {
    let node = node();
    spawnable(node.copy_to_with(&node, &CopyOptions::new()));
    spawnable(node.move_to_with(&node, &CopyOptions::new()));
    spawnable(node.sync_to_with(&node, &SyncOptions::new()));
}

#[test]
fn calls_of_streams_and_programs_can_be_spawned() {
    fn check(mut reader: Reader, mut writer: Writer, mut children: Children, call: &Call, path: LocalPath) {
        spawnable(reader.next());
        spawnable(writer.write("content"));
        spawnable(writer.finish());
        spawnable(children.next());
        spawnable(call.run());
        spawnable(path.commit());
    }
    let _ = check;
}
