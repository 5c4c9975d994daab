//! Writing to the API: statuses, removals, events.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{ObjectReference, Pod, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{DeleteParams, Patch, Preconditions};
use orrery_informer::{Answered, EventType, object_reference, revision_of};
use serde::{Deserialize, Serialize};

use super::{Live, Worker};

/// What is read of the answer to a status write; the spec is most of a pod, and known.
#[derive(Deserialize)]
struct Reported {
    metadata: ObjectMeta,
    status: Option<PodStatus>,
}

/// A status write. The uid keeps it off a namesake.
#[derive(Serialize)]
struct StatusPatch<'a> {
    metadata: Uid<'a>,
    status: &'a PodStatus,
}

#[derive(Serialize)]
struct Uid<'a> {
    uid: &'a str,
}

impl Worker {
    /// Writes the status when it says something new.
    pub(super) async fn write_status(
        &self,
        live: &Arc<Live>,
        pod: &Pod,
        status: &PodStatus,
    ) -> kube::Result<()> {
        if pod.status.as_ref() == Some(status) {
            return Ok(());
        }
        let metadata = Uid { uid: &live.uid };
        let patch = Patch::Merge(StatusPatch { metadata, status });
        let api = self.api(&live.key.namespace);
        let written = api
            .patch_status_for::<Reported>(&live.key.name, &patch)
            .await;
        match written {
            Ok(written) => {
                *live.written.lock() = Some((
                    revision_of(&written.metadata),
                    written.status.unwrap_or_default(),
                ));
                Ok(())
            }
            // The pod is gone: the watch will tell. A refusal is tried again: if it was for a namesake's
            // uid, the watch will have told by then.
            Err(kube::Error::Api(answer)) if answer.code == 404 => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The last step of a graceful deletion (KUBELET-01): everything has ended and been reported.
    pub(super) async fn remove_object(&self, pod: &Pod) -> kube::Result<()> {
        let params = DeleteParams {
            grace_period_seconds: Some(0),
            preconditions: Some(Preconditions {
                uid: pod.metadata.uid.clone(),
                resource_version: None,
            }),
            ..DeleteParams::default()
        };
        let api = self.api(pod.metadata.namespace.as_deref().unwrap_or("default"));
        match api
            .delete(pod.metadata.name.as_deref().unwrap_or_default(), &params)
            .await
        {
            Err(kube::Error::Api(answer)) if answer.code == 404 => Ok(()),
            other => other.map(drop),
        }
    }

    /// An event about a pod, or about one of its containers.
    pub(super) fn event(
        &self,
        live: &Live,
        pod: &Pod,
        container: Option<&str>,
        type_: EventType,
        reason: &str,
        message: String,
    ) {
        let init = pod
            .spec
            .iter()
            .flat_map(|spec| spec.init_containers.iter().flatten());
        let ephemeral = pod
            .spec
            .iter()
            .flat_map(|spec| spec.ephemeral_containers.iter().flatten());
        let field = |name: &str| {
            let list = if init.clone().any(|c| c.name == name) {
                "initContainers"
            } else if ephemeral.clone().any(|c| c.name == name) {
                "ephemeralContainers"
            } else {
                "containers"
            };
            format!("spec.{list}{{{name}}}")
        };
        let object = ObjectReference {
            field_path: container.map(field),
            ..object_reference(pod)
        };
        self.recorder
            .for_host(&live.node)
            .event_about(object, type_, reason, message);
    }
}
