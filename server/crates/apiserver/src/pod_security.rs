//! PodSecurity: what a namespace's labels say of the pods in it. A pod is refused or warned of, a template only
//! warned of, and a namespace is told which of its pods new labels would refuse.

use std::any::Any;
use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Namespace, Pod, PodSpec, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use orrery_apis::pod_security::{
    Level, LevelVersion, PREFIX, Policy, evaluate, is_significant, policy_of,
};
use orrery_apis::{FieldErrors, Update};
use orrery_store::Range;

use crate::call::Call;
use crate::incoming;
use crate::object::Object;
use crate::problem::{Outcome, Problem};

/// So many of a namespace's pods are looked at when its labels change, as upstream does: the change waits for it.
const MAX_PODS: usize = 3000;

/// Refuses what the namespace does, and warns of what it warns of. `old` is what an update replaces, and the
/// door it comes through.
pub fn check(
    call: &Call,
    object: &dyn Object,
    old: Option<(&dyn Object, Update)>,
    warnings: &mut Vec<String>,
) -> Outcome<()> {
    let door = old.map_or(Update::Main, |(_, door)| door);
    if door == Update::Status {
        return Ok(());
    }
    let old = old.map(|(old, _)| old.as_any());
    let any = object.as_any();
    if let Some(pod) = any.downcast_ref::<Pod>() {
        let known = old.and_then(|old| old.downcast_ref::<Pod>());
        return match known.is_none_or(|known| is_significant(pod, known)) {
            true => check_pod(call, pod, warnings),
            false => Ok(()),
        };
    }
    if door != Update::Main {
        return Ok(());
    }
    if let Some(namespace) = any.downcast_ref::<Namespace>() {
        let known = old.and_then(|old| old.downcast_ref::<Namespace>());
        return check_namespace(call, namespace, known, warnings);
    }
    if let Some(template) = template_of(any)
        && let Some(spec) = &template.spec
        && let Some(policy) = policy_here(call)
    {
        let metadata = template.metadata.clone().unwrap_or_default();
        warnings.extend(warning(policy.warn, &metadata, spec));
    }
    Ok(())
}

fn template_of(any: &dyn Any) -> Option<&PodTemplateSpec> {
    if let Some(set) = any.downcast_ref::<DaemonSet>() {
        return set.spec.as_ref().map(|spec| &spec.template);
    }
    if let Some(job) = any.downcast_ref::<Job>() {
        return job.spec.as_ref().map(|spec| &spec.template);
    }
    let cron_job = any.downcast_ref::<CronJob>()?;
    let job = cron_job.spec.job_template.spec.as_ref();
    job.map(|spec| &spec.template)
}

/// The policy of the request's namespace; `None` where it allows everything.
fn policy_here(call: &Call) -> Option<Policy> {
    let namespace = call.namespace.as_deref()?;
    let namespaces = call.core.resource("", "namespaces");
    let entry = call.core.entry(namespaces, None, namespace).ok()?;
    let labels = &entry.columns.labels;
    if !labels.iter().any(|(key, _)| key.starts_with(PREFIX)) {
        return None;
    }
    let labels = labels.iter().map(|(key, value)| (&**key, &**value));
    let (policy, _) = policy_of(labels);
    (!policy.allows_all()).then_some(policy)
}

fn check_pod(call: &Call, pod: &Pod, warnings: &mut Vec<String>) -> Outcome<()> {
    let (Some(spec), Some(policy)) = (&pod.spec, policy_here(call)) else {
        return Ok(());
    };
    let verdict = evaluate(policy.enforce, &pod.metadata, spec);
    if !verdict.is_allowed() {
        return Err(Problem::Forbidden {
            resource: call.resource.name,
            name: pod.metadata.name.clone().unwrap_or_default(),
            message: format!(
                "violates PodSecurity \"{}\": {}",
                policy.enforce,
                verdict.detail()
            ),
            cause: None,
        });
    }
    warnings.extend(warning(policy.warn, &pod.metadata, spec));
    Ok(())
}

fn warning(policy: LevelVersion, metadata: &ObjectMeta, spec: &PodSpec) -> Option<String> {
    let verdict = evaluate(policy, metadata, spec);
    (!verdict.is_allowed()).then(|| {
        let detail = verdict.detail();
        format!("would violate PodSecurity \"{policy}\": {detail}")
    })
}

/// Labels must mean something, but for those that were there; stricter ones are told what they would refuse.
fn check_namespace(
    call: &Call,
    namespace: &Namespace,
    old: Option<&Namespace>,
    warnings: &mut Vec<String>,
) -> Outcome<()> {
    let name = namespace.metadata.name.as_deref().unwrap_or_default();
    let (policy, errors) = said(namespace);
    let Some(old) = old else {
        return incoming::verdict(call, name, errors);
    };
    let (known, known_errors) = said(old);
    if errors != known_errors {
        incoming::verdict(call, name, errors)?;
    }
    let (new, known) = (policy.enforce, known.enforce);
    let relaxed = new.version == known.version && new.level <= known.level;
    if new.level != Level::Privileged && !relaxed {
        warnings.extend(violations(call, name, new));
    }
    Ok(())
}

fn said(namespace: &Namespace) -> (Policy, FieldErrors) {
    let labels = namespace.metadata.labels.iter().flatten();
    policy_of(labels.map(|(key, value)| (key.as_str(), value.as_str())))
}

/// What is told of the pods that would be refused: those with the same faults by the first one's name.
fn violations(call: &Call, namespace: &str, policy: LevelVersion) -> Vec<String> {
    let pods = call.core.resource("", "pods");
    let range = Range::all(pods.key.clone()).namespace(namespace);
    let entries = call.core.store.list(&range).entries;
    let mut found: BTreeMap<String, (String, usize)> = BTreeMap::new();
    for entry in entries.iter().take(MAX_PODS) {
        let Ok(Pod { metadata, spec, .. }) = serde_json::from_slice(&entry.value) else {
            continue;
        };
        let verdict = evaluate(policy, &metadata, &spec.unwrap_or_default());
        if !verdict.is_allowed() {
            let first = || (metadata.name.unwrap_or_default(), 0);
            found.entry(verdict.reason()).or_insert_with(first).1 += 1;
        }
    }
    let mut told = Vec::new();
    if entries.len() > MAX_PODS {
        told.push(format!(
            "new PodSecurity enforce level only checked against the first {MAX_PODS} of {} existing pods",
            entries.len()
        ));
    }
    if !found.is_empty() {
        told.push(format!(
            "existing pods in namespace \"{namespace}\" violate the new PodSecurity enforce level \"{policy}\""
        ));
    }
    let mut pods: Vec<String> = found
        .into_iter()
        .map(|(reason, (first, count))| match count {
            1 => format!("{first}: {reason}"),
            2 => format!("{first} (and 1 other pod): {reason}"),
            _ => format!("{first} (and {} other pods): {reason}", count - 1),
        })
        .collect();
    pods.sort();
    told.extend(pods);
    told
}
