//! Which pods a node takes on, and how it lets go of them.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{Node, Pod};
use kube::Api;
use orrery_informer::EventType::Warning;
use orrery_informer::ObjectKey;
use parking_lot::Mutex;

use super::lives::Lives;
use super::resolve::takes_message_from_log;
use super::{Live, Worker, ended, is_host_network, is_over};
use crate::decide::admission::{self, Refusal};
use crate::decide::{self, Past, PodState, SandboxState};
use crate::runtime::{Run, Trace};

impl Worker {
    /// Takes a pod on that has not begun, if the node takes it: as it was last seen, or else as it is now.
    /// None: the node is not there yet, or no more.
    pub(super) async fn admit(
        &self,
        key: &ObjectKey,
        pod: &Pod,
        node: &str,
    ) -> kube::Result<Option<Arc<Live>>> {
        let seen = self.objects.get(&ObjectKey::new("", node));
        if let Some(live) = seen.and_then(|seen| self.ask(key, pod, node, &seen).ok()) {
            return Ok(live);
        }
        let now = Api::<Node>::all(self.client.clone()).get_opt(node).await?;
        // before its first report a node seems to have nothing
        let reported = |now: &Node| now.status.as_ref()?.allocatable.as_ref().map(drop);
        let Some(now) = now.filter(|now| reported(now).is_some()) else {
            return Ok(None);
        };
        let asked = self.ask(key, pod, node, &now);
        Ok(asked.unwrap_or_else(|refusal| self.take_on(key, pod, node, Some(refusal))))
    }

    fn ask(
        &self,
        key: &ObjectKey,
        pod: &Pod,
        node: &str,
        object: &Node,
    ) -> Result<Option<Arc<Live>>, Refusal> {
        let mut lives = self.lives.lock();
        match self.refusal(&mut lives, pod, node, object) {
            Some(refusal) => Err(refusal),
            None => Ok(self.enter(&mut lives, key, pod, node, None)),
        }
    }

    /// Takes on what an earlier life had begun, so that it counts before anything new comes.
    pub fn take_up_again<'a>(&self, pods: impl Iterator<Item = &'a Arc<Pod>>) {
        for pod in pods.filter(|pod| has_begun(pod) && !is_over(pod)) {
            let node = pod.spec.as_ref().and_then(|spec| spec.node_name.as_ref());
            if let Some(node) = node.filter(|node| self.nodes.is_alive(node)) {
                self.take_on(&ObjectKey::of(&pod.metadata), pod, node, None);
            }
        }
    }

    pub(super) fn take_on(
        &self,
        key: &ObjectKey,
        pod: &Pod,
        node: &str,
        refusal: Option<Refusal>,
    ) -> Option<Arc<Live>> {
        self.enter(&mut self.lives.lock(), key, pod, node, refusal)
    }

    /// The pod's live state, made from its status when this node meets it for the first time. A node that has failed
    /// or was taken away meets none: whoever did that looks for the pods that it has afterwards.
    fn enter(
        &self,
        lives: &mut Lives,
        key: &ObjectKey,
        pod: &Pod,
        node: &str,
        refusal: Option<Refusal>,
    ) -> Option<Arc<Live>> {
        let uid = pod.metadata.uid.clone().unwrap_or_default();
        if let Some(live) = lives.get(key).filter(|live| live.uid == uid) {
            return Some(live.clone());
        }
        if !self.nodes.is_alive(node) {
            return None;
        }
        let now = self.clock.now();
        let past = |container: &str, attempt| self.past(pod, container, attempt);
        let mut state = PodState::recovered(pod, now, past);
        // what has run was taken on once, though nobody was told
        let refusal = refusal.filter(|_| !state.has_run());
        state.start_time.get_or_insert(now);
        state.host_ip = self.nodes.host_ip(node);
        state.rejected = refusal.clone();
        if state.rejected.is_some() {
            state.sandbox = SandboxState::Stopped;
        } else if is_host_network(pod) {
            state.ip = Some(state.host_ip.clone());
        } else {
            state.ip = self.nodes.allocate_ip(node, &uid);
        }
        let live = Arc::new(Live {
            key: key.clone(),
            uid,
            node: node.to_owned(),
            state: Mutex::new(state),
            written: Mutex::new(None),
            made: Mutex::new(None),
            unmounted: Mutex::default(),
            tokens: Mutex::default(),
            measured: Mutex::new(None),
            begun: Mutex::new(None),
        });
        self.keys.lock().insert(live.uid.clone(), key.clone());
        lives.insert(live.clone());
        if let Some((reason, message)) = refusal {
            self.event(&live, pod, None, Warning, &reason, message);
        }
        Some(live)
    }

    /// What is left of a run of a container that whoever began it may not have told of.
    fn past(&self, pod: &Pod, container: &str, attempt: u32) -> Past {
        let meta = &pod.metadata;
        let declared = decide::container(pod, container);
        let run = Run {
            namespace: meta.namespace.as_deref().unwrap_or_default(),
            pod: meta.name.as_deref().unwrap_or_default(),
            pod_uid: meta.uid.as_deref().unwrap_or_default(),
            container,
            attempt,
            message_from_log: declared.as_ref().is_some_and(takes_message_from_log),
        };
        match self.runtime.trace(&run) {
            Trace::Absent => Past::Absent,
            Trace::Begun => Past::Begun,
            Trace::Ended(end) => Past::Ended(ended(end)),
        }
    }

    /// Why the node does not take the pod on beside those that it has.
    fn refusal(&self, lives: &mut Lives, pod: &Pod, node: &str, object: &Node) -> Option<Refusal> {
        let beside = lives.at_work_on(node);
        let others: Vec<_> = beside
            .filter_map(|live| self.pods.get(&live.key))
            .filter(|other| other.metadata.uid != pod.metadata.uid)
            .collect();
        admission::refusal(pod, object, others.iter().map(|other| &**other))
    }

    /// Forgets and ends a pod whose object is gone, or whose node is: in this order, so that what is begun for it
    /// meanwhile sees that it is no more (`has_let_go`).
    pub(crate) async fn forget(&self, live: &Arc<Live>) {
        self.keys.lock().remove(&live.uid);
        self.let_go(live);
        self.runtime.stop_sandbox(&live.uid).await;
        self.runtime
            .remove(&live.key.namespace, &live.key.name, &live.uid)
            .await;
        self.nodes.release_ip(&live.uid);
    }

    /// Removes what a pod left on a node that failed, once there is another one in its place, or none.
    pub(super) async fn clear(&self, key: &ObjectKey, now: Option<&String>) {
        let gone = {
            let mut left = self.left.lock();
            let is_gone = left.get(key).is_some_and(|uid| Some(uid) != now);
            is_gone.then(|| left.remove(key)).flatten()
        };
        if let Some(uid) = gone {
            self.runtime.remove(&key.namespace, &key.name, &uid).await;
            self.nodes.release_ip(&uid);
        }
    }

    fn let_go(&self, live: &Live) {
        let mut lives = self.lives.lock();
        let found = lives.get(&live.key);
        if found.is_some_and(|found| found.uid == live.uid) {
            lives.remove(&live.key);
        }
    }
}

/// A node has once taken it on, or is not to any more: a restart of Orrery refuses nothing that ran.
pub(super) fn has_begun(pod: &Pod) -> bool {
    let status = pod.status.as_ref();
    let started = status.is_some_and(|status| status.start_time.is_some());
    started || pod.metadata.deletion_timestamp.is_some()
}
