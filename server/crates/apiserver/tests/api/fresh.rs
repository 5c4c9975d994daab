//! What a new object may not say of itself, and what a deletion does to a pod that runs.

use orrery_store::{Options, Store};
use serde_json::{Value, json};

use crate::cluster::{CONFIG_MAPS, CRON_JOBS, Cluster, JOBS, PODS, job, pod};

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

/// Pods know the API server by it, and upstream's root-ca-cert-publisher changes it back.
#[tokio::test(start_paused = true)]
async fn the_root_certificate_is_what_it_was_whatever_becomes_of_it() {
    let cluster = Cluster::with_authority("PEM").await;
    let path = format!("{CONFIG_MAPS}/kube-root-ca.crt");
    let fresh = cluster.get(&path).await.json();
    let description = &fresh["metadata"]["annotations"]["kubernetes.io/description"];
    assert!(description.is_string(), "{fresh}");
    let mut replaced = fresh.clone();
    replaced["data"] = json!({"ca.crt": "another"});
    let put = cluster.put(&path, &replaced).await;
    assert_eq!(put.json()["data"], replaced["data"], "as upstream answers");
    let patches = [
        json!({"data": {"more": "of it"}}),
        json!({"data": null}),
        json!({"metadata": {"annotations": null}}),
        json!({"metadata": {"finalizers": ["example.com/held"]}}),
    ];
    for patch in &patches {
        let patched = cluster.patch("merge", &path, patch).await;
        assert_eq!(patched.code, 200, "{}", patched.text);
        let now = cluster.get(&path).await.json();
        assert_eq!(now["data"], json!({"ca.crt": "PEM"}), "{patch}");
        assert_eq!(
            &now["metadata"]["annotations"]["kubernetes.io/description"], description,
            "{patch}"
        );
    }
    // gone with its last finalizer
    let held = cluster.delete(&path, &json!({})).await;
    assert_eq!(held.code, 200, "{}", held.text);
    let freed = json!({"metadata": {"finalizers": null}});
    assert_eq!(cluster.patch("merge", &path, &freed).await.code, 200);
    let anew = cluster.get(&path).await.json();
    assert_eq!(anew["data"], fresh["data"]);
    assert_ne!(anew["metadata"]["uid"], fresh["metadata"]["uid"]);
}

/// Nothing is written where nothing has to be.
#[tokio::test(start_paused = true)]
async fn what_else_is_said_on_the_root_certificate_stays() {
    let cluster = Cluster::with_authority("PEM").await;
    let path = format!("{CONFIG_MAPS}/kube-root-ca.crt");
    let version = |object: &Value| object["metadata"]["resourceVersion"].clone();
    let labels = json!({"metadata": {"labels": {"team": "a"}}});
    let labelled = cluster.patch("merge", &path, &labels).await.json();
    assert_eq!(labelled["metadata"]["labels"]["team"], "a");
    let rehearsed = format!("{path}?dryRun=All");
    let changed = json!({"data": {"ca.crt": "another"}});
    let shown = cluster.patch("merge", &rehearsed, &changed).await.json();
    assert_eq!(shown["data"], changed["data"]);
    let now = cluster.get(&path).await.json();
    assert_eq!(version(&now), version(&labelled), "{now}");
    assert_eq!(cluster.patch("merge", &path, &changed).await.code, 200);
    let back = cluster.get(&path).await.json();
    assert_eq!(back["metadata"]["labels"]["team"], "a", "{back}");
    assert_eq!(back["data"], json!({"ca.crt": "PEM"}));
}

/// A cluster that begins anew finds what a crash left undone, and has another certificate, perhaps.
#[tokio::test(start_paused = true)]
async fn every_namespace_has_the_certificate_of_today() {
    let store = Store::in_memory(Options::default());
    let team = "/api/v1/namespaces/team/configmaps/kube-root-ca.crt";
    let before = Cluster::on(store.clone()).await;
    let namespace = json!({"metadata": {"name": "team"}});
    before.post("/api/v1/namespaces", &namespace).await;
    assert_eq!(before.get(team).await.code, 404, "nothing spoke TLS");
    for pem in ["FIRST", "SECOND"] {
        let cluster = Cluster::with_authority_on(store.clone(), pem).await;
        let said = cluster.get(team).await.json();
        assert_eq!(said["data"], json!({"ca.crt": pem}));
    }
}
