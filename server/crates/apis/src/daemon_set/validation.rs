//! Errors and warnings of a DaemonSet (section 3.6).

use k8s_openapi::api::apps::v1::{
    DaemonSet, DaemonSetSpec, DaemonSetStatus, DaemonSetUpdateStrategy,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde::Serialize;
use serde_json::json;

use super::prepare::template_generation;
use super::selector::{given, is_empty};
use crate::int_or_percent::{says_zero, validate_at_most_all, validate_count_or_percent};
use crate::job_template::non_negative;
use crate::meta::immutable_inside;
use crate::pod_template::template_warnings;
use crate::pod_template::validation::validate_pod_template;
use crate::selector::{misses_labels, validate_label_selector};
use crate::{FieldError, FieldErrors, Update};

pub(super) fn validate_create(daemon_set: &DaemonSet) -> FieldErrors {
    validate_spec(&daemon_set.spec.clone().unwrap_or_default())
}

pub(super) fn validate_update(new: &DaemonSet, old: &DaemonSet, door: Update) -> FieldErrors {
    if door == Update::Status {
        return validate_status(new, old);
    }
    let (spec, before) = (
        new.spec.clone().unwrap_or_default(),
        old.spec.clone().unwrap_or_default(),
    );
    let mut errors = validate_spec(&spec);
    let (selector, before) = (given(&spec.selector), given(&before.selector));
    errors.extend(immutable_inside(
        "LabelSelector",
        &selector,
        &before,
        "spec.selector",
    ));
    errors
}

fn validate_spec(spec: &DaemonSetSpec) -> FieldErrors {
    let selector = given(&spec.selector);
    let mut errors = validate_label_selector(selector, "spec.selector");
    let labels = spec
        .template
        .metadata
        .as_ref()
        .and_then(|meta| meta.labels.as_ref());
    if misses_labels(selector, labels) {
        let detail = "`selector` does not match template `labels`";
        errors.push(FieldError::invalid(
            "spec.template.metadata.labels",
            json!(labels),
            detail,
        ));
    }
    if let Some(selector) = selector.filter(|selector| is_empty(selector)) {
        let detail = "empty selector is invalid for daemonset";
        errors.push(FieldError::invalid("spec.selector", selector, detail));
    }
    errors.extend(validate_pod_template(&spec.template, "spec.template"));
    let pod = spec.template.spec.clone().unwrap_or_default();
    let restart = pod.restart_policy.as_deref().unwrap_or_default();
    if restart != "Always" {
        let path = "spec.template.spec.restartPolicy";
        errors.push(FieldError::not_supported(path, restart, &["Always"]));
    }
    if pod.active_deadline_seconds.is_some() {
        let path = "spec.template.spec.activeDeadlineSeconds";
        errors.push(FieldError::forbidden(
            path,
            "activeDeadlineSeconds in DaemonSet is not Supported",
        ));
    }
    errors.extend(non_negative(
        spec.min_ready_seconds.map(i64::from),
        "spec.minReadySeconds",
    ));
    validate_strategy(
        &spec.update_strategy.clone().unwrap_or_default(),
        &mut errors,
    );
    let limit = spec.revision_history_limit.map(i64::from);
    errors.extend(non_negative(limit, "spec.revisionHistoryLimit"));
    errors
}

const NONE: IntOrString = IntOrString::Int(0);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GoStrategy<'a> {
    #[serde(rename = "Type")]
    type_: &'a str,
    rolling_update: Option<GoRolling<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GoRolling<'a> {
    max_unavailable: &'a IntOrString,
    max_surge: &'a IntOrString,
}

fn validate_strategy(strategy: &DaemonSetUpdateStrategy, errors: &mut FieldErrors) {
    match strategy.type_.as_deref().unwrap_or_default() {
        "OnDelete" => {}
        "RollingUpdate" => match strategy.rolling_update.as_ref() {
            None => errors.push(FieldError::required(
                "spec.updateStrategy.rollingUpdate",
                "",
            )),
            Some(rolling) => {
                let unavailable = rolling.max_unavailable.as_ref().unwrap_or(&NONE);
                let surge = rolling.max_surge.as_ref().unwrap_or(&NONE);
                validate_rolling(unavailable, surge, errors);
            }
        },
        other => {
            let supported = ["RollingUpdate", "OnDelete"];
            // upstream shows the whole, by the names of Go's fields
            let shown = GoStrategy {
                type_: other,
                rolling_update: strategy.rolling_update.as_ref().map(|rolling| GoRolling {
                    max_unavailable: rolling.max_unavailable.as_ref().unwrap_or(&NONE),
                    max_surge: rolling.max_surge.as_ref().unwrap_or(&NONE),
                }),
            };
            errors.push(FieldError::not_supported(
                "spec.updateStrategy",
                shown,
                &supported,
            ));
        }
    }
}

fn validate_rolling(unavailable: &IntOrString, surge: &IntOrString, errors: &mut FieldErrors) {
    const PATH: &str = "spec.updateStrategy.rollingUpdate";
    let (unavailable_path, surge_path) =
        (format!("{PATH}.maxUnavailable"), format!("{PATH}.maxSurge"));
    let values = [(unavailable, &unavailable_path), (surge, &surge_path)];
    for (value, path) in values {
        errors.extend(validate_count_or_percent(value, path));
    }
    for (value, path) in values {
        errors.extend(validate_at_most_all(value, path));
    }
    match (says_zero(unavailable), says_zero(surge)) {
        (false, false) => {
            let detail = "may not be set when maxUnavailable is non-zero";
            errors.push(FieldError::invalid(surge_path, json!(surge), detail));
        }
        (true, true) => errors.push(FieldError::required(
            unavailable_path,
            "cannot be 0 when maxSurge is 0",
        )),
        _ => {}
    }
}

fn validate_status(new: &DaemonSet, old: &DaemonSet) -> FieldErrors {
    let (status, before) = (
        new.status.clone().unwrap_or_default(),
        old.status.clone().unwrap_or_default(),
    );
    let mut errors: FieldErrors = counters(&status)
        .into_iter()
        .filter_map(|(field, count)| non_negative(Some(count), format!("status.{field}")))
        .collect();
    // forgetting it is counting down too
    if status.collision_count < before.collision_count {
        errors.push(FieldError::invalid(
            "status.collisionCount",
            status.collision_count.unwrap_or_default(),
            "cannot be decremented",
        ));
    }
    errors
}

fn counters(status: &DaemonSetStatus) -> [(&'static str, i64); 9] {
    let count = |count: Option<i32>| i64::from(count.unwrap_or_default());
    [
        (
            "currentNumberScheduled",
            status.current_number_scheduled.into(),
        ),
        ("numberMisscheduled", status.number_misscheduled.into()),
        (
            "desiredNumberScheduled",
            status.desired_number_scheduled.into(),
        ),
        ("numberReady", status.number_ready.into()),
        (
            "observedGeneration",
            status.observed_generation.unwrap_or_default(),
        ),
        (
            "updatedNumberScheduled",
            count(status.updated_number_scheduled),
        ),
        ("numberAvailable", count(status.number_available)),
        ("numberUnavailable", count(status.number_unavailable)),
        ("collisionCount", count(status.collision_count)),
    ]
}

pub(super) fn warnings(new: &DaemonSet, old: Option<&DaemonSet>) -> Vec<String> {
    // only a changed template is worth repeating a warning for (DSV-09)
    let changed = old.is_none_or(|old| template_generation(old) != template_generation(new));
    let spec = new.spec.as_ref().filter(|_| changed);
    spec.map(|spec| template_warnings(&spec.template, "spec.template"))
        .unwrap_or_default()
}
