//! A CronJob's settings: read, and changed by a patch of what differs.

use std::ops::ControlFlow;

use k8s_openapi::api::batch::v1::CronJob;
use kube::{Api, ResourceExt};
use orrery_app::backend::AppError;
use orrery_app::forms::draft::{Field, Settings};
use orrery_app::forms::outlook::Edited;
use orrery_view::ObjectRef;
use serde_json::{Value, json};

use super::Dashboard;
use super::diff::diff;
use super::error::app_error;
use super::objects::printed;
use super::patched::patched;

pub async fn settings(on: &Dashboard, object: &ObjectRef) -> Result<(Settings, i64), AppError> {
    let now = api(on, object).get(&object.name).await.map_err(app_error)?;
    Ok((of(&now), now.metadata.generation.unwrap_or(0)))
}

pub async fn edit(
    on: &Dashboard,
    object: &ObjectRef,
    (mine, was): (&Settings, &Settings),
    generation: i64,
    dry_run: bool,
) -> Result<Edited, AppError> {
    let mark = json!(on.mark("Edit"));
    let change = |cronjob: &CronJob| {
        let current = cronjob.metadata.generation.unwrap_or(0);
        let theirs = of(cronjob);
        // a template or a label of theirs is not in the form, and stays
        if current != generation && theirs != *was {
            return ControlFlow::Break(Edited::Changed(Box::new(theirs), current));
        }
        let mut patch = json!({ "spec": mine.patch(&theirs) });
        if !dry_run {
            if theirs == *mine {
                return ControlFlow::Break(Edited::Same);
            }
            let version = cronjob.resource_version();
            patch["metadata"] = json!({ "resourceVersion": version, "annotations": mark });
        }
        ControlFlow::Continue(patch)
    };
    let cronjob = (&api(on, object), object.name.as_str());
    Ok(match patched(cronjob, dry_run, change).await? {
        ControlFlow::Break(edited) => edited,
        ControlFlow::Continue((before, after)) if dry_run => {
            Edited::Rehearsed(diff(&text(&before)?, &text(&after)?))
        }
        ControlFlow::Continue(_) => Edited::Saved,
    })
}

fn api(on: &Dashboard, object: &ObjectRef) -> Api<CronJob> {
    Api::namespaced(on.client.clone(), &object.namespace)
}

fn of(cronjob: &CronJob) -> Settings {
    let spec = &cronjob.spec;
    let mut settings = Settings {
        schedule: spec.schedule.clone(),
        zone: spec.time_zone.clone(),
        deadline_secs: spec.starting_deadline_seconds,
        successful: spec.successful_jobs_history_limit,
        failed: spec.failed_jobs_history_limit,
        suspend: spec.suspend == Some(true),
        ..Settings::default()
    };
    let policy = spec.concurrency_policy.as_deref().unwrap_or_default();
    settings
        .set(Field::Policy, policy)
        .expect("a policy is no number");
    settings
}

/// Its spec but for the template, which the form leaves as it is.
fn text(cronjob: &CronJob) -> Result<String, AppError> {
    let mut spec = serde_json::to_value(&cronjob.spec).unwrap_or(Value::Null);
    if let Some(spec) = spec.as_object_mut() {
        spec.remove("jobTemplate");
    }
    printed(&json!({ "spec": spec }))
}
