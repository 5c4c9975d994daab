//! The auditor sees what it is there for: each rule is broken on purpose, by a person's hand, while
//! the controllers are away.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::DeleteParams;
use orrery_store::{Change, ChangeKind, DiskFaults, Entry, Unflushed};
use serde_json::{Value, json};

use super::histories::changed;
use super::rules::{Rules, Scene};
use crate::builders::{Build, cronjob, daemonset, job};
use crate::check;
use crate::host::Outage;
use crate::mirror::{Mirror, Step};
use crate::rest::{come_to_rest, vanish};
use crate::sim::{EPOCH, Options, Sim, simulate};
use crate::timekeeping::keep_time;

/// Longer than any of these scenarios.
const AWAY_SECS: u64 = 3600;

/// What the auditor found at first.
fn found<F, Fut>(scenario: F) -> Option<&'static str>
where
    F: FnOnce(Sim) -> Fut,
    Fut: Future<Output = ()>,
{
    let (_, verdict) = simulate(Options::new(1), scenario);
    verdict.err().map(|violation| violation.invariant)
}

fn owner(kind: &str, api_version: &str, name: &str, uid: Option<String>) -> Value {
    json!([{"apiVersion": api_version, "kind": kind, "name": name, "uid": uid, "controller": true}])
}

fn pod(name: &str, owners: Value, node: &str) -> Pod {
    let pod = json!({
        "metadata": {"name": name, "ownerReferences": owners},
        "spec": {"nodeName": node, "containers": [{"name": "main", "image": "x"}]},
    });
    serde_json::from_value(pod).expect("a literal pod")
}

async fn put<K: crate::builders::Buildable>(sim: &Sim, object: K) {
    let api = kube::Api::namespaced(sim.client(), "default");
    let created = api.create(&Default::default(), &object).await;
    created.expect("a literal object is valid");
}

fn scheduled(name: &str, of: &CronJob, slot: &str) -> Job {
    let job = json!({
        "metadata": {
            "name": name, "ownerReferences": owner("CronJob", "batch/v1", &of.name_any(), of.uid()),
            "annotations": {"batch.kubernetes.io/cronjob-scheduled-timestamp": slot},
        },
        "spec": of.spec.job_template.spec,
    });
    serde_json::from_value(job).expect("a literal Job")
}

#[test]
fn a_pod_too_many_is_seen() {
    let found = found(|sim| async move {
        let job = sim
            .create(job("pi").completions(9).parallelism(2).runs_for(600))
            .await;
        sim.until("it runs", || sim.active_pods("pi").len() == 2)
            .await;
        sim.kill_controllers_for(AWAY_SECS);
        let owners = owner("Job", "batch/v1", "pi", job.uid());
        put(&sim, pod("third", owners, "node-1")).await;
    });
    assert_eq!(found, Some("never more pods than parallelism"));
}

#[test]
fn a_pod_counted_twice_is_seen() {
    let found = found(|sim| async move {
        sim.create(job("pi").completions(3).runs_for(5)).await;
        sim.until("one is done", || {
            let status = sim.get::<Job>("pi").status.clone().unwrap_or_default();
            status.succeeded == Some(1)
        })
        .await;
        sim.kill_controllers_for(AWAY_SECS);
        let api: kube::Api<Job> = kube::Api::namespaced(sim.client(), "default");
        let patch = kube::api::Patch::Merge(json!({"status": {"succeeded": 2}}));
        let patched = api.patch_status("pi", &Default::default(), &patch).await;
        patched.expect("a status that might be true");
    });
    assert_eq!(found, Some("a pod is counted once"));
}

#[test]
fn a_slot_that_runs_twice_is_seen_in_whichever_zone_it_is_written() {
    for second in ["2026-11-23T12:01:00Z", "2026-11-23T21:01:00+09:00"] {
        let found = found(|sim| async move {
            let of = sim.create(cronjob("tick").allow()).await;
            sim.kill_controllers_for(AWAY_SECS);
            put(&sim, scheduled("one", &of, "2026-11-23T12:01:00Z")).await;
            put(&sim, scheduled("two", &of, second)).await;
        });
        assert_eq!(found, Some("a slot never runs twice"), "{second}");
    }
}

#[test]
fn a_slot_may_run_again_only_when_a_person_deleted_its_job_before_it_was_recorded() {
    let twice = Some("a slot never runs twice");
    for (by_hand, recorded, expected) in [
        (true, false, None),
        (true, true, twice),
        (false, false, twice),
    ] {
        let found = found(|sim| async move {
            let of = sim.create(cronjob("tick").allow()).await;
            sim.kill_controllers_for(AWAY_SECS);
            let slot = "2026-11-23T12:01:00Z";
            put(&sim, scheduled("one", &of, slot)).await;
            if recorded {
                let api: kube::Api<CronJob> = kube::Api::namespaced(sim.client(), "default");
                let patch = kube::api::Patch::Merge(json!({"status": {"lastScheduleTime": slot}}));
                let patched = api.patch_status("tick", &Default::default(), &patch).await;
                patched.expect("a status that might be true");
            }
            if by_hand {
                let uid = sim.get::<Job>("one").uid();
                sim.deleted_by_hand(uid.expect("a stored Job has one"));
            }
            sim.delete::<Job>("one", DeleteParams::background()).await;
            put(&sim, scheduled("two", &of, slot)).await;
        });
        assert_eq!(found, expected, "by hand: {by_hand}, recorded: {recorded}");
    }
}

#[test]
fn an_overlap_is_seen_where_the_policy_says_so() {
    let overlap = "Forbid and Replace never leave two";
    for (policy, expected) in [
        ("Allow", None),
        ("Forbid", Some(overlap)),
        ("Replace", Some(overlap)),
    ] {
        let found = found(|sim| async move {
            let built = cronjob("tick").runs_for(600);
            let of = match policy {
                "Allow" => built.allow(),
                "Forbid" => built.forbid(),
                _ => built.replace(),
            };
            let of = sim.create(of).await;
            sim.kill_controllers_for(AWAY_SECS);
            put(&sim, scheduled("one", &of, "2026-11-23T12:01:00Z")).await;
            put(&sim, scheduled("two", &of, "2026-11-23T12:02:00Z")).await;
        });
        assert_eq!(found, expected, "{policy}");
    }
}

#[test]
fn a_second_daemon_on_a_node_is_seen() {
    for (surge, expected) in [
        (false, Some("one pod for a node and DaemonSet")),
        (true, None),
    ] {
        let found = found(|sim| async move {
            let built = daemonset("agent");
            let built = match surge {
                true => built.max_surge(1),
                false => built.max_unavailable(1),
            };
            let made = sim.create(built).await;
            sim.until("it runs", || sim.active_pods("agent").len() == 3)
                .await;
            sim.kill_controllers_for(AWAY_SECS);
            let owners = owner("DaemonSet", "apps/v1", "agent", made.uid());
            put(&sim, pod("second", owners, "node-1")).await;
        });
        assert_eq!(found, expected, "surge: {surge}");
    }
}

#[test]
fn what_nobody_collects_is_seen() {
    let found = found(|sim| async move {
        sim.create(job("pi").runs_forever()).await;
        sim.until("it runs", || sim.active_pods("pi").len() == 1)
            .await;
        sim.kill_controllers_for(AWAY_SECS);
        sim.delete::<Job>("pi", DeleteParams::background()).await;
        sim.pass_secs(320).await;
        // the auditor looks when something changes
        sim.create(job("another")).await;
    });
    assert_eq!(
        found,
        Some("everything has a living owner or is being collected")
    );
}

#[test]
fn a_job_that_nobody_runs_is_seen_to_be_stuck() {
    let found = found(|sim| async move {
        sim.kill_controllers_for(2 * AWAY_SECS);
        sim.create(job("pi").completions(1).runs_for(1)).await;
        come_to_rest(&sim).await;
    });
    assert_eq!(found, Some("nothing is stuck"));
}

#[test]
fn a_cronjob_that_nobody_runs_is_seen_to_be_stuck() {
    for (suspended, expected) in [(false, Some("nothing is stuck")), (true, None)] {
        let found = found(|sim| async move {
            let built = cronjob("tick").every_minute();
            sim.create(match suspended {
                true => built.suspended(),
                false => built,
            })
            .await;
            keep_time(&sim).await;
            assert_eq!(sim.verdict(), Ok(()), "while somebody looks after it");
            sim.kill_controllers_for(AWAY_SECS);
            keep_time(&sim).await;
        });
        assert_eq!(found, expected, "suspended: {suspended}");
    }
}

#[test]
fn a_panic_is_a_violation_and_leaves_the_history() {
    let in_the_story = check::play(Options::new(1), |sim| async move {
        sim.create(job("pi")).await;
        panic!("a story may be wrong");
    });
    let in_a_task = check::play(Options::new(1), |sim| async move {
        let task = tokio::spawn(async { panic!("a part may be wrong") });
        let _ = task.await;
        sim.create(job("pi")).await;
    });
    for ((verdict, history), said) in [
        (in_the_story, "a story may be wrong"),
        (in_a_task, "a part may be wrong"),
    ] {
        let violation = verdict.expect_err("it panicked");
        assert_eq!(violation.invariant, "nothing panics");
        assert!(violation.message.contains(said), "{violation}");
        let made = history
            .requests()
            .any(|request| request.method == http::Method::POST);
        assert!(made, "what came before is told");
    }
}

#[test]
fn a_pod_that_never_goes_is_seen_to_be_stuck() {
    let found = found(|sim| async move {
        let mut held = pod("held", json!([]), "node-1");
        held.metadata.finalizers = Some(vec!["example.com/held".to_owned()]);
        put(&sim, held).await;
        let api: kube::Api<Pod> = kube::Api::namespaced(sim.client(), "default");
        let deleted = api.delete("held", &DeleteParams::default()).await;
        deleted.expect("it is there");
        vanish(&sim).await;
    });
    assert_eq!(found, Some("nothing is stuck"));
}

#[test]
fn a_disk_that_only_says_that_it_has_flushed_is_seen() {
    let found = found(|sim| async move {
        let lies = DiskFaults {
            lies: true,
            ..DiskFaults::default()
        };
        sim.set_disk(lies);
        sim.create(job("pi").runs_for(1)).await;
        let outage = Outage {
            operations: 0,
            unflushed: Unflushed::Lost,
            down: Duration::ZERO,
        };
        sim.crash_server(outage).await;
        sim.pass_secs(5).await;
    });
    assert_eq!(found, Some("what was acknowledged survives a crash"));
}

#[test]
fn a_job_that_is_finished_before_its_pods_are_counted_is_seen() {
    for (status, expected) in [
        (
            json!({"succeeded": 1}),
            "a Job is finished once all is counted",
        ),
        (
            json!({"succeeded": 2, "uncountedTerminatedPods": {"succeeded": ["u"]}}),
            "a Job is finished once all is counted",
        ),
    ] {
        let mut job = job("pi").completions(2).build();
        let mut status = status;
        let condition =
            |kind: &str| json!({"type": kind, "status": "True", "lastTransitionTime": EPOCH});
        status["conditions"] = json!([condition("SuccessCriteriaMet"), condition("Complete")]);
        job.status = Some(serde_json::from_value(status).expect("a literal status"));
        job.metadata.uid = Some("pi".to_owned());
        let mut complaints = Vec::new();
        let mut jobs = super::jobs::Jobs::default();
        let step = Step {
            old: None,
            new: Some(Arc::new(job)),
            revision: 2,
        };
        let mirror = Mirror::default();
        let mut scene = Scene {
            mirror: &mirror,
            now: EPOCH,
            reaction: SignedDuration::ZERO,
            complaints: &mut complaints,
        };
        jobs.job(&step, &mut scene);
        assert!(complaints.iter().any(|(rule, _)| *rule == expected));
    }
}

/// The store never does so; a change made by hand does.
fn change(revision: u64, shown: &str) -> Change {
    let node = json!({"metadata": {"name": "n", "uid": "n", "resourceVersion": shown}});
    let change = changed(revision, ChangeKind::Put, &node);
    let entry = Entry {
        value: node.to_string().into(),
        ..(*change.entry).clone()
    };
    Change {
        entry: Arc::new(entry),
        ..change
    }
}

#[test]
fn a_revision_that_goes_back_and_an_object_that_shows_another_are_seen() {
    let judged = |changes: &[Change]| {
        let (mut rules, mut mirror) = (Rules::default(), Mirror::default());
        let mut complaints = Vec::new();
        for change in changes {
            let at = (EPOCH, SignedDuration::ZERO);
            rules.judge(&mut mirror, change, at, &mut complaints);
        }
        complaints
            .into_iter()
            .map(|(rule, _)| rule)
            .collect::<Vec<_>>()
    };
    let grows = "resourceVersion only grows";
    assert!(judged(&[change(1, "1"), change(2, "2")]).is_empty());
    assert_eq!(judged(&[change(2, "2"), change(1, "1")]), [grows]);
    assert_eq!(judged(&[change(2, "2"), change(2, "2")]), [grows]);
    assert_eq!(judged(&[change(3, "2")]), [grows]);
}
