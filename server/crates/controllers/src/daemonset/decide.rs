//! What a sync is going to do: nodes, pods, the current revision and the time in, a plan out.

use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Node, Pod};

use super::backoff::{Backoffs, Delay};
use super::layout::Layout;
use super::manage::manage;
use super::rolling::replace;
use super::spec::Spec;
use super::status::{Counts, count, next_available};
use super::surge::{MissingNode, surge};
use crate::note::Note;

/// Creations, and deletions, of one sync at most (DS-14). Upstream's number: what an API server takes
/// from one controller without others noticing.
const BURST: usize = 250;

/// What a sync sees.
#[derive(Clone, Copy)]
pub struct Observed<'a> {
    pub spec: Spec<'a>,
    pub nodes: &'a [Arc<Node>],
    pub pods: &'a [Arc<Pod>],
    /// Of the current template's revision.
    pub hash: &'a str,
    pub backoffs: &'a Backoffs,
    /// The last sync's creations and deletions have been seen (DS-21).
    pub settled: bool,
    pub now: Timestamp,
}

/// What a sync does.
#[derive(Default)]
pub struct Plan<'a> {
    /// Nodes to create a pod for.
    pub create: Vec<&'a str>,
    pub delete: Vec<&'a Pod>,
    pub notes: Vec<Note>,
    pub delays: Vec<(&'a str, Delay)>,
    /// The rolling step could not be made (DS-38).
    pub missing_node: Option<MissingNode>,
    pub counts: Counts,
    pub wake_at: Option<Timestamp>,
}

/// Decides from what is seen; writes nothing.
pub fn decide<'a>(observed: &Observed<'a>) -> Plan<'a> {
    let layout = Layout::of(observed.spec, observed.nodes, observed.pods);
    let mut plan = match observed.settled {
        true => act(observed, &layout),
        false => Plan::default(),
    };
    plan.create.truncate(BURST);
    plan.delete.truncate(BURST);
    plan.counts = count(observed, &layout);
    let wakes = [plan.wake_at, next_available(observed)];
    plan.wake_at = wakes.into_iter().flatten().min();
    plan
}

/// The rolling step only follows when there is nothing to create or delete: else its counts would be
/// those of a moment ago (DS-37).
fn act<'a>(observed: &Observed<'a>, layout: &Layout<'a>) -> Plan<'a> {
    let managed = manage(observed, layout);
    let mut plan = Plan {
        create: managed.create,
        delete: managed.delete,
        notes: managed.notes,
        delays: managed.delays,
        wake_at: managed.wake_at,
        ..Plan::default()
    };
    if plan.create.is_empty() && plan.delete.is_empty() && observed.spec.is_rolling() {
        roll(observed, layout, &mut plan);
    }
    plan
}

fn roll<'a>(observed: &Observed<'a>, layout: &Layout<'a>, plan: &mut Plan<'a>) {
    let desired = layout.desired();
    let max_surge = observed.spec.max_surge(desired);
    if max_surge == 0 {
        plan.delete = replace(observed, layout, observed.spec.max_unavailable(desired));
        return;
    }
    match surge(observed, layout, max_surge, desired) {
        Ok(step) => {
            plan.create = step.create;
            plan.delete = step.delete;
        }
        Err(missing) => plan.missing_node = Some(missing),
    }
}
