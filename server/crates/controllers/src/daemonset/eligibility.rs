//! Which nodes a DaemonSet is meant for (DS-01, DS-02).
//!
//! Asked of a simulated pod: the template with the automatic tolerations. Absent on purpose:
//! readiness, resources, ports and pod affinity, which keep a pod Pending but not from being made.

use k8s_openapi::api::core::v1::{Node, PodSpec, Taint};
use orrery_apis::affinity::spec_matches;
use orrery_apis::daemon_set::add_automatic;
use orrery_apis::toleration::tolerates;

use super::spec::Spec;

/// What a DaemonSet wants of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// A pod is made where none is.
    pub should_run: bool,
    /// A pod that is there may stay.
    pub should_continue: bool,
}

/// The simulated pod, made once and asked about many nodes.
pub struct Eligibility {
    pod: PodSpec,
}

impl Eligibility {
    pub fn of(spec: Spec<'_>) -> Self {
        let mut pod = spec.spec.template.spec.clone().unwrap_or_default();
        add_automatic(&mut pod);
        Self { pod }
    }

    pub fn judge(&self, node: &Node) -> Verdict {
        if !self.is_named(node) || !spec_matches(&self.pod, node) {
            return Verdict::default();
        }
        Verdict {
            should_run: self.tolerates(node, &["NoSchedule", "NoExecute"]),
            should_continue: self.tolerates(node, &["NoExecute"]),
        }
    }

    /// A template may name its only node.
    fn is_named(&self, node: &Node) -> bool {
        let wanted = self.pod.node_name.as_deref().unwrap_or_default();
        wanted.is_empty() || node.metadata.name.as_deref() == Some(wanted)
    }

    fn tolerates(&self, node: &Node, effects: &[&str]) -> bool {
        let taints = node.spec.as_ref().and_then(|spec| spec.taints.as_deref());
        let counts = |taint: &&Taint| effects.contains(&taint.effect.as_str());
        let tolerations = self.pod.tolerations.as_deref().unwrap_or_default();
        let mut taints = taints.unwrap_or_default().iter().filter(counts);
        taints.all(|taint| tolerates(tolerations, taint))
    }
}
