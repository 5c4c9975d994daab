//! What every controller is made from.

use futures::FutureExt;
use futures::future::BoxFuture;
use kube::Client;
use orrery_clock::Clock;
use orrery_informer::Recorder;

use super::{Caches, Config};

/// The client to write with, the clock, the caches to read from.
#[derive(Clone)]
pub struct Context {
    pub client: Client,
    pub clock: Clock,
    pub caches: Caches,
    pub config: Config,
}

/// The first phase of a start: controllers register their handlers and leave their tasks here.
pub struct Startup {
    pub context: Context,
    tasks: Vec<BoxFuture<'static, ()>>,
}

impl Startup {
    pub(super) fn new(context: Context) -> Self {
        Self {
            context,
            tasks: Vec::new(),
        }
    }

    /// A recorder for `component`; its sender becomes a task.
    pub fn recorder(&mut self, component: &str) -> Recorder {
        let (client, clock) = (self.context.client.clone(), self.context.clock.clone());
        let (recorder, sender) = Recorder::new(client, clock, component, None);
        self.tasks.push(sender.boxed());
        recorder
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

    pub(super) fn into_tasks(self) -> Vec<BoxFuture<'static, ()>> {
        self.tasks
    }
}
