//! What upstream's default admission plugins change in a new object before it is validated.

use k8s_openapi::api::core::v1::{Namespace, Node, Pod, Taint};

use crate::call::Call;
use crate::namespaces::FINALIZER;
use crate::object::Object;
use crate::priority;
use crate::problem::Outcome;

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
        give_service_account(pod);
        priority::resolve(call, pod)?;
    }
    Ok(())
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

/// ServiceAccount, without the token volume: nothing here reads one.
fn give_service_account(pod: &mut Pod) {
    let Some(spec) = pod.spec.as_mut() else {
        return;
    };
    let name = spec.service_account_name.get_or_insert_default();
    if name.is_empty() {
        "default".clone_into(name);
    }
    spec.service_account = spec.service_account_name.clone();
}
