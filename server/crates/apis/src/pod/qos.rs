//! The quality-of-service class: how a pod's requests compare with its limits.

use k8s_openapi::api::core::v1::{Pod, ResourceRequirements};

use crate::quantity::{Quantity, amount};

const COUNTED: [&str; 2] = ["cpu", "memory"];

/// `Guaranteed` when every container limits CPU and memory to what it requests, `BestEffort` when
/// none requests or limits either, else `Burstable`. Pod-level resources decide alone when given.
pub fn qos_class(pod: &Pod) -> &'static str {
    let Some(spec) = pod.spec.as_ref() else {
        return "BestEffort";
    };
    let pod_level = spec
        .resources
        .as_ref()
        .filter(|resources| mentions_any(resources));
    let all: Vec<_> = match pod_level {
        Some(resources) => vec![Some(resources)],
        None => {
            let init = spec.init_containers.iter().flatten();
            spec.containers
                .iter()
                .chain(init)
                .map(|c| c.resources.as_ref())
                .collect()
        }
    };
    if !all
        .iter()
        .flatten()
        .any(|resources| mentions_any(resources))
    {
        return "BestEffort";
    }
    match all
        .iter()
        .all(|resources| resources.is_some_and(is_guaranteed))
    {
        true => "Guaranteed",
        false => "Burstable",
    }
}

fn limit_and_request(resources: &ResourceRequirements, name: &str) -> (Quantity, Quantity) {
    let (limits, requests) = (resources.limits.as_ref(), resources.requests.as_ref());
    (amount(limits, name), amount(requests, name))
}

fn mentions_any(resources: &ResourceRequirements) -> bool {
    COUNTED.iter().any(|name| {
        let (limit, request) = limit_and_request(resources, name);
        limit > Quantity::ZERO || request > Quantity::ZERO
    })
}

fn is_guaranteed(resources: &ResourceRequirements) -> bool {
    COUNTED.iter().all(|name| {
        let (limit, request) = limit_and_request(resources, name);
        limit > Quantity::ZERO && limit == request
    })
}
