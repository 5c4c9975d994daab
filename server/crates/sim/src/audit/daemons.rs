//! DaemonSets: at most one live pod on a node, or one of each revision and two in all where it may surge.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::ResourceExt;

use super::recent::Recent;
use super::rules::Scene;
use crate::mirror::{Step, controller_uid};
use crate::scene::{is_active, is_terminal, pod_node};

const ONE: &str = "one pod for a node and DaemonSet";
const ONE_OF_A_KIND: &str = "surge adds a pod of another revision";

/// By uid of the DaemonSet: 1 when its update may surge.
#[derive(Default)]
pub struct Daemons(BTreeMap<String, Recent>);

impl Daemons {
    pub fn daemonset(&mut self, step: &Step<DaemonSet>, scene: &mut Scene<'_>) {
        let Some((daemonset, uid)) = step
            .new
            .as_ref()
            .zip(step.meta().and_then(|m| m.uid.clone()))
        else {
            return;
        };
        let strategy = daemonset
            .spec
            .as_ref()
            .and_then(|spec| spec.update_strategy.as_ref());
        let surge = strategy
            .and_then(|strategy| strategy.rolling_update.as_ref())
            .and_then(|rolling| rolling.max_surge.as_ref());
        let surges = match surge {
            None => false,
            Some(IntOrString::Int(count)) => *count > 0,
            Some(IntOrString::String(percent)) => percent != "0%",
        };
        self.0
            .entry(uid)
            .or_default()
            .set(i64::from(surges), scene.now);
    }

    pub fn pod(&mut self, step: &Step<Pod>, scene: &mut Scene<'_>) {
        let (None, Some(pod)) = (&step.old, &step.new) else {
            return;
        };
        let owner = controller_uid(&pod.metadata);
        let Some((owner, surges)) =
            owner.and_then(|uid| Some((uid.to_owned(), self.0.get_mut(uid)?)))
        else {
            return;
        };
        let surges = surges.most(scene.now, scene.reaction) > 0;
        let Some(node) = pod_node(pod) else { return };
        let others = scene.mirror.controlled_by::<Pod>(&owner);
        // without surge a pod on its way out holds the place too (DS-17)
        let in_place = others.iter().filter(|other| {
            let live = match surges {
                true => is_active(other),
                false => !is_terminal(other),
            };
            live && pod_node(other).as_deref() == Some(&node)
        });
        let in_place: Vec<_> = in_place.collect();
        let count = in_place.len();
        if count > 1 + usize::from(surges) {
            let message = format!("{} is pod number {count} on {node}", pod.name_any());
            scene.complain(ONE, message);
        }
        let Some(made_from) = revision(pod).filter(|_| surges) else {
            return;
        };
        let same = in_place.iter();
        let same = same.filter(|other| revision(other) == Some(made_from));
        if same.count() > 1 {
            let message = format!("{} on {node} is another of {made_from}", pod.name_any());
            scene.complain(ONE_OF_A_KIND, message);
        }
    }
}

/// What the pod was made from (DS-12).
fn revision(pod: &Pod) -> Option<&str> {
    let revision = pod.labels().get("controller-revision-hash");
    revision.map(String::as_str)
}
