//! What the API server asks of the kind.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Node, NodeSpec, Taint};

use super::{columns, validation};
use crate::ip::cidr_warning;
use crate::quantity::canonicalize;
use crate::{Column, FieldErrors, Info, Kind, Printed, Update};

/// Keeps pods off a node until it has reported itself ready (NODE-01).
const NOT_READY: &str = "node.kubernetes.io/not-ready";

impl Kind for Node {
    const INFO: Info = Info {
        short_names: &["no"],
        has_status: true,
        ..Info::cluster("", "v1", "Node", "nodes", "node")
    };

    fn default_fields(&mut self) {
        join_ranges(self.spec.get_or_insert_default());
        let status = self.status.get_or_insert_default();
        if status
            .allocatable
            .as_ref()
            .is_none_or(|list| list.is_empty())
        {
            status.allocatable.clone_from(&status.capacity);
        }
        let lists = [&mut status.capacity, &mut status.allocatable];
        let quantities = lists
            .into_iter()
            .flatten()
            .flat_map(|list| list.values_mut());
        quantities.for_each(canonicalize);
    }

    fn prepare_create(&mut self, _now: Timestamp) {
        let taints = self
            .spec
            .get_or_insert_default()
            .taints
            .get_or_insert_default();
        if !taints
            .iter()
            .any(|t| t.key == NOT_READY && t.effect == "NoSchedule")
        {
            taints.push(Taint {
                key: NOT_READY.to_owned(),
                effect: "NoSchedule".to_owned(),
                ..Taint::default()
            });
        }
    }

    fn prepare_update(&mut self, old: &Self, door: Update) {
        match door {
            Update::Status => self.spec.clone_from(&old.spec),
            _ => self.status.clone_from(&old.status),
        }
    }

    fn spec_changed(&self, _old: &Self) -> bool {
        false
    }

    fn validate_create(&self) -> FieldErrors {
        validation::validate_create(self)
    }

    fn validate_update(&self, old: &Self, door: Update) -> FieldErrors {
        validation::validate_update(self, old, door)
    }

    fn warnings(&self, _old: Option<&Self>) -> Vec<String> {
        self.spec.as_ref().map(of_the_past).unwrap_or_default()
    }

    fn fields(&self) -> Vec<(&'static str, String)> {
        let unschedulable = self.spec.as_ref().and_then(|spec| spec.unschedulable);
        vec![(
            "spec.unschedulable",
            unschedulable.unwrap_or_default().to_string(),
        )]
    }

    fn field_labels() -> &'static [&'static str] {
        &["spec.unschedulable"]
    }

    fn columns() -> &'static [Column] {
        columns::COLUMNS
    }

    fn print(&self, now: Timestamp) -> Printed {
        columns::print(self, now)
    }
}

/// Upstream's `fieldIsDeprecatedWarnings`.
fn of_the_past(spec: &NodeSpec) -> Vec<String> {
    let mut warnings = Vec::new();
    if spec.config_source.is_some() {
        warnings.push("spec.configSource: the feature is removed".to_owned());
    }
    if spec.external_id.as_ref().is_some_and(|id| !id.is_empty()) {
        let text = "spec.externalID: this field is deprecated, and is unused by Kubernetes";
        warnings.push(text.to_owned());
    }
    let ranges = spec.pod_cidrs.iter().flatten().enumerate();
    warnings.extend(
        ranges.filter_map(|(at, range)| cidr_warning(range, &format!("spec.podCIDRs[{at}]"))),
    );
    warnings
}

/// Two fields of one meaning, of which the older holds one range: it decides where both are said.
fn join_ranges(spec: &mut NodeSpec) {
    let first = spec.pod_cidrs.iter().flatten().next().cloned();
    let single = spec.pod_cidr.clone().filter(|range| !range.is_empty());
    match (single, first) {
        (Some(single), first) if first.as_ref() != Some(&single) => {
            spec.pod_cidrs = Some(vec![single]);
        }
        (None, Some(first)) => spec.pod_cidr = Some(first),
        _ => {}
    }
}
