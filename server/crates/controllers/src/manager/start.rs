//! Starts the controllers in two phases: handlers and handles first, then the tasks.

use std::sync::Arc;

use futures::future::BoxFuture;
use kube::Client;
use orrery_clock::Clock;
use orrery_informer::Precedence;
use tokio::task::JoinSet;

use super::context::Startup;
use super::{Caches, Config, Context, NamedQueue};
use crate::meters::Meters;
use crate::{
    cronjob, daemonset, disruption, event_expiry, gc, job, namespace, node_lifecycle, pod_gc,
    taint_eviction, ttl,
};

/// What the rest of the process holds of running controllers.
#[derive(Clone)]
pub struct Handles {
    /// The caches the controllers read; others may read them too.
    pub caches: Caches,
    /// What they count of their work.
    pub meters: Arc<Meters>,
    /// Those of their queues that upstream tells of.
    pub queues: Arc<[NamedQueue]>,
}

impl Handles {
    /// Waits until the controllers see the cluster and work.
    pub async fn synced(&self) {
        self.caches.synced().await;
    }
}

/// Makes the controllers. They work for as long as the returned future is polled; dropping it stops
/// them between any two of their writes, which is safe.
pub fn start(
    client: Client,
    clock: Clock,
    config: Config,
) -> (Handles, impl Future<Output = ()> + Send + use<>) {
    let caches = Caches::new();
    let meters = Arc::<Meters>::default();
    let mut startup = Startup::new(Context {
        client: client.clone(),
        clock,
        caches: caches.clone(),
        config,
        meters: meters.clone(),
        slots: Precedence::default(),
    });
    prepare(&mut startup);
    let (tasks, queues) = startup.into_parts();
    let handles = Handles {
        caches: caches.clone(),
        meters,
        queues: queues.into(),
    };
    (handles, run(client, caches, tasks))
}

/// Every controller, in a fixed order: tasks are polled in it, and simulated histories depend on it.
fn prepare(startup: &mut Startup) {
    cronjob::prepare(startup);
    job::prepare(startup);
    daemonset::prepare(startup);
    gc::prepare(startup);
    ttl::prepare(startup);
    pod_gc::prepare(startup);
    namespace::prepare(startup);
    node_lifecycle::prepare(startup);
    taint_eviction::prepare(startup);
    event_expiry::prepare(startup);
    disruption::prepare(startup);
}

async fn run(client: Client, caches: Caches, work: Vec<BoxFuture<'static, ()>>) {
    let mut tasks = JoinSet::new();
    caches.watch(&client, &mut tasks);
    for task in work {
        tasks.spawn(task);
    }
    while let Some(ended) = tasks.join_next().await {
        if let Err(error) = ended {
            // A panic in one controller is a fault of ours; the others go on.
            tracing::error!(%error, "a controller task ended");
        }
    }
}
