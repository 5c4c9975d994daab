//! `kubectl rollout undo` of a DaemonSet: the template that a ControllerRevision kept, put back as a patch.

use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet};
use kube::api::{ListParams, Patch, PatchParams};
use kube::{Api, ResourceExt};
use orrery_app::action::Done;
use orrery_app::backend::AppError;
use orrery_view::ObjectRef;
use serde_json::{Value, json};

use super::Dashboard;
use super::diff::diff;
use super::error::app_error;
use super::objects::printed;

pub async fn undo(
    on: &Dashboard,
    object: &ObjectRef,
    revision: i64,
    dry_run: bool,
) -> Result<Done, AppError> {
    let api: Api<DaemonSet> = Api::namespaced(on.client.clone(), &object.namespace);
    let before = api.get(&object.name).await.map_err(app_error)?;
    let kept = kept(on, &before, revision).await?;
    let mut patch = kept.data.map(|data| data.0).unwrap_or_default();
    let rehearsal = PatchParams {
        dry_run: true,
        ..PatchParams::default()
    };
    // kubectl, too, looks first whether anything would change, and leaves it then
    let after = api
        .patch(&object.name, &rehearsal, &Patch::Strategic(&patch))
        .await
        .map_err(app_error)?;
    let diff = diff(&template(&before)?, &template(&after)?);
    if dry_run || diff.is_empty() {
        return Ok(Done {
            diff,
            ..Done::default()
        });
    }
    let why = format!("Roll back to revision {revision}");
    patch["metadata"] = json!({ "annotations": on.mark(&why) });
    api.patch(
        &object.name,
        &PatchParams::default(),
        &Patch::Strategic(&patch),
    )
    .await
    .map_err(app_error)?;
    Ok(Done::default())
}

/// The DaemonSet's own revision of that number.
async fn kept(
    on: &Dashboard,
    daemonset: &DaemonSet,
    revision: i64,
) -> Result<ControllerRevision, AppError> {
    let namespace = daemonset.namespace().unwrap_or_default();
    let api: Api<ControllerRevision> = Api::namespaced(on.client.clone(), &namespace);
    let all = api.list(&ListParams::default()).await.map_err(app_error)?;
    let uid = daemonset.uid();
    let ours = |kept: &ControllerRevision| {
        let owners = kept.owner_references();
        kept.revision == revision && owners.iter().any(|owner| Some(&owner.uid) == uid.as_ref())
    };
    all.items.into_iter().find(ours).ok_or_else(|| {
        let name = daemonset.name_any();
        AppError::Refused {
            message: format!(
                "{name} has no revision {revision} any more: revisionHistoryLimit keeps the latest ones"
            ),
        }
    })
}

fn template(daemonset: &DaemonSet) -> Result<String, AppError> {
    let spec = daemonset.spec.as_ref();
    let template = serde_json::to_value(spec.map(|spec| &spec.template)).unwrap_or(Value::Null);
    printed(&json!({ "template": template }))
}
