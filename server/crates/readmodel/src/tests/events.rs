//! Events as a list.

use orrery_view::{Kind, ListQuery};
use serde_json::json;

use super::{at, object};
use crate::model::Model;
use crate::page::page;

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
