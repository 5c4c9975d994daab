//! `kubectl drain` of a Node: it takes no new pods, and those there are asked to leave by the Eviction API, which heeds
//! their disruption budgets.

use futures::StreamExt;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{EvictParams, ListParams, PostParams};
use kube::core::Status;
use kube::{Api, ResourceExt};
use orrery_app::backend::AppError;
use orrery_app::forms::drain::{Consent, Fate, Leaving};
use orrery_view::{Kind, ObjectRef};

use super::Dashboard;
use super::actions;
use super::error::app_error;

/// Evictions on the way at a time.
const AT_ONCE: usize = 8;
/// On a pod that its node made, not the API.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// What becomes of each pod of the node; `dry_run` asks the cluster the same and changes nothing.
pub async fn drain(
    on: &Dashboard,
    node: &ObjectRef,
    consent: Consent,
    dry_run: bool,
) -> Result<Vec<Leaving>, AppError> {
    if !dry_run {
        actions::set_unschedulable(on, node, true, "Drain").await?;
    }
    let all: Api<Pod> = Api::all(on.client.clone());
    let here = ListParams::default().fields(&format!("spec.nodeName={}", node.name));
    let pods = all.list(&here).await.map_err(app_error)?;
    let leave = |pod: Pod| async move {
        let fate = match fate(&pod, consent) {
            Fate::Evicted => evict(on, &pod, dry_run).await,
            fate => fate,
        };
        let pod = ObjectRef {
            kind: Kind::Pod,
            namespace: pod.namespace().unwrap_or_default(),
            name: pod.name_any(),
        };
        Leaving { pod, fate }
    };
    let leaving = futures::stream::iter(pods).map(leave).buffered(AT_ONCE);
    Ok(leaving.collect().await)
}

/// By kubectl's own rules, before the cluster is asked.
pub(super) fn fate(pod: &Pod, consent: Consent) -> Fate {
    if pod.annotations().contains_key(MIRROR) {
        return Fate::OfNode;
    }
    if has_ended(pod) {
        return Fate::Evicted;
    }
    let owners = pod.owner_references().iter();
    let owner = owners.clone().find(|owner| owner.controller == Some(true));
    if owner.is_some_and(|owner| owner.kind == "DaemonSet") {
        return Fate::OfDaemonSet;
    }
    let need = Consent {
        unmanaged: owner.is_none() && !consent.unmanaged,
        local_data: keeps_data(pod) && !consent.local_data,
    };
    match need == Consent::default() {
        true => Fate::Evicted,
        false => Fate::Needs(need),
    }
}

pub(super) fn has_ended(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|it| it.phase.as_deref());
    matches!(phase, Some("Succeeded" | "Failed"))
}

/// Whether what it keeps is lost with it.
pub(super) fn keeps_data(pod: &Pod) -> bool {
    let specs = pod.spec.iter();
    let mut volumes = specs.flat_map(|spec| spec.volumes.iter().flatten());
    volumes.any(|volume| volume.empty_dir.is_some())
}

/// Asks the pod to leave.
pub(super) async fn evict(on: &Dashboard, pod: &Pod, dry_run: bool) -> Fate {
    let api: Api<Pod> = Api::namespaced(on.client.clone(), &pod.namespace().unwrap_or_default());
    let how = EvictParams {
        post_options: PostParams {
            dry_run,
            ..PostParams::default()
        },
        ..EvictParams::default()
    };
    match api.evict(&pod.name_any(), &how).await {
        Ok(_) => Fate::Evicted,
        // it has left by itself
        Err(kube::Error::Api(status)) if status.code == 404 => Fate::Evicted,
        Err(kube::Error::Api(status)) => Fate::Refused(why(&status)),
        Err(error) => Fate::Refused(error.to_string()),
    }
}

/// The cluster's sentence, and which budget is meant: that is in the causes only.
fn why(status: &Status) -> String {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let causes = causes.map(|cause| cause.message.as_str());
    let all: Vec<_> = std::iter::once(status.message.as_str())
        .chain(causes)
        .collect();
    all.join(" ")
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Node;
    use serde_json::{Value, json};

    use super::*;
    use crate::backend::tests::House;

    fn pod(owner: &str, meta: Value, volumes: Value, phase: &str) -> Pod {
        let owners = match owner {
            "" => json!([]),
            kind => {
                json!([{"apiVersion": "v1", "kind": kind, "name": "o", "uid": "u", "controller": true}])
            }
        };
        let pod = json!({
            "metadata": {"name": "p", "ownerReferences": owners, "annotations": meta},
            "spec": {"containers": [], "volumes": volumes},
            "status": {"phase": phase},
        });
        serde_json::from_value(pod).expect("a literal pod")
    }

    #[test]
    fn a_drain_asks_before_anything_is_lost_and_leaves_what_comes_back() {
        let consent = |unmanaged, local_data| Consent {
            unmanaged,
            local_data,
        };
        let (no, none) = (consent(false, false), json!({}));
        let plain = json!([{"name": "v", "configMap": {"name": "c"}}]);
        let data = json!([{"name": "v", "emptyDir": {}}]);
        let mirror = json!({MIRROR: "x"});
        for (owner, meta, volumes, phase, given, expected) in [
            ("Job", &none, &plain, "Running", no, Fate::Evicted),
            ("DaemonSet", &none, &data, "Running", no, Fate::OfDaemonSet),
            ("DaemonSet", &none, &plain, "Failed", no, Fate::Evicted),
            ("Node", &mirror, &plain, "Running", no, Fate::OfNode),
            (
                "",
                &none,
                &plain,
                "Running",
                no,
                Fate::Needs(consent(true, false)),
            ),
            (
                "",
                &none,
                &plain,
                "Running",
                consent(true, false),
                Fate::Evicted,
            ),
            (
                "",
                &none,
                &data,
                "Pending",
                no,
                Fate::Needs(consent(true, true)),
            ),
            (
                "Job",
                &none,
                &data,
                "Running",
                no,
                Fate::Needs(consent(false, true)),
            ),
            (
                "Job",
                &none,
                &data,
                "Running",
                consent(false, true),
                Fate::Evicted,
            ),
            ("", &none, &data, "Succeeded", no, Fate::Evicted),
        ] {
            let pod = pod(owner, meta.clone(), volumes.clone(), phase);
            assert_eq!(fate(&pod, given), expected, "{owner} {phase} {given:?}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_drain_heeds_the_budget_names_it_and_marks_the_node() {
        let house = House::new().await;
        let nodes: Api<Node> = Api::all(house.client.clone());
        house.node("n1").await;
        house.place("free").await;
        house.place("held").await;
        house.hold("held").await;
        let n1 = ObjectRef {
            kind: Kind::Node,
            namespace: String::new(),
            name: "n1".into(),
        };
        let consent = Consent {
            unmanaged: true,
            local_data: false,
        };
        for dry_run in [true, false] {
            let mut fates = house
                .backend
                .drain(n1.clone(), consent, dry_run)
                .await
                .expect("told");
            fates.sort_by_key(|leaving| leaving.pod.name.clone());
            let [free, held] = fates.as_slice() else {
                panic!("two pods are there: {fates:?}");
            };
            assert_eq!(free.fate, Fate::Evicted);
            let why = "Cannot evict pod as it would violate the pod's disruption budget. The disruption budget one needs 1 healthy pods and has 1 currently";
            assert_eq!(held.fate, Fate::Refused(why.into()));
            let node = nodes.get("n1").await.expect("there");
            let closed = node.spec.and_then(|spec| spec.unschedulable);
            assert_eq!(closed, (!dry_run).then_some(true));
            let annotations = node.metadata.annotations.unwrap_or_default();
            let why = annotations.get("orrery.dev/change-reason");
            assert_eq!(why.map(String::as_str), (!dry_run).then_some("Drain"));
        }
        let leaving = |pods: &[Pod]| {
            let going = |pod: &Pod| pod.metadata.deletion_timestamp.is_some();
            let free = pods.iter().find(|pod| pod.name_any() == "free");
            let held = pods.iter().find(|pod| pod.name_any() == "held");
            free.is_none_or(going) && held.is_some_and(|pod| !going(pod))
        };
        house.until("only one leaves", leaving).await;
        house.stop().await;
    }
}
