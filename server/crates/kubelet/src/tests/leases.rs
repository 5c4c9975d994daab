//! The nodes' Leases and reports.

use kube::api::{Patch, PatchParams};

use super::*;

fn leases(world: &World) -> Api<Lease> {
    Api::namespaced(world.client.clone(), "kube-node-lease")
}

/// The Lease of the first node, which was renewed a moment ago.
async fn renewed(world: &World) -> Lease {
    let lease = leases(world).get("node-1").await.expect("a lease");
    let spec = lease.spec.as_ref().expect("what it says");
    let at = spec.renew_time.as_ref().expect("when it was renewed").0;
    let ago = world.clock.now().duration_since(at);
    assert!(ago <= SignedDuration::from_secs(11), "{ago:?}");
    assert_eq!(spec.holder_identity.as_deref(), Some("node-1"));
    assert_eq!(spec.lease_duration_seconds, Some(40));
    lease
}

#[tokio::test(start_paused = true)]
async fn what_others_write_to_a_lease_stays_and_its_owner_comes_back() {
    let world = world().await;
    world.clock.sleep(Duration::from_secs(60)).await;
    let owners = renewed(&world).await.metadata.owner_references;
    let node = Api::<Node>::all(world.client.clone()).get("node-1").await;
    let uid = node.expect("the node").metadata.uid;
    let owner = owners.as_deref().and_then(<[_]>::first);
    assert_eq!(owner.map(|owner| &owner.uid), uid.as_ref());
    let patch = json!({"metadata": {"labels": {"whose": "anothers"}, "ownerReferences": null}});
    let patched = leases(&world)
        .patch("node-1", &PatchParams::default(), &Patch::Merge(patch))
        .await;
    assert_eq!(patched.expect("patched").metadata.owner_references, None);
    world.clock.sleep(Duration::from_secs(15)).await;
    let meta = renewed(&world).await.metadata;
    let label = meta.labels.as_ref().and_then(|labels| labels.get("whose"));
    assert_eq!(label.map(String::as_str), Some("anothers"));
    assert_eq!(meta.owner_references, owners);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_somebody_deletes_is_made_anew() {
    let world = world().await;
    world.clock.sleep(Duration::from_secs(60)).await;
    let first = renewed(&world).await.metadata.uid;
    let params = DeleteParams::default();
    let deleted = leases(&world).delete("node-1", &params).await;
    deleted.expect("deleted");
    world.clock.sleep(Duration::from_secs(15)).await;
    assert_ne!(renewed(&world).await.metadata.uid, first);
}

/// The node controller says so of a node that it has not heard of, be it that the API server was away.
#[tokio::test(start_paused = true)]
async fn a_node_that_is_called_unknown_and_lives_says_so_at_its_next_beat() {
    let world = world().await;
    world.clock.sleep(Duration::from_secs(60)).await;
    let nodes = Api::<Node>::all(world.client.clone());
    let ready = async || {
        let node = nodes.get("node-1").await.expect("the node");
        let conditions = node.status.and_then(|status| status.conditions);
        let mut conditions = conditions.into_iter().flatten();
        let ready = conditions.find(|condition| condition.type_ == "Ready");
        ready.expect("it has said so").status
    };
    assert_eq!(ready().await, "True");
    let unknown = json!({"status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}});
    let patched = nodes
        .patch_status(
            "node-1",
            &PatchParams::default(),
            &Patch::Strategic(unknown),
        )
        .await;
    patched.expect("patched");
    assert_eq!(ready().await, "Unknown");
    world.clock.sleep(Duration::from_secs(11)).await;
    assert_eq!(ready().await, "True");
}
