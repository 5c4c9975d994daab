//! What every controller is made from.

use std::fmt::Debug;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use kube::Client;
use orrery_clock::Clock;
use orrery_informer::{Doubling, Precedence, Queue, QueueCounts, Recorder};

use super::{Caches, Config};
use crate::meters::Meters;

/// The client to write with, the clock, the caches to read from.
#[derive(Clone)]
pub struct Context {
    pub client: Client,
    pub clock: Clock,
    pub caches: Caches,
    pub config: Config,
    pub meters: Arc<Meters>,
    /// A slot's Jobs are created before anything is done for those that are there: how late they are is
    /// what their users see.
    pub slots: Precedence,
}

/// A controller's queue, by upstream's name of it.
pub struct NamedQueue {
    pub name: &'static str,
    counts: Box<dyn Fn() -> QueueCounts + Send + Sync>,
}

impl NamedQueue {
    pub fn counts(&self) -> QueueCounts {
        (self.counts)()
    }
}

/// The first phase of a start: controllers register their handlers and leave their tasks here.
pub struct Startup {
    pub context: Context,
    tasks: Vec<BoxFuture<'static, ()>>,
    queues: Vec<NamedQueue>,
}

impl Startup {
    pub(super) fn new(context: Context) -> Self {
        Self {
            context,
            tasks: Vec::new(),
            queues: Vec::new(),
        }
    }

    /// A recorder for `component`; its sender becomes a task.
    pub fn recorder(&mut self, component: &str) -> Recorder {
        let (client, clock) = (self.context.client.clone(), self.context.clock.clone());
        let (recorder, sender) = Recorder::new(client, clock, component, None);
        self.tasks.push(sender.boxed());
        recorder
    }

    /// A queue whose counts others may see.
    pub fn queue<K>(&mut self, name: &'static str, backoff: Doubling) -> Queue<K>
    where
        K: Ord + Clone + Debug + Send + 'static,
    {
        let queue = Queue::new(self.context.clock.clone(), backoff);
        let counted = queue.clone();
        self.queues.push(NamedQueue {
            name,
            counts: Box::new(move || counted.counts()),
        });
        queue
    }

    /// Leaves a task that begins once every cache has been listed: no controller may act on a
    /// picture of the cluster that is not whole.
    pub fn task(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        let caches = self.context.caches.clone();
        self.tasks.push(
            async move {
                caches.synced().await;
                work.await;
            }
            .boxed(),
        );
    }

    pub(super) fn into_parts(self) -> (Vec<BoxFuture<'static, ()>>, Vec<NamedQueue>) {
        (self.tasks, self.queues)
    }
}
