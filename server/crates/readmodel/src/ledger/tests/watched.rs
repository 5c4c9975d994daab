//! What is written down of objects as they are watched.

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Event, Pod};
use orrery_view::{CronJobStatus, Kind, Outcome, SlotWhy, Trigger};
use serde_json::{Value, json};

use super::{DAY, NOW, SECOND, run, text};
use crate::detail::{self, Fetched};
use crate::facts::cronjob::CronJobFacts;
use crate::ledger::book::{KEEP_MILLIS, Limits, WantedLog};
use crate::ledger::entry::{Entry, Record, read_all};
use crate::ledger::{Book, last_day, stats};
use crate::model::Model;

fn at(secs: i64) -> Timestamp {
    Timestamp::from_millisecond(NOW + secs * SECOND).expect("in range")
}

fn object<K: serde::de::DeserializeOwned>(object: Value) -> K {
    serde_json::from_value(object).expect("an object of its kind")
}

fn cronjob(policy: &str) -> CronJob {
    object(json!({
        "metadata": {"name": "etl", "namespace": "data", "uid": "etl", "creationTimestamp": at(-60)},
        "spec": {"schedule": "* * * * *", "concurrencyPolicy": policy,
                 "jobTemplate": {"spec": {"template": {"spec": {"containers": []}}}}},
    }))
}

fn job(done: bool, annotations: Value) -> Job {
    let conditions = done.then(|| {
        json!([{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "lastTransitionTime": at(5)}])
    });
    object(json!({
        "metadata": {"name": "etl-1", "namespace": "data", "uid": "job", "creationTimestamp": at(0), "annotations": annotations,
                     "ownerReferences": [{"apiVersion": "batch/v1", "kind": "CronJob", "name": "etl", "uid": "etl", "controller": true}]},
        "spec": {"template": {"spec": {"containers": []}}},
        "status": {"startTime": at(1), "conditions": conditions},
    }))
}

fn pod() -> Pod {
    object(json!({
        "metadata": {"name": "etl-1-x", "namespace": "data", "uid": "pod", "creationTimestamp": at(1),
                     "ownerReferences": [{"apiVersion": "batch/v1", "kind": "Job", "name": "etl-1", "uid": "job", "controller": true}]},
        "spec": {"nodeName": "node-2", "containers": [{"name": "main", "image": "busybox"}]},
        "status": {"phase": "Failed", "containerStatuses": [{"name": "main", "image": "", "imageID": "", "ready": false,
                   "restartCount": 0, "state": {"terminated": {"exitCode": 3, "finishedAt": at(5)}}}]},
    }))
}

#[test]
fn a_run_is_written_down_with_its_pod_whichever_watch_is_first() {
    let slot = json!({"batch.kubernetes.io/cronjob-scheduled-timestamp": at(0)});
    for pod_first in [true, false] {
        let mut model = Model::new(Book::load([], NOW), true);
        model.put_cronjob(&cronjob("Forbid"), at(0));
        if pod_first {
            model.put_pod(&pod(), at(5));
        }
        model.put_job(&job(true, slot.clone()), at(5));
        if !pod_first {
            model.put_pod(&pod(), at(5));
        }
        model.remove_pod("pod", at(6));
        model.put_job(&job(true, slot.clone()), at(6));
        model.remove_job("job", at(7));
        let past = model.book.get("job").expect("beyond its Job").past(false);
        assert_eq!(past.node, "node-2", "pod first: {pod_first}");
        assert_eq!(past.exit_code, Some(3));
        assert_eq!(past.reason, "BackoffLimitExceeded");
        assert_eq!(past.trigger, Trigger::Schedule);
        assert_eq!((past.run.slot, past.run.job), (Some(NOW), None));
        let wanted = model.book.take_wanted().expect("its log, once");
        assert_eq!(
            (wanted.pod.as_str(), wanted.container.as_str()),
            ("etl-1-x", "main")
        );
        assert_eq!(model.book.take_wanted(), None::<WantedLog>);
    }
}

#[test]
fn a_job_deleted_before_it_ended_is_written_down_as_that() {
    for policy in ["Allow", "Replace"] {
        let slot = json!({"batch.kubernetes.io/cronjob-scheduled-timestamp": at(0)});
        let mut model = Model::new(Book::load([], NOW - SECOND), true);
        model.put_cronjob(&cronjob(policy), at(0));
        model.put_job(&job(false, slot), at(1));
        model.remove_job("job", at(5));
        let record = model.book.get("job").expect("written down");
        assert_eq!(
            (record.outcome, record.end),
            (Outcome::Deleted, NOW + 5 * SECOND),
            "{policy}"
        );
        let stats = stats(&model.book, "etl", NOW, NOW + 6 * SECOND);
        assert_eq!((stats.succeeded, stats.failed, stats.replaced), (0, 0, 0));
        model.refresh(Kind::CronJob, at(6));
        let facts: &CronJobFacts = &model.cronjobs.rows()["etl"];
        assert_eq!(
            (facts.row.active, facts.row.strip[0].outcome),
            (0, Outcome::Deleted)
        );
        assert_eq!(
            facts.row.status,
            CronJobStatus::Waiting,
            "it says nothing of success"
        );
    }
}

#[test]
fn who_asked_for_a_run_is_told() {
    let manual = json!({"cronjob.kubernetes.io/instantiate": "manual", "orrery.dev/changed-by": "ada",
                        "orrery.dev/change-reason": "after the fix"});
    let backfill = json!({"cronjob.kubernetes.io/instantiate": "manual",
                          "batch.kubernetes.io/cronjob-scheduled-timestamp": at(0)});
    let rows = [
        (manual, Trigger::Manual, "ada"),
        (backfill, Trigger::Backfill, ""),
        (json!({}), Trigger::Direct, ""),
    ];
    for (annotations, trigger, by) in rows {
        let mut model = Model::default();
        model.put_job(&job(true, annotations), at(5));
        let record = model.book.get("job").expect("it ended");
        assert_eq!((record.trigger, record.by.as_str()), (trigger, by));
    }
}

#[test]
fn a_strip_after_a_restart_is_the_strip_before() {
    let slot = json!({"batch.kubernetes.io/cronjob-scheduled-timestamp": at(0)});
    let mut model = Model::new(Book::load([], NOW - SECOND), true);
    model.put_cronjob(&cronjob("Replace"), at(0));
    model.put_job(&job(false, slot), at(1));
    model.remove_job("job", at(61));
    model.book.watch(NOW + 61 * SECOND);
    let strip = |model: &mut Model| {
        model.refresh(Kind::CronJob, at(62));
        let facts: &CronJobFacts = &model.cronjobs.rows()["etl"];
        facts
            .row
            .strip
            .iter()
            .map(|run| (run.slot, run.outcome))
            .collect::<Vec<_>>()
    };
    let before = strip(&mut model);
    assert_eq!(before, [(Some(NOW), Outcome::Replaced)]);
    let file = text(&model.book);
    let mut model = Model::new(Book::load(read_all(&file).0, NOW + 62 * SECOND), true);
    model.put_cronjob(&cronjob("Replace"), at(62));
    assert_eq!(strip(&mut model), before);
}

#[test]
fn slots_while_nobody_watched_are_missed_here_and_unknown_elsewhere() {
    for (embedded, missed) in [(true, 3), (false, 0)] {
        let mut book = Book::load([], NOW - SECOND);
        book.watch(NOW - SECOND);
        let book = Book::load(read_all(&text(&book)).0, NOW + 150 * SECOND);
        let mut model = Model::new(book, embedded);
        model.put_cronjob(&cronjob("Allow"), at(150));
        model.refresh(Kind::CronJob, at(165));
        let strip = &model.cronjobs.rows()["etl"].row.strip;
        assert_eq!(strip.len(), missed, "embedded: {embedded}");
    }
}

/// Events live for an hour; why a slot has no run is asked for longer than that.
#[test]
fn a_cause_that_only_an_event_told_outlives_it_and_a_restart() {
    let quota = "Error creating job: jobs.batch \"etl-1\" is forbidden: exceeded quota: small";
    let event: Event = serde_json::from_value(json!({
        "metadata": {"name": "etl.1", "namespace": "data", "uid": "event"},
        "involvedObject": {"apiVersion": "batch/v1", "kind": "CronJob", "namespace": "data", "name": "etl", "uid": "etl"},
        "type": "Warning", "reason": "FailedCreate", "message": quota,
        "firstTimestamp": at(60), "lastTimestamp": at(60),
    }))
    .expect("a literal Event");
    let causes = |model: &mut Model| -> Vec<SlotWhy> {
        let object = cronjob("Allow");
        model.put_cronjob(&object, at(110));
        model.refresh(Kind::CronJob, at(115));
        let detail = detail::build(model, Fetched::CronJob(Box::new(object)), at(115));
        let orrery_view::Detail::CronJob(detail) = detail else {
            panic!("a CronJob has a CronJob's detail");
        };
        let missed = detail
            .not_run
            .iter()
            .filter(|slot| slot.slot == NOW + 60 * SECOND);
        missed.map(|slot| slot.why.clone()).collect()
    };
    let mut model = Model::new(Book::load([], NOW - SECOND), true);
    model.put_cronjob(&cronjob("Allow"), at(0));
    model.put_event(&event);
    model.put_event(&event);
    model.remove_event("event");
    let message = quota.to_owned();
    let expected = [SlotWhy::CreateFailed { message }];
    assert_eq!(causes(&mut model), expected, "its Event is gone");

    model.book.watch(NOW + 100 * SECOND);
    let file = text(&model.book);
    assert_eq!(file.matches("exceeded quota").count(), 1, "it is said once");
    let mut model = Model::new(Book::load(read_all(&file).0, NOW + 105 * SECOND), true);
    assert_eq!(causes(&mut model), expected, "after a restart");
    model.remove_cronjob("etl");
    assert!(model.book.said("etl").is_empty() && !text(&model.book).contains("quota"));
}

#[test]
fn the_last_day_is_counted_again_when_a_run_ends_and_each_minute() {
    let mut book = Book::load([], NOW - DAY);
    book.put(run("etl", "old", NOW - DAY + 30 * SECOND, 1), NOW);
    let mut model = Model::new(book, true);
    assert_eq!(model.last_day(&[], NOW).succeeded, 1);
    model
        .book
        .put(run("etl", "new", NOW + SECOND, 1), NOW + SECOND);
    assert_eq!(
        model.last_day(&[], NOW + SECOND).succeeded,
        2,
        "a run ended"
    );
    assert_eq!(
        model.last_day(&[], NOW + 59 * SECOND).succeeded,
        2,
        "as it was counted"
    );
    assert_eq!(
        model.last_day(&[], NOW + 62 * SECOND).succeeded,
        1,
        "the old one is from before the day"
    );
    assert_eq!(
        model.last_day(&[], NOW - 10 * 60 * SECOND).succeeded,
        2,
        "the clock was set back"
    );
}

#[test]
fn a_schedule_is_known_from_when_it_was_changed() {
    let mut book = Book::load([], NOW);
    let first = book.put_schedule("etl", "0 * * * *".into(), NOW);
    assert_eq!(first, i64::MIN, "nobody knows of another");
    let changed = NOW + 60 * SECOND;
    assert_eq!(
        book.put_schedule("etl", "* * * * *".into(), changed),
        changed
    );
    book.put_schedule("gone", "* * * * *".into(), NOW);
    book.forget_cronjob("gone");
    let again = NOW + 100 * SECOND;
    let mut book = Book::load(read_all(&text(&book)).0, again);
    assert_eq!(book.put_schedule("etl", "* * * * *".into(), again), changed);
    assert_eq!(book.put_schedule("gone", "@daily".into(), again), i64::MIN);
}

#[test]
fn what_was_deleted_while_nobody_watched_is_forgotten_but_for_its_runs() {
    let mut book = Book::load([], NOW);
    for cronjob in ["etl", "gone"] {
        book.put_schedule(cronjob, "@daily".into(), NOW);
        book.put_suspensions(cronjob, &[(NOW, None)]);
        book.put(run(cronjob, &format!("{cronjob}-1"), NOW, 1), NOW);
    }
    let mut model = Model::new(Book::load(read_all(&text(&book)).0, NOW), false);
    model.put_cronjob(&cronjob("Allow"), at(0));
    model.forget_absent_cronjobs();
    let book = Book::load(read_all(&text(&model.book)).0, NOW);
    assert_eq!(book.suspensions("gone"), []);
    assert!(!text(&book).contains("\"cronjob\":\"gone\""));
    assert_eq!(book.of_owner("gone").count(), 1, "its run is remembered");
    assert!(text(&book).contains("\"cronjob\":\"etl\""));
}

/// A book that has room for the latest two of ten minutely runs.
fn cramped() -> Book {
    let limits = Limits {
        per_owner: 2,
        bytes: usize::MAX,
    };
    let mut book = Book::limited(limits);
    book.begin(NOW - DAY);
    for minute in 0..10 {
        let slot = NOW + minute * 60 * SECOND;
        let mut run = run("etl", &format!("etl-{minute}"), slot + 3 * SECOND, 2);
        run.slot = Some(slot);
        book.put(run, slot + 3 * SECOND);
    }
    book
}

#[test]
fn a_run_that_was_given_up_for_space_leaves_no_missed_slot() {
    let mut model = Model::new(cramped(), true);
    let cronjob = cronjob("Allow");
    model.put_cronjob(&cronjob, at(9 * 60 + 30));
    let strip = &model.cronjobs.rows()["etl"].row.strip;
    let outcomes: Vec<_> = strip.iter().map(|run| run.outcome).collect();
    assert_eq!(outcomes, [Outcome::Succeeded; 2]);
    let detail = detail::build(&model, Fetched::CronJob(Box::new(cronjob)), at(9 * 60 + 30));
    let orrery_view::Detail::CronJob(detail) = detail else {
        panic!("a CronJob has a CronJob's detail");
    };
    assert!(detail.not_run.is_empty(), "{:?}", detail.not_run);
    let gone = NOW + 7 * 60 * SECOND + 3 * SECOND;
    assert_eq!(detail.stats.known_since, gone, "the page says from when on");
}

#[test]
fn what_was_given_up_long_ago_is_forgotten_when_another_cronjob_gives_up() {
    let mut book = cramped();
    let given_up = |book: &Book| {
        let entries = book.entries().into_iter();
        let owners = entries.filter_map(|entry| match entry {
            Entry::GivenUp { cronjob, .. } => Some(cronjob),
            _ => None,
        });
        owners.collect::<Vec<_>>()
    };
    assert_eq!(given_up(&book), ["etl"]);
    for (owner, days, left) in [
        ("pay", 80, &["etl", "pay"][..]),
        ("mail", 100, &["mail", "pay"]),
    ] {
        let then = NOW + days * DAY;
        for n in 0..3 {
            let uid = format!("{owner}-{n}");
            book.put(run(owner, &uid, then + n * SECOND, 1), then + n * SECOND);
        }
        assert_eq!(given_up(&book), left, "after {days} days");
    }
}

#[test]
fn the_last_day_is_known_from_where_all_its_runs_are() {
    let mut book = cramped();
    let now = NOW + 600 * SECOND;
    let other = Record {
        namespace: "shop".into(),
        ..run("pay", "pay-1", NOW, 1)
    };
    book.put(other, now);
    for (namespaces, since) in [
        (&[][..], NOW + 7 * 60 * SECOND + 3 * SECOND),
        (&["data".to_owned()], NOW + 7 * 60 * SECOND + 3 * SECOND),
        (&["shop".to_owned()], now - DAY),
    ] {
        let day = last_day(&book, namespaces, now);
        assert_eq!(day.known_since, since, "{namespaces:?}");
    }
}

#[test]
fn what_is_older_than_runs_are_kept_is_not_known() {
    let mut book = Book::load([], NOW);
    book.watch(NOW + KEEP_MILLIS);
    assert_eq!(book.known_since(NOW + DAY), NOW);
    let later = NOW + KEEP_MILLIS + DAY;
    assert_eq!(book.known_since(later), NOW + DAY);
}
