//! What is remembered, for how long, and the figures from it.

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Event, Pod};
use orrery_view::{CronJobStatus, Kind, Millis, Outcome, SlotWhy, Trigger};
use serde_json::{Value, json};

use super::book::{KEEP_MILLIS, Limits, WantedLog};
use super::entry::{Entry, Record, read_all, write};
use super::{Book, last_day, stats, usual};
use crate::detail::{self, Fetched};
use crate::facts::cronjob::CronJobFacts;
use crate::model::Model;

const SECOND: Millis = 1000;
const DAY: Millis = 24 * 3600 * SECOND;
const NOW: Millis = 1_795_435_200_000;

fn run(owner: &str, uid: &str, end: Millis, secs: i64) -> Record {
    Record {
        uid: uid.to_owned(),
        namespace: "data".to_owned(),
        name: uid.to_owned(),
        owner_uid: owner.to_owned(),
        owner: owner.to_owned(),
        slot: Some(end - secs * SECOND - 200),
        trigger: Trigger::Schedule,
        start: end - secs * SECOND,
        end,
        ..Record::default()
    }
}

fn uids<'a>(runs: impl Iterator<Item = &'a Record>) -> Vec<&'a str> {
    runs.map(|run| run.uid.as_str()).collect()
}

/// What a file of this book says.
fn text(book: &Book) -> String {
    let lines = book.entries().iter().map(write).collect::<Vec<_>>();
    lines.join("\n") + "\n"
}

#[test]
fn a_file_cut_at_any_byte_gives_back_every_whole_line() {
    let mut book = Book::load([], NOW);
    for n in 0..3 {
        book.put(run("etl", &format!("etl-{n}"), NOW + n, 1), NOW);
    }
    let whole = text(&book);
    assert_eq!(Book::load(read_all(&whole).0, NOW).since(0).count(), 3);
    for cut in 0..whole.len() {
        let (entries, _) = read_all(&whole[..cut]);
        let full_lines = whole[..=cut].matches('\n').count();
        assert_eq!(entries.len(), full_lines, "cut at byte {cut}");
    }
}

#[test]
fn a_line_whose_bytes_changed_is_left_out() {
    let line = write(&Entry::Run(Box::new(run("etl", "etl-1", NOW, 1))));
    let changed = line.replace("etl-1", "etl-2");
    let (entries, lines) = read_all(&format!("{line}\n{changed}\n"));
    assert_eq!((entries.len(), lines), (1, 2));
}

#[test]
fn a_later_line_of_the_same_run_counts() {
    let mut book = Book::default();
    book.put(run("etl", "etl-1", NOW, 1), NOW);
    assert!(book.put_log("etl-1", vec!["done".to_owned()], NOW));
    assert!(
        !book.put(run("etl", "etl-1", NOW, 1), NOW),
        "seen again without its log, it is the same run"
    );
    let runs: Vec<_> = book.of_owner("etl").collect();
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].log, ["done"]);
}

#[test]
fn what_is_older_than_a_quarter_goes() {
    let mut book = Book::default();
    book.put(run("etl", "old", NOW, 1), NOW);
    book.put(run("etl", "older", NOW - 1, 1), NOW);
    let later = NOW + KEEP_MILLIS;
    book.put(run("etl", "new", later, 1), later);
    assert_eq!(uids(book.of_owner("etl")), ["new", "old"]);
    assert!(!book.put(run("etl", "older", NOW - 1, 1), later));
}

#[test]
fn a_noisy_cronjob_never_costs_a_quiet_one_its_history() {
    let weight = run("noisy", "noisy-000", NOW, 1).weight();
    let rows = [
        (
            Limits {
                per_owner: 10,
                bytes: usize::MAX,
            },
            "by number",
        ),
        (
            Limits {
                per_owner: usize::MAX,
                bytes: 11 * weight,
            },
            "by size",
        ),
    ];
    for (limits, why) in rows {
        let mut book = Book::limited(limits);
        book.put(run("quiet", "quiet-000", NOW, 1), NOW);
        for n in 1..200 {
            book.put(run("noisy", &format!("noisy-{n:03}"), NOW + n, 1), NOW);
        }
        assert_eq!(book.of_owner("quiet").count(), 1, "{why}");
        let noisy = uids(book.of_owner("noisy"));
        assert_eq!(
            (noisy.len(), noisy[0]),
            (10, "noisy-199"),
            "{why}: the latest stay"
        );
        assert_eq!((book.entries().len(), book.len()), (12, 12), "{why}");
        let complete = |owner| book.complete_since(owner, NOW - DAY);
        assert_eq!(complete("quiet"), NOW - DAY, "{why}");
        assert_eq!(complete("noisy"), NOW + 189, "{why}: the next is known");
        let again = Book::load(read_all(&text(&book)).0, NOW);
        assert_eq!(again.complete_since("noisy", 0), NOW + 189, "{why}");
    }
}

#[test]
fn restarts_and_suspensions_come_back_from_the_file() {
    let mut book = Book::load([], NOW);
    book.watch(NOW + 60 * SECOND);
    book.put_suspensions("etl", &[(NOW, None)]);
    book.put_suspensions("gone", &[(NOW, None)]);
    book.put_suspensions("gone", &[]);
    let again = NOW + 100 * SECOND;
    let book = Book::load(read_all(&text(&book)).0, again);
    assert_eq!(book.known_since(again), NOW);
    assert_eq!(book.away(), [(NOW + 60 * SECOND, again)]);
    assert_eq!(book.suspensions("etl"), [(NOW, None)]);
    assert_eq!(book.suspensions("gone"), []);
}

#[test]
fn figures_are_of_30_days_and_of_what_they_say() {
    let mut book = Book::load([], NOW - 40 * DAY);
    let ended = |n: i64, secs| run("etl", &format!("etl-{n}"), NOW - n * 3600 * SECOND, secs);
    for n in 1..=20 {
        book.put(ended(n, n), NOW);
    }
    let failed = Record {
        outcome: Outcome::Failed,
        ..ended(30, 999)
    };
    let replaced = Record {
        outcome: Outcome::Replaced,
        ..ended(31, 999)
    };
    let manual = Record {
        trigger: Trigger::Manual,
        slot: None,
        ..ended(32, 20)
    };
    let ancient = Record {
        outcome: Outcome::Failed,
        ..ended(31 * 24, 1)
    };
    for record in [failed, replaced, manual, ancient, run("other", "o", NOW, 5)] {
        book.put(record, NOW);
    }
    let stats = stats(&book, "etl", NOW - 40 * DAY, NOW);
    assert_eq!((stats.succeeded, stats.failed, stats.replaced), (21, 1, 1));
    assert_eq!(stats.success_rate(), Some(21.0 / 22.0));
    assert_eq!(stats.duration_median, Some(11 * SECOND), "of 1..20 and 20");
    assert_eq!(stats.duration_p95, Some(20 * SECOND));
    assert_eq!(
        stats.latency_median,
        Some(200),
        "slot to start, scheduled runs only"
    );
    assert_eq!(stats.known_since, NOW - 40 * DAY);
    assert_eq!(
        stats.usual(),
        stats.duration_median,
        "what the run that is active is compared with"
    );
}

#[test]
fn the_usual_is_the_middle_of_the_latest_successes_once_there_are_enough() {
    let mut book = Book::load([], NOW - 2 * DAY);
    for (n, secs) in [(9, 30), (8, 10), (7, 20), (6, 50)] {
        book.put(run("etl", &format!("etl-{n}"), NOW - n, secs), NOW);
    }
    let failed = Record {
        outcome: Outcome::Failed,
        ..run("etl", "etl-bad", NOW - 5, 999)
    };
    book.put(failed, NOW);
    assert_eq!(usual(&book, Some("etl")), None, "four successes");
    book.put(run("etl", "etl-4", NOW - 4, 40), NOW);
    assert_eq!(usual(&book, Some("etl")), Some(30 * SECOND));
    assert_eq!(usual(&book, None), None, "a Job of no CronJob");
}

#[test]
fn the_last_day_names_the_slowest_and_what_fails_most() {
    let mut book = Book::load([], NOW - 2 * DAY);
    let failed = |record| Record {
        outcome: Outcome::Failed,
        ..record
    };
    book.put(run("etl", "etl-1", NOW - 5, 60), NOW);
    book.put(failed(run("etl", "etl-2", NOW - 4, 1)), NOW);
    book.put(failed(run("pay", "pay-1", NOW - 3, 1)), NOW);
    book.put(failed(run("pay", "pay-2", NOW - 2, 1)), NOW);
    book.put(run("etl", "yesterday", NOW - DAY - 1, 999), NOW);
    let day = last_day(&book, &[], NOW);
    assert_eq!((day.runs(), day.success_rate()), (4, Some(0.25)));
    assert_eq!(day.known_since, NOW - DAY);
    let (slowest, took) = day.slowest.expect("something ran");
    assert_eq!((slowest.name.as_str(), took), ("etl", 60 * SECOND));
    let (worst, failures, runs) = day.most_failing.expect("something failed");
    assert_eq!((worst.name.as_str(), failures, runs), ("pay", 2, 2));
    assert_eq!(last_day(&Book::default(), &[], NOW).success_rate(), None);
}

#[test]
fn the_last_day_of_a_namespace_is_of_its_runs_alone() {
    let mut book = Book::load([], NOW - 2 * DAY);
    let shop = Record {
        namespace: "shop".into(),
        outcome: Outcome::Failed,
        ..run("pay", "pay-1", NOW - 3, 90)
    };
    book.put(run("etl", "etl-1", NOW - 5, 60), NOW);
    book.put(shop, NOW);
    let mut model = Model::new(book, true);
    for (namespaces, runs, slowest, failing) in [
        (&[][..], 2, Some("pay"), Some("pay")),
        (&["data"], 1, Some("etl"), None),
        (&["shop"], 1, Some("pay"), Some("pay")),
        (&["data", "shop"], 2, Some("pay"), Some("pay")),
        (&["empty"], 0, None, None),
    ] {
        let namespaces: Vec<String> = namespaces.iter().map(|name| String::from(*name)).collect();
        let day = model.last_day(&namespaces, NOW);
        let name = |object: orrery_view::ObjectRef| object.name;
        let slow = day.slowest.clone().map(|(object, _)| name(object));
        let bad = day.most_failing.clone().map(|(object, ..)| name(object));
        assert_eq!(day.runs(), runs, "{namespaces:?}");
        assert_eq!(slow.as_deref(), slowest, "{namespaces:?}");
        assert_eq!(bad.as_deref(), failing, "{namespaces:?}");
    }
}

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
