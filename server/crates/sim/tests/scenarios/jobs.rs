//! Jobs, by the second.

use k8s_openapi::api::batch::v1::{Job, JobStatus};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;
use orrery_sim::{EPOCH, Sim, clock_text, condition, is_active, job, run};
use serde_json::json;

fn status(sim: &Sim, name: &str) -> JobStatus {
    sim.get::<Job>(name).status.clone().unwrap_or_default()
}

/// Seconds after noon at which each pod of the Job was created.
fn births(sim: &Sim, name: &str) -> Vec<i64> {
    let noon = EPOCH.as_second();
    let pods = sim.children::<Pod>(name);
    let born = pods
        .iter()
        .filter_map(|pod| pod.metadata.creation_timestamp.clone());
    born.map(|Time(at)| at.as_second() - noon).collect()
}

fn reason(sim: &Sim, name: &str, type_: &str) -> Option<String> {
    let job = sim.get::<Job>(name);
    condition(&job, type_)
        .filter(|c| c.status == "True")?
        .reason
        .clone()
}

#[test]
fn job_32_completions_with_parallelism() {
    run(32, |sim| async move {
        sim.create(job("pi").completions(7).parallelism(3).runs_for(10))
            .await;
        let mut most = 0;
        while !sim.job_is("pi", "Complete") {
            most = most.max(sim.active_pods("pi").len());
            sim.pass_secs(1).await;
        }
        assert_eq!(most, 3, "never more at once");
        assert_eq!(status(&sim, "pi").succeeded, Some(7));
        assert_eq!(
            births(&sim, "pi"),
            [0, 0, 0, 10, 10, 10, 20],
            "and never fewer for long"
        );
        assert_eq!(
            clock_text(status(&sim, "pi").completion_time.as_ref()),
            "12:00:30"
        );
        assert_eq!(
            reason(&sim, "pi", "Complete").as_deref(),
            Some("CompletionsReached"),
            "JOB-49"
        );
        let tracked = |pod: &std::sync::Arc<Pod>| !pod.finalizers().is_empty();
        assert!(!sim.children::<Pod>("pi").iter().any(tracked), "JOB-53");
    });
}

#[test]
fn job_37_parallelism_up_and_down() {
    run(37, |sim| async move {
        sim.create(job("crowd").completions(20).parallelism(4).runs_for(100))
            .await;
        sim.at_secs(10).await;
        assert_eq!(sim.active_pods("crowd").len(), 4);
        sim.patch::<Job>("crowd", json!({"spec": {"parallelism": 6}}))
            .await;
        sim.at_secs(20).await;
        assert_eq!(sim.active_pods("crowd").len(), 6);
        sim.patch::<Job>("crowd", json!({"spec": {"parallelism": 1}}))
            .await;
        sim.at_secs(30).await;
        assert_eq!(sim.active_pods("crowd").len(), 1);
        assert_eq!(
            status(&sim, "crowd").failed.unwrap_or(0),
            0,
            "not counted as failures"
        );
        assert_eq!(births(&sim, "crowd"), [0], "the newest go first (JOB-33)");
    });
}

#[test]
fn job_41_45_retries_come_after_10_20_40_seconds_until_the_limit() {
    run(45, |sim| async move {
        sim.create(job("flaky").runs_for(5).exits_with(3).backoff_limit(3))
            .await;
        sim.until("it has failed", || sim.job_is("flaky", "Failed"))
            .await;
        // each runs 5 s; from its end, 10, 20 and 40 s
        assert_eq!(births(&sim, "flaky"), [0, 15, 40, 85]);
        assert_eq!(
            reason(&sim, "flaky", "Failed").as_deref(),
            Some("BackoffLimitExceeded")
        );
        let status = status(&sim, "flaky");
        assert_eq!((status.failed, status.completion_time), (Some(4), None));
        let said = sim.told("flaky");
        let last = "BackoffLimitExceeded Job has reached the specified backoff limit";
        assert_eq!(said.last().map(String::as_str), Some(last), "JOB-51");
    });
}

#[test]
fn job_42_restarts_in_place_count_against_the_limit() {
    run(142, |sim| async move {
        sim.create(job("patient").restarts_after(2).backoff_limit(4))
            .await;
        sim.until("it is complete", || sim.job_is("patient", "Complete"))
            .await;
        assert_eq!(
            sim.children::<Pod>("patient").len(),
            1,
            "one pod, restarted"
        );
        assert_eq!(status(&sim, "patient").failed.unwrap_or(0), 0);
        sim.create(job("hopeless").restarts_after(100).backoff_limit(2))
            .await;
        sim.until("it has failed", || sim.job_is("hopeless", "Failed"))
            .await;
        assert_eq!(
            reason(&sim, "hopeless", "Failed").as_deref(),
            Some("BackoffLimitExceeded")
        );
    });
}

#[test]
fn job_43_50_the_deadline_stops_what_runs_and_keeps_what_is_done() {
    run(50, |sim| async move {
        let slow = job("slow").completions(10).parallelism(2).runs_for(20);
        sim.create(slow.active_deadline_secs(50)).await;
        sim.at_secs(45).await;
        assert_eq!(
            (status(&sim, "slow").succeeded, status(&sim, "slow").active),
            (Some(4), Some(2))
        );
        sim.until("it has failed", || sim.job_is("slow", "Failed"))
            .await;
        assert!(
            (50..=51).contains(&sim.elapsed_secs()),
            "JOB-43: at the deadline"
        );
        assert_eq!(
            reason(&sim, "slow", "Failed").as_deref(),
            Some("DeadlineExceeded")
        );
        sim.pass_secs(120).await;
        let pods = sim.children::<Pod>("slow");
        assert!(
            !pods.iter().any(|pod| is_active(pod)),
            "what ran is stopped"
        );
        assert_eq!(
            births(&sim, "slow"),
            [0, 0, 20, 20],
            "nothing new begins; what is done stays"
        );
        let status = status(&sim, "slow");
        assert_eq!(
            (status.succeeded, status.failed),
            (Some(4), Some(2)),
            "JOB-50"
        );
        assert!(
            condition(&sim.get::<Job>("slow"), "FailureTarget").is_some(),
            "JOB-48"
        );
    });
}

#[test]
fn job_48_failed_comes_when_the_last_pod_has_ended() {
    run(48, |sim| async move {
        let deaf = job("deaf").runs_forever().ignores_sigterm(30);
        sim.create(deaf.active_deadline_secs(10)).await;
        sim.at_secs(20).await;
        assert!(sim.job_is("deaf", "FailureTarget") && !sim.job_is("deaf", "Failed"));
        assert_eq!(status(&sim, "deaf").terminating, Some(1));
        sim.until("it has failed", || sim.job_is("deaf", "Failed"))
            .await;
        assert_eq!(sim.elapsed_secs(), 40, "ten seconds and thirty of grace");
    });
}

#[test]
fn job_22_35_indexed_jobs_run_each_index_once() {
    run(22, |sim| async move {
        sim.create(
            job("shards")
                .indexed()
                .completions(5)
                .parallelism(2)
                .runs_for(3),
        )
        .await;
        sim.until("it is complete", || sim.job_is("shards", "Complete"))
            .await;
        assert_eq!(
            status(&sim, "shards").completed_indexes.as_deref(),
            Some("0-4")
        );
        let pods = sim.children::<Pod>("shards");
        let index = |pod: &std::sync::Arc<Pod>| {
            let annotations = pod.metadata.annotations.clone().unwrap_or_default();
            annotations["batch.kubernetes.io/job-completion-index"].clone()
        };
        let mut indexes: Vec<String> = pods.iter().map(index).collect();
        indexes.sort();
        assert_eq!(indexes, ["0", "1", "2", "3", "4"]);
        let hosts = pods
            .iter()
            .filter_map(|pod| pod.spec.as_ref()?.hostname.clone());
        assert!(hosts.into_iter().all(|host| host.starts_with("shards-")));
    });
}

#[test]
fn job_90_to_93_suspend_and_resume() {
    run(90, |sim| async move {
        let paused = job("paused")
            .suspended()
            .completions(3)
            .parallelism(3)
            .runs_for(30);
        sim.create(paused.active_deadline_secs(60)).await;
        sim.at_secs(100).await;
        assert_eq!(
            reason(&sim, "paused", "Suspended").as_deref(),
            Some("JobSuspended")
        );
        assert!(sim.children::<Pod>("paused").is_empty(), "JOB-90");
        assert_eq!(status(&sim, "paused").start_time, None);
        sim.patch::<Job>("paused", json!({"spec": {"suspend": false}}))
            .await;
        sim.at_secs(110).await;
        assert_eq!(sim.active_pods("paused").len(), 3);
        assert_eq!(
            clock_text(status(&sim, "paused").start_time.as_ref()),
            "12:01:40",
            "JOB-92"
        );
        sim.patch::<Job>("paused", json!({"spec": {"suspend": true}}))
            .await;
        sim.at_secs(120).await;
        assert!(sim.children::<Pod>("paused").is_empty(), "JOB-91");
        let held = status(&sim, "paused");
        assert_eq!(
            (held.failed.unwrap_or(0), held.start_time),
            (0, None),
            "JOB-91"
        );
        sim.at_secs(300).await;
        sim.patch::<Job>("paused", json!({"spec": {"suspend": false}}))
            .await;
        sim.until("it is complete", || sim.job_is("paused", "Complete"))
            .await;
        assert_eq!(
            sim.elapsed_secs(),
            330,
            "JOB-93: the deadline did not tick meanwhile"
        );
        let resumed: Vec<String> = sim.told("paused");
        assert!(
            resumed.contains(&"Resumed Job resumed".to_owned()),
            "{resumed:?}"
        );
    });
}

#[test]
fn ttl_01_a_finished_job_goes_after_its_time() {
    run(1, |sim| async move {
        sim.create(job("brief").runs_for(10).ttl_secs(60)).await;
        sim.at_secs(69).await;
        assert!(sim.job_is("brief", "Complete") && sim.children::<Pod>("brief").len() == 1);
        sim.until("it is gone", || sim.find::<Job>("brief").is_none())
            .await;
        assert_eq!(sim.elapsed_secs(), 70);
        assert!(
            sim.all::<Pod>().is_empty(),
            "Foreground: its pods went before it"
        );
    });
}

#[test]
fn event_01_no_event_meets_the_name_of_another_of_its_instant() {
    run(15, |sim| async move {
        sim.create(job("pi").completions(4).parallelism(4).runs_for(0))
            .await;
        sim.until("it is complete", || sim.job_is("pi", "Complete"))
            .await;
        sim.pass_secs(1).await;
        let history = sim.history();
        let posts = history
            .requests()
            .filter(|line| line.method == "POST" && line.path.contains("/events"));
        let codes: Vec<u16> = posts.map(|line| line.code).collect();
        assert!(codes.len() >= 20, "{} events of four pods", codes.len());
        assert_eq!(codes.iter().filter(|code| **code != 201).count(), 0);
    });
}

/// What one Job of one pod asks of the API server, its creation and Events included; heartbeats are not
/// its own.
#[test]
fn a_job_of_one_pod_takes_sixteen_requests_at_most() {
    run(1, |sim| async move {
        sim.pass_secs(5).await;
        let before = sim.requests();
        sim.create(job("pi").runs_for(0)).await;
        sim.until("it is complete", || sim.job_is("pi", "Complete"))
            .await;
        sim.pass_secs(1).await;
        let history = sim.history();
        let asked = history.lines()[before..].iter().map(ToString::to_string);
        let asked: Vec<_> = asked.filter(|line| !line.contains("/leases/")).collect();
        assert!(asked.len() <= 16, "{}:\n{}", asked.len(), asked.join("\n"));
    });
}
