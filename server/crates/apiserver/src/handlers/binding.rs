//! POST of a Binding: the scheduler's decision, once per pod.

use std::collections::BTreeMap;

use bytes::Bytes;
use k8s_openapi::api::core::v1::{Binding, ObjectReference, Pod, PodCondition};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use orrery_apis::{FieldError, FieldErrors};

use crate::call::{Answer, Call};
use crate::incoming;
use crate::meta::{self, seconds};
use crate::modify::{Next, modify};
use crate::namespaces;
use crate::object::Object;
use crate::params::{CREATE, WriteParams};
use crate::pod_condition;
use crate::problem::{Outcome, Problem};
use crate::registry::Name;
use crate::status;
use crate::topology;

const NODE: &str = "Node";
const RESOURCE: Name = Name {
    group: "",
    plural: "pods/binding",
};

/// Assigns the pod to the target node.
pub async fn binding(call: &Call, body: Bytes) -> Outcome<Answer> {
    let write = WriteParams::read(&call.params, CREATE)?;
    let json = incoming::json_as(&call.headers, "v1", "Binding", body)?;
    let (binding, warnings): (Binding, _) =
        incoming::request(&call.core, &json, write.field_validation)?;
    check_place(call, &binding)?;
    namespaces::check_open(call, &call.name)?;
    check_target(&binding.target)?;
    modify(call, write.dry_run, |entry, old| {
        check_preconditions(call, &binding.metadata, old.meta(), entry.revision)?;
        let mut new = old.duplicate();
        assign(call, &binding, new.as_mut())?;
        Ok(Next::Put(new))
    })
    .await?;
    Ok(Answer::status(status::success(201, None)).warn(warnings))
}

/// A binding says whose it is, also where the URL says so.
fn check_place(call: &Call, binding: &Binding) -> Outcome<()> {
    let mut placed = binding.metadata.clone();
    placed.name = Some(call.name.clone());
    meta::place(call, &mut placed)?;
    match binding.metadata.name.as_deref() == Some(call.name.as_str()) {
        true => Ok(()),
        false => Err(Problem::bad_request(
            "name in URL does not match name in Binding object",
        )),
    }
}

/// `ValidatePodBinding`, whose errors upstream answers as they are.
fn check_target(target: &ObjectReference) -> Outcome<()> {
    let mut errors = FieldErrors::new();
    let kind = target.kind.as_deref().unwrap_or_default();
    if !matches!(kind, "" | NODE) {
        let supported = [NODE, "<empty>"];
        errors.push(FieldError::not_supported("target.kind", kind, &supported));
    }
    if target.name.as_deref().is_none_or(str::is_empty) {
        errors.push(FieldError::required("target.name", ""));
    }
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    match texts.as_slice() {
        [] => Ok(()),
        [one] => Err(Problem::Unmapped(one.clone())),
        many => Err(Problem::Unmapped(format!("[{}]", many.join(", ")))),
    }
}

/// What a binding says of the pod's uid and version is of that pod only.
fn check_preconditions(
    call: &Call,
    meant: &ObjectMeta,
    is: &ObjectMeta,
    revision: u64,
) -> Outcome<()> {
    meta::check_uid(call, meant, is)?;
    let version = revision.to_string();
    match meant.resource_version.as_deref() {
        None | Some("") => Ok(()),
        Some(meant) if meant == version => Ok(()),
        Some(meant) => Err(Problem::Conflict {
            resource: call.resource.name,
            name: call.name.clone(),
            detail: meta::other_version(call, meant, &version),
        }),
    }
}

fn assign(call: &Call, binding: &Binding, object: &mut dyn Object) -> Outcome<()> {
    let now = call.core.clock.now();
    let pod: &mut Pod = object
        .as_any_mut()
        .downcast_mut()
        .expect("bindings are of pods");
    check_free(call, pod)?;
    let spec = pod.spec.get_or_insert_default();
    // upstream's binding does not raise the generation, although it writes the spec
    spec.node_name.clone_from(&binding.target.name);
    let status = pod.status.get_or_insert_default();
    // where it might have run is of no matter any more (ClearingNominatedNodeNameAfterBinding)
    status.nominated_node_name = None;
    let scheduled = PodCondition {
        type_: "PodScheduled".to_owned(),
        status: "True".to_owned(),
        last_transition_time: Some(seconds(now)),
        ..PodCondition::default()
    };
    pod_condition::put(pod, scheduled);
    for (key, value) in binding.metadata.annotations.iter().flatten() {
        let annotations = pod.metadata.annotations.get_or_insert_default();
        annotations.insert(key.clone(), value.clone());
    }
    for (key, value) in labels(call, binding) {
        let labels = pod.metadata.labels.get_or_insert_default();
        labels.insert(key, value);
    }
    Ok(())
}

/// What the binding says, and over it what PodTopologyLabels does of a node that is called one.
fn labels(call: &Call, binding: &Binding) -> BTreeMap<String, String> {
    let mut labels = binding.metadata.labels.clone().unwrap_or_default();
    let node = binding.target.name.as_deref().unwrap_or_default();
    if binding.target.kind.as_deref() == Some(NODE) {
        labels.extend(topology::labels_of(call, node));
    }
    labels
}

/// A pod is bound once, when nothing holds it back any more.
fn check_free(call: &Call, pod: &Pod) -> Outcome<()> {
    let name = &call.name;
    let spec = pod.spec.as_ref();
    let node = spec.and_then(|spec| spec.node_name.as_deref());
    let gates = spec.and_then(|spec| spec.scheduling_gates.as_ref());
    let detail = match node.filter(|node| !node.is_empty()) {
        _ if pod.metadata.deletion_timestamp.is_some() => {
            format!("pod {name} is being deleted, cannot be assigned to a host")
        }
        Some(node) => format!("pod {name} is already assigned to node {node:?}"),
        None if gates.is_some_and(|gates| !gates.is_empty()) => {
            format!("pod {name} has non-empty .spec.schedulingGates")
        }
        None => return Ok(()),
    };
    Err(Problem::Conflict {
        resource: RESOURCE,
        name: name.clone(),
        detail,
    })
}
