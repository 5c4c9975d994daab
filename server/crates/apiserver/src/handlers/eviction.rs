//! POST of an Eviction: a deletion that says why, if the pod's disruption budget lets it go (EV-01).

use bytes::Bytes;
use k8s_openapi::api::core::v1::{Pod, PodCondition};
use k8s_openapi::api::policy::v1::Eviction;
use serde_json::Value;

use crate::call::{Answer, Call};
use crate::core::Core;
use crate::delete_options;
use crate::handlers::{budget, delete};
use crate::incoming;
use crate::meta::{self, seconds};
use crate::modify::modify;
use crate::namespaces;
use crate::object::Object;
use crate::params::{CREATE, FieldValidation, WriteParams};
use crate::pod_condition;
use crate::problem::{Outcome, Problem};
use crate::status;

/// Evicts the pod.
pub async fn eviction(call: &Call, body: Bytes) -> Outcome<Answer> {
    let write = WriteParams::read(&call.params, CREATE)?;
    let json = incoming::json_as(&call.headers, "policy/v1", "Eviction", body)?;
    let (eviction, warnings) = read(&call.core, &json, write.field_validation)?;
    meta::check_namespace(call, &eviction.metadata)?;
    namespaces::check_open(call, &call.name)?;
    if eviction.metadata.name.as_deref() != Some(call.name.as_str()) {
        return Err(Problem::bad_request(
            "name in URL does not match name in Eviction object",
        ));
    }
    let mut options = delete_options::check(eviction.delete_options.unwrap_or_default())?;
    options.dry_run |= write.dry_run;
    budget::take(call, options.dry_run).await?;
    modify(call, options.dry_run, |entry, old| {
        delete::check_preconditions(call, &options, old.meta(), entry.revision)?;
        let mut marked = old.duplicate();
        mark_disruption(call, marked.as_mut());
        Ok(delete::begin(
            call,
            &options,
            marked.as_ref(),
            call.core.clock.now(),
        ))
    })
    .await?;
    Ok(Answer::status(status::success(201, None)).warn(warnings))
}

/// Of either version: upstream took the older one's objects away, not this.
fn read(core: &Core, json: &[u8], validation: FieldValidation) -> Outcome<(Eviction, Vec<String>)> {
    match serde_json::from_slice::<Value>(json) {
        Ok(mut value) if value["apiVersion"] == "policy/v1beta1" => {
            value["apiVersion"] = "policy/v1".into();
            incoming::request(core, value.to_string().as_bytes(), validation)
        }
        _ => incoming::request(core, json, validation),
    }
}

fn mark_disruption(call: &Call, object: &mut dyn Object) {
    let now = seconds(call.core.clock.now());
    let pod: &mut Pod = object
        .as_any_mut()
        .downcast_mut()
        .expect("evictions are of pods");
    let phase = pod.status.as_ref().and_then(|s| s.phase.as_deref());
    if matches!(phase, Some("Succeeded" | "Failed")) || pod.metadata.deletion_timestamp.is_some() {
        return;
    }
    let target = PodCondition {
        type_: "DisruptionTarget".to_owned(),
        status: "True".to_owned(),
        reason: Some("EvictionByEvictionAPI".to_owned()),
        message: Some("Eviction API: evicting".to_owned()),
        last_transition_time: Some(now),
        observed_generation: pod.metadata.generation,
        ..PodCondition::default()
    };
    pod_condition::put(pod, target);
}
