//! What upstream's default admission plugins change in a new object before it is validated, and what
//! they refuse afterwards.

use k8s_openapi::api::core::v1::{Namespace, Node, Pod, Taint};
use k8s_openapi::api::scheduling::v1::PriorityClass;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use orrery_apis::Update;

use crate::call::Call;
use crate::meta;
use crate::namespaces::FINALIZER;
use crate::object::Object;
use crate::priority;
use crate::problem::{Outcome, Problem};
use crate::service_account;
use crate::topology;

/// The taint that keeps pods away until the node says that it is ready (NODE-01).
const NOT_READY: &str = "node.kubernetes.io/not-ready";

/// Changes a new object as upstream's admission does.
pub fn admit(call: &Call, object: &mut dyn Object) -> Outcome<()> {
    let any = object.as_any_mut();
    if let Some(node) = any.downcast_mut::<Node>() {
        taint_until_ready(node);
    } else if let Some(namespace) = any.downcast_mut::<Namespace>() {
        hold_until_empty(namespace);
    } else if let Some(pod) = any.downcast_mut::<Pod>() {
        service_account::give(call, pod)?;
        say_where(call, pod);
        priority::resolve(call, pod)?;
        find_runtime_class(call, pod)?;
    }
    Ok(())
}

/// Refuses what is valid of itself and may not be beside what is there. A new object comes through no door.
pub fn check(call: &Call, object: &dyn Object, door: Option<Update>) -> Outcome<()> {
    let any = object.as_any();
    if let Some(class) = any.downcast_ref::<PriorityClass>() {
        return priority::check_only_default(call, class, door.is_none());
    }
    match (any.downcast_ref::<Pod>(), door) {
        (Some(pod), None) => check_overhead(call, pod),
        (Some(pod), Some(Update::EphemeralContainers)) => {
            service_account::check_ephemeral(call, pod)
        }
        _ => Ok(()),
    }
}

/// A refusal as admission words it.
pub fn forbidden(call: &Call, meta: &ObjectMeta, message: String) -> Problem {
    Problem::Forbidden {
        resource: call.resource.name,
        name: asked_name(meta),
        message,
        cause: None,
    }
}

/// The name as the client gave it: upstream admits before it completes a generated one.
fn asked_name(of: &ObjectMeta) -> String {
    let name = of.name.clone().unwrap_or_default();
    let prefix = of.generate_name.as_deref().unwrap_or_default();
    let generated = !prefix.is_empty()
        && name
            .strip_prefix(prefix)
            .is_some_and(|suffix| suffix.len() == meta::SUFFIX_LEN);
    match generated {
        true => prefix.to_owned(),
        false => name,
    }
}

/// TaintNodesByCondition.
fn taint_until_ready(node: &mut Node) {
    let taints = node
        .spec
        .get_or_insert_default()
        .taints
        .get_or_insert_default();
    let present = taints
        .iter()
        .any(|t| t.key == NOT_READY && t.effect == "NoSchedule");
    if !present {
        taints.push(Taint {
            key: NOT_READY.to_owned(),
            effect: "NoSchedule".to_owned(),
            ..Taint::default()
        });
    }
}

/// The namespace strategy's own finalizer (NS-01).
fn hold_until_empty(namespace: &mut Namespace) {
    let finalizers = namespace
        .spec
        .get_or_insert_default()
        .finalizers
        .get_or_insert_default();
    if !finalizers.iter().any(|f| f == FINALIZER) {
        finalizers.push(FINALIZER.to_owned());
    }
}

/// PodTopologyLabels, of a pod that names its node itself.
fn say_where(call: &Call, pod: &mut Pod) {
    let node = pod.spec.as_ref().and_then(|spec| spec.node_name.clone());
    let node = node.filter(|node| !node.is_empty());
    for (key, value) in node.iter().flat_map(|node| topology::labels_of(call, node)) {
        let labels = pod.metadata.labels.get_or_insert_default();
        labels.insert(key, value);
    }
}

/// RuntimeClass, of which there is none here that a pod could name.
fn find_runtime_class(call: &Call, pod: &Pod) -> Outcome<()> {
    let spec = pod.spec.as_ref();
    match spec.and_then(|spec| spec.runtime_class_name.as_deref()) {
        None => Ok(()),
        Some(name) => {
            let why = format!("pod rejected: RuntimeClass {name:?} not found");
            Err(forbidden(call, &pod.metadata, why))
        }
    }
}

/// RuntimeClass: only a class says what a pod costs beside its containers.
fn check_overhead(call: &Call, pod: &Pod) -> Outcome<()> {
    let why = "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead";
    let spec = pod.spec.as_ref();
    match spec.is_some_and(|spec| spec.overhead.is_some()) {
        true => Err(Problem::Forbidden {
            resource: call.resource.name,
            // looked at once a generated name is complete
            name: pod.metadata.name.clone().unwrap_or_default(),
            message: why.to_owned(),
            cause: None,
        }),
        false => Ok(()),
    }
}
