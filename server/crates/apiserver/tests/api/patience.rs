//! Clients that are slow, silent or many: each costs little, and none holds up another. Issue 5's
//! robustness, K-12, K-43.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::{StreamExt, stream};
use http::Request;
use serde_json::json;

use crate::cluster::{CONFIG_MAPS, Cluster, config_map};

/// As many as a large cluster's agents and informers together.
const WATCHERS: usize = 3_000;
/// What an idle watch may cost in memory: its request, its place in the queue of changes, its timers.
const BYTES_EACH: usize = 24 * 1024;

#[tokio::test(start_paused = true)]
async fn a_body_that_comes_byte_by_byte_is_given_up_and_holds_nobody_up() {
    let cluster = Cluster::start().await;
    let began = tokio::time::Instant::now();
    let drops = stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_secs(7)).await;
        Some((Ok::<_, Infallible>(Bytes::from_static(b" ")), ()))
    });
    let slow = cluster.ask("POST", CONFIG_MAPS, &[], Body::from_stream(drops));
    let others = async {
        let made = cluster.post(CONFIG_MAPS, &config_map("c")).await;
        (made.code, began.elapsed())
    };
    let (slow, (code, after)) = tokio::join!(slow, others);
    assert_eq!((code, after), (201, Duration::ZERO), "others go on at once");
    assert_eq!(slow.code, 504);
    assert_eq!(
        slow.message(),
        "Timeout: request did not complete within the allotted timeout"
    );
    assert_eq!(began.elapsed(), Duration::from_secs(60));
}

/// Upstream's request deadline, which looks at the time before it looks at who asks.
#[tokio::test(start_paused = true)]
async fn a_timeout_that_is_none_is_told_so() {
    let cluster = Cluster::start().await;
    let paths = [
        CONFIG_MAPS,
        "/api/v1/nothings",
        "/api",
        "/apis/batch/v1",
        "/openapi/v3",
        "/version",
        "/livez",
    ];
    let words = [
        ("bad", "time: invalid duration \"bad\""),
        ("5", "time: missing unit in duration \"5\""),
        ("5x", "time: unknown unit \"x\" in duration \"5x\""),
    ];
    for path in paths {
        for (text, why) in words {
            let guess = [("authorization", "Bearer guess")];
            let path = format!("{path}?timeout={text}");
            for headers in [&[][..], &guess] {
                let told = cluster.ask("GET", &path, headers, "").await;
                let want = format!("invalid timeout specified in the request URL - {why}");
                assert_eq!((told.code, told.message()), (400, want), "{path}");
                assert_eq!(told.json()["reason"], "BadRequest");
            }
        }
    }
    for text in ["32s", "1m30s", "100h", "0", "0s", "-1s", ""] {
        let path = format!("{CONFIG_MAPS}?timeout={text}");
        assert_eq!(cluster.get(&path).await.code, 200, "{text}");
    }
    for path in [
        format!("{CONFIG_MAPS}?watch=true&timeoutSeconds=1&timeout=bad"),
        "/api/v1/watch/configmaps?timeoutSeconds=1&timeout=bad".to_owned(),
    ] {
        assert_eq!(
            cluster.get(&path).await.code,
            200,
            "{path}: it lasts anyway"
        );
    }
    let log = format!("{}/p/log?timeout=bad", crate::cluster::PODS);
    assert_eq!(cluster.get(&log).await.code, 404, "and so would a log");
}

#[tokio::test(start_paused = true)]
async fn a_request_is_given_up_when_its_client_would() {
    for (timeout, secs) in [("5s", 5), ("1m1s", 60), ("0s", 60), ("-5s", 60)] {
        let cluster = Cluster::start().await;
        let began = tokio::time::Instant::now();
        let never = stream::pending::<Result<Bytes, Infallible>>();
        let path = format!("{CONFIG_MAPS}?timeout={timeout}");
        let told = cluster
            .ask("POST", &path, &[], Body::from_stream(never))
            .await;
        assert_eq!(
            (told.code, told.message().as_str()),
            (
                504,
                "Timeout: request did not complete within the allotted timeout"
            ),
            "{timeout}"
        );
        assert_eq!(began.elapsed(), Duration::from_secs(secs), "{timeout}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_watcher_that_stops_reading_misses_and_is_told_so_while_others_see_all() {
    let cluster = Cluster::with_history(16).await;
    let path = format!("{CONFIG_MAPS}?watch=true&fieldSelector=metadata.name%3Dc");
    cluster.post(CONFIG_MAPS, &config_map("c")).await;
    let mut asleep = cluster.watch(&path, &[]).await;
    let mut awake = cluster.watch(&path, &[]).await;
    assert_eq!(awake.seen().await.0, "ADDED");
    assert_eq!(asleep.seen().await.0, "ADDED");
    for turn in 0..40 {
        let patch = json!({"data": {"a": turn.to_string()}});
        cluster
            .patch("merge", &format!("{CONFIG_MAPS}/c"), &patch)
            .await;
        let event = awake.next().await.expect("it reads along");
        assert_eq!(event["object"]["data"]["a"], turn.to_string());
    }
    let told = asleep.next().await.expect("one last event");
    assert_eq!(
        (&told["type"], &told["object"]["code"]),
        (&json!("ERROR"), &json!(410))
    );
    assert_eq!(asleep.next().await, None, "and the watch is over");
}

#[tokio::test(start_paused = true)]
async fn a_list_that_nobody_reads_costs_nobody_else() {
    let cluster = Cluster::start().await;
    let mut large = config_map("large");
    large["data"]["a"] = json!("x".repeat(600 * 1024));
    cluster.post(CONFIG_MAPS, &large).await;
    let request = Request::get(CONFIG_MAPS).header("authorization", "Bearer secret");
    let response = cluster
        .send(request.body(Body::empty()).expect("a good request"))
        .await;
    let mut unread = response.into_body().into_data_stream();
    assert!(unread.next().await.is_some(), "only its beginning is taken");
    assert_eq!(cluster.post(CONFIG_MAPS, &config_map("c")).await.code, 201);
    assert_eq!(cluster.get(&format!("{CONFIG_MAPS}/c")).await.code, 200);
}

#[tokio::test(start_paused = true)]
async fn thousands_of_idle_watches_cost_little_and_all_hear() {
    let cluster = Cluster::start().await;
    let version = cluster.get(CONFIG_MAPS).await.json()["metadata"]["resourceVersion"].clone();
    let version = version.as_str().expect("a list has a version");
    let path = format!("{CONFIG_MAPS}?watch=true&resourceVersion={version}&timeoutSeconds=3600");
    let before = resident_bytes();
    let mut watches = Vec::with_capacity(WATCHERS);
    for _ in 0..WATCHERS {
        watches.push(cluster.watch(&path, &[]).await);
    }
    let each = resident_bytes().saturating_sub(before) / WATCHERS;
    eprintln!("{each} bytes of memory for each of {WATCHERS} idle watches");
    assert!(each < BYTES_EACH, "{each} bytes each");
    tokio::time::advance(Duration::from_secs(1_700)).await;
    cluster.post(CONFIG_MAPS, &config_map("news")).await;
    for watch in &mut watches {
        assert_eq!(watch.seen().await, ("ADDED".to_owned(), "news".to_owned()));
    }
}

/// Of the whole process, other tests included, so that only the order of magnitude counts.
fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = status.split_whitespace().nth(1);
    let pages: usize = pages
        .and_then(|pages| pages.parse().ok())
        .unwrap_or_default();
    pages * 4096
}
