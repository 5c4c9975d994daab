//! The Eviction of one Pod, which heeds its disruption budget.

use k8s_openapi::api::core::v1::Pod;
use kube::{Api, ResourceExt};
use orrery_app::backend::AppError;
use orrery_app::forms::drain::{Consent, Fate};
use orrery_app::forms::evict::{After, Evicting};
use orrery_view::ObjectRef;

use super::error::app_error;
use super::{Dashboard, drain, trace};

/// What becomes of the pod and after it; `dry_run` asks the cluster the same and changes nothing.
pub async fn evict(
    on: &Dashboard,
    object: &ObjectRef,
    dry_run: bool,
) -> Result<Evicting, AppError> {
    let pods: Api<Pod> = Api::namespaced(on.client.clone(), &object.namespace);
    let pod = pods.get(&object.name).await.map_err(app_error)?;
    let fate = match drain::fate(&pod, Consent::default()) {
        Fate::OfNode => Fate::OfNode,
        // one pod that a person names leaves, whoever owns it
        _ => drain::evict(on, &pod, dry_run).await,
    };
    if fate == Fate::Evicted && !dry_run {
        trace::evicted(on, object, &pod.metadata).await;
    }
    Ok(Evicting {
        after: after(&pod),
        local_data: drain::keeps_data(&pod),
        fate,
    })
}

fn after(pod: &Pod) -> After {
    if drain::has_ended(pod) {
        return After::Ended;
    }
    let owners = pod.owner_references();
    match owners.iter().find(|owner| owner.controller == Some(true)) {
        Some(owner) => After::Another {
            kind: owner.kind.clone(),
            name: owner.name.clone(),
        },
        None => After::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Event;
    use orrery_view::Kind;
    use serde_json::{Value, json};

    use super::*;
    use crate::backend::tests::{House, object};

    #[test]
    fn who_makes_a_pod_again_is_its_controller_while_it_has_not_ended() {
        let another = |kind: &str| After::Another {
            kind: kind.into(),
            name: "o".into(),
        };
        for (owners, phase, expected) in [
            (
                json!([{"kind": "Job", "controller": true}]),
                "Running",
                another("Job"),
            ),
            (
                json!([{"kind": "Node"}, {"kind": "ReplicaSet", "controller": true}]),
                "Pending",
                another("ReplicaSet"),
            ),
            (
                json!([{"kind": "Job", "controller": true}]),
                "Failed",
                After::Ended,
            ),
            (json!([{"kind": "Job"}]), "Running", After::Nothing),
            (json!([]), "Running", After::Nothing),
            (json!([]), "Succeeded", After::Ended),
        ] {
            let mut owners = owners;
            for owner in owners.as_array_mut().expect("a literal list") {
                for (field, value) in [("apiVersion", "v1"), ("name", "o"), ("uid", "u")] {
                    owner[field] = Value::from(value);
                }
            }
            let pod = json!({"metadata": {"name": "p", "ownerReferences": owners}, "status": {"phase": phase}});
            let pod: Pod = serde_json::from_value(pod).expect("a literal pod");
            assert_eq!(after(&pod), expected, "{owners} {phase}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_eviction_heeds_the_budget_names_it_and_tells_who_did_it() {
        let house = House::new().await;
        house.node("n1").await;
        house.place("free").await;
        house.place("held").await;
        house.hold("held").await;
        let because = house.backend.because("a bad disk").expect("it leaves one");
        for dry_run in [true, false] {
            let held = because.evict(object(Kind::Pod, "held"), dry_run).await;
            let why = "Cannot evict pod as it would violate the pod's disruption budget. The disruption budget one needs 1 healthy pods and has 1 currently";
            let expected = Evicting {
                after: After::Nothing,
                local_data: false,
                fate: Fate::Refused(why.into()),
            };
            assert_eq!(held, Ok(expected));
            let free = because.evict(object(Kind::Pod, "free"), dry_run).await;
            assert_eq!(free.expect("told").fate, Fate::Evicted);
            let going = |pod: &Pod| pod.metadata.deletion_timestamp.is_some();
            let leaves = |pods: &[Pod]| {
                let free = pods.iter().find(|pod| pod.name_any() == "free");
                let held = pods.iter().find(|pod| pod.name_any() == "held");
                free.is_none_or(going) != dry_run && held.is_some_and(|pod| !going(pod))
            };
            house.until("only one leaves, in earnest", leaves).await;
        }
        let told = |events: &[Event]| {
            let mut ours = events
                .iter()
                .filter(|event| event.reason.as_deref() == Some("Evicted"));
            ours.any(|event| {
                event.involved_object.name.as_deref() == Some("free")
                    && event.message.as_deref()
                        == Some("Evicted by orrery-admin (dashboard): a bad disk")
            })
        };
        house.until("an Event says who did it", told).await;
        let gone = because.evict(object(Kind::Pod, "nobody"), true).await;
        assert!(matches!(gone, Err(AppError::Gone { .. })), "{gone:?}");
        house.stop().await;
    }
}
