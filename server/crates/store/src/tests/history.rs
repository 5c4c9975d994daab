//! Lists of now and of earlier, watches, and where the history ends.

use std::task::{Context, Poll, Waker};

use futures::{FutureExt, StreamExt};

use super::{delete, keeping, key, names, put};
use crate::{AtError, Gone, Key, Lagged, Options, Range, Store};

/// Revisions 2 to 7: a/x, b/y, c/z, a/x again, b/y gone, a/w.
async fn sample(options: Options) -> Store {
    let store = Store::in_memory(options);
    let at = |namespace: &str, name: &str| Key::new("pods", namespace, name);
    put(&store, at("a", "x"), "1").await;
    put(&store, at("b", "y"), "2").await;
    put(&store, at("c", "z"), "3").await;
    put(&store, at("a", "x"), "4").await;
    delete(&store, at("b", "y")).await;
    put(&store, at("a", "w"), "5").await;
    store
}

#[tokio::test]
async fn lists() {
    struct Row {
        says: &'static str,
        range: Range,
        at: u64,
        names: &'static [&'static str],
        remaining: usize,
    }
    let all = || Range::all("pods");
    let row = |says, range, at, names, remaining| Row {
        says,
        range,
        at,
        names,
        remaining,
    };
    let rows = [
        row("all", all(), 7, &["a/w", "a/x", "c/z"][..], 0),
        row("a page", all().limit(2), 7, &["a/w", "a/x"], 1),
        row(
            "the next page",
            all().limit(2).after("a", "x"),
            7,
            &["c/z"],
            0,
        ),
        row(
            "after a name that is gone",
            all().after("b", "y"),
            7,
            &["c/z"],
            0,
        ),
        row(
            "after a namespace that never was",
            all().after("aa", "zz"),
            7,
            &["c/z"],
            0,
        ),
        row("a namespace", all().namespace("a"), 7, &["a/w", "a/x"], 0),
        row(
            "a page of a namespace",
            all().namespace("a").limit(1),
            7,
            &["a/w"],
            1,
        ),
        row(
            "its next page",
            all().namespace("a").limit(1).after("a", "w"),
            7,
            &["a/x"],
            0,
        ),
        row(
            "a namespace before the start",
            all().namespace("a").after("b", "a"),
            7,
            &[],
            0,
        ),
        row(
            "a namespace behind the start",
            all().namespace("c").after("b", "a"),
            7,
            &["c/z"],
            0,
        ),
        row("no such namespace", all().namespace("d"), 7, &[], 0),
        row("no such resource", Range::all("jobs"), 7, &[], 0),
        row("nothing but the count", all().limit(0), 7, &[], 3),
        row("before the last", all(), 6, &["a/x", "c/z"], 0),
        row("before the deletion", all(), 5, &["a/x", "b/y", "c/z"], 0),
        row(
            "a page before the deletion",
            all().limit(1).after("a", "x"),
            5,
            &["b/y"],
            1,
        ),
        row(
            "a deleted one's namespace",
            all().namespace("b"),
            5,
            &["b/y"],
            0,
        ),
        row("at the beginning", all(), 2, &["a/x"], 0),
        row("before the beginning", all(), 1, &[], 0),
    ];
    let store = sample(Options::default()).await;
    for Row {
        says,
        range,
        at,
        names: expected,
        remaining,
    } in rows
    {
        let counted = range.after.is_none();
        let list = store.list_at(&range, at).expect("all of it is kept");
        assert_eq!(names(&list), expected, "{says}");
        assert_eq!(
            (list.revision, list.remaining, list.more),
            (at, counted.then_some(remaining), remaining > 0),
            "{says}"
        );
        if at == store.revision() {
            assert_eq!(
                store.list(&range),
                list,
                "{says}: now and at the newest are the same"
            );
        }
    }
    let values = |at| {
        store.list_at(&all(), at).expect("kept").entries[0]
            .value
            .clone()
    };
    assert_eq!(
        (&values(4)[..], &values(5)[..]),
        (&b"1"[..], &b"4"[..]),
        "a value as it was"
    );
}

#[tokio::test]
async fn versions_that_cannot_be_listed() {
    let store = sample(keeping(2)).await;
    let at = |revision| {
        store
            .list_at(&Range::all("pods"), revision)
            .map(|list| names(&list).len())
    };
    let gone = Err(AtError::Gone(Gone {
        oldest: 5,
        current: 7,
    }));
    let future = Err(AtError::Future {
        asked: 8,
        current: 7,
    });
    assert_eq!(
        [at(1), at(4), at(5), at(7), at(8)],
        [gone, gone, Ok(3), Ok(3), future]
    );
}

#[tokio::test]
async fn a_quiet_resource_keeps_its_history() {
    let store = Store::in_memory(keeping(2));
    for n in 0..10 {
        put(&store, key("busy"), &n.to_string()).await;
    }
    let watch = store
        .watch("nodes", None, 1)
        .expect("no node was ever forgotten");
    assert_eq!(watch.progress(), 11);
    assert!(store.watch("pods", None, 8).is_err());
}

#[tokio::test]
async fn bytes_bound_the_history_too() {
    let store = Store::in_memory(Options {
        history_bytes: 5000,
        ..Options::default()
    });
    for _ in 0..100 {
        put(&store, key("a"), &"x".repeat(1000)).await;
    }
    let stats = store.stats();
    assert!(
        stats.history < 5 && stats.history_bytes <= 5000,
        "{stats:?}"
    );
}

#[tokio::test]
async fn a_watch_delivers_each_change_once() {
    struct Row {
        says: &'static str,
        namespace: Option<&'static str>,
        after: u64,
        revisions: &'static [u64],
    }
    let row = |says, namespace, after, revisions| Row {
        says,
        namespace,
        after,
        revisions,
    };
    let rows = [
        row(
            "from before the beginning",
            None,
            0,
            &[2, 3, 4, 5, 6, 7][..],
        ),
        row("from the empty store", None, 1, &[2, 3, 4, 5, 6, 7]),
        row("from the middle", None, 4, &[5, 6, 7]),
        row("from now", None, 7, &[]),
        row("from later than now", None, 9, &[]),
        row("one namespace", Some("a"), 1, &[2, 5, 7]),
        row("one namespace from the middle", Some("b"), 3, &[6]),
        row("a namespace without objects", Some("d"), 1, &[]),
    ];
    let store = sample(Options::default()).await;
    for Row {
        says,
        namespace,
        after,
        revisions,
    } in rows
    {
        let mut watch = store.watch("pods", namespace, after).expect("kept");
        let mut got = Vec::new();
        while let Some(change) = watch.try_next().expect("kept") {
            got.push(change.revision);
            assert!(watch.progress() >= change.revision, "{says}");
        }
        assert_eq!(got, revisions, "{says}");
        assert_eq!(watch.progress(), after.max(7), "{says}");
    }
}

#[tokio::test]
async fn progress_stops_before_what_is_to_come() {
    let store = sample(Options::default()).await;
    let mut watch = store.watch("pods", Some("a"), 2).expect("kept");
    assert_eq!(watch.progress(), 4, "3 and 4 do not match, 5 does");
    watch.next().await.expect("kept");
    assert_eq!(watch.progress(), 6);
}

#[tokio::test]
async fn a_watch_that_lags_ends() {
    let store = Store::in_memory(keeping(3));
    let mut slow = store.watch("pods", None, 1).expect("kept");
    for _ in 0..4 {
        put(&store, key("a"), "x").await;
    }
    let lagged = Lagged {
        oldest: 2,
        current: 5,
    };
    assert_eq!(slow.next().await, Err(lagged));
    assert_eq!(
        slow.by_ref().collect::<Vec<_>>().await,
        [Err(lagged)],
        "as a stream it ends there"
    );
    assert_eq!(
        store.watch("pods", None, 1).err(),
        Some(Gone {
            oldest: 2,
            current: 5
        })
    );
}

#[tokio::test]
async fn only_watches_of_the_touched_resource_wake() {
    let store = Store::in_memory(Options::default());
    let (pod_waker, pod_wakes) = counting_waker();
    let (job_waker, job_wakes) = counting_waker();
    let mut pods = store.watch("pods", None, 1).expect("kept");
    let mut jobs = store.watch("jobs", None, 1).expect("kept");
    assert!(
        pods.poll_change(&mut Context::from_waker(&pod_waker))
            .is_pending()
    );
    assert!(
        jobs.poll_change(&mut Context::from_waker(&job_waker))
            .is_pending()
    );
    put(&store, key("a"), "1").await;
    put(&store, key("a"), "2").await;
    let count =
        |wakes: &std::sync::atomic::AtomicUsize| wakes.load(std::sync::atomic::Ordering::SeqCst);
    assert_eq!(
        (count(&pod_wakes), count(&job_wakes)),
        (1, 0),
        "once, until it asks again"
    );
    assert!(matches!(
        pods.poll_change(&mut Context::from_waker(Waker::noop())),
        Poll::Ready(Ok(_))
    ));
    drop(jobs);
    assert_eq!(store.stats().watchers, 1, "a dropped watch leaves nothing");
}

fn counting_waker() -> (Waker, std::sync::Arc<std::sync::atomic::AtomicUsize>) {
    struct Count(std::sync::Arc<std::sync::atomic::AtomicUsize>);
    impl std::task::Wake for Count {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
    }
    let count = std::sync::Arc::<std::sync::atomic::AtomicUsize>::default();
    (std::sync::Arc::new(Count(count.clone())).into(), count)
}

#[tokio::test]
async fn a_waiting_watch_is_woken() {
    let store = super::fresh().0;
    let mut watch = store.watch("pods", None, 1).expect("kept");
    let waiting = tokio::spawn(async move { watch.next().await });
    put(&store, Key::new("jobs", "default", "a"), "1").await;
    put(&store, key("a"), "2").await;
    let change = waiting.await.expect("no panic").expect("kept");
    assert_eq!(change.revision, 3);
    assert!(
        store
            .watch("pods", None, 3)
            .expect("kept")
            .next()
            .now_or_never()
            .is_none()
    );
}

#[tokio::test]
async fn a_long_backlog_lets_other_tasks_run() {
    let store = Store::in_memory(Options::default());
    for _ in 0..1000 {
        put(&store, key("a"), "x").await;
    }
    let mut watch = store.watch("pods", None, 1).expect("kept");
    let (mut turns, mut taken) = (0, 0);
    std::future::poll_fn(|context| {
        turns += 1;
        while watch.poll_change(context).is_ready() {
            taken += 1;
        }
        if taken < 1000 {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
    assert!(turns > 1, "all {taken} in one turn");
}
