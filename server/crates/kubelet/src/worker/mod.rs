//! The pod worker: brings what runs into line with a pod's object, one pod at a time per key, and
//! reports. All judgement is in [`crate::decide`]; here are its hands.

mod act;
mod admit;
pub mod env;
mod files;
mod hooks;
mod hostname;
mod links;
mod lives;
mod moment;
mod mounts;
mod probes;
mod record;
mod report;
mod resize;
pub mod resolve;
mod room;
mod token;
mod user;
mod volumes;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::{BoxFuture, join};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Node, Pod, PodStatus};
use kube::{Api, Client};
use orrery_clock::Clock;
use orrery_informer::{Cache, ObjectKey, Queue, Recorder, Requeue, revision_of};
use parking_lot::Mutex;

use self::admit::has_begun;
use self::files::Made;
use self::lives::Lives;
use self::mounts::Failures;
use self::token::Tokens;
use crate::decide::{Action, Current, Ended, Plan, PodState, SandboxState, decide};
use crate::node::Nodes;
use crate::runtime::{End, Exit, Runtime, RuntimeEvent};

/// Decisions of one pass before it gives way: a pod with many containers needs a few, and a fault in
/// `decide` must not spin.
const ROUNDS: usize = 100;
/// Wait before a pass that did not come to rest goes on.
const PAUSE: SignedDuration = SignedDuration::from_secs(1);
/// Between looks for the node's object, which its heart makes at the same time.
const UNREGISTERED: SignedDuration = SignedDuration::from_millis(200);

/// Everything that the workers share.
pub struct Worker {
    pub client: Client,
    pub clock: Clock,
    pub runtime: Arc<dyn Runtime>,
    pub nodes: Arc<Nodes>,
    pub pods: Cache<Pod>,
    /// The nodes' objects, for what is asked before a pod is taken on.
    pub objects: Cache<Node>,
    pub queue: Queue<ObjectKey>,
    pub recorder: Recorder,
    pub base_env: Vec<(String, String)>,
    pub capacity: (f64, f64),
    pub lives: Mutex<Lives>,
    /// The same by uid, which is what runtimes know pods by.
    pub keys: Mutex<BTreeMap<String, ObjectKey>>,
    /// Pods of nodes that failed, with their uids: their files are there as long as their objects.
    pub left: Mutex<BTreeMap<ObjectKey, String>>,
}

/// A pod that this node agent has taken on.
pub struct Live {
    pub key: ObjectKey,
    pub uid: String,
    pub node: String,
    pub state: Mutex<PodState>,
    /// The revision of our last status write and what it said: the watch may lag behind it.
    written: Mutex<Option<(u64, PodStatus)>>,
    /// The files of its volumes, once there are any.
    made: Mutex<Option<Made>>,
    /// Those of its volumes that cannot be had.
    unmounted: Mutex<Failures>,
    /// Of its ServiceAccount, as its volumes hold them.
    tokens: Mutex<Tokens>,
    /// When its volumes were last measured.
    measured: Mutex<Option<Timestamp>>,
    /// When a container of it last began to run.
    begun: Mutex<Option<Timestamp>>,
}

impl Worker {
    pub async fn reconcile(self: Arc<Self>, key: ObjectKey) -> kube::Result<Requeue> {
        let pod = self.pods.get(&key);
        let known = self.lives.lock().get(&key).cloned();
        let uid = pod.as_ref().and_then(|pod| pod.metadata.uid.clone());
        let uid = uid.as_ref();
        if let Some(live) = known.as_ref().filter(|live| uid != Some(&live.uid)) {
            self.forget(live).await;
        }
        self.clear(&key, uid).await;
        let Some(pod) = pod else {
            return Ok(Requeue::Await);
        };
        let Some(node) = pod.spec.as_ref().and_then(|spec| spec.node_name.clone()) else {
            return Ok(Requeue::Await);
        };
        if !self.nodes.is_alive(&node) {
            return Ok(Requeue::Await);
        }
        if known.is_none_or(|live| uid != Some(&live.uid)) && is_over(&pod) {
            return self.leave_or_remove(&pod).await;
        }
        let known = self.lives.lock().get(&key).cloned();
        let live = match known {
            Some(live) => Some(live),
            None if has_begun(&pod) => self.take_on(&key, &pod, &node, None),
            None => self.admit(&key, &pod, &node).await?,
        };
        match live {
            Some(live) => self.bring_into_line(&live, pod).await,
            None => Ok(Requeue::At(self.clock.now() + UNREGISTERED)),
        }
    }

    /// A pod that ended in an earlier life: nothing of it runs, so only its deletion is left.
    async fn leave_or_remove(&self, pod: &Pod) -> kube::Result<Requeue> {
        if pod.metadata.deletion_timestamp.is_some() {
            self.remove_object(pod).await?;
        }
        Ok(Requeue::Await)
    }

    async fn bring_into_line(
        self: &Arc<Self>,
        live: &Arc<Live>,
        pod: Arc<Pod>,
    ) -> kube::Result<Requeue> {
        let pod = live.with_own_status(pod);
        let mut plan = Plan::default();
        let look_again = self.grant(live, &pod);
        let mut ending = None;
        for _ in 0..ROUNDS {
            self.finish_resize(live, &pod);
            plan = decide(&pod, &mut live.state.lock(), self.clock.now());
            let actions = std::mem::take(&mut plan.actions);
            if actions.is_empty() {
                break;
            }
            if actions == [Action::RemoveObject] {
                over(ending.take()).await;
                self.write_status(live, &pod, &plan.status).await?;
                self.remove_object(&pod).await?;
                return Ok(Requeue::Await);
            }
            for action in actions {
                match action {
                    Action::StopSandbox => ending = Some(self.end_sandbox(live)),
                    action => self.act(live, &pod, action).await,
                }
            }
            if self.has_let_go(live) {
                over(ending.take()).await;
                // whoever let go has stopped what there was then, not what this has begun since
                self.runtime.stop_sandbox(&live.uid).await;
                if !self.nodes.is_known(&live.node) {
                    let key = &live.key;
                    let removing = self.runtime.remove(&key.namespace, &key.name, &live.uid);
                    removing.await;
                }
                return Ok(Requeue::Await);
            }
            plan.wake_at = Some(self.clock.now() + PAUSE);
        }
        if let (None, Some(until)) = (&ending, self.moment(live, &pod)) {
            return Ok(Requeue::At(until));
        }
        // to be rid of a sandbox takes as long as to tell of the pod's end, and nothing runs in it any more
        let writing = self.write_status(live, &pod, &plan.status);
        let ((), written) = join(over(ending), writing).await;
        written?;
        let files = self.keep_files(live, &pod).await;
        let room = self.keep_room(live, &pod).await;
        let look_again = look_again.into_iter().chain(files).chain(room);
        let wake_at = plan.wake_at.into_iter().chain(look_again).min();
        Ok(wake_at.map_or(Requeue::Await, Requeue::At))
    }

    /// Its node failed or was taken away while something was done about the pod. A node that came back since has taken
    /// the pod on anew, and has it in its queue.
    fn has_let_go(&self, live: &Arc<Live>) -> bool {
        let lives = self.lives.lock();
        let now = lives.get(&live.key);
        now.is_none_or(|now| !Arc::ptr_eq(now, live))
    }

    /// What the runtime tells on its own becomes state, and the pod's key is looked at again.
    pub fn take_event(&self, event: RuntimeEvent) {
        let uid = match &event {
            RuntimeEvent::Exited { pod_uid, .. } | RuntimeEvent::SandboxLost { pod_uid, .. } => {
                pod_uid
            }
        };
        let key = self.keys.lock().get(uid).cloned();
        let live = key.and_then(|key| self.lives.lock().get(&key).cloned());
        let Some(live) = live.filter(|live| live.uid == *uid) else {
            return;
        };
        match event {
            RuntimeEvent::Exited {
                container,
                attempt,
                exit,
                message,
                at,
                ..
            } => live.exited(&container, attempt, exit, message, at),
            RuntimeEvent::SandboxLost { .. } => live.lost(self.clock.now()),
        }
        self.queue.add(live.key.clone());
    }
}

async fn over(ending: Option<BoxFuture<'_, ()>>) {
    if let Some(ending) = ending {
        ending.await;
    }
}

impl Live {
    fn exited(
        &self,
        container: &str,
        attempt: u32,
        exit: Exit,
        message: Option<String>,
        at: Timestamp,
    ) {
        let mut state = self.state.lock();
        let Some(record) = state.containers.get_mut(container) else {
            return;
        };
        if record.attempts != attempt + 1 {
            return;
        }
        if let Current::Running { id, started_at } = record.current.clone() {
            record.end(ended(End {
                id,
                exit,
                message,
                started_at,
                finished_at: at,
            }));
        }
    }

    /// The pod's init died: all that ran in it is gone, and the sandbox is made anew if need be.
    fn lost(&self, now: Timestamp) {
        let mut state = self.state.lock();
        if state.sandbox != SandboxState::Ready {
            return;
        }
        state.sandbox = match state.stop {
            Some(_) => SandboxState::Stopped,
            None => SandboxState::Absent,
        };
        let killed = Exit {
            code: 137,
            signal: Some(9),
            out_of_memory: false,
        };
        for record in state.containers.values_mut() {
            if let Current::Running { id, started_at } = record.current.clone() {
                record.end(ended(End {
                    id,
                    exit: killed,
                    message: Some("the pod's sandbox ended under it".to_owned()),
                    started_at,
                    finished_at: now,
                }));
            }
        }
    }

    /// The pod as cached, with our own newer status if the watch has not shown it yet.
    fn with_own_status(&self, pod: Arc<Pod>) -> Arc<Pod> {
        match &*self.written.lock() {
            Some((revision, status)) if *revision > revision_of(&pod.metadata) => {
                let mut pod = (*pod).clone();
                pod.status = Some(status.clone());
                Arc::new(pod)
            }
            _ => pod,
        }
    }
}

/// What a container's status says of its end.
fn ended(end: End) -> Ended {
    let reason = match (end.exit.code, end.exit.out_of_memory) {
        (_, true) => "OOMKilled",
        (0, _) => "Completed",
        _ => "Error",
    };
    Ended {
        id: end.id,
        exit_code: end.exit.code,
        signal: None,
        reason: reason.to_owned(),
        message: end.message,
        started_at: Some(end.started_at),
        finished_at: Some(end.finished_at),
    }
}

fn is_host_network(pod: &Pod) -> bool {
    let spec = pod.spec.as_ref();
    spec.and_then(|spec| spec.host_network).unwrap_or(false)
}

fn is_over(pod: &Pod) -> bool {
    let phase = pod
        .status
        .as_ref()
        .and_then(|status| status.phase.as_deref());
    matches!(phase, Some("Succeeded" | "Failed"))
}

impl Worker {
    pub(crate) fn api(&self, namespace: &str) -> Api<Pod> {
        Api::namespaced(self.client.clone(), namespace)
    }
}
