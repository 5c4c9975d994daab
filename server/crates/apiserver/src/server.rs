//! The API server as a value: its parts in, a router and clients out.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use orrery_clock::Clock;
use orrery_store::Store;

use crate::auth::{Authenticator, Identity};
use crate::bootstrap;
use crate::client;
use crate::component_statuses::Components;
use crate::core::Core;
use crate::monitoring::MoreMetrics;
use crate::nodes::{NoNodes, NodeProxy};
use crate::openapi::Documents;
use crate::problem::Problem;
use crate::registry::Registry;
use crate::router;
use crate::services::Turns;
use crate::stats::{Counters, Stats};
use crate::tokens::{Signer, TokenKey};
use crate::traffic::Traffic;
use crate::version::VersionInfo;

/// What the API server is told by whoever wires it.
pub struct Config {
    pub nodes: Arc<dyn NodeProxy>,
    pub authenticator: Authenticator,
    /// Signs the tokens of service accounts; `None` draws one, and the tokens end with the process.
    pub token_key: Option<TokenKey>,
    pub version: VersionInfo,
    /// The certificate authority that clients check the server with; each namespace shows it in
    /// `kube-root-ca.crt`. `None` where nothing listens with TLS.
    pub ca_pem: Option<String>,
    /// Where the API is reached, which the Endpoints of `kubernetes` say. `None` where nothing listens.
    pub advertised: Option<SocketAddr>,
    /// What `/metrics` tells besides: of the process, and of what else runs in it.
    pub more_metrics: Option<MoreMetrics>,
    /// How the parts of the control plane fare, which `componentstatuses` tell. `None` where the API server is alone.
    pub components: Option<Components>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            nodes: Arc::new(NoNodes),
            authenticator: Authenticator::new(),
            token_key: None,
            version: VersionInfo::default(),
            ca_pem: None,
            advertised: None,
            more_metrics: None,
            components: None,
        }
    }
}

/// The API server. Cloning gives another handle to the same one.
#[derive(Clone)]
pub struct ApiServer {
    core: Arc<Core>,
    router: Router,
}

impl ApiServer {
    /// Puts the server together; nothing runs until it is asked.
    pub fn new(store: Store, clock: Clock, config: Config) -> Self {
        let core = Arc::new(Core {
            store,
            clock,
            registry: Registry::new(),
            nodes: config.nodes,
            authenticator: config.authenticator,
            tokens: Signer::with_key(config.token_key),
            version: config.version,
            ca_pem: config.ca_pem,
            advertised: config.advertised,
            counters: Counters::default(),
            traffic: Traffic::default(),
            more_metrics: config.more_metrics,
            components: config.components,
            documents: Documents::default(),
            services: Turns::default(),
        });
        let router = router::router(core.clone());
        Self { core, router }
    }

    /// Creates the system namespaces and what they hold. Call before the first listener opens.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn bootstrap(&self) -> Result<(), Problem> {
        bootstrap::bootstrap(&self.core).await
    }

    /// The whole HTTP surface. A TLS listener adds the certificate's [`Identity`] as an extension.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// A client in process, acting as `identity`. Must be called inside a tokio runtime.
    pub fn client(&self, identity: Identity) -> kube::Client {
        client::client(self.router(), identity)
    }

    /// Counts for `/metrics`.
    pub fn stats(&self) -> Stats {
        self.core.counters.snapshot()
    }
}
