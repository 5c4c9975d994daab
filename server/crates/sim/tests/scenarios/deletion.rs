//! The three propagation policies on the three kinds, and namespaces.

use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Pod};
use kube::api::DeleteParams;
use kube::{Resource, ResourceExt};
use orrery_sim::{Sim, cronjob, daemonset, job, run};

/// One of each at work: a CronJob with a running Job and its pod, a Job with two pods, a DaemonSet
/// with three.
async fn busy(sim: &Sim) {
    sim.create(cronjob("nightly").every_minute().forbid().runs_for(3600))
        .await;
    sim.create(job("batch").completions(2).parallelism(2).runs_for(3600))
        .await;
    sim.create(daemonset("agent")).await;
    sim.at_secs(65).await;
    assert_eq!(sim.all::<Job>().len(), 2);
    assert_eq!(sim.all::<Pod>().len(), 6);
}

async fn delete_all(sim: &Sim, how: DeleteParams) {
    sim.delete::<CronJob>("nightly", how.clone()).await;
    sim.delete::<Job>("batch", how.clone()).await;
    sim.delete::<DaemonSet>("agent", how).await;
}

fn nothing_is_owned<K: Resource<DynamicType = ()>>(objects: &[std::sync::Arc<K>]) -> bool {
    objects
        .iter()
        .all(|object| object.owner_references().is_empty())
}

#[test]
fn gc_01_background_removes_the_owner_at_once_and_the_rest_soon() {
    run(1, |sim| async move {
        busy(&sim).await;
        delete_all(&sim, DeleteParams::background()).await;
        assert!(sim.find::<CronJob>("nightly").is_none(), "at once");
        assert!(sim.find::<Job>("batch").is_none() && sim.find::<DaemonSet>("agent").is_none());
        sim.pass_secs(2).await;
        assert!(
            sim.all::<Job>().is_empty(),
            "the CronJob's Job is collected"
        );
        assert!(sim.all::<Pod>().is_empty(), "and so are all pods");
        assert!(sim.all::<ControllerRevision>().is_empty());
    });
}

#[test]
fn gc_02_foreground_keeps_the_owner_until_the_last_dependent_is_gone() {
    run(2, |sim| async move {
        let deaf = job("batch").completions(2).parallelism(2).runs_forever();
        sim.create(deaf.ignores_sigterm(30)).await;
        sim.create(
            cronjob("nightly")
                .every_minute()
                .of(|job| job.runs_forever().ignores_sigterm(30)),
        )
        .await;
        sim.create(daemonset("agent")).await;
        sim.at_secs(65).await;
        delete_all(&sim, DeleteParams::foreground()).await;
        sim.pass_secs(10).await;
        for meta in [
            sim.get::<Job>("batch").metadata.clone(),
            sim.get::<CronJob>("nightly").metadata.clone(),
        ] {
            assert!(meta.deletion_timestamp.is_some());
            assert_eq!(meta.finalizers.unwrap_or_default(), ["foregroundDeletion"]);
        }
        assert_eq!(sim.all::<Pod>().len(), 3, "in their grace");
        assert!(
            sim.find::<DaemonSet>("agent").is_none(),
            "its pods stopped when they were told to"
        );
        sim.until("the Jobs are gone", || sim.all::<Job>().is_empty())
            .await;
        assert_eq!(sim.elapsed_secs(), 95);
        sim.until("the CronJob is gone", || {
            sim.find::<CronJob>("nightly").is_none()
        })
        .await;
        assert!(sim.all::<Pod>().is_empty());
        assert_eq!(
            sim.elapsed_secs(),
            95,
            "and nothing waits longer than it must"
        );
    });
}

#[test]
fn gc_03_orphan_leaves_the_dependents_running_and_unowned() {
    run(3, |sim| async move {
        busy(&sim).await;
        let names = |sim: &Sim| {
            let mut names: Vec<_> = sim.all::<Pod>().iter().map(|pod| pod.name_any()).collect();
            names.sort();
            names
        };
        let before = names(&sim);
        delete_all(&sim, DeleteParams::orphan()).await;
        sim.pass_secs(60).await;
        assert!(sim.find::<CronJob>("nightly").is_none());
        assert!(sim.find::<Job>("batch").is_none() && sim.find::<DaemonSet>("agent").is_none());
        assert_eq!(names(&sim), before, "the very same pods");
        let nightly = sim.all::<Job>();
        assert_eq!(nightly.len(), 1, "the CronJob's Job goes on");
        assert!(nothing_is_owned(&nightly));
        let pods = sim.all::<Pod>();
        let owned = pods.iter().filter(|pod| !pod.owner_references().is_empty());
        assert_eq!(owned.count(), 1, "only the pod of the Job that is left");
        assert!(nothing_is_owned(&sim.all::<ControllerRevision>()));
    });
}

#[test]
fn ns_01_a_namespace_is_emptied_pods_first() {
    run(101, |sim| async move {
        sim.create_namespace("team").await;
        let deaf = job("work").in_namespace("team").runs_forever();
        sim.create(deaf.ignores_sigterm(30)).await;
        let notes = serde_json::json!({"metadata": {"name": "notes", "namespace": "team"}});
        let notes: ConfigMap = serde_json::from_value(notes).expect("a literal");
        let api = kube::Api::namespaced(sim.client(), "team");
        let created = api.create(&Default::default(), &notes).await;
        created.expect("a literal object is valid");
        sim.until("the pod runs", || {
            let pods = sim.all::<Pod>();
            pods.first().is_some_and(|pod| orrery_sim::is_ready(pod))
        })
        .await;
        sim.delete_cluster_wide::<Namespace>("team").await;
        sim.pass_secs(20).await;
        let kept = sim.read(|mirror| mirror.get::<ConfigMap>("team", "notes"));
        assert!(kept.is_some(), "the pod is in its grace, so all else waits");
        sim.until("the namespace is gone", || {
            sim.find::<Namespace>("team").is_none()
        })
        .await;
        assert!(
            sim.elapsed_secs() <= 40,
            "soon after the grace: {}",
            sim.elapsed_secs()
        );
        assert!(sim.all::<Pod>().is_empty() && sim.all::<Job>().is_empty());
    });
}
