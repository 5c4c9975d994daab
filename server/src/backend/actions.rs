//! The buttons that change what is there.

use kube::api::{DeleteParams, Patch, PatchParams};
use orrery_app::backend::AppError;
use orrery_view::{Cascade, ObjectRef};
use serde_json::{Value, json};

use super::Dashboard;
use super::error::app_error;
use super::objects::api;
use super::trace;

/// Flips `spec.suspend`.
pub async fn suspend(on: &Dashboard, object: &ObjectRef, suspend: bool) -> Result<(), AppError> {
    let why = if suspend { "Suspend" } else { "Resume" };
    let annotations = on.mark(why);
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
    let api = api(&on.client, object);
    let known = api.get_metadata(&object.name).await;
    api.delete(&object.name, &params).await.map_err(app_error)?;
    if let Ok(known) = known {
        trace::deleted(on, object, &known.metadata).await;
    }
    Ok(())
}

/// `kubectl rollout restart`: a template that differs by the time makes a new revision.
pub async fn restart(on: &Dashboard, daemonset: &ObjectRef) -> Result<(), AppError> {
    let now = on.clock.now();
    let at = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let template =
        json!({ "metadata": { "annotations": { "kubectl.kubernetes.io/restartedAt": at } } });
    let annotations = on.mark("Restart");
    patch(
        on,
        daemonset,
        json!({ "metadata": { "annotations": annotations }, "spec": { "template": template } }),
    )
    .await
}

/// Sets the type of the update strategy alone: how many pods a rollout takes at once is kept for later.
pub async fn pause(on: &Dashboard, daemonset: &ObjectRef, pause: bool) -> Result<(), AppError> {
    let why = if pause { "Pause" } else { "Resume" };
    let annotations = on.mark(why);
    let strategy = json!({ "type": orrery_app::action::strategy(pause) });
    patch(
        on,
        daemonset,
        json!({ "metadata": { "annotations": annotations }, "spec": { "updateStrategy": strategy } }),
    )
    .await
}

/// `kubectl cordon` and `uncordon`.
pub async fn cordon(on: &Dashboard, node: &ObjectRef, cordon: bool) -> Result<(), AppError> {
    let why = if cordon { "Cordon" } else { "Uncordon" };
    set_unschedulable(on, node, cordon, why).await
}

/// Whether a Node takes new pods, and for what that is changed.
pub async fn set_unschedulable(
    on: &Dashboard,
    node: &ObjectRef,
    unschedulable: bool,
    why: &str,
) -> Result<(), AppError> {
    let annotations = on.mark(why);
    patch(
        on,
        node,
        json!({ "metadata": { "annotations": annotations }, "spec": { "unschedulable": unschedulable } }),
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

#[cfg(test)]
mod tests {
    use k8s_openapi::api::apps::v1::DaemonSet;
    use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
    use kube::Api;
    use orrery_view::Kind;

    use super::*;
    use crate::backend::tests::House;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_paused_rollout_goes_on_as_it_was_set_up() {
        let house = House::new().await;
        house
            .create::<DaemonSet>(json!({
                "metadata": { "name": "logs" },
                "spec": {
                    "selector": { "matchLabels": { "app": "logs" } },
                    "updateStrategy": { "type": "RollingUpdate", "rollingUpdate": { "maxUnavailable": 3 } },
                    "template": {
                        "metadata": { "labels": { "app": "logs" } },
                        "spec": { "containers": [{ "name": "c", "image": "busybox" }] },
                    },
                },
            }))
            .await;
        let logs = ObjectRef {
            kind: Kind::DaemonSet,
            namespace: "default".into(),
            name: "logs".into(),
        };
        for (pause, strategy, why) in [
            (true, "OnDelete", "Pause"),
            (false, "RollingUpdate", "Resume"),
        ] {
            let done = house.backend.pause(logs.clone(), pause).await;
            done.expect("it is changed");
            let api: Api<DaemonSet> = Api::namespaced(house.client.clone(), "default");
            let now = api.get("logs").await.expect("there");
            let annotations = now.metadata.annotations.unwrap_or_default();
            assert_eq!(annotations["orrery.dev/change-reason"], why);
            let now = now.spec.and_then(|spec| spec.update_strategy).expect("set");
            assert_eq!(now.type_.as_deref(), Some(strategy));
            let at_once = now.rolling_update.and_then(|how| how.max_unavailable);
            assert_eq!(at_once, Some(IntOrString::Int(3)), "it is kept for later");
        }
        house.stop().await;
    }
}
