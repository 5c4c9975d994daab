//! What a new object may not say of itself, and what a deletion does to a pod that runs.

use serde_json::{Value, json};

use crate::cluster::{CRON_JOBS, Cluster, JOBS, PODS, job, pod};

const DAEMON_SETS: &str = "/apis/apps/v1/namespaces/default/daemonsets";
const BUDGETS: &str = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
const SERVICES: &str = "/api/v1/namespaces/default/services";
const NAMESPACES: &str = "/api/v1/namespaces";
const NODES: &str = "/api/v1/nodes";

fn of(spec: Value) -> Value {
    json!({"metadata": {"name": "x"}, "spec": spec})
}

/// A status is wiped on create and left alone by an update of the object, but for a node's: that one brings
/// its own.
#[tokio::test(start_paused = true)]
async fn cjv_07_jobv_14_pod_01_a_new_objects_status_is_not_its_senders() {
    let cluster = Cluster::start().await;
    let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": pod("x")["spec"]});
    let rows = [
        (JOBS, job("x"), json!({"active": 3}), "/active", Value::Null),
        (
            CRON_JOBS,
            of(json!({"schedule": "* * * * *", "jobTemplate": {"spec": job("x")["spec"]}})),
            json!({"lastScheduleTime": "2026-01-01T00:00:00Z"}),
            "/lastScheduleTime",
            Value::Null,
        ),
        (
            DAEMON_SETS,
            of(json!({"selector": {"matchLabels": {"a": "b"}}, "template": template})),
            json!({"numberReady": 3}),
            "/numberReady",
            json!(0),
        ),
        (
            PODS,
            pod("x"),
            json!({"phase": "Running", "podIP": "10.0.0.1"}),
            "/phase",
            json!("Pending"),
        ),
        (
            BUDGETS,
            of(json!({"minAvailable": 1})),
            json!({"disruptionsAllowed": 3}),
            "/disruptionsAllowed",
            json!(0),
        ),
        (
            SERVICES,
            of(json!({"type": "LoadBalancer", "ports": [{"port": 80}]})),
            json!({"loadBalancer": {"ingress": [{"ip": "10.0.0.1", "ipMode": "VIP"}]}}),
            "/loadBalancer/ingress",
            Value::Null,
        ),
        (
            NAMESPACES,
            of(json!({})),
            json!({"phase": "Terminating"}),
            "/phase",
            json!("Active"),
        ),
        (
            NODES,
            of(json!({})),
            json!({"capacity": {"cpu": "4"}}),
            "/capacity/cpu",
            json!("4"),
        ),
    ];
    for (path, mut body, status, field, want) in rows {
        body["status"] = status.clone();
        let made = cluster.post(path, &body).await;
        assert_eq!(made.code, 201, "{path}: {}", made.text);
        let said = |object: &Value| object["status"].pointer(field).cloned().unwrap_or_default();
        assert_eq!(said(&made.json()), want, "{path}: created");
        let mut changed = made.json();
        changed["status"] = status;
        changed["metadata"]["annotations"]["by"] = json!("put");
        let put = cluster.put(&format!("{path}/x"), &changed).await;
        assert_eq!(put.code, 200, "{path}: {}", put.text);
        assert_eq!(put.json()["metadata"]["annotations"]["by"], "put");
        assert_eq!(said(&put.json()), want, "{path}: updated");
    }
}

/// GC-08, POD-01: the beginning of a graceful deletion is a new generation, a shorter grace is none.
#[tokio::test(start_paused = true)]
async fn gc_08_pod_01_a_graceful_deletion_is_a_new_generation() {
    let cluster = Cluster::start().await;
    let mut body = pod("p");
    body["spec"]["nodeName"] = json!("node-1");
    let made = cluster.post(PODS, &body).await.json();
    let path = format!("{PODS}/p");
    let leaving = cluster.delete(&path, &json!({})).await.json();
    let sooner = json!({"gracePeriodSeconds": 3});
    let sooner = cluster.delete(&path, &sooner).await.json();
    let generations = [&made, &leaving, &sooner].map(|pod| pod["metadata"]["generation"].clone());
    assert_eq!(json!(generations), json!([1, 2, 2]));
    assert_eq!(sooner["metadata"]["deletionGracePeriodSeconds"], 3);
}

/// What clients look for in kube-system is there at once, and again when it was deleted.
#[tokio::test(start_paused = true)]
async fn kube_system_says_whose_certificates_are_believed() {
    let cluster = Cluster::with_authority("PEM").await;
    let path = "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication";
    for _ in 0..2 {
        let said = cluster.get(path).await.json();
        assert_eq!(said["data"], json!({"client-ca-file": "PEM"}));
        assert_eq!(cluster.delete(path, &json!({})).await.code, 200);
    }
    let elsewhere = path.replace("kube-system", "default");
    assert_eq!(cluster.get(&elsewhere).await.code, 404);
}
