//! The buttons that change what is there.

use kube::api::{DeleteParams, Patch, PatchParams};
use orrery_app::backend::AppError;
use orrery_view::{Cascade, ObjectRef};
use serde_json::{Value, json};

use super::Dashboard;
use super::error::app_error;
use super::mark::mark;
use super::objects::api;

/// Flips `spec.suspend`.
pub async fn suspend(on: &Dashboard, object: &ObjectRef, suspend: bool) -> Result<(), AppError> {
    let why = if suspend { "Suspend" } else { "Resume" };
    let annotations = mark(on.clock.now(), why);
    patch(
        on,
        object,
        json!({ "metadata": { "annotations": annotations }, "spec": { "suspend": suspend } }),
    )
    .await
}

/// `kubectl delete --cascade=…`.
pub async fn delete(on: &Dashboard, object: &ObjectRef, cascade: Cascade) -> Result<(), AppError> {
    let params = match cascade {
        Cascade::Background => DeleteParams::background(),
        Cascade::Foreground => DeleteParams::foreground(),
        Cascade::Orphan => DeleteParams::orphan(),
    };
    api(&on.client, object)
        .delete(&object.name, &params)
        .await
        .map_err(app_error)?;
    Ok(())
}

/// `kubectl rollout restart`: a template that differs by the time makes a new revision.
pub async fn restart(on: &Dashboard, daemonset: &ObjectRef) -> Result<(), AppError> {
    let now = on.clock.now();
    let at = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let template =
        json!({ "metadata": { "annotations": { "kubectl.kubernetes.io/restartedAt": at } } });
    let annotations = mark(now, "Restart");
    patch(
        on,
        daemonset,
        json!({ "metadata": { "annotations": annotations }, "spec": { "template": template } }),
    )
    .await
}

/// `kubectl cordon` and `uncordon`.
pub async fn cordon(on: &Dashboard, node: &ObjectRef, cordon: bool) -> Result<(), AppError> {
    let why = if cordon { "Cordon" } else { "Uncordon" };
    let annotations = mark(on.clock.now(), why);
    patch(
        on,
        node,
        json!({ "metadata": { "annotations": annotations }, "spec": { "unschedulable": cordon } }),
    )
    .await
}

async fn patch(on: &Dashboard, object: &ObjectRef, patch: Value) -> Result<(), AppError> {
    let api = api(&on.client, object);
    api.patch(&object.name, &PatchParams::default(), &Patch::Merge(patch))
        .await
        .map_err(app_error)?;
    Ok(())
}
