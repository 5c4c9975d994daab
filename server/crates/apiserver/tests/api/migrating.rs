//! What happens to ownership when kubectl changes its ways, and when Orrery's own components write: K-18.

use std::pin::pin;

use futures::StreamExt;
use k8s_openapi::api::batch::v1::Job;
use kube::Api;
use kube::api::{ListParams, Patch, PatchParams, PostParams, WatchEvent, WatchParams};
use serde_json::{Value, json};

use crate::cluster::{CONFIG_MAPS, Cluster, JOBS, PODS, Reply, job, pod};

const YAML: (&str, &str) = ("content-type", "application/apply-patch+yaml");
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What kubectl has applied in its old way: the annotation says so, `owner` owns it.
async fn applied_by_client(cluster: &Cluster, owner: &str, data: Value) {
    let said =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data});
    let mut body = said.clone();
    body["metadata"]["annotations"] = json!({LAST_APPLIED: format!("{said}\n")});
    let path = format!("{CONFIG_MAPS}?fieldManager={owner}");
    assert_eq!(cluster.post(&path, &body).await.code, 201);
}

async fn apply(cluster: &Cluster, manager: &str, data: Value) -> Reply {
    let config =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data});
    let path = format!("{CONFIG_MAPS}/c?fieldManager={manager}");
    let body = config.to_string();
    cluster.ask("PATCH", &path, &[YAML], body).await
}

fn owners(object: &Value) -> Vec<(String, Value)> {
    let entries = object["metadata"]["managedFields"].as_array();
    let entries = entries.into_iter().flatten();
    entries
        .map(|e| {
            let manager = e["manager"].as_str().unwrap_or_default().to_owned();
            (manager, e["fieldsV1"].clone())
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn k_18_kubectl_takes_what_it_applied_in_its_old_way() {
    let cluster = Cluster::start().await;
    applied_by_client(
        &cluster,
        "kubectl-client-side-apply",
        json!({"a": "1", "b": "1"}),
    )
    .await;
    let reply = apply(&cluster, "kubectl", json!({"a": "2", "b": "1"})).await;
    assert_eq!(reply.code, 200, "no conflict with itself: {}", reply.text);
    let kept = reply.json()["metadata"]["annotations"][LAST_APPLIED].clone();
    assert_eq!(
        kept,
        json!(
            "{\"apiVersion\":\"v1\",\"data\":{\"a\":\"2\",\"b\":\"1\"},\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"c\"}}\n"
        ),
        "client-side apply can go on from here"
    );
}

#[tokio::test(start_paused = true)]
async fn k_18_what_changed_since_kubectl_applied_it_is_others() {
    let cluster = Cluster::start().await;
    applied_by_client(
        &cluster,
        "kubectl-client-side-apply",
        json!({"a": "1", "b": "1"}),
    )
    .await;
    let path = format!("{CONFIG_MAPS}/c?fieldManager=else");
    let patch = json!({"data": {"a": "9"}});
    cluster.patch("merge", &path, &patch).await;
    let reply = apply(&cluster, "kubectl", json!({"a": "2", "b": "2"})).await;
    assert_eq!(reply.code, 409);
    let causes = reply.json()["details"]["causes"].clone();
    let fields: Vec<_> = causes
        .as_array()
        .into_iter()
        .flatten()
        .map(|c| &c["field"])
        .collect();
    assert_eq!(fields, [".data.a"], "b is still as it was applied");
    let other = apply(&cluster, "ci", json!({"b": "2"})).await;
    assert_eq!(other.code, 409, "only kubectl itself may");
}

#[tokio::test(start_paused = true)]
async fn k_18_other_managers_leave_kubectls_annotation_alone() {
    let cluster = Cluster::start().await;
    applied_by_client(&cluster, "x", json!({"a": "1"})).await;
    let before = cluster.get(&format!("{CONFIG_MAPS}/c")).await.json();
    let reply = apply(&cluster, "ci", json!({"b": "2"})).await.json();
    let annotation = |object: &Value| object["metadata"]["annotations"][LAST_APPLIED].clone();
    assert_eq!(annotation(&reply), annotation(&before));
}

/// K-18: a component's write takes the field from the client that owned it.
#[tokio::test(start_paused = true)]
async fn a_component_takes_what_it_changes() {
    let cluster = Cluster::start().await;
    let mut body = job("j");
    body["metadata"]["labels"] = json!({"a": "1", "b": "1"});
    cluster
        .post(&format!("{JOBS}?fieldManager=me"), &body)
        .await;
    let jobs: Api<Job> = Api::default_namespaced(cluster.component());
    let patch = Patch::Merge(json!({"metadata": {"labels": {"a": "2"}}}));
    jobs.patch("j", &PatchParams::default(), &patch)
        .await
        .expect("it exists");
    let now = cluster.get(&format!("{JOBS}/j")).await.json();
    let labels: Vec<_> = owners(&now)
        .into_iter()
        .map(|(manager, fields)| (manager, fields["f:metadata"]["f:labels"].clone()))
        .collect();
    assert_eq!(labels.len(), 1);
    assert_eq!(labels[0].0, "me");
    assert_eq!(labels[0].1.get("f:a"), None, "{}", labels[0].1);
    assert!(labels[0].1.get("f:b").is_some(), "{}", labels[0].1);
}

/// Half of an object is who owns what, and none of Orrery's components reads it.
#[tokio::test(start_paused = true)]
async fn a_component_is_spared_the_managers_and_loses_none() {
    let cluster = Cluster::start().await;
    let path = format!("{JOBS}?fieldManager=me");
    let made = cluster.post(&path, &job("j")).await.json();
    let jobs: Api<Job> = Api::default_namespaced(cluster.component());
    let listed = jobs.list(&ListParams::default()).await.expect("served");
    let seen = jobs.get("j").await.expect("it exists");
    let partial = jobs.get_metadata("j").await.expect("it exists");
    let params = WatchParams::default();
    let mut events = pin!(jobs.watch(&params, "0").await.expect("served"));
    let Some(Ok(WatchEvent::Added(watched))) = events.next().await else {
        panic!("a watch begins with what is there");
    };
    for job in [&seen, &listed.items[0], &watched] {
        assert_eq!(job.metadata.managed_fields, None);
        assert_eq!(job.spec, seen.spec, "and of nothing else");
    }
    assert_eq!(partial.metadata.managed_fields, None);
    let patch = Patch::Merge(json!({"status": {"active": 1}}));
    let params = PatchParams::default();
    let patched = jobs.patch_status("j", &params, &patch).await;
    let patched = patched.expect("it exists");
    assert_eq!(patched.metadata.managed_fields, None);
    assert_eq!(patched.spec, seen.spec, "what a patch leaves is as it was");
    assert_eq!(patched.status.and_then(|status| status.active), Some(1));
    let mut whole = jobs.get("j").await.expect("it exists");
    let labels = whole.metadata.labels.get_or_insert_default();
    labels.insert("a".to_owned(), "1".to_owned());
    let replaced = jobs.replace("j", &PostParams::default(), &whole).await;
    replaced.expect("a whole object without managers takes none away");
    let now = cluster.get(&format!("{JOBS}/j")).await.json();
    assert_eq!(
        now["metadata"]["managedFields"],
        made["metadata"]["managedFields"]
    );
}

/// Upstream's reset fields: K-18.
#[tokio::test(start_paused = true)]
async fn nobody_owns_what_a_door_does_not_write() {
    let cluster = Cluster::start().await;
    let mut body = pod("p");
    body["status"] = json!({"phase": "Running"});
    let made = cluster
        .post(&format!("{PODS}?fieldManager=me"), &body)
        .await
        .json();
    let owned = owners(&made);
    assert_eq!(owned.len(), 1);
    assert_eq!(owned[0].1.get("f:status"), None, "{owned:?}");
    let patch = json!({"spec": {"priority": 7}, "status": {"message": "hello"}});
    let path = format!("{PODS}/p/status?fieldManager=node");
    let reply = cluster.patch("merge", &path, &patch).await;
    assert_eq!(reply.code, 200, "{}", reply.text);
    let owned = owners(&reply.json());
    let node = owned.iter().find(|(manager, _)| manager == "node");
    let node = node.expect("it wrote the message");
    assert_eq!(node.1, json!({"f:status": {"f:message": {}}}));
}

/// K-17: a list that a patch emptied is left out, as Go leaves it out.
#[tokio::test(start_paused = true)]
async fn k_17_the_last_finalizer_leaves_no_empty_list() {
    let cluster = Cluster::start().await;
    let mut body = job("j");
    body["metadata"]["finalizers"] = json!(["a.b/c"]);
    cluster.post(JOBS, &body).await;
    let patch = json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a.b/c"]}});
    let path = format!("{JOBS}/j");
    let reply = cluster.patch("strategic-merge", &path, &patch).await;
    assert_eq!(reply.json()["metadata"].get("finalizers"), None);
    assert_eq!(
        reply.json()["spec"]["template"]["spec"]["securityContext"],
        json!({})
    );
}

/// K-08: what a refused patch shows of itself, by its type, and in whose words it is refused.
#[tokio::test(start_paused = true)]
async fn k_08_refused_patches_say_what_upstream_says() {
    let cluster = Cluster::start().await;
    cluster.post(JOBS, &job("j")).await;
    let rows = [
        (
            "strategic-merge",
            json!({"spec": {"suspend": "x", "parallelism": 1}}),
            "\"map[spec:map[parallelism:1 suspend:x]]\": unrecognized type: bool",
        ),
        (
            "merge",
            json!({"spec": {"suspend": "x"}}),
            "\": json: cannot unmarshal string into Go struct field JobSpec.spec.suspend of type bool",
        ),
        (
            "json",
            json!([{"op": "add", "path": "/spec/suspend", "value": 1}]),
            "\": json: cannot unmarshal number into Go struct field JobSpec.spec.suspend of type bool",
        ),
        (
            "strategic-merge",
            json!({"spek": {"a": [1, "b"]}}),
            "\"map[spek:map[a:[1 b]]]\": strict decoding error: unknown field \"spek\"",
        ),
    ];
    for (kind, patch, says) in rows {
        let path = format!("{JOBS}/j?fieldValidation=Strict");
        let reply = cluster.patch(kind, &path, &patch).await;
        assert_eq!(reply.code, 422, "{}", reply.text);
        assert!(reply.message().contains(says), "{}", reply.message());
        assert!(
            reply
                .message()
                .starts_with(" \"\" is invalid: patch: Invalid value: \"")
        );
        if kind != "strategic-merge" {
            // what was left alone in the order of its type, the rest sorted
            let metadata = r#"\"kind\":\"Job\",\"metadata\":{\"name\":\"j\",\"namespace\":"#;
            let spec = r#"\"spec\":{\"backoffLimit\":6,\"completionMode\":"#;
            for part in [metadata, spec] {
                assert!(reply.message().contains(part), "{}", reply.message());
            }
        }
    }
    let absent = json!([{"op": "remove", "path": "/spec/none"}]);
    let reply = cluster.patch("json", &format!("{JOBS}/j"), &absent).await;
    assert_eq!(
        (reply.code, reply.message().as_str()),
        (
            422,
            "the server rejected our request due to an error in our request"
        )
    );
    let reply = cluster
        .patch("merge", &format!("{JOBS}/j"), &json!("x"))
        .await;
    assert_eq!(
        reply.message(),
        "error decoding patch: json: cannot unmarshal string into Go value of type map[string]interface {}"
    );
}

/// K-04, K-38: small things that kubectl shows or asks on its way.
#[tokio::test(start_paused = true)]
async fn k_38_health_kinds_nobody_made_and_deprecations() {
    let cluster = Cluster::start().await;
    let verbose = cluster.get("/readyz?verbose").await.text;
    assert_eq!(verbose, "[+]ping ok\n[+]store ok\nreadyz check passed\n");
    let without = "/readyz?verbose&exclude=store&exclude=etcd&exclude=b";
    assert_eq!(
        cluster.get(without).await.text,
        "[+]ping ok\n[+]store excluded: ok\nwarn: some health checks cannot be excluded: no matches for \
         \"b\",\"etcd\"\nreadyz check passed\n"
    );
    assert_eq!(cluster.get("/livez/ping").await.text, "ok");
    assert_eq!(cluster.get("/livez/other").await.code, 404);
    let kinds = cluster
        .get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")
        .await;
    assert_eq!(kinds.json()["items"], json!([]));
    let told =
        "299 - \"v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice\"";
    let none = "/api/v1/namespaces/default/endpoints/none";
    for (path, code) in [("/api/v1/endpoints", 200), (none, 404)] {
        let endpoints = cluster.get(path).await;
        assert_eq!(endpoints.code, code, "{path}");
        assert_eq!(endpoints.headers["warning"], told, "{path}");
    }
    let refused = cluster.post(none, &json!({})).await;
    assert_eq!((refused.code, refused.headers.get("warning")), (405, None));
}
