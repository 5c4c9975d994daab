//! What Headlamp's pages ask, in the forms that its front end sends (`frontend/src/lib/k8s/api` of
//! kubernetes-sigs/headlamp), and what its code reads out of the answers. Its WebSockets name a
//! subprotocol and are read as text; its own server passes all of it on.

use serde_json::{Value, json};

use crate::cluster::{CRON_JOBS, Cluster, JOBS, PODS, job, pod};
use crate::socket::{Socket, refusal};

/// Every kind that it lists and that is served here.
const LISTED: [(&str, &str); 18] = [
    ("/api/v1/configmaps", "ConfigMap"),
    ("/api/v1/endpoints", "Endpoints"),
    ("/api/v1/events", "Event"),
    ("/api/v1/namespaces", "Namespace"),
    ("/api/v1/nodes", "Node"),
    ("/api/v1/pods", "Pod"),
    ("/api/v1/secrets", "Secret"),
    ("/api/v1/serviceaccounts", "ServiceAccount"),
    ("/api/v1/services", "Service"),
    ("/apis/apps/v1/controllerrevisions", "ControllerRevision"),
    ("/apis/apps/v1/daemonsets", "DaemonSet"),
    ("/apis/batch/v1/cronjobs", "CronJob"),
    ("/apis/batch/v1/jobs", "Job"),
    ("/apis/coordination.k8s.io/v1/leases", "Lease"),
    ("/apis/discovery.k8s.io/v1/endpointslices", "EndpointSlice"),
    ("/apis/events.k8s.io/v1/events", "Event"),
    (
        "/apis/policy/v1/poddisruptionbudgets",
        "PodDisruptionBudget",
    ),
    (
        "/apis/scheduling.k8s.io/v1/priorityclasses",
        "PriorityClass",
    ),
];
const BASE64: &str = "base64.binary.k8s.io";
/// `secret` in base64, as a browser's client says its token.
const BEARER: &str = "base64url.bearer.authorization.k8s.io.c2VjcmV0";

#[tokio::test(start_paused = true)]
async fn headlamp_finds_lists_and_watches_every_kind() {
    let cluster = Cluster::start().await;
    cluster.post(PODS, &pod("p")).await;
    let accept = "application/json;v=v2;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList";
    let mut found = Vec::new();
    for path in ["/api", "/apis"] {
        let reply = cluster
            .ask("GET", path, &[("accept", accept)], "")
            .await
            .json();
        for group in reply["items"].as_array().expect("it wants an array") {
            let version = &group["versions"][0];
            for resource in version["resources"].as_array().expect("resources") {
                let verbs = resource["verbs"].as_array().expect("verbs");
                if verbs.contains(&json!("list")) {
                    let name = group["metadata"]["name"].as_str().unwrap_or_default();
                    let root = if name.is_empty() {
                        "/api".to_owned()
                    } else {
                        format!("/apis/{name}")
                    };
                    let plural = resource["resource"].as_str().expect("a plural");
                    let version = version["version"].as_str().expect("a version");
                    assert!(matches!(
                        resource["scope"].as_str(),
                        Some("Namespaced" | "Cluster")
                    ));
                    found.push((
                        format!("{root}/{version}/{plural}"),
                        resource["responseKind"]["kind"].clone(),
                    ));
                }
            }
        }
    }
    for (path, kind) in LISTED {
        assert!(
            found.contains(&(path.to_owned(), json!(kind))),
            "{path} is discovered"
        );
        let list = cluster.get(path).await.json();
        assert_eq!(
            list["kind"],
            format!("{kind}List"),
            "it cuts List off the kind"
        );
        assert!(
            list["items"].is_array() && list["apiVersion"].is_string(),
            "{path}"
        );
        let version = list["metadata"]["resourceVersion"]
            .as_str()
            .expect("it watches from there");
        let watch = format!("{path}?watch=1&resourceVersion={version}");
        let socket = Socket::open(&cluster, &watch, &[BASE64, BEARER])
            .await
            .expect("a socket");
        assert_eq!(
            socket.protocol.as_deref(),
            Some(BASE64),
            "and never the token"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn headlamp_hears_of_changes_over_websocket() {
    let cluster = Cluster::start().await;
    cluster.post(PODS, &pod("p")).await;
    let list = cluster.get("/api/v1/pods?limit=1000").await.json();
    let version = list["metadata"]["resourceVersion"]
        .as_str()
        .expect("a version")
        .to_owned();
    let all = format!("/api/v1/pods?limit=1000&watch=1&resourceVersion={version}");
    let mut all = Socket::open(&cluster, &all, &[BEARER, BASE64])
        .await
        .expect("a socket");
    let one = format!("{PODS}?watch=1&fieldSelector=metadata.name%3Dp");
    let mut one = Socket::open(&cluster, &one, &[BASE64, BEARER])
        .await
        .expect("a socket");
    let newer = "/apis/events.k8s.io/v1/namespaces/default/events?watch=1";
    let mut newer = Socket::open(&cluster, newer, &[BASE64, BEARER])
        .await
        .expect("a socket");

    let first = one.event().await.expect("what is there");
    assert_eq!(
        (&first["type"], &first["object"]["metadata"]["name"]),
        (&json!("ADDED"), &json!("p"))
    );
    let path = format!("{PODS}/p");
    cluster
        .patch("merge", &path, &json!({"metadata": {"labels": {"a": "b"}}}))
        .await;
    cluster.delete(&path, &json!({})).await;
    for socket in [&mut all, &mut one] {
        for kind in ["MODIFIED", "DELETED"] {
            let event = socket.event().await.expect("an event");
            assert_eq!(event["type"], kind, "{event}");
            assert_eq!(event["object"]["kind"], "Pod");
            assert!(
                event["object"]["metadata"]["uid"].is_string(),
                "it keeps objects by uid"
            );
        }
    }
    let told = json!({
        "metadata": {"name": "e"}, "reason": "Because", "message": "so", "type": "Normal",
        "involvedObject": {"kind": "Pod", "namespace": "default", "name": "p"},
    });
    cluster
        .post("/api/v1/namespaces/default/events", &told)
        .await;
    let event = newer.event().await.expect("an event");
    assert_eq!(event["object"]["apiVersion"], "events.k8s.io/v1");
    assert_eq!(
        event["object"]["note"], "so",
        "under the newer names over this way, too"
    );
}

/// K-12: the end of a watch closes its socket, and an error is an event as in a plain one.
#[tokio::test(start_paused = true)]
async fn k_12_a_watch_over_websocket_ends_as_any_other() {
    let cluster = Cluster::with_history(4).await;
    for at in 0..20 {
        cluster.post(PODS, &pod(&format!("p{at}"))).await;
    }
    let brief = format!(
        "{PODS}?watch=1&resourceVersion=0&timeoutSeconds=5&fieldSelector=metadata.name%3Dp1"
    );
    let mut brief = Socket::open(&cluster, &brief, &[BASE64, BEARER])
        .await
        .expect("a socket");
    assert_eq!(brief.event().await.expect("it is there")["type"], "ADDED");
    assert_eq!(brief.event().await, None, "closed after five seconds");
    let old = format!("{PODS}?watch=1&resourceVersion=2");
    let mut old = Socket::open(&cluster, &old, &[BASE64, BEARER])
        .await
        .expect("a socket");
    let event = old.event().await.expect("an error");
    assert_eq!(
        (&event["type"], &event["object"]["code"]),
        (&json!("ERROR"), &json!(410))
    );
    assert_eq!(old.event().await, None);
    let nobody = "base64url.bearer.authorization.k8s.io.Z3Vlc3M";
    for (protocols, path, code) in [
        (vec![BASE64, nobody], PODS, 401),
        (vec![BASE64], PODS, 401),
        (vec![BASE64, BEARER], "/api/v1/nothing", 404),
        (
            vec![BASE64, BEARER],
            "/api/v1/pods?fieldSelector=spec.x%3D1",
            400,
        ),
    ] {
        let separator = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{separator}watch=1");
        let refused = Socket::open(&cluster, &path, &protocols).await.err();
        assert_eq!(refusal(refused.expect("refused")).0, code, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn headlamp_applies_by_post_and_put() {
    let cluster = Cluster::start().await;
    // its factory looks the kind's plural up
    let resources = cluster.get("/apis/batch/v1").await.json();
    let kind = resources["resources"].as_array().expect("resources").iter();
    let kind = kind
        .filter(|r| r["kind"] == "Job" && r["name"] == "jobs")
        .count();
    assert_eq!(kind, 1);
    let strict = format!("{JOBS}?fieldValidation=Strict");
    let made = cluster.post(&strict, &job("j")).await;
    assert_eq!(made.code, 201, "{}", made.text);
    let again = cluster.post(&strict, &job("j")).await;
    assert_eq!(
        (again.code, again.json()["reason"].clone()),
        (409, json!("AlreadyExists"))
    );
    // then it puts what it has: with a version where the object was edited, without where it was pasted
    let mut edited = made.json();
    edited["metadata"]["labels"]["team"] = json!("x");
    let one = format!("{JOBS}/j?fieldValidation=Strict");
    assert_eq!(cluster.put(&one, &edited).await.code, 200);
    let stale = cluster.put(&one, &edited).await;
    assert_eq!(
        (stale.code, stale.json()["reason"].clone()),
        (409, json!("Conflict"))
    );
    let mut pasted = job("j");
    pasted["metadata"]["labels"] = json!({"team": "y"});
    pasted["spec"]["suspend"] = json!(true);
    let put = cluster.put(&one, &pasted).await;
    assert_eq!(
        put.code, 422,
        "the pod's template is immutable and its labels were the server's: {}",
        put.text
    );
    let mut wrong = job("k");
    wrong["spec"]["paralelism"] = json!(2);
    let refused = cluster.post(&strict, &wrong).await;
    assert_eq!(refused.code, 400, "Strict tells what was mistyped");
    assert!(
        refused
            .message()
            .contains("unknown field \"spec.paralelism\""),
        "{}",
        refused.message()
    );
    let trial = cluster
        .post(&format!("{strict}&dryRun=All"), &job("k"))
        .await;
    assert_eq!(
        (trial.code, cluster.get(&format!("{JOBS}/k")).await.code),
        (201, 404)
    );
}

#[tokio::test(start_paused = true)]
async fn headlamp_presses_its_buttons() {
    let cluster = Cluster::start().await;
    let cron_job = json!({"metadata": {"name": "c"}, "spec": {
        "schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": {"spec": {
            "restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}}}}});
    let made = cluster.post(CRON_JOBS, &cron_job).await.json();
    // suspend
    let path = format!("{CRON_JOBS}/c");
    let suspended = cluster
        .patch("merge", &path, &json!({"spec": {"suspend": true}}))
        .await
        .json();
    assert_eq!(suspended["spec"]["suspend"], true);
    // run now
    let mut run = made["spec"]["jobTemplate"].clone();
    run["apiVersion"] = json!("batch/v1");
    run["kind"] = json!("Job");
    run["metadata"] = json!({
        "name": "c-manual-1", "namespace": "default",
        "annotations": {"cronjob.kubernetes.io/instantiate": "manual"},
        "ownerReferences": [{"apiVersion": "batch/v1", "kind": "CronJob", "name": "c", "uid": made["metadata"]["uid"], "controller": true}],
    });
    assert_eq!(cluster.post(JOBS, &run).await.code, 201);
    // restart
    let sets = "/apis/apps/v1/namespaces/default/daemonsets";
    let set = json!({"metadata": {"name": "d"}, "spec": {
        "selector": {"matchLabels": {"a": "d"}},
        "template": {"metadata": {"labels": {"a": "d"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}}});
    cluster.post(sets, &set).await;
    let restart = json!({"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "2026-11-23T12:00:00Z"}}}}});
    for (kind, generation) in [("merge", 2), ("strategic-merge", 2)] {
        let patched = cluster
            .patch(kind, &format!("{sets}/d"), &restart)
            .await
            .json();
        assert_eq!(
            patched["metadata"]["generation"], generation,
            "once: the second changes nothing"
        );
    }
    let mut whole = cluster.get(&format!("{sets}/d")).await.json();
    whole["spec"]["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"] =
        json!("2026-11-23T13:00:00Z");
    let put = cluster.put(&format!("{sets}/d"), &whole).await.json();
    assert_eq!(put["metadata"]["generation"], 3);
    // cordon, evict, delete by force
    cluster
        .post("/api/v1/nodes", &json!({"metadata": {"name": "n"}}))
        .await;
    let cordon = json!({"spec": {"unschedulable": true}});
    let node = cluster
        .patch("merge", "/api/v1/nodes/n", &cordon)
        .await
        .json();
    assert_eq!(node["spec"]["unschedulable"], true);
    cluster.post(PODS, &pod("p")).await;
    let eviction = json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p", "namespace": "default"}});
    assert_eq!(
        cluster
            .post(&format!("{PODS}/p/eviction"), &eviction)
            .await
            .code,
        201
    );
    cluster.post(PODS, &pod("q")).await;
    let gone = cluster
        .ask("DELETE", &format!("{PODS}/q?gracePeriodSeconds=0"), &[], "")
        .await;
    assert_eq!(gone.code, 200);
    let gone = cluster
        .ask(
            "DELETE",
            &format!("{JOBS}/c-manual-1?propagationPolicy=Background"),
            &[],
            "",
        )
        .await;
    assert_eq!(gone.code, 200);
}

#[tokio::test(start_paused = true)]
async fn headlamp_asks_what_it_may_what_there_is_and_what_has_happened() {
    let cluster = Cluster::start().await;
    let version = cluster.get("/version").await.json();
    assert!(
        version["gitVersion"]
            .as_str()
            .is_some_and(|v| v.starts_with("v1.36")),
        "{version}"
    );
    assert_eq!(cluster.get("/healthz").await.text, "ok");
    let may = json!({"spec": {"resourceAttributes": {
        "verb": "update", "resource": "cronjobs", "group": "batch", "version": "v1", "namespace": "default", "name": "c", "subresource": ""}}});
    let access = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let reply = cluster.post(access, &may).await;
    assert_eq!(
        (reply.code, reply.json()["status"]["allowed"].clone()),
        (201, json!(true))
    );
    let rules = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
    let rules = cluster
        .post(rules, &json!({"spec": {"namespace": "default"}}))
        .await
        .json();
    assert!(rules["status"]["resourceRules"].is_array(), "{rules}");
    let events = "/api/v1/namespaces/default/events?limit=2000&fieldSelector=involvedObject.kind%3DPod,involvedObject.name%3Dp";
    assert!(cluster.get(events).await.json()["items"].is_array());
    // definitions that it shows beside the editor
    let documents = cluster.get("/openapi/v2").await.json();
    let job = &documents["definitions"]["io.k8s.api.batch.v1.Job"];
    assert_eq!(job["x-kubernetes-group-version-kind"][0]["kind"], "Job");
    // it goes on without what is not there: kinds, custom kinds, and metrics before a node is
    for path in [
        "/apis/apps/v1/deployments",
        "/api/v1/persistentvolumeclaims",
    ] {
        let missing = cluster.get(path).await;
        assert_eq!(
            (missing.code, missing.json()["kind"].clone()),
            (404, json!("Status")),
            "{path}"
        );
    }
    let custom = cluster
        .get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")
        .await;
    assert_eq!(custom.json()["items"], Value::Array(Vec::new()));
    assert_eq!(
        cluster.get("/apis/metrics.k8s.io/v1beta1/nodes").await.code,
        503
    );
}
