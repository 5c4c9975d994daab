//! The Priority admission plugin: a pod's priority comes from its class.

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::scheduling::v1::PriorityClass;
use orrery_store::Range;

use crate::admission::forbidden;
use crate::call::Call;
use crate::core::Core;
use crate::problem::Outcome;

/// The policy of a pod without a class.
const PREEMPTS: &str = "PreemptLowerPriority";

/// Sets priority and preemption policy of a new pod, which may not choose them itself.
pub fn resolve(call: &Call, pod: &mut Pod) -> Outcome<()> {
    let refuse = |why: String| Err(forbidden(call, &pod.metadata, why));
    let Some(spec) = pod.spec.as_mut() else {
        return Ok(());
    };
    let class_name = spec.priority_class_name.as_deref().unwrap_or_default();
    let class = match class_name {
        "" => global_default(call)?,
        class_name => match named(call, class_name)? {
            None => return refuse(format!("no PriorityClass with name {class_name} was found")),
            found => found,
        },
    };
    // without a class, 0 and the policy are only what defaulting put there
    let value = class.as_ref().and_then(|class| class.value).unwrap_or(0);
    let given = spec.priority;
    if let Some(given) =
        given.filter(|given| *given != value && (*given != 0 || !class_name.is_empty()))
    {
        return refuse(format!(
            "the integer value of priority ({given}) must not be provided in pod spec; priority admission controller computed {value} from the given PriorityClass name"
        ));
    }
    let policy = class
        .as_ref()
        .and_then(|class| class.preemption_policy.as_deref());
    let policy = policy.unwrap_or(PREEMPTS).to_owned();
    let given = spec.preemption_policy.as_ref();
    if let Some(given) = given.filter(|given| **given != policy && *given != PREEMPTS) {
        return refuse(format!(
            "the string value of PreemptionPolicy ({given}) must not be provided in pod spec; priority admission controller computed {policy} from the given PriorityClass name"
        ));
    }
    spec.priority = Some(value);
    spec.preemption_policy = Some(policy);
    if let Some(class) = class {
        spec.priority_class_name = class.metadata.name;
    }
    Ok(())
}

/// Refuses a second default.
pub fn check_only_default(call: &Call, class: &PriorityClass, creates: bool) -> Outcome<()> {
    if class.global_default != Some(true) {
        return Ok(());
    }
    let Some(known) = global_default(call)? else {
        return Ok(());
    };
    if !creates && known.metadata.name == class.metadata.name {
        return Ok(());
    }
    let name = known.metadata.name.unwrap_or_default();
    let why =
        format!("PriorityClass {name} is already marked as default. Only one default can exist");
    Err(forbidden(call, &class.metadata, why))
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
