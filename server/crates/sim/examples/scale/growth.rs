//! The same work in a small and in a full cluster: does a reconcile cost what its own object costs?

use std::time::Instant;

use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::Api;
use kube::api::{Patch, PatchParams, PostParams};
use orrery_informer::ObjectKey;
use orrery_sim::{Build, cronjob, job};
use serde_json::json;

use crate::rig::Rig;
use crate::{cpu_secs, resident_mb};

/// Of a hundred objects so many are Jobs that are suspended, pods that have ended (upstream keeps 12,500
/// of them at most), CronJobs that are suspended, and ConfigMaps for the rest.
const JOBS: usize = 40;
const PODS: usize = 12;
const CRONJOBS: usize = 8;

/// Jobs whose cost is measured, one after another.
const MEASURED: usize = 200;

/// Fills a cluster with `objects` and measures Jobs in it.
pub async fn jobs_among(objects: usize) {
    let rig = Rig::start(3).await;
    let began = Instant::now();
    let before = resident_mb();
    fill(&rig, objects).await;
    rig.until(|caches| {
        caches.jobs.len() == objects * JOBS / 100 && caches.pods.len() == objects * PODS / 100
    })
    .await;
    // what the filling left to do
    rig.clock.sleep(std::time::Duration::from_secs(3)).await;
    println!(
        "growth-{objects}-fill-s {:.1}",
        began.elapsed().as_secs_f64()
    );
    println!(
        "growth-{objects}-memory-kb-per-object {:.1}",
        (resident_mb() - before) * 1000.0 / objects as f64
    );

    let idle = cpu_secs();
    rig.clock.sleep(std::time::Duration::from_secs(10)).await;
    println!(
        "growth-{objects}-idle-cpu-percent {:.1}",
        (cpu_secs() - idle) * 10.0
    );
    let api: Api<Job> = Api::namespaced(rig.client.clone(), "default");
    let (began, cpu, requests) = (Instant::now(), cpu_secs(), rig.requests());
    for number in 0..MEASURED {
        let one = job(&format!("measured-{number}")).runs_for(0).build();
        let created = api.create(&PostParams::default(), &one).await;
        created.expect("a literal Job is valid");
    }
    let key = |number| ObjectKey::new("default", format!("measured-{number}"));
    rig.until(|caches| {
        (0..MEASURED).all(|number| {
            let job = caches.jobs.get(&key(number));
            job.is_some_and(|job| {
                job.status
                    .as_ref()
                    .is_some_and(|s| s.completion_time.is_some())
            })
        })
    })
    .await;
    let each = |total: f64| total * 1000.0 / MEASURED as f64;
    println!(
        "growth-{objects}-job-ms {:.2}",
        each(began.elapsed().as_secs_f64())
    );
    println!("growth-{objects}-job-cpu-ms {:.2}", each(cpu_secs() - cpu));
    println!(
        "growth-{objects}-requests-per-job {:.1}",
        (rig.requests() - requests) as f64 / MEASURED as f64
    );
}

async fn fill(rig: &Rig, objects: usize) {
    let (jobs, pods, cronjobs) = (
        objects * JOBS / 100,
        objects * PODS / 100,
        objects * CRONJOBS / 100,
    );
    let api: Api<Job> = Api::namespaced(rig.client.clone(), "default");
    for number in 0..jobs {
        let asleep = job(&format!("asleep-{number}")).suspended().build();
        api.create(&PostParams::default(), &asleep)
            .await
            .expect("valid");
    }
    let api: Api<Pod> = Api::namespaced(rig.client.clone(), "default");
    for number in 0..pods {
        let name = format!("ended-{number}");
        let pod = json!({
            "metadata": {"name": name, "labels": {"app": "ended", "number": number.to_string()}},
            "spec": {"nodeName": "node-1", "restartPolicy": "Never", "containers": [{"name": "main", "image": "x"}]},
        });
        let pod: Pod = serde_json::from_value(pod).expect("a literal pod");
        api.create(&PostParams::default(), &pod)
            .await
            .expect("valid");
        let status = json!({"status": {"phase": "Succeeded"}});
        let (params, status) = (PatchParams::default(), Patch::Merge(status));
        let patched = api.patch_status(&name, &params, &status).await;
        patched.expect("valid");
    }
    let api: Api<CronJob> = Api::namespaced(rig.client.clone(), "default");
    for number in 0..cronjobs {
        let idle = cronjob(&format!("idle-{number}")).suspended().build();
        api.create(&PostParams::default(), &idle)
            .await
            .expect("valid");
    }
    let api: Api<ConfigMap> = Api::namespaced(rig.client.clone(), "default");
    for number in 0..objects - jobs - pods - cronjobs {
        let map = json!({"metadata": {"name": format!("map-{number}")}, "data": {"key": "v".repeat(1000)}});
        let map: ConfigMap = serde_json::from_value(map).expect("a literal ConfigMap");
        api.create(&PostParams::default(), &map)
            .await
            .expect("valid");
    }
}
