//! A mount of a cloud behind a proxy, and the same place without it.

use std::sync::Arc;

use storage::{StorageManager, StorageNode};

use super::rt;
use super::suite::clouds::{Kind, fresh_prefix};
use crate::support::outcome::{Failure, Outcome};
use crate::support::proxy::{Plan, Proxy};
use crate::support::servers::Server;

/// One fresh prefix, seen through a proxy and past it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Proxied {
    /// The proxy.
    pub proxy: Arc<Proxy>,
    /// The kind of cloud.
    pub kind: Kind,
    /// The root of the mount behind the proxy.
    pub root: StorageNode,
    /// The same place, past the proxy.
    pub direct: StorageNode,
}

impl Proxied {
    /// A mount behind a proxy that counts and, with a plan, does harm.
    ///
    /// # Errors
    ///
    /// When the server is not running, or the mount cannot be made.
    pub fn new(kind: Kind, plan: Option<Plan>) -> Result<Self, Failure> {
        let server = Server::running(kind.server())?;
        let proxy = match plan {
            Some(plan) => Proxy::harmful(server.authority()?, plan)?,
            None => Proxy::counting(server.authority()?)?,
        };
        let (manager, prefix) = (StorageManager::new(), fresh_prefix());
        let endpoint = proxy.endpoint(server.get("endpoint")?);
        manager.add_mount(&kind.config("proxied", &prefix, Some(&endpoint))?)?;
        manager.add_mount(&kind.config("direct", &prefix, None)?)?;
        let (root, direct) = (manager.node("proxied")?, manager.node("direct")?);
        Ok(Self { proxy: Arc::new(proxy), kind, root, direct })
    }

    /// A node behind the proxy.
    ///
    /// # Errors
    ///
    /// When the path is no path.
    pub fn node(&self, path: &str) -> storage::Result<StorageNode> {
        self.root.child(path)
    }

    /// The lines of the requests that `work` makes.
    ///
    /// # Errors
    ///
    /// What the work says.
    pub async fn requests_of<T>(
        &self,
        work: impl Future<Output = storage::Result<T>>,
    ) -> Result<Vec<String>, Failure> {
        self.proxy.forget();
        work.await?;
        Ok(self.proxy.requests().iter().map(crate::support::proxy::Request::line).collect())
    }

    /// Removes everything that was written.
    ///
    /// # Errors
    ///
    /// What the mount says.
    pub async fn clear(&self) -> Outcome {
        for entry in self.direct.list().await? {
            entry.node.delete_with(&storage::DeleteOptions::recursive()).await?;
        }
        Ok(())
    }
}

/// Runs `work` on a mount of this kind behind a proxy, and cleans up.
///
/// # Errors
///
/// The work's own failure, or one of mounting or cleaning.
pub fn run<F, Fut>(kind: Kind, plan: Option<Plan>, work: F) -> Outcome
where
    F: FnOnce(Proxied) -> Fut,
    Fut: Future<Output = Outcome>,
{
    rt::block_on(async {
        let proxied = Proxied::new(kind, plan)?;
        let ended = work(proxied.clone()).await;
        let cleared = proxied.clear().await;
        ended.and(cleared)
    })?
}
