//! Where the page is, and what it may do from there: the same on every engine.

use std::net::SocketAddr;
use std::sync::Arc;

use kube::Client;
use orrery_clock::Clock;
use orrery_readmodel::ReadModel;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Parts;
use crate::backend::{Access, Dashboard, Known, read_only};
use crate::data_dir::DataDir;
use crate::pods::Nodes;

/// The page's place.
pub struct Seat {
    pub listen: SocketAddr,
    pub dir: DataDir,
    /// Nothing is changed through the page.
    pub read_only: bool,
    /// Ends the live streams and the terminals.
    pub stop: CancellationToken,
}

impl Seat {
    /// A page over a cluster, from here; `nodes` are the agents of its nodes, where those are ours.
    pub fn parts(
        self,
        client: &Client,
        clock: &Clock,
        readmodel: &ReadModel,
        ready: &watch::Sender<bool>,
        nodes: Option<Nodes>,
    ) -> Parts {
        // without the power to change anything, when so told
        let client = match self.read_only {
            true => read_only::guarded(client.clone()),
            false => client.clone(),
        };
        let backend = Dashboard {
            client: client.clone(),
            readmodel: readmodel.clone(),
            clock: clock.clone(),
            access: Access::default(),
            known: Known::default(),
            read_only: self.read_only,
            reason: String::new(),
            nodes,
        };
        Parts {
            listen: self.listen,
            dir: self.dir,
            clock: clock.clone(),
            client,
            readmodel: readmodel.clone(),
            backend: Arc::new(backend),
            metrics: None,
            ready: ready.subscribe(),
            read_only: self.read_only,
            stop: self.stop,
        }
    }
}
