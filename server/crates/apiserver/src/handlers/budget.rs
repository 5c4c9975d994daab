//! What disruption budgets say to an eviction (EV-01).

use http::HeaderMap;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use orrery_apis::pod_status::{is_ready, phase};
use orrery_apis::selector::matches_labels;
use orrery_store::Range;

use crate::call::Call;
use crate::core::Core;
use crate::meta::seconds;
use crate::modify::{Next, modify};
use crate::object::{Object, Typed};
use crate::params::Params;
use crate::problem::{Cause, Outcome, Problem};

/// How long a client waits for a budget that the controller has yet to look at, as upstream says. A
/// budget that is used up names no time: kubectl then says so and goes on by its own clock, where a
/// time would hold it silent for ten such waits.
const RETRY_SECS: i32 = 10;

/// Asks the pod's budget for a disruption and takes it; `Ok` where there is none to ask.
pub async fn take(call: &Call, dry_run: bool) -> Outcome<()> {
    let namespace = call.namespace.as_deref();
    let entry = call.core.entry(&call.resource, namespace, &call.name)?;
    let object = Core::decode(&call.resource, &entry)?;
    let pod: &Pod = object
        .as_any()
        .downcast_ref()
        .expect("evictions are of pods");
    if matches!(phase(pod), "Pending" | "Succeeded" | "Failed")
        || pod.metadata.deletion_timestamp.is_some()
    {
        return Ok(());
    }
    match budgets(call, pod)?.as_slice() {
        [] => Ok(()),
        [only] => take_from(call, pod, only, dry_run).await,
        _ => Err(Problem::Unmapped(
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
                .to_owned(),
        )),
    }
}

/// Names of the budgets that select the pod.
fn budgets(call: &Call, pod: &Pod) -> Outcome<Vec<String>> {
    let resource = call.core.resource("policy", "poddisruptionbudgets");
    let listed = call.core.store.list(&Range {
        resource: resource.key.clone(),
        namespace: call.namespace.as_deref().map(Into::into),
        after: None,
        limit: None,
    });
    let mut names = Vec::new();
    for entry in &listed.entries {
        let object = Core::decode(resource, entry)?;
        let budget = budget_of(object.as_ref());
        let selector = budget.spec.as_ref().and_then(|spec| spec.selector.as_ref());
        if matches_labels(selector, pod.metadata.labels.as_ref()) {
            names.push(entry.key.name.to_string());
        }
    }
    Ok(names)
}

async fn take_from(call: &Call, pod: &Pod, name: &str, dry_run: bool) -> Outcome<()> {
    let of_budget = Call {
        core: call.core.clone(),
        resource: call.core.resource("policy", "poddisruptionbudgets").clone(),
        namespace: call.namespace.clone(),
        name: name.to_owned(),
        params: Params::default(),
        headers: HeaderMap::new(),
        manager: None,
        newer_event: None,
        is_component: call.is_component,
        told: call.told.clone(),
    };
    let now = call.core.clock.now();
    modify(&of_budget, dry_run, |_, old| {
        let mut budget = budget_of(old).clone();
        decide(&mut budget, pod, now)?;
        Ok(Next::Put(Box::new(Typed(budget))))
    })
    .await
    .map(|_| ())
}

fn budget_of(object: &dyn Object) -> &PodDisruptionBudget {
    let any = object.as_any();
    any.downcast_ref().expect("the collection holds budgets")
}

/// Takes one disruption for the pod, or says why not.
fn decide(budget: &mut PodDisruptionBudget, pod: &Pod, now: Timestamp) -> Outcome<()> {
    let name = budget.metadata.name.clone().unwrap_or_default();
    let policy = budget
        .spec
        .as_ref()
        .and_then(|spec| spec.unhealthy_pod_eviction_policy.clone());
    let generation = budget.metadata.generation;
    let status = budget.status.get_or_insert_default();
    let healthy = status.current_healthy.unwrap_or_default();
    let desired = status.desired_healthy.unwrap_or_default();
    if !is_ready(pod) {
        let always = policy.as_deref() == Some("AlwaysAllow");
        // a pod that does not serve is no loss while enough others do
        if always || (desired > 0 && healthy >= desired) {
            return Ok(());
        }
    }
    if status.observed_generation < generation {
        let why = format!("The disruption budget {name} is still being processed by the server.");
        return Err(blocked(why, Some(RETRY_SECS)));
    }
    let allowed = status.disruptions_allowed.unwrap_or_default();
    if allowed <= 0 {
        let why = format!(
            "The disruption budget {name} needs {desired} healthy pods and has {healthy} currently"
        );
        return Err(blocked(why, None));
    }
    status.disruptions_allowed = Some(allowed - 1);
    if allowed == 1 {
        use_up(status, now);
    }
    let pod_name = pod.metadata.name.clone().unwrap_or_default();
    let disrupted = status.disrupted_pods.get_or_insert_default();
    disrupted.insert(pod_name, seconds(now));
    Ok(())
}

/// Says that the last disruption is taken, until the controller looks at the budget again.
fn use_up(status: &mut PodDisruptionBudgetStatus, now: Timestamp) {
    let mut told = Condition {
        type_: "DisruptionAllowed".to_owned(),
        status: "False".to_owned(),
        reason: "InsufficientPods".to_owned(),
        message: String::new(),
        last_transition_time: seconds(now),
        observed_generation: status.observed_generation,
    };
    let conditions = status.conditions.get_or_insert_default();
    match conditions.iter_mut().find(|c| c.type_ == told.type_) {
        Some(before) => {
            if before.status == told.status {
                told.last_transition_time = before.last_transition_time.clone();
            }
            *before = told;
        }
        None => conditions.push(told),
    }
}

fn blocked(why: String, retry_after_secs: Option<i32>) -> Problem {
    Problem::TooManyRequests {
        message: "Cannot evict pod as it would violate the pod's disruption budget.".to_owned(),
        cause: Some(Box::new(Cause {
            reason: "DisruptionBudget",
            message: why,
            field: None,
        })),
        retry_after_secs,
    }
}
