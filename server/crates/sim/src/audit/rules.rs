//! All rules over one change, and what they need to judge it.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{ConfigMap, Event, Namespace, Node, Pod};
use orrery_store::Change;

use super::cronjobs::CronJobs;
use super::daemons::Daemons;
use super::jobs::Jobs;
use super::owners::Owners;
use crate::mirror::{Mirror, Mirrored, Step};

/// A rule's surroundings: the cluster after the change, and a place for complaints.
pub struct Scene<'a> {
    pub mirror: &'a Mirror,
    pub now: Timestamp,
    /// For so long a controller may act on what has changed since.
    pub reaction: SignedDuration,
    pub complaints: &'a mut Vec<(&'static str, String)>,
}

impl Scene<'_> {
    pub fn complain(&mut self, invariant: &'static str, message: String) {
        self.complaints.push((invariant, message));
    }
}

/// The rules' memories.
#[derive(Default)]
pub struct Rules {
    last_revision: u64,
    jobs: Jobs,
    cronjobs: CronJobs,
    daemons: Daemons,
    owners: Owners,
}

impl Rules {
    /// A person is about to delete the object of this uid.
    pub fn deleted_by_hand(&mut self, uid: String) {
        self.cronjobs.deleted_by_hand(uid);
    }

    /// Takes the change into the mirror and judges it.
    pub fn judge(
        &mut self,
        mirror: &mut Mirror,
        change: &Change,
        (now, reaction): (Timestamp, SignedDuration),
        complaints: &mut Vec<(&'static str, String)>,
    ) {
        macro_rules! scene {
            () => {
                &mut Scene {
                    mirror,
                    now,
                    reaction,
                    complaints,
                }
            };
        }
        match &*change.entry.key.resource {
            Pod::RESOURCE => {
                let step = mirror.take::<Pod>(change);
                self.jobs.pod(&step, scene!());
                self.daemons.pod(&step, scene!());
                self.general(&step, scene!());
            }
            Job::RESOURCE => {
                let step = mirror.take::<Job>(change);
                self.jobs.job(&step, scene!());
                self.cronjobs.job(&step, scene!());
                self.general(&step, scene!());
            }
            CronJob::RESOURCE => {
                let step = mirror.take::<CronJob>(change);
                self.cronjobs.cronjob(&step, scene!());
                self.general(&step, scene!());
            }
            DaemonSet::RESOURCE => {
                let step = mirror.take::<DaemonSet>(change);
                self.daemons.daemonset(&step, scene!());
                self.general(&step, scene!());
            }
            ControllerRevision::RESOURCE => {
                self.general(&mirror.take::<ControllerRevision>(change), scene!());
            }
            Node::RESOURCE => self.general(&mirror.take::<Node>(change), scene!()),
            Namespace::RESOURCE => self.general(&mirror.take::<Namespace>(change), scene!()),
            ConfigMap::RESOURCE => self.general(&mirror.take::<ConfigMap>(change), scene!()),
            Event::RESOURCE => self.general(&mirror.take::<Event>(change), scene!()),
            _ => {}
        }
    }

    fn general<K: Mirrored>(&mut self, step: &Step<K>, scene: &mut Scene<'_>) {
        let shown = step.new.as_ref().map(|object| object.meta());
        let shown = shown.and_then(|meta| meta.resource_version.clone());
        let revision = step.revision;
        if revision <= self.last_revision {
            let message = format!("{revision} came after {}", self.last_revision);
            scene.complain("resourceVersion only grows", message);
        }
        if shown.is_some_and(|shown| shown != revision.to_string()) {
            let message = format!("an object of {revision} shows another");
            scene.complain("resourceVersion only grows", message);
        }
        self.last_revision = revision;
        self.owners.step(step, scene);
    }
}
