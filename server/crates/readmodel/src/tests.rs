//! Objects in, rows out: what a person would see.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Node, Pod};
use orrery_view::{
    CellState, CronJobStatus, Kind, ListQuery, LoadQuery, NodeCell, Outcome, Page, PodWhy, Row,
    Run, SlotWhy, Sort, SortBy,
};
use serde_json::{Value, json};

use crate::model::Model;
use crate::page::page;

mod slots;

fn at(minute: i64) -> Timestamp {
    let noon: Timestamp = "2026-11-23T12:00:00Z".parse().expect("a literal time");
    noon + SignedDuration::from_secs(60 * minute)
}

fn object<K: serde::de::DeserializeOwned>(base: Value, change: Value) -> K {
    let mut object = base;
    json_patch::merge(&mut object, &change);
    serde_json::from_value(object).expect("an object of its kind")
}

fn cronjob(name: &str, change: Value) -> CronJob {
    let base = json!({
        "metadata": {"name": name, "namespace": "default", "uid": name, "creationTimestamp": at(-60)},
        "spec": {"schedule": "* * * * *", "concurrencyPolicy": "Forbid",
                 "jobTemplate": {"spec": {"template": {"spec": {"containers": []}}}}},
    });
    object(base, change)
}

/// A Job of the CronJob `owner` for the slot at `minute`, started then; finished when `end` says.
fn job(owner: &str, minute: i64, end: Option<(&str, i64)>) -> Job {
    let name = format!("{owner}-{minute}");
    let ended = end.map(|(type_, minute)| {
        json!([{"type": type_, "status": "True", "lastTransitionTime": at(minute)}])
    });
    let base = json!({
        "metadata": {
            "name": name, "namespace": "default", "uid": name, "creationTimestamp": at(minute),
            "annotations": {"batch.kubernetes.io/cronjob-scheduled-timestamp": at(minute)},
            "ownerReferences": [{"apiVersion": "batch/v1", "kind": "CronJob", "name": owner,
                                 "uid": owner, "controller": true}],
        },
        "spec": {"template": {"spec": {"containers": []}}},
        "status": {"startTime": at(minute), "conditions": ended},
    });
    object(base, json!({}))
}

fn pod(name: &str, node: &str, change: Value) -> Pod {
    let base = json!({
        "metadata": {"name": name, "namespace": "default", "uid": name, "creationTimestamp": at(0)},
        "spec": {"nodeName": node, "containers": [{"name": "c", "image": "pause"}]},
        "status": {"phase": "Running", "hostIP": "127.0.1.1",
                   "conditions": [{"type": "Ready", "status": "True"}],
                   "containerStatuses": [{"name": "c", "ready": true, "restartCount": 0, "image": "pause",
                                          "imageID": "", "state": {"running": {}}}]},
    });
    object(base, change)
}

fn put_pod(model: &mut Model, pod: &Pod) -> crate::model::Touched {
    model.put_pod(pod, at(0))
}

fn node(name: &str, labels: Value) -> Node {
    let base = json!({"metadata": {"name": name, "uid": name, "labels": labels}});
    object(
        base,
        json!({"status": {"conditions": [{"type": "Ready", "status": "True"}]}}),
    )
}

#[test]
fn a_window_past_the_end_is_the_last_one() {
    let mut model = Model::default();
    for name in ["a", "b", "c", "d", "e"] {
        put_pod(&mut model, &pod(name, "n", json!({})));
    }
    let shown = |offset| {
        let query = ListQuery {
            offset,
            limit: 2,
            ..ListQuery::of(Kind::Pod)
        };
        let rows = page(&model, &query, true, at(0)).rows;
        let names: Vec<_> = rows.iter().map(|row| row.head().name.clone()).collect();
        names.join("")
    };
    assert_eq!([0, 3, 4, 5, 900].map(shown), ["ab", "de", "e", "de", "de"]);
}

#[test]
fn a_node_is_kept_without_its_managed_fields() {
    let mut kept: Node = node("n", json!({}));
    kept.metadata.managed_fields = Some(vec![Default::default()]);
    let mut model = Model::default();
    model.put_node(kept);
    assert_eq!(model.nodes.rows()["n"].node.metadata.managed_fields, None);
}

fn row(model: &mut Model, now: Timestamp) -> orrery_view::CronJobRow {
    model.refresh(Kind::CronJob, now);
    let rows = page(model, &ListQuery::of(Kind::CronJob), true, now).rows;
    match rows.into_iter().next() {
        Some(Row::CronJob(row)) => row,
        other => panic!("a CronJob's row, not {other:?}"),
    }
}

fn outcomes(strip: &[Run]) -> Vec<Outcome> {
    strip.iter().map(|run| run.outcome).collect()
}

#[test]
fn a_slot_that_forbid_held_back_is_skipped_and_never_missed() {
    let mut model = Model::default();
    model.put_cronjob(&cronjob("etl", json!({})), at(0));
    model.put_job(&job("etl", 1, Some(("Complete", 2))), at(0));
    model.put_job(&job("etl", 2, None), at(0));
    let row = row(&mut model, at(4) + SignedDuration::from_secs(30));
    let expected = [
        Outcome::Succeeded,
        Outcome::Running,
        Outcome::Skipped,
        Outcome::Skipped,
    ];
    assert_eq!(outcomes(&row.strip), expected);
    let held = SlotWhy::Held {
        by: row.strip[1].job.clone(),
    };
    let waits = SlotWhy::Waits {
        by: row.strip[1].job.clone().expect("it is there"),
    };
    let whys: Vec<_> = row.gaps.iter().map(|gap| (gap.slot, &gap.why)).collect();
    let slot = |minute| at(minute).as_millisecond();
    assert_eq!(
        whys,
        [(slot(4), &waits), (slot(3), &held)],
        "each gap of a list's row has its own reason"
    );
    assert_eq!(row.status, CronJobStatus::Skipping);
    assert_eq!(row.active, 1);
    assert_eq!(row.next_run, Some(at(5).as_millisecond()));
}

#[test]
fn a_slot_that_waits_for_the_run_before_it_is_not_skipped() {
    let mut model = Model::default();
    model.put_cronjob(&cronjob("etl", json!({})), at(0));
    model.put_job(&job("etl", 1, None), at(0));
    let row = row(&mut model, at(2) + SignedDuration::from_secs(30));
    assert_eq!(row.status, CronJobStatus::Running);
    assert!(matches!(row.gaps[0].why, SlotWhy::Waits { .. }));
}

#[test]
fn slots_while_suspended_or_before_it_was_known_are_no_gaps() {
    let mut model = Model::default();
    model.put_cronjob(&cronjob("etl", json!({"spec": {"suspend": true}})), at(0));
    let suspended = row(&mut model, at(10));
    assert_eq!(suspended.strip, []);
    assert_eq!(suspended.status, CronJobStatus::Suspended);
    let would_run = at(11).as_millisecond();
    assert_eq!(
        suspended.next_run,
        Some(would_run),
        "the page says when it would run"
    );
    model.put_cronjob(&cronjob("etl", json!({"spec": {"suspend": false}})), at(10));
    let resumed = row(&mut model, at(12) + SignedDuration::from_secs(30));
    assert_eq!(outcomes(&resumed.strip), [Outcome::Missed, Outcome::Missed]);
}

#[test]
fn runs_are_remembered_when_their_jobs_are_gone() {
    let mut model = Model::default();
    model.put_cronjob(
        &cronjob("etl", json!({"spec": {"concurrencyPolicy": "Replace"}})),
        at(0),
    );
    model.put_job(&job("etl", 1, Some(("Failed", 2))), at(0));
    model.put_job(&job("etl", 2, None), at(0));
    model.remove_job("etl-1", at(3));
    // Replace deletes the old Job before the new one is made (CJ-43).
    model.remove_job("etl-2", at(3));
    model.put_job(&job("etl", 3, None), at(0));
    let row = row(&mut model, at(3) + SignedDuration::from_secs(1));
    let expected = [Outcome::Failed, Outcome::Replaced, Outcome::Running];
    assert_eq!(outcomes(&row.strip), expected);
    assert!(row.strip[0].job.is_none(), "there is no Job to link to");
}

#[test]
fn a_schedule_that_cannot_be_read_or_never_fires_is_invalid() {
    for schedule in ["61 * * * *", "0 0 30 2 *"] {
        let mut model = Model::default();
        model.put_cronjob(
            &cronjob("x", json!({"spec": {"schedule": schedule}})),
            at(0),
        );
        let row = row(&mut model, at(0));
        assert_eq!(
            (row.status, row.next_run),
            (CronJobStatus::Invalid, None),
            "{schedule}"
        );
    }
}

#[test]
fn a_failed_jobs_duration_stops_when_it_failed() {
    let mut model = Model::default();
    model.put_job(&job("etl", 1, Some(("Failed", 3))), at(0));
    let rows = page(&model, &ListQuery::of(Kind::Job), true, at(9)).rows;
    let Some(Row::Job(row)) = rows.first() else {
        panic!("a Job's row")
    };
    assert_eq!(
        (row.start, row.end),
        (Some(at(1).as_millisecond()), Some(at(3).as_millisecond()))
    );
}

#[test]
fn a_daemonset_has_a_cell_for_each_node_with_its_reason() {
    let mut model = Model::default();
    for (name, labels) in [
        ("node-10", json!({"disk": "ssd"})),
        ("node-2", json!({"disk": "ssd"})),
        ("node-1", json!({})),
    ] {
        model.put_node(node(name, labels));
    }
    let daemonset = json!({
        "metadata": {"name": "logs", "namespace": "default", "uid": "logs"},
        "spec": {"selector": {}, "template": {"spec": {"nodeSelector": {"disk": "ssd"}, "containers": []}}},
        "status": {"currentNumberScheduled": 1, "desiredNumberScheduled": 2, "numberMisscheduled": 0,
                   "numberReady": 1, "numberAvailable": 1, "updatedNumberScheduled": 2},
    });
    model.put_daemonset(&object(daemonset, json!({})));
    let owner = json!([{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "logs", "uid": "logs", "controller": true}]);
    let port = json!([{"containerPort": 8080, "hostPort": 18080, "protocol": "TCP"}]);
    let containers = json!([{"name": "c", "image": "pause", "ports": port}]);
    put_pod(
        &mut model,
        &pod(
            "logs-a",
            "node-2",
            json!({"metadata": {"ownerReferences": owner}, "spec": {"containers": containers}}),
        ),
    );
    model.refresh(Kind::DaemonSet, at(0));
    let rows = page(&model, &ListQuery::of(Kind::DaemonSet), true, at(0)).rows;
    let Some(Row::DaemonSet(row)) = rows.first() else {
        panic!("a DaemonSet's row")
    };
    let cells: Vec<_> = row
        .cells
        .iter()
        .map(|cell| (cell.node.as_str(), cell.state, cell.why.as_str()))
        .collect();
    let expected = [
        ("node-1", CellState::Excluded, "nodeSelector disk=ssd"),
        ("node-2", CellState::Ready, ""),
        ("node-10", CellState::Missing, ""),
    ];
    assert_eq!(cells, expected);
    assert_eq!(row.cells[1].addresses, ["http://127.0.1.1:18080"]);
}

#[test]
fn lists_filter_count_sort_and_cut_over_everything() {
    let mut model = Model::default();
    for n in 0..30 {
        let restarts = json!([{"name": "c", "ready": true, "restartCount": n, "image": "pause", "imageID": "", "state": {"running": {}}}]);
        put_pod(
            &mut model,
            &pod(
                &format!("pod-{n:02}"),
                "node-1",
                json!({"status": {"containerStatuses": restarts}}),
            ),
        );
    }
    put_pod(
        &mut model,
        &pod(
            "other",
            "node-2",
            json!({"metadata": {"namespace": "shop"}, "status": {"phase": "Failed"}}),
        ),
    );
    let names = |page: &Page| -> Vec<String> {
        page.rows
            .iter()
            .map(|row| row.head().name.clone())
            .collect()
    };
    let query = ListQuery {
        sort: Sort {
            by: SortBy::Restarts,
            descending: true,
        },
        offset: 1,
        limit: 2,
        ..ListQuery::of(Kind::Pod)
    };
    let window = page(&model, &query, true, at(0));
    assert_eq!(names(&window), ["pod-28", "pod-27"]);
    assert_eq!(window.total, 31);
    assert_eq!(
        window.statuses,
        [("bad".to_owned(), 1), ("running".to_owned(), 30)]
    );
    let failed = ListQuery {
        status: Some("bad".to_owned()),
        ..ListQuery::of(Kind::Pod)
    };
    assert_eq!(names(&page(&model, &failed, true, at(0))), ["other"]);
    let text = ListQuery {
        text: "SHOP node-2".to_owned(),
        ..ListQuery::of(Kind::Pod)
    };
    assert_eq!(names(&page(&model, &text, true, at(0))), ["other"]);
    let namespace = ListQuery {
        namespaces: vec!["shop".to_owned()],
        ..ListQuery::of(Kind::Pod)
    };
    assert_eq!(names(&page(&model, &namespace, true, at(0))), ["other"]);
}

#[test]
fn a_run_on_the_axis_names_its_job_while_that_is_there() {
    let mut model = Model::default();
    model.put_cronjob(&cronjob("etl", json!({})), at(0));
    model.put_job(&job("etl", 1, Some(("Complete", 2))), at(3));
    model.refresh(Kind::CronJob, at(4));
    let shown = crate::load::shown(&model, &LoadQuery::default(), at(4));
    let load = crate::load::load(shown, 0, at(4));
    let mut past = load.lanes[0].past.iter();
    let run = past.find(|mark| mark.at == at(1).as_millisecond());
    assert_eq!(run.and_then(|mark| mark.job.as_deref()), Some("etl-1"));
}

#[test]
fn cronjobs_are_found_by_the_minute_in_which_they_start() {
    let mut model = Model::default();
    for (name, schedule, suspend) in [
        ("every", "* * * * *", false),
        ("fifth", "*/5 * * * *", false),
        ("hourly", "0 * * * *", false),
        ("asleep", "* * * * *", true),
        ("unread", "nonsense", false),
    ] {
        let spec = json!({"spec": {"schedule": schedule, "suspend": suspend}});
        model.put_cronjob(&cronjob(name, spec), at(0));
    }
    let minute = |minute: i64| at(minute).as_millisecond();
    for (within, names) in [
        (Some((minute(5), minute(6))), &["every", "fifth"][..]),
        (Some((minute(7), minute(8))), &["every"]),
        (
            Some((minute(60), minute(61))),
            &["every", "fifth", "hourly"],
        ),
        (Some((i64::MAX - 1, i64::MAX)), &[]),
    ] {
        let query = ListQuery {
            within,
            ..ListQuery::of(Kind::CronJob)
        };
        let page = page(&model, &query, true, at(1));
        let found = page.rows.iter().map(|row| row.head().name.clone());
        assert_eq!(found.collect::<Vec<_>>(), names, "{within:?}");
    }
}

#[test]
fn events_are_found_by_kind_reason_and_time_and_counted_whatever_the_time() {
    let mut model = Model::default();
    for (name, kind, reason, minute) in [
        ("a", "Job", "BackoffLimitExceeded", 1),
        ("b", "Pod", "BackOff", 5),
        ("c", "Pod", "Started", 5),
    ] {
        let type_ = if reason == "Started" {
            "Normal"
        } else {
            "Warning"
        };
        let event: k8s_openapi::api::core::v1::Event = serde_json::from_value(json!({
            "metadata": {"name": name, "namespace": "n", "uid": name},
            "involvedObject": {"kind": kind, "namespace": "n", "name": "x"},
            "type": type_, "reason": reason, "lastTimestamp": at(minute).to_string(),
        }))
        .expect("an Event");
        model.put_event(&event);
    }
    let minute = |minute: i64| at(minute).as_millisecond();
    let shown = |text: &str, within| {
        let query = ListQuery {
            text: text.to_owned(),
            within,
            ..ListQuery::of(Kind::Event)
        };
        let page = page(&model, &query, true, at(6));
        let names: Vec<_> = page
            .rows
            .iter()
            .map(|row| row.head().name.clone())
            .collect();
        (names.join(""), page.pulse)
    };
    for (text, within, names) in [
        ("", None, "bca"),
        ("kind:pod", None, "bc"),
        ("reason:BackOff kind:pod", None, "b"),
        ("reason:backofflimitexceeded", None, "a"),
        ("", Some((minute(5), minute(6))), "bc"),
        ("kind:job", Some((minute(5), minute(6))), ""),
    ] {
        assert_eq!(shown(text, within).0, names, "{text} {within:?}");
    }
    let (_, pulse) = shown("kind:pod", Some((minute(0), minute(1))));
    let pulse = pulse.expect("two match at another time");
    let place = usize::try_from((minute(5) - pulse.from) / pulse.step).expect("within");
    assert_eq!(pulse.steps[place], (1, 1));
    assert_eq!(shown("kind:node", None).1, None);
}

#[test]
fn of_too_many_events_the_latest_are_kept() {
    let mut model = Model::default();
    let event = |name: &str, seen: i64| -> k8s_openapi::api::core::v1::Event {
        let event = json!({
            "metadata": {"name": name, "namespace": "default", "uid": name},
            "involvedObject": {"kind": "Pod", "name": "p", "uid": "p"}, "lastTimestamp": at(seen),
        });
        object(event, json!({}))
    };
    for (name, seen) in [("a", 1), ("b", 3), ("a", 2), ("c", 5), ("a", 6), ("old", 0)] {
        model.put_event_among(&event(name, seen), 2);
    }
    let kept: Vec<_> = model.events.rows().keys().map(String::as_str).collect();
    assert_eq!(kept, ["a", "c"]);
    assert_eq!(
        model.events_about("p").count(),
        2,
        "no others are looked for"
    );
    model.remove_event("a");
    model.put_event_among(&event("b", 4), 2);
    assert_eq!(model.events_about("p").count(), 2);
}

#[test]
fn a_window_over_events_tells_their_histogram_with_each_change() {
    let mut model = Model::default();
    let event = |name: &str, minute| -> k8s_openapi::api::core::v1::Event {
        serde_json::from_value(json!({
            "metadata": {"name": name, "namespace": "n", "uid": name},
            "involvedObject": {"kind": "Pod", "namespace": "n", "name": "x"},
            "type": "Normal", "reason": "Started", "lastTimestamp": at(minute).to_string(),
        }))
        .expect("an Event")
    };
    let mut window = crate::window::Window::new(ListQuery::of(Kind::Event));
    let count = |pulse: Option<orrery_view::Pulse>| {
        let steps = pulse.into_iter().flat_map(|pulse| pulse.steps);
        steps.map(|(normal, _)| normal).sum::<u32>()
    };
    model.put_event(&event("a", 1));
    let Some(orrery_view::Body::Page(first)) = window.next(&model, true, at(6)) else {
        panic!("the whole window comes first");
    };
    assert_eq!(count(first.pulse), 1);
    model.put_event(&event("b", 5));
    let Some(orrery_view::Body::Delta(delta)) = window.next(&model, true, at(6)) else {
        panic!("then what changed");
    };
    assert_eq!(count(delta.pulse), 2);
}

#[test]
fn what_missed_its_slot_or_was_late_is_listed_before_what_is_well() {
    let mut model = Model::default();
    for name in ["late", "missed", "runs", "well"] {
        let spec = json!({"spec": {"concurrencyPolicy": "Allow", "schedule": "*/2 * * * *"}});
        model.put_cronjob(&cronjob(name, spec), at(0));
    }
    let late = |owner, slot: i64, start: i64| -> Job {
        let base =
            serde_json::to_value(job(owner, slot, Some(("Complete", start)))).expect("a Job");
        object(base, json!({"status": {"startTime": at(start)}}))
    };
    model.put_job(&job("well", 2, Some(("Complete", 3))), at(3));
    model.put_job(&job("runs", 2, None), at(3));
    model.put_job(&late("late", 2, 4), at(4));
    model.refresh(Kind::CronJob, at(3));
    let query = ListQuery {
        sort: Sort {
            by: SortBy::Status,
            descending: false,
        },
        ..ListQuery::of(Kind::CronJob)
    };
    let rows = page(&model, &query, true, at(3)).rows;
    let names: Vec<_> = rows.iter().map(|row| row.head().name.as_str()).collect();
    assert_eq!(names, ["late", "missed", "runs", "well"]);
}

#[test]
fn a_search_longer_than_anyone_types_costs_no_more_than_one_that_is_typed() {
    let mut model = Model::default();
    put_pod(&mut model, &pod("a", "node-1", json!({})));
    let words = ListQuery {
        text: "a ".repeat(16) + "nowhere",
        ..ListQuery::of(Kind::Pod)
    };
    assert_eq!(
        page(&model, &words, true, at(0)).total,
        1,
        "the rest is not looked for"
    );
    let labels = ListQuery {
        labels: "a,".repeat(1_024) + "a",
        ..ListQuery::of(Kind::Pod)
    };
    let refused = page(&model, &labels, true, at(0)).unread_labels;
    assert_eq!(refused.as_deref(), Some("longer than 2048 bytes"));
}

#[test]
fn a_label_selector_filters_in_the_apis_syntax_and_names_its_error() {
    let mut model = Model::default();
    for (name, labels) in [
        ("a", json!({"app": "Web", "tier": "front"})),
        ("b", json!({"app": "Web", "tier": "back", "canary": "yes"})),
        ("c", json!({"app.kubernetes.io/name": "db"})),
    ] {
        let change = json!({"metadata": {"labels": labels}});
        put_pod(&mut model, &pod(name, "n", change));
    }
    let filtered = |labels: &str| {
        let query = ListQuery {
            labels: labels.to_owned(),
            ..ListQuery::of(Kind::Pod)
        };
        page(&model, &query, true, at(0))
    };
    for (labels, expected) in [
        ("", "abc"),
        ("app=Web", "ab"),
        ("app=web", ""),
        ("app == Web,tier!=back", "a"),
        ("tier in (front, back),!canary", "a"),
        ("tier notin (front)", "bc"),
        ("canary", "b"),
        ("app.kubernetes.io/name=db", "c"),
    ] {
        let page = filtered(labels);
        let names = page.rows.iter().map(|row| row.head().name.as_str());
        assert_eq!(names.collect::<String>(), expected, "{labels}");
        assert_eq!(page.unread_labels, None);
    }
    let page = filtered("tier in (front");
    assert_eq!(page.rows, [], "what cannot be read selects nothing");
    let why = page.unread_labels.expect("it says why");
    assert!(why.contains("expected"), "{why}");
}

#[test]
fn the_likest_name_comes_first_whatever_the_alphabet_says() {
    let mut model = Model::default();
    for name in ["a-web-1", "webhook", "web", "cronweb"] {
        put_pod(&mut model, &pod(name, "node-1", json!({})));
    }
    put_pod(
        &mut model,
        &pod(
            "other",
            "node-1",
            json!({"metadata": {"labels": {"app": "web"}}}),
        ),
    );
    let query = ListQuery {
        text: "WEB".to_owned(),
        sort: Sort {
            by: SortBy::Match,
            descending: false,
        },
        limit: 4,
        ..ListQuery::of(Kind::Pod)
    };
    let rows = page(&model, &query, true, at(0)).rows;
    let names: Vec<_> = rows.iter().map(|row| row.head().name.as_str()).collect();
    assert_eq!(names, ["web", "webhook", "a-web-1", "cronweb"]);
}

fn owned_by(job: &str, uid: &str) -> Value {
    json!([{"apiVersion": "batch/v1", "kind": "Job", "name": job, "uid": uid, "controller": true}])
}

/// The detail of a Job in a model that knows it and its pods.
fn job_detail(model: &mut Model, job: &Job, now: Timestamp) -> orrery_view::JobDetail {
    model.refresh(Kind::Job, now);
    let fetched = crate::detail::Fetched::Job(Box::new(job.clone()));
    match crate::detail::build(model, fetched, now) {
        orrery_view::Detail::Job(detail) => detail,
        other => panic!("a Job's detail, not {other:?}"),
    }
}

#[test]
fn a_jobs_pods_are_matched_by_uid_and_never_by_name() {
    let mut model = Model::default();
    let job = job("etl", 1, None);
    model.put_job(&job, at(0));
    // Labels and the owner's name are those of a Job that was deleted and made again.
    put_pod(
        &mut model,
        &pod(
            "etl-1-old",
            "node-1",
            json!({"metadata": {
        "labels": {"job-name": "etl-1", "batch.kubernetes.io/job-name": "etl-1"},
        "ownerReferences": owned_by("etl-1", "the-one-before")}}),
        ),
    );
    put_pod(
        &mut model,
        &pod(
            "etl-1-new",
            "node-1",
            json!({"metadata": {"ownerReferences": owned_by("etl-1", "etl-1")}}),
        ),
    );
    let detail = job_detail(&mut model, &job, at(2));
    let names: Vec<_> = detail
        .pods
        .iter()
        .map(|pod| pod.head.name.as_str())
        .collect();
    assert_eq!(names, ["etl-1-new"]);
    assert_eq!(detail.spans.len(), 1);
}

#[test]
fn an_indexed_jobs_indexes_have_the_state_of_their_pods() {
    use orrery_view::IndexState::*;
    let mut model = Model::default();
    let indexed = json!({
        "spec": {"completionMode": "Indexed", "completions": 7, "parallelism": 3},
        "status": {"completedIndexes": "0-1", "failedIndexes": "2"},
    });
    let job: Job = object(
        serde_json::to_value(job("etl", 0, None)).expect("a Job"),
        indexed,
    );
    model.put_job(&job, at(0));
    let of = |index: u32, created: i64, phase: &str| {
        json!({
            "metadata": {"ownerReferences": owned_by("etl-0", "etl-0"), "creationTimestamp": at(created),
                         "annotations": {"batch.kubernetes.io/job-completion-index": index.to_string()}},
            "status": {"phase": phase, "startTime": at(created)},
        })
    };
    for (name, index, created, phase) in [
        ("a", 3, 0, "Failed"),
        ("b", 3, 1, "Running"),
        ("c", 4, 0, "Failed"),
        ("d", 5, 1, "Succeeded"),
    ] {
        put_pod(&mut model, &pod(name, "node-1", of(index, created, phase)));
    }
    let detail = job_detail(&mut model, &job, at(2));
    let said: Vec<_> = detail
        .indexes
        .iter()
        .map(|run| (run.first, run.last, run.state, run.pod.as_deref()))
        .collect();
    let expected = [
        (0, 1, Succeeded, None),
        (2, 2, Failed, None),
        (3, 3, Running, Some("b")),
        (4, 4, Retrying, Some("c")),
        (5, 5, Succeeded, Some("d")),
        (6, 6, Open, None),
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_time_to_live_is_told_before_the_job_has_ended_and_counts_from_its_end() {
    for (end, expires) in [(None, None), (Some(("Complete", 3)), Some(at(5)))] {
        let mut model = Model::default();
        let job: Job = object(
            serde_json::to_value(job("etl", 0, end)).expect("a Job"),
            json!({"spec": {"ttlSecondsAfterFinished": 120}}),
        );
        model.put_job(&job, at(4));
        let detail = job_detail(&mut model, &job, at(4));
        assert_eq!(detail.ttl_secs, Some(120), "{end:?}");
        assert_eq!(
            detail.expires,
            expires.map(Timestamp::as_millisecond),
            "{end:?}"
        );
    }
}

#[test]
fn pods_that_a_suspension_removed_stay_in_the_picture() {
    use orrery_view::SpanState;
    let mut model = Model::default();
    let running = job("etl", 0, None);
    model.put_job(&running, at(0));
    let owner = json!({"metadata": {"ownerReferences": owned_by("etl-0", "etl-0")}, "status": {"startTime": at(0)}});
    put_pod(&mut model, &pod("a", "node-1", owner));
    model.remove_pod("a", at(3));
    let suspended = json!({"spec": {"suspend": true}, "status": {"startTime": null,
        "conditions": [{"type": "Suspended", "status": "True", "lastTransitionTime": at(3)}]}});
    let job: Job = object(serde_json::to_value(running).expect("a Job"), suspended);
    model.put_job(&job, at(0));
    let detail = job_detail(&mut model, &job, at(30));
    assert_eq!(
        detail.seen,
        at(3).as_millisecond(),
        "the picture stands still"
    );
    let spans: Vec<_> = detail
        .spans
        .iter()
        .map(|s| (s.name.as_str(), s.state, s.gone, s.end))
        .collect();
    let end = Some(at(3).as_millisecond());
    assert_eq!(spans, [("a", SpanState::Stopped, true, end)]);
    model.remove_job("etl-0", at(31));
    assert_eq!(
        model.gone_pods_of("etl-0").count(),
        0,
        "nothing is kept of a Job that is gone"
    );
}

#[test]
fn a_jobs_status_never_lies() {
    let word = |change: Value| {
        let job: Job = object(
            serde_json::to_value(job("etl", 0, None)).expect("a Job"),
            change,
        );
        crate::facts::job::JobFacts::of(&job).row.status
    };
    use orrery_view::JobStatus::*;
    let condition = |type_: &str, status: &str| json!({"status": {"conditions": [{"type": type_, "status": status}]}});
    for (sentence, change, expected) in [
        (
            "PR-11 a Job without conditions is running, not unknown",
            json!({}),
            Running,
        ),
        (
            "so is one that has not started",
            json!({"status": null}),
            Running,
        ),
        (
            "suspended is not failed",
            condition("Suspended", "True"),
            Suspended,
        ),
        (
            "resumed is running",
            condition("Suspended", "False"),
            Running,
        ),
        (
            "a failure under way is not yet a failure",
            condition("FailureTarget", "True"),
            Failing,
        ),
        (
            "success under way is still running",
            condition("SuccessCriteriaMet", "True"),
            Running,
        ),
        (
            "a condition that is not true says nothing",
            condition("Failed", "False"),
            Running,
        ),
    ] {
        assert_eq!(word(change), expected, "{sentence}");
    }
}

fn daemonset(change: Value) -> k8s_openapi::api::apps::v1::DaemonSet {
    let base = json!({
        "metadata": {"name": "logs", "namespace": "default", "uid": "logs", "generation": 1},
        "spec": {"selector": {}, "template": {"spec": {"containers": []}}},
        "status": {"currentNumberScheduled": 1, "desiredNumberScheduled": 1, "numberMisscheduled": 0,
                   "numberReady": 1, "numberAvailable": 1, "updatedNumberScheduled": 1, "observedGeneration": 1},
    });
    object(base, change)
}

/// The cells of the one DaemonSet as state and reason.
fn cells(model: &mut Model) -> Vec<(CellState, String)> {
    let cells = node_cells(model).into_iter();
    cells.map(|cell| (cell.state, cell.why)).collect()
}

fn node_cells(model: &mut Model) -> Vec<NodeCell> {
    model.refresh(Kind::DaemonSet, at(0));
    let rows = page(model, &ListQuery::of(Kind::DaemonSet), true, at(0)).rows;
    let Some(Row::DaemonSet(row)) = rows.into_iter().next() else {
        panic!("a DaemonSet's row")
    };
    row.cells
}

fn of_daemonset(uid: &str) -> Value {
    json!([{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "logs", "uid": uid, "controller": true}])
}

#[test]
fn what_a_node_says_of_its_health_is_no_matter_of_cells() {
    let mut model = Model::default();
    model.put_daemonset(&daemonset(json!({})));
    let both = [Kind::Node, Kind::DaemonSet];
    assert_eq!(model.put_node(node("node-1", json!({}))), both, "it came");
    let mut now = node("node-1", json!({}));
    now.status = None;
    assert_eq!(model.put_node(now.clone()), [Kind::Node], "its health");
    now.metadata.labels = Some([("disk".to_owned(), "ssd".to_owned())].into());
    assert_eq!(model.put_node(now.clone()), both, "a label");
    assert_eq!(model.put_node(now), [Kind::Node], "again");
    let tainted = json!({"spec": {"taints": [{"key": "gpu", "effect": "NoSchedule"}]}});
    let tainted = object(
        serde_json::to_value(node("node-1", json!({"disk": "ssd"}))).expect("a Node"),
        tainted,
    );
    assert_eq!(model.put_node(tainted), both, "a taint");
    let cells = cells(&mut model);
    assert_eq!(cells[0].1, "taint gpu:NoSchedule");
}

#[test]
fn a_cell_says_which_taint_selector_or_affinity_excludes_its_node() {
    let affinity = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd", "nvme"]},
                              {"key": "zone", "operator": "Exists"}]},
        {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-9"]}]}]}}});
    let taint =
        json!({"spec": {"taints": [{"key": "gpu", "value": "true", "effect": "NoSchedule"}]}});
    for (sentence, spec, node_change, expected) in [
        (
            "DS-01 a taint that is not tolerated",
            json!({}),
            taint.clone(),
            "taint gpu=true:NoSchedule",
        ),
        (
            "a selector",
            json!({"nodeSelector": {"disk": "ssd"}}),
            json!({}),
            "nodeSelector disk=ssd",
        ),
        (
            "the parts of each term that do not hold",
            json!({"affinity": affinity}),
            json!({}),
            "nodeAffinity disk In (ssd, nvme) | metadata.name In (node-9)",
        ),
        (
            "another node by name",
            json!({"nodeName": "node-9"}),
            json!({}),
            "nodeName node-9",
        ),
    ] {
        let mut model = Model::default();
        let base = serde_json::to_value(node("node-1", json!({"zone": "a"}))).expect("a Node");
        model.put_node(object(base, node_change));
        model.put_daemonset(&daemonset(json!({"spec": {"template": {"spec": spec}}})));
        assert_eq!(
            cells(&mut model),
            [(CellState::Excluded, expected.to_owned())],
            "{sentence}"
        );
    }
    let mut model = Model::default();
    let base = serde_json::to_value(node("node-1", json!({}))).expect("a Node");
    model.put_node(object(base, taint));
    let tolerates = json!({"spec": {"template": {"spec": {"tolerations": [{"key": "gpu", "operator": "Exists"}]}}}});
    model.put_daemonset(&daemonset(tolerates));
    assert_eq!(
        cells(&mut model),
        [(CellState::Missing, String::new())],
        "a tolerated taint excludes nothing"
    );
}

#[test]
fn a_cell_names_the_pod_that_holds_its_host_port() {
    let ports = json!([{"name": "c", "image": "pause", "ports": [{"containerPort": 80, "hostPort": 18080}]}]);
    let mut model = Model::default();
    model.put_node(node("node-1", json!({})));
    model.put_daemonset(&daemonset(
        json!({"spec": {"template": {"spec": {"containers": ports}}}}),
    ));
    assert_eq!(cells(&mut model), [(CellState::Missing, String::new())]);
    model.put_pod(
        &pod("web", "node-1", json!({"spec": {"containers": ports}})),
        at(0),
    );
    let [cell] = &node_cells(&mut model)[..] else {
        panic!("a cell for its node");
    };
    let taken = PodWhy::PortTaken {
        port: "18080/TCP".to_owned(),
        pod: "default/web".to_owned(),
    };
    assert_eq!(
        (cell.state, &cell.because),
        (CellState::Missing, &Some(taken))
    );
    model.remove_pod("web", at(1));
    assert_eq!(
        cells(&mut model),
        [(CellState::Missing, String::new())],
        "freed again"
    );
}

#[test]
fn a_cell_says_why_its_pod_is_pending() {
    let mut model = Model::default();
    model.put_node(node("node-1", json!({})));
    model.put_daemonset(&daemonset(json!({})));
    let here = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-1"]}]}]}}});
    let refused = json!({"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                         "message": "0/1 nodes are available: 1 Insufficient cpu."});
    let pending = json!({
        "metadata": {"ownerReferences": of_daemonset("logs")},
        "spec": {"nodeName": null, "affinity": here},
        "status": {"phase": "Pending", "conditions": [refused], "containerStatuses": null},
    });
    model.put_pod(&pod("a", "", pending), at(0));
    let [(state, why)] = &cells(&mut model)[..] else {
        panic!("a cell for its node");
    };
    assert!(
        *state == CellState::Pending && why.contains("Insufficient cpu"),
        "{state:?}: {why}"
    );
}

#[test]
fn a_pod_of_an_older_template_is_old_even_where_no_newer_one_exists() {
    let mut model = Model::default();
    model.put_node(node("node-1", json!({})));
    let annotated = |generation: &str| {
        daemonset(
            json!({"metadata": {"annotations": {"deprecated.daemonset.template.generation": generation}}}),
        )
    };
    model.put_daemonset(&annotated("1"));
    model.put_pod(
        &pod(
            "a",
            "node-1",
            json!({"metadata": {"ownerReferences": of_daemonset("logs"),
        "labels": {"pod-template-generation": "1", "controller-revision-hash": "x"}}}),
        ),
        at(0),
    );
    assert_eq!(cells(&mut model), [(CellState::Ready, String::new())]);
    model.put_daemonset(&annotated("2"));
    assert_eq!(
        cells(&mut model),
        [(CellState::Old, String::new())],
        "DS-12 OnDelete leaves it there"
    );
}

#[test]
fn a_daemonsets_pods_are_matched_by_uid_and_never_by_name() {
    let mut model = Model::default();
    model.put_node(node("node-1", json!({})));
    model.put_daemonset(&daemonset(json!({})));
    model.put_pod(
        &pod(
            "a",
            "node-1",
            json!({"metadata": {"ownerReferences": of_daemonset("the-one-before")}}),
        ),
        at(0),
    );
    assert_eq!(cells(&mut model), [(CellState::Missing, String::new())]);
}

#[test]
fn what_its_owner_let_go_is_its_no_longer() {
    let mut model = Model::default();
    model.put_node(node("node-1", json!({})));
    model.put_daemonset(&daemonset(json!({})));
    let owned = json!({"metadata": {"ownerReferences": of_daemonset("logs")}});
    put_pod(&mut model, &pod("a", "node-1", owned));
    assert_ne!(cells(&mut model)[0].0, CellState::Missing);
    put_pod(&mut model, &pod("a", "node-1", json!({})));
    assert_eq!(cells(&mut model), [(CellState::Missing, String::new())]);

    model.put_cronjob(&cronjob("etl", json!({})), at(0));
    let mut run = job("etl", 1, None);
    model.put_job(&run, at(1));
    assert_eq!(row(&mut model, at(1)).active, 1);
    run.metadata.owner_references = None;
    model.put_job(&run, at(1));
    assert_eq!(row(&mut model, at(1)).active, 0);
    assert_eq!(model.jobs_of("etl").count(), 0);
}

#[test]
fn a_run_that_began_before_all_time_has_a_place_in_a_list() {
    let began = json!({"status": {"startTime": "0001-01-01T00:00:00Z"}});
    let first = serde_json::to_value(job("etl", 0, None)).expect("a Job");
    let mut model = Model::default();
    model.put_job(&object::<Job>(first, began), at(0));
    model.put_job(&job("etl", 1, None), at(1));
    let mut query = ListQuery::of(Kind::Job);
    query.sort.by = SortBy::Duration;
    query.sort.descending = true;
    let rows = page(&model, &query, true, at(2)).rows;
    let names: Vec<_> = rows.iter().map(|row| row.head().name.as_str()).collect();
    assert_eq!(names, ["etl-0", "etl-1"], "the longest first");
}

#[test]
fn the_picture_of_a_suspended_job_stands_still_while_it_is_deleted() {
    let suspended = json!([{"type": "Suspended", "status": "True", "lastTransitionTime": at(1)}]);
    for (conditions, moves) in [(json!([]), true), (suspended, false)] {
        let deleted = json!({
            "metadata": {"deletionTimestamp": at(2)}, "status": {"conditions": conditions},
        });
        let running = serde_json::to_value(job("etl", 0, None)).expect("a Job");
        let job: Job = object(running, deleted);
        let mut model = Model::default();
        model.put_job(&job, at(3));
        let detail = job_detail(&mut model, &job, at(3));
        assert_eq!(detail.row.status, orrery_view::JobStatus::Terminating);
        let detail = orrery_view::Detail::Job(detail);
        assert_eq!(crate::detail::moves_at(&detail).is_some(), moves);
    }
}

#[test]
fn a_daemonsets_status_never_lies() {
    use orrery_view::DaemonSetStatus::*;
    for (sentence, change, expected) in [
        ("every node is covered", json!({}), Healthy),
        (
            "a node without an available pod",
            json!({"numberAvailable": 0}),
            Unavailable,
        ),
        (
            "old pods remain, and serve",
            json!({"updatedNumberScheduled": 0}),
            Updating,
        ),
        (
            "no node wants one",
            json!({"desiredNumberScheduled": 0}),
            Idle,
        ),
        (
            "counts of a specification before say nothing of this one",
            json!({"observedGeneration": 0}),
            Updating,
        ),
        (
            "nor does a status that nobody wrote yet",
            json!({"observedGeneration": null, "desiredNumberScheduled": 0}),
            Updating,
        ),
        (
            "nobody replaces the old ones",
            json!({"updatedNumberScheduled": 0, "onDelete": true}),
            Paused,
        ),
    ] {
        let strategy = match change["onDelete"].as_bool() {
            Some(true) => "OnDelete",
            _ => "RollingUpdate",
        };
        let strategy = json!({"updateStrategy": {"type": strategy}});
        let daemonset = daemonset(json!({"status": change, "spec": strategy}));
        let facts = crate::facts::daemonset::DaemonSetFacts::of(&daemonset);
        assert_eq!(facts.row.status, expected, "{sentence}");
    }
}

#[test]
fn active_are_all_unfinished_jobs_that_it_owns_manual_ones_included() {
    let mut model = Model::default();
    // what its status says leaves manual runs out, and may be old
    model.put_cronjob(&cronjob("etl", json!({"status": {"active": []}})), at(0));
    let manual = |name: &str, owner_uid: &str, end: Option<(&str, i64)>| -> Job {
        let base = serde_json::to_value(job("etl", 1, end)).expect("a Job");
        object(
            base,
            json!({"metadata": {
                "name": name, "uid": name,
                "annotations": {"batch.kubernetes.io/cronjob-scheduled-timestamp": null,
                                "cronjob.kubernetes.io/instantiate": "manual"},
                "ownerReferences": [{"apiVersion": "batch/v1", "kind": "CronJob", "name": "etl",
                                     "uid": owner_uid, "controller": true}],
            }}),
        )
    };
    model.put_job(&job("etl", 1, None), at(1));
    model.put_job(&manual("etl-manual-a", "etl", None), at(1));
    assert_eq!(
        row(&mut model, at(2)).active,
        2,
        "the slot's and the manual one"
    );
    model.put_job(&manual("etl-manual-b", "etl", Some(("Complete", 2))), at(2));
    model.put_job(&manual("etl-manual-c", "an earlier etl", None), at(2));
    assert_eq!(
        row(&mut model, at(2)).active,
        2,
        "neither one that ended nor one of another CronJob of that name"
    );
    model.put_job(&manual("etl-manual-a", "etl", Some(("Failed", 3))), at(3));
    model.remove_job("etl-1", at(3));
    assert_eq!(row(&mut model, at(3)).active, 0);
}

#[test]
fn a_cronjobs_status_never_lies() {
    let status = |change: Value, job: Option<Job>| {
        let mut model = Model::default();
        model.put_cronjob(&cronjob("etl", change), at(0));
        if let Some(job) = job {
            model.put_job(&job, at(3));
        }
        row(&mut model, at(3)).status
    };
    let failed = || Some(job("etl", 1, Some(("Failed", 2))));
    for (sentence, change, job, expected) in [
        (
            "nothing has run yet",
            json!({}),
            None,
            CronJobStatus::Waiting,
        ),
        (
            "its last run failed",
            json!({}),
            failed(),
            CronJobStatus::Failing,
        ),
        (
            "suspended is not failed",
            json!({"spec": {"suspend": true}}),
            failed(),
            CronJobStatus::Suspended,
        ),
    ] {
        assert_eq!(status(change, job), expected, "{sentence}");
    }
}

#[test]
fn a_pod_that_completed_is_not_in_trouble() {
    let health = |change: Value| {
        crate::facts::pod::PodFacts::of(&pod("p", "node-1", change))
            .row
            .health
    };
    let ended = |exit_code: i32, phase: &str| {
        json!({"status": {
            "phase": phase, "conditions": [{"type": "Ready", "status": "False", "reason": "PodCompleted"}],
            "containerStatuses": [{"name": "c", "ready": false, "restartCount": 0, "image": "", "imageID": "",
                                   "state": {"running": null, "terminated": {"exitCode": exit_code, "reason": "x"}}}],
        }})
    };
    use orrery_view::PodHealth::*;
    assert_eq!(health(json!({})), Running);
    assert_eq!(
        health(ended(0, "Succeeded")),
        Done,
        "completed is not degraded"
    );
    assert_eq!(health(ended(1, "Failed")), Bad);
    let mut of_job = ended(1, "Failed");
    of_job["metadata"] = json!({"ownerReferences": owned_by("etl-0", "etl-0")});
    assert_eq!(health(of_job), Failed, "its Job tells of it");
}
