//! What users of `std::fs`, OpenDAL and object_store type by habit compiles in both colours, and does what they expect.
//!
//! The lists are the test: a line that stops compiling is a habit that breaks.

mod asynchronous {
    //! On tokio.

    use maybe_async::must_be_async as maybe_async;
    use storage::{Children, StorageManager, StorageNode, Walk};

    include!("habits/list.rs");

    #[tokio::test]
    async fn calls() -> storage::Result<()> {
        everything(&manager()?).await
    }
}

mod blocking {
    //! Without a runtime.

    use maybe_async::must_be_sync as maybe_async;
    use storage::blocking::{Children, StorageManager, StorageNode, Walk};

    include!("habits/list.rs");

    #[test]
    fn calls() -> storage::Result<()> {
        everything(&manager()?)
    }
}
