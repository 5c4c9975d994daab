//! Very many Jobs of one pod each, made by several clients at once.

use std::time::Instant;

use futures::future::join_all;
use k8s_openapi::api::batch::v1::Job;
use kube::Api;
use kube::api::PostParams;
use orrery_informer::ObjectKey;
use orrery_sim::{Build, job};

use crate::cpu_secs;
use crate::rig::Rig;

const CLIENTS: usize = 8;
const NODES: u32 = 3;

/// Runs `count` Jobs whose pods end at once, until the last is complete.
pub async fn complete(count: usize) {
    let rig = Rig::start(NODES).await;
    let api: Api<Job> = Api::namespaced(rig.client.clone(), "default");
    let (began, cpu) = (Instant::now(), cpu_secs());
    let clients = (0..CLIENTS).map(|client| {
        let api = api.clone();
        tokio::spawn(async move {
            for number in (client..count).step_by(CLIENTS) {
                let one = job(&name(number)).runs_for(0).build();
                let created = api.create(&PostParams::default(), &one).await;
                created.expect("a literal Job is valid");
            }
        })
    });
    for created in join_all(clients).await {
        created.expect("no client panics");
    }
    // those that were complete at the last look need no other
    let mut left: Vec<_> = (0..count)
        .map(|number| ObjectKey::new("default", name(number)))
        .collect();
    while !left.is_empty() {
        left.retain(|key| {
            let job = rig.caches.jobs.get(key);
            let status = job.and_then(|job| job.status.clone());
            status.is_none_or(|status| status.completion_time.is_none())
        });
        rig.clock.sleep(std::time::Duration::from_millis(20)).await;
    }
    let secs = began.elapsed().as_secs_f64();
    println!("jobs-{count}-per-second {:.0}", count as f64 / secs);
    println!(
        "jobs-{count}-cpu-ms {:.2}",
        (cpu_secs() - cpu) * 1000.0 / count as f64
    );
}

fn name(number: usize) -> String {
    format!("load-{number}")
}
