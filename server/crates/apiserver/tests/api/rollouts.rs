//! What the server does for `kubectl rollout` of a DaemonSet, request by request (K-26 to K-29); the
//! commands themselves are played in `tests/transcripts/rollout.txt`.

use serde_json::{Value, json};

use crate::cluster::Cluster;

const SETS: &str = "/apis/apps/v1/namespaces/default/daemonsets";
const REVISIONS: &str = "/apis/apps/v1/namespaces/default/controllerrevisions";

async fn set(cluster: &Cluster) -> Value {
    let body = json!({"metadata": {"name": "d"}, "spec": {
        "selector": {"matchLabels": {"app": "d"}},
        "template": {
            "metadata": {"labels": {"app": "d"}},
            "spec": {"containers": [{"name": "c", "image": "one", "env": [{"name": "A", "value": "1"}]}]},
        },
    }});
    let reply = cluster.post(SETS, &body).await;
    assert_eq!(reply.code, 201, "{}", reply.text);
    reply.json()
}

/// `status` waits on one object by a streaming list, and compares generations.
#[tokio::test(start_paused = true)]
async fn k_26_a_rollout_is_followed_on_one_object() {
    let cluster = Cluster::start().await;
    set(&cluster).await;
    let path = format!(
        "{SETS}?allowWatchBookmarks=true&fieldSelector=metadata.name%3Dd&resourceVersionMatch=NotOlderThan&sendInitialEvents=true&timeoutSeconds=300&watch=true"
    );
    let mut events = cluster.watch(&path, &[]).await;
    let first = events.next().await.expect("the object");
    assert_eq!(
        (&first["type"], &first["object"]["metadata"]["generation"]),
        (&json!("ADDED"), &json!(1))
    );
    assert_eq!(
        events.next().await.expect("the end of the list")["type"],
        "BOOKMARK"
    );
    let image =
        json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "two"}]}}}});
    cluster
        .patch("strategic-merge", &format!("{SETS}/d"), &image)
        .await;
    let changed = events.next().await.expect("the change")["object"].clone();
    assert_eq!(changed["metadata"]["generation"], 2);
    assert_eq!(
        changed["status"]["observedGeneration"],
        Value::Null,
        "nobody has seen it yet"
    );
    let seen = json!({"status": {"observedGeneration": 2, "updatedNumberScheduled": 1, "numberAvailable": 0,
        "desiredNumberScheduled": 1, "currentNumberScheduled": 1, "numberMisscheduled": 0, "numberReady": 0}});
    cluster
        .patch("merge", &format!("{SETS}/d/status"), &seen)
        .await;
    let seen = events.next().await.expect("the status")["object"].clone();
    assert_eq!(
        seen["metadata"]["generation"], 2,
        "a status is no change of the spec"
    );
    assert_eq!(seen["status"]["observedGeneration"], 2);
    cluster.delete(&format!("{SETS}/d"), &json!({})).await;
    assert_eq!(
        events.next().await.expect("the end")["type"],
        "DELETED",
        "it ends the waiting"
    );
}

/// `history` finds revisions by the set's labels, keeps those that it controls, and merges their data.
#[tokio::test(start_paused = true)]
async fn k_27_revisions_are_found_and_kept_as_they_were_written() {
    let cluster = Cluster::start().await;
    let uid = set(&cluster).await["metadata"]["uid"].clone();
    let owner = json!([{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "d", "uid": uid, "controller": true, "blockOwnerDeletion": true}]);
    // sorted as upstream's controller and kubectl write it; what no type knows is the data's own
    let data = r#"{"spec":{"template":{"$patch":"replace","spec":{"containers":[],"zeta":1}}}}"#;
    for (name, revision, labels) in [
        ("d-1", 1, json!({"app": "d"})),
        ("other", 1, json!({"app": "x"})),
    ] {
        let head = json!({"name": name, "labels": labels, "ownerReferences": owner, "annotations": {"kubernetes.io/change-cause": "why"}});
        let body = format!(r#"{{"metadata":{head},"revision":{revision},"data":{data}}}"#);
        let reply = cluster.ask("POST", REVISIONS, &[], body).await;
        assert_eq!(reply.code, 201, "{}", reply.text);
    }
    let found = cluster
        .get(&format!("{REVISIONS}?labelSelector=app%3Dd"))
        .await;
    assert!(
        found.text.contains(&format!(r#""data":{data}"#)),
        "{}",
        found.text
    );
    let items = found.json()["items"].clone();
    assert_eq!(items.as_array().map(Vec::len), Some(1));
    assert_eq!(items[0]["metadata"]["ownerReferences"][0]["uid"], uid);
    assert_eq!(
        items[0]["metadata"]["annotations"]["kubernetes.io/change-cause"],
        "why"
    );
}

/// `undo` sends a revision's data as a strategic patch, without a manager's name.
#[tokio::test(start_paused = true)]
async fn k_28_a_revisions_data_takes_the_template_back() {
    let cluster = Cluster::start().await;
    set(&cluster).await;
    let path = format!("{SETS}/d");
    let more = json!({"spec": {"template": {"spec": {"hostNetwork": true, "containers": [{"name": "more", "image": "i"}]}}}});
    cluster.patch("strategic-merge", &path, &more).await;
    let data = json!({"spec": {"template": {"$patch": "replace",
        "metadata": {"labels": {"app": "d"}}, "spec": {"containers": [{"name": "c", "image": "one"}]}}}});
    let headers = [
        ("content-type", "application/strategic-merge-patch+json"),
        ("user-agent", "kubectl/v1.36.0 (linux/amd64)"),
    ];
    let reply = cluster
        .ask("PATCH", &path, &headers, data.to_string())
        .await
        .json();
    let template = &reply["spec"]["template"];
    let containers = template["spec"]["containers"]
        .as_array()
        .expect("containers");
    assert_eq!(
        (containers.len(), &containers[0]["image"]),
        (1, &json!("one"))
    );
    assert_eq!(
        (&containers[0]["env"], &template["spec"]["hostNetwork"]),
        (&Value::Null, &Value::Null),
        "nothing is merged"
    );
    assert_eq!(template["$patch"], Value::Null);
    assert_eq!(reply["metadata"]["generation"], 3);
    let managers = reply["metadata"]["managedFields"].to_string();
    assert!(
        managers.contains(r#""manager":"kubectl""#),
        "by the sender's program: {managers}"
    );
}

#[tokio::test(start_paused = true)]
async fn k_29_a_restart_is_an_annotation_of_the_template() {
    let cluster = Cluster::start().await;
    set(&cluster).await;
    let path = format!("{SETS}/d?fieldManager=kubectl-rollout");
    let at = |second: u8| {
        json!({"spec": {"template": {"metadata": {"annotations": {
        "kubectl.kubernetes.io/restartedAt": format!("2026-11-23T12:00:0{second}Z")}}}}})
    };
    for (second, generation) in [(1, 2), (1, 2), (2, 3)] {
        let reply = cluster
            .patch("strategic-merge", &path, &at(second))
            .await
            .json();
        assert_eq!(
            reply["metadata"]["generation"], generation,
            "again at {second}"
        );
        let managers = reply["metadata"]["managedFields"].to_string();
        assert!(
            managers.contains(r#""manager":"kubectl-rollout""#),
            "{managers}"
        );
        assert_eq!(reply["spec"]["template"]["metadata"]["labels"]["app"], "d");
    }
}
