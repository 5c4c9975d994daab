use std::cell::Cell;
use std::rc::Rc;

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::CronJob;
use k8s_openapi::api::core::v1::{Event, Pod};
use orrery_view::{Body, Head, Kind, ListQuery, Page, Row, SlotWhy, Sort, SortBy};
use serde_json::{Value, json};

use super::Window;
use crate::facts::pod::PodFacts;
use crate::ledger::Book;
use crate::model::Model;
use crate::page::page;
use crate::table::{Facts, Table};

fn pod(number: usize, status: Value) -> Pod {
    serde_json::from_value(json!({
        "metadata": {
            "name": format!("idle-{number:05}"), "namespace": format!("team-{}", number % 3), "uid": format!("u{number}"),
            "creationTimestamp": Timestamp::new(1_790_000_000 + number as i64 % 7, 0).expect("a time").to_string(),
        },
        "spec": {"nodeName": format!("node-{}", number % 5), "containers": [{"name": "main"}]},
        "status": status,
    }))
    .expect("a pod")
}

/// Numbers that look like chance and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

fn apply(shown: &mut Page, body: Option<Body>) {
    match body {
        Some(Body::Page(page)) => *shown = page,
        Some(Body::Delta(delta)) => shown.apply(delta),
        Some(other) => panic!("a list has no {other:?}"),
        None => {}
    }
}

/// A window's deltas lead to what one would be told who asks anew, whatever is asked and however pods come and go.
#[test]
fn a_window_is_kept_as_it_would_be_read_anew() {
    let sorts = [
        SortBy::Name,
        SortBy::Status,
        SortBy::Age,
        SortBy::Node,
        SortBy::Namespace,
        SortBy::Match,
    ];
    let queries = sorts.iter().enumerate().flat_map(|(n, by)| {
        [false, true].map(|descending| ListQuery {
            sort: Sort {
                by: *by,
                descending,
            },
            limit: 7,
            offset: n as u32 * 9,
            status: (n % 2 == 1).then(|| "bad".to_owned()),
            namespaces: match n % 3 {
                2 => vec!["team-1".to_owned(), "team-2".to_owned()],
                _ => Vec::new(),
            },
            text: if n % 5 == 3 || n == 5 {
                "idle-000".to_owned()
            } else {
                String::new()
            },
            ..ListQuery::of(Kind::Pod)
        })
    });
    let mut windows: Vec<_> = queries
        .map(|query| (Window::new(query.clone()), query, Page::default()))
        .collect();
    let (mut model, mut dice, now) = (Model::default(), Dice(7), Timestamp::UNIX_EPOCH);
    for step in 0..400 {
        for _ in 0..dice.below(4) {
            let number = dice.below(60);
            match dice.below(4) {
                0 => _ = model.remove_pod(&format!("u{number}"), now),
                1 => _ = model.put_pod(&pod(number, json!({"phase": "Failed"})), now),
                _ => {
                    let status = json!({"phase": "Running", "reason": format!("Round{step}")});
                    model.put_pod(&pod(number, status), now);
                }
            }
        }
        for (window, query, shown) in &mut windows {
            apply(shown, window.next(&model, true, at(0)));
            assert_eq!(
                *shown,
                page(&model, query, true, now),
                "step {step} of {query:?}"
            );
            assert_eq!(
                window.next(&model, true, at(9)),
                None,
                "the clock alone is no change"
            );
        }
    }
}

/// Pods that count how often they are asked anything, and how often for their row.
struct Counted {
    pod: PodFacts,
    asked: Rc<Cell<usize>>,
    read: Rc<Cell<usize>>,
}

impl Facts for Counted {
    fn head(&self) -> &Head {
        self.pod.head()
    }
    fn text(&self) -> &str {
        self.pod.text()
    }
    fn status(&self) -> &'static str {
        self.asked.set(self.asked.get() + 1);
        self.pod.status()
    }
    fn sort_key(&self, by: SortBy) -> (i64, &str) {
        self.asked.set(self.asked.get() + 1);
        self.pod.sort_key(by)
    }
    fn row(&self) -> Row {
        self.read.set(self.read.get() + 1);
        self.pod.row()
    }
}

#[test]
fn of_10_000_pods_only_those_that_changed_are_looked_at() {
    let (asked, read) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let counted = |number: usize, reason: &str| Counted {
        pod: PodFacts::of(&pod(number, json!({"phase": "Running", "reason": reason}))),
        asked: asked.clone(),
        read: read.clone(),
    };
    let mut table = Table::default();
    (0..10_000).for_each(|number| table.put(counted(number, "")));
    let mut window = Window::new(ListQuery::of(Kind::Pod));
    let first = window.follow(&table, true, 0, &|_| ());
    assert!(
        matches!(first, Some(Body::Page(page)) if page.rows.len() == 100 && page.total == 10_000)
    );
    let take = || (asked.take(), read.take());
    assert_eq!(
        take(),
        (20_000, 100),
        "the first time all are placed, and a window is read"
    );

    // forty pods change in the time in which changes are gathered; one of them is seen
    for number in (50..10_000).step_by(250) {
        table.put(counted(number, "Ticked"));
        table.put(counted(number, "Ticked again"));
    }
    let Some(Body::Delta(delta)) = window.follow(&table, true, 0, &|_| ()) else {
        panic!("a change in the window is a delta");
    };
    assert_eq!(
        (delta.upserts.len(), delta.order, delta.total),
        (1, None, 10_000)
    );
    assert_eq!(
        take(),
        (80, 1),
        "each that changed once, and the row that is seen"
    );

    // none that is seen
    table.put(counted(9_800, "Ticked"));
    assert_eq!(window.follow(&table, true, 0, &|_| ()), None);
    assert_eq!(take(), (2, 0));

    // one in the window goes, the next one comes in below
    table.remove("u3");
    let Some(Body::Delta(delta)) = window.follow(&table, true, 0, &|_| ()) else {
        panic!("a row that is gone is a delta");
    };
    assert_eq!(
        (delta.upserts.len(), delta.order.map(|order| order.len())),
        (1, Some(100))
    );
    assert_eq!(take(), (0, 1), "the others are there already");
}

#[test]
fn a_window_that_was_not_looked_at_for_long_is_read_anew() {
    let now = Timestamp::UNIX_EPOCH;
    let mut model = Model::default();
    let mut window = Window::new(ListQuery::of(Kind::Pod));
    let mut shown = Page::default();
    apply(&mut shown, window.next(&model, true, at(0)));
    // more changes than are remembered, of few pods: the memory of changes is bounded, and the last one wins
    for round in 0..3_000 {
        for number in 0..4 {
            model.put_pod(
                &pod(number, json!({"reason": format!("Round{round}")})),
                now,
            );
        }
    }
    assert_eq!(
        model.pods.changed_since(0),
        None,
        "so many changes are not kept"
    );
    let Some(Body::Delta(delta)) = window.next(&model, true, at(0)) else {
        panic!("what is shown is led on by one delta");
    };
    assert_eq!(
        delta.upserts.len(),
        4,
        "one for each pod, not for each change"
    );
    shown.apply(delta);
    let words = |page: &Page| -> Vec<String> {
        let word = |row: &Row| match row {
            Row::Pod(row) => row.status.clone(),
            _ => String::new(),
        };
        page.rows.iter().map(word).collect()
    };
    assert_eq!(words(&shown), ["Round2999"; 4]);

    // as many again, after which nothing is left
    for _ in 0..3_000 {
        for number in 0..4 {
            model.put_pod(&pod(number, json!({})), now);
        }
    }
    (0..4).for_each(|number| _ = model.remove_pod(&format!("u{number}"), now));
    apply(&mut shown, window.next(&model, true, at(0)));
    assert_eq!((shown.total, shown.rows), (0, Vec::new()));
}

#[test]
fn a_row_hears_what_an_event_tells_of_its_slots() {
    let object: CronJob = serde_json::from_value(json!({
        "metadata": {"name": "etl", "namespace": "data", "uid": "etl", "creationTimestamp": at(0).to_string()},
        "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {"spec": {"containers": []}}}}},
    }))
    .expect("a CronJob");
    let event: Event = serde_json::from_value(json!({
        "metadata": {"name": "etl.1", "namespace": "data", "uid": "event"},
        "involvedObject": {"apiVersion": "batch/v1", "kind": "CronJob", "namespace": "data", "name": "etl", "uid": "etl"},
        "type": "Warning", "reason": "FailedCreate", "message": "exceeded quota",
        "firstTimestamp": at(61_000).to_string(), "lastTimestamp": at(61_000).to_string(),
    }))
    .expect("an Event");
    let mut model = Model::new(Book::load([], 0), true);
    let mut window = Window::new(ListQuery::of(Kind::CronJob));
    let mut shown = Page::default();
    let mut look = |model: &mut Model| -> Vec<SlotWhy> {
        model.refresh(Kind::CronJob, at(90_000));
        apply(&mut shown, window.next(model, true, at(90_000)));
        let [Row::CronJob(row)] = shown.rows.as_slice() else {
            panic!("one CronJob is listed");
        };
        row.gaps.iter().map(|gap| gap.why.clone()).collect()
    };
    model.put_cronjob(&object, at(0));
    assert_eq!(look(&mut model), [SlotWhy::Unknown]);
    assert!(model.put_event(&event).contains(&Kind::CronJob));
    let message = "exceeded quota".to_owned();
    assert_eq!(look(&mut model), [SlotWhy::CreateFailed { message }]);
}

/// So many milliseconds after the beginning.
fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).expect("near the epoch")
}
