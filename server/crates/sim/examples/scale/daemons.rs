//! One DaemonSet over very many nodes.

use std::time::Instant;

use k8s_openapi::api::apps::v1::{DaemonSet, DaemonSetStatus};
use kube::Api;
use kube::api::{Patch, PatchParams, PostParams};
use orrery_controllers::Caches;
use orrery_informer::ObjectKey;
use orrery_sim::{Build, daemonset};
use serde_json::json;

use crate::cpu_secs;
use crate::rig::Rig;

/// Rolls out a DaemonSet, and rolls its next version.
pub async fn roll_out(nodes: u32) {
    let (began, cpu) = (Instant::now(), cpu_secs());
    let rig = Rig::start(nodes).await;
    println!(
        "daemons-{nodes}-nodes-up-s {:.1}",
        began.elapsed().as_secs_f64()
    );
    println!("daemons-{nodes}-nodes-up-cpu-s {:.1}", cpu_secs() - cpu);
    let api: Api<DaemonSet> = Api::namespaced(rig.client.clone(), "default");
    let count = i32::try_from(nodes).expect("a few thousand");

    let (began, cpu, before) = (Instant::now(), cpu_secs(), rig.requests());
    let agent = daemonset("agent").max_unavailable(count).build();
    let created = api.create(&PostParams::default(), &agent).await;
    created.expect("a literal DaemonSet is valid");
    rig.until(|caches| status(caches).number_available == Some(count))
        .await;
    println!(
        "daemons-{nodes}-rollout-s {:.1}",
        began.elapsed().as_secs_f64()
    );
    println!("daemons-{nodes}-rollout-cpu-s {:.1}", cpu_secs() - cpu);
    let requests = (rig.requests() - before) as f64;
    println!(
        "daemons-{nodes}-requests-per-node {:.2}",
        requests / f64::from(nodes)
    );

    let (began, cpu) = (Instant::now(), cpu_secs());
    let next = json!({"spec": {"template": {"metadata": {"annotations": {"version": "2"}}}}});
    let patched = api
        .patch("agent", &PatchParams::default(), &Patch::Merge(next))
        .await;
    let generation = patched
        .expect("a literal patch is valid")
        .metadata
        .generation;
    rig.until(|caches| {
        let status = status(caches);
        status.observed_generation == generation
            && status.updated_number_scheduled == Some(count)
            && status.number_available == Some(count)
    })
    .await;
    println!(
        "daemons-{nodes}-update-s {:.1}",
        began.elapsed().as_secs_f64()
    );
    println!("daemons-{nodes}-update-cpu-s {:.1}", cpu_secs() - cpu);
}

fn status(caches: &Caches) -> DaemonSetStatus {
    let agent = caches.daemonsets.get(&ObjectKey::new("default", "agent"));
    agent
        .and_then(|agent| agent.status.clone())
        .unwrap_or_default()
}
