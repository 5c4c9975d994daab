//! Namespaces as the place of other objects: they must exist, and not be on their way out (NS-01).

use k8s_openapi::api::core::v1::Namespace;

use crate::call::Call;
use crate::object::Object;
use crate::problem::{Cause, Outcome, Problem};

/// The finalizer that holds a namespace until its content is gone.
pub const FINALIZER: &str = "kubernetes";

/// Namespaces that cannot be deleted, as upstream's NamespaceLifecycle admission has it.
pub const IMMORTAL: [&str; 3] = ["default", "kube-system", "kube-public"];

/// Refuses a create in a namespace that is missing or terminating; evictions and bindings are creates too (K-33).
pub fn check_open(call: &Call, name: &str) -> Outcome<()> {
    // what is in none is for validation to refuse
    let namespace = call.namespace.as_deref().filter(|name| !name.is_empty());
    let Some(namespace) = namespace else {
        return Ok(());
    };
    let entry = call
        .core
        .entry(call.core.resource("", "namespaces"), None, namespace)?;
    let phase = entry
        .columns
        .fields
        .iter()
        .find(|(key, _)| &**key == "status.phase");
    match phase {
        Some((_, phase)) if &**phase == "Terminating" => Err(Problem::Forbidden {
            resource: call.resource.name,
            name: name.to_owned(),
            message: format!(
                "unable to create new content in namespace {namespace} because it is being terminated"
            ),
            cause: Some(Box::new(Cause {
                reason: "NamespaceTerminating",
                message: format!("namespace {namespace} is being terminated"),
                field: Some("metadata.namespace"),
            })),
        }),
        _ => Ok(()),
    }
}

/// True when nothing but the namespace itself is left to go.
pub fn is_finalized(object: &dyn Object) -> bool {
    match object.as_any().downcast_ref::<Namespace>() {
        Some(namespace) => {
            let spec = namespace.spec.as_ref();
            spec.and_then(|s| s.finalizers.as_ref())
                .is_none_or(Vec::is_empty)
        }
        None => true,
    }
}
