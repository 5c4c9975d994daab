//! The Priority admission plugin: a pod's priority comes from its class.

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::scheduling::v1::PriorityClass;
use orrery_store::Range;

use crate::call::Call;
use crate::core::Core;
use crate::problem::{Outcome, Problem};

/// Sets priority and preemption policy of a new pod.
pub fn resolve(call: &Call, pod: &mut Pod) -> Outcome<()> {
    let name = pod.metadata.name.clone().unwrap_or_default();
    let Some(spec) = pod.spec.as_mut() else {
        return Ok(());
    };
    let class_name = spec.priority_class_name.as_deref().unwrap_or_default();
    let found = match class_name {
        "" => global_default(call)?,
        class_name => Some(named(call, class_name)?.ok_or_else(|| {
            forbidden(
                call,
                &name,
                format!("no PriorityClass with name {class_name} was found"),
            )
        })?),
    };
    let Some(class) = found else { return Ok(()) };
    let value = class.value.unwrap_or_default();
    // 0 without a class is only what defaulting put there
    let given = spec
        .priority
        .filter(|given| *given != 0 || !class_name.is_empty());
    if let Some(given) = given.filter(|given| *given != value) {
        return Err(forbidden(
            call,
            &name,
            format!(
                "the integer value of priority ({given}) must not be provided in pod spec; priority admission controller computed {value} from the given PriorityClass name"
            ),
        ));
    }
    spec.priority = Some(value);
    spec.priority_class_name = class.metadata.name;
    spec.preemption_policy = class.preemption_policy.or(spec.preemption_policy.take());
    Ok(())
}

/// Whether a class is worth a closer look: no other has these bytes, which text would escape.
fn says_default(value: &[u8]) -> bool {
    const SAID: &[u8] = b"\"globalDefault\":true";
    value.windows(SAID.len()).any(|at| at == SAID)
}

fn named(call: &Call, name: &str) -> Outcome<Option<PriorityClass>> {
    let resource = call.core.resource("scheduling.k8s.io", "priorityclasses");
    let entry = call.core.store.get(&Core::key(resource, None, name));
    entry.map(|entry| read(call, &entry)).transpose()
}

/// The global default of the lowest value, as upstream chooses among several.
fn global_default(call: &Call) -> Outcome<Option<PriorityClass>> {
    let resource = call.core.resource("scheduling.k8s.io", "priorityclasses");
    let listed = call.core.store.list(&Range {
        resource: resource.key.clone(),
        namespace: None,
        after: None,
        limit: None,
    });
    let classes: Vec<_> = listed
        .entries
        .iter()
        .filter(|entry| says_default(&entry.value))
        .map(|entry| read(call, entry))
        .collect::<Outcome<_>>()?;
    let defaults = classes
        .into_iter()
        .filter(|c| c.global_default == Some(true));
    Ok(defaults.min_by_key(|class| class.value))
}

fn read(call: &Call, entry: &orrery_store::Entry) -> Outcome<PriorityClass> {
    let resource = call.core.resource("scheduling.k8s.io", "priorityclasses");
    let object = Core::decode(resource, entry)?;
    let class: Option<&PriorityClass> = object.as_any().downcast_ref();
    Ok(class.expect("the collection holds classes").clone())
}

fn forbidden(call: &Call, name: &str, message: String) -> Problem {
    Problem::Forbidden {
        resource: call.resource.name,
        name: name.to_owned(),
        message,
        cause: None,
    }
}
