//! Jobs: never more pods than parallelism, and each pod counted once.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;

use super::recent::Recent;
use super::rules::Scene;
use crate::mirror::{Step, controller_uid};
use crate::scene::{is_active, is_finished, is_true, phase};

/// By uid of the Job.
#[derive(Default)]
pub struct Jobs(BTreeMap<String, Known>);

#[derive(Default)]
struct Known {
    /// Pods that may be active at once: parallelism, or none while suspended.
    limit: Recent,
    active: BTreeSet<String>,
    ever: BTreeSet<String>,
    succeeded: BTreeSet<String>,
}

impl Jobs {
    pub fn job(&mut self, step: &Step<Job>, scene: &mut Scene<'_>) {
        let Some(job) = &step.new else { return };
        let (Some(uid), Some(spec)) = (job.uid(), job.spec.as_ref()) else {
            return;
        };
        let known = self.0.entry(uid).or_default();
        let limit = match spec.suspend {
            Some(true) => 0,
            _ => i64::from(spec.parallelism.unwrap_or(1)),
        };
        known.limit.set(limit, scene.now);
        let status = job.status.clone().unwrap_or_default();
        let uncounted = status.uncounted_terminated_pods.unwrap_or_default();
        let waiting = |uids: Option<Vec<String>>| uids.map_or(0, |uids| uids.len());
        let left = waiting(uncounted.succeeded.clone()) + waiting(uncounted.failed.clone());
        let counted = i64::from(status.succeeded.unwrap_or(0));
        let wanted = match spec.success_policy {
            None => i64::from(spec.completions.unwrap_or(0)),
            Some(_) => 0,
        };
        let complete = is_true(job, "Complete");
        if is_finished(job) && left > 0 || complete && counted < wanted {
            let name = job.name_any();
            let message = format!("{name} has {counted} of {wanted}, {left} not counted yet");
            scene.complain("a Job is finished once all is counted", message);
        }
        let succeeded =
            status.succeeded.unwrap_or(0) as usize + waiting(uncounted.succeeded.clone());
        let failed = status.failed.unwrap_or(0) as usize + waiting(uncounted.failed.clone());
        if succeeded > known.succeeded.len() || succeeded + failed > known.ever.len() {
            let message = format!(
                "{} counts {succeeded} succeeded and {failed} failed; {} succeeded of {} that ever were",
                job.name_any(),
                known.succeeded.len(),
                known.ever.len()
            );
            scene.complain("a pod is counted once", message);
        }
    }

    pub fn pod(&mut self, step: &Step<Pod>, scene: &mut Scene<'_>) {
        let owner = step.meta().and_then(controller_uid).map(str::to_owned);
        let Some((owner, uid)) = owner.zip(step.meta().and_then(|meta| meta.uid.clone())) else {
            return;
        };
        let Some(known) = self.0.get_mut(&owner) else {
            return;
        };
        known.ever.insert(uid.clone());
        let Some(pod) = &step.new else {
            known.active.remove(&uid);
            return;
        };
        if phase(pod) == "Succeeded" {
            known.succeeded.insert(uid.clone());
        }
        match is_active(pod) {
            true => known.active.insert(uid),
            false => known.active.remove(&uid),
        };
        let most = known.limit.most(scene.now, scene.reaction);
        let active = known.active.len() as i64;
        if step.old.is_none() && active > most {
            let message = format!(
                "{} is pod number {active} at once, {most} may be",
                pod.name_any()
            );
            scene.complain("never more pods than parallelism", message);
        }
    }
}
