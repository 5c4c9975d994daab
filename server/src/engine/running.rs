//! A cluster at work.

use async_trait::async_trait;
use futures::future::BoxFuture;
use orrery_controllers::Handles;
use orrery_readmodel::ReadModel;
use orrery_store::Store;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::pods::Nodes;
use crate::run::Life;

/// The parts, running.
pub struct Running {
    store: Store,
    readmodel: ReadModel,
    nodes: Nodes,
    controllers: Handles,
    tasks: JoinSet<()>,
    ready: watch::Sender<bool>,
}

impl Running {
    pub(super) fn new(
        store: Store,
        readmodel: ReadModel,
        nodes: Nodes,
        controllers: Handles,
        work: Vec<(&'static str, BoxFuture<'static, ()>)>,
        ready: watch::Sender<bool>,
    ) -> Self {
        let mut tasks = JoinSet::new();
        for (name, work) in work {
            tasks.spawn(async move {
                work.await;
                // parts run as long as we do
                tracing::error!(part = name, "a part of the cluster ended");
            });
        }
        Self {
            store,
            readmodel,
            nodes,
            controllers,
            tasks,
            ready,
        }
    }
}

#[async_trait]
impl Life for Running {
    /// Waits until the controllers and the page have seen the whole cluster.
    async fn ready(&mut self) {
        tokio::join!(self.controllers.synced(), self.readmodel.synced());
        self.ready.send_replace(true);
    }

    /// Ends it: nobody decides any more, then pods end, then the store closes.
    async fn stop(mut self: Box<Self>) {
        self.ready.send_replace(false);
        self.tasks.shutdown().await;
        self.nodes.shutdown().await;
        let store = self.store;
        // it waits for the disk
        let _ = tokio::task::spawn_blocking(move || store.close()).await;
    }
}
