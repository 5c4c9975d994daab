//! Create and update: NAME-01, API-01, K-08, NODE-01, dryRun, YAML, protobuf.

use serde_json::{Value, json};

use crate::cluster::{CONFIG_MAPS, CRON_JOBS, Cluster, JOBS, PODS, config_map, job, pod};

/// NAME-01.
#[tokio::test(start_paused = true)]
async fn a_generated_name_has_five_letters_more() {
    let cluster = Cluster::start().await;
    let made = cluster
        .post(CONFIG_MAPS, &json!({"metadata": {"generateName": "x-"}}))
        .await
        .json();
    assert_eq!(
        made["metadata"]["name"].as_str().expect("a name").len(),
        "x-".len() + 5
    );
    let name = made["metadata"]["name"].as_str().expect("a name");
    let path = format!("{CONFIG_MAPS}/{name}");
    let kept = json!({"metadata": {"labels": {"a": "b"}}});
    let kept = cluster.patch("merge", &path, &kept).await.json();
    assert_eq!(kept["metadata"]["generateName"], "x-");
    let put = cluster.put(&path, &config_map(name)).await.json();
    assert_eq!(
        put["metadata"].get("generateName"),
        None,
        "as any field that a whole object does not have"
    );
    let long = json!({"metadata": {"generateName": "y".repeat(80)}});
    let made = cluster.post(CONFIG_MAPS, &long).await.json();
    assert_eq!(made["metadata"]["name"].as_str().expect("a name").len(), 63);
}

/// Owners that are named twice: generators of manifests do so, and every write warns of it.
#[tokio::test(start_paused = true)]
async fn k_04_an_owner_that_is_named_again_is_stored_once() {
    let cluster = Cluster::start().await;
    let owner = json!({"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u"});
    let mut twice = config_map("c");
    twice["metadata"]["ownerReferences"] = json!([owner, owner]);
    let path = format!("{CONFIG_MAPS}/c");
    let patch = json!({"metadata": twice["metadata"]});
    let rows = [
        ("", cluster.post(CONFIG_MAPS, &twice).await),
        ("", cluster.put(&path, &twice).await),
        (
            " after mutating admission happens",
            cluster.patch("merge", &path, &patch).await,
        ),
    ];
    for (when, reply) in rows {
        let kept = &reply.json()["metadata"]["ownerReferences"];
        assert_eq!(kept, &json!([owner]), "{}", reply.text);
        let warning = reply.headers["warning"].to_str().expect("ASCII");
        assert_eq!(
            warning,
            format!(
                "299 - \".metadata.ownerReferences contains duplicate entries{when}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: u\""
            )
        );
    }
}

/// API-01: unconditional updates where allowed, conflicts for the stale, silence for the unchanged.
#[tokio::test(start_paused = true)]
async fn an_update_is_conditional_when_it_says_a_version() {
    let cluster = Cluster::start().await;
    let path = format!("{JOBS}/j");
    let first = cluster.post(JOBS, &job("j")).await.json();
    let mut changed = first.clone();
    changed["metadata"]["labels"] = json!({"a": "b"});
    let second = cluster.put(&path, &changed).await;
    assert_eq!(second.code, 200, "{}", second.text);
    let stale = cluster.put(&path, &changed).await;
    assert_eq!(
        (stale.code, &stale.json()["details"]["kind"]),
        (409, &json!("jobs"))
    );
    assert!(
        stale
            .message()
            .starts_with("Operation cannot be fulfilled on jobs.batch \"j\": the object has been")
    );
    let mut unconditional = second.json();
    unconditional["metadata"]["resourceVersion"] = json!("");
    let same = cluster.put(&path, &unconditional).await.json();
    let version = |value: &serde_json::Value| value["metadata"]["resourceVersion"].clone();
    assert_eq!(
        version(&same),
        version(&second.json()),
        "a write that changes nothing keeps the version"
    );
    assert_eq!(
        cluster
            .put(&format!("{JOBS}/none"), &job("none"))
            .await
            .code,
        404,
        "PUT creates no job"
    );
}

/// API-01: the kinds that upstream lets a PUT create, and what it says of an object that is not there.
/// Upstream's storage refuses it, after all others had their say, and its word becomes no reason.
#[tokio::test(start_paused = true)]
async fn k_03_a_new_object_has_no_version_yet() {
    let cluster = Cluster::start().await;
    let versioned = |version: &str| {
        let mut new = config_map(&format!("v{}", version.len()));
        new["metadata"]["resourceVersion"] = json!(version);
        new
    };
    let refused = cluster.post(CONFIG_MAPS, &versioned("7")).await;
    let status = refused.json();
    assert_eq!(
        (refused.code, &status["reason"], &status["message"]),
        (
            500,
            &Value::Null,
            &json!("resourceVersion should not be set on objects to be created")
        )
    );
    let mut wrong = versioned("7");
    wrong["metadata"]["name"] = json!("A");
    let wrong = cluster.post(CONFIG_MAPS, &wrong).await;
    assert_eq!(wrong.code, 422, "{}", wrong.text);
    let path = format!("{CONFIG_MAPS}?dryRun=All");
    let dry = cluster.post(&path, &versioned("7")).await;
    assert_eq!(dry.code, 201, "{}", dry.text);
    for fine in ["0", "-1", "abc"] {
        let made = cluster.post(CONFIG_MAPS, &versioned(fine)).await;
        assert_eq!(made.code, 201, "{fine}: {}", made.text);
        assert_ne!(made.json()["metadata"]["resourceVersion"], json!(fine));
    }
}

#[tokio::test(start_paused = true)]
async fn api_01_a_put_creates_where_the_kind_allows_it() {
    let cluster = Cluster::start().await;
    let event = json!({"involvedObject": {"kind": "Pod", "namespace": "default", "name": "p"}});
    let new_event = json!({
        "eventTime": "2026-11-23T12:00:00.000000Z", "action": "a", "reason": "r", "type": "Normal",
        "reportingController": "a/b", "reportingInstance": "i", "regarding": {"namespace": "default"},
    });
    let rows = [
        (
            "/apis/coordination.k8s.io/v1/namespaces/default/leases",
            json!({}),
            "leases",
        ),
        (
            "/api/v1/namespaces/default/endpoints",
            json!({}),
            "services/endpoints",
        ),
        ("/api/v1/namespaces/default/events", event, "events"),
        (
            "/apis/events.k8s.io/v1/namespaces/default/events",
            new_event,
            "events",
        ),
        (
            "/api/v1/namespaces/default/services",
            json!({"spec": {"ports": [{"port": 80}]}}),
            "services/specs",
        ),
    ];
    for (at, (path, mut body, key)) in rows.into_iter().enumerate() {
        let object = format!("{path}/x{at}");
        body["metadata"] = json!({"name": format!("x{at}"), "uid": "u"});
        let other = cluster.put(&object, &body).await;
        assert_eq!(other.code, 409, "{path}: {}", other.text);
        let why = format!(
            "StorageError: invalid object, Code: 4, Key: /registry/{key}/default/x{at}, ResourceVersion: 0, \
             AdditionalErrorMsg: Precondition failed: UID in precondition: u, UID in object meta: "
        );
        assert!(other.message().ends_with(&why), "{}", other.message());
        body["metadata"] = json!({"name": format!("x{at}"), "resourceVersion": "77"});
        let dry = cluster.put(&format!("{object}?dryRun=All"), &body).await;
        assert_eq!(
            (dry.code, cluster.get(&object).await.code),
            (201, 404),
            "{path}"
        );
        let made = cluster.put(&object, &body).await;
        assert_eq!(made.code, 201, "{path}: {}", made.text);
        assert_ne!(made.json()["metadata"]["resourceVersion"], "77", "{path}");
        let again = cluster.put(&object, &made.json()).await;
        assert_eq!(again.code, 200, "{path}: {}", again.text);
        let patched = cluster
            .patch(
                "merge",
                &format!("{path}/none"),
                &json!({"metadata": {"labels": {"a": "b"}}}),
            )
            .await;
        assert_eq!(patched.code, 404, "{path}: a patch creates nothing");
    }
    let lease = "/apis/coordination.k8s.io/v1/namespaces/default/leases/x0";
    let unversioned = cluster
        .put(lease, &json!({"metadata": {"name": "x0"}}))
        .await;
    assert_eq!(
        (unversioned.code, unversioned.message().as_str()),
        (
            422,
            "leases.coordination.k8s.io \"x0\" is invalid: metadata.resourceVersion: Invalid value: 0: must be \
             specified for an update"
        )
    );
}

/// Generation counts changes of the spec, not of labels or status.
#[tokio::test(start_paused = true)]
async fn generation_follows_the_spec() {
    let cluster = Cluster::start().await;
    let path = format!("{JOBS}/j");
    cluster.post(JOBS, &job("j")).await;
    let steps = [
        (json!({"metadata": {"labels": {"a": "b"}}}), 1),
        (json!({"spec": {"parallelism": 3}}), 2),
        (json!({"metadata": {"generation": 9}}), 2),
    ];
    for (patch, wanted) in steps {
        let reply = cluster.patch("merge", &path, &patch).await.json();
        assert_eq!(reply["metadata"]["generation"], wanted, "{patch}");
    }
    let both = json!({"status": {"active": 1}, "spec": {"parallelism": 7}});
    let status = cluster
        .patch("merge", &format!("{path}/status"), &both)
        .await
        .json();
    assert_eq!(
        (&status["status"]["active"], &status["spec"]["parallelism"]),
        (&json!(1), &json!(3))
    );
    assert_eq!(status["metadata"]["generation"], 2);
}

/// K-08: the same mistake under three settings.
#[tokio::test(start_paused = true)]
async fn unknown_and_repeated_fields_are_told() {
    let cluster = Cluster::start().await;
    let body = r#"{"metadata":{"name":"c"},"spec":{"schedule":"* * * * *","schedule":"1 * * * *","foo":1,
        "jobTemplate":{"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i","nope":1}]}}}}}}"#;
    let strict = cluster
        .ask(
            "POST",
            &format!("{CRON_JOBS}?fieldValidation=Strict"),
            &[],
            body,
        )
        .await;
    assert_eq!(strict.code, 400);
    assert_eq!(
        strict.message(),
        "CronJob in version \"v1\" cannot be handled as a CronJob: strict decoding error: duplicate field \
         \"spec.schedule\", unknown field \"spec.foo\", unknown field \
         \"spec.jobTemplate.spec.template.spec.containers[0].nope\""
    );
    let mixed = r#"{"foo":{"a":1,"a":2},"metadata":{"name":"c"},"data":{"a":"1"},"foo":1,"data":{"a":"1","a":"2"},"bar":1}"#;
    let path = format!("{CONFIG_MAPS}?fieldValidation=Strict");
    let strict = cluster.ask("POST", &path, &[], mixed).await;
    let in_order = "strict decoding error: unknown field \"foo\", duplicate field \"data\", duplicate field \
                    \"data.a\", unknown field \"bar\"";
    assert!(strict.message().ends_with(in_order), "{}", strict.message());
    let ignored = cluster
        .ask(
            "POST",
            &format!("{CRON_JOBS}?fieldValidation=Ignore&dryRun=All"),
            &[],
            body,
        )
        .await;
    assert_eq!((ignored.code, ignored.headers.get("warning")), (201, None));
    let warned = cluster.ask("POST", CRON_JOBS, &[], body).await;
    assert_eq!(
        (
            warned.code,
            warned.headers.get_all("warning").iter().count()
        ),
        (201, 3)
    );
    let path = format!("{CRON_JOBS}/c?fieldValidation=Strict");
    let patch = cluster
        .patch("merge", &path, &json!({"spec": {"bar": 1}}))
        .await;
    assert_eq!(
        (patch.code, &patch.json()["details"]["causes"][0]["field"]),
        (422, &json!("patch"))
    );
}

/// K-08 in YAML: repeated keys are told of the lines where they stand.
#[tokio::test(start_paused = true)]
async fn k_08_keys_that_yaml_repeats_are_told() {
    let cluster = Cluster::start().await;
    let yaml = "metadata: {name: twice}\ndata:\n  a: \"1\"\n  a: \"2\"\nfoo: 1\n";
    let applied = format!("apiVersion: v1\nkind: ConfigMap\n{yaml}").replace("foo: 1\n", "");
    let ask = async |method, path: &str, media, body: &str| {
        let headers = [("content-type", media)];
        let reply = cluster.ask(method, path, &headers, body.to_owned()).await;
        let warnings = reply.headers.get_all("warning").iter();
        let warnings: Vec<_> = warnings
            .map(|v| v.to_str().expect("text").to_owned())
            .collect();
        (reply, warnings)
    };
    let (reply, warnings) = ask(
        "POST",
        &format!("{CONFIG_MAPS}?fieldValidation=Ignore&dryRun=All"),
        "application/yaml",
        yaml,
    )
    .await;
    assert_eq!((reply.code, warnings), (201, vec![]), "{}", reply.text);
    let (reply, warnings) = ask("POST", CONFIG_MAPS, "application/yaml", yaml).await;
    assert_eq!(
        (reply.code, reply.json()["data"]["a"].clone()),
        (201, json!("2")),
        "the last counts"
    );
    assert_eq!(
        warnings,
        [
            r#"299 - "line 4: key \"a\" already set in map""#,
            r#"299 - "unknown field \"foo\"""#
        ]
    );
    let strict = format!("{CONFIG_MAPS}/twice?fieldValidation=Strict");
    let (reply, _) = ask("PUT", &strict, "application/yaml", yaml).await;
    assert_eq!(
        (reply.code, reply.message().as_str()),
        (
            400,
            "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: yaml: unmarshal \
             errors:\n  line 4: key \"a\" already set in map, unknown field \"foo\""
        )
    );
    let apply = format!("{strict}&fieldManager=m");
    let (reply, _) = ask("PATCH", &apply, "application/apply-patch+yaml", &applied).await;
    assert_eq!(
        (reply.code, reply.message().as_str()),
        (
            400,
            "error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 6: key \
             \"a\" already set in map"
        )
    );
    let apply = format!("{CONFIG_MAPS}/other?fieldManager=m");
    let applied = applied.replace("twice", "other");
    let (reply, warnings) = ask("PATCH", &apply, "application/apply-patch+yaml", &applied).await;
    assert_eq!(
        (reply.code, warnings),
        (
            201,
            vec![r#"299 - "line 6: key \"a\" already set in map""#.to_owned()]
        )
    );
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_leaves_nothing() {
    let cluster = Cluster::start().await;
    let dry = cluster
        .post(&format!("{CONFIG_MAPS}?dryRun=All"), &config_map("one"))
        .await;
    assert_eq!(
        (
            dry.code,
            cluster.get(&format!("{CONFIG_MAPS}/one")).await.code
        ),
        (201, 404)
    );
    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    let one = format!("{CONFIG_MAPS}/one?dryRun=All");
    assert_eq!(
        cluster
            .patch("merge", &one, &json!({"data": {"a": "2"}}))
            .await
            .json()["data"]["a"],
        "2"
    );
    // beside a body, even an empty one, what the query says counts for nothing
    let dry = json!({"dryRun": ["All"]});
    cluster.delete(&one, &dry).await;
    assert_eq!(cluster.get(&one).await.json()["data"]["a"], "1");
}

#[tokio::test(start_paused = true)]
async fn bodies_may_be_yaml_or_protobuf() {
    let cluster = Cluster::start().await;
    let yaml = "metadata:\n  name: from-yaml\ndata:\n  a: \"1\"\n";
    let reply = cluster
        .ask(
            "POST",
            CONFIG_MAPS,
            &[("content-type", "application/yaml")],
            yaml,
        )
        .await;
    assert_eq!((reply.code, &reply.json()["data"]["a"]), (201, &json!("1")));
    let protobuf = b"k8s\0\x0a\x0f\x0a\x02v1\x12\x09ConfigMap\x12\x06\x0a\x04\x0a\x02pb".to_vec();
    let headers = [("content-type", "application/vnd.kubernetes.protobuf")];
    let reply = cluster.ask("POST", CONFIG_MAPS, &headers, protobuf).await;
    assert_eq!(
        (reply.code, &reply.json()["metadata"]["name"]),
        (201, &json!("pb")),
        "{}",
        reply.text
    );
}

/// NODE-01, and what pods are given on admission.
#[tokio::test(start_paused = true)]
async fn admission_marks_new_nodes_and_pods() {
    let cluster = Cluster::start().await;
    let node = cluster
        .post("/api/v1/nodes", &json!({"metadata": {"name": "node-1"}}))
        .await
        .json();
    assert_eq!(
        node["spec"]["taints"],
        json!([{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}])
    );
    let pod = cluster.post(PODS, &pod("p")).await.json();
    assert_eq!(
        (&pod["spec"]["serviceAccountName"], &pod["status"]["phase"]),
        (&json!("default"), &json!("Pending"))
    );
}

/// Go's decoder takes amounts written as numbers, and so do people; DS-48: answers carry Go's escapes.
#[tokio::test(start_paused = true)]
async fn amounts_may_be_numbers_and_answers_are_escaped_as_go_does() {
    let cluster = Cluster::start().await;
    let mut body = pod("p");
    body["spec"]["containers"][0]["resources"] = json!({"limits": {"cpu": 1, "memory": "64Mi"}});
    body["spec"]["containers"][0]["command"] = json!(["sh", "-c", "true && true > /dev/null"]);
    let made = cluster.post(PODS, &body).await;
    assert_eq!(made.code, 201, "{}", made.text);
    let container = &made.json()["spec"]["containers"][0];
    assert_eq!(container["resources"]["limits"]["cpu"], "1");
    assert_eq!(container["command"][2], "true && true > /dev/null");
    let escaped = r"true \u0026\u0026 true \u003e /dev/null";
    assert!(made.text.contains(escaped), "{}", made.text);
}

/// What bodies of subresources may say, and what they may not.
#[tokio::test(start_paused = true)]
async fn subresources_read_their_bodies_as_upstream_does() {
    let cluster = Cluster::start().await;
    let pods = "/api/v1/namespaces/default/pods";
    cluster.post(pods, &pod("p")).await;
    let namespace = json!({"metadata": {"name": "other"}});
    let reply = cluster
        .put("/api/v1/namespaces/default/finalize", &namespace)
        .await;
    assert_eq!(
        (reply.code, reply.message().as_str()),
        (
            400,
            "the name of the object (other) does not match the name on the URL (default)"
        )
    );
    let ports = json!({"spec": {"ephemeralContainers": [{"name": "d", "image": "i", "ports": [{"containerPort": 1}]}]}});
    let path = format!("{pods}/p/ephemeralcontainers");
    assert_eq!(
        cluster
            .patch("strategic-merge", &path, &ports)
            .await
            .message(),
        "Pod \"p\" is invalid: spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container"
    );
    let older =
        json!({"apiVersion": "policy/v1beta1", "kind": "Eviction", "metadata": {"name": "p"}});
    let reply = cluster.post(&format!("{pods}/p/eviction"), &older).await;
    assert_eq!(reply.code, 201, "{}", reply.text);
}
