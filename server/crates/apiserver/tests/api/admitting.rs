//! What admission refuses and adds, and what is served beside the kinds.

use serde_json::{Value, json};

use crate::cluster::{Cluster, PODS, config_map, pod};

const CLASSES: &str = "/apis/scheduling.k8s.io/v1/priorityclasses";
const SERVICES: &str = "/api/v1/namespaces/default/services";
const TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

fn with(name: &str, field: &str, value: Value) -> Value {
    let mut pod = pod(name);
    pod["spec"][field] = value;
    pod
}

#[tokio::test(start_paused = true)]
async fn a_pod_does_not_choose_its_priority() {
    let cluster = Cluster::start().await;
    let reply = cluster.post(PODS, &with("q1", "priority", json!(7))).await;
    assert_eq!(
        (reply.code, reply.message().as_str()),
        (
            403,
            "pods \"q1\" is forbidden: the integer value of priority (7) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name"
        )
    );
    let reply = cluster
        .post(PODS, &with("q2", "preemptionPolicy", json!("Never")))
        .await;
    assert_eq!(
        (reply.code, reply.message().as_str()),
        (
            403,
            "pods \"q2\" is forbidden: the string value of PreemptionPolicy (Never) must not be provided in pod spec; priority admission controller computed PreemptLowerPriority from the given PriorityClass name"
        )
    );
    let plain = cluster.post(PODS, &with("q3", "priority", json!(0))).await;
    assert_eq!(
        (plain.code, &plain.json()["spec"]["priority"]),
        (201, &json!(0))
    );
}

/// The classes of every cluster stay, as its namespaces do (GC-10).
#[tokio::test(start_paused = true)]
async fn the_systems_own_classes_stay() {
    let cluster = Cluster::start().await;
    let path = format!("{CLASSES}/system-node-critical");
    let refused = cluster.delete(&path, &json!({})).await;
    let told = "priorityclasses.scheduling.k8s.io \"system-node-critical\" is forbidden: this is a system priority \
                class and cannot be deleted";
    assert_eq!((refused.code, refused.message().as_str()), (403, told));
    assert_eq!(cluster.get(&path).await.code, 200);
}

/// What needs a RuntimeClass is refused as where there is none: it would not run as it says.
#[tokio::test(start_paused = true)]
async fn a_pod_names_no_runtime_class() {
    let cluster = Cluster::start().await;
    let rows = [
        (
            "runtimeClassName",
            json!("gvisor"),
            "RuntimeClass \"gvisor\" not found",
        ),
        (
            "overhead",
            json!({"cpu": "1"}),
            "Pod Overhead set without corresponding RuntimeClass defined Overhead",
        ),
    ];
    for (field, value, why) in rows {
        let reply = cluster.post(PODS, &with("p", field, value)).await;
        let told = format!("pods \"p\" is forbidden: pod rejected: {why}");
        assert_eq!((reply.code, reply.message()), (403, told), "{field}");
    }
    // a class is looked for before a generated name is complete, what it costs after
    for (field, value, missing) in [
        ("runtimeClassName", json!("gvisor"), 5),
        ("overhead", json!({"cpu": "1"}), 0),
    ] {
        let mut generated = with("", field, value);
        generated["metadata"] = json!({"generateName": "p-"});
        let message = cluster.post(PODS, &generated).await.message();
        let name = message.split('"').nth(1).unwrap_or_default();
        assert_eq!(name.len() + missing, "p-12345".len(), "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_class_of_priority_is_the_default() {
    let cluster = Cluster::start().await;
    let class = |name: &str, default: bool| json!({"metadata": {"name": name}, "value": 5, "globalDefault": default});
    assert_eq!(cluster.post(CLASSES, &class("pp", true)).await.code, 201);
    let told = "priorityclasses.scheduling.k8s.io \"pp2\" is forbidden: PriorityClass pp is already marked as default. Only one default can exist";
    let second = cluster.post(CLASSES, &class("pp2", true)).await;
    assert_eq!((second.code, second.message().as_str()), (403, told));
    assert_eq!(cluster.post(CLASSES, &class("pp2", false)).await.code, 201);
    let becomes = json!({"globalDefault": true});
    let path = format!("{CLASSES}/pp2");
    let second = cluster.patch("merge", &path, &becomes).await;
    assert_eq!((second.code, second.message().as_str()), (403, told));
    let described = json!({"description": "stays the default"});
    let first = cluster
        .patch("merge", &format!("{CLASSES}/pp"), &described)
        .await;
    assert_eq!(first.code, 200, "{}", first.text);
}

#[tokio::test(start_paused = true)]
async fn a_mirror_pod_has_no_service_account() {
    let cluster = Cluster::start().await;
    let mirror = |name: &str, field: &str, value: Value| {
        let mut pod = with(name, field, value);
        pod["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "x"});
        pod["spec"]["nodeName"] = json!("node-1");
        pod
    };
    let made = cluster
        .post(PODS, &mirror("m", "hostname", json!("h")))
        .await;
    assert_eq!(made.code, 201, "{}", made.text);
    let spec = made.json()["spec"].clone();
    for field in ["serviceAccountName", "serviceAccount", "volumes"] {
        assert_eq!(spec[field], Value::Null, "{field}");
    }
    let token =
        json!([{"name": "v", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}}]);
    for (field, value, why) in [
        (
            "serviceAccountName",
            json!("default"),
            "reference service accounts",
        ),
        (
            "imagePullSecrets",
            json!([{"name": "registry"}]),
            "reference secrets",
        ),
        (
            "volumes",
            token,
            "use ServiceAccountToken volume projections",
        ),
    ] {
        let refused = cluster.post(PODS, &mirror("n", field, value)).await;
        let want = format!("pods \"n\" is forbidden: a mirror pod may not {why}");
        assert_eq!((refused.code, refused.message()), (403, want), "{field}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pods_service_account_exists() {
    let cluster = Cluster::start().await;
    let stray = with("q2", "serviceAccountName", json!("nope"));
    let reply = cluster.post(PODS, &stray).await;
    assert_eq!(
        (reply.code, reply.message().as_str()),
        (
            403,
            "pods \"q2\" is forbidden: error looking up service account default/nope: serviceaccount \"nope\" not found"
        )
    );
    let mut generated = stray.clone();
    generated["metadata"] = json!({"generateName": "q-"});
    let reply = cluster.post(PODS, &generated).await;
    assert!(
        reply.message().starts_with("pods \"q-\" is forbidden"),
        "{}",
        reply.text
    );
    let account = json!({"metadata": {"name": "nope"}, "imagePullSecrets": [{"name": "registry"}]});
    let accounts = "/api/v1/namespaces/default/serviceaccounts";
    cluster.post(accounts, &account).await;
    let made = cluster.post(PODS, &stray).await;
    assert_eq!(
        made.json()["spec"]["imagePullSecrets"],
        json!([{"name": "registry"}])
    );
    let mut own = with("q3", "serviceAccountName", json!("nope"));
    own["spec"]["imagePullSecrets"] = json!([{"name": "mine"}]);
    let made = cluster.post(PODS, &own).await;
    assert_eq!(
        made.json()["spec"]["imagePullSecrets"],
        json!([{"name": "mine"}])
    );
    // a new namespace has its account before anyone can ask
    cluster
        .post("/api/v1/namespaces", &json!({"metadata": {"name": "new"}}))
        .await;
    let made = cluster.post("/api/v1/namespaces/new/pods", &pod("p")).await;
    assert_eq!(made.code, 201, "{}", made.text);
}

/// The annotation is deprecated, told so, and obeyed.
#[tokio::test(start_paused = true)]
async fn a_pod_is_held_to_the_secrets_of_its_account() {
    let cluster = Cluster::start().await;
    let account = json!({
        "metadata": {"name": "a", "annotations": {"kubernetes.io/enforce-mountable-secrets": "true"}},
        "secrets": [{"name": "mine"}],
    });
    let accounts = "/api/v1/namespaces/default/serviceaccounts";
    let made = cluster.post(accounts, &account).await;
    assert!(made.headers.contains_key("warning"), "{}", made.text);
    let env = |secret: &str| json!([{"name": "A", "valueFrom": {"secretKeyRef": {"name": secret, "key": "k"}}}]);
    let with_env = |secret: &str| {
        let mut pod = with("p", "serviceAccountName", json!("a"));
        pod["spec"]["containers"][0]["env"] = env(secret);
        pod
    };
    let told = |kind: &str| {
        format!(
            "pods \"p\" is forbidden: {kind} with envVar A referencing secret.secretName=\"other\" is not allowed \
             because service account a does not reference that secret"
        )
    };
    let refused = cluster.post(PODS, &with_env("other")).await;
    assert_eq!(
        (refused.code, refused.message()),
        (403, told("container c"))
    );
    let made = cluster.post(PODS, &with_env("mine")).await;
    assert_eq!(made.code, 201, "{}", made.text);
    let later = |secret: &str| json!({"spec": {"ephemeralContainers": [{"name": "e", "image": "busybox", "env": env(secret)}]}});
    let door = format!("{PODS}/p/ephemeralcontainers");
    let refused = cluster
        .patch("strategic-merge", &door, &later("other"))
        .await;
    let want = (403, told("ephemeral container e"));
    assert_eq!((refused.code, refused.message()), want);
    let patched = cluster
        .patch("strategic-merge", &door, &later("mine"))
        .await;
    assert_eq!(patched.code, 200, "{}", patched.text);
}

/// K-35: the volume and the mounts of upstream's ServiceAccount admission.
#[tokio::test(start_paused = true)]
async fn k_35_a_pod_is_given_its_accounts_token() {
    let cluster = Cluster::start().await;
    let own = json!({"name": "own", "mountPath": TOKEN});
    let containers = json!([
        {"name": "c", "image": "busybox"},
        {"name": "other", "image": "busybox", "volumeMounts": [own]},
    ]);
    let mut body = with("p", "containers", containers);
    body["spec"]["initContainers"] = json!([{"name": "first", "image": "busybox"}]);
    body["spec"]["volumes"] = json!([{"name": "own", "emptyDir": {}}]);
    let made = cluster.post(PODS, &body).await;
    assert_eq!(made.code, 201, "{}", made.text);
    let spec = made.json()["spec"].clone();
    let name = spec["volumes"][1]["name"].as_str().expect("a name");
    assert_eq!(name.len(), "kube-api-access-".len() + 5, "{name}");
    let projected = json!({"defaultMode": 420, "sources": [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [
            {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}},
        ]}},
    ]});
    let volumes = json!([{"name": "own", "emptyDir": {}}, {"name": name, "projected": projected}]);
    assert_eq!(spec["volumes"], volumes);
    let mount = json!([{"name": name, "readOnly": true, "mountPath": TOKEN}]);
    assert_eq!(spec["initContainers"][0]["volumeMounts"], mount);
    assert_eq!(spec["containers"][0]["volumeMounts"], mount);
    assert_eq!(spec["containers"][1]["volumeMounts"], json!([own]));

    // a copy has the volume already
    let mut copy = json!({"metadata": {"name": "copy"}, "spec": spec});
    let added = json!({"name": "added", "image": "busybox"});
    let list = copy["spec"]["containers"].as_array_mut();
    list.expect("a list").push(added);
    copy["spec"]["priority"] = json!(0);
    let copied = cluster.post(PODS, &copy).await;
    assert_eq!(copied.code, 201, "{}", copied.text);
    let copied = copied.json()["spec"].clone();
    assert_eq!(copied["volumes"], volumes);
    assert_eq!(copied["containers"][2]["volumeMounts"], mount);
}

/// K-35: the pod's own word counts before its account's.
#[tokio::test(start_paused = true)]
async fn k_35_who_wants_no_token_is_given_none() {
    let cluster = Cluster::start().await;
    let account = json!({"metadata": {"name": "shy"}, "automountServiceAccountToken": false});
    let accounts = "/api/v1/namespaces/default/serviceaccounts";
    assert_eq!(cluster.post(accounts, &account).await.code, 201);
    let rows = [
        ("default", Value::Null, true),
        ("default", json!(false), false),
        ("shy", Value::Null, false),
        ("shy", json!(true), true),
    ];
    for (at, (account, own, given)) in rows.into_iter().enumerate() {
        let mut body = with(&format!("p{at}"), "serviceAccountName", json!(account));
        body["spec"]["automountServiceAccountToken"] = own;
        let made = cluster.post(PODS, &body).await;
        assert_eq!(made.code, 201, "{}", made.text);
        let spec = made.json()["spec"].clone();
        let mounts = spec["containers"][0].get("volumeMounts");
        assert_eq!(
            (spec.get("volumes").is_some(), mounts.is_some()),
            (given, given),
            "{account} {at}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn services_are_named_as_services() {
    let cluster = Cluster::start().await;
    let service =
        |name: &str| json!({"metadata": {"name": name}, "spec": {"ports": [{"port": 80}]}});
    let reply = cluster.post(SERVICES, &service("a.b")).await;
    let told =
        "Service \"a.b\" is invalid: metadata.name: Invalid value: \"a.b\": must not contain dots";
    assert_eq!((reply.code, reply.message().as_str()), (422, told));
    let reply = cluster.post(SERVICES, &service("1a")).await;
    assert_eq!(reply.code, 201, "since 1.36: {}", reply.text);
    assert_eq!(cluster.post(SERVICES, &service("a-1")).await.code, 201);
}

#[tokio::test(start_paused = true)]
async fn the_root_lists_what_is_served() {
    let cluster = Cluster::start().await;
    for path in ["/", "/index.html"] {
        let reply = cluster.get(path).await;
        let paths = reply.json()["paths"].clone();
        let paths: Vec<&str> = paths
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for served in [
            "/api/v1",
            "/apis/batch",
            "/apis/batch/v1",
            "/livez/ping",
            "/openapi/v3",
            "/version",
        ] {
            assert!(paths.contains(&served), "{path}: {served}");
        }
        assert!(paths.is_sorted(), "{paths:?}");
    }
    assert_eq!(cluster.get("/index.htm").await.code, 404);
}

#[tokio::test(start_paused = true)]
async fn k_06_a_list_reads_its_time_limit() {
    let cluster = Cluster::start().await;
    let maps = "/api/v1/namespaces/default/configmaps";
    cluster.post(maps, &config_map("a")).await;
    let reply = cluster.get(&format!("{maps}?timeoutSeconds=x")).await;
    let told = "strconv.ParseInt: parsing \"x\": invalid syntax";
    assert_eq!((reply.code, reply.message().as_str()), (400, told));
    assert_eq!(
        cluster.get(&format!("{maps}?timeoutSeconds=5")).await.code,
        200
    );
}

#[tokio::test(start_paused = true)]
async fn k_03_generic_answers_have_empty_details() {
    let cluster = Cluster::start().await;
    let nowhere = cluster.get("/api/v1/nothings").await;
    assert_eq!(nowhere.json()["details"], json!({}));
    let refused = cluster.post("/api/v1/pods", &json!({})).await;
    assert_eq!(
        (refused.code, &refused.json()["details"]),
        (405, &json!({}))
    );
}

/// PodTopologyLabels: who is bound, or names its node, is told where that is.
#[tokio::test(start_paused = true)]
async fn pods_are_labelled_with_the_zone_of_their_node() {
    let cluster = Cluster::start().await;
    let (zone, region) = (
        "topology.kubernetes.io/zone",
        "topology.kubernetes.io/region",
    );
    let labels = json!({zone: "z", region: "r", "topology.kubernetes.io/rack": "k"});
    let node = json!({"metadata": {"name": "node-1", "labels": labels}});
    cluster.post("/api/v1/nodes", &node).await;
    let mut bound = pod("bound");
    bound["metadata"]["labels"] = json!({zone: "mine"});
    cluster.post(PODS, &bound).await;
    let binding = json!({
        "metadata": {"name": "bound", "labels": {"of": "binding"}}, "target": {"kind": "Node", "name": "node-1"},
    });
    cluster
        .post(&format!("{PODS}/bound/binding"), &binding)
        .await;
    let bound = cluster.get(&format!("{PODS}/bound")).await.json();
    assert_eq!(
        bound["metadata"]["labels"],
        json!({zone: "z", region: "r", "of": "binding"}),
        "whatever it said of itself"
    );
    let mut placed = pod("placed");
    placed["spec"]["nodeName"] = json!("node-1");
    let placed = cluster.post(PODS, &placed).await.json();
    assert_eq!(
        placed["metadata"]["labels"],
        json!({zone: "z", region: "r"})
    );
}
