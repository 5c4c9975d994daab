//! Server-side apply of objects that have several writers: K-18.

use serde_json::{Value, json};

use crate::applying::{apply, apply_as, managers, owned};
use crate::cluster::{CONFIG_MAPS, Cluster, JOBS, job};

/// What is written through a subresource is its manager's apart, and a conflict says so.
#[tokio::test(start_paused = true)]
async fn k_18_a_conflict_names_the_subresource() {
    let cluster = Cluster::start().await;
    cluster.post(JOBS, &job("j")).await;
    let path = format!("{JOBS}/j/status");
    let status = |status: Value| json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "status": status});
    let mine = apply_as(&cluster, &path, "one", &status(json!({"active": 1}))).await;
    assert_eq!(mine.code, 200, "{}", mine.text);
    let written = cluster
        .patch(
            "merge",
            &format!("{path}?fieldManager=three"),
            &json!({"status": {"ready": 1}}),
        )
        .await;
    assert_eq!(written.code, 200, "{}", written.text);
    let other = status(json!({"active": 2, "ready": 0}));
    let refused = apply_as(&cluster, &path, "two", &other).await;
    assert_eq!(
        (refused.code, refused.message().as_str()),
        (
            409,
            "Apply failed with 2 conflicts: conflicts with \"one\" with subresource \"status\":\n- .status.active\n\
             conflicts with \"three\" with subresource \"status\" using batch/v1 at 2026-11-23T12:00:00Z:\n- .status.ready"
        )
    );
}

/// Who changes what an applier owns owns it alone; the applier is told when it comes back, and gives up what it no
/// longer names without taking it away.
#[tokio::test(start_paused = true)]
async fn k_18_a_writer_takes_over_what_it_changes() {
    let cluster = Cluster::start().await;
    let both = json!({"a": "1", "b": "1"});
    for manager in ["one", "two"] {
        let query = format!("fieldManager={manager}");
        let shared = apply(&cluster, "c", &query, both.clone()).await;
        assert!(shared.code < 300, "{}", shared.text);
    }
    let path = format!("{CONFIG_MAPS}/c?fieldManager=writer");
    let same = cluster
        .patch("merge", &path, &json!({"data": {"a": "1"}}))
        .await;
    assert_eq!(managers(&same.json()), ["one Apply", "two Apply"]);
    let change = json!({"data": {"a": "2"}});
    let changed = cluster.patch("merge", &path, &change).await.json();
    assert_eq!(
        managers(&changed),
        ["one Apply", "two Apply", "writer Update"]
    );
    let refused = apply(&cluster, "c", "fieldManager=one", both.clone()).await;
    assert_eq!(
        (refused.code, refused.message().as_str()),
        (
            409,
            "Apply failed with 1 conflict: conflict with \"writer\" using v1 at 2026-11-23T12:00:00Z: .data.a"
        )
    );
    let less = apply(&cluster, "c", "fieldManager=one", json!({"b": "1"})).await;
    assert_eq!(less.json()["data"], json!({"a": "2", "b": "1"}));
    let shared = apply(&cluster, "c", "fieldManager=one", json!({})).await;
    assert_eq!(
        shared.json()["data"],
        json!({"a": "2", "b": "1"}),
        "the other applier owns it still"
    );
    let none = apply(&cluster, "c", "fieldManager=two", json!({})).await;
    assert_eq!(none.json()["data"], json!({"a": "2"}), "now nobody does");
}

/// Of a free key null is Go's zero value, which is owned, kept, and nobody else's to change.
#[tokio::test(start_paused = true)]
async fn k_18_a_null_among_free_keys_is_an_empty_text() {
    let cluster = Cluster::start().await;
    let made = apply(&cluster, "c", "fieldManager=one", json!({"a": null})).await;
    assert_eq!(
        (made.code, &made.json()["data"]),
        (201, &json!({"a": ""})),
        "{}",
        made.text
    );
    assert_eq!(owned(&made.json()), &json!({"f:data": {"f:a": {}}}));
    let again = apply(&cluster, "c", "fieldManager=one", json!({"a": null})).await;
    assert_eq!((again.code, again.text), (200, made.text));
    let other = apply(&cluster, "c", "fieldManager=two", json!({"a": "x"})).await;
    assert_eq!(other.code, 409, "{}", other.text);
    let given_up = apply(&cluster, "c", "fieldManager=one", json!({})).await;
    assert_eq!(given_up.code, 200, "{}", given_up.text);
    assert_eq!(given_up.json()["data"].get("a"), None, "{}", given_up.text);
}
