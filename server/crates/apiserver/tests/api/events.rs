//! Events of the newer group, `events.k8s.io`: two faces of one storage.

use serde_json::{Value, json};

use crate::cluster::{Cluster, Reply};

const EVENTS: &str = "/api/v1/namespaces/default/events";
const NEW_EVENTS: &str = "/apis/events.k8s.io/v1/namespaces/default/events";

fn new_event(name: &str) -> Value {
    json!({
        "apiVersion": "events.k8s.io/v1", "kind": "Event",
        "metadata": {"name": name, "namespace": "default"},
        "eventTime": "2026-11-23T12:00:00.000000Z", "action": "Binding", "reason": "Scheduled",
        "reportingController": "default-scheduler", "reportingInstance": "one", "type": "Normal",
        "regarding": {"kind": "Pod", "name": "p", "namespace": "default"}, "note": "Assigned",
    })
}

#[tokio::test(start_paused = true)]
async fn events_have_two_faces_and_one_storage() {
    let cluster = Cluster::start().await;
    let made = cluster.post(NEW_EVENTS, &new_event("e")).await;
    assert_eq!(made.code, 201, "{}", made.text);
    assert_eq!(made.json()["note"], "Assigned");
    let old = cluster.get(&format!("{EVENTS}/e")).await.json();
    assert_eq!(
        (
            &old["apiVersion"],
            &old["message"],
            &old["involvedObject"]["name"],
            &old["reportingComponent"]
        ),
        (
            &json!("v1"),
            &json!("Assigned"),
            &json!("p"),
            &json!("default-scheduler")
        )
    );
    let new = cluster.get(&format!("{NEW_EVENTS}/e")).await.json();
    assert_eq!(
        (&new["apiVersion"], &new["note"], &new["regarding"]["name"]),
        (&json!("events.k8s.io/v1"), &json!("Assigned"), &json!("p"))
    );
    assert_eq!(new["metadata"]["uid"], old["metadata"]["uid"]);
    let path = format!("{NEW_EVENTS}?fieldSelector=regarding.name%3Dp,reason!%3DFailed");
    let list = cluster.get(&path).await.json();
    assert_eq!(
        (&list["apiVersion"], &list["items"][0]["note"]),
        (&json!("events.k8s.io/v1"), &json!("Assigned"))
    );
    assert_eq!(list["items"][0]["apiVersion"], json!(null));
    let series = json!({"series": {"count": 2, "lastObservedTime": "2026-11-23T12:01:00.000000Z"}});
    let patched = cluster
        .patch("strategic-merge", &format!("{NEW_EVENTS}/e"), &series)
        .await;
    assert_eq!(
        (patched.code, &patched.json()["series"]["count"]),
        (200, &json!(2)),
        "{}",
        patched.text
    );
    let operations = json!([{"op": "replace", "path": "/series/count", "value": 3}]);
    cluster
        .patch("json", &format!("{NEW_EVENTS}/e"), &operations)
        .await;
    assert_eq!(
        cluster.get(&format!("{EVENTS}/e")).await.json()["series"]["count"],
        3
    );
    let other = json!([{"op": "replace", "path": "/note", "value": "Other"}]);
    let refused = cluster
        .patch("json", &format!("{NEW_EVENTS}/e"), &other)
        .await;
    assert_eq!(
        (refused.code, refused.message().as_str()),
        (
            422,
            "Event \"e\" is invalid: message: Invalid value: \"Other\": field is immutable"
        )
    );
    let older = json!({"count": 2});
    let reply = cluster.patch("merge", &format!("{EVENTS}/e"), &older).await;
    assert_eq!(reply.code, 200, "through core/v1: {}", reply.text);
    let mut timeless = new_event("timeless");
    timeless["eventTime"] = Value::Null;
    let reply = cluster.post(NEW_EVENTS, &timeless).await;
    assert_eq!(
        (reply.code, reply.message().as_str()),
        (
            422,
            "Event \"timeless\" is invalid: eventTime: Required value"
        )
    );
    let details = &reply.json()["details"];
    assert_eq!(
        (&details["kind"], &details["group"]),
        (&json!("Event"), &json!(null)),
        "the strategy is the core kind's"
    );
    let missing = cluster.get(&format!("{NEW_EVENTS}/x")).await;
    assert_eq!(missing.message(), "events.events.k8s.io \"x\" not found");
    assert_eq!(missing.json()["details"]["group"], "events.k8s.io");
    let table = [("accept", "application/json;as=Table;v=v1;g=meta.k8s.io")];
    let table = cluster.ask("GET", NEW_EVENTS, &table, "").await.json();
    assert_eq!(
        (&table["kind"], &table["rows"][0]["cells"][2]),
        (&json!("Table"), &json!("Scheduled"))
    );
    let mut watch = cluster.watch(&format!("{NEW_EVENTS}?watch=1"), &[]).await;
    let seen = watch.next().await.expect("the present event");
    assert_eq!(
        (&seen["type"], &seen["object"]["note"]),
        (&json!("ADDED"), &json!("Assigned"))
    );
}

/// What a body says too much is told under the names that it was sent with.
#[tokio::test(start_paused = true)]
async fn k_08_events_of_the_newer_group_are_read_as_such() {
    let cluster = Cluster::start().await;
    let text = new_event("e").to_string();
    let with = |more: &str| text.replacen('{', &format!("{{{more},"), 1);
    let rows = [
        (
            "a field twice",
            with(r#""note":"n""#),
            r#"299 - "duplicate field \"note\"""#,
            r#"Event in version "v1" cannot be handled as a Event: strict decoding error: duplicate field "note""#,
        ),
        (
            "a field of the older form",
            with(r#""message":"m""#),
            r#"299 - "unknown field \"message\"""#,
            r#"Event in version "v1" cannot be handled as a Event: strict decoding error: unknown field "message""#,
        ),
    ];
    for (why, body, warning, refusal) in rows {
        let json = [("content-type", "application/json")];
        let warned = cluster
            .ask(
                "POST",
                &format!("{NEW_EVENTS}?dryRun=All"),
                &json,
                body.clone(),
            )
            .await;
        let told = warned.headers.get_all("warning").iter();
        let told: Vec<_> = told.map(|told| told.to_str().expect("ASCII")).collect();
        assert_eq!((warned.code, told), (201, vec![warning]), "{why}");
        let path = format!("{NEW_EVENTS}?fieldValidation=Strict");
        let refused = cluster.ask("POST", &path, &json, body).await;
        assert_eq!(
            (refused.code, refused.message().as_str()),
            (400, refusal),
            "{why}"
        );
    }
    let mut older = new_event("older");
    older["apiVersion"] = json!("v1");
    assert_eq!(
        cluster.post(NEW_EVENTS, &older).await.message(),
        "the API version in the data (v1) does not match the expected API version (events.k8s.io/v1)"
    );
}

#[tokio::test(start_paused = true)]
async fn a_series_without_a_time_is_told_so() {
    let cluster = Cluster::start().await;
    let mut event = new_event("e");
    event["series"] = json!({"count": 2});
    let refused = cluster.post(NEW_EVENTS, &event).await;
    assert_eq!(
        (refused.code, &refused.json()["message"]),
        (
            422,
            &json!("Event \"e\" is invalid: series.lastObservedTime: Required value")
        ),
    );
}

fn warnings(reply: &Reply) -> Vec<&str> {
    let all = reply.headers.get_all("warning").iter();
    all.map(|told| told.to_str().expect("ASCII")).collect()
}

/// A patch is read under the newer names, too, and what it says twice or too much is told under them.
#[tokio::test(start_paused = true)]
async fn k_08_patches_of_the_newer_group_are_read_as_such() {
    let cluster = Cluster::start().await;
    cluster.post(NEW_EVENTS, &new_event("e")).await;
    let path = format!("{NEW_EVENTS}/e");
    let ask = async |kind: &str, query: &str, body: &str| {
        let media = format!("application/{kind}-patch+json");
        let headers = [("content-type", media.as_str())];
        let path = format!("{path}{query}");
        cluster.ask("PATCH", &path, &headers, body.to_owned()).await
    };
    let twice = r#"{"metadata":{"labels":{"a":"1","a":"2"}},"regarding":{"kind":"Pod"},"regarding":{"kind":"Pod"}}"#;
    let told = [
        r#"299 - "duplicate field \"metadata.labels.a\"""#,
        r#"299 - "duplicate field \"regarding\"""#,
    ];
    for kind in ["merge", "strategic-merge"] {
        let warned = ask(kind, "", twice).await;
        assert_eq!(warned.code, 200, "{kind}: {}", warned.text);
        assert_eq!(warnings(&warned), told, "{kind}");
        assert_eq!(warned.json()["metadata"]["labels"]["a"], "2", "{kind}");
        let ignored = ask(kind, "?fieldValidation=Ignore", twice).await;
        assert_eq!((ignored.code, warnings(&ignored)), (200, vec![]), "{kind}");
    }
    let older = r#"{"message":"m","metadata":{"labels":{"b":"1"}}}"#;
    let warned = ask("merge", "", older).await;
    assert_eq!(
        warnings(&warned),
        [r#"299 - "unknown field \"message\"""#],
        "{}",
        warned.text
    );
    assert_eq!(warned.json()["note"], "Assigned", "it has no such field");
    let refused = ask("strategic-merge", "?fieldValidation=Strict", older).await;
    assert_eq!(refused.code, 422);
    assert!(
        refused
            .message()
            .ends_with("strict decoding error: unknown field \"message\""),
        "{}",
        refused.message()
    );
    let deep = r#"{"regarding":{"nope":1}}"#;
    let refused = ask("merge", "?fieldValidation=Strict", deep).await;
    assert_eq!(refused.code, 422);
    let message = refused.message();
    assert!(
        message.ends_with("strict decoding error: unknown field \"regarding.nope\""),
        "{message}"
    );
    assert!(
        message.contains("\\\"note\\\":\\\"Assigned\\\"")
            && message.contains("\\\"regarding\\\":{"),
        "what it made of the event is shown as the newer group has it: {message}"
    );
}

/// K-18: whoever writes an event owns its fields under the names of the group that they wrote to.
#[tokio::test(start_paused = true)]
async fn k_18_an_event_has_owners_of_two_versions() {
    let cluster = Cluster::start().await;
    let made = cluster.post(NEW_EVENTS, &new_event("e")).await.json();
    let entry = made["metadata"]["managedFields"][0].clone();
    assert_eq!(entry["apiVersion"], "events.k8s.io/v1");
    assert_eq!(
        (
            &entry["fieldsV1"]["f:note"],
            &entry["fieldsV1"]["f:message"]
        ),
        (&json!({}), &Value::Null)
    );
    assert_ne!(entry["fieldsV1"]["f:regarding"], Value::Null);
    let older = format!("{EVENTS}/e");
    let read = cluster.get(&older).await.json();
    assert_eq!(
        read["metadata"]["managedFields"][0], entry,
        "an entry is of its own version, wherever it is read"
    );
    let again = json!({"message": "Again"});
    let again = cluster.patch("merge", &older, &again).await.json();
    let entries = &again["metadata"]["managedFields"];
    assert_eq!(entries[0]["fieldsV1"]["f:note"], Value::Null, "{entries}");
    assert_eq!(
        (&entries[1]["apiVersion"], &entries[1]["fieldsV1"]),
        (&json!("v1"), &json!({"f:message": {}}))
    );

    let config = json!({
        "apiVersion": "events.k8s.io/v1", "kind": "Event",
        "metadata": {"name": "e", "namespace": "default"}, "note": "Mine",
    });
    let path = format!("{NEW_EVENTS}/e?fieldManager=m");
    let headers = [("content-type", "application/apply-patch+yaml")];
    let apply = async |query: &str, body: String| {
        let path = format!("{path}{query}");
        cluster.ask("PATCH", &path, &headers, body).await
    };
    let refused = apply("", config.to_string()).await;
    assert_eq!(refused.code, 409, "{}", refused.text);
    assert_eq!(
        refused.json()["details"]["causes"][0]["field"],
        ".note",
        "{}",
        refused.text
    );
    let forced = apply("&force=true", config.to_string()).await;
    let immutable = "Event \"e\" is invalid: message: Invalid value: \"Mine\": field is immutable";
    assert_eq!((forced.code, forced.message()), (422, immutable.to_owned()));
    let shared = json!({
        "apiVersion": "events.k8s.io/v1", "kind": "Event",
        "metadata": {"name": "e", "namespace": "default"}, "note": "Again",
    });
    let shared = apply("", shared.to_string()).await;
    assert_eq!(shared.code, 200, "{}", shared.text);
    let shared = shared.json();
    let mine = &shared["metadata"]["managedFields"][0];
    assert_eq!(
        (&mine["manager"], &mine["apiVersion"], &mine["fieldsV1"]),
        (
            &json!("m"),
            &json!("events.k8s.io/v1"),
            &json!({"f:note": {}})
        )
    );

    let twice =
        "apiVersion: events.k8s.io/v1\nkind: Event\nmetadata: {name: e}\nnote: a\nnote: Again\n";
    let warned = apply("&force=true", twice.to_owned()).await;
    assert_eq!(
        warnings(&warned),
        [r#"299 - "line 5: key \"note\" already set in map""#],
        "{}",
        warned.text
    );
}

/// K-39: each group has field labels of its own.
#[tokio::test(start_paused = true)]
async fn k_39_labels_of_core_events_are_none_of_the_newer_group() {
    let cluster = Cluster::start().await;
    for label in ["involvedObject.name", "reportingComponent"] {
        let path = format!("{NEW_EVENTS}?fieldSelector={label}%3Dx");
        let refused = cluster.get(&path).await;
        assert_eq!(
            (refused.code, refused.message()),
            (400, format!("field label not supported: {label}"))
        );
    }
}
