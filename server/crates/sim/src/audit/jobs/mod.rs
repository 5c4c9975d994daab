//! Jobs: never more pods than are wanted, one for an index, and each counted once.

mod counted;
mod known;
mod policy;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;

use super::rules::Scene;
use crate::mirror::{Step, controller_uid};
use known::{Known, index, only_replaces_failed};

pub const TOO_MANY: &str = "never more pods than parallelism";
pub const TWO_FOR_AN_INDEX: &str = "an index has one pod at a time";
pub const RUN_AGAIN: &str = "a completed index is not run again";

/// By uid of the Job.
#[derive(Default)]
pub struct Jobs(BTreeMap<String, Known>);

impl Jobs {
    pub fn job(&mut self, step: &Step<Job>, scene: &mut Scene<'_>) {
        let Some(uid) = step.meta().and_then(|meta| meta.uid.clone()) else {
            return;
        };
        let known = self.0.entry(uid).or_default();
        known.take_job(step.new.clone(), scene.now);
        if let Some(job) = &step.new {
            counted::finished(step.old.as_deref(), job, scene);
            counted::conserved(step.old.as_deref(), job, scene);
            counted::real(job, known, scene);
        }
    }

    pub fn pod(&mut self, step: &Step<Pod>, scene: &mut Scene<'_>) {
        let Some(uid) = step.meta().and_then(|meta| meta.uid.clone()) else {
            return;
        };
        let owner_in = |pod: &Option<std::sync::Arc<Pod>>| {
            let pod = pod.as_ref()?;
            controller_uid(&pod.metadata).map(str::to_owned)
        };
        let (before, now) = (owner_in(&step.old), owner_in(&step.new));
        if before != now
            && let Some(left) = before.and_then(|owner| self.0.get_mut(&owner))
        {
            left.forget(&uid, scene.now);
        }
        let Some(known) = now.and_then(|owner| self.0.get_mut(&owner)) else {
            return;
        };
        let Some(pod) = &step.new else { return };
        if let Some(old) = &step.old {
            counted::released(old, pod, known, scene);
        }
        known.take_pod(&uid, pod, scene.now);
        if step.old.is_none() {
            wanted(pod, known, scene);
        }
    }
}

/// Whether a pod may be created now.
fn wanted(pod: &Pod, known: &mut Known, scene: &mut Scene<'_>) {
    let name = pod.name_any();
    let most = known.limit.most(scene.now, scene.reaction);
    let waits = known.job().is_some_and(only_replaces_failed);
    let there = known.active.len() + if waits { known.leaving.len() } else { 0 };
    if there as i64 > most {
        let message = format!("{name} is pod number {there} at once, {most} may be");
        scene.complain(TOO_MANY, message);
    }
    let Some(index) = index(pod).filter(|_| known.is_indexed()) else {
        return;
    };
    let same = known.active.values().filter(|of| **of == Some(index));
    if same.count() > 1 {
        let message = format!("{name} runs beside another of its index");
        scene.complain(TWO_FOR_AN_INDEX, message);
    }
    let done = known.done_since.get(&index);
    if let Some(since) = done.filter(|since| scene.now.duration_since(**since) > scene.reaction) {
        let message = format!("{name}, which was done at {since}");
        scene.complain(RUN_AGAIN, message);
    }
}
