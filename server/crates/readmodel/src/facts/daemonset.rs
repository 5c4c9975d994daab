//! A DaemonSet's row and its cell for each node.

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{Node, NodeSelectorTerm, PodSpec, Toleration};
use orrery_apis::daemon_set::{add_automatic, template_generation};
use orrery_apis::{affinity, toleration};
use orrery_view::{CellState, DaemonSetRow, DaemonSetStatus, NodeCell, PodWhy};

use super::head::{head, label_lines, pairs, search_text};
use super::host_port::HostPort;
use super::node::taint;
use super::pod::PodFacts;

/// Terms of an affinity told; the others are a mark.
const MOST_TERMS: usize = 3;

/// A DaemonSet with its row; `cells` of the row are filled in when it is asked for.
#[derive(Clone, Debug)]
pub struct DaemonSetFacts {
    pub row: DaemonSetRow,
    pub spec: PodSpec,
    pub tolerations: Vec<Toleration>,
    /// Counts the changes of the template (DS-12); 0 when the object does not say.
    pub generation: i64,
    pub host_ports: Box<[HostPort]>,
    pub text: Box<str>,
    /// `k=v` lines.
    pub labels: Box<str>,
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
            generation: template_generation(daemonset),
            host_ports: HostPort::all(&template),
            text: search_text(&daemonset.metadata, &images),
            labels: label_lines(&daemonset.metadata),
            spec: template,
        }
    }

    /// The cell of `node`, on which `pods` of this DaemonSet are (or are meant to be) beside `others`. `newest`
    /// is the newest revision's hash, as far as the pods tell.
    pub fn cell<'a>(
        &self,
        node: &Node,
        pods: &[&PodFacts],
        others: impl Iterator<Item = &'a PodFacts>,
        newest: Option<&str>,
    ) -> NodeCell {
        let name = node.metadata.name.clone().unwrap_or_default();
        let excluded = self.excluded_by(node);
        let live = pods.iter().filter(|pod| !pod.finished);
        let pod = live
            .min_by_key(|pod| (pod.row.head.deleting, pod.row.head.created))
            .or(pods.first());
        let mut because = None;
        let (state, why) = match (pod, excluded) {
            (None, Some(why)) => (CellState::Excluded, why),
            (None, None) => {
                because = self.port_taken(others);
                (CellState::Missing, String::new())
            }
            (Some(_), Some(why)) => (CellState::Misscheduled, why),
            (Some(pod), None) => {
                let state = self.pod_state(pod, newest);
                let port = match state {
                    CellState::Pending => self.port_taken(others),
                    _ => None,
                };
                let plain =
                    port.is_none() && matches!(state, CellState::Pending | CellState::NotReady);
                let first = pod.why.first().or(pod.unready.as_deref());
                because = port.or_else(|| first.filter(|_| plain).cloned());
                (state, pod.row.message.clone())
            }
        };
        NodeCell {
            node: name,
            state,
            pod: pod.map(|pod| pod.row.head.name.clone()),
            addresses: pod.map(|pod| pod.row.addresses.clone()).unwrap_or_default(),
            why,
            because,
        }
    }

    fn pod_state(&self, pod: &PodFacts, newest: Option<&str>) -> CellState {
        // As the controller does (DS-12): the generation where both sides say it, else the revision.
        let old = match (self.generation, pod.generation) {
            (1.., Some(generation)) => generation != self.generation,
            _ => newest.is_some() && pod.revision.as_deref() != newest,
        };
        match (pod.row.node.is_empty(), pod.ready, old) {
            (true, _, _) => CellState::Pending,
            (false, true, true) => CellState::Old,
            (false, true, false) => CellState::Ready,
            (false, false, _) => CellState::NotReady,
        }
    }

    /// What each term of the required affinity asks that the node has not; one term would be enough.
    fn affinity_said(&self, node: &Node) -> String {
        let required = affinity::required(&self.spec);
        let terms = required.map(|required| required.node_selector_terms.as_slice());
        let terms = terms.unwrap_or_default();
        let mut said: Vec<String> = terms
            .iter()
            .take(MOST_TERMS)
            .map(|term| unmet(term, node))
            .collect();
        if terms.len() > MOST_TERMS {
            said.push("…".to_owned());
        }
        said.join(" | ")
    }

    /// The first host port that another pod on the node holds, and which pod.
    fn port_taken<'a>(&self, mut others: impl Iterator<Item = &'a PodFacts>) -> Option<PodWhy> {
        others.find_map(|other| {
            let mine = self.host_ports.iter();
            let mut taken = mine.filter(|port| other.host_ports.iter().any(|o| port.conflicts(o)));
            let head = &other.row.head;
            let why = |port: &HostPort| PodWhy::PortTaken {
                port: port.said(),
                pod: format!("{}/{}", head.namespace, head.name),
            };
            taken.next().map(why)
        })
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
            return Some(format!("nodeAffinity {}", self.affinity_said(node)));
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

/// The expressions of a term that do not hold, each tried alone: `disk In (ssd, nvme)`.
fn unmet(term: &NodeSelectorTerm, node: &Node) -> String {
    let alone = |labels, fields| NodeSelectorTerm {
        match_expressions: labels,
        match_fields: fields,
    };
    let expressions = term.match_expressions.iter().flatten();
    let expressions = expressions.map(|asked| (asked, alone(Some(vec![asked.clone()]), None)));
    let fields = term.match_fields.iter().flatten();
    let fields = fields.map(|asked| (asked, alone(None, Some(vec![asked.clone()]))));
    let unmet = expressions
        .chain(fields)
        .filter(|(_, term)| !affinity::term_matches(term, node))
        .map(
            |(asked, _)| match asked.values.as_deref().unwrap_or_default() {
                [] => format!("{} {}", asked.key, asked.operator),
                values => format!("{} {} ({})", asked.key, asked.operator, values.join(", ")),
            },
        );
    unmet.collect::<Vec<_>>().join(", ")
}

/// Those of its pods (DS-03).
fn tolerations(template: &PodSpec) -> Vec<Toleration> {
    let mut spec = PodSpec {
        host_network: template.host_network,
        tolerations: template.tolerations.clone(),
        ..PodSpec::default()
    };
    add_automatic(&mut spec);
    spec.tolerations.unwrap_or_default()
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
    let on_delete = strategy.is_some_and(|s| s.type_.as_deref() == Some("OnDelete"));
    let stale =
        status.observed_generation.unwrap_or(0) < daemonset.metadata.generation.unwrap_or(0);
    DaemonSetRow {
        head: head(&daemonset.metadata),
        status: match () {
            // The counts are still those of the specification before, or of none.
            () if stale => DaemonSetStatus::Updating,
            () if desired == 0 => DaemonSetStatus::Idle,
            () if updated < desired && available > 0 && !on_delete => DaemonSetStatus::Updating,
            () if available < desired => DaemonSetStatus::Unavailable,
            () if updated < desired => DaemonSetStatus::Paused,
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
