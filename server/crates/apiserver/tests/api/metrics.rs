//! `metrics.k8s.io` over nodes that answer what they are told to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use orrery_apiserver::{ContainerUsage, NodeProxy, UsageReport};
use serde_json::{Value, json};

use crate::cluster::{Cluster, PODS};

const METRICS: &str = "/apis/metrics.k8s.io/v1beta1";

#[derive(Default)]
struct Measured(Mutex<BTreeMap<String, Vec<ContainerUsage>>>);

impl NodeProxy for Measured {
    fn usage(&self) -> BoxFuture<'static, Option<UsageReport>> {
        let report = UsageReport {
            at: "2026-11-23T12:00:01.5Z".parse().expect("a literal time"),
            window: Duration::from_millis(1005),
            pods: self.0.lock().expect("nobody panicked").clone(),
        };
        async move { Some(report) }.boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn k_37_metrics_are_what_the_nodes_measure() {
    let nodes = Arc::new(Measured::default());
    let cluster = Cluster::over(nodes.clone()).await;
    let node = json!({"metadata": {"name": "node-1", "labels": {"zone": "a"}}});
    cluster.post("/api/v1/nodes", &node).await;
    for (name, app) in [("busy", "x"), ("new", "y")] {
        let pod = json!({
            "metadata": {"name": name, "labels": {"app": app}},
            "spec": {"nodeName": "node-1", "containers": [{"name": "c", "image": "i"}]},
        });
        let made = cluster.post(PODS, &pod).await;
        assert_eq!(made.code, 201, "{}", made.text);
        if name == "busy" {
            let uid = made.json()["metadata"]["uid"]
                .as_str()
                .expect("set")
                .to_owned();
            let usage = ContainerUsage {
                container: "c".to_owned(),
                cpu_nanocores: 250_000_000,
                memory_bytes: 3 << 20,
            };
            nodes
                .0
                .lock()
                .expect("nobody panicked")
                .insert(uid, vec![usage]);
        }
    }
    let pods = cluster.get(&format!("{METRICS}/pods")).await.json();
    assert_eq!(pods["kind"], "PodMetricsList");
    assert_eq!(
        pods["items"],
        json!([{
            "metadata": {
                "name": "busy", "namespace": "default", "labels": {"app": "x"},
                "creationTimestamp": "2026-11-23T12:00:01Z",
            },
            "timestamp": "2026-11-23T12:00:01Z",
            "window": "1.005s",
            "containers": [{"name": "c", "usage": {"cpu": "250m", "memory": "3Mi"}}],
        }]),
        "a pod that has just started is not there yet"
    );
    let nodes = cluster.get(&format!("{METRICS}/nodes/node-1")).await.json();
    assert_eq!(
        (&nodes["kind"], &nodes["usage"]),
        (
            &json!("NodeMetrics"),
            &json!({"cpu": "250m", "memory": "3Mi"})
        )
    );
    let accept = "application/vnd.kubernetes.protobuf,application/json";
    for (path, kind) in [("pods", "PodMetricsList"), ("nodes/node-1", "NodeMetrics")] {
        let path = format!("{METRICS}/{path}");
        let reply = cluster.ask("GET", &path, &[("accept", accept)], "").await;
        let media_type = &reply.headers["content-type"];
        assert_eq!(media_type, "application/vnd.kubernetes.protobuf", "{path}");
        for part in ["k8s\0", kind, "250m", "3Mi"] {
            assert!(reply.text.contains(part), "{path} has {part}");
        }
    }
    let rows = [
        ("namespaces/default/pods?labelSelector=app%3Dx", 1),
        ("namespaces/default/pods?labelSelector=app%3Dy", 0),
        ("namespaces/other/pods", 0),
        ("nodes?labelSelector=zone%3Da", 1),
        ("nodes?labelSelector=zone%3Db", 0),
    ];
    for (path, count) in rows {
        let list = cluster.get(&format!("{METRICS}/{path}")).await.json();
        assert_eq!(
            list["items"].as_array().map(Vec::len),
            Some(count),
            "{path}"
        );
    }
    let printed = [
        ("namespaces/default/pods", "busy"),
        ("namespaces/default/pods/busy", "busy"),
        ("nodes", "node-1"),
    ];
    for (path, name) in printed {
        let table = table(&cluster, path).await;
        let columns = table["columnDefinitions"].as_array().expect("columns");
        let columns: Vec<_> = columns.iter().map(|column| &column["name"]).collect();
        assert_eq!(columns, ["Name", "cpu", "memory", "Window"], "{path}");
        let row = &table["rows"][0];
        assert_eq!(
            row["cells"],
            json!([name, "250m", "3Mi", "1.005s"]),
            "{path}"
        );
        assert_eq!(row["object"]["kind"], "PartialObjectMetadata", "{path}");
        assert_eq!(row["object"]["metadata"]["name"], name, "{path}");
    }
    let none = table(&cluster, "namespaces/other/pods").await;
    assert_eq!(
        (&none["columnDefinitions"], &none["rows"]),
        (&Value::Null, &Value::Null)
    );
    let missing = cluster
        .get(&format!("{METRICS}/namespaces/default/pods/new"))
        .await;
    assert_eq!(
        (missing.code, missing.message().as_str()),
        (404, "podmetrics.metrics.k8s.io \"default/new\" not found")
    );
    let post = cluster.post(&format!("{METRICS}/nodes"), &json!({})).await;
    assert_eq!(post.code, 405);
    let watch = cluster.get(&format!("{METRICS}/pods?watch=true")).await;
    let told = "watch is not supported on resources of kind \"pods.metrics.k8s.io\"";
    assert_eq!((watch.code, watch.message().as_str()), (405, told));
    let refused = cluster.get(&format!("{METRICS}/pods?limit=x")).await;
    assert_eq!(refused.code, 400, "{}", refused.text);
    let metadata = [(
        "accept",
        "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
    )];
    let one = format!("{METRICS}/namespaces/default/pods/busy?watch=true");
    let one = cluster.ask("GET", &one, &metadata, "").await.json();
    assert_eq!(
        (&one["kind"], &one["metadata"]["name"], &one["containers"]),
        (
            &json!("PartialObjectMetadata"),
            &json!("busy"),
            &Value::Null
        )
    );
    let pods = format!("{METRICS}/pods");
    let refused = cluster.ask("GET", &pods, &metadata, "").await;
    let told = "you requested PartialObjectMetadata, but the requested object is a list (*metrics.PodMetricsList)";
    assert_eq!((refused.code, refused.message().as_str()), (406, told));
}

/// What kubectl prints.
async fn table(cluster: &Cluster, path: &str) -> Value {
    let accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    let path = format!("{METRICS}/{path}");
    let reply = cluster.ask("GET", &path, &[("accept", accept)], "").await;
    assert_eq!(reply.code, 200, "{}", reply.text);
    reply.json()
}

#[tokio::test(start_paused = true)]
async fn metrics_can_be_discovered_and_need_a_node() {
    let cluster = Cluster::start().await;
    let version = cluster.get(METRICS).await.json();
    let names: Vec<_> = version["resources"]
        .as_array()
        .expect("resources")
        .iter()
        .map(|r| (r["name"].clone(), r["kind"].clone(), r["verbs"].clone()))
        .collect();
    let verbs = json!(["get", "list"]);
    let want = [("nodes", "NodeMetrics"), ("pods", "PodMetrics")]
        .map(|(name, kind)| (json!(name), json!(kind), verbs.clone()));
    assert_eq!(names, want);
    let nobody = cluster.get(&format!("{METRICS}/pods")).await;
    assert_eq!(nobody.code, 503, "{}", nobody.text);
    let no_path = cluster.get(&format!("{METRICS}/services")).await;
    assert_eq!(no_path.code, 404);
}
