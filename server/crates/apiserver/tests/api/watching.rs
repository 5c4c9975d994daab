//! Watches: K-12, K-40, K-42, K-43, 410.

use futures::{AsyncBufReadExt, StreamExt};
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

struct Start {
    why: &'static str,
    query: &'static str,
    /// The events before that of what is created once the watch is open.
    first: &'static [&'static str],
}

/// K-40, K-43: whether the beginning is told, and whether its end is.
#[tokio::test(start_paused = true)]
async fn k_40_a_watch_begins_as_it_is_asked_to() {
    let table = [
        Start {
            why: "no bookmark for who wants none",
            query: "sendInitialEvents=true&resourceVersionMatch=NotOlderThan",
            first: &["ADDED one"],
        },
        Start {
            why: "nor for who says so",
            query: "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=false",
            first: &["ADDED one"],
        },
        Start {
            why: "as it is now, whatever version is the least",
            query: "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=1&allowWatchBookmarks=true",
            first: &["ADDED one", "BOOKMARK true"],
        },
        Start {
            why: "an empty beginning ends, too",
            query: "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=1&fieldSelector=metadata.name%3Dtwo",
            first: &["BOOKMARK true"],
        },
        Start {
            why: "no beginning",
            query: "sendInitialEvents=false&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true",
            first: &[],
        },
        Start {
            why: "nor from nought",
            query: "sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=0",
            first: &[],
        },
        Start {
            why: "one event after the other from a version on",
            query: "resourceVersion=VERSION",
            first: &["MODIFIED one", "ADDED gone", "DELETED gone"],
        },
        Start {
            why: "the same for who wants bookmarks and no beginning",
            query: "resourceVersion=VERSION&allowWatchBookmarks=true&sendInitialEvents=false&resourceVersionMatch=NotOlderThan",
            first: &["MODIFIED one", "ADDED gone", "DELETED gone"],
        },
    ];
    for row in table {
        let cluster = Cluster::start().await;
        let made = cluster.post(CONFIG_MAPS, &config_map("one")).await.json();
        let version = made["metadata"]["resourceVersion"].as_str().expect("text");
        let one = format!("{CONFIG_MAPS}/one");
        let changed = json!({"data": {"b": "2"}});
        cluster.patch("merge", &one, &changed).await;
        cluster.post(CONFIG_MAPS, &config_map("gone")).await;
        cluster
            .delete(&format!("{CONFIG_MAPS}/gone"), &json!({}))
            .await;
        let query = row.query.replace("VERSION", version);
        let path = format!("{CONFIG_MAPS}?watch=true&{query}");
        let mut events = cluster.watch(&path, &[]).await;
        cluster.post(CONFIG_MAPS, &config_map("two")).await;
        for want in row.first {
            let event = events.next().await.expect("one more event");
            let metadata = &event["object"]["metadata"];
            let end = &metadata["annotations"]["k8s.io/initial-events-end"];
            let what = metadata["name"].as_str().or(end.as_str());
            let kind = event["type"].as_str().unwrap_or_default();
            let seen = format!("{kind} {}", what.unwrap_or_default());
            assert_eq!(seen, *want, "{}", row.why);
        }
        assert_eq!(events.seen().await, pair("ADDED", "two"), "{}", row.why);
    }
}

/// The same for who asks in the old way for bookmarks and no version; upstream reads both alike.
#[tokio::test(start_paused = true)]
async fn k_43_who_wants_bookmarks_is_told_where_the_beginning_ends() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    for version in ["", "&resourceVersion=0"] {
        let path = format!("{CONFIG_MAPS}?watch=true&allowWatchBookmarks=true{version}");
        let mut events = cluster.watch(&path, &[]).await;
        assert_eq!(events.seen().await, pair("ADDED", "one"));
        let end = events.next().await.expect("a bookmark");
        let annotations = &end["object"]["metadata"]["annotations"];
        assert_eq!(
            (&end["type"], annotations),
            (
                &json!("BOOKMARK"),
                &json!({"k8s.io/initial-events-end": "true"})
            )
        );
    }
}

/// A streaming list of the future is an event, too: a watch that began goes wrong in its stream.
#[tokio::test(start_paused = true)]
async fn k_40_a_streaming_list_of_the_future_is_an_error_event() {
    let cluster = Cluster::start().await;
    let path = format!(
        "{CONFIG_MAPS}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=99999"
    );
    let mut events = cluster.watch(&path, &[]).await;
    let event = events.next().await.expect("an error");
    assert_eq!(
        (&event["type"], &event["object"]["code"]),
        (&json!("ERROR"), &json!(504))
    );
    assert!(events.next().await.is_none());
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
    for (secs, which) in [
        (60, "the regular bookmark"),
        (88, "the last, before the end"),
    ] {
        assert_eq!(events.next().await.expect(which)["type"], "BOOKMARK");
        assert_eq!(began.elapsed().as_secs(), secs, "{which}");
    }
    assert!(events.next().await.is_none());
    assert_eq!(began.elapsed().as_secs(), 90);
}

/// Nought asks for no end of its own, which then comes after half an hour at the earliest.
#[tokio::test(start_paused = true)]
async fn a_watch_ends_at_once_where_its_time_is_over() {
    let cluster = Cluster::start().await;
    let list = cluster.get(CONFIG_MAPS).await.json();
    let version = list["metadata"]["resourceVersion"].as_str().expect("text");
    for (asked, secs) in [("-5", 0..1), ("1", 1..2), ("0", 1800..3601)] {
        let path =
            format!("{CONFIG_MAPS}?watch=true&resourceVersion={version}&timeoutSeconds={asked}");
        let mut events = cluster.watch(&path, &[]).await;
        let began = tokio::time::Instant::now();
        assert_eq!(events.next().await, None, "{asked}");
        let lasted = began.elapsed().as_secs();
        assert!(secs.contains(&lasted), "{asked}: {lasted}");
    }
}

/// However much there is to tell: what is ready is not told first once the time is over.
#[tokio::test(start_paused = true)]
async fn the_timeout_ends_a_watch_that_always_has_something_to_tell() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    let path = format!("{CONFIG_MAPS}?watch=true&timeoutSeconds=10");
    let mut events = cluster.watch(&path, &[]).await;
    let began = tokio::time::Instant::now();
    for turn in 0.. {
        let change = json!({"data": {"turn": turn.to_string()}});
        let one = format!("{CONFIG_MAPS}/one");
        assert_eq!(cluster.patch("merge", &one, &change).await.code, 200);
        if events.next().await.is_none() {
            break;
        }
        tokio::time::advance(std::time::Duration::from_millis(250)).await;
    }
    assert_eq!(began.elapsed().as_secs(), 10);
}

/// `/api/v1/watch/...`, which upstream deprecates and serves: the whole, a namespace's, one by its name.
#[tokio::test(start_paused = true)]
async fn the_old_way_to_ask_for_a_watch_is_served() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    cluster.post(CONFIG_MAPS, &config_map("two")).await;
    let one = "/api/v1/watch/namespaces/default/configmaps/one";
    let rows = [
        ("/api/v1/watch/namespaces/default", "default"),
        (
            "/api/v1/watch/configmaps?labelSelector=!none&fieldSelector=metadata.name%3Dtwo",
            "two",
        ),
        (
            "/api/v1/watch/namespaces/default/configmaps?fieldSelector=metadata.name%3Done",
            "one",
        ),
        (one, "one"),
        (
            "/api/v1/watch/namespaces/default/configmaps/one?watch=false&fieldSelector=metadata.name%3Done",
            "one",
        ),
    ];
    for (path, name) in rows {
        let mut events = cluster.watch(path, &[]).await;
        assert_eq!(events.seen().await, pair("ADDED", name), "{path}");
    }
    let mut events = cluster.watch(one, &[]).await;
    assert_eq!(events.seen().await, pair("ADDED", "one"));
    let touch = json!({"data": {"b": "2"}});
    cluster
        .patch("merge", &format!("{CONFIG_MAPS}/two"), &touch)
        .await;
    cluster
        .patch("merge", &format!("{CONFIG_MAPS}/one"), &touch)
        .await;
    assert_eq!(events.seen().await, pair("MODIFIED", "one"));
    cluster
        .post(
            "/apis/batch/v1/namespaces/default/jobs",
            &crate::cluster::job("j"),
        )
        .await;
    let mut events = cluster.watch("/apis/batch/v1/watch/jobs", &[]).await;
    assert_eq!(events.seen().await, pair("ADDED", "j"));
}

#[tokio::test(start_paused = true)]
async fn the_old_way_to_ask_for_a_watch_goes_no_further() {
    let cluster = Cluster::start().await;
    let other = "/api/v1/watch/namespaces/default/configmaps/one?fieldSelector=metadata.name%3Dtwo";
    let told = cluster.get(other).await;
    assert_eq!(
        (told.code, told.message()),
        (
            400,
            "field selector metadata.name does not match".to_owned()
        )
    );
    for path in [
        "/api/v1/watch",
        "/api/v1/watch/nothings",
        "/api/v1/watch/namespaces/default/pods/p/log",
    ] {
        assert_eq!(cluster.get(path).await.code, 404, "{path}");
    }
    let path = "/api/v1/watch/namespaces/default/configmaps";
    assert_eq!(cluster.post(path, &config_map("c")).await.code, 405);
    let looking = [("authorization", "Bearer looking")];
    let secrets = cluster
        .ask("GET", "/api/v1/watch/secrets", &looking, "")
        .await;
    assert_eq!(secrets.code, 403);
    assert!(
        secrets
            .message()
            .contains("cannot watch resource \"secrets\""),
        "{}",
        secrets.message()
    );
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

/// In process no connection is cut in silence: watches go on beyond what clients ask for in fear of that, and say now and
/// then that they live.
#[tokio::test(start_paused = true)]
async fn watches_of_components_last() {
    let cluster = Cluster::start().await;
    let list = cluster.get(CONFIG_MAPS).await.json();
    let version = list["metadata"]["resourceVersion"].as_str();
    let path = format!(
        "{CONFIG_MAPS}?watch=true&allowWatchBookmarks=true&timeoutSeconds=290&resourceVersion={}",
        version.expect("a version")
    );
    let request = http::Request::get(&path)
        .body(Vec::new())
        .expect("a good request");
    let begun = tokio::time::Instant::now();
    let lines = cluster.component().request_stream(request).await;
    let mut lines = Box::pin(lines.expect("a watch")).lines();
    for minutes in [4, 8] {
        let line = lines.next().await.expect("it goes on").expect("a line");
        assert!(line.contains("BOOKMARK"), "{line}");
        assert_eq!(begun.elapsed().as_secs() / 60, minutes);
    }
    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    let line = lines.next().await.expect("it goes on").expect("a line");
    assert!(line.contains("ADDED"), "{line}");
}
