//! The thin part: watches in, bindings and conditions out.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Binding, Namespace, Node, ObjectReference, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Status, Time};
use kube::api::{Api, Patch, PatchParams, PostParams};
use kube::{Client, Error};
use orrery_apis::pod_requests::requested;
use orrery_clock::Clock;
use orrery_informer::{
    Cache, Change, Doubling, EventType, ObjectKey, Queue, Requeue, SeriesRecorder,
};
use parking_lot::Mutex;
use serde_json::json;

use crate::cluster::{Cluster, is_finished};
use crate::decide::{Decision, decide};
use crate::pod_affinity::minds_others;
use crate::turn::Turn;
use crate::waiting::Waiting;

/// The scheduler's name, in `spec.schedulerName` and as the source of its events.
pub const NAME: &str = "default-scheduler";

/// Attempts of a pod whose binding fails; upstream's pod back-off of 1 s to 10 s.
const RETRY: Doubling = Doubling::new(Duration::from_secs(1), Duration::from_secs(10));

/// What the scheduler is told by whoever starts it.
#[derive(Clone, Debug)]
pub struct Config {
    /// How many bindings may be on their way at once.
    pub workers: usize,
    /// The machine that it runs on, by which its events tell it from others.
    pub host: String,
}

/// The watches that the scheduler reads; whoever starts it keeps them current.
#[derive(Clone)]
pub struct Caches {
    pub pods: Cache<Pod>,
    pub nodes: Cache<Node>,
    pub namespaces: Cache<Namespace>,
}

struct Scheduler {
    client: Client,
    clock: Clock,
    recorder: SeriesRecorder,
    pods: Cache<Pod>,
    cluster: Mutex<Cluster>,
    /// Pods that fit nowhere, to be tried again when the cluster changes.
    waiting: Mutex<Waiting>,
    /// Why pods wait, each by its uid, as their events have told: the pods themselves may not yet say it where we read them.
    told: Mutex<HashMap<ObjectKey, (Option<String>, String)>>,
    queue: Queue<Turn>,
}

/// Hooks the scheduler up to `caches` and answers its task. Call before the caches are watched.
pub fn start(
    client: Client,
    clock: Clock,
    caches: Caches,
    config: Config,
) -> impl Future<Output = ()> + Send {
    let Config { workers, host } = config;
    let instance = format!("{NAME}-{host}");
    let (recorder, send_events) =
        SeriesRecorder::new(client.clone(), clock.clone(), NAME, &instance);
    let scheduler = Arc::new(Scheduler {
        client,
        clock: clock.clone(),
        recorder,
        pods: caches.pods.clone(),
        cluster: Mutex::default(),
        waiting: Mutex::default(),
        told: Mutex::default(),
        queue: Queue::ranked(clock, RETRY, Turn::rank),
    });
    let listener = scheduler.clone();
    caches.pods.on(move |change| listener.pod_changed(change));
    let listener = scheduler.clone();
    caches.nodes.on(move |change| listener.node_changed(change));
    let listener = scheduler.clone();
    let namespaces = &caches.namespaces;
    namespaces.on(move |change| listener.namespace_changed(change));
    async move {
        let schedule = async {
            caches.nodes.synced().await;
            caches.namespaces.synced().await;
            caches.pods.synced().await;
            let reconcile = |turn| scheduler.reconcile(turn);
            scheduler.queue.run(workers, reconcile).await;
        };
        tokio::join!(schedule, send_events);
    }
}

impl Scheduler {
    fn pod_changed(&self, change: &Change<Pod>) {
        let key = ObjectKey::of(&change.object().metadata);
        let Some(pod) = &change.new else {
            self.cluster.lock().remove_pod(&key);
            self.waiting.lock().remove(&key);
            self.told.lock().remove(&key);
            return self.room_was_made();
        };
        self.cluster.lock().put_pod(pod);
        if wants_node(pod) {
            let since = Turn::since(pod).min(self.clock.now());
            return self.queue.add_at(Turn::of(pod), since);
        }
        self.waiting.lock().remove(&key);
        self.told.lock().remove(&key);
        if self.may_help_others(change.old.as_deref(), pod) {
            self.room_was_made();
        }
    }

    /// A pod that wants no node, or none any more, may let others have one: it has ended, it takes less,
    /// or it is now where they want to be, or where they did not want it before.
    fn may_help_others(&self, old: Option<&Pod>, pod: &Pod) -> bool {
        if is_finished(pod) {
            return old.is_some_and(|old| !is_finished(old));
        }
        let waiting = self.waiting.lock();
        let is_moved = || {
            let facts = |pod: &Pod| (node_of(pod).to_owned(), pod.metadata.labels.clone());
            old.map(facts) != Some(facts(pod))
        };
        let is_resized = || old.is_some_and(|old| requested(old) != requested(pod));
        waiting.has_choosy() && is_moved() || !waiting.is_empty() && is_resized()
    }

    fn node_changed(&self, change: &Change<Node>) {
        match &change.new {
            None => {
                let name = change.object().metadata.name.clone().unwrap_or_default();
                return self.cluster.lock().remove_node(&name);
            }
            Some(node) => self.cluster.lock().put_node(node.clone()),
        }
        let before = change.old.as_deref().map(scheduling_facts);
        if before != change.new.as_deref().map(scheduling_facts) {
            self.room_was_made();
        }
    }

    /// A term that selects namespaces may find other pods now.
    fn namespace_changed(&self, change: &Change<Namespace>) {
        let meta = &change.object().metadata;
        let name = meta.name.as_deref().unwrap_or_default();
        let now = change.new.as_ref();
        let labels = now.map(|now| now.metadata.labels.clone().unwrap_or_default());
        if self.cluster.lock().set_namespace(name, labels) {
            self.room_was_made();
        }
    }

    fn room_was_made(&self) {
        let now = self.clock.now();
        let (first, sweep_at) = self.waiting.lock().room_was_made(now);
        self.again(first);
        if let Some(at) = sweep_at {
            self.queue.add_at(Turn::of_everybody(), at);
        }
    }

    /// Queues pods that waited where their time has put them, among those that came meanwhile.
    fn again(&self, turns: Vec<(Turn, Timestamp)>) {
        for (turn, since) in turns {
            self.queue.add_at(turn, since);
        }
    }

    fn sweep(&self) {
        let nodes = self.cluster.lock().node_count();
        let waiting = self.waiting.lock().sweep(nodes, self.clock.now());
        self.again(waiting);
    }

    async fn reconcile(&self, turn: Turn) -> Result<Requeue, Error> {
        if turn.is_everybodys() {
            self.sweep();
            return Ok(Requeue::Await);
        }
        let key = turn.key;
        let Some(pod) = self.pods.get(&key).filter(|pod| wants_node(pod)) else {
            return Ok(Requeue::Await);
        };
        if is_gated(&pod) {
            let message = "Scheduling is blocked due to non-empty scheduling gates";
            self.report(&key, &pod, "SchedulingGated", message).await?;
            return Ok(Requeue::Await);
        }
        let decision = {
            let mut cluster = self.cluster.lock();
            let decision = decide(&pod, &cluster);
            match &decision {
                Decision::Bind { node } => {
                    cluster.assume(key.clone(), pod.clone(), node.clone());
                }
                // before anybody can make room, who would not find it waiting
                Decision::Unschedulable { .. } => {
                    let (turn, since) = (Turn::of(&pod), Turn::since(&pod));
                    let mut waiting = self.waiting.lock();
                    waiting.insert(turn, since);
                    if minds_others(&pod) {
                        waiting.minds_others(&key);
                    }
                }
            }
            decision
        };
        match decision {
            Decision::Bind { node } => self.bind(key, &pod, node).await,
            Decision::Unschedulable { message } => {
                self.report(&key, &pod, "Unschedulable", &message).await?;
                Ok(Requeue::Await)
            }
        }
    }

    async fn bind(&self, key: ObjectKey, pod: &Pod, node: String) -> Result<Requeue, Error> {
        let binding = Binding {
            metadata: ObjectMeta {
                name: Some(key.name.clone()),
                namespace: Some(key.namespace.clone()),
                uid: pod.metadata.uid.clone(),
                ..ObjectMeta::default()
            },
            target: ObjectReference {
                api_version: Some("v1".to_owned()),
                kind: Some("Node".to_owned()),
                name: Some(node.clone()),
                ..ObjectReference::default()
            },
        };
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), &key.namespace);
        let params = PostParams::default();
        let bound = pods.create_subresource("binding", &key.name, &params, &binding);
        match bound.await {
            Ok(Status { .. }) => {
                let message = format!("Successfully assigned {key} to {node}");
                let what = ("Scheduled", "Binding");
                self.recorder.event(pod, EventType::Normal, what, &message);
                Ok(Requeue::Await)
            }
            Err(error) => {
                self.cluster.lock().forget(&key);
                self.room_was_made();
                match &error {
                    Error::Api(status) if status.code == 404 => Ok(Requeue::Await),
                    // also a conflict: only the watch can tell whether someone else was first
                    _ => Err(error),
                }
            }
        }
    }

    /// Says on the pod why it is not scheduled, once for each new reason.
    async fn report(
        &self,
        key: &ObjectKey,
        pod: &Pod,
        reason: &str,
        message: &str,
    ) -> Result<(), Error> {
        let conditions = pod
            .status
            .as_ref()
            .and_then(|status| status.conditions.as_ref());
        let mut conditions = conditions.into_iter().flatten();
        let said = conditions.find(|condition| condition.type_ == "PodScheduled");
        let known = said.is_some_and(|said| {
            said.status == "False"
                && said.reason.as_deref() == Some(reason)
                && said.message.as_deref() == Some(message)
        });
        if known {
            return Ok(());
        }
        let why = (pod.metadata.uid.clone(), message.to_owned());
        let told = self.told.lock().insert(key.clone(), why.clone());
        if reason == "Unschedulable" && told.as_ref() != Some(&why) {
            let what = ("FailedScheduling", "Scheduling");
            self.recorder.event(pod, EventType::Warning, what, message);
        }
        let since = said
            .filter(|said| said.status == "False")
            .and_then(|said| said.last_transition_time.clone());
        let condition = json!({
            "type": "PodScheduled",
            "status": "False",
            "reason": reason,
            "message": message,
            "observedGeneration": pod.metadata.generation,
            "lastTransitionTime": since.unwrap_or_else(|| Time(self.clock.now())),
        });
        let patch =
            json!({"metadata": {"uid": pod.metadata.uid}, "status": {"conditions": [condition]}});
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), &key.namespace);
        let patched = pods
            .patch_status(&key.name, &PatchParams::default(), &Patch::Strategic(patch))
            .await;
        match patched {
            // a refusal is tried again: nothing else would make the pod say why it waits
            Err(Error::Api(status)) if status.code == 404 => Ok(()),
            other => other.map(drop),
        }
    }
}

/// The node that the pod is bound to, `""` for none.
fn node_of(pod: &Pod) -> &str {
    let spec = pod.spec.as_ref();
    let node = spec.and_then(|spec| spec.node_name.as_deref());
    node.unwrap_or_default()
}

fn wants_node(pod: &Pod) -> bool {
    let Some(spec) = &pod.spec else { return false };
    node_of(pod).is_empty()
        && spec
            .scheduler_name
            .as_deref()
            .is_none_or(|name| name == NAME)
        && pod.metadata.deletion_timestamp.is_none()
        && !is_finished(pod)
}

fn is_gated(pod: &Pod) -> bool {
    let gates = pod
        .spec
        .as_ref()
        .and_then(|spec| spec.scheduling_gates.as_ref());
    gates.is_some_and(|gates| !gates.is_empty())
}

/// What about a node can make a waiting pod fit; heartbeats do not.
fn scheduling_facts(node: &Node) -> impl PartialEq + use<> {
    let allocatable = node
        .status
        .as_ref()
        .and_then(|status| status.allocatable.clone());
    (node.metadata.labels.clone(), node.spec.clone(), allocatable)
}
