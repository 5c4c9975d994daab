//! GC-06 to GC-10, JOBV-15, EV-01, NS-01.

use serde_json::{Value, json};

use crate::cluster::{CONFIG_MAPS, Cluster, JOBS, PODS, config_map, job, pod};

/// GC-10: removed → a Status with details; pods always answer the object.
#[tokio::test(start_paused = true)]
async fn what_is_gone_answers_a_status() {
    let cluster = Cluster::start().await;
    let made = cluster.post(CONFIG_MAPS, &config_map("one")).await.json();
    let gone = cluster
        .delete(&format!("{CONFIG_MAPS}/one"), &json!({}))
        .await;
    let details = json!({"name": "one", "kind": "configmaps", "uid": made["metadata"]["uid"]});
    assert_eq!((gone.code, &gone.json()["details"]), (200, &details));
    cluster.post(PODS, &pod("p")).await;
    assert_eq!(
        cluster
            .delete(&format!("{PODS}/p"), &json!({}))
            .await
            .json()["kind"],
        "Pod"
    );
    assert_eq!(
        cluster.get(&format!("{PODS}/p")).await.code,
        404,
        "never scheduled: gone at once (GC-09)"
    );
}

/// JOBV-15, GC-08: the job stays for its pods' sake, and the client is told.
#[tokio::test(start_paused = true)]
async fn a_job_deleted_without_a_policy_orphans_its_pods() {
    let cluster = Cluster::start().await;
    cluster.post(JOBS, &job("j")).await;
    let reply = cluster.ask("DELETE", &format!("{JOBS}/j"), &[], "").await;
    let kept = reply.json();
    assert_eq!(kept["metadata"]["finalizers"], json!(["orphan"]));
    assert_eq!(kept["metadata"]["generation"], 2);
    assert_eq!(kept["metadata"]["deletionGracePeriodSeconds"], 0);
    let warning = reply.headers["warning"].to_str().expect("text").to_owned();
    assert!(
        warning.starts_with("299 - \"child pods are preserved by default"),
        "{warning}"
    );
}

struct Policy {
    says: &'static str,
    options: Value,
    finalizers: Value,
}

#[tokio::test(start_paused = true)]
async fn the_policy_decides_the_finalizer() {
    let table = [
        Policy {
            says: "GC-01: background leaves nothing behind",
            options: json!({"propagationPolicy": "Background"}),
            finalizers: Value::Null,
        },
        Policy {
            says: "GC-02: foreground waits for the dependents",
            options: json!({"propagationPolicy": "Foreground"}),
            finalizers: json!(["foregroundDeletion"]),
        },
        Policy {
            says: "GC-03: orphan waits for the references to be taken out",
            options: json!({"propagationPolicy": "Orphan"}),
            finalizers: json!(["orphan"]),
        },
        Policy {
            says: "GC-06: the legacy form of background",
            options: json!({"orphanDependents": false}),
            finalizers: Value::Null,
        },
    ];
    let cluster = Cluster::start().await;
    for row in table {
        cluster.post(JOBS, &job("j")).await;
        let reply = cluster.delete(&format!("{JOBS}/j"), &row.options).await;
        assert_eq!(
            reply.json()["metadata"]["finalizers"],
            row.finalizers,
            "{}",
            row.says
        );
        cluster
            .patch(
                "merge",
                &format!("{JOBS}/j"),
                &json!({"metadata": {"finalizers": null}}),
            )
            .await;
        assert_eq!(
            cluster.get(&format!("{JOBS}/j")).await.code,
            404,
            "{}: GC-07",
            row.says
        );
    }
}

/// GC-06.
#[tokio::test(start_paused = true)]
async fn options_that_contradict_are_refused() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    let one = format!("{CONFIG_MAPS}/one");
    let both = json!({"orphanDependents": true, "propagationPolicy": "Orphan"});
    let reply = cluster.delete(&one, &both).await;
    assert_eq!(
        (reply.code, reply.json()["details"]["kind"].as_str()),
        (422, Some("DeleteOptions"))
    );
    let reply = cluster
        .delete(&one, &json!({"propagationPolicy": "Maybe"}))
        .await;
    assert_eq!(reply.code, 422);
    let reply = cluster
        .delete(&one, &json!({"preconditions": {"uid": "x"}}))
        .await;
    assert_eq!(reply.code, 409);
    assert!(
        reply
            .message()
            .contains("the UID in the precondition (x) does not match the UID in record (")
    );
}

/// GC-10: beside a body, the query says nothing, not even that it is only tried.
#[tokio::test(start_paused = true)]
async fn options_are_those_of_the_body_where_there_is_one() {
    let cluster = Cluster::start().await;
    let path = format!("{CONFIG_MAPS}/c?dryRun=All&propagationPolicy=None");
    for (body, code, left) in [
        ("", 422, 200),
        ("{\"dryRun\":[\"All\"]}", 200, 200),
        ("{}", 200, 404),
    ] {
        cluster.post(CONFIG_MAPS, &config_map("c")).await;
        let told = cluster.ask("DELETE", &path, &[], body).await;
        assert_eq!(told.code, code, "{body}: {}", told.text);
        let read = cluster.get(&format!("{CONFIG_MAPS}/c")).await;
        assert_eq!(read.code, left, "{body}");
    }
}

/// GC-10: options are what they are in whatever version they are said to be of, served or not.
#[tokio::test(start_paused = true)]
async fn options_are_of_any_group_and_version() {
    let cluster = Cluster::start().await;
    let one = format!("{CONFIG_MAPS}/one");
    for version in [
        "v1",
        "meta.k8s.io/v1",
        "batch/v1",
        "apps/v9",
        "nobody.example/v1alpha1",
        "",
    ] {
        cluster.post(CONFIG_MAPS, &config_map("one")).await;
        let options =
            json!({"kind": "DeleteOptions", "apiVersion": version, "gracePeriodSeconds": 0});
        let deleted = cluster.delete(&one, &options).await;
        assert_eq!(deleted.code, 200, "{version}: {}", deleted.text);
        assert_eq!(cluster.get(&one).await.code, 404, "{version}");
    }
}

/// GC-07: nothing may begin to hold what is on its way out.
#[tokio::test(start_paused = true)]
async fn no_finalizer_is_added_to_a_deleted_object() {
    let cluster = Cluster::start().await;
    let mut held = config_map("one");
    held["metadata"]["finalizers"] = json!(["example.com/hold"]);
    cluster.post(CONFIG_MAPS, &held).await;
    let one = format!("{CONFIG_MAPS}/one");
    assert!(
        cluster.delete(&one, &json!({})).await.json()["metadata"]["deletionTimestamp"].is_string()
    );
    let more = json!({"metadata": {"finalizers": ["example.com/hold", "example.com/more"]}});
    let reply = cluster.patch("merge", &one, &more).await;
    assert_eq!(reply.code, 422);
    assert!(
        reply
            .message()
            .contains("found new finalizers []string{\"example.com/more\"}"),
        "{}",
        reply.message()
    );
    let again = cluster.post(CONFIG_MAPS, &config_map("one")).await;
    assert!(
        again.message().starts_with("object is being deleted: "),
        "NAME-01: {}",
        again.message()
    );
}

/// GC-09, POD-01: grace from the pod, and only ever shorter.
#[tokio::test(start_paused = true)]
async fn a_bound_pod_gets_its_grace() {
    let cluster = Cluster::start().await;
    let path = format!("{PODS}/p");
    cluster.post(PODS, &pod("p")).await;
    let binding = json!({"metadata": {"name": "p"}, "target": {"kind": "Node", "name": "node-1"}});
    assert_eq!(
        cluster
            .post(&format!("{path}/binding"), &binding)
            .await
            .code,
        201
    );
    assert_eq!(
        cluster
            .post(&format!("{path}/binding"), &binding)
            .await
            .code,
        409,
        "bound once only"
    );
    let first = cluster.delete(&path, &json!({})).await.json();
    assert_eq!(first["metadata"]["deletionGracePeriodSeconds"], 30);
    assert_eq!(
        first["metadata"]["deletionTimestamp"],
        "2026-11-23T12:00:30Z"
    );
    let longer = cluster
        .delete(&path, &json!({"gracePeriodSeconds": 60}))
        .await
        .json();
    assert_eq!(
        longer["metadata"]["resourceVersion"],
        first["metadata"]["resourceVersion"]
    );
    let shorter = cluster
        .delete(&path, &json!({"gracePeriodSeconds": 5}))
        .await
        .json();
    assert_eq!(
        shorter["metadata"]["deletionTimestamp"],
        "2026-11-23T12:00:05Z"
    );
    cluster
        .delete(&path, &json!({"gracePeriodSeconds": 0}))
        .await;
    assert_eq!(cluster.get(&path).await.code, 404);
}

/// GC-09: no number is too large for a pod's grace.
#[tokio::test(start_paused = true)]
async fn a_grace_ends_before_time_does() {
    let cluster = Cluster::start().await;
    let path = format!("{PODS}/p");
    let mut patient = pod("p");
    patient["spec"]["terminationGracePeriodSeconds"] = json!(i64::MAX);
    cluster.post(PODS, &patient).await;
    let binding = json!({"metadata": {"name": "p"}, "target": {"kind": "Node", "name": "node-1"}});
    cluster.post(&format!("{path}/binding"), &binding).await;
    let end = async |options: Value| {
        let deleted = cluster.delete(&path, &options).await.json();
        deleted["metadata"]["deletionTimestamp"].clone()
    };
    assert_eq!(end(json!({})).await, "9999-12-30T22:00:00Z");
    let sooner = json!({"gracePeriodSeconds": 5});
    assert_eq!(end(sooner).await, "2026-11-23T12:00:05Z");
}

/// EV-01.
#[tokio::test(start_paused = true)]
async fn an_eviction_says_why() {
    let cluster = Cluster::start().await;
    let path = format!("{PODS}/p");
    cluster.post(PODS, &pod("p")).await;
    cluster
        .post(
            &format!("{path}/binding"),
            &json!({"metadata": {"name": "p"}, "target": {"name": "node-1"}}),
        )
        .await;
    let wrong = json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "q"}});
    assert_eq!(
        cluster.post(&format!("{path}/eviction"), &wrong).await.code,
        400
    );
    let right = json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p"}});
    assert_eq!(
        cluster.post(&format!("{path}/eviction"), &right).await.code,
        201
    );
    let evicted = cluster.get(&path).await.json();
    let conditions = evicted["status"]["conditions"]
        .as_array()
        .expect("conditions")
        .clone();
    assert!(
        conditions
            .iter()
            .any(|c| c["type"] == "DisruptionTarget" && c["reason"] == "EvictionByEvictionAPI")
    );
    assert!(evicted["metadata"]["deletionTimestamp"].is_string());
}

/// NS-01: nodes keep their leases in one that may be deleted, and none is ready without it.
#[tokio::test(start_paused = true)]
async fn ns_01_a_system_namespace_that_is_gone_comes_again() {
    let cluster = Cluster::start().await;
    let path = "/api/v1/namespaces/kube-node-lease";
    let before = cluster.get(path).await.json();
    let mut emptied = cluster.delete(path, &json!({})).await.json();
    assert_eq!(emptied["status"]["phase"], "Terminating");
    emptied["spec"]["finalizers"] = json!([]);
    let finalized = cluster.put(&format!("{path}/finalize"), &emptied).await;
    assert_eq!(finalized.code, 200, "{}", finalized.text);
    let again = cluster.get(path).await.json();
    assert_eq!(again["status"]["phase"], "Active", "{again}");
    assert_ne!(again["metadata"]["uid"], before["metadata"]["uid"]);
    let lease = json!({"metadata": {"name": "node-1"}, "spec": {"holderIdentity": "node-1"}});
    let leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
    assert_eq!(cluster.post(leases, &lease).await.code, 201);
}

/// NS-01: held by its content, closed to new content, gone when finalized.
#[tokio::test(start_paused = true)]
async fn a_namespace_goes_in_three_steps() {
    let cluster = Cluster::start().await;
    cluster
        .post("/api/v1/namespaces", &json!({"metadata": {"name": "n"}}))
        .await;
    let reply = cluster
        .delete("/api/v1/namespaces/n", &json!({}))
        .await
        .json();
    assert_eq!(
        (&reply["status"]["phase"], &reply["spec"]["finalizers"]),
        (&json!("Terminating"), &json!(["kubernetes"]))
    );
    let refused = cluster
        .post("/api/v1/namespaces/n/configmaps", &config_map("late"))
        .await;
    assert_eq!(
        (
            refused.code,
            &refused.json()["details"]["causes"][0]["reason"]
        ),
        (403, &json!("NamespaceTerminating"))
    );
    let mut emptied = reply;
    emptied["spec"]["finalizers"] = json!(["mine"]);
    let refused = cluster.put("/api/v1/namespaces/n/finalize", &emptied).await;
    assert_eq!(
        (refused.code, refused.message().as_str()),
        (
            422,
            "Namespace \"n\" is invalid: spec.finalizers[0]: Invalid value: \"mine\": name is neither a standard finalizer name nor is it fully qualified"
        )
    );
    emptied["spec"]["finalizers"] = json!([]);
    assert_eq!(
        cluster
            .put("/api/v1/namespaces/n/finalize", &emptied)
            .await
            .code,
        200
    );
    assert_eq!(cluster.get("/api/v1/namespaces/n").await.code, 404);
    assert_eq!(
        cluster
            .delete("/api/v1/namespaces/default", &json!({}))
            .await
            .code,
        403,
        "immortal"
    );
}

/// K-33: from a namespace that goes nobody is evicted, and nobody is bound in it; kubectl waits for its pods to go.
#[tokio::test(start_paused = true)]
async fn k_33_a_namespace_that_goes_takes_no_evictions_and_no_bindings() {
    let cluster = Cluster::start().await;
    let body = json!({"metadata": {"name": "n"}});
    cluster.post("/api/v1/namespaces", &body).await;
    let pods = "/api/v1/namespaces/n/pods";
    let made = cluster.post(pods, &pod("p")).await;
    assert_eq!(made.code, 201, "{}", made.text);
    cluster.delete("/api/v1/namespaces/n", &json!({})).await;
    let bodies = [
        (
            "eviction",
            json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p"}}),
        ),
        (
            "binding",
            json!({"metadata": {"name": "p"}, "target": {"kind": "Node", "name": "node-1"}}),
        ),
    ];
    for (door, body) in bodies {
        let refused = cluster.post(&format!("{pods}/p/{door}"), &body).await;
        let told = "pods \"p\" is forbidden: unable to create new content in namespace n because it is being terminated";
        assert_eq!((refused.code, refused.message().as_str()), (403, told));
        let cause = &refused.json()["details"]["causes"][0];
        assert_eq!(cause["reason"], "NamespaceTerminating", "{door}");
    }
    let left = cluster.get(&format!("{pods}/p")).await.json();
    assert_eq!(left["spec"].get("nodeName"), None);
    assert_eq!(left["metadata"].get("deletionTimestamp"), None);
}

/// GC-01 to GC-03: where no policy is named, a collector's finalizer that is there is one; a policy replaces it.
#[tokio::test(start_paused = true)]
async fn gc_01_finalizers_that_are_there_speak_where_no_policy_does() {
    let cluster = Cluster::start().await;
    let one = format!("{CONFIG_MAPS}/one");
    let rows = [
        (json!(["orphan"]), json!({}), json!(["orphan"])),
        (
            json!(["foregroundDeletion"]),
            json!({}),
            json!(["foregroundDeletion"]),
        ),
        (
            json!(["a.b/c", "orphan"]),
            json!({"propagationPolicy": "Foreground"}),
            json!(["a.b/c", "foregroundDeletion"]),
        ),
        (
            json!(["a.b/c", "orphan"]),
            json!({"propagationPolicy": "Background"}),
            json!(["a.b/c"]),
        ),
    ];
    for (finalizers, options, want) in rows {
        let mut body = config_map("one");
        body["metadata"]["finalizers"] = finalizers.clone();
        let made = cluster.post(CONFIG_MAPS, &body).await;
        assert_eq!(made.code, 201, "{}", made.text);
        let kept = cluster.delete(&one, &options).await.json();
        assert_eq!(
            kept["metadata"]["finalizers"], want,
            "{finalizers} {options}"
        );
        let freed = json!({"metadata": {"finalizers": null}});
        cluster.patch("merge", &one, &freed).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_collection_is_deleted_by_selector() {
    let cluster = Cluster::start().await;
    for name in ["a", "b"] {
        let mut object = config_map(name);
        object["metadata"]["labels"] = json!({"n": name});
        cluster.post(CONFIG_MAPS, &object).await;
    }
    let reply = cluster
        .ask(
            "DELETE",
            &format!("{CONFIG_MAPS}?labelSelector=n%3Da"),
            &[],
            "",
        )
        .await;
    assert_eq!(reply.json()["items"].as_array().expect("a list").len(), 1);
    let left = cluster.get(CONFIG_MAPS).await.json();
    assert_eq!(left["items"][0]["metadata"]["name"], "b");
}

/// Upstream has no such door: one word too few would empty every namespace.
#[tokio::test(start_paused = true)]
async fn nothing_is_deleted_over_all_namespaces() {
    let cluster = Cluster::start().await;
    for path in ["/api/v1/configmaps", "/apis/batch/v1/jobs"] {
        assert_eq!(cluster.delete(path, &json!({})).await.code, 405, "{path}");
    }
    let reply = cluster.delete("/api/v1/nodes", &json!({})).await;
    assert_eq!(reply.code, 200, "of the cluster: {}", reply.text);
}
