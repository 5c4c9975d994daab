//! `/metrics`: what Prometheus finds.

use std::collections::BTreeMap;

use serde_json::json;

use crate::cluster::{Cluster, PODS, pod};

const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The samples by name and labels.
async fn samples(cluster: &Cluster) -> BTreeMap<String, f64> {
    let told = cluster.get("/metrics").await;
    assert_eq!(told.code, 200);
    assert_eq!(told.headers["content-type"], MEDIA_TYPE);
    let samples = told.text.lines().filter(|line| !line.starts_with('#'));
    let sample = |line: &str| {
        let (name, value) = line.rsplit_once(' ').expect("a name and a value");
        (name.to_owned(), value.parse().expect("a number"))
    };
    samples.map(sample).collect()
}

fn requests(code: u16, resource: &str, scope: &str, verb: &str) -> String {
    format!(
        r#"apiserver_request_total{{code="{code}",component="apiserver",dry_run="",group="",resource="{resource}",scope="{scope}",subresource="",verb="{verb}",version="v1"}}"#
    )
}

#[tokio::test(start_paused = true)]
async fn requests_are_counted_by_what_they_ask_for() {
    let cluster = Cluster::start().await;
    cluster.post(PODS, &pod("p")).await;
    cluster.post(PODS, &pod("p")).await;
    for path in ["p", "p", "none"] {
        cluster.get(&format!("{PODS}/{path}")).await;
    }
    cluster.get(PODS).await;
    cluster.get("/api/v1/pods").await;
    cluster
        .patch("merge", &format!("{PODS}/p"), &json!({}))
        .await;
    let found = samples(&cluster).await;
    let rows = [
        (201, "resource", "POST", 1.0),
        (409, "resource", "POST", 1.0),
        (200, "resource", "GET", 2.0),
        (404, "resource", "GET", 1.0),
        (200, "namespace", "LIST", 1.0),
        (200, "cluster", "LIST", 1.0),
        (200, "resource", "PATCH", 1.0),
    ];
    for (code, scope, verb, count) in rows {
        let name = requests(code, "pods", scope, verb);
        assert_eq!(found.get(&name), Some(&count), "{name}");
    }
    let labels = r#"component="apiserver",dry_run="",group="",resource="pods",scope="resource",subresource="",verb="GET",version="v1""#;
    let name = "apiserver_request_duration_seconds";
    let all = format!(r#"{name}_bucket{{{labels},le="+Inf"}}"#);
    assert_eq!(found.get(&all), Some(&3.0), "{all}");
    assert_eq!(found.get(&format!("{name}_count{{{labels}}}")), Some(&3.0));
    let reading = r#"apiserver_current_inflight_requests{request_kind="readOnly"}"#;
    assert_eq!(found.get(reading), Some(&1.0), "this one");
}

#[tokio::test(start_paused = true)]
async fn objects_and_watches_are_counted_by_kind() {
    let cluster = Cluster::start().await;
    cluster.post(PODS, &pod("p")).await;
    let watch = r#"apiserver_longrunning_requests{component="apiserver",group="",resource="pods",scope="namespace",subresource="",verb="WATCH",version="v1"}"#;
    let sent = r#"apiserver_watch_events_total{group="",resource="pods",version="v1"}"#;
    let mut events = cluster
        .watch(&format!("{PODS}?watch=true&resourceVersion=0"), &[])
        .await;
    events.next().await.expect("the pod that is there");
    let found = samples(&cluster).await;
    assert_eq!(found.get(watch), Some(&1.0));
    assert_eq!(found.get(sent), Some(&1.0));
    for name in [
        r#"apiserver_storage_objects{resource="pods"}"#,
        r#"apiserver_resource_objects{group="",resource="pods"}"#,
    ] {
        assert_eq!(found.get(name), Some(&1.0), "{name}");
    }
    let jobs = r#"apiserver_storage_objects{resource="jobs.batch"}"#;
    assert_eq!(found.get(jobs), Some(&0.0));
    drop(events);
    assert_eq!(samples(&cluster).await.get(watch), Some(&0.0));
}

#[tokio::test(start_paused = true)]
async fn metrics_are_for_those_who_are_signed_in() {
    let cluster = Cluster::start().await;
    let rows = [("Bearer looking", 200), ("Bearer wrong", 401)];
    for (authorization, code) in rows {
        let headers = [("authorization", authorization)];
        let reply = cluster.ask("GET", "/metrics", &headers, "").await;
        assert_eq!(reply.code, code, "{authorization}");
    }
    let posted = cluster.ask("POST", "/metrics", &[], "").await;
    assert_eq!(posted.code, 404);
}
