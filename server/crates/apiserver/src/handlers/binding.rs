//! POST of a Binding: the scheduler's decision, once per pod.

use bytes::Bytes;
use k8s_openapi::api::core::v1::{Binding, Pod, PodCondition};

use crate::body;
use crate::call::{Answer, Call};
use crate::meta::{self, seconds};
use crate::modify::{Next, modify};
use crate::object::Object;
use crate::params::{CREATE, WriteParams};
use crate::problem::{Outcome, Problem};
use crate::registry::Name;
use crate::status;
use crate::topology;

const RESOURCE: Name = Name {
    group: "",
    plural: "pods/binding",
};

/// Assigns the pod to the target node.
pub async fn binding(call: &Call, body: Bytes) -> Outcome<Answer> {
    let write = WriteParams::read(&call.params, CREATE)?;
    let json = body::json(&call.headers, body)?;
    let binding: Binding = serde_json::from_slice(&json)
        .map_err(|error| Problem::bad_request(format!("the body is not a Binding: {error}")))?;
    let named = binding.metadata.name.as_deref().unwrap_or_default();
    if !named.is_empty() && named != call.name {
        return Err(Problem::bad_request(
            "name in URL does not match name in Binding object",
        ));
    }
    let kind = binding.target.kind.as_deref().unwrap_or_default();
    if !matches!(kind, "" | "Node") {
        return Err(Problem::bad_request(format!(
            "target.kind: Unsupported value: {kind:?}: supported values: \"Node\", \"<empty>\""
        )));
    }
    let target = binding.target.name.clone().unwrap_or_default();
    if target.is_empty() {
        return Err(Problem::bad_request("target.name: Required value"));
    }
    modify(call, write.dry_run, |_, old| {
        let mut new = old.duplicate();
        assign(call, &binding, &target, new.as_mut())?;
        Ok(Next::Put(new))
    })
    .await?;
    Ok(Answer::status(status::success(201, None)))
}

fn assign(call: &Call, binding: &Binding, target: &str, object: &mut dyn Object) -> Outcome<()> {
    let now = call.core.clock.now();
    let pod: &mut Pod = object
        .as_any_mut()
        .downcast_mut()
        .expect("bindings are of pods");
    check(call, binding, pod)?;
    let spec = pod.spec.get_or_insert_default();
    // upstream's binding does not raise the generation, although it writes the spec
    spec.node_name = Some(target.to_owned());
    let conditions = pod
        .status
        .get_or_insert_default()
        .conditions
        .get_or_insert_default();
    conditions.retain(|c| c.type_ != "PodScheduled");
    conditions.push(PodCondition {
        type_: "PodScheduled".to_owned(),
        status: "True".to_owned(),
        last_transition_time: Some(seconds(now)),
        ..PodCondition::default()
    });
    for (key, value) in binding.metadata.annotations.iter().flatten() {
        let annotations = pod.metadata.annotations.get_or_insert_default();
        annotations.insert(key.clone(), value.clone());
    }
    let own = topology::labels_of(call, target);
    let given = binding.metadata.labels.clone().unwrap_or_default();
    for (key, value) in given.into_iter().chain(own) {
        let labels = pod.metadata.labels.get_or_insert_default();
        labels.entry(key).or_insert(value);
    }
    Ok(())
}

fn check(call: &Call, binding: &Binding, pod: &Pod) -> Outcome<()> {
    let conflict = |detail: String| Problem::Conflict {
        resource: RESOURCE,
        name: call.name.clone(),
        detail,
    };
    let name = &call.name;
    let uid = binding
        .metadata
        .uid
        .as_deref()
        .filter(|uid| !uid.is_empty());
    if let Some(uid) = uid.filter(|uid| Some(*uid) != pod.metadata.uid.as_deref()) {
        let is = pod.metadata.uid.as_deref().unwrap_or_default();
        return Err(conflict(meta::other_uid(call, uid, is)));
    }
    if pod.metadata.deletion_timestamp.is_some() {
        return Err(conflict(format!(
            "pod {name} is being deleted, cannot be assigned to a host"
        )));
    }
    let spec = pod.spec.as_ref();
    match spec
        .and_then(|s| s.node_name.as_deref())
        .filter(|n| !n.is_empty())
    {
        Some(node) => Err(conflict(format!(
            "pod {name} is already assigned to node {node:?}"
        ))),
        None => Ok(()),
    }
}
