//! Where a Job's rules meet pods that do not stop when they are told to.

use k8s_openapi::api::batch::v1::{Job, JobStatus};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;
use kube::api::DeleteParams;
use orrery_sim::{EPOCH, Exit, Sim, condition, job, run};
use serde_json::json;

const INDEX: &str = "batch.kubernetes.io/job-completion-index";
const SUCCESS: Exit = Exit {
    code: 0,
    signal: None,
    out_of_memory: false,
};

fn status(sim: &Sim, name: &str) -> JobStatus {
    sim.get::<Job>(name).status.clone().unwrap_or_default()
}

/// The pod of this index.
fn of_index(sim: &Sim, name: &str, index: &str) -> String {
    let pods = sim.children::<Pod>(name);
    let mut pods = pods.iter();
    let pod = pods.find(|pod| pod.annotations().get(INDEX).is_some_and(|of| of == index));
    pod.expect("each index has one").name_any()
}

#[test]
fn job_48_80_a_success_policy_waits_for_the_pods_that_it_stops() {
    run(480, |sim| async move {
        let race = job("race").indexed().completions(3).parallelism(3);
        let race = race.runs_forever().ignores_sigterm(30);
        let policy = json!({"rules": [{"succeededIndexes": "0"}]});
        sim.create(race.with("successPolicy", policy)).await;
        sim.at_secs(5).await;
        sim.end_container(&of_index(&sim, "race", "0"), SUCCESS);
        sim.at_secs(8).await;
        let met = status(&sim, "race");
        let job = sim.get::<Job>("race");
        let announced = condition(&job, "SuccessCriteriaMet").expect("it is met");
        assert_eq!(announced.reason.as_deref(), Some("SuccessPolicy"));
        let message = announced.message.as_deref();
        assert_eq!(message, Some("Matched rules at index 0"));
        assert!(!sim.job_is("race", "Complete"), "two pods are on their way");
        let counts = (
            met.active,
            met.ready,
            met.terminating,
            met.succeeded,
            met.failed,
        );
        assert_eq!(counts, (None, Some(0), Some(2), Some(1), None));
        let pods = sim.children::<Pod>("race");
        let held = pods.iter().filter(|pod| !pod.finalizers().is_empty());
        assert_eq!(held.count(), 0, "JOB-50: they are let go, not counted");
        sim.until("it is complete", || sim.job_is("race", "Complete"))
            .await;
        assert_eq!(sim.elapsed_secs(), 35, "five seconds and thirty of grace");
        let done = status(&sim, "race");
        let counts = (done.terminating, done.succeeded, done.failed);
        assert_eq!(counts, (Some(0), Some(1), None));
        assert_eq!(done.completed_indexes.as_deref(), Some("0"));
        let job = sim.get::<Job>("race");
        let complete = condition(&job, "Complete").expect("it is complete");
        assert_eq!(complete.message.as_deref(), message, "the same words");
    });
}

#[test]
fn job_45_46_79_when_a_pod_that_is_deleted_by_hand_is_replaced_is_the_policys_choice() {
    // the back-off of ten seconds begins with the deletion, or with the end of the grace
    for (policy, waits_for, born) in [("TerminatingOrFailed", 10, 15), ("Failed", 30, 45)] {
        run(79, move |sim| async move {
            let deaf = job("deaf").runs_forever().ignores_sigterm(30);
            sim.create(deaf.with("podReplacementPolicy", json!(policy)))
                .await;
            sim.at_secs(5).await;
            let pod = sim.child_names::<Pod>("deaf").remove(0);
            sim.delete::<Pod>(&pod, DeleteParams::default()).await;
            sim.at_secs(8).await;
            let told = status(&sim, "deaf");
            let failed = (policy == "TerminatingOrFailed").then_some(1);
            let counts = (told.active, told.terminating, told.failed);
            assert_eq!(counts, (None, Some(1), failed), "{policy}");
            sim.at_secs(5 + waits_for - 1).await;
            assert!(sim.active_pods("deaf").is_empty(), "{policy}: none yet");
            sim.at_secs(50).await;
            let pods = sim.children::<Pod>("deaf");
            let births = pods
                .iter()
                .filter_map(|pod| pod.metadata.creation_timestamp.clone());
            let births = births.map(|Time(at)| at.as_second() - EPOCH.as_second());
            assert_eq!(births.collect::<Vec<_>>(), [born], "{policy}");
            let told = status(&sim, "deaf");
            assert_eq!((told.active, told.failed), (Some(1), Some(1)), "{policy}");
        });
    }
}
