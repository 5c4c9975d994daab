//! The attached cluster's page: the read model over its watches, the buttons over its API.

use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;
use futures::future::BoxFuture;
use kube::Client;
use orrery_clock::Clock;
use orrery_readmodel::{ClusterInfo, Kept, ReadModel};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::heartbeat;
use super::target::Origin;
use crate::backfill;
use crate::page::{Parts, Seat};
use crate::run::Life;

/// How long the start waits for the first rows. A cluster that does not answer is no reason not to start: the
/// page says that it is away, and goes on trying.
const FIRST_ROWS: Duration = Duration::from_secs(3);

/// What an attached page is put together from.
pub struct Attached {
    client: Client,
    clock: Clock,
    readmodel: ReadModel,
    tasks: Vec<BoxFuture<'static, ()>>,
    ready: watch::Sender<bool>,
}

impl Attached {
    /// A cluster by its name and the namespaces to look at (none: all). Nothing is asked of the cluster before [`Attached::start`].
    pub fn new(
        client: Client,
        clock: Clock,
        (name, namespaces): (String, Vec<String>),
        origin: Origin,
        kept: Kept,
    ) -> Self {
        let info = ClusterInfo {
            name,
            embedded: false,
            version: String::new(),
            namespaces,
        };
        let (readmodel, feeds) =
            ReadModel::with_ledger(client.clone(), clock.clone(), info, kept, None);
        let beat = heartbeat::beat(client.clone(), clock.clone(), readmodel.clone(), origin);
        Self {
            tasks: vec![feeds.boxed(), beat.boxed()],
            client,
            clock,
            readmodel,
            ready: watch::Sender::new(false),
        }
    }

    /// Also goes on with backfills, which changes the cluster.
    pub fn with_backfills(mut self) -> Self {
        let (client, clock) = (self.client.clone(), self.clock.clone());
        let turns = backfill::follow(client, self.readmodel.clone(), clock);
        self.tasks.push(turns.boxed());
        self
    }

    /// What the page is made from.
    pub fn page_parts(&self, seat: Seat) -> Parts {
        seat.parts(
            &self.client,
            &self.clock,
            &self.readmodel,
            &self.ready,
            None,
        )
    }

    /// Starts the watches.
    pub fn start(self) -> impl Life {
        let Self {
            client: _,
            clock,
            readmodel,
            tasks,
            ready,
        } = self;
        let mut running = JoinSet::new();
        for task in tasks {
            running.spawn(task);
        }
        let (synced, heard) = (readmodel.clone(), ready.clone());
        running.spawn(async move {
            synced.synced().await;
            heard.send_replace(true);
        });
        Watching {
            clock,
            readmodel,
            running,
            ready,
        }
    }
}

/// An attached page at work.
struct Watching {
    clock: Clock,
    readmodel: ReadModel,
    running: JoinSet<()>,
    ready: watch::Sender<bool>,
}

#[async_trait]
impl Life for Watching {
    async fn ready(&mut self) {
        tokio::select! {
            () = self.readmodel.synced() => {}
            () = self.clock.sleep(FIRST_ROWS) => {
                let away = self.readmodel.shell().away;
                let why = away.unwrap_or_else(|| "not everything has been read yet".to_owned());
                tracing::warn!("{why}; the page starts all the same and goes on trying");
            }
        }
    }

    async fn stop(mut self: Box<Self>) {
        self.ready.send_replace(false);
        self.running.shutdown().await;
    }
}
