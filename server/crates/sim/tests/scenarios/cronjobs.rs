//! CronJobs over minutes. Slots are whole minutes after noon; the cluster is up within a second.

use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use orrery_sim::{EPOCH, Sim, clock_text, cronjob, is_true, manual_job, run};
use serde_json::json;

/// The name of the Job of that minute after noon (CJ-50).
fn slot(name: &str, minute: i64) -> String {
    format!("{name}-{}", EPOCH.as_second() / 60 + minute)
}

/// `12:01:00 -> 12:02:31` of each Job, in order of creation.
fn runs(sim: &Sim, cronjob: &str) -> Vec<String> {
    let jobs = sim.children::<Job>(cronjob);
    let run = |job: &std::sync::Arc<Job>| {
        let status = job.status.clone().unwrap_or_default();
        let start = clock_text(job.metadata.creation_timestamp.as_ref());
        format!("{start} -> {}", clock_text(status.completion_time.as_ref()))
    };
    jobs.iter().map(run).collect()
}

fn active(sim: &Sim, name: &str) -> Vec<String> {
    let status = sim.get::<CronJob>(name).status.clone().unwrap_or_default();
    let names = status.active.into_iter().flatten();
    names.filter_map(|entry| entry.name).collect()
}

#[test]
fn cj_44_allow_runs_side_by_side() {
    run(44, |sim| async move {
        let report = cronjob("report").every_minute().allow().runs_for(90);
        sim.create(report.keeps(10, 10)).await;
        sim.at_secs(59).await;
        assert!(runs(&sim, "report").is_empty(), "never early");
        sim.at_secs(60).await;
        assert_eq!(
            sim.child_names::<Job>("report"),
            [slot("report", 1)],
            "CJ-50, and at once"
        );
        sim.at_secs(121).await;
        assert_eq!(
            active(&sim, "report"),
            [slot("report", 1), slot("report", 2)]
        );
        assert_eq!(sim.active_pods(&slot("report", 1)).len(), 1);
        assert_eq!(
            sim.active_pods(&slot("report", 2)).len(),
            1,
            "two run at once"
        );
        sim.at_secs(241).await;
        let expected = [
            "12:01:00 -> 12:02:30",
            "12:02:00 -> 12:03:30",
            "12:03:00 -> never",
            "12:04:00 -> never",
        ];
        assert_eq!(runs(&sim, "report"), expected);
    });
}

#[test]
fn cj_42_forbid_skips_while_one_runs_and_then_runs_the_latest_unmet_slot() {
    run(42, |sim| async move {
        let backup = cronjob("backup").every_minute().forbid().runs_for(150);
        sim.create(backup.keeps(10, 10)).await;
        sim.at_secs(205).await;
        assert_eq!(
            sim.child_names::<Job>("backup"),
            [slot("backup", 1)],
            "two slots are skipped"
        );
        let last = sim
            .get::<CronJob>("backup")
            .status
            .clone()
            .unwrap_or_default();
        let last = clock_text(last.last_schedule_time.as_ref());
        assert_eq!(last, "12:01:00", "skipping does not advance it");
        sim.at_secs(212).await;
        let names = [slot("backup", 1), slot("backup", 3)];
        assert_eq!(
            sim.child_names::<Job>("backup"),
            names,
            "12:02 is never made up for"
        );
        let expected = ["12:01:00 -> 12:03:30", "12:03:30 -> never"];
        assert_eq!(
            runs(&sim, "backup"),
            expected,
            "at once, not at the next slot"
        );
        let skipped = "JobAlreadyActive Not starting job because prior execution is running and concurrency policy is Forbid";
        assert!(sim.told("backup").iter().any(|told| told == skipped));
    });
}

#[test]
fn cj_43_replace_stops_the_old_and_starts_anew() {
    run(43, |sim| async move {
        sim.create(cronjob("sync").every_minute().replace().runs_for(600))
            .await;
        for minute in 1..=4 {
            sim.at_secs(60 * minute + 1).await;
            assert_eq!(
                sim.child_names::<Job>("sync"),
                [slot("sync", minute)],
                "one is left"
            );
            assert_eq!(active(&sim, "sync"), [slot("sync", minute)]);
            assert_eq!(sim.active_pods(&slot("sync", minute)).len(), 1);
            assert_eq!(sim.all::<Pod>().len(), 1, "the old pod is gone too");
        }
        let deleted = format!("SuccessfulDelete Deleted job {}", slot("sync", 3));
        assert!(sim.told("sync").contains(&deleted));
    });
}

#[test]
fn cj_43_replace_with_pods_that_will_not_stop() {
    run(143, |sim| async move {
        let stubborn = cronjob("sync").every_minute().replace();
        sim.create(stubborn.of(|job| job.runs_forever().ignores_sigterm(30)))
            .await;
        sim.at_secs(125).await;
        assert_eq!(sim.child_names::<Job>("sync"), [slot("sync", 2)]);
        assert_eq!(sim.all::<Pod>().len(), 2, "the old pod has its grace");
        sim.at_secs(151).await;
        assert_eq!(sim.all::<Pod>().len(), 1, "and is killed after it");
    });
}

#[test]
fn cj_32_suspend_and_resume() {
    run(32, |sim| async move {
        sim.create(cronjob("tick").every_minute().runs_for(100).keeps(10, 10))
            .await;
        sim.at_secs(90).await;
        sim.patch::<CronJob>("tick", json!({"spec": {"suspend": true}}))
            .await;
        sim.at_secs(330).await;
        let expected = ["12:01:00 -> 12:02:40"];
        assert_eq!(
            runs(&sim, "tick"),
            expected,
            "what ran went on, nothing new began"
        );
        sim.patch::<CronJob>("tick", json!({"spec": {"suspend": false}}))
            .await;
        sim.at_secs(331).await;
        let names = [slot("tick", 1), slot("tick", 5)];
        assert_eq!(
            sim.child_names::<Job>("tick"),
            names,
            "the latest missed slot, and only it"
        );
        sim.at_secs(361).await;
        assert_eq!(sim.children::<Job>("tick").len(), 3, "and on from there");
    });
}

#[test]
fn cj_36_controllers_that_were_away_run_the_latest_slot_once() {
    run(36, |sim| async move {
        sim.create(cronjob("tick").every_minute().keeps(100, 10))
            .await;
        sim.at_secs(70).await;
        sim.kill_controllers_for(130 * 60);
        sim.at_secs(131 * 60 + 20).await;
        let names = [slot("tick", 1), slot("tick", 131)];
        assert_eq!(sim.child_names::<Job>("tick"), names);
        let missed =
            |told: &String| told.starts_with("TooManyMissedTimes too many missed start times.");
        assert!(
            sim.told("tick").iter().any(missed),
            "CJ-36: said, and run all the same"
        );
    });
}

#[test]
fn cj_39_a_slot_later_than_its_deadline_is_dropped() {
    run(39, |sim| async move {
        let tick = cronjob("tick").schedule("*/10 * * * *");
        sim.create(tick.starting_deadline_secs(60)).await;
        sim.at_secs(590).await;
        sim.kill_controllers_for(120);
        sim.at_secs(1190).await;
        assert!(
            sim.child_names::<Job>("tick").is_empty(),
            "12:10 was seen at 12:11:50"
        );
        sim.at_secs(1200).await;
        assert_eq!(sim.child_names::<Job>("tick"), [slot("tick", 20)]);
    });
}

#[test]
fn cj_62_a_manual_job_runs_beside_the_schedule() {
    run(62, |sim| async move {
        let made = sim
            .create(cronjob("hand").schedule("0 0 1 1 *").forbid().runs_for(20))
            .await;
        let created = sim.create(manual_job("hand-manual-x", &made)).await;
        assert_eq!(created.owner_references()[0].kind, "CronJob");
        sim.until("it runs", || sim.active_pods("hand-manual-x").len() == 1)
            .await;
        sim.pass_secs(5).await;
        assert!(active(&sim, "hand").is_empty(), "never in the active list");
        let unexpected =
            "UnexpectedJob Saw a job that the controller did not create or forgot: hand-manual-x";
        assert!(sim.told("hand").iter().any(|told| told == unexpected));
        sim.until("it is complete", || sim.job_is("hand-manual-x", "Complete"))
            .await;
        sim.pass_secs(1).await;
        let status = sim
            .get::<CronJob>("hand")
            .status
            .clone()
            .unwrap_or_default();
        assert!(status.last_successful_time.is_some(), "CJ-22");
    });
}

#[test]
fn cj_10_to_14_history_limits() {
    run(10, |sim| async move {
        sim.create(cronjob("good").every_minute().keeps(2, 0)).await;
        sim.create(
            cronjob("bad")
                .every_minute()
                .keeps(0, 1)
                .exits_with(1)
                .of(|job| job.backoff_limit(0)),
        )
        .await;
        sim.create(cronjob("none").every_minute().keeps(0, 0)).await;
        sim.at_secs(5 * 60 + 10).await;
        let names = [slot("good", 4), slot("good", 5)];
        assert_eq!(
            sim.child_names::<Job>("good"),
            names,
            "CJ-12: the newest stay"
        );
        assert_eq!(
            sim.child_names::<Job>("bad"),
            [slot("bad", 5)],
            "CJ-11: each kind by itself"
        );
        assert!(is_true(&sim.get::<Job>(&slot("bad", 5)), "Failed"));
        assert!(sim.child_names::<Job>("none").is_empty(), "CJ-14");
        let status = sim
            .get::<CronJob>("none")
            .status
            .clone()
            .unwrap_or_default();
        assert_eq!(
            clock_text(status.last_successful_time.as_ref()),
            "12:05:01",
            "CJ-14: kept all the same"
        );
        assert!(
            !sim.told("none")
                .iter()
                .any(|told| told.starts_with("SawCompletedJob"))
        );
        sim.until("their pods are collected", || sim.all::<Pod>().len() == 3)
            .await;
    });
}

#[test]
fn a_clock_set_back_runs_no_slot_again() {
    run(201, |sim| async move {
        sim.create(cronjob("tick").every_minute().keeps(100, 10))
            .await;
        sim.pass_secs(330).await;
        assert_eq!(sim.children::<Job>("tick").len(), 5);
        sim.set_clock_by(-180);
        sim.pass_secs(170).await;
        assert_eq!(
            sim.children::<Job>("tick").len(),
            5,
            "12:03 to 12:05 have run"
        );
        sim.pass_secs(60).await;
        assert_eq!(sim.child_names::<Job>("tick").pop(), Some(slot("tick", 6)));
    });
}

#[test]
fn a_clock_set_forward_runs_the_latest_slot_within_seconds() {
    run(202, |sim| async move {
        sim.create(cronjob("tick").schedule("0 * * * *").keeps(100, 10))
            .await;
        sim.pass_secs(60).await;
        sim.set_clock_by(2 * 3600 + 600);
        sim.pass_secs(10).await;
        assert_eq!(
            sim.child_names::<Job>("tick"),
            [slot("tick", 120)],
            "as after a machine's sleep"
        );
    });
}

/// Found by seed 1003: the manager died after the create and was away for the next slot.
#[test]
fn cj_20_a_job_that_a_dead_controller_did_not_note_still_forbids_the_next() {
    run(1003, |sim| async move {
        let of = sim
            .create(cronjob("tick").every_minute().forbid().runs_for(100))
            .await;
        sim.at_secs(30).await;
        sim.kill_controllers_for(100);
        sim.at_secs(60).await;
        let mut job = manual_job("tick-29923921", &of);
        let slot = "batch.kubernetes.io/cronjob-scheduled-timestamp".to_owned();
        job.metadata.annotations = Some([(slot, "2026-11-23T12:01:00Z".to_owned())].into());
        sim.create(job).await;
        sim.at_secs(150).await;
        assert_eq!(sim.child_names::<Job>("tick"), ["tick-29923921"]);
        let status = sim
            .get::<CronJob>("tick")
            .status
            .clone()
            .unwrap_or_default();
        let active = status.active.into_iter().flatten();
        let active: Vec<_> = active.filter_map(|entry| entry.name).collect();
        assert_eq!(active, ["tick-29923921"]);
        assert_eq!(clock_text(status.last_schedule_time.as_ref()), "12:01:00");
        sim.until("it is complete", || sim.job_is("tick-29923921", "Complete"))
            .await;
        sim.pass_secs(5).await;
        let names = sim.child_names::<Job>("tick");
        assert_eq!(
            names.len(),
            2,
            "the most recent slot runs after it: {names:?}"
        );
    });
}
