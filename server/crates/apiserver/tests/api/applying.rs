//! Server-side apply over the wire: K-18, K-09, K-08.

use serde_json::{Value, json};

use crate::cluster::{CONFIG_MAPS, Cluster, JOBS, PODS, Reply, config_map, job, pod};

const DAEMON_SETS: &str = "/apis/apps/v1/namespaces/default/daemonsets";
const YAML: (&str, &str) = ("content-type", "application/apply-patch+yaml");

pub async fn apply(cluster: &Cluster, name: &str, query: &str, data: Value) -> Reply {
    let config = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data,
    });
    let path = format!("{CONFIG_MAPS}/{name}?{query}");
    cluster
        .ask("PATCH", &path, &[YAML], config.to_string())
        .await
}

/// Applies `config` as `manager`.
pub async fn apply_as(cluster: &Cluster, path: &str, manager: &str, config: &Value) -> Reply {
    let path = format!("{path}?fieldManager={manager}");
    cluster
        .ask("PATCH", &path, &[YAML], config.to_string())
        .await
}

/// What the only entry of an object owns.
pub fn owned(object: &Value) -> &Value {
    let entries = object["metadata"]["managedFields"].as_array();
    match entries.map(Vec::as_slice) {
        Some([only]) => &only["fieldsV1"],
        _ => panic!("one entry: {object}"),
    }
}

/// `manager operation` of every entry.
pub fn managers(object: &Value) -> Vec<String> {
    let entries = object["metadata"]["managedFields"].as_array();
    let shown = |e: &Value| {
        let text = |field: &str| e[field].as_str().unwrap_or_default().to_owned();
        format!(
            "{} {} {}",
            text("manager"),
            text("operation"),
            text("subresource")
        )
        .trim_end()
        .to_owned()
    };
    entries.into_iter().flatten().map(shown).collect()
}

#[tokio::test(start_paused = true)]
async fn k_18_apply_creates_then_changes_and_a_repeat_keeps_the_version() {
    let cluster = Cluster::start().await;
    let query = "fieldManager=kubectl&fieldValidation=Strict&force=false";
    let dry = apply(
        &cluster,
        "c",
        &format!("{query}&dryRun=All"),
        json!({"a": "1"}),
    )
    .await;
    assert_eq!(dry.code, 201, "{}", dry.text);
    assert_eq!(cluster.get(&format!("{CONFIG_MAPS}/c")).await.code, 404);
    let made = apply(&cluster, "c", query, json!({"a": "1", "b": "2"})).await;
    assert_eq!(made.code, 201, "{}", made.text);
    let entry = &made.json()["metadata"]["managedFields"][0];
    assert_eq!(
        *entry,
        json!({
            "manager": "kubectl", "operation": "Apply", "apiVersion": "v1",
            "time": "2026-11-23T12:00:00Z", "fieldsType": "FieldsV1",
            "fieldsV1": {"f:data": {"f:a": {}, "f:b": {}}},
        })
    );
    let again = apply(&cluster, "c", query, json!({"a": "1", "b": "2"})).await;
    assert_eq!(
        (again.code, again.text),
        (200, made.text),
        "nothing changed"
    );
    let less = apply(&cluster, "c", query, json!({"a": "3"})).await;
    assert_eq!(
        less.json()["data"],
        json!({"a": "3"}),
        "b is no longer applied"
    );
}

#[tokio::test(start_paused = true)]
async fn k_18_a_conflict_names_manager_and_field_and_force_takes_over() {
    let cluster = Cluster::start().await;
    apply(
        &cluster,
        "c",
        "fieldManager=kubectl",
        json!({"a": "1", "b": "1"}),
    )
    .await;
    let path = format!("{CONFIG_MAPS}/c?fieldManager=kubectl-patch");
    let patched = cluster
        .patch("merge", &path, &json!({"data": {"a": "2"}}))
        .await;
    assert_eq!(
        managers(&patched.json()),
        ["kubectl Apply", "kubectl-patch Update"]
    );
    let refused = apply(
        &cluster,
        "c",
        "fieldManager=kubectl",
        json!({"a": "1", "b": "1"}),
    )
    .await;
    assert_eq!(refused.code, 409);
    let using = "conflict with \"kubectl-patch\" using v1 at 2026-11-23T12:00:00Z";
    assert_eq!(
        refused.message(),
        format!("Apply failed with 1 conflict: {using}: .data.a")
    );
    assert_eq!(
        refused.json()["details"]["causes"],
        json!([{"reason": "FieldManagerConflict", "message": using, "field": ".data.a"}])
    );
    let forced = apply(
        &cluster,
        "c",
        "fieldManager=kubectl&force=true",
        json!({"a": "1", "b": "1"}),
    )
    .await;
    assert_eq!(forced.json()["data"]["a"], "1");
    assert_eq!(managers(&forced.json()), ["kubectl Apply"]);
    let several = apply(
        &cluster,
        "c",
        "fieldManager=other",
        json!({"a": "x", "b": "y"}),
    )
    .await;
    assert_eq!(
        several.message(),
        "Apply failed with 2 conflicts: conflicts with \"kubectl\":\n- .data.a\n- .data.b"
    );
}

#[tokio::test(start_paused = true)]
async fn k_09_every_writer_is_a_manager_by_parameter_or_user_agent() {
    let cluster = Cluster::start().await;
    let made = cluster
        .ask(
            "POST",
            CONFIG_MAPS,
            &[("user-agent", "curl/8.5 (linux)")],
            config_map("c").to_string(),
        )
        .await;
    assert_eq!(managers(&made.json()), ["curl Update"]);
    let mut object = made.json();
    object["data"]["b"] = json!("2");
    let path = format!("{CONFIG_MAPS}/c?fieldManager=kubectl-replace");
    let put = cluster.put(&path, &object).await.json();
    assert_eq!(managers(&put), ["curl Update", "kubectl-replace Update"]);
    cluster.post(JOBS, &job("j")).await;
    let status = format!("{JOBS}/j/status?fieldManager=me");
    let patched = cluster
        .patch("merge", &status, &json!({"status": {"active": 1}}))
        .await
        .json();
    assert_eq!(
        managers(&patched),
        ["me Update status", "orrery Update"],
        "{patched}"
    );
    let long = format!("{CONFIG_MAPS}/c?fieldManager={}", "m".repeat(129));
    assert_eq!(cluster.patch("merge", &long, &json!({})).await.code, 422);
}

#[tokio::test(start_paused = true)]
async fn k_18_client_side_apply_migrates_by_a_patch_on_managed_fields() {
    let cluster = Cluster::start().await;
    let create = format!("{CONFIG_MAPS}?fieldManager=kubectl-client-side-apply");
    let made = cluster.post(&create, &config_map("c")).await.json();
    let mut entries = made["metadata"]["managedFields"].clone();
    entries[0]["manager"] = json!("kubectl");
    entries[0]["operation"] = json!("Apply");
    let version = |v: &Value| {
        json!([
            {"op": "replace", "path": "/metadata/managedFields", "value": entries},
            {"op": "replace", "path": "/metadata/resourceVersion", "value": v},
        ])
    };
    let path = format!("{CONFIG_MAPS}/c?fieldManager=kubectl");
    let stale = cluster.patch("json", &path, &version(&json!("1"))).await;
    assert_eq!(stale.code, 409);
    let now = &made["metadata"]["resourceVersion"];
    let moved = cluster.patch("json", &path, &version(now)).await;
    assert_eq!(managers(&moved.json()), ["kubectl Apply"], "{}", moved.text);
    let applied = apply(&cluster, "c", "fieldManager=kubectl", json!({"b": "1"})).await;
    assert_eq!(
        applied.json()["data"],
        json!({"b": "1"}),
        "{}",
        applied.text
    );
    for nobody in [json!([{}]), json!([])] {
        apply(&cluster, "c", "fieldManager=kubectl", json!({"b": "2"})).await;
        let reset = json!([{"op": "replace", "path": "/metadata/managedFields", "value": nobody}]);
        let reset = cluster.patch("json", &path, &reset).await;
        assert!(managers(&reset.json()).is_empty(), "{}", reset.text);
    }
}

/// Go leaves out what is empty: with the last label goes whoever owned that there were labels.
#[tokio::test(start_paused = true)]
async fn k_09_nobody_owns_what_is_empty() {
    let cluster = Cluster::start().await;
    let mut made = config_map("c");
    made["metadata"]["labels"] = json!({"a": "b"});
    let made = cluster.post(CONFIG_MAPS, &made).await.json();
    let all = json!({
        "f:data": {".": {}, "f:a": {}},
        "f:metadata": {"f:labels": {".": {}, "f:a": {}}},
    });
    assert_eq!(owned(&made), &all);
    let path = format!("{CONFIG_MAPS}/c");
    let unlabelled = json!({"metadata": {"labels": {"a": null}, "finalizers": []}});
    let left = cluster.patch("merge", &path, &unlabelled).await.json();
    assert_eq!(owned(&left), &json!({"f:data": {".": {}, "f:a": {}}}));
    let emptied = json!({"data": {"a": null}});
    let left = cluster.patch("merge", &path, &emptied).await.json();
    assert_eq!(left["metadata"].get("managedFields"), None, "{left}");
}

#[tokio::test(start_paused = true)]
async fn k_18_apply_through_status_owns_only_status() {
    let cluster = Cluster::start().await;
    let config = json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"},
        "spec": {"parallelism": 9}, "status": {"active": 2},
    });
    let path = format!("{JOBS}/j/status?fieldManager=me");
    let missing = cluster
        .ask("PATCH", &path, &[YAML], config.to_string())
        .await;
    assert_eq!(missing.code, 404, "a status alone creates nothing");
    cluster.post(JOBS, &job("j")).await;
    let applied = cluster
        .ask("PATCH", &path, &[YAML], config.to_string())
        .await;
    let object = applied.json();
    assert_eq!(object["status"]["active"], 2, "{}", applied.text);
    assert_eq!(object["spec"]["parallelism"], 1);
    let mine = &object["metadata"]["managedFields"][0];
    assert_eq!(
        (&mine["subresource"], &mine["fieldsV1"]),
        (&json!("status"), &json!({"f:status": {"f:active": {}}}))
    );
}

#[tokio::test(start_paused = true)]
async fn k_18_an_apply_that_cannot_be_is_told_why() {
    let cluster = Cluster::start().await;
    let rows = [
        (
            "",
            json!({"apiVersion": "v1", "kind": "ConfigMap"}),
            422,
            "fieldManager: Required value",
        ),
        (
            "fieldManager=m",
            json!({"kind": "ConfigMap"}),
            400,
            "invalid object type: /, Kind=ConfigMap",
        ),
        (
            "fieldManager=m",
            json!({"apiVersion": "v1", "kind": "Secret"}),
            400,
            "invalid object type: /v1, Kind=Secret",
        ),
        (
            "fieldManager=m",
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"managedFields": [{"manager": "x"}]}}),
            400,
            "metadata.managedFields must be nil",
        ),
        (
            "fieldManager=m&fieldValidation=Strict",
            json!({"apiVersion": "v1", "kind": "ConfigMap", "foo": 1}),
            500,
            "failed to create typed patch object (default/c; /v1, Kind=ConfigMap): .foo: field not declared in schema",
        ),
        (
            "fieldManager=m&fieldValidation=Ignore",
            json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": 1}}),
            500,
            ".data.a: expected string, got &value.valueUnstructured{Value:1}",
        ),
        (
            "fieldManager=m",
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"finalizers": ["a/b", "a/b"]}}),
            500,
            ".metadata.finalizers: duplicate entries for key [=\"a/b\"]",
        ),
        (
            "fieldManager=m",
            json!({"apiVersion": "v1", "kind": "ConfigMap", "binaryData": {"a": "!!"}}),
            500,
            "failed to convert new object (default/c; /v1, Kind=ConfigMap) to proper version: unable to convert \
             unstructured object to /v1, Kind=ConfigMap: error decoding from json: illegal base64 data at input byte 0",
        ),
        (
            "fieldManager=m",
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"creationTimestamp": "noon"}}),
            500,
            "to /v1, Kind=ConfigMap: parsing time \"noon\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"noon\" as \"2006\"",
        ),
    ];
    for (query, config, code, says) in rows {
        let path = format!("{CONFIG_MAPS}/c?{query}");
        let reply = cluster
            .ask("PATCH", &path, &[YAML], config.to_string())
            .await;
        assert_eq!(reply.code, code, "{config}: {}", reply.text);
        assert!(reply.message().contains(says), "{}", reply.message());
    }
    let of_a_pod = [
        (
            json!({"resources": {"limits": {"cpu": "x"}}}),
            "to /v1, Kind=Pod: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        ),
        (
            json!({"livenessProbe": {"httpGet": {"port": true}}}),
            "to /v1, Kind=Pod: json: cannot unmarshal bool into Go value of type int32",
        ),
        (
            json!({"livenessProbe": {"periodSeconds": 1.5}}),
            "to /v1, Kind=Pod: cannot convert float64 to int32",
        ),
        (
            json!({"livenessProbe": {"httpGet": {"port": []}}}),
            "livenessProbe.httpGet.port: expected any scalar, got &{[]}",
        ),
    ];
    for (part, says) in of_a_pod {
        let mut config = pod("p");
        config["apiVersion"] = json!("v1");
        config["kind"] = json!("Pod");
        for (name, value) in part.as_object().expect("a part of a container") {
            config["spec"]["containers"][0][name] = value.clone();
        }
        let reply = apply_as(&cluster, &format!("{PODS}/p"), "m", &config).await;
        assert_eq!(reply.code, 500, "{part}: {}", reply.text);
        assert!(reply.message().ends_with(says), "{}", reply.message());
    }
    let force = format!("{CONFIG_MAPS}/c?force=true");
    let reply = cluster.patch("merge", &force, &json!({})).await;
    assert!(
        reply
            .message()
            .contains("force: Forbidden: may not be specified for non-apply patch")
    );
}

#[tokio::test(start_paused = true)]
async fn k_18_a_repeated_apply_changes_nothing_though_it_is_not_written_as_it_is_stored() {
    let cluster = Cluster::start().await;
    let rows = [
        (
            format!("{PODS}/p"),
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {
                "hostNetwork": false,
                "containers": [{
                    "name": "c", "image": "i",
                    "resources": {"requests": {"cpu": "0.5"}},
                    "env": [{"name": "A", "value": ""}],
                }],
            }}),
        ),
        (
            "/api/v1/namespaces/default/secrets/s".to_owned(),
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": "b"}}),
        ),
        (
            format!("{JOBS}/j"),
            json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": {
                "parallelism": null,
                "template": job("j")["spec"]["template"],
            }}),
        ),
    ];
    for (path, config) in rows {
        let made = apply_as(&cluster, &path, "me", &config).await;
        assert_eq!(made.code, 201, "{}", made.text);
        tokio::time::advance(std::time::Duration::from_secs(5)).await;
        let again = apply_as(&cluster, &path, "me", &config).await;
        assert_eq!((again.code, again.text), (200, made.text), "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn k_18_an_element_goes_though_somebody_changed_a_part_of_it() {
    let cluster = Cluster::start().await;
    let path = &format!("{DAEMON_SETS}/d");
    let (c, d) = (
        json!({"name": "c", "image": "1"}),
        json!({"name": "d", "image": "1"}),
    );
    let made = apply_as(&cluster, path, "one", &daemon_set(json!([c, d]))).await;
    assert_eq!(made.code, 201, "{}", made.text);
    let image =
        json!({"spec": {"template": {"spec": {"containers": [{"name": "d", "image": "2"}]}}}});
    let changed = cluster
        .patch(
            "strategic-merge",
            &format!("{path}?fieldManager=two"),
            &image,
        )
        .await;
    assert_eq!(changed.code, 200, "{}", changed.text);
    let less = apply_as(&cluster, path, "one", &daemon_set(json!([c]))).await;
    assert_eq!(less.code, 200, "{}", less.text);
    let containers = less.json()["spec"]["template"]["spec"]["containers"].clone();
    assert_eq!(names(&containers), ["c"], "{containers}");
}

fn daemon_set(containers: Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "d"}, "spec": {
        "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": containers}},
    }})
}

fn names(list: &Value) -> Vec<&str> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(|item| item["name"].as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn k_18_an_apply_leaves_repeated_elements_that_it_does_not_name() {
    let cluster = Cluster::start().await;
    let env = json!([
        {"name": "A", "value": "1"}, {"name": "A", "value": "2"}, {"name": "B", "value": "3"},
    ]);
    let body = daemon_set(json!([{"name": "c", "image": "1", "env": env}]));
    let made = cluster.post(DAEMON_SETS, &body).await;
    assert_eq!(made.code, 201, "{}", made.text);
    let config = json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "spec": {"template": {"spec": {
        "containers": [{"name": "c", "env": [{"name": "C", "value": "4"}]}],
    }}}});
    let path = format!("{DAEMON_SETS}/d");
    let applied = apply_as(&cluster, &path, "other", &config).await;
    assert_eq!(applied.code, 200, "{}", applied.text);
    let env = applied.json()["spec"]["template"]["spec"]["containers"][0]["env"].clone();
    assert_eq!(names(&env), ["A", "A", "B", "C"]);
}

#[tokio::test(start_paused = true)]
async fn k_09_the_creator_owns_what_it_sent_and_defaults_but_nothing_that_admission_adds() {
    let cluster = Cluster::start().await;
    let namespace = json!({"metadata": {"name": "new"}});
    let made = cluster.post("/api/v1/namespaces", &namespace).await.json();
    let label = json!({"f:labels": {".": {}, "f:kubernetes.io/metadata.name": {}}});
    assert_eq!(*owned(&made), json!({"f:metadata": label}));
    let made = cluster.post(JOBS, &job("j")).await.json();
    let fields = owned(&made);
    assert_eq!(fields.get("f:metadata"), None, "{fields}");
    assert_eq!(fields["f:spec"].get("f:selector"), None, "{fields}");
    let template = &fields["f:spec"]["f:template"];
    assert_eq!(template.get("f:metadata"), None, "{fields}");
    assert_eq!(template["f:spec"]["f:restartPolicy"], json!({}), "{fields}");
    let made = cluster.post(PODS, &pod("p")).await.json();
    let fields = owned(&made);
    let spec = fields["f:spec"].as_object().expect("fields");
    let strange = [
        "f:tolerations",
        "f:volumes",
        "f:serviceAccount",
        "f:serviceAccountName",
        "f:priority",
    ];
    for field in strange {
        assert!(!spec.contains_key(field), "{fields}");
    }
    assert_eq!(spec["f:dnsPolicy"], json!({}), "a default is its creator's");
}

#[tokio::test(start_paused = true)]
async fn k_18_an_apply_may_name_the_object_and_the_version_that_it_is_of() {
    let cluster = Cluster::start().await;
    let with = |metadata: Value| {
        let mut metadata = metadata;
        metadata["name"] = json!("c");
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
    };
    let path = format!("{CONFIG_MAPS}/c");
    let absent = apply_as(&cluster, &path, "me", &with(json!({"uid": "u"}))).await;
    assert_eq!(
        (absent.code, absent.message()),
        (
            409,
            "Operation cannot be fulfilled on configmaps \"c\": uid mismatch: the provided object specified \
             uid u, and no existing object was found"
                .to_owned()
        )
    );
    let made = apply_as(
        &cluster,
        &path,
        "me",
        &with(json!({"resourceVersion": "7"})),
    )
    .await;
    assert_eq!(made.code, 201, "{}", made.text);
    let immutable =
        "ConfigMap \"c\" is invalid: metadata.uid: Invalid value: \"u\": field is immutable";
    let applied = apply_as(&cluster, &path, "me", &with(json!({"uid": "u"}))).await;
    assert_eq!(
        (applied.code, applied.message()),
        (422, immutable.to_owned())
    );
    let patch = json!({"metadata": {"uid": "u"}});
    let patched = cluster.patch("merge", &path, &patch).await;
    assert_eq!(
        (patched.code, patched.message()),
        (422, immutable.to_owned())
    );
    let mut object = made.json();
    object["metadata"]["uid"] = json!("u");
    let put = cluster.put(&path, &object).await;
    assert_eq!(put.code, 409, "{}", put.text);
    assert!(
        put.message()
            .contains("Precondition failed: UID in precondition: u"),
        "{}",
        put.text
    );
}
