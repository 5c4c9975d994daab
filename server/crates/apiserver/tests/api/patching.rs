//! PATCH over the wire: K-17, K-20, K-21. The merge rules themselves are tested beside the code.

use serde_json::json;

use crate::cluster::{CONFIG_MAPS, Cluster, JOBS, PODS, config_map, job, pod};

#[tokio::test(start_paused = true)]
async fn k_20_three_kinds_of_patch_reach_the_object() {
    let cluster = Cluster::start().await;
    let one = format!("{CONFIG_MAPS}/one");
    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    let reply = cluster
        .patch(
            "json",
            &one,
            &json!([{"op": "add", "path": "/data/b", "value": "2"}]),
        )
        .await;
    assert_eq!(reply.json()["data"], json!({"a": "1", "b": "2"}));
    let failed = cluster
        .patch(
            "json",
            &one,
            &json!([{"op": "test", "path": "/data/b", "value": "3"}]),
        )
        .await;
    assert_eq!(failed.code, 422);
    let stale = json!({"metadata": {"resourceVersion": "1"}, "data": {"a": null}});
    assert_eq!(
        cluster.patch("merge", &one, &stale).await.code,
        409,
        "made of an older version"
    );
    let reply = cluster
        .patch("strategic-merge", &one, &json!({"data": {"a": null}}))
        .await;
    assert_eq!(reply.json()["data"], json!({"b": "2"}));
    assert_eq!(
        cluster
            .patch("merge", &format!("{CONFIG_MAPS}/none"), &json!({}))
            .await
            .code,
        404
    );
}

/// K-20: `--subresource=status` changes the status alone, and the object alone without it.
#[tokio::test(start_paused = true)]
async fn k_20_a_subresource_is_patched_apart() {
    let cluster = Cluster::start().await;
    cluster.post(PODS, &pod("p")).await;
    let both = json!({"metadata": {"labels": {"a": "b"}}, "status": {"phase": "Failed"}});
    let rows = [
        ("", json!("b"), json!("Pending")),
        ("/status", json!("c"), json!("Failed")),
    ];
    for (sub, label, phase) in rows {
        let mut patch = both.clone();
        patch["metadata"]["labels"]["a"] = label.clone();
        let reply = cluster
            .patch("merge", &format!("{PODS}/p{sub}"), &patch)
            .await
            .json();
        assert_eq!(reply["status"]["phase"], phase, "{sub}");
    }
    let reply = cluster
        .patch("merge", &format!("{PODS}/p/scale"), &both)
        .await;
    assert_eq!(reply.code, 404, "{}", reply.text);
}

/// K-21: `label` and `annotate` merge, null deletes, and a version that is not the newest is refused.
#[tokio::test(start_paused = true)]
async fn k_21_labels_are_merged_and_deleted_by_null() {
    let cluster = Cluster::start().await;
    let made = cluster.post(PODS, &pod("p")).await.json();
    let path = format!("{PODS}/p?fieldManager=kubectl-label");
    let labels = |labels: serde_json::Value| json!({"metadata": {"labels": labels}});
    let reply = cluster
        .patch("merge", &path, &labels(json!({"a": "1", "b": "2"})))
        .await
        .json();
    assert_eq!(reply["metadata"]["labels"], json!({"a": "1", "b": "2"}));
    let reply = cluster
        .patch("merge", &path, &labels(json!({"a": null, "none": null})))
        .await
        .json();
    assert_eq!(reply["metadata"]["labels"], json!({"b": "2"}));
    let version = |version: &serde_json::Value| json!({"metadata": {"resourceVersion": version, "labels": {"c": "3"}}});
    let old = cluster
        .patch(
            "merge",
            &path,
            &version(&made["metadata"]["resourceVersion"]),
        )
        .await;
    assert_eq!(
        (old.code, old.json()["reason"].clone()),
        (409, json!("Conflict"))
    );
    let new = cluster
        .patch(
            "merge",
            &path,
            &version(&reply["metadata"]["resourceVersion"]),
        )
        .await;
    assert_eq!(new.code, 200, "{}", new.text);
    let wrong = cluster
        .patch("merge", &path, &labels(json!({"a b": "1"})))
        .await;
    assert_eq!(wrong.code, 422, "{}", wrong.text);
}

#[tokio::test(start_paused = true)]
async fn k_17_conditions_merge_by_type() {
    let cluster = Cluster::start().await;
    cluster.post(PODS, &pod("p")).await;
    let path = format!("{PODS}/p/status");
    for kind in ["Ready", "Initialized", "Ready"] {
        let patch = json!({"status": {"conditions": [{"type": kind, "status": "True"}]}});
        assert_eq!(
            cluster.patch("strategic-merge", &path, &patch).await.code,
            200
        );
    }
    let conditions = cluster.get(&path).await.json()["status"]["conditions"].clone();
    assert_eq!(conditions.as_array().expect("a list").len(), 2);
}

/// K-17: what a strategic patch cannot say is refused, and what nobody knows is an unknown field.
#[tokio::test(start_paused = true)]
async fn k_17_directives_are_read_as_upstream_reads_them() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    let rows = [
        (
            "",
            json!({"metadata": {"$retainKeys": ["name"], "labels": {"a": "b"}}}),
            400,
            "invalid patch format of retainKeys",
        ),
        (
            "",
            json!({"data": {"$patch": "merge", "a": "2"}}),
            400,
            "unknown patch type: merge in map: map[$patch:merge a:2]",
        ),
        (
            "?fieldValidation=Strict",
            json!({"$foo": 1}),
            422,
            "unknown field \"$foo\"",
        ),
        ("?fieldValidation=Ignore", json!({"$foo": 1}), 200, ""),
    ];
    for (query, patch, code, says) in rows {
        let path = format!("{CONFIG_MAPS}/one{query}");
        let reply = cluster.patch("strategic-merge", &path, &patch).await;
        assert_eq!(reply.code, code, "{patch}: {}", reply.text);
        assert!(reply.message().contains(says), "{}", reply.message());
    }
}

/// API-01: fields that Go leaves out when they are empty are no change where they were not said, but for
/// those of an immutable ConfigMap, which upstream compares to the letter.
#[tokio::test(start_paused = true)]
async fn what_is_empty_changes_nothing() {
    const SETS: &str = "/apis/apps/v1/namespaces/default/daemonsets";
    const SERVICES: &str = "/api/v1/namespaces/default/services";
    let cluster = Cluster::start().await;
    let labels = json!({"app": "d"});
    let set = json!({"metadata": {"name": "o"}, "spec": {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pod("c")["spec"]},
    }});
    let mut frozen = config_map("o");
    frozen["immutable"] = json!(true);
    let service = json!({"metadata": {"name": "o"}, "spec": {"ports": [{"port": 80}]}});
    for (path, body) in [
        (JOBS, job("o")),
        (PODS, pod("o")),
        (SETS, set),
        (SERVICES, service),
        (CONFIG_MAPS, frozen),
    ] {
        let made = cluster.post(path, &body).await;
        assert_eq!(made.code, 201, "{}", made.text);
    }
    let empty = json!({"volumes": [], "priorityClassName": "", "nodeSelector": {}, "hostIPC": false, "$setElementOrder/containers": [{"name": "c"}],
        "containers": [{"name": "c", "command": [], "tty": false, "workingDir": "", "volumeMounts": []}]});
    let template = json!({"spec": {"template": {"spec": empty}}});
    let rows = [
        (JOBS, template.clone()),
        (PODS, json!({"spec": empty})),
        (SETS, template),
        (
            SETS,
            json!({"spec": {"selector": {"matchExpressions": []}}}),
        ),
        (
            SERVICES,
            json!({"spec": {"selector": {}, "externalIPs": []}}),
        ),
    ];
    for (path, patch) in rows {
        let path = format!("{path}/o");
        let before = cluster.get(&path).await.json();
        let after = cluster.patch("strategic-merge", &path, &patch).await;
        assert_eq!(after.json(), before, "{path} {patch}");
    }
    let told = cluster
        .patch(
            "merge",
            &format!("{CONFIG_MAPS}/o"),
            &json!({"binaryData": {}}),
        )
        .await;
    assert_eq!(
        told.message(),
        "ConfigMap \"o\" is invalid: binaryData: Forbidden: field is immutable when `immutable` is set"
    );
    let wrong = json!({"spec": {"completions": 5, "template": {"spec": {"volumes": []}}}});
    let refused = cluster.patch("merge", &format!("{JOBS}/o"), &wrong).await;
    assert_eq!(
        refused.message(),
        "Job.batch \"o\" is invalid: spec.completions: Invalid value: 5: field is immutable"
    );
}

/// K-03, K-17, K-18: what reads JSON refuses what is no int32; what reads documents takes numbers without a fraction, and
/// of too large ones the lower half, as Go's conversion does.
#[tokio::test(start_paused = true)]
async fn k_17_k_18_numbers_fit_as_go_fits_them() {
    let cluster = Cluster::start().await;
    cluster.post(JOBS, &job("j")).await;
    let path = format!("{JOBS}/j?dryRun=All&fieldManager=m&force=true");
    let other = format!("{JOBS}/j?dryRun=All&fieldManager=m");
    let unread = |number: &str| {
        format!(
            "cannot unmarshal number {number} into Go struct field JobSpec.spec.parallelism of type int32"
        )
    };
    let negative = "Job.batch \"j\" is invalid: spec.parallelism: Invalid value: -1294967296: must be greater than or equal to 0";
    let no_integer = "cannot convert float64 to int32".to_owned();
    let rows = [
        ("5.0", Err(unread("5.0")), Ok(5)),
        ("5.5", Err(unread("5.5")), Err(no_integer)),
        (
            "3000000000",
            Err(unread("3000000000")),
            Err(negative.to_owned()),
        ),
        ("4294967297", Err(unread("4294967297")), Ok(1)),
        ("-0", Ok(0), Ok(0)),
    ];
    for (number, of_json, of_documents) in rows {
        let merge = format!(r#"{{"spec":{{"parallelism":{number}}}}}"#);
        let applied = format!(
            r#"{{"apiVersion":"batch/v1","kind":"Job","metadata":{{"name":"j"}},"spec":{{"parallelism":{number}}}}}"#
        );
        let operations =
            format!(r#"[{{"op":"replace","path":"/spec/parallelism","value":{number}}}]"#);
        let asked = [
            ("merge-patch+json", &other, &merge, &of_json),
            ("json-patch+json", &other, &operations, &of_json),
            ("strategic-merge-patch+json", &other, &merge, &of_documents),
            ("apply-patch+yaml", &path, &applied, &of_documents),
        ];
        for (media, path, body, want) in asked {
            let media = format!("application/{media}");
            let headers = [("content-type", media.as_str())];
            let reply = cluster.ask("PATCH", path, &headers, body.clone()).await;
            match want {
                Ok(number) => assert_eq!(
                    reply.json()["spec"]["parallelism"],
                    json!(number),
                    "{media} {body}: {}",
                    reply.text
                ),
                Err(says) => {
                    let told = reply.message();
                    assert!(told.ends_with(says.as_str()), "{media} {body}: {told}");
                }
            }
        }
    }
    let merge = [("content-type", "application/merge-patch+json")];
    let sent = r#"{"spec":{"parallelism":1e3}}"#;
    let told = cluster.ask("PATCH", &other, &merge, sent).await.message();
    assert!(told.ends_with(&unread("1e3")), "as it is written: {told}");
    let told = "json: cannot unmarshal number 1e400 into Go value of type float64";
    let rows = [
        ("merge-patch+json", format!("error decoding patch: {told}")),
        ("strategic-merge-patch+json", told.to_owned()),
    ];
    for (media, want) in rows {
        let media = format!("application/{media}");
        let headers = [("content-type", media.as_str())];
        let sent = r#"{"spec":{"parallelism":1e400}}"#;
        let reply = cluster.ask("PATCH", &other, &headers, sent).await;
        assert_eq!((reply.code, reply.message()), (400, want), "{media}");
    }
    let yaml = [("content-type", "application/yaml")];
    let body = job("k")
        .to_string()
        .replacen("\"spec\":{", "\"spec\":{\"parallelism\":5.0,", 1);
    let made = cluster.ask("POST", JOBS, &yaml, body.clone()).await;
    assert_eq!(made.json()["spec"]["parallelism"], 5, "{}", made.text);
    let refused = cluster.ask("POST", JOBS, &[], body).await;
    assert_eq!(refused.code, 400, "JSON says that it has a fraction");
}
