//! What each node lacks or has too much of (DS-10, DS-15 to DS-19).

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use orrery_apis::pod_status::is_available;

use super::backoff::Delay;
use super::decide::Observed;
use super::layout::Layout;
use super::pod_facts::hash;
use crate::note::Note;
use crate::pods::{is_leaving, is_ready, node_name, phase};

/// Pods to make and delete, and why.
#[derive(Default)]
pub struct Managed<'a> {
    /// Nodes to create a pod for.
    pub create: Vec<&'a str>,
    pub delete: Vec<&'a Pod>,
    pub notes: Vec<Note>,
    /// Delays that the deletion of failed pods begins.
    pub delays: Vec<(&'a str, Delay)>,
    /// When the first delay that is awaited ends.
    pub wake_at: Option<Timestamp>,
}

/// Goes over all nodes.
pub fn manage<'a>(observed: &Observed<'a>, layout: &Layout<'a>) -> Managed<'a> {
    let mut managed = Managed::default();
    for (&node, verdict) in &layout.verdicts {
        let pods = layout.pods_on(node);
        match (verdict.should_run, verdict.should_continue) {
            (true, _) if pods.is_empty() => managed.create.push(node),
            (should_run, true) => managed.tidy(observed, node, pods, should_run),
            (_, false) => managed
                .delete
                .extend(pods.iter().filter(|pod| !is_leaving(pod))),
        }
    }
    managed.delete.extend(stranded(layout));
    managed
}

/// DS-19: made for a node that is gone, never bound to it.
fn stranded<'a>(layout: &Layout<'a>) -> impl Iterator<Item = &'a Pod> {
    let gone = layout
        .pods
        .iter()
        .filter(|(node, _)| !layout.verdicts.contains_key(*node));
    let pods = gone.flat_map(|(_, pods)| pods.iter().copied());
    pods.filter(|pod| node_name(pod).is_empty() && !is_leaving(pod))
}

impl<'a> Managed<'a> {
    /// A node whose pods may stay: clears what has ended and what is too many.
    fn tidy(&mut self, observed: &Observed<'a>, node: &'a str, pods: &[&'a Pod], should_run: bool) {
        let (mut running, mut waits) = (Vec::new(), false);
        for pod in pods.iter().copied().filter(|pod| !is_leaving(pod)) {
            match phase(pod) {
                "Failed" => waits |= !self.kill_failed(observed, node, pod),
                "Succeeded" => self.delete_succeeded(node, pod),
                _ => running.push(pod),
            }
        }
        if !observed.spec.allows_surge() {
            self.delete.extend(running.iter().skip(1));
        } else if running.is_empty() {
            // upstream makes another beside a failed one that waits, and when that fails another beside both
            // (kubernetes/kubernetes#124388)
            if should_run && !waits {
                self.create.push(node);
            }
        } else {
            self.keep_two(observed, &running);
        }
    }

    /// DS-15; answers whether it goes now.
    fn kill_failed(&mut self, observed: &Observed<'a>, node: &'a str, pod: &'a Pod) -> bool {
        let generation = observed.spec.observed_generation();
        let (backoffs, now) = (observed.backoffs, observed.now);
        // Of two failed pods of a node the first one's delay covers the second.
        let just_begun = self.delays.last().filter(|(last, _)| *last == node);
        let awaited = just_begun.map(|(_, delay)| delay.end());
        if let Some(end) = awaited.or_else(|| backoffs.ends_at(generation, node, now)) {
            self.wake_at = Some(self.wake_at.map_or(end, |before| before.min(end)));
            return false;
        }
        self.delays
            .push((node, backoffs.next(generation, node, now)));
        let text = format!(
            "Found failed daemon pod {} on node {node}, will try to kill it",
            path(pod)
        );
        self.notes.push(Note::warning("FailedDaemonPod", text));
        self.delete.push(pod);
        true
    }

    /// DS-16.
    fn delete_succeeded(&mut self, node: &str, pod: &'a Pod) {
        let text = format!(
            "Found succeeded daemon pod {} on node {node}, will try to delete it",
            path(pod)
        );
        self.notes.push(Note::normal("SucceededDaemonPod", text));
        self.delete.push(pod);
    }

    /// DS-18: the oldest new pod and the oldest old one, for as long as the old one is of use.
    fn keep_two(&mut self, observed: &Observed<'a>, running: &[&'a Pod]) {
        let is_new = |pod: &&Pod| hash(pod) == observed.hash;
        let (new, old): (Vec<_>, Vec<_>) = running.iter().copied().partition(is_new);
        self.delete
            .extend(new.iter().skip(1).chain(old.iter().skip(1)));
        if let (Some(new), Some(old)) = (new.first(), old.first()) {
            let min_ready_secs = observed.spec.min_ready_secs();
            if !is_ready(old) || is_available(new, min_ready_secs, observed.now) {
                self.delete.push(old);
            }
        }
    }
}

fn path(pod: &Pod) -> String {
    let (namespace, name) = (&pod.metadata.namespace, &pod.metadata.name);
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    format!("{}/{}", text(namespace), text(name))
}
