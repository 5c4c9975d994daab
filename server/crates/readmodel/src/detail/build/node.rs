//! A node's detail, with what its pods ask of it.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Node;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use orrery_apis::pod_requests::{self, Amounts};
use orrery_apis::quantity::Quantity;
use orrery_view::NodeDetail;

use super::{common, condition, newest_first};
use crate::facts::node::NodeFacts;
use crate::facts::pod::PodFacts;
use crate::model::Model;

pub fn node(model: &Model, object: Node) -> NodeDetail {
    let name = object.metadata.name.clone().unwrap_or_default();
    let status = object.status.clone().unwrap_or_default();
    let conditions = status.conditions.unwrap_or_default();
    let info = status.node_info.map(|info| {
        let facts = [
            ("kernelVersion", info.kernel_version),
            ("osImage", info.os_image),
            ("containerRuntimeVersion", info.container_runtime_version),
            ("kubeletVersion", info.kubelet_version),
            ("architecture", info.architecture),
        ];
        facts.map(|(name, value)| (name.to_owned(), value)).to_vec()
    });
    let metadata = object.metadata.clone();
    let mut row = NodeFacts::of(object).row;
    let live = model.pods_on(&name).filter(|pod| !pod.finished);
    row.pods = live.map(PodFacts::square).collect();
    NodeDetail {
        row,
        common: common(model, &metadata),
        conditions: conditions
            .into_iter()
            .map(|c| {
                condition(
                    c.type_,
                    c.status,
                    c.reason,
                    c.message,
                    c.last_transition_time,
                )
            })
            .collect(),
        pods: newest_first(model.pods_on(&name)),
        resources: resources(
            &status.allocatable.unwrap_or_default(),
            model.pods_on(&name),
        ),
        info: info.unwrap_or_default(),
    }
}

/// What a node offers and what its pods ask of it, as people read it.
fn resources<'a>(
    allocatable: &BTreeMap<String, ApiQuantity>,
    pods: impl Iterator<Item = &'a PodFacts>,
) -> Vec<(String, String, String)> {
    let mut asked = Amounts::new();
    for pod in pods.filter(|pod| !pod.finished) {
        pod_requests::add(&mut asked, &pod.requests);
        *asked.entry("pods".to_owned()).or_default() += 1;
    }
    // sizes of pages that the machine knows, and of which it has none
    let is_hollow = |name: &str, offered: &ApiQuantity| {
        name.starts_with("hugepages-") && offered.0 == "0" && !asked.contains_key(name)
    };
    let shown = allocatable.iter();
    let shown = shown.filter(|(name, offered)| !is_hollow(name, offered));
    let rows = shown.map(|(name, offered)| {
        let asked = asked.get(name).copied().unwrap_or(0);
        let asked = match name.as_str() {
            "cpu" => Quantity::from_milli(asked),
            _ => Quantity::from_units(asked),
        };
        let offered = Quantity::of(offered);
        let offered = offered.map(|offered| readable(name, offered));
        let offered = offered.unwrap_or_else(|_| "?".to_owned());
        (name.clone(), offered, readable(name, asked))
    });
    rows.collect()
}

/// Bytes in the largest unit of which there is one: `23.4Gi`. All else as the API writes it.
fn readable(resource: &str, amount: Quantity) -> String {
    const UNITS: [&str; 5] = ["Ki", "Mi", "Gi", "Ti", "Pi"];
    let in_bytes =
        matches!(resource, "memory" | "ephemeral-storage") || resource.starts_with("hugepages-");
    let mut rest = amount.units() as f64;
    if !in_bytes || rest < 1024.0 {
        return amount.to_string();
    }
    let mut unit = "";
    for larger in UNITS {
        if rest < 1024.0 {
            break;
        }
        (rest, unit) = (rest / 1024.0, larger);
    }
    let whole = rest.fract() < 0.05;
    match whole || rest >= 100.0 {
        true => format!("{rest:.0}{unit}"),
        false => format!("{rest:.1}{unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nodes_resources_are_those_of_which_there_are_some() {
        let amounts = [
            ("pods", "110"),
            ("hugepages-2Mi", "0"),
            ("example.com/x", "0"),
        ];
        let amounts =
            amounts.map(|(name, amount)| (name.to_owned(), ApiQuantity(amount.to_owned())));
        let rows = resources(&amounts.into(), std::iter::empty());
        let names: Vec<_> = rows.iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(names, ["example.com/x", "pods"]);
    }

    #[test]
    fn bytes_are_read_in_the_largest_unit() {
        for (resource, units, text) in [
            ("memory", 0, "0"),
            ("memory", 1_000, "1k"),
            ("memory", 128 << 20, "128Mi"),
            ("memory", 25_093_488_640, "23.4Gi"),
            ("ephemeral-storage", 270_582_939_648, "252Gi"),
            ("hugepages-2Mi", 2 << 20, "2Mi"),
            ("pods", 110, "110"),
            ("cpu", 2, "2"),
        ] {
            assert_eq!(readable(resource, Quantity::from_units(units)), text);
        }
    }
}
