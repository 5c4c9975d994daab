//! Rules that only show over the wire: warnings, deletion defaults, selectors, versions.

use serde_json::{Value, json};

use crate::cluster::{CONFIG_MAPS, CRON_JOBS, Cluster, JOBS, Reply, config_map, job, pod};

const DAEMON_SETS: &str = "/apis/apps/v1/namespaces/default/daemonsets";

fn cron_job(name: &str) -> Value {
    json!({"metadata": {"name": name}, "spec": {
        "schedule": "* * * * *", "jobTemplate": {"spec": job("x")["spec"].clone()},
    }})
}

fn daemon_set(name: &str) -> Value {
    let mut template = pod("x");
    template["metadata"] = json!({"labels": {"a": "b"}});
    json!({"metadata": {"name": name}, "spec": {
        "selector": {"matchLabels": {"a": "b"}}, "template": template,
    }})
}

fn warnings(reply: &Reply) -> Vec<String> {
    let all = reply.headers.get_all("warning").iter();
    all.map(|v| v.to_str().expect("warnings are ASCII").to_owned())
        .collect()
}

/// K-04.
#[tokio::test(start_paused = true)]
async fn cjv_08_jobv_16_jobv_18_dsv_09_k_04_warnings_are_headers() {
    let cluster = Cluster::start().await;
    let mut large = job("large");
    large["spec"]["completionMode"] = json!("Indexed");
    large["spec"]["completions"] = json!(100_001);
    large["spec"]["parallelism"] = json!(10_001);
    let mut zoned = cron_job("zoned");
    zoned["spec"]["schedule"] = json!("TZ=UTC * * * * *");
    let rows = [
        (
            "CJV-08 a name that is no label",
            CRON_JOBS,
            cron_job("a.b"),
            "DNS label is recommended",
        ),
        (
            "JOBV-18 a name that is no label",
            JOBS,
            job("a.b"),
            "DNS label is recommended",
        ),
        (
            "JOBV-16 too large an Indexed Job",
            JOBS,
            large,
            "higher than 10^5",
        ),
        (
            "DSV-09 no warning for such a name",
            DAEMON_SETS,
            daemon_set("a.b"),
            "",
        ),
    ];
    for (why, path, body, says) in rows {
        let reply = cluster.post(path, &body).await;
        assert_eq!(reply.code, 201, "{why}: {}", reply.text);
        let told = warnings(&reply);
        match says {
            "" => assert!(told.is_empty(), "{why}: {told:?}"),
            _ => assert!(
                told.len() == 1 && told[0].starts_with("299 - \"") && told[0].contains(says),
                "{why}: {told:?}"
            ),
        }
    }
    let relabel = json!({"metadata": {"labels": {"x": "y"}}});
    let reply = cluster
        .patch("merge", &format!("{JOBS}/large"), &relabel)
        .await;
    assert!(
        warnings(&reply).is_empty(),
        "JOBV-18: an update warns only when the generation changed: {:?}",
        warnings(&reply)
    );
}

#[tokio::test(start_paused = true)]
async fn cjv_09_dsv_07_gc_10_a_delete_without_policy_removes_at_once() {
    let cluster = Cluster::start().await;
    for (path, body, kind) in [
        (CRON_JOBS, cron_job("x.y"), "cronjobs"),
        (DAEMON_SETS, daemon_set("x.y"), "daemonsets"),
    ] {
        let made = cluster.post(path, &body).await;
        assert_eq!(
            made.code, 201,
            "DSV-07: a subdomain is a name: {}",
            made.text
        );
        let object = format!("{path}/x.y");
        let gone = cluster.delete(&object, &json!({})).await.json();
        assert_eq!(
            (
                &gone["status"],
                &gone["details"]["kind"],
                &gone["details"]["uid"]
            ),
            (
                &json!("Success"),
                &json!(kind),
                &made.json()["metadata"]["uid"]
            )
        );
        assert_eq!(cluster.get(&object).await.code, 404);
    }
}

#[tokio::test(start_paused = true)]
async fn cjv_10_cjv_07_an_unconditional_update_raises_the_generation() {
    let cluster = Cluster::start().await;
    cluster.post(CRON_JOBS, &cron_job("c")).await;
    let mut changed = cron_job("c");
    changed["spec"]["suspend"] = json!(true);
    changed["status"] = json!({"lastScheduleTime": "2026-01-01T00:00:00Z"});
    let put = cluster.put(&format!("{CRON_JOBS}/c"), &changed).await;
    assert_eq!(put.code, 200, "{}", put.text);
    let object = put.json();
    assert_eq!(object["metadata"]["generation"], 2);
    assert!(
        object["status"].get("lastScheduleTime").is_none(),
        "{object}"
    );
}

#[tokio::test(start_paused = true)]
async fn jobv_19_indexed_success_without_completions_is_invalid() {
    let cluster = Cluster::start().await;
    let mut body = job("j");
    body["spec"]["completionMode"] = json!("Indexed");
    body["spec"]["parallelism"] = json!(2);
    body["spec"]["successPolicy"] = json!({"rules": [{"succeededCount": 1}]});
    let reply = cluster.post(JOBS, &body).await;
    assert_eq!(reply.code, 422, "{}", reply.text);
    assert!(
        reply
            .message()
            .contains("spec.completions: Required value: when completion mode is Indexed"),
        "{}",
        reply.message()
    );
}

#[tokio::test(start_paused = true)]
async fn jobv_17_jobv_20_field_selectors_of_jobs() {
    let cluster = Cluster::start().await;
    cluster.post(JOBS, &job("j")).await;
    cluster.post(JOBS, &job("k")).await;
    for (selector, found) in [
        ("metadata.name%3Dj", 1),
        ("metadata.namespace%3Ddefault", 2),
        ("status.successful%3D0", 2),
        ("status.successful!%3D0", 0),
    ] {
        let list = cluster
            .get(&format!("{JOBS}?fieldSelector={selector}"))
            .await;
        let items = list.json()["items"].as_array().map(Vec::len);
        assert_eq!(items, Some(found), "{selector}: {}", list.text);
    }
    let rows = [
        (JOBS, "field label not supported: spec.x"),
        (
            CRON_JOBS,
            "\"spec.x\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"",
        ),
    ];
    for (path, says) in rows {
        let reply = cluster
            .get(&format!("{path}?fieldSelector=spec.x%3D1"))
            .await;
        assert_eq!(reply.code, 400);
        assert!(reply.message().contains(says), "{}", reply.message());
    }
}

#[tokio::test(start_paused = true)]
async fn k_41_versions_grow_over_the_whole_collection() {
    let cluster = Cluster::start().await;
    let mut last = 0;
    for (index, namespace) in ["default", "kube-system", "default"].iter().enumerate() {
        let path = format!("/api/v1/namespaces/{namespace}/configmaps");
        let made = cluster
            .post(&path, &config_map(&format!("m{index}")))
            .await
            .json();
        let text = made["metadata"]["resourceVersion"]
            .as_str()
            .expect("a version");
        let version: u64 = text.parse().expect("a decimal number");
        assert_eq!(version.to_string(), text, "no leading zeros");
        assert!(version > last);
        last = version;
    }
    let list = cluster.get("/api/v1/configmaps").await.json();
    let listed = list["metadata"]["resourceVersion"]
        .as_str()
        .expect("a version");
    assert!(listed.parse::<u64>().expect("a decimal number") >= last);
}

#[tokio::test(start_paused = true)]
async fn k_06_an_empty_list_has_items() {
    let cluster = Cluster::start().await;
    let list = cluster.get(CRON_JOBS).await.json();
    assert_eq!(list["items"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn gc_07_the_last_finalizer_takes_the_object_along() {
    let cluster = Cluster::start().await;
    let mut body = config_map("c");
    body["metadata"]["finalizers"] = json!(["a.b/c"]);
    cluster.post(CONFIG_MAPS, &body).await;
    let path = format!("{CONFIG_MAPS}/c");
    let kept = cluster.delete(&path, &json!({})).await.json();
    assert!(
        kept["metadata"]["deletionTimestamp"].is_string(),
        "GC-10: kept, so the object answers"
    );
    let freed = json!({"metadata": {"finalizers": null, "deletionTimestamp": null}});
    cluster.patch("merge", &path, &freed).await;
    assert_eq!(cluster.get(&path).await.code, 404);
}

/// PR-03: maps print sorted, empty ones as `<none>`.
#[tokio::test(start_paused = true)]
async fn pr_01_wide_columns_have_priority_one_and_names_their_format() {
    let cluster = Cluster::start().await;
    let mut body = daemon_set("d");
    let labels = json!({"b": "2", "a": "1"});
    body["spec"]["selector"]["matchLabels"] = labels.clone();
    body["spec"]["template"]["metadata"]["labels"] = labels;
    cluster.post(DAEMON_SETS, &body).await;
    let accept = [("accept", "application/json;as=Table;v=v1;g=meta.k8s.io")];
    let table = cluster.ask("GET", DAEMON_SETS, &accept, "").await.json();
    let columns = table["columnDefinitions"].as_array().expect("columns");
    assert_eq!(
        (&columns[0]["name"], &columns[0]["format"]),
        (&json!("Name"), &json!("name"))
    );
    let cells = table["rows"][0]["cells"].as_array().expect("cells");
    let printed = |name: &str| {
        let at = columns.iter().position(|c| c["name"] == name);
        let at = at.expect("the column is there");
        (columns[at]["priority"].clone(), cells[at].clone())
    };
    assert_eq!(printed("Node Selector"), (json!(0), json!("<none>")));
    assert_eq!(printed("Selector"), (json!(1), json!("a=1,b=2")));
    assert_eq!(printed("Desired"), (json!(0), json!(0)), "PR-04: a number");
}

/// Method, path, headers, and the options that it has.
type Request<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str);

/// K-08: wrong options are 422 on the options, all of them at once, whatever the verb.
#[tokio::test(start_paused = true)]
async fn k_08_wrong_options_are_told_all_at_once() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("c")).await;
    let wrong = "fieldManager=a%07b&dryRun=Some&fieldValidation=Perhaps";
    let one = format!("{CONFIG_MAPS}/c?{wrong}");
    let body = config_map("c").to_string();
    let merge = [("content-type", "application/merge-patch+json")];
    let rows: [Request<'_>; 3] = [
        (
            "POST",
            &format!("{CONFIG_MAPS}?{wrong}"),
            &[],
            "CreateOptions",
        ),
        ("PUT", &one, &[], "UpdateOptions"),
        ("PATCH", &one, &merge, "PatchOptions"),
    ];
    for (method, path, headers, kind) in rows {
        let told = cluster.ask(method, path, headers, body.clone()).await;
        assert_eq!(told.code, 422, "{method}");
        assert_eq!(
            told.message(),
            format!(
                "{kind}.meta.k8s.io \"\" is invalid: [fieldManager: Invalid value: \"a\\ab\": invalid character U+0007 (at position 1), dryRun: Unsupported value: [\"Some\"]: supported values: \"All\", fieldValidation: Unsupported value: \"Perhaps\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"]"
            )
        );
    }
    for path in [
        format!("{CONFIG_MAPS}/c?dryRun=Some"),
        format!("{CONFIG_MAPS}/c"),
    ] {
        let body = match path.contains('?') {
            true => String::new(),
            false => json!({"dryRun": ["Some"]}).to_string(),
        };
        let told = cluster.ask("DELETE", &path, &[], body).await;
        assert_eq!(
            (told.code, told.message()),
            (422, "DeleteOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: [\"Some\"]: supported values: \"All\"".to_owned())
        );
    }
    assert_eq!(
        cluster.get(&format!("{CONFIG_MAPS}/c")).await.code,
        200,
        "it is still there"
    );
}

/// A name in a path is taken whole: what would part a query does not part it.
#[tokio::test(start_paused = true)]
async fn names_in_paths_are_taken_whole() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("c")).await;
    for name in ["c&d", "c%26d", "c=", "c=d", "c%3D", "c+", "c%20"] {
        assert_eq!(
            cluster.get(&format!("{CONFIG_MAPS}/{name}")).await.code,
            404,
            "{name}"
        );
    }
    assert_eq!(cluster.get(&format!("{CONFIG_MAPS}/%63")).await.code, 200);
}

/// A body, a field of its specification with two values, a field of its status with one.
type Doors<'a> = (&'a str, Value, &'a str, [Value; 2], &'a str, Value);

/// A new object has no status, the main door keeps it, and through `/status` metadata passes but no spec.
#[tokio::test(start_paused = true)]
async fn cjv_07_jobv_14_dsv_06_each_door_keeps_the_other_half() {
    let cluster = Cluster::start().await;
    let suspend = [json!(true), json!(false)];
    let time = json!("2026-01-01T00:00:00Z");
    let rows: [Doors<'_>; 3] = [
        (
            JOBS,
            job("x"),
            "suspend",
            suspend.clone(),
            "active",
            json!(2),
        ),
        (
            CRON_JOBS,
            cron_job("x"),
            "suspend",
            suspend,
            "lastScheduleTime",
            time,
        ),
        (
            DAEMON_SETS,
            daemon_set("x"),
            "minReadySeconds",
            [json!(5), json!(9)],
            "numberReady",
            json!(2),
        ),
    ];
    for (path, mut body, field, [first, second], counter, count) in rows {
        let object = format!("{path}/x");
        let status = json!({counter: count});
        body["status"] = status.clone();
        let made = cluster.post(path, &body).await.json();
        assert_ne!(made["status"][counter], count, "{path}: {made}");
        let change = json!({"spec": {field: first}, "status": status});
        let main = cluster.patch("merge", &object, &change).await.json();
        assert_eq!(
            (&main["spec"][field], &main["metadata"]["generation"]),
            (&first, &json!(2)),
            "{path}: {main}"
        );
        assert_ne!(main["status"][counter], count, "{path}: {main}");
        let metadata = json!({"labels": {"c": "d"}, "annotations": {"e": "f"}});
        let change = json!({"metadata": metadata, "spec": {field: second}, "status": status});
        let door = format!("{object}/status");
        let told = cluster.patch("merge", &door, &change).await.json();
        assert_eq!(
            (&told["spec"], &told["metadata"]["generation"]),
            (&main["spec"], &json!(2)),
            "{path}: {told}"
        );
        assert_eq!(told["status"][counter], count, "{path}: {told}");
        assert_eq!(
            (
                &told["metadata"]["labels"]["c"],
                &told["metadata"]["annotations"]["e"]
            ),
            (&json!("d"), &json!("f")),
            "{path}: {told}"
        );
    }
}

/// K-04: a write of a status is warned of what it says itself, and of nothing else.
#[tokio::test(start_paused = true)]
async fn cjv_08_k_04_warnings_of_a_status_are_its_own() {
    let cluster = Cluster::start().await;
    let told = |reply: &Reply| {
        assert!(reply.code < 300, "{}", reply.text);
        warnings(reply)
    };
    let node = json!({"metadata": {"name": "n"}, "spec": {"externalID": "e"}});
    let made = told(&cluster.post("/api/v1/nodes", &node).await);
    assert!(
        made.len() == 1 && made[0].contains("spec.externalID"),
        "{made:?}"
    );
    let labels = json!({"metadata": {"labels": {"a": "b"}}});
    let patched = cluster.patch("merge", "/api/v1/nodes/n", &labels).await;
    assert_eq!(told(&patched), made);
    let phase = json!({"status": {"phase": "Running"}});
    let status = cluster
        .patch("merge", "/api/v1/nodes/n/status", &phase)
        .await;
    assert_eq!(told(&status), [""; 0]);
    let services = "/api/v1/namespaces/default/services";
    let service = json!({"metadata": {"name": "s"}, "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]}});
    assert_eq!(told(&cluster.post(services, &service).await), [""; 0]);
    let ingress =
        json!({"status": {"loadBalancer": {"ingress": [{"ip": "FD00::1", "ipMode": "VIP"}]}}});
    let status = format!("{services}/s/status");
    let status = told(&cluster.patch("merge", &status, &ingress).await);
    assert!(
        status.len() == 1 && status[0].contains("status.loadBalancer.ingress[0]: IPv6 address"),
        "{status:?}"
    );
}

/// Upstream keeps the count as a number, so that a text that is none makes no DaemonSet.
#[tokio::test(start_paused = true)]
async fn dsv_05_a_count_that_is_no_number() {
    let cluster = Cluster::start().await;
    let mut body = daemon_set("a");
    body["metadata"]["annotations"] = json!({"deprecated.daemonset.template.generation": "x"});
    let refused = "DaemonSet in version \"v1\" cannot be handled as a DaemonSet: strconv.ParseInt: parsing \"x\": invalid syntax";
    let created = cluster.post(DAEMON_SETS, &body).await;
    assert_eq!((created.code, created.message().as_str()), (400, refused));
    cluster.post(DAEMON_SETS, &daemon_set("a")).await;
    let put = cluster.put(&format!("{DAEMON_SETS}/a"), &body).await;
    assert_eq!((put.code, put.message().as_str()), (400, refused));
    let stored = cluster.get(&format!("{DAEMON_SETS}/a")).await.json();
    assert_eq!(
        stored["metadata"]["annotations"],
        json!({"deprecated.daemonset.template.generation": "1"})
    );
}

/// Taking the selector away is a change of what may not change; upstream calls nothing by that word.
#[tokio::test(start_paused = true)]
async fn dsv_02_a_selector_that_is_taken_away() {
    let cluster = Cluster::start().await;
    cluster.post(DAEMON_SETS, &daemon_set("a")).await;
    let path = format!("{DAEMON_SETS}/a");
    let mut without = daemon_set("a");
    without["spec"]["selector"] = Value::Null;
    let replies = [
        cluster.put(&path, &without).await,
        cluster
            .patch("merge", &path, &json!({"spec": {"selector": null}}))
            .await,
    ];
    for reply in replies {
        assert_eq!(
            (reply.code, reply.message().as_str()),
            (
                422,
                "DaemonSet.apps \"a\" is invalid: [spec.template.metadata.labels: Invalid value: {\"a\":\"b\"}: `selector` does not match template `labels`, spec.selector: Invalid value: \"null\": field is immutable]"
            )
        );
    }
}
