//! Makes sure that the current template has exactly one revision (DS-40, DS-42 to DS-44, DS-46).

use std::sync::Arc;

use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use kube::{Error, ResourceExt};
use serde_json::{Value, json};

use super::super::controller::Controller;
use super::super::error::SyncError;
use super::super::memory::Memory;
use super::super::pod_facts::{HASH_LABEL, hash};
use super::super::spec::Spec;
use super::data::revision_data;
use super::expendable;
use super::new_revision::new_revision;
use super::sort_out::{has_data, hash_label, sort_out};
use crate::errors::{is_already_exists, is_not_found};

/// What a sync needs to know of the revisions.
#[derive(Debug)]
pub struct History {
    /// The current revision's hash.
    pub hash: String,
    /// Lowest first.
    pub old: Vec<Arc<ControllerRevision>>,
    /// Pods were given another hash: what was read of them is out of date.
    pub relabelled: bool,
}

impl Controller {
    /// Creates, raises, labels and merges revisions until the current template has its one.
    pub async fn ensure_history(
        &self,
        spec: Spec<'_>,
        revisions: Vec<Arc<ControllerRevision>>,
        pods: &[Arc<Pod>],
        memory: &mut Memory,
    ) -> Result<History, SyncError> {
        let revisions = self.label_unlabelled(spec, revisions, memory).await?;
        let data = revision_data(&spec.spec.template);
        let sorted = sort_out(&data, revisions);
        let mut relabelled = false;
        let current = match sorted.current {
            None => Arc::new(
                self.create_revision(spec, &data, sorted.number, memory)
                    .await?,
            ),
            Some(current) => {
                for duplicate in &sorted.duplicates {
                    relabelled |= self.merge(spec, duplicate, &current, pods, memory).await?;
                }
                self.raise(spec, current, sorted.number, memory).await?
            }
        };
        Ok(History {
            hash: hash_label(&current).unwrap_or_default().to_owned(),
            old: sorted.old,
            relabelled,
        })
    }

    /// DS-45.
    pub async fn clean_up(
        &self,
        spec: Spec<'_>,
        old: &[Arc<ControllerRevision>],
        pods: &[Arc<Pod>],
    ) -> Result<(), Error> {
        for revision in expendable(old, pods, spec.old_revisions_kept()) {
            self.delete_revision(spec, revision).await?;
        }
        Ok(())
    }

    /// A revision without the hash label gets its own name as one: no hash can be that (DS-43).
    async fn label_unlabelled(
        &self,
        spec: Spec<'_>,
        revisions: Vec<Arc<ControllerRevision>>,
        memory: &mut Memory,
    ) -> Result<Vec<Arc<ControllerRevision>>, Error> {
        let mut labelled = Vec::with_capacity(revisions.len());
        for revision in revisions {
            if hash_label(&revision).is_some() {
                labelled.push(revision);
                continue;
            }
            let mut changed = (*revision).clone();
            let labels = changed.metadata.labels.get_or_insert_default();
            labels.insert(HASH_LABEL.to_owned(), revision.name_any());
            labelled.push(Arc::new(
                self.replace_revision(spec, &changed, memory).await?,
            ));
        }
        Ok(labelled)
    }

    /// DS-42: a template that comes back becomes the newest again.
    async fn raise(
        &self,
        spec: Spec<'_>,
        current: Arc<ControllerRevision>,
        number: i64,
        memory: &mut Memory,
    ) -> Result<Arc<ControllerRevision>, Error> {
        if current.revision >= number {
            return Ok(current);
        }
        let raised = ControllerRevision {
            revision: number,
            ..(*current).clone()
        };
        Ok(Arc::new(
            self.replace_revision(spec, &raised, memory).await?,
        ))
    }

    async fn replace_revision(
        &self,
        spec: Spec<'_>,
        revision: &ControllerRevision,
        memory: &mut Memory,
    ) -> Result<ControllerRevision, Error> {
        let (api, name) = (self.revisions(spec), revision.name_any());
        let replaced = api.replace(&name, &PostParams::default(), revision).await?;
        let cache = &self.context.caches.revisions;
        memory.revisions_written.raise(cache, &replaced.metadata);
        Ok(replaced)
    }

    /// DS-43: gives the duplicate's pods the kept one's hash, then deletes the duplicate. Upstream
    /// relabels every pod of another hash, so that outdated ones pass for current; here only the
    /// duplicate's own. True when there were any.
    async fn merge(
        &self,
        spec: Spec<'_>,
        duplicate: &ControllerRevision,
        kept: &ControllerRevision,
        pods: &[Arc<Pod>],
        memory: &mut Memory,
    ) -> Result<bool, Error> {
        let (from, to) = (hash_label(duplicate), hash_label(kept));
        let patch = Patch::Merge(json!({"metadata": {"labels": {HASH_LABEL: to}}}));
        let api: Api<Pod> = Api::namespaced(self.context.client.clone(), spec.namespace());
        let mut relabelled = false;
        for pod in pods
            .iter()
            .filter(|pod| from != to && Some(hash(pod)) == from)
        {
            match api
                .patch(&pod.name_any(), &PatchParams::default(), &patch)
                .await
            {
                Ok(pod) => memory
                    .pods_written
                    .raise(&self.context.caches.pods, &pod.metadata),
                Err(error) if is_not_found(&error) => {}
                Err(error) => return Err(error),
            }
            relabelled = true;
        }
        self.delete_revision(spec, duplicate).await?;
        Ok(relabelled)
    }

    async fn delete_revision(
        &self,
        spec: Spec<'_>,
        revision: &ControllerRevision,
    ) -> Result<(), Error> {
        let (api, name) = (self.revisions(spec), revision.name_any());
        match api.delete(&name, &DeleteParams::default()).await {
            Err(error) if !is_not_found(&error) => Err(error),
            _ => Ok(()),
        }
    }

    async fn create_revision(
        &self,
        spec: Spec<'_>,
        data: &Value,
        number: i64,
        memory: &mut Memory,
    ) -> Result<ControllerRevision, SyncError> {
        let api = self.revisions(spec);
        let revision = new_revision(spec, data, number);
        match api.create(&PostParams::default(), &revision).await {
            Ok(created) => {
                let cache = &self.context.caches.revisions;
                memory.revisions_written.raise(cache, &created.metadata);
                Ok(created)
            }
            Err(error) if is_already_exists(&error) => {
                let name = revision.name_any();
                let existing = api.get(&name).await?;
                if has_data(&existing, data) {
                    return Ok(existing);
                }
                Err(self.raise_collision_count(spec, name, memory).await?)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// DS-44: the next sync hashes with the raised count; this one ends with the error returned.
    async fn raise_collision_count(
        &self,
        spec: Spec<'_>,
        name: String,
        memory: &mut Memory,
    ) -> Result<SyncError, Error> {
        let api = self.daemonsets(spec);
        let mut live: DaemonSet = api.get(spec.name()).await?;
        let status = live.status.get_or_insert_default();
        if status.collision_count != spec.collision_count() {
            return Ok(SyncError::StaleCollisionCount);
        }
        status.collision_count = Some(status.collision_count.unwrap_or(0) + 1);
        let written = api
            .replace_status(spec.name(), &PostParams::default(), &live)
            .await?;
        let cache = &self.context.caches.daemonsets;
        memory.written.raise(cache, &written.metadata);
        Ok(SyncError::NameTaken(name))
    }
}
