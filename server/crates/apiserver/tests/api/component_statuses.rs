//! How the parts of the control plane fare: `kubectl get componentstatuses`.

use std::sync::Arc;

use orrery_apiserver::{ComponentHealth, Components};
use serde_json::{Value, json};

use crate::cluster::Cluster;

const PATH: &str = "/api/v1/componentstatuses";
const TABLE: (&str, &str) = (
    "accept",
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
);

/// A scheduler that is well and controllers that are not.
fn parts() -> Components {
    Arc::new(|| {
        let part = |name, error: Option<&str>| ComponentHealth {
            name,
            error: error.map(str::to_owned),
        };
        vec![
            part("scheduler", None),
            part("controller-manager", Some("it ended")),
        ]
    })
}

fn status(name: &str, condition: Value) -> Value {
    json!({"metadata": {"name": name}, "conditions": [condition]})
}

#[tokio::test(start_paused = true)]
async fn the_parts_of_the_control_plane_are_listed_with_a_warning() {
    let cluster = Cluster::with_parts(parts()).await;
    let listed = cluster.get(PATH).await;
    let well = json!({"type": "Healthy", "status": "True", "message": "ok"});
    let ended = json!({"type": "Healthy", "status": "False", "error": "it ended"});
    let items = [
        status("controller-manager", ended),
        status("etcd-0", well.clone()),
        status("scheduler", well),
    ];
    let want =
        json!({"kind": "ComponentStatusList", "apiVersion": "v1", "metadata": {}, "items": items});
    assert_eq!(listed.json(), want);
    let warning = listed.headers.get("warning");
    let warning = warning.and_then(|value| value.to_str().ok());
    let deprecated = "299 - \"v1 ComponentStatus is deprecated in v1.19+\"";
    assert_eq!(warning, Some(deprecated));
    let table = cluster.ask("GET", PATH, &[TABLE], "").await.json();
    let names = table["columnDefinitions"].as_array().expect("columns");
    let names: Vec<_> = names.iter().map(|column| &column["name"]).collect();
    assert_eq!(names, ["Name", "Status", "Message", "Error"]);
    assert_eq!(
        table["rows"][0]["cells"],
        json!(["controller-manager", "Unhealthy", "", "it ended"])
    );
    assert_eq!(
        table["rows"][1]["cells"],
        json!(["etcd-0", "Healthy", "ok", ""])
    );
    assert_eq!(
        table["rows"][1]["object"],
        json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": {"name": "etcd-0"}})
    );
    let whole = format!("{PATH}?includeObject=Object");
    let whole = cluster.ask("GET", &whole, &[TABLE], "").await.json();
    assert_eq!(whole["rows"][1]["object"]["kind"], "ComponentStatus");
}

/// What can be had of stored kinds can be had of these, in the same words (PR-05).
#[tokio::test(start_paused = true)]
async fn pr_05_parts_are_shown_as_stored_objects_are() {
    let cluster = Cluster::start().await;
    let one = format!("{PATH}/etcd-0");
    let get = async |path: &str, accept: &str| {
        let headers = [("accept", accept)];
        cluster.ask("GET", path, &headers, "").await
    };
    let metadata = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";
    let list = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
    let partial = r#"{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"etcd-0"}}"#;
    assert_eq!(
        get(one.as_str(), metadata).await.text,
        format!("{partial}\n")
    );
    let listed = format!(
        r#"{{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{{}},"items":[{partial}]}}"#
    );
    assert_eq!(get(PATH, list).await.text, format!("{listed}\n"));
    let unfit = "you requested PartialObjectMetadata";
    let streams = "application/json, application/yaml, application/vnd.kubernetes.protobuf, \
                   application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";
    let rows = [
        (
            PATH,
            metadata,
            format!("{unfit}, but the requested object is a list (*core.ComponentStatusList)"),
        ),
        (
            one.as_str(),
            list,
            format!("{unfit}List, but the requested object is not a list (*core.ComponentStatus)"),
        ),
        (
            PATH,
            "text/html",
            format!("406: Not Acceptable\n\nAvailable representations: {streams}"),
        ),
    ];
    for (path, accept, told) in rows {
        let refused = get(path, accept).await;
        assert_eq!((refused.code, refused.message()), (406, told), "{path}");
    }
    let untold = format!("{PATH}?includeObject=Everything");
    assert_eq!(get(untold.as_str(), "application/json").await.code, 200);
    let protobuf = get(one.as_str(), "application/vnd.kubernetes.protobuf").await;
    assert_eq!(
        protobuf.headers["content-type"],
        "application/vnd.kubernetes.protobuf"
    );
    let watch = cluster.get(&format!("{PATH}?watch=true")).await;
    let told = "watch is not supported on resources of kind \"componentstatuses\"";
    assert_eq!((watch.code, watch.message().as_str()), (405, told));
    assert_eq!(
        watch.json()["details"],
        json!({"kind": "componentstatuses"})
    );
    let named = cluster.get(&format!("{one}?watch=true")).await;
    assert_eq!(named.code, 200, "one is not watched by its name");
}

#[tokio::test(start_paused = true)]
async fn one_part_is_got_by_its_name_and_nothing_else_can_be_done() {
    let cluster = Cluster::start().await;
    let one = format!("{PATH}/etcd-0");
    let got = cluster.get(&one).await.json();
    assert_eq!(
        (&got["kind"], &got["apiVersion"]),
        (&json!("ComponentStatus"), &json!("v1"))
    );
    let missing = cluster.get(&format!("{PATH}/scheduler")).await;
    assert_eq!(
        (missing.code, missing.message().as_str()),
        (500, "Component not found: scheduler"),
        "the API server is alone here"
    );
    let rows = [
        ("?fieldSelector=metadata.name%3Detcd-0", 1),
        ("?fieldSelector=metadata.name%21%3Detcd-0", 0),
        ("?labelSelector=a", 0),
        ("?labelSelector=%21a", 1),
    ];
    for (query, count) in rows {
        let listed = cluster.get(&format!("{PATH}{query}")).await.json();
        assert_eq!(
            listed["items"].as_array().map(Vec::len),
            Some(count),
            "{query}"
        );
    }
    let unknown = cluster.get(&format!("{PATH}?fieldSelector=a%3Db")).await;
    assert_eq!(unknown.code, 400, "{}", unknown.text);
    // numbers are read before anything is judged
    let wrong = [
        ("limit=x&resourceVersionMatch=Exact", 400),
        ("timeoutSeconds=x", 400),
        ("resourceVersionMatch=Exact", 422),
        ("sendInitialEvents=true", 422),
    ];
    for (query, code) in wrong {
        let stored = cluster.get(&format!("/api/v1/nodes?{query}")).await;
        let told = cluster.get(&format!("{PATH}?{query}")).await;
        assert_eq!((stored.code, told.code), (code, code), "{query}");
        assert_eq!(told.message(), stored.message(), "{query}");
    }
    for (method, path) in [
        ("POST", PATH),
        ("DELETE", one.as_str()),
        ("PUT", one.as_str()),
    ] {
        let refused = cluster.ask(method, path, &[], "{}").await;
        assert_eq!(refused.code, 405, "{method}: {}", refused.text);
    }
    let looking = [("authorization", "Bearer looking")];
    let seen = cluster.ask("GET", PATH, &looking, "").await;
    assert_eq!(seen.code, 200, "the viewer may see them");
}
