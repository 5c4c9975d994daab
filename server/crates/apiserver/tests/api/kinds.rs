//! The kinds beside the workloads: budgets, classes, Services, furniture.

use serde_json::{Value, json};

use crate::cluster::{Cluster, PODS, pod};

const BUDGETS: &str = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
const CLASSES: &str = "/apis/scheduling.k8s.io/v1/priorityclasses";

async fn running(cluster: &Cluster, name: &str) {
    let mut object = pod(name);
    object["metadata"]["labels"] = json!({"app": "a"});
    cluster.post(PODS, &object).await;
    let status = json!({"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}});
    cluster
        .patch("merge", &format!("{PODS}/{name}/status"), &status)
        .await;
}

async fn budget(cluster: &Cluster, name: &str, status: Value) {
    let object = json!({"metadata": {"name": name}, "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "a"}}}});
    let made = cluster.post(BUDGETS, &object).await;
    assert_eq!(made.code, 201, "{}", made.text);
    let path = format!("{BUDGETS}/{name}/status");
    let written = cluster
        .patch("merge", &path, &json!({"status": status}))
        .await;
    assert_eq!(written.code, 200, "{}", written.text);
}

#[tokio::test(start_paused = true)]
async fn ev_01_an_eviction_asks_the_budget() {
    let cluster = Cluster::start().await;
    running(&cluster, "one").await;
    running(&cluster, "two").await;
    budget(&cluster, "b", json!({"observedGeneration": 1, "expectedPods": 2, "desiredHealthy": 1, "currentHealthy": 2, "disruptionsAllowed": 1})).await;
    let evict = |name: &str| {
        (
            format!("{PODS}/{name}/eviction"),
            json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}),
        )
    };
    let (path, body) = evict("one");
    let reply = cluster.post(&path, &body).await;
    assert_eq!(reply.code, 201, "{}", reply.text);
    let taken = cluster.get(&format!("{BUDGETS}/b")).await.json();
    assert_eq!(taken["status"]["disruptionsAllowed"], 0);
    assert_eq!(
        taken["status"]["conditions"],
        json!([{
            "type": "DisruptionAllowed", "status": "False", "reason": "InsufficientPods", "message": "",
            "observedGeneration": 1, "lastTransitionTime": "2026-11-23T12:00:00Z",
        }])
    );
    assert_eq!(
        taken["status"]["disruptedPods"],
        json!({"one": "2026-11-23T12:00:00Z"})
    );
    let (path, body) = evict("two");
    let reply = cluster.post(&path, &body).await;
    assert_eq!(
        (reply.code, reply.message().as_str()),
        (
            429,
            "Cannot evict pod as it would violate the pod's disruption budget."
        )
    );
    assert_eq!(
        reply.headers.get("retry-after"),
        None,
        "kubectl would wait in silence"
    );
    assert_eq!(
        reply.json()["details"]["causes"],
        json!([{"reason": "DisruptionBudget", "message": "The disruption budget b needs 1 healthy pods and has 2 currently"}])
    );
    budget(&cluster, "second", json!({})).await;
    let reply = cluster.post(&path, &body).await;
    assert_eq!(
        reply.json(),
        json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": 500,
            "message": "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
        }),
    );
    cluster.post(PODS, &json!({"metadata": {"name": "waiting", "labels": {"app": "a"}}, "spec": pod("x")["spec"]})).await;
    let (path, body) = evict("waiting");
    assert_eq!(
        cluster.post(&path, &body).await.code,
        201,
        "a pending pod asks nobody"
    );
}

/// A budget that its controller has yet to look at is asked again by the client itself, and a rehearsal or a
/// refusal takes nothing from one.
#[tokio::test(start_paused = true)]
async fn ev_01_a_budget_that_nobody_looked_at_lets_nobody_go() {
    let cluster = Cluster::start().await;
    running(&cluster, "one").await;
    budget(&cluster, "b", json!({"observedGeneration": 0, "expectedPods": 1, "desiredHealthy": 0, "currentHealthy": 1, "disruptionsAllowed": 1})).await;
    let path = format!("{PODS}/one/eviction");
    let body = |options: Value| json!({"metadata": {"name": "one"}, "deleteOptions": options});
    let reply = cluster.post(&path, &body(json!({}))).await;
    let details = &reply.json()["details"];
    assert_eq!(
        (
            reply.code,
            &details["retryAfterSeconds"],
            &details["causes"]
        ),
        (
            429,
            &json!(10),
            &json!([{
                "reason": "DisruptionBudget",
                "message": "The disruption budget b is still being processed by the server.",
            }])
        )
    );
    assert_eq!(reply.headers["retry-after"], "10");
    let looked_at = json!({"status": {"observedGeneration": 1}});
    let looked_at = cluster
        .patch("merge", &format!("{BUDGETS}/b/status"), &looked_at)
        .await;
    assert_eq!(looked_at.code, 200, "{}", looked_at.text);
    let elsewhere = json!({"metadata": {"name": "one", "namespace": "kube-system"}});
    let elsewhere = cluster.post(&path, &elsewhere).await;
    assert_eq!(
        (elsewhere.code, elsewhere.message().as_str()),
        (
            400,
            "the namespace of the provided object does not match the namespace sent on the request: \
             \"kube-system\" and \"default\""
        )
    );
    let rehearsed = cluster.post(&path, &body(json!({"dryRun": ["All"]}))).await;
    assert_eq!(rehearsed.code, 201, "{}", rehearsed.text);
    let rehearsed = cluster
        .post(&format!("{path}?dryRun=All"), &body(json!({})))
        .await;
    assert_eq!(rehearsed.code, 201, "{}", rehearsed.text);
    let left = cluster.get(&format!("{BUDGETS}/b")).await.json();
    assert_eq!(left["status"]["disruptionsAllowed"], 1);
    let pod = cluster.get(&format!("{PODS}/one")).await.json();
    assert_eq!(pod["metadata"].get("deletionTimestamp"), None);
}

#[tokio::test(start_paused = true)]
async fn a_pods_priority_comes_from_its_class() {
    let cluster = Cluster::start().await;
    let classes = cluster.get(CLASSES).await.json();
    let names: Vec<_> = classes["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|c| c["metadata"]["name"].clone())
        .collect();
    assert_eq!(names, ["system-cluster-critical", "system-node-critical"]);
    cluster
        .post(
            CLASSES,
            &json!({"metadata": {"name": "high"}, "value": 7, "preemptionPolicy": "Never"}),
        )
        .await;
    let with = |name: &str, class: &str| {
        let mut object = pod(name);
        object["spec"]["priorityClassName"] = json!(class);
        object
    };
    let made = cluster.post(PODS, &with("a", "high")).await.json();
    assert_eq!(
        (&made["spec"]["priority"], &made["spec"]["preemptionPolicy"]),
        (&json!(7), &json!("Never"))
    );
    let refused = cluster.post(PODS, &with("b", "none")).await;
    assert_eq!(
        (refused.code, refused.message().as_str()),
        (
            403,
            "pods \"b\" is forbidden: no PriorityClass with name none was found"
        )
    );
    let mut wrong = with("c", "high");
    wrong["spec"]["priority"] = json!(8);
    let refused = cluster.post(PODS, &wrong).await;
    assert!(
        refused.code == 403 && refused.message().contains("computed 7"),
        "{}",
        refused.text
    );
    cluster
        .post(
            CLASSES,
            &json!({"metadata": {"name": "usual"}, "value": 3, "globalDefault": true}),
        )
        .await;
    let made = cluster.post(PODS, &pod("d")).await.json();
    assert_eq!(
        (
            &made["spec"]["priority"],
            &made["spec"]["priorityClassName"]
        ),
        (&json!(3), &json!("usual"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_namespace_keeps_its_furniture() {
    let cluster = Cluster::start().await;
    let account = "/api/v1/namespaces/default/serviceaccounts/default";
    let first = cluster.get(account).await.json();
    cluster.delete(account, &json!({})).await;
    let second = cluster.get(account).await;
    assert_eq!(second.code, 200);
    assert_ne!(second.json()["metadata"]["uid"], first["metadata"]["uid"]);
    let accounts = "/api/v1/namespaces/default/serviceaccounts";
    cluster.delete(accounts, &json!({})).await;
    let third = cluster.get(account).await;
    assert_eq!(third.code, 200, "it went with all others");
    assert_ne!(
        third.json()["metadata"]["uid"],
        second.json()["metadata"]["uid"]
    );
    let service = "/api/v1/namespaces/default/services/kubernetes";
    cluster.delete(service, &json!({})).await;
    let service = cluster.get(service).await.json();
    assert_eq!(
        (
            &service["spec"]["ports"][0]["port"],
            &service["spec"]["clusterIP"]
        ),
        (&json!(443), &json!("10.96.0.1"))
    );
}

/// K-03: with seconds where clients shall ask again by themselves.
#[tokio::test(start_paused = true)]
async fn k_03_a_budget_that_nobody_has_counted_yet_says_when_to_ask_again() {
    let cluster = Cluster::start().await;
    running(&cluster, "p").await;
    let object = json!({"metadata": {"name": "b"}, "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "a"}}}});
    cluster.post(BUDGETS, &object).await;
    let eviction = json!({"metadata": {"name": "p"}});
    let reply = cluster.post(&format!("{PODS}/p/eviction"), &eviction).await;
    let status = reply.json();
    assert_eq!(
        (
            reply.code,
            &status["reason"],
            &status["details"]["retryAfterSeconds"]
        ),
        (429, &json!("TooManyRequests"), &json!(10))
    );
    assert_eq!(reply.headers["retry-after"], "10");
    assert_eq!(
        status["details"]["causes"][0]["message"],
        "The disruption budget b is still being processed by the server."
    );
}

/// What upstream's allocators and validation refuse of a service, and what an update may not move.
#[tokio::test(start_paused = true)]
async fn wrong_services_are_told_so() {
    const SERVICES: &str = "/api/v1/namespaces/default/services";
    let cluster = Cluster::start().await;
    let service = |spec: Value| json!({"metadata": {"name": "s"}, "spec": spec});
    let rows = [
        (
            json!({"clusterIP": "foo", "ports": [{"port": 80}]}),
            "spec.clusterIPs[0]: Invalid value: \"foo\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
        ),
        (
            json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": 1}]}),
            "spec.ports[0].nodePort: Invalid value: 1: provided port is not in the valid range. The range of valid ports is 30000-32767",
        ),
        (
            json!({"type": "ExternalName"}),
            "spec.externalName: Required value",
        ),
    ];
    for (spec, why) in rows {
        let reply = cluster.post(SERVICES, &service(spec)).await;
        let told = format!("Service \"s\" is invalid: {why}");
        assert_eq!((reply.code, reply.message()), (422, told));
    }
    let spec = json!({"clusterIP": "10.96.0.9", "ports": [{"port": 80}]});
    let made = cluster.post(SERVICES, &service(spec)).await;
    assert_eq!(made.json()["spec"]["clusterIPs"], json!(["10.96.0.9"]));
    let moved = json!({"spec": {"clusterIP": "10.96.0.10"}});
    let reply = cluster
        .patch("merge", &format!("{SERVICES}/s"), &moved)
        .await;
    let why = "Service \"s\" is invalid: spec.clusterIPs[0]: Invalid value: [\"10.96.0.10\"]: may not change once set";
    assert_eq!((reply.code, reply.message().as_str()), (422, why));
}

/// Addresses and ports are drawn from what no other Service has, and told apart across namespaces.
#[tokio::test(start_paused = true)]
async fn services_are_given_addresses_and_ports() {
    let services = |namespace: &str| format!("/api/v1/namespaces/{namespace}/services");
    let service = |name: &str, spec: Value| json!({"metadata": {"name": name}, "spec": spec});
    let spec = || json!({"type": "NodePort", "selector": {"a": "b"}, "ports": [{"port": 80}]});
    let cluster = Cluster::start().await;
    let first = cluster
        .post(&services("default"), &service("one", spec()))
        .await
        .json();
    let (address, port) = (
        &first["spec"]["clusterIP"],
        &first["spec"]["ports"][0]["nodePort"],
    );
    assert_eq!(
        (
            &first["spec"]["clusterIPs"],
            &first["spec"]["ipFamilies"],
            &first["spec"]["ipFamilyPolicy"]
        ),
        (&json!([address]), &json!(["IPv4"]), &json!("SingleStack"))
    );
    assert!(
        port.as_i64()
            .is_some_and(|port| (30_000..=32_767).contains(&port)),
        "{port}"
    );
    let twin = Cluster::start().await;
    let again = twin
        .post(&services("default"), &service("one", spec()))
        .await
        .json();
    assert_eq!(again["spec"], first["spec"], "the same seed draws the same");
    let refused = [
        (
            json!({"clusterIP": address, "ports": [{"port": 80}]}),
            format!("spec.clusterIPs: Invalid value: [{address}]: failed to allocate IP {}: provided IP is already allocated", address.as_str().expect("an address")),
        ),
        (
            json!({"clusterIP": "10.96.0.1", "ports": [{"port": 80}]}),
            "spec.clusterIPs: Invalid value: [\"10.96.0.1\"]: failed to allocate IP 10.96.0.1: provided IP is already allocated".to_owned(),
        ),
        (
            json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": port}]}),
            format!("spec.ports[0].nodePort: Invalid value: {port}: provided port is already allocated"),
        ),
    ];
    for (spec, why) in refused {
        let reply = cluster
            .post(&services("kube-system"), &service("two", spec))
            .await;
        let told = format!("Service \"two\" is invalid: {why}");
        assert_eq!((reply.code, reply.message()), (422, told));
    }
    let dry = format!("{}?dryRun=All", services("default"));
    let dry = cluster.post(&dry, &service("dry", spec())).await.json();
    assert_eq!(
        (
            &dry["spec"]["clusterIP"],
            &dry["spec"]["ports"][0]["nodePort"]
        ),
        (&json!("10.96.0.0"), &json!(32_769)),
        "nothing is looked for"
    );
    let one = format!("{}/one", services("default"));
    let named = json!({"spec": {"type": "ExternalName", "externalName": "a.b", "externalTrafficPolicy": null}});
    let named = cluster.patch("merge", &one, &named).await.json();
    assert_eq!(named["spec"]["clusterIP"], json!(null));
    let taken = json!({"clusterIP": address, "ports": [{"port": 80, "nodePort": null}]});
    let taken = cluster
        .post(&services("kube-system"), &service("two", taken))
        .await;
    assert_eq!(taken.code, 201, "what was let go is free: {}", taken.text);
    let back = json!({"spec": {"type": "NodePort", "externalName": null}});
    let back = cluster.patch("merge", &one, &back).await.json();
    assert!(back["spec"]["clusterIP"].is_string() && back["spec"]["clusterIP"] != *address);
    assert!(back["spec"]["ports"][0]["nodePort"].is_i64(), "{back}");
    let put = cluster.put(&one, &service("one", spec())).await.json();
    assert_eq!(
        put["spec"], back["spec"],
        "who says nothing of it keeps what there is"
    );
}

/// As upstream's reconciler writes them, unless nobody but this machine could use what they say.
#[tokio::test(start_paused = true)]
async fn the_endpoints_of_the_api_say_where_it_is() {
    let path = "/api/v1/namespaces/default/endpoints/kubernetes";
    let cluster = Cluster::at("192.0.2.1:6443".parse().expect("a literal address")).await;
    let subsets = json!([{
        "addresses": [{"ip": "192.0.2.1"}],
        "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}],
    }]);
    let told = cluster.get(path).await.json();
    assert_eq!(
        (&told["subsets"], &told["metadata"]["labels"]),
        (
            &subsets,
            &json!({"endpointslice.kubernetes.io/skip-mirror": "true"})
        )
    );
    let slice = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes";
    let told = cluster.get(slice).await.json();
    assert_eq!(
        (&told["addressType"], &told["endpoints"], &told["ports"]),
        (
            &json!("IPv4"),
            &json!([{"addresses": ["192.0.2.1"], "conditions": {"ready": true}}]),
            &json!([{"name": "https", "port": 6443, "protocol": "TCP"}]),
        )
    );
    for path in [path, slice] {
        cluster.delete(path, &json!({})).await;
        assert_eq!(cluster.get(path).await.code, 200, "again: {path}");
    }
    assert_eq!(cluster.get(path).await.json()["subsets"], subsets, "again");
    for address in ["127.0.0.1:6443", "[::]:6443", "[fe80::1]:6443"] {
        let cluster = Cluster::at(address.parse().expect("a literal address")).await;
        let told = cluster.get(path).await;
        assert!(
            told.code == 404 || told.json().get("subsets").is_none(),
            "{address}: {}",
            told.text
        );
        assert_eq!(cluster.get(slice).await.code, 404, "{address}");
    }
    assert_eq!(Cluster::start().await.get(path).await.code, 404);
}
