//! One sync of one DaemonSet: reads, the decision, and the writes.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use jiff::SignedDuration;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::api::Api;
use kube::{Error, Resource};
use orrery_informer::{Cache, ObjectKey, Requeue};
use serde::de::DeserializeOwned;

use super::controller::Controller;
use super::decide::{Observed, Plan, decide};
use super::error::SyncError;
use super::memory::Memory;
use super::new_pod::{for_node, model};
use super::pod_facts::target_node;
use super::spec::Spec;
use super::writes::Writes;
use crate::claim::{Claimed, Claimer, own_selector};
use crate::manager::indexes;
use crate::owner::controller_reference;
use crate::unsure::{is_unsure, live_pods};

/// How long a refused sync waits for a cache if no event wakes it before.
const CATCH_UP: SignedDuration = SignedDuration::from_secs(1);

impl Controller {
    /// Brings one DaemonSet forward.
    pub async fn sync(&self, key: ObjectKey) -> Result<Requeue, SyncError> {
        let Some(daemonset) = self.context.caches.daemonsets.get(&key) else {
            self.memories.forget(&key);
            return Ok(Requeue::Await);
        };
        let Some(spec) = Spec::of(&daemonset) else {
            return Ok(Requeue::Await);
        };
        if let Some(note) = spec.selects_everything() {
            note.report(&self.recorder, &*daemonset);
            return Ok(Requeue::Await);
        }
        if spec.is_leaving() {
            return Ok(Requeue::Await);
        }
        let mut memory = self.memories.take(&key, spec);
        let result = self.sync_living(&key, spec, &mut memory).await;
        self.memories.put(key, memory);
        result
    }

    async fn sync_living(
        &self,
        key: &ObjectKey,
        spec: Spec<'_>,
        memory: &mut Memory,
    ) -> Result<Requeue, SyncError> {
        let caches = &self.context.caches;
        let now = self.context.clock.now();
        self.make_sure(spec, memory).await?;
        if !memory.is_caught_up(caches) {
            return Ok(Requeue::At(now + CATCH_UP));
        }
        let claimed = self.claim(spec, &caches.pods).await?;
        for meta in &claimed.written {
            memory.pods_written.raise(&caches.pods, meta);
        }
        let pods = claimed.children;
        memory.observe(&pods, now);
        let claimed = self.claim(spec, &caches.revisions).await?;
        for meta in &claimed.written {
            memory.revisions_written.raise(&caches.revisions, meta);
        }
        let history = self
            .ensure_history(spec, claimed.children, &pods, memory)
            .await?;
        if history.relabelled {
            return Ok(Requeue::At(now + CATCH_UP));
        }
        let nodes = self.nodes_for(spec, &pods);
        self.rest(key, nodes.len(), now);
        let settled = memory.deleting.is_empty();
        let backoffs = memory.backoffs.clone();
        let plan = decide(&Observed {
            spec,
            nodes: &nodes,
            pods: &pods,
            hash: &history.hash,
            backoffs: &backoffs,
            settled,
            now,
        });
        let (counts, wake_at) = (plan.counts, plan.wake_at);

        let writes = self.writes(spec);
        let mut acted = self.act(&writes, &history.hash, plan, memory).await;
        if settled && acted.is_ok() {
            acted = self
                .clean_up(spec, &history.old, &pods)
                .await
                .map_err(SyncError::from);
        }
        let stored = writes.status(counts).await;
        if let Ok(Some(meta)) = &stored {
            memory.written.raise(&caches.daemonsets, meta);
        }
        acted?;
        stored?;
        let wake_at = [wake_at, memory.gives_up_at()].into_iter().flatten().min();
        Ok(wake_at.map_or(Requeue::Await, Requeue::At))
    }

    /// The nodes that may matter: those that the template's node selector may choose, and those that its
    /// pods are meant for; all of them when it has no selector.
    fn nodes_for(&self, spec: Spec<'_>, pods: &[Arc<Pod>]) -> Vec<Arc<Node>> {
        let nodes = &self.context.caches.nodes;
        let selector = indexes::node_selector(spec.daemonset);
        if selector == indexes::ANY_NODE {
            return nodes.list();
        }
        let chosen = nodes.by_index(indexes::LABEL, &selector);
        let used = pods.iter().filter_map(|pod| target_node(pod));
        let used = used.filter_map(|name| nodes.get(&ObjectKey::new("", name)));
        let named = |node: Arc<Node>| (node.metadata.name.clone(), node);
        let both: BTreeMap<_, _> = chosen.into_iter().chain(used).map(named).collect();
        both.into_values().collect()
    }

    /// After a create without an answer: asks what is there, for the caches to reach it first.
    async fn make_sure(&self, spec: Spec<'_>, memory: &mut Memory) -> Result<(), Error> {
        if !memory.unsure {
            return Ok(());
        }
        let api = Api::namespaced(self.context.client.clone(), spec.namespace());
        let selector = Some(&spec.spec.selector);
        for meta in live_pods(&api, &spec.daemonset.metadata, selector).await? {
            memory.pods_written.raise(&self.context.caches.pods, &meta);
        }
        memory.unsure = false;
        Ok(())
    }

    /// Creates, then deletes; the first error is what the sync fails with.
    async fn act(
        &self,
        writes: &Writes<'_>,
        hash: &str,
        plan: Plan<'_>,
        memory: &mut Memory,
    ) -> Result<(), SyncError> {
        let now = self.context.clock.now();
        let generation = writes.spec.observed_generation();
        memory.backoffs.begin(generation, plan.delays, now);
        for note in plan.notes {
            writes.report(note);
        }
        let mut errors = Vec::new();
        if !plan.create.is_empty() {
            let model = model(writes.spec, hash);
            let pods = plan.create.iter().map(|node| for_node(&model, node));
            let created = writes.create(pods.collect()).await;
            for meta in &created.done {
                memory.pods_written.raise(&self.context.caches.pods, meta);
            }
            memory.unsure = created.error.as_ref().is_some_and(is_unsure);
            errors.extend(created.error);
        }
        if !plan.delete.is_empty() {
            let deleted = writes.delete(&plan.delete).await;
            let uids = deleted.done.into_iter().map(|uid| (uid, now));
            memory.deleting.extend(uids);
            errors.extend(deleted.error);
        }
        let missing = plan.missing_node.map(SyncError::MissingNode);
        let error = errors
            .into_iter()
            .map(SyncError::from)
            .chain(missing)
            .next();
        error.map_or(Ok(()), Err)
    }

    /// DS-13, DS-46: the DaemonSet's own pods, or its own revisions.
    async fn claim<K>(&self, spec: Spec<'_>, cache: &Cache<K>) -> Result<Claimed<K>, Error>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + Clone
            + DeserializeOwned
            + Debug
            + Send
            + Sync
            + 'static,
    {
        let selector = own_selector(Some(&spec.spec.selector))?;
        let meta = &spec.daemonset.metadata;
        let adoptable = indexes::selector_value(meta, Some(&spec.spec.selector));
        let own = cache.by_index(indexes::CONTROLLER, spec.uid());
        let ownerless = cache.by_index(indexes::OWNERLESS, &adoptable);
        let api: Api<K> = Api::namespaced(self.context.client.clone(), spec.namespace());
        let claimer = Claimer {
            api: &api,
            owner: meta,
            reference: controller_reference(spec.daemonset),
            selector: &selector,
            finalizer: None,
        };
        let candidates = own.into_iter().chain(ownerless);
        claimer.claim(candidates, || self.may_adopt(spec)).await
    }

    /// The live DaemonSet is still this one and stays.
    async fn may_adopt(&self, spec: Spec<'_>) -> Result<bool, Error> {
        let live = self.daemonsets(spec).get_opt(spec.name()).await?;
        let live = live.map(|live| live.metadata);
        Ok(live.is_some_and(|live| {
            live.uid.as_deref() == Some(spec.uid()) && live.deletion_timestamp.is_none()
        }))
    }

    fn writes<'a>(&'a self, spec: Spec<'a>) -> Writes<'a> {
        let client = &self.context.client;
        let pods: Api<Pod> = Api::namespaced(client.clone(), spec.namespace());
        Writes {
            daemonsets: self.daemonsets(spec),
            pods,
            recorder: &self.recorder,
            spec,
            at_once: self.context.config.writes_at_once,
        }
    }
}
