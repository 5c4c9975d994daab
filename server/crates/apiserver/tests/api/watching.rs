//! Watches: K-12, K-40, K-42, K-43, 410.

use serde_json::json;

use crate::cluster::{CONFIG_MAPS, Cluster, config_map};

fn pair(kind: &str, name: &str) -> (String, String) {
    (kind.to_owned(), name.to_owned())
}

/// K-43: no version means "begin with what is there".
#[tokio::test(start_paused = true)]
async fn k_43_a_watch_without_a_version_begins_with_what_is_there() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    for version in ["", "&resourceVersion=0"] {
        let mut events = cluster
            .watch(&format!("{CONFIG_MAPS}?watch=true{version}"), &[])
            .await;
        assert_eq!(events.seen().await, pair("ADDED", "one"));
    }
}

/// K-40: the streaming list ends with an annotated bookmark at its version.
#[tokio::test(start_paused = true)]
async fn k_40_a_streaming_list_says_where_it_ends() {
    let cluster = Cluster::start().await;
    let made = cluster.post(CONFIG_MAPS, &config_map("one")).await.json();
    let path = format!(
        "{CONFIG_MAPS}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
    );
    let mut events = cluster.watch(&path, &[]).await;
    assert_eq!(events.seen().await, pair("ADDED", "one"));
    let end = events.next().await.expect("a bookmark");
    assert_eq!(end["type"], "BOOKMARK");
    let metadata = &end["object"]["metadata"];
    assert_eq!(metadata["annotations"]["k8s.io/initial-events-end"], "true");
    assert_eq!(
        metadata["resourceVersion"],
        made["metadata"]["resourceVersion"]
    );
    assert_eq!(end["object"]["kind"], "ConfigMap");
    cluster.post(CONFIG_MAPS, &config_map("two")).await;
    assert_eq!(events.seen().await, pair("ADDED", "two"));
}

/// An object that leaves the selection is DELETED for this watcher, at the version that took it out.
#[tokio::test(start_paused = true)]
async fn a_selector_turns_changes_into_arrivals_and_departures() {
    let cluster = Cluster::start().await;
    let one = format!("{CONFIG_MAPS}/one");
    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    let mut events = cluster
        .watch(
            &format!("{CONFIG_MAPS}?watch=true&labelSelector=app%3Dx"),
            &[],
        )
        .await;
    let label = |value: serde_json::Value| json!({"metadata": {"labels": {"app": value}}});
    cluster.patch("merge", &one, &label(json!("x"))).await;
    assert_eq!(events.seen().await, pair("ADDED", "one"));
    cluster
        .patch("merge", &one, &json!({"data": {"b": "2"}}))
        .await;
    assert_eq!(events.seen().await, pair("MODIFIED", "one"));
    let left = cluster
        .patch("merge", &one, &label(json!(null)))
        .await
        .json();
    let event = events.next().await.expect("a departure");
    assert_eq!(event["type"], "DELETED");
    assert_eq!(
        event["object"]["metadata"]["labels"]["app"], "x",
        "its last selected state"
    );
    assert_eq!(
        event["object"]["metadata"]["resourceVersion"],
        left["metadata"]["resourceVersion"]
    );
}

/// K-42: a bookmark says a version and nothing else, and who goes on from it misses nothing.
#[tokio::test(start_paused = true)]
async fn k_42_a_bookmark_moves_its_reader_on() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    let path = |from: &str| {
        format!(
            "{CONFIG_MAPS}?watch=true&allowWatchBookmarks=true&labelSelector=none%3Dhere&resourceVersion={from}"
        )
    };
    let mut events = cluster.watch(&path("1"), &[]).await;
    let bookmark = events.next().await.expect("a bookmark, a minute later");
    assert_eq!(bookmark["type"], "BOOKMARK");
    let version = bookmark["object"]["metadata"]["resourceVersion"]
        .as_str()
        .expect("a version");
    let list = cluster.get(CONFIG_MAPS).await.json();
    assert_eq!(
        list["metadata"]["resourceVersion"], version,
        "although none of it was selected"
    );
    let mut said = bookmark["object"].clone();
    said["metadata"]
        .as_object_mut()
        .expect("metadata")
        .retain(|key, _| key != "resourceVersion");
    let rest = &said["metadata"];
    assert!(
        rest == &json!({}) || rest == &json!({"creationTimestamp": null}),
        "{rest}"
    );
    assert_eq!(
        (&said["kind"], &said["apiVersion"]),
        (&json!("ConfigMap"), &json!("v1"))
    );
    let mut later = config_map("two");
    later["metadata"]["labels"] = json!({"none": "here"});
    cluster.post(CONFIG_MAPS, &later).await;
    let mut events = cluster.watch(&path(version), &[]).await;
    assert_eq!(events.seen().await, pair("ADDED", "two"));
}

/// Bookmarks come about once a minute to those who asked, and the watch ends when it said it would.
#[tokio::test(start_paused = true)]
async fn bookmarks_and_the_timeout_come_by_the_clock() {
    let cluster = Cluster::start().await;
    let path = format!(
        "{CONFIG_MAPS}?watch=true&resourceVersion=1&allowWatchBookmarks=true&timeoutSeconds=90"
    );
    let mut events = cluster.watch(&path, &[]).await;
    let began = tokio::time::Instant::now();
    assert_eq!(events.next().await.expect("a bookmark")["type"], "BOOKMARK");
    assert_eq!(began.elapsed().as_secs(), 60);
    assert!(events.next().await.is_none());
    assert_eq!(began.elapsed().as_secs(), 90);
}

/// K-03: a version that left the history ends the watch with a 410 event.
#[tokio::test(start_paused = true)]
async fn a_version_that_is_too_old_is_an_error_event() {
    let cluster = Cluster::with_history(4).await;
    for at in 0..20 {
        cluster
            .post(CONFIG_MAPS, &config_map(&format!("c{at}")))
            .await;
    }
    let mut events = cluster
        .watch(&format!("{CONFIG_MAPS}?watch=true&resourceVersion=2"), &[])
        .await;
    let event = events.next().await.expect("an error");
    assert_eq!(
        (&event["type"], &event["object"]["code"]),
        (&json!("ERROR"), &json!(410))
    );
    assert_eq!(event["object"]["reason"], "Expired");
    assert!(events.next().await.is_none());
}

/// A deletion's event carries the last state under the deletion's version.
#[tokio::test(start_paused = true)]
async fn a_deletion_is_newer_than_what_it_deleted() {
    let cluster = Cluster::start().await;
    let made = cluster.post(CONFIG_MAPS, &config_map("one")).await.json();
    let version = |value: &serde_json::Value| {
        let text = value["metadata"]["resourceVersion"]
            .as_str()
            .expect("a version")
            .to_owned();
        text.parse::<u64>().expect("a number")
    };
    let path = format!(
        "{CONFIG_MAPS}?watch=true&resourceVersion={}",
        version(&made)
    );
    let mut events = cluster.watch(&path, &[]).await;
    cluster
        .delete(&format!("{CONFIG_MAPS}/one"), &json!({}))
        .await;
    let event = events.next().await.expect("a deletion");
    assert_eq!(
        (&event["type"], &event["object"]["data"]["a"]),
        (&json!("DELETED"), &json!("1"))
    );
    assert!(version(&event["object"]) > version(&made));
}
