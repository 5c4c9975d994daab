//! A CronJob's settings: read, and changed by a patch of what differs.

use k8s_openapi::api::batch::v1::CronJob;
use kube::api::{Patch, PatchParams};
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

/// A status that is written between read and patch is no change of settings: the patch is tried again.
const TRIES: usize = 5;

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
    let api = api(on, object);
    let params = PatchParams {
        dry_run,
        ..PatchParams::default()
    };
    let mut tries = 0;
    loop {
        let before = api.get(&object.name).await.map_err(app_error)?;
        let current = before.metadata.generation.unwrap_or(0);
        let theirs = of(&before);
        // a template or a label of theirs is not in the form, and stays
        if current != generation && theirs != *was {
            return Ok(Edited::Changed(Box::new(theirs), current));
        }
        let spec = mine.patch(&theirs);
        if dry_run {
            let patch = Patch::Merge(json!({ "spec": spec }));
            let after = api.patch(&object.name, &params, &patch).await;
            let diff = diff(&text(&before)?, &text(&after.map_err(app_error)?)?);
            return Ok(Edited::Rehearsed(diff));
        }
        if theirs == *mine {
            return Ok(Edited::Same);
        }
        let patch = json!({
            "metadata": {
                "resourceVersion": before.resource_version(),
                "annotations": on.mark("Edit"),
            },
            "spec": spec,
        });
        tries += 1;
        match api.patch(&object.name, &params, &Patch::Merge(patch)).await {
            Ok(_) => return Ok(Edited::Saved),
            Err(kube::Error::Api(status)) if status.code == 409 && tries < TRIES => {}
            Err(error) => return Err(app_error(error)),
        }
    }
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
