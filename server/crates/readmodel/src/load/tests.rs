//! The axis of all CronJobs, from facts made up here.

use k8s_openapi::api::batch::v1::CronJob;
use orrery_view::{Concurrency, Lasting};

use super::*;

pub fn model(jobs: &[(&str, &str, bool)], now: Timestamp) -> Model {
    let mut model = Model::default();
    for (name, schedule, suspend) in jobs {
        let object: CronJob = serde_json::from_value(serde_json::json!({
            "metadata": {
                "name": name, "namespace": "data", "uid": name,
                "creationTimestamp": "2026-01-01T00:00:00Z",
            },
            "spec": {
                "schedule": schedule, "suspend": suspend,
                "jobTemplate": { "spec": { "template": { "spec": { "containers": [] } } } },
            },
        }))
        .expect("a CronJob");
        model.put_cronjob(&object, now);
    }
    model.refresh(Kind::CronJob, now);
    model
}

fn all() -> LoadQuery {
    LoadQuery::default()
}

#[test]
fn each_of_very_many_has_its_lane_on_some_page() {
    let now: Timestamp = "2026-11-23T14:25:09Z".parse().expect("a time");
    let names: Vec<String> = (0..250).map(|n| format!("daily-{n:03}")).collect();
    let jobs: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), "0 3 * * *", false))
        .collect();
    let model = model(&jobs, now);
    for (offset, first, lanes) in [
        (0, 0, 100),
        (100, 100, 100),
        (200, 200, 50),
        (240, 240, 10),
        // of which there were some a moment ago
        (300, 200, 50),
        (u32::MAX, 200, 50),
    ] {
        let query = LoadQuery { offset, ..all() };
        let load = load(shown(&model, &query, now), offset, now);
        assert_eq!(
            (load.offset, load.lanes.len(), load.total),
            (first, lanes, 250),
            "{offset}"
        );
        let name = &load.lanes[0].row.head.name;
        assert_eq!(*name, names[first as usize], "{offset}");
    }
}

#[test]
fn thirty_seven_jobs_at_midnight_stand_out() {
    let now: Timestamp = "2026-11-23T14:25:09Z".parse().expect("a time");
    let names: Vec<String> = (0..37).map(|n| format!("night-{n:02}")).collect();
    let mut jobs: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), "0 0 * * *", false))
        .collect();
    jobs.push(("hourly", "0 * * * *", false));
    jobs.push(("asleep", "0 0 * * *", true));
    let load = load(shown(&model(&jobs, now), &all(), now), 0, now);
    assert_eq!(load.steps.len(), 192, "two days in quarters of an hour");
    assert_eq!(
        load.steps.iter().max(),
        Some(&38),
        "midnight, on the hour, too"
    );
    assert_eq!(
        load.steps.iter().filter(|count| **count == 38).count(),
        2,
        "last night's and the next"
    );
    let crowd = &load.crowds[0];
    assert_eq!(
        (crowd.at, crowd.count),
        (1_795_478_400_000, 38),
        "the suspended one does not start"
    );
    assert_eq!((crowd.some.len(), crowd.again), (38, 0), "each is named");
    assert_eq!(load.crowds.len(), 1, "an hour with one start is no crowd");
    assert_eq!((load.total, load.uncounted, load.lanes.len()), (39, 0, 39));
}

#[test]
fn of_a_crowd_beyond_measure_the_first_are_named() {
    let now: Timestamp = "2026-11-23T14:25:09Z".parse().expect("a time");
    let names: Vec<String> = (0..250).map(|n| format!("night-{n:03}")).collect();
    let jobs: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), "0 0 * * *", false))
        .collect();
    let load = load(shown(&model(&jobs, now), &all(), now), 0, now);
    let crowd = &load.crowds[0];
    assert_eq!(
        (crowd.count, crowd.some.len()),
        (250, crowds::MOST_IN_CROWD)
    );
    assert_eq!(crowd.some[0].name, "night-000");
}

#[test]
fn minutes_with_the_same_starts_are_one_crowd() {
    let now: Timestamp = "2026-11-23T14:25:09Z".parse().expect("a time");
    let jobs = [
        ("a", "* * * * *", false),
        ("b", "* * * * *", false),
        ("c", "0 0 * * *", false),
    ];
    let load = load(shown(&model(&jobs, now), &all(), now), 0, now);
    let crowds: Vec<_> = load
        .crowds
        .iter()
        .map(|crowd| (crowd.count, crowd.some.len(), crowd.again > 1_000))
        .collect();
    assert_eq!(crowds, [(3, 3, false), (2, 2, true)]);
}

#[test]
fn a_lane_says_how_long_its_runs_take() {
    let now: Timestamp = "2026-11-23T14:25:09Z".parse().expect("a time");
    let jobs = [
        ("hourly", "0,50 * * * *", false),
        ("daily", "0 3 * * *", false),
    ];
    let mut model = model(&jobs, now);
    took_long(&mut model, "hourly", now);
    let load = load(shown(&model, &all(), now), 0, now);
    let lanes: Vec<_> = load
        .lanes
        .iter()
        .map(|lane| (lane.row.head.name.as_str(), lane.usual))
        .collect();
    let expected = [("hourly", Some(90 * MINUTE)), ("daily", None)];
    assert_eq!(lanes, expected, "the next to run first");
    // their Jobs are gone, all five
    let past = &load.lanes[0].past;
    assert!(past.len() >= 5, "{past:?}");
    assert!(past.iter().all(|mark| mark.job.is_none()), "{past:?}");
    assert!(past.is_sorted_by_key(|mark| mark.at));
}

/// Five runs of an hour and a half each, of whatever has this uid.
fn took_long(model: &mut Model, uid: &str, now: Timestamp) {
    let end = now.as_millisecond();
    for n in 0..5 {
        let record = ledger::Record {
            uid: format!("{uid}-{n}"),
            owner_uid: uid.into(),
            start: end - 90 * MINUTE - n,
            end: end - n,
            ..ledger::Record::default()
        };
        model.book.put(record, end);
    }
}

#[test]
fn runs_that_last_beyond_their_next_slot_are_known_whether_they_have_a_lane_or_not() {
    let now: Timestamp = "2026-11-23T14:25:09Z".parse().expect("a time");
    let many: Vec<String> = (0..120).map(|n| format!("soon-{n:03}")).collect();
    let mut jobs: Vec<_> = many
        .iter()
        .map(|name| (name.as_str(), "30 14 * * *", false))
        .collect();
    jobs.extend([
        ("beyond", "0,50 3 * * *", false),
        ("in-time", "0 3 * * *", false),
        ("asleep", "0,50 3 * * *", true),
        ("unknown", "0,50 3 * * *", false),
    ]);
    let mut model = model(&jobs, now);
    assert!(!load(shown(&model, &all(), now), 0, now).timed);
    for uid in ["beyond", "in-time", "asleep"] {
        took_long(&mut model, uid, now);
    }
    let load = load(shown(&model, &all(), now), 0, now);
    assert!(load.timed);
    let drawn = |name: &str| load.lanes.iter().any(|lane| lane.row.head.name == name);
    assert!(!drawn("beyond"), "its lane is on the second page");
    let told: Vec<_> = load.overlaps.iter().collect();
    let [only] = told.as_slice() else {
        panic!("one of them overlaps: {told:?}");
    };
    assert_eq!(only.cronjob.name, "beyond");
    let expected = Lasting::Beyond {
        concurrency: Concurrency::Allow,
        usual: 90 * MINUTE,
        gap: 50 * MINUTE,
    };
    assert_eq!(only.why, expected);
}

#[test]
fn dense_lanes_and_namespaces_are_bounded() {
    let now: Timestamp = "2026-11-23T14:25:09Z".parse().expect("a time");
    let minutely = model(&[("minutely", "* * * * *", false)], now);
    let load = load(shown(&minutely, &all(), now), 0, now);
    assert!(load.lanes[0].dense && load.lanes[0].next.len() == MOST_TICKS);
    assert_eq!(
        load.steps,
        vec![1; 192],
        "one of every minute, however many minutes"
    );
    let shop = LoadQuery {
        namespaces: vec!["shop".into()],
        offset: 0,
    };
    let none = super::load(shown(&minutely, &shop, now), 0, now);
    assert_eq!(none.total, 0);
}
