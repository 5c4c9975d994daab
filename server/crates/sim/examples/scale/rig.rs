//! A whole embedded cluster with scripted pods, as the server wires it: the machine's clock, many
//! workers, nothing recorded and nothing audited. The client notes when each request was answered.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use http::{Method, Request};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Node;
use kube::Client;
use orrery_apiserver::{ApiServer, Config, Identity, VersionInfo};
use orrery_clock::Clock;
use orrery_controllers::{Caches, Config as ControllerConfig};
use orrery_kubelet::scripted::ScriptedRuntime;
use orrery_kubelet::{Kubelet, Machine};
use orrery_store::{Options, Store};
use parking_lot::Mutex;
use tokio::task::JoinSet;
use tower::ServiceExt;

/// As the server has them.
const WORKERS: usize = 16;

/// A running cluster; dropping it ends it.
pub struct Rig {
    pub client: Client,
    pub caches: Caches,
    pub clock: Clock,
    pub log: Arc<Log>,
    _tasks: JoinSet<()>,
}

/// What the components asked of the API server.
#[derive(Default)]
pub struct Log {
    pub requests: AtomicU64,
    /// When each Job was created.
    pub jobs_created: Mutex<Vec<Timestamp>>,
}

impl Rig {
    /// Starts a cluster and waits for its nodes.
    pub async fn start(nodes: u32) -> Self {
        let clock = Clock::real();
        let store = Store::in_memory(Options::default());
        let server = ApiServer::new(store, clock.clone(), Config::default());
        let furnished = server.bootstrap().await;
        furnished.expect("an empty store takes the first objects");
        let log = Arc::new(Log::default());
        let client = |user| noted(&server, user, clock.clone(), log.clone());
        let (controllers, work) = orrery_controllers::start(
            client("system:kube-controller-manager"),
            clock.clone(),
            ControllerConfig::default(),
        );
        let caches = controllers.caches.clone();
        let scheduler = orrery_scheduler::start(
            client("system:kube-scheduler"),
            clock.clone(),
            orrery_scheduler::Caches {
                pods: caches.pods.clone(),
                nodes: caches.nodes.clone(),
                namespaces: caches.namespaces.clone(),
            },
            orrery_scheduler::Config {
                workers: WORKERS,
                host: "rig".to_owned(),
            },
        );
        let config = orrery_kubelet::Config {
            nodes,
            runtime: Arc::new(ScriptedRuntime::new(clock.clone())),
            machine: Machine::default(),
            version: VersionInfo::default().git_version,
            base_env: Vec::new(),
            workers: WORKERS,
            pods: Some(caches.pods.clone()),
        };
        let (_, kubelet) = Kubelet::new(client("system:nodes"), clock.clone(), config);
        let mut tasks = JoinSet::new();
        tasks.spawn(work);
        tasks.spawn(scheduler);
        tasks.spawn(kubelet);
        let rig = Self {
            client: server.client(Identity::administrator()),
            caches,
            clock,
            log,
            _tasks: tasks,
        };
        rig.until(|caches| ready_nodes(caches) == nodes as usize)
            .await;
        rig
    }

    /// Looks fifty times a second until the caches show it.
    pub async fn until(&self, done: impl Fn(&Caches) -> bool) {
        while !done(&self.caches) {
            self.clock.sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    pub fn requests(&self) -> u64 {
        self.log.requests.load(Ordering::Relaxed)
    }
}

fn ready_nodes(caches: &Caches) -> usize {
    let nodes = caches.nodes.list();
    let ready = |node: &&Arc<Node>| {
        let status = node.status.as_ref();
        let mut conditions = status
            .into_iter()
            .flat_map(|s| s.conditions.iter().flatten());
        let spec = node.spec.as_ref();
        let tainted = spec.is_some_and(|spec| spec.taints.iter().flatten().next().is_some());
        !tainted && conditions.any(|c| c.type_ == "Ready" && c.status == "True")
    };
    nodes.iter().filter(ready).count()
}

fn noted(server: &ApiServer, user: &'static str, clock: Clock, log: Arc<Log>) -> Client {
    let router = server.router();
    let service = tower::service_fn(move |request: Request<kube::client::Body>| {
        let (router, log, clock) = (router.clone(), log.clone(), clock.clone());
        let makes_job = request.method() == Method::POST && request.uri().path().ends_with("/jobs");
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Identity::component(user));
        async move {
            let answer = router.oneshot(request).await?;
            log.requests.fetch_add(1, Ordering::Relaxed);
            if makes_job && answer.status().is_success() {
                log.jobs_created.lock().push(clock.now());
            }
            Ok::<_, Infallible>(answer)
        }
    });
    Client::new(service, "default")
}
