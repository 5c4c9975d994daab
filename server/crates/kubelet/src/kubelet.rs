//! The node agents as the server sees them: made in one step, run in another, stopped at the end.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Node, Pod};
use kube::runtime::watcher;
use kube::{Api, Client, ResourceExt};
use orrery_apis::service_account::strip_token_volume;
use orrery_clock::Clock;
use orrery_informer::{Cache, Doubling, ObjectKey, Queue, Recorder};
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::metrics::{Meter, Metrics};
use crate::node::heartbeat::Heartbeat;
use crate::node::object::Machine;
use crate::node::told::{cordoned, tell};
use crate::node::{Nodes, node_name};
use crate::runtime::{LogQuery, LogStream, Runtime};
use crate::streams::{AttachSpec, ExecSpec, Reader, Session, SessionError, Writer};
use crate::worker::Worker;

/// Waits between attempts of a pod whose status cannot be written.
const RETRY: Doubling = Doubling::new(Duration::from_millis(20), Duration::from_secs(10));
/// Longest that ending all pods may take before the process goes on: their inits die with it anyway.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(5);

/// What node agents are made with.
pub struct Config {
    pub nodes: u32,
    pub runtime: Arc<dyn Runtime>,
    pub machine: Machine,
    /// The Kubernetes version that the nodes report, such as `v1.36.0`.
    pub version: String,
    /// Set in every container's environment before its own: PATH, KUBERNETES_SERVICE_HOST…
    pub base_env: Vec<(String, String)>,
    /// Pods in work at once; 1 makes a simulation repeat.
    pub workers: usize,
    /// A cache of all pods that somebody in this process keeps current, and whose watch has not begun:
    /// a pod is then decoded and held once. None: the agents watch for themselves.
    pub pods: Option<Cache<Pod>>,
}

/// A cheap handle on the node agents.
#[derive(Clone)]
pub struct Kubelet {
    worker: Arc<Worker>,
    changed: Arc<Notify>,
    meter: Arc<Meter>,
}

/// Which log a person wants; see `pods/log`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogWish {
    pub namespace: String,
    pub pod: String,
    pub pod_uid: String,
    pub container: String,
    pub follow: bool,
    pub previous: bool,
    pub tail_lines: Option<u64>,
    pub since: Option<jiff::Timestamp>,
    pub timestamps: bool,
    pub limit_bytes: Option<u64>,
}

/// Why there is no log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogProblem {
    /// Not started; the waiting reason.
    Waiting { reason: String },
    /// The node knows nothing of the container.
    NotAvailable,
    /// It ended and its output is gone.
    Terminated,
    /// There was no run before the current one.
    NoPrevious,
}

/// As whoever shares a cache with the agents may keep it.
fn own_pods() -> Cache<Pod> {
    Cache::<Pod>::builder().trim(strip_token_volume).build()
}

impl Kubelet {
    /// The agents, and the task that is all of their work; nothing happens before it is polled.
    pub fn new(
        client: Client,
        clock: Clock,
        config: Config,
    ) -> (Self, impl Future<Output = ()> + Send + use<>) {
        let Config {
            nodes: count,
            runtime,
            machine,
            version,
            base_env,
            workers,
            pods,
        } = config;
        let nodes = Arc::new(Nodes::default());
        (1..=count).for_each(|number| nodes.add(number));
        let (recorder, events) = Recorder::new(client.clone(), clock.clone(), "kubelet", None);
        let changed = Arc::new(Notify::new());
        let objects = Cache::builder().build();
        let heartbeat = Heartbeat {
            client: client.clone(),
            clock: clock.clone(),
            nodes: nodes.clone(),
            objects: objects.clone(),
            machine: machine.clone(),
            isolation: runtime.isolation(),
            version,
            recorder: recorder.clone(),
            changed: changed.clone(),
        };
        let worker = Arc::new(Worker {
            client: client.clone(),
            clock: clock.clone(),
            runtime,
            nodes,
            pods: pods.clone().unwrap_or_else(own_pods),
            objects,
            queue: Queue::new(clock, RETRY),
            recorder,
            base_env,
            capacity: (f64::from(machine.cpus), machine.memory_bytes as f64),
            lives: Mutex::default(),
            keys: Mutex::default(),
            left: Mutex::default(),
        });
        let kubelet = Self {
            worker: worker.clone(),
            changed,
            meter: Arc::default(),
        };
        listen(&worker);
        let watching = watch(worker.clone(), pods.is_none());
        let work = run(worker, heartbeat, events, workers.max(1));
        (kubelet, async move {
            tokio::join!(watching, work);
        })
    }

    /// Adds node `number`, or brings it back after [`Kubelet::fail_node`].
    pub fn add_node(&self, number: u32) {
        self.worker.nodes.add(number);
        self.changed.notify_one();
        self.look_again(&node_name(number));
    }

    /// Takes a node away: its agent stops, its pods' processes and files with it. The Node object is the caller's.
    pub async fn remove_node(&self, name: &str) {
        self.worker.nodes.remove(name);
        let lives = self.worker.lives.lock().of(name);
        for live in lives {
            self.worker.forget(&live).await;
        }
    }

    /// Whether a node of that name has an agent here, on or off.
    pub fn knows_node(&self, name: &str) -> bool {
        self.worker.nodes.is_known(name)
    }

    /// Whether a node of that name has an agent here that is on.
    pub fn node_answers(&self, name: &str) -> bool {
        self.worker.nodes.is_alive(name)
    }

    /// Makes a node fall silent, as a machine that loses its power: no heartbeat, no pod left.
    pub async fn fail_node(&self, name: &str) -> bool {
        let known = self.worker.nodes.fail(name);
        self.end_pods_of(name).await;
        known
    }

    /// Opens a container's log.
    pub async fn logs(&self, wish: LogWish) -> Result<LogStream, LogProblem> {
        let attempt = self.attempt(&wish)?;
        let query = LogQuery {
            namespace: wish.namespace,
            pod: wish.pod,
            pod_uid: wish.pod_uid,
            container: wish.container,
            attempt,
            follow: wish.follow,
            tail_lines: wish.tail_lines,
            since: wish.since,
            timestamps: wish.timestamps,
            limit_bytes: wish.limit_bytes,
        };
        let found = self.worker.runtime.logs(query).await;
        found.ok_or(if wish.previous {
            LogProblem::NoPrevious
        } else {
            LogProblem::Terminated
        })
    }

    fn attempt(&self, wish: &LogWish) -> Result<u32, LogProblem> {
        let key = ObjectKey::new(&wish.namespace, &wish.pod);
        let pod = self.worker.pods.get(&key).ok_or(LogProblem::NotAvailable)?;
        let status = pod.status.clone().unwrap_or_default();
        let statuses = status.container_statuses.into_iter().flatten();
        let statuses = statuses.chain(status.init_container_statuses.into_iter().flatten());
        let mut statuses =
            statuses.chain(status.ephemeral_container_statuses.into_iter().flatten());
        let reported = statuses.find(|c| c.name == wish.container);
        let live = self.worker.lives.lock().get(&key).cloned();
        let attempts = live.and_then(|live| {
            live.state
                .lock()
                .record(&wish.container)
                .map(|r| r.attempts)
        });
        // A pod that ended in an earlier life has only its status to tell.
        let from_status = || {
            reported
                .as_ref()
                .filter(|c| c.container_id.is_some())
                .map(|c| u32::try_from(c.restart_count).unwrap_or(0) + 1)
        };
        let attempts = attempts.or_else(from_status).unwrap_or(0);
        let waiting = reported
            .and_then(|c| c.state)
            .and_then(|s| s.waiting)
            .and_then(|w| w.reason);
        match (attempts, wish.previous) {
            (0, true) | (1, true) => Err(LogProblem::NoPrevious),
            (0, false) => Err(LogProblem::Waiting {
                reason: waiting.unwrap_or_else(|| "ContainerCreating".to_owned()),
            }),
            (attempts, previous) => Ok(attempts - 1 - u32::from(previous)),
        }
    }

    /// How much the containers use, measured now: takes a second after a long silence.
    pub async fn metrics(&self) -> Metrics {
        self.meter
            .read(&self.worker.runtime, &self.worker.clock)
            .await
    }

    /// Runs a command beside a container.
    pub async fn exec(&self, spec: ExecSpec) -> Result<Session, SessionError> {
        self.worker.runtime.exec(spec).await
    }

    /// Joins a running container's own streams.
    pub async fn attach(&self, spec: AttachSpec) -> Result<Session, SessionError> {
        self.worker.runtime.attach(spec).await
    }

    /// Connects to a TCP port of a running pod.
    pub async fn connect(&self, pod_uid: &str, port: u16) -> Result<(Reader, Writer), String> {
        self.worker.runtime.connect(pod_uid, port).await
    }

    /// Ends every pod's processes, within five seconds.
    pub async fn shutdown(&self) {
        let ended = tokio::time::timeout(SHUTDOWN_LIMIT, self.worker.runtime.shutdown()).await;
        if ended.is_err() {
            tracing::warn!("some pods did not end in time; they end with this process");
        }
    }

    /// All at once: a node that is brought back meanwhile takes its pods on anew, and nothing of that may be ended.
    async fn end_pods_of(&self, node: &str) {
        let worker = &self.worker;
        let ending = {
            let mut lives = worker.lives.lock();
            let of_node = lives.of(node);
            of_node.iter().for_each(|live| lives.remove(&live.key));
            of_node
        };
        let stopped = ending.iter().map(|live| {
            worker.keys.lock().remove(&live.uid);
            let (key, uid) = (live.key.clone(), live.uid.clone());
            worker.left.lock().insert(key, uid);
            worker.runtime.stop_sandbox(&live.uid)
        });
        futures::future::join_all(stopped).await;
    }

    fn look_again(&self, node: &str) {
        let pods = self.worker.pods.list();
        let bound = pods.iter().filter(|pod| node_of(pod) == Some(node));
        self.worker.take_up_again(bound.clone());
        bound.for_each(|pod| self.worker.queue.add(ObjectKey::of(&pod.metadata)));
    }
}

fn node_of(pod: &Pod) -> Option<&str> {
    let name = pod.spec.as_ref()?.node_name.as_deref();
    name.filter(|name| !name.is_empty())
}

fn listen(worker: &Arc<Worker>) {
    let weak = Arc::downgrade(worker);
    worker.runtime.listen(Arc::new(move |event| {
        if let Some(worker) = weak.upgrade() {
            worker.take_event(event);
        }
    }));
    let queue = worker.queue.clone();
    worker.pods.on(move |change| {
        if node_of(change.object()).is_some() {
            queue.add(ObjectKey::of(&change.object().metadata));
        }
    });
    let (nodes, recorder) = (worker.nodes.clone(), worker.recorder.clone());
    worker.objects.on(move |change| {
        let name = change.object().name_any();
        if let Some(reason) = cordoned(change).filter(|_| nodes.is_alive(&name)) {
            let message = format!("Node {name} status is now: {reason}");
            tell(&recorder, &name, reason, &message);
        }
    });
}

/// Keeps the agents' own caches current.
async fn watch(worker: Arc<Worker>, own: bool) {
    let nodes = async {
        let api: Api<Node> = Api::all(worker.client.clone());
        worker.objects.watch(api, watcher::Config::default()).await;
    };
    let pods = async {
        if own {
            let api: Api<Pod> = Api::all(worker.client.clone());
            worker.pods.watch(api, watcher::Config::default()).await;
        }
    };
    tokio::join!(nodes, pods);
}

async fn run(
    worker: Arc<Worker>,
    heartbeat: Heartbeat,
    events: impl Future<Output = ()> + Send,
    workers: usize,
) {
    let working = async {
        worker.pods.synced().await;
        let ours = worker.pods.list();
        let name = |pod: &Arc<Pod>| {
            let meta = pod.metadata.clone();
            Some((meta.namespace?, meta.name?, meta.uid?))
        };
        worker
            .runtime
            .clean_up(ours.iter().filter_map(name).collect())
            .await;
        worker.take_up_again(ours.iter());
        worker
            .queue
            .run(workers, |key| worker.clone().reconcile(key))
            .await;
    };
    tokio::join!(working, heartbeat.run(), events);
}
