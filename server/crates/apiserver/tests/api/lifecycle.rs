//! From the first write to the last: names, versions, generations, grace. NAME-01, API-01, GC-06 to
//! GC-10, POD-01, JOBV-15, DSV-08, EV-01.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::cluster::{CONFIG_MAPS, CRON_JOBS, Cluster, JOBS, PODS, Reply, config_map, job, pod};

const DAEMON_SETS: &str = "/apis/apps/v1/namespaces/default/daemonsets";
const REVISIONS: &str = "/apis/apps/v1/namespaces/default/controllerrevisions";

fn cron_job(name: &str) -> Value {
    json!({"metadata": {"name": name}, "spec": {
        "schedule": "* * * * *", "jobTemplate": {"spec": job("x")["spec"]},
    }})
}

fn daemon_set(name: &str) -> Value {
    let labels = json!({"a": "b"});
    json!({"metadata": {"name": name}, "spec": {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pod("x")["spec"]},
    }})
}

fn revision(name: &str) -> Value {
    json!({"metadata": {"name": name}, "data": {"a": 1}, "revision": 1})
}

fn version(object: &Value) -> &str {
    object["metadata"]["resourceVersion"]
        .as_str()
        .expect("an object has a version")
}

/// A generated name on a cluster where those are taken: each cluster draws the same letters.
async fn generated(taken: &[String]) -> Reply {
    let cluster = Cluster::start().await;
    for at in 0..8 {
        let other = format!("other-{at}");
        let name = taken.get(at).unwrap_or(&other);
        cluster.post(CONFIG_MAPS, &config_map(name)).await;
    }
    let body = json!({"metadata": {"generateName": "x-"}});
    cluster.post(CONFIG_MAPS, &body).await
}

#[tokio::test(start_paused = true)]
async fn name_01_eight_names_are_tried() {
    let mut taken = Vec::new();
    for attempt in 1..=8 {
        let made = generated(&taken).await;
        assert_eq!(made.code, 201, "attempt {attempt}: {}", made.text);
        let name = made.json()["metadata"]["name"].clone();
        taken.push(name.as_str().expect("a name").to_owned());
    }
    assert_eq!(taken.iter().collect::<BTreeSet<_>>().len(), 8);
    let refused = generated(&taken).await;
    let last = &taken[7];
    assert_eq!(
        (refused.code, refused.message()),
        (
            409,
            format!(
                "configmaps \"{last}\" already exists, the server was not able to generate a unique name for the object"
            )
        )
    );
    assert_eq!(refused.json()["reason"], "AlreadyExists");
    assert_eq!(refused.json()["details"]["retryAfterSeconds"], 1);
}

#[tokio::test(start_paused = true)]
async fn api_01_updates_of_every_workload() {
    let cluster = Cluster::start().await;
    for (path, body) in [
        (JOBS, job("x")),
        (CRON_JOBS, cron_job("x")),
        (DAEMON_SETS, daemon_set("x")),
        (REVISIONS, revision("x")),
        (PODS, pod("x")),
    ] {
        let object = format!("{path}/x");
        let missing = cluster.put(&object, &body).await;
        assert_eq!(missing.code, 404, "{path}: PUT never creates");
        let made = cluster.post(path, &body).await.json();
        let mut changed = made.clone();
        changed["metadata"]["labels"]["c"] = json!("d");
        for field in ["resourceVersion", "uid"] {
            changed["metadata"]
                .as_object_mut()
                .expect("metadata")
                .remove(field);
        }
        changed["metadata"]["generation"] = json!(77);
        let put = cluster.put(&object, &changed).await;
        assert_eq!(put.code, 200, "{path}: unconditional: {}", put.text);
        let put = put.json();
        assert_eq!(
            (&put["metadata"]["uid"], &put["metadata"]["generation"]),
            (&made["metadata"]["uid"], &made["metadata"]["generation"]),
            "{path}: the uid is filled in, the generation ignored"
        );
        let stale = cluster.put(&object, &made).await;
        assert_eq!(
            (stale.code, stale.json()["reason"].clone()),
            (409, json!("Conflict")),
            "{path}"
        );
        let mut other = put.clone();
        other["metadata"]["uid"] = json!("another");
        assert_eq!(cluster.put(&object, &other).await.code, 409, "{path}");
        let query = format!("{path}?watch=true&resourceVersion={}", version(&put));
        let mut events = cluster.watch(&query, &[]).await;
        let same = cluster.put(&object, &put).await.json();
        assert_eq!(version(&same), version(&put), "{path}: nothing is written");
        let touch = json!({"metadata": {"labels": {"e": "f"}}});
        cluster.patch("merge", &object, &touch).await;
        let event = events.next().await.expect("the first that changed it");
        assert_eq!(event["object"]["metadata"]["labels"]["e"], "f", "{path}");
    }
}

/// CJV-07, JOBV-14, DSV-05, POD-01, GC-08: what raises a generation, and what has none.
#[tokio::test(start_paused = true)]
async fn gc_08_generations_count_specs_and_deletions() {
    let cluster = Cluster::start().await;
    let held = |mut body: Value| {
        body["metadata"]["finalizers"] = json!(["a.b/c"]);
        body
    };
    let suspend = json!({"spec": {"suspend": true}});
    let rows = [
        (JOBS, held(job("x")), suspend.clone(), json!([1, 2, 3])),
        (CRON_JOBS, held(cron_job("x")), suspend, json!([1, 2, 3])),
        (
            DAEMON_SETS,
            held(daemon_set("x")),
            json!({"spec": {"template": {"spec": {"hostNetwork": true}}}}),
            json!([1, 2, 3]),
        ),
        (
            PODS,
            held(pod("x")),
            json!({"spec": {"activeDeadlineSeconds": 9}}),
            json!([1, 2, 3]),
        ),
        (
            REVISIONS,
            held(revision("x")),
            json!({"revision": 2}),
            json!([null, null, null]),
        ),
        (
            CONFIG_MAPS,
            held(config_map("x")),
            json!({"data": {"a": "2"}}),
            json!([null, null, null]),
        ),
    ];
    for (path, body, change, want) in rows {
        let object = format!("{path}/x");
        let made = cluster.post(path, &body).await.json();
        let changed = cluster.patch("merge", &object, &change).await.json();
        let options = json!({"propagationPolicy": "Background"});
        let deleted = cluster.delete(&object, &options).await.json();
        let generations: Vec<_> = [&made, &changed, &deleted]
            .iter()
            .map(|object| object["metadata"]["generation"].clone())
            .collect();
        assert_eq!(json!(generations), want, "{path}");
        assert_eq!(
            deleted["metadata"]["deletionGracePeriodSeconds"], 0,
            "{path}"
        );
        let again = cluster.delete(&object, &options).await.json();
        assert_eq!(
            version(&again),
            version(&deleted),
            "{path}: it is being deleted already"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn gc_07_only_a_delete_says_when_an_object_ends() {
    let cluster = Cluster::start().await;
    let object = format!("{CONFIG_MAPS}/c");
    let mut body = config_map("c");
    body["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    body["metadata"]["deletionGracePeriodSeconds"] = json!(7);
    body["metadata"]["finalizers"] = json!(["a.b/c"]);
    let made = cluster.post(CONFIG_MAPS, &body).await.json();
    assert_eq!(made["metadata"].get("deletionTimestamp"), None, "{made}");
    let put = cluster.put(&object, &body).await;
    assert_eq!(
        (put.code, put.message().as_str()),
        (
            422,
            "ConfigMap \"c\" is invalid: [metadata.deletionTimestamp: Invalid value: \"2026-01-01T00:00:00Z\": field is immutable, metadata.deletionGracePeriodSeconds: Invalid value: 7: field is immutable]"
        )
    );
    let deleted = cluster.delete(&object, &json!({})).await.json();
    let mut undone = deleted.clone();
    undone["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    undone["metadata"]["deletionGracePeriodSeconds"] = json!(9);
    let longer = cluster.put(&object, &undone).await;
    assert_eq!(
        (longer.code, longer.message().as_str()),
        (
            422,
            "ConfigMap \"c\" is invalid: metadata.deletionGracePeriodSeconds: Invalid value: 9: field is immutable"
        )
    );
    undone["metadata"]["deletionGracePeriodSeconds"] = json!(null);
    undone["data"]["a"] = json!("2");
    let put = cluster.put(&object, &undone).await.json();
    assert_eq!(
        (
            &put["data"]["a"],
            &put["metadata"]["deletionTimestamp"],
            &put["metadata"]["deletionGracePeriodSeconds"]
        ),
        (
            &json!("2"),
            &deleted["metadata"]["deletionTimestamp"],
            &json!(0)
        )
    );
    let mut freed = put;
    freed["metadata"]["finalizers"] = json!([]);
    assert_eq!(cluster.put(&object, &freed).await.code, 200);
    assert_eq!(cluster.get(&object).await.code, 404, "by an update, too");
}

/// A pod on a node, whose phase is that.
async fn bound(cluster: &Cluster, name: &str, phase: &str) -> String {
    let object = format!("{PODS}/{name}");
    cluster.post(PODS, &pod(name)).await;
    let binding = json!({"metadata": {"name": name}, "target": {"kind": "Node", "name": "node-1"}});
    cluster.post(&format!("{object}/binding"), &binding).await;
    let status = json!({"status": {"phase": phase}});
    cluster
        .patch("merge", &format!("{object}/status"), &status)
        .await;
    object
}

#[tokio::test(start_paused = true)]
async fn gc_09_how_long_pods_are_given() {
    let cluster = Cluster::start().await;
    for (phase, options, grace) in [
        ("Running", json!({}), json!(30)),
        ("Running", json!({"gracePeriodSeconds": 7}), json!(7)),
        ("Running", json!({"gracePeriodSeconds": -5}), json!(1)),
        ("Running", json!({"gracePeriodSeconds": 0}), Value::Null),
        ("Succeeded", json!({}), Value::Null),
        ("Failed", json!({"gracePeriodSeconds": 7}), Value::Null),
    ] {
        let object = bound(&cluster, "p", phase).await;
        let deleted = cluster.delete(&object, &options).await.json();
        let left = cluster.get(&object).await;
        match grace.is_null() {
            true => assert_eq!(left.code, 404, "{phase} {options}: gone at once"),
            false => assert_eq!(
                deleted["metadata"]["deletionGracePeriodSeconds"], grace,
                "{phase} {options}"
            ),
        }
        cluster
            .delete(&object, &json!({"gracePeriodSeconds": 0}))
            .await;
    }
    let object = bound(&cluster, "held", "Running").await;
    let finalizers = json!({"metadata": {"finalizers": ["a.b/c"]}});
    cluster.patch("merge", &object, &finalizers).await;
    cluster.delete(&object, &json!({})).await;
    let freed = json!({"metadata": {"finalizers": null}});
    cluster.patch("merge", &object, &freed).await;
    assert_eq!(
        cluster.get(&object).await.code,
        200,
        "GC-07: its grace is not over"
    );
}

#[tokio::test(start_paused = true)]
async fn gc_06_options_in_their_words() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("c")).await;
    let object = format!("{CONFIG_MAPS}/c");
    let record = cluster.get(&object).await.json();
    let uid = record["metadata"]["uid"].as_str().expect("a uid");
    let rows = [
        (
            json!({"orphanDependents": true, "propagationPolicy": "Orphan"}),
            422,
            "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Invalid value: \"Orphan\": orphanDependents and deletionPropagation cannot be both set".to_owned(),
        ),
        (
            json!({"propagationPolicy": "Maybe"}),
            422,
            "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: \"Maybe\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"".to_owned(),
        ),
        (
            json!({"preconditions": {"uid": "x"}}),
            409,
            format!(
                "Operation cannot be fulfilled on ConfigMap \"c\": the UID in the precondition (x) does not match the UID in record ({uid}). The object might have been deleted and then recreated"
            ),
        ),
        (
            json!({"preconditions": {"resourceVersion": "1"}}),
            409,
            format!(
                "Operation cannot be fulfilled on ConfigMap \"c\": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record ({}). The object might have been modified",
                version(&record)
            ),
        ),
    ];
    for (options, code, message) in rows {
        let reply = cluster.delete(&object, &options).await;
        assert_eq!((reply.code, reply.message()), (code, message));
    }
    let right = json!({"preconditions": {"uid": uid, "resourceVersion": version(&record)}});
    assert_eq!(cluster.delete(&object, &right).await.code, 200);
    cluster.post(JOBS, &job("j")).await;
    let legacy = json!({"orphanDependents": true});
    let orphaning = cluster.delete(&format!("{JOBS}/j"), &legacy).await;
    assert_eq!(
        (
            orphaning.code,
            orphaning.json()["metadata"]["finalizers"].clone()
        ),
        (200, json!(["orphan"])),
        "the legacy form of Orphan"
    );
}

#[tokio::test(start_paused = true)]
async fn gc_10_where_options_come_from_and_what_answers() {
    let cluster = Cluster::start().await;
    let held = || {
        let mut body = config_map("c");
        body["metadata"]["finalizers"] = json!(["a.b/c"]);
        body
    };
    let object = format!("{CONFIG_MAPS}/c");
    let free = json!({"metadata": {"finalizers": null}});
    for (query, body, code, finalizers) in [
        ("", json!({"orphanDependents": false}), 202, 1),
        ("orphanDependents=false", Value::Null, 202, 1),
        ("orphanDependents=true", Value::Null, 200, 2),
        ("propagationPolicy=Foreground", Value::Null, 200, 2),
        ("propagationPolicy=Foreground", json!({}), 200, 1),
    ] {
        cluster.post(CONFIG_MAPS, &held()).await;
        let path = format!("{object}?{query}");
        let reply = match body.is_null() {
            true => cluster.ask("DELETE", &path, &[], "").await,
            false => cluster.delete(&path, &body).await,
        };
        let kept = reply.json();
        assert_eq!(
            (
                reply.code,
                &kept["kind"],
                kept["metadata"]["finalizers"].as_array().map(Vec::len)
            ),
            (code, &json!("ConfigMap"), Some(finalizers)),
            "{query} {body}"
        );
        cluster.patch("merge", &object, &free).await;
    }
    // upstream knows them in whatever version they are said to be of
    for kind in [
        "v1",
        "meta.k8s.io/v1",
        "batch/v1",
        "apps/v1",
        "policy/v1",
        "example.com/v7",
    ] {
        cluster.post(CONFIG_MAPS, &config_map("c")).await;
        let options = json!({"kind": "DeleteOptions", "apiVersion": kind});
        let gone = cluster.delete(&object, &options).await;
        assert_eq!(
            (gone.code, &gone.json()["kind"], &gone.json()["status"]),
            (200, &json!("Status"), &json!("Success")),
            "{kind}"
        );
    }
    cluster.post(CONFIG_MAPS, &config_map("c")).await;
    let yaml = [("content-type", "application/yaml")];
    let options = "kind: DeleteOptions\napiVersion: v1\ndryRun: [All]\n";
    let dry = cluster.ask("DELETE", &object, &yaml, options).await;
    assert_eq!(dry.code, 200, "{}", dry.text);
    assert_eq!(cluster.get(&object).await.code, 200, "only rehearsed");
    let whole = [
        (PODS, pod("x"), "Pod"),
        (
            "/api/v1/namespaces/default/services",
            json!({"metadata": {"name": "x"}, "spec": {"ports": [{"port": 1}]}}),
            "Service",
        ),
        (
            "/api/v1/namespaces/default/serviceaccounts",
            json!({"metadata": {"name": "x"}}),
            "ServiceAccount",
        ),
        (
            "/api/v1/namespaces",
            json!({"metadata": {"name": "x"}}),
            "Namespace",
        ),
    ];
    for (path, body, kind) in whole {
        let made = cluster.post(path, &body).await;
        assert_eq!(made.code, 201, "{}", made.text);
        let gone = cluster.delete(&format!("{path}/x"), &json!({})).await;
        assert_eq!((gone.code, &gone.json()["kind"]), (200, &json!(kind)));
    }
}

const TOLD: &str = "299 - \"child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning\"";

/// Of a collection as of one.
#[tokio::test(start_paused = true)]
async fn jobv_15_jobs_leave_their_pods_unless_told_otherwise() {
    let cluster = Cluster::start().await;
    let one = format!("{JOBS}/j");
    for (path, options, warned, left) in [
        (one.as_str(), json!({}), true, json!(["orphan"])),
        (JOBS, json!({}), true, json!(["orphan"])),
        (
            &one,
            json!({"propagationPolicy": "Orphan"}),
            false,
            json!(["orphan"]),
        ),
        (
            &one,
            json!({"propagationPolicy": "Background"}),
            false,
            Value::Null,
        ),
        (
            JOBS,
            json!({"propagationPolicy": "Background"}),
            false,
            Value::Null,
        ),
    ] {
        cluster.post(JOBS, &job("j")).await;
        let reply = cluster.delete(path, &options).await;
        let warning = reply.headers.get("warning");
        assert_eq!(
            warning.map(|value| value.to_str().expect("ASCII")),
            warned.then_some(TOLD),
            "{path} {options}"
        );
        let object = cluster.get(&one).await;
        assert_eq!(object.json()["metadata"]["finalizers"], left, "{path}");
        let free = json!({"metadata": {"finalizers": null}});
        cluster.patch("merge", &one, &free).await;
    }
}

#[tokio::test(start_paused = true)]
async fn dsv_08_revisions_are_written_and_have_no_status() {
    let cluster = Cluster::start().await;
    let resources = cluster.get("/apis/apps/v1").await.json();
    let mut of_revisions = resources["resources"].as_array().expect("resources").iter();
    let found = of_revisions
        .clone()
        .find(|r| r["name"] == "controllerrevisions");
    assert_eq!(
        found.expect("they are served")["verbs"],
        json!([
            "create",
            "delete",
            "deletecollection",
            "get",
            "list",
            "patch",
            "update",
            "watch"
        ])
    );
    assert!(!of_revisions.any(|r| r["name"] == "controllerrevisions/status"));
    cluster.post(REVISIONS, &revision("r")).await;
    let status = format!("{REVISIONS}/r/status");
    assert_eq!(cluster.get(&status).await.code, 404);
    for (path, says) in [DAEMON_SETS, REVISIONS].map(|path| {
        (
            path,
            "\"spec.x\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"",
        )
    }) {
        let reply = cluster.get(&format!("{path}?fieldSelector=spec.x%3D1")).await;
        assert_eq!(reply.code, 400, "JOBV-20");
        assert!(reply.message().contains(says), "{}", reply.message());
    }
}

/// A budget that allows nothing does not hold what has ended, or is on its way out.
#[tokio::test(start_paused = true)]
async fn ev_01_budgets_hold_only_what_runs() {
    let cluster = Cluster::start().await;
    let budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
    let body = json!({"metadata": {"name": "b"}, "spec": {"minAvailable": 1, "selector": {}}});
    let made = cluster.post(budgets, &body).await;
    assert_eq!(made.code, 201, "{}", made.text);
    let evict = async |name: &str| {
        let eviction =
            json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}});
        cluster
            .post(&format!("{PODS}/{name}/eviction"), &eviction)
            .await
    };
    bound(&cluster, "runs", "Running").await;
    let held = evict("runs").await;
    assert_eq!(
        (held.code, held.message().as_str()),
        (
            429,
            "Cannot evict pod as it would violate the pod's disruption budget."
        )
    );
    assert_eq!(held.headers["retry-after"], "10");
    assert_eq!(
        held.json()["details"]["causes"],
        json!([{"reason": "DisruptionBudget", "message": "The disruption budget b is still being processed by the server."}])
    );
    for phase in ["Pending", "Succeeded", "Failed"] {
        let name = phase.to_lowercase();
        bound(&cluster, &name, phase).await;
        let gone = evict(&name).await;
        assert_eq!(
            (gone.code, &gone.json()["status"]),
            (201, &json!("Success")),
            "{phase}"
        );
    }
    let object = bound(&cluster, "leaves", "Running").await;
    cluster.delete(&object, &json!({})).await;
    assert_eq!(evict("leaves").await.code, 201);
    let evicted = cluster.get(&format!("{PODS}/pending")).await.json();
    let conditions = evicted["status"]["conditions"].as_array().expect("a list");
    let target = conditions.iter().find(|c| c["type"] == "DisruptionTarget");
    let target = target.expect("it is told why");
    assert_eq!(
        (&target["status"], &target["reason"], &target["message"]),
        (
            &json!("True"),
            &json!("EvictionByEvictionAPI"),
            &json!("Eviction API: evicting")
        )
    );
}
