//! Takes the tracking finalizer off pods that no Job will count any more (JOB-11, JOB-64).

use std::sync::Arc;

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::{Api, Error};
use orrery_informer::{ObjectKey, Requeue, controller_of};

use super::conditions::is_finished;
use super::controller::{Controller, is_job};
use super::pod_facts::is_tracked;
use super::spec::is_managed_elsewhere;
use super::writes::untrack;
use crate::claim::selector;
use crate::manager::indexes;

impl Controller {
    /// Queues what is left of a Job that is finished or gone.
    pub fn sweep(&self, job: &Job) {
        if is_managed_elsewhere(job) {
            return;
        }
        let pods = &self.context.caches.pods;
        let uid = job.metadata.uid.as_deref().unwrap_or_default();
        let job_selector = job.spec.as_ref().and_then(|spec| spec.selector.as_ref());
        let ownerless = pods.by_index(
            indexes::OWNERLESS,
            &indexes::selector_value(&job.metadata, job_selector),
        );
        let selector = selector(job_selector);
        let matches = |pod: &Arc<Pod>| crate::claim::matches(selector.as_ref(), &pod.metadata);
        let left = pods
            .by_index(indexes::UNSETTLED, uid)
            .into_iter()
            .chain(ownerless.into_iter().filter(matches));
        for pod in left.filter(|pod| is_tracked(pod)) {
            self.orphans.add(ObjectKey::of(&pod.metadata));
        }
    }

    /// Frees one pod, if it is still an orphan.
    pub async fn free_orphan(&self, key: ObjectKey) -> Result<Requeue, Error> {
        let Some(pod) = self
            .context
            .caches
            .pods
            .get(&key)
            .filter(|pod| is_tracked(pod))
        else {
            return Ok(Requeue::Await);
        };
        let owner = controller_of(&pod.metadata);
        if let Some(owner) = owner
            && self.is_looked_after(&key.namespace, owner).await?
        {
            return Ok(Requeue::Await);
        }
        let pods: Api<Pod> = Api::namespaced(self.context.client.clone(), &key.namespace);
        // a Job may be adopting one that nobody owns, and would not count it without
        let version = pod.metadata.resource_version.as_deref();
        let version = version.filter(|_| owner.is_none());
        untrack(&pods, &key.name, version).await?;
        Ok(Requeue::Await)
    }

    /// The owner is no Job of ours, or a Job that still counts. A Job that the cache does not know is
    /// asked for live: the pods' cache may be ahead of the Jobs'.
    async fn is_looked_after(
        &self,
        namespace: &str,
        owner: &OwnerReference,
    ) -> Result<bool, Error> {
        if !is_job(owner) {
            return Ok(true);
        }
        let counts = |job: &Job| is_managed_elsewhere(job) || !is_finished(job);
        let is_owner = |job: &Job| job.metadata.uid.as_ref() == Some(&owner.uid);
        let cached = self
            .context
            .caches
            .jobs
            .get(&ObjectKey::new(namespace, &owner.name));
        if let Some(job) = cached.filter(|job| is_owner(job)) {
            return Ok(counts(&job));
        }
        let jobs: Api<Job> = Api::namespaced(self.context.client.clone(), namespace);
        let live = jobs.get_opt(&owner.name).await?;
        Ok(live.is_some_and(|job| is_owner(&job) && counts(&job)))
    }
}
