//! One Job of very many pods.

use std::time::Instant;

use k8s_openapi::api::batch::v1::Job;
use kube::Api;
use kube::api::PostParams;
use orrery_informer::ObjectKey;
use orrery_sim::{Build, job};

use crate::rig::Rig;
use crate::{cpu_secs, resident_mb};

const PARALLELISM: i32 = 1000;
/// Room for twice the pods that run at once: those that have ended take none.
const NODES: u32 = 20;

/// Runs an Indexed Job of `completions` pods that end at once.
pub async fn complete(completions: i32) {
    let rig = Rig::start(NODES).await;
    let api: Api<Job> = Api::namespaced(rig.client.clone(), "default");
    let (began, cpu) = (Instant::now(), cpu_secs());
    let big = job("big")
        .completions(completions)
        .parallelism(PARALLELISM)
        .indexed()
        .runs_for(0)
        .build();
    let created = api.create(&PostParams::default(), &big).await;
    created.expect("a literal Job is valid");
    let key = ObjectKey::new("default", "big");
    rig.until(|caches| {
        let job = caches.jobs.get(&key);
        let status = job.and_then(|job| job.status.clone()).unwrap_or_default();
        status.completion_time.is_some()
    })
    .await;
    let secs = began.elapsed().as_secs_f64();
    println!("big-job-{completions}-s {secs:.1}");
    println!(
        "big-job-{completions}-pods-per-second {:.0}",
        f64::from(completions) / secs
    );
    println!("big-job-{completions}-cpu-s {:.1}", cpu_secs() - cpu);
    println!(
        "big-job-{completions}-requests-per-pod {:.2}",
        rig.requests() as f64 / f64::from(completions)
    );
    println!("big-job-{completions}-memory-mb {:.0}", resident_mb());
}
