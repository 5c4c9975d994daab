//! The rolling update with surge: new pods come before old ones go (DS-34, DS-38).

use k8s_openapi::api::core::v1::Pod;
use orrery_apis::pod_status::is_available;

use super::decide::Observed;
use super::layout::Layout;
use super::rolling::{Live, live};

/// Nodes that get a new pod beside the old one, and old pods that go.
#[derive(Default)]
pub struct Surge<'a> {
    pub create: Vec<&'a str>,
    pub delete: Vec<&'a Pod>,
}

/// An old pod sits on a node that is no more: the step waits until the pod is gone too (DS-38).
#[derive(Debug, PartialEq, Eq)]
pub struct MissingNode(pub String);

#[derive(Default)]
struct Count<'a> {
    surging: usize,
    available: usize,
    /// Eligible nodes with an available old pod.
    candidates: Vec<&'a str>,
    /// Available old pods on nodes that are no longer eligible.
    unwanted: Vec<&'a Pod>,
}

/// The step for at most `max_surge` extra pods among `desired` nodes.
pub fn surge<'a>(
    observed: &Observed<'a>,
    layout: &Layout<'a>,
    max_surge: usize,
    desired: usize,
) -> Result<Surge<'a>, MissingNode> {
    let min_ready_secs = observed.spec.min_ready_secs();
    let available = |pod: &Pod| is_available(pod, min_ready_secs, observed.now);
    let mut step = Surge::default();
    let mut count = Count::default();
    for (node, pods) in layout.wanted_or_used() {
        match live(observed, pods) {
            Live::None => {}
            Live::Several => count.surging += 1,
            Live::New(new) => count.available += usize::from(available(new)),
            Live::Both { new, old } => {
                count.available += usize::from(available(old));
                match available(new) {
                    true => step.delete.push(old),
                    false => count.surging += 1,
                }
            }
            Live::Old(old) => {
                if !layout.verdicts.contains_key(node) {
                    return Err(MissingNode(node.to_owned()));
                }
                match (available(old), layout.should_run(node)) {
                    (false, true) => step.create.push(node),
                    (false, false) => step.delete.push(old),
                    (true, true) => count.candidates.push(node),
                    (true, false) => count.unwanted.push(old),
                }
                count.available += usize::from(available(old));
            }
        }
    }
    let room = max_surge.saturating_sub(count.surging);
    step.create.extend(count.candidates.into_iter().take(room));
    let spare = count.available.saturating_sub(desired);
    step.delete.extend(count.unwanted.into_iter().take(spare));
    Ok(step)
}
