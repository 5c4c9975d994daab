//! The embedded cluster: its parts made, then started.
//!
//! Two phases, so that no part acts before every part that it talks to is there. Destructured whole:
//! a part that is made and forgotten is an unused binding.

mod running;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use futures::FutureExt;
use futures::future::BoxFuture;
use kube::Client;
use orrery_apiserver::{ApiServer, Authenticator, Config as ApiConfig, Identity, VersionInfo};
use orrery_clock::Clock;
use orrery_controllers::Config as ControllerConfig;
use orrery_readmodel::{ClusterInfo, Kept, ReadModel};
use orrery_store::{Options, Store};

use crate::backend::{Access, Dashboard};
use crate::backfill;
use crate::credentials::Credentials;
use crate::data_dir::DataDir;
use crate::ledger;
use crate::page::{Metrics, Parts, Seat};
use crate::pods::{Nodes, NodesConfig};
use crate::problem::Problem;
pub use running::Running;

/// Bindings at a time: as many writes as fill a group commit, and no more than a node can begin at once.
const SCHEDULER_WORKERS: usize = 16;

/// What a cluster is made from.
pub struct EngineConfig<'a> {
    pub dir: &'a DataDir,
    pub credentials: &'a Credentials,
    pub clock: Clock,
    pub nodes: u8,
    pub in_memory: bool,
    pub api_address: SocketAddr,
}

/// A cluster that is put together and does nothing yet.
pub struct Engine {
    store: Store,
    api: ApiServer,
    client: Client,
    clock: Clock,
    readmodel: ReadModel,
    nodes: Nodes,
    controllers: orrery_controllers::Handles,
    tasks: Vec<(&'static str, BoxFuture<'static, ()>)>,
    ready: tokio::sync::watch::Sender<bool>,
}

impl Engine {
    /// Opens the store and makes every part. Without nodes there is no kubelet either.
    pub async fn new(config: EngineConfig<'_>) -> Result<Self> {
        let EngineConfig {
            dir,
            credentials,
            clock,
            nodes: count,
            in_memory,
            api_address,
        } = config;
        let store = match in_memory {
            true => Store::in_memory(Options::default()),
            false => Store::open(&dir.join("store"), Options::default()).map_err(Problem::Store)?,
        };
        let nodes = Nodes::default();
        let version = VersionInfo::default();
        let (git_version, node_version) =
            (version.git_version.clone(), version.git_version.clone());
        let api = ApiServer::new(
            store.clone(),
            clock.clone(),
            ApiConfig {
                nodes: Arc::new(nodes.clone()),
                authenticator: Authenticator::new()
                    .with_token(&credentials.token, Identity::administrator())
                    .with_token(&credentials.viewer_token, Identity::viewer()),
                token_key: Some(credentials.token_key()),
                version,
                ca_pem: Some(credentials.authority.certificate.clone()),
            },
        );
        api.bootstrap()
            .await
            .map_err(|problem| anyhow::anyhow!("the cluster cannot be set up: {problem:?}"))?;

        let component = |name: &str| api.client(Identity::component(name));
        let (controllers, work) = orrery_controllers::start(
            component("system:kube-controller-manager"),
            clock.clone(),
            ControllerConfig::default(),
        );
        // before the work below is polled, which begins the watches
        let scheduler = orrery_scheduler::start(
            component("system:kube-scheduler"),
            clock.clone(),
            orrery_scheduler::Caches {
                pods: controllers.caches.pods.clone(),
                nodes: controllers.caches.nodes.clone(),
            },
            orrery_scheduler::Config {
                workers: SCHEDULER_WORKERS,
            },
        );
        let client = api.client(Identity::administrator());
        let info = ClusterInfo {
            name: "orrery".to_owned(),
            embedded: true,
            version: git_version,
            namespaces: Vec::new(),
        };
        let kept = match in_memory {
            true => Kept::nothing(),
            false => {
                let cluster = ledger::cluster_id(&client, "embedded").await;
                ledger::open(dir, &cluster).map_err(|source| dir.problem(source))?
            }
        };
        let seen = controllers.caches.clone();
        let caches = orrery_readmodel::Caches {
            cronjobs: seen.cronjobs,
            jobs: seen.jobs,
            daemonsets: seen.daemonsets,
            pods: seen.pods.clone(),
            nodes: seen.nodes,
        };
        let (readmodel, feeds) =
            ReadModel::with_ledger(client.clone(), clock.clone(), info, kept, Some(caches));
        let mut tasks = vec![
            ("controllers", work.boxed()),
            ("scheduler", scheduler.boxed()),
            ("readmodel", feeds.boxed()),
            (
                "backfill",
                backfill::follow(client.clone(), readmodel.clone(), clock.clone()).boxed(),
            ),
        ];
        if count > 0 {
            let config = NodesConfig {
                dir,
                clock: clock.clone(),
                count,
                version: node_version,
                api: api_address,
                pods: seen.pods,
            };
            tasks.push((
                "nodes",
                nodes.make(component("system:nodes"), config).await?,
            ));
        }
        let ready = tokio::sync::watch::Sender::new(false);
        Ok(Self {
            store,
            api,
            client,
            clock,
            readmodel,
            nodes,
            controllers,
            tasks,
            ready,
        })
    }

    /// What the page is made from.
    pub fn page_parts(&self, seat: Seat) -> Parts {
        let client = seat.client(self.client.clone());
        let Seat {
            listen,
            dir,
            read_only,
            stop,
        } = seat;
        let backend = Dashboard {
            client: client.clone(),
            readmodel: self.readmodel.clone(),
            clock: self.clock.clone(),
            access: Access::default(),
            read_only,
            reason: String::new(),
        };
        Parts {
            listen,
            dir,
            clock: self.clock.clone(),
            client,
            readmodel: self.readmodel.clone(),
            backend: Arc::new(backend),
            metrics: Some(Metrics {
                store: self.store.clone(),
                api: self.api.clone(),
            }),
            ready: self.ready.subscribe(),
            stop,
        }
    }

    /// The Kubernetes API.
    pub fn api_router(&self) -> Router {
        self.api.router()
    }

    /// Starts every part.
    pub fn start(self) -> Running {
        let Self {
            store,
            api: _,
            client: _,
            clock: _,
            readmodel,
            nodes,
            controllers,
            tasks,
            ready,
        } = self;
        Running::new(store, readmodel, nodes, controllers, tasks, ready)
    }
}
