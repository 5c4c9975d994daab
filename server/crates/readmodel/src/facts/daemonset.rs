//! A DaemonSet's row and its cell for each node.

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{Node, PodSpec, Toleration};
use orrery_apis::{affinity, toleration};
use orrery_view::{CellState, DaemonSetRow, DaemonSetStatus, NodeCell};

use super::head::{head, pairs, search_text};
use super::node::taint;
use super::pod::PodFacts;

/// Every daemon's pod tolerates these (DS-03).
const AUTOMATIC: [(&str, &str); 6] = [
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
];

/// A DaemonSet with its row; `cells` of the row are filled in when it is asked for.
#[derive(Clone, Debug)]
pub struct DaemonSetFacts {
    pub row: DaemonSetRow,
    pub spec: PodSpec,
    pub tolerations: Vec<Toleration>,
    pub text: Box<str>,
}

impl DaemonSetFacts {
    pub fn of(daemonset: &DaemonSet) -> Self {
        let spec = daemonset.spec.as_ref();
        let template = spec
            .and_then(|spec| spec.template.spec.clone())
            .unwrap_or_default();
        let images = template
            .containers
            .iter()
            .filter_map(|c| c.image.as_deref());
        let images: Vec<_> = images.collect();
        Self {
            row: row(daemonset, &template),
            tolerations: tolerations(&template),
            text: search_text(&daemonset.metadata, &images),
            spec: template,
        }
    }

    /// The cell of `node`, on which `pods` of this DaemonSet are (or are meant to be). `newest` is the
    /// newest revision's hash, as far as the pods tell.
    pub fn cell(&self, node: &Node, pods: &[&PodFacts], newest: Option<&str>) -> NodeCell {
        let name = node.metadata.name.clone().unwrap_or_default();
        let excluded = self.excluded_by(node);
        let live = pods.iter().filter(|pod| !pod.finished);
        let pod = live
            .min_by_key(|pod| (pod.row.head.deleting, pod.row.head.created))
            .or(pods.first());
        let (state, why) = match (pod, excluded) {
            (None, Some(why)) => (CellState::Excluded, why),
            (None, None) => (CellState::Missing, String::new()),
            (Some(_), Some(why)) => (CellState::Misscheduled, why),
            (Some(pod), None) => (pod_state(pod, newest), pod.row.message.clone()),
        };
        NodeCell {
            node: name,
            state,
            pod: pod.map(|pod| pod.row.head.name.clone()),
            addresses: pod.map(|pod| pod.row.addresses.clone()).unwrap_or_default(),
            why,
        }
    }

    /// Why no pod should run on `node` (DS-01), in the words of the spec.
    fn excluded_by(&self, node: &Node) -> Option<String> {
        let name = node.metadata.name.as_deref().unwrap_or_default();
        if let Some(only) = self
            .spec
            .node_name
            .as_deref()
            .filter(|only| !only.is_empty() && *only != name)
        {
            return Some(format!("nodeName {only}"));
        }
        let labels = node.metadata.labels.as_ref();
        let missing = self.spec.node_selector.iter().flatten();
        let missing =
            missing.filter(|(key, value)| labels.and_then(|l| l.get(*key)) != Some(*value));
        let missing: Vec<_> = missing
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        if !missing.is_empty() {
            return Some(format!("nodeSelector {}", missing.join(", ")));
        }
        if !affinity::spec_matches(&self.spec, node) {
            return Some("nodeAffinity".to_owned());
        }
        let taints = node
            .spec
            .iter()
            .flat_map(|spec| spec.taints.iter().flatten());
        let mut hard = taints.filter(|taint| taint.effect != "PreferNoSchedule");
        let refused = hard.find(|taint| !toleration::tolerates(&self.tolerations, taint));
        refused.map(|refused| format!("taint {}", taint(refused)))
    }
}

fn pod_state(pod: &PodFacts, newest: Option<&str>) -> CellState {
    let old = newest.is_some() && pod.revision.as_deref() != newest;
    match (pod.row.node.is_empty(), pod.ready, old) {
        (true, _, _) => CellState::Pending,
        (false, true, true) => CellState::Old,
        (false, true, false) => CellState::Ready,
        (false, false, _) => CellState::NotReady,
    }
}

fn tolerations(template: &PodSpec) -> Vec<Toleration> {
    let mut all = template.tolerations.clone().unwrap_or_default();
    let network = ("node.kubernetes.io/network-unavailable", "NoSchedule");
    let network = (template.host_network == Some(true)).then_some(network);
    for (key, effect) in AUTOMATIC.into_iter().chain(network) {
        all.push(Toleration {
            key: Some(key.to_owned()),
            operator: Some("Exists".to_owned()),
            effect: Some(effect.to_owned()),
            ..Toleration::default()
        });
    }
    all
}

fn row(daemonset: &DaemonSet, template: &PodSpec) -> DaemonSetRow {
    let status = daemonset.status.clone().unwrap_or_default();
    let strategy = daemonset
        .spec
        .as_ref()
        .and_then(|spec| spec.update_strategy.as_ref());
    let count = |number: i32| number.max(0) as u32;
    let updated = count(status.updated_number_scheduled.unwrap_or(0));
    let available = count(status.number_available.unwrap_or(0));
    let desired = count(status.desired_number_scheduled);
    DaemonSetRow {
        head: head(&daemonset.metadata),
        status: match () {
            () if desired == 0 => DaemonSetStatus::Idle,
            () if updated < desired && available > 0 => DaemonSetStatus::Updating,
            () if available < desired => DaemonSetStatus::Unavailable,
            () => DaemonSetStatus::Healthy,
        },
        desired,
        current: count(status.current_number_scheduled),
        ready: count(status.number_ready),
        updated,
        available,
        misscheduled: count(status.number_misscheduled),
        node_selector: pairs(template.node_selector.as_ref()),
        update_strategy: strategy.and_then(|s| s.type_.clone()).unwrap_or_default(),
        cells: Vec::new(),
    }
}
