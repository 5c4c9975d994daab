//! The embedded cluster: its parts made, then started.
//!
//! Two phases, so that no part acts before every part that it talks to is there. Destructured whole:
//! a part that is made and forgotten is an unused binding.

mod roster;
mod running;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use futures::FutureExt;
use futures::future::BoxFuture;
use k8s_openapi::api::core::v1::Pod;
use kube::Client;
use orrery_apiserver::{ApiServer, Authenticator, Config as ApiConfig, Identity, VersionInfo};
use orrery_clock::Clock;
use orrery_controllers::Config as ControllerConfig;
use orrery_informer::Cache;
use orrery_readmodel::{ClusterInfo, Kept, ReadModel};
use orrery_store::{Options, Store};

use crate::api_lease::ApiLease;
use crate::backfill;
use crate::credentials::Credentials;
use crate::data_dir::DataDir;
use crate::host;
use crate::ledger;
use crate::monitoring::{self, Told};
use crate::page::{Metrics, Parts, Seat};
use crate::pods::{Nodes, NodesConfig};
use crate::problem::Problem;
use roster::Roster;
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

impl EngineConfig<'_> {
    fn store(&self) -> Result<Store, Problem> {
        match self.in_memory {
            true => Ok(Store::in_memory(Options::default())),
            false => {
                let folder = self.dir.join("store");
                Store::open(&folder, Options::default()).map_err(Problem::Store)
            }
        }
    }

    fn api(&self, store: &Store, nodes: &Nodes, told: &Told, roster: &Roster) -> Result<ApiServer> {
        let credentials = self.credentials;
        let authenticator = Authenticator::new()
            .with_token(&credentials.token, Identity::administrator())
            .with_token(&credentials.viewer_token, Identity::viewer());
        let token_key = credentials
            .token_key()
            .context("the key of tokens in credentials.json cannot be used")?;
        let config = ApiConfig {
            nodes: Arc::new(nodes.clone()),
            authenticator,
            token_key: Some(token_key),
            version: VersionInfo::default(),
            ca_pem: Some(credentials.authority.certificate.clone()),
            advertised: Some(self.api_address),
            more_metrics: Some(monitoring::more(told.clone())),
            components: Some(roster.components()),
        };
        Ok(ApiServer::new(store.clone(), self.clock.clone(), config))
    }

    /// What the folder remembers of the cluster's runs.
    async fn kept(&self, client: &Client) -> Result<Kept, Problem> {
        if self.in_memory {
            return Ok(Kept::nothing());
        }
        let cluster = ledger::cluster_id(client, "embedded").await;
        ledger::open(self.dir, &cluster).map_err(|source| self.dir.problem(source))
    }

    fn kubelets(&self, pods: Cache<Pod>) -> NodesConfig<'_> {
        NodesConfig {
            dir: self.dir,
            clock: self.clock.clone(),
            count: self.nodes,
            version: VersionInfo::default().git_version,
            api: self.api_address,
            pods,
        }
    }
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
    roster: Roster,
    tasks: Vec<(&'static str, BoxFuture<'static, ()>)>,
    ready: tokio::sync::watch::Sender<bool>,
}

impl Engine {
    /// Opens the store and makes every part. Without nodes there is no kubelet either.
    pub async fn new(config: EngineConfig<'_>) -> Result<Self> {
        let clock = config.clock.clone();
        let store = config.store()?;
        let nodes = Nodes::default();
        let told = Told::default();
        let roster = Roster::default();
        let api = config.api(&store, &nodes, &told, &roster)?;
        api.bootstrap()
            .await
            .map_err(|problem| anyhow::anyhow!("the cluster cannot be set up: {problem:?}"))?;

        let component = |name: &str| api.client(Identity::component(name));
        let (controllers, work) = orrery_controllers::start(
            component("system:kube-controller-manager"),
            clock.clone(),
            ControllerConfig::default(),
        );
        // once: this is the only place that sets it
        let _ = told.set(controllers.clone());
        let seen = controllers.caches.clone();
        let host = host::name().unwrap_or_else(|| "orrery".to_owned());
        // before the work below is polled, which begins the watches
        let scheduler = orrery_scheduler::start(
            component("system:kube-scheduler"),
            clock.clone(),
            orrery_scheduler::Caches {
                pods: seen.pods.clone(),
                nodes: seen.nodes.clone(),
                namespaces: seen.namespaces.clone(),
            },
            orrery_scheduler::Config {
                workers: SCHEDULER_WORKERS,
                host: host.clone(),
            },
        );
        let client = api.client(Identity::administrator());
        let info = ClusterInfo {
            name: "orrery".to_owned(),
            embedded: true,
            version: VersionInfo::default().git_version,
            namespaces: Vec::new(),
        };
        let kept = config.kept(&client).await?;
        let caches = orrery_readmodel::Caches {
            cronjobs: seen.cronjobs,
            jobs: seen.jobs,
            daemonsets: seen.daemonsets,
            pods: seen.pods.clone(),
            nodes: seen.nodes,
        };
        let (readmodel, feeds) =
            ReadModel::with_ledger(client.clone(), clock.clone(), info, kept, Some(caches));
        let turns = backfill::follow(client.clone(), readmodel.clone(), clock.clone());
        let lease = ApiLease::new(component("system:apiserver"), clock.clone(), host);
        let mut tasks = vec![
            ("controllers", work.boxed()),
            ("scheduler", scheduler.boxed()),
            ("readmodel", feeds.boxed()),
            ("backfill", turns.boxed()),
            ("API server's lease", lease.keep().boxed()),
        ];
        if config.nodes > 0 {
            let client = component("system:nodes");
            let kubelets = nodes.make(client, config.kubelets(seen.pods)).await?;
            tasks.push(("nodes", kubelets));
        }
        Ok(Self {
            store,
            api,
            client,
            clock,
            readmodel,
            nodes,
            controllers,
            roster,
            tasks,
            ready: tokio::sync::watch::Sender::new(false),
        })
    }

    /// What the page is made from.
    pub fn page_parts(&self, seat: Seat) -> Parts {
        let metrics = Metrics {
            store: self.store.clone(),
            api: self.api.clone(),
        };
        let nodes = self.nodes.agents().map(|_| self.nodes.clone());
        let (clock, readmodel) = (&self.clock, &self.readmodel);
        Parts {
            metrics: Some(metrics),
            ..seat.parts(&self.client, clock, readmodel, &self.ready, nodes)
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
            roster,
            tasks,
            ready,
        } = self;
        let work = roster.note(tasks);
        Running::new(store, readmodel, nodes, controllers, work, ready)
    }
}
