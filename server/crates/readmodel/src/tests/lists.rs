//! Lists: filters, counts, order and windows.

use k8s_openapi::api::batch::v1::Job;
use orrery_view::{Kind, ListQuery, LoadQuery, Page, Sort, SortBy};
use serde_json::json;

use super::{at, cronjob, job, object, pod, put_pod};
use crate::model::Model;
use crate::page::page;

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
