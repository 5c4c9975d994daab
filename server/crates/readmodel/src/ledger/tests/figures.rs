//! Figures from runs.

use orrery_view::{Outcome, Trigger};

use super::{DAY, NOW, SECOND, run};
use crate::ledger::entry::Record;
use crate::ledger::{Book, last_day, stats, usual};
use crate::model::Model;

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
