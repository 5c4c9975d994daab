//! The same object in other shapes, small on the wire, and written on trial: K-08, K-10, issue 5.

use std::io::Read;

use flate2::read::GzDecoder;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::cluster::{CONFIG_MAPS, Cluster, JOBS, PODS, config_map, job, pod};

const METADATA: (&str, &str) = (
    "accept",
    "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
);

#[tokio::test(start_paused = true)]
async fn metadata_alone_comes_of_an_object_and_of_its_changes() {
    let cluster = Cluster::start().await;
    cluster.post(JOBS, &job("j")).await;
    let one = cluster
        .ask("GET", &format!("{JOBS}/j"), &[METADATA], "")
        .await;
    let bare = |object: &Value| {
        assert_eq!(object["kind"], "PartialObjectMetadata");
        assert_eq!(object["apiVersion"], "meta.k8s.io/v1");
        assert_eq!(object["metadata"]["name"], "j");
        assert_eq!(object.get("spec"), None);
        assert_eq!(object.get("status"), None);
    };
    bare(&one.json());
    let path = format!("{JOBS}?watch=true&allowWatchBookmarks=true&timeoutSeconds=90");
    let mut events = cluster.watch(&path, &[METADATA]).await;
    let first = events.next().await.expect("what is there");
    assert_eq!(first["type"], "ADDED");
    bare(&first["object"]);
    let end = events.next().await.expect("the end of what was there");
    assert_eq!(end["object"]["kind"], "PartialObjectMetadata");
    assert_eq!(
        end["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"],
        "true"
    );
    let patch = json!({"spec": {"suspend": true}});
    cluster.patch("merge", &format!("{JOBS}/j"), &patch).await;
    bare(&events.next().await.expect("the change")["object"]);
    let bookmark = events.next().await.expect("a minute later");
    assert_eq!(bookmark["type"], "BOOKMARK");
    assert_eq!(bookmark["object"]["kind"], "PartialObjectMetadata");
}

/// A list is no object, nor an object a list, whatever of them is wanted.
#[tokio::test(start_paused = true)]
async fn metadata_alone_is_asked_for_as_what_it_is() {
    let cluster = Cluster::start().await;
    cluster.post(JOBS, &job("j")).await;
    cluster.post(PODS, &pod("p")).await;
    let list = (
        "accept",
        "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
    );
    let rows = [
        (
            JOBS.to_owned(),
            METADATA,
            "you requested PartialObjectMetadata, but the requested object is a list (*batch.JobList)",
        ),
        (
            format!("{PODS}/p"),
            list,
            "you requested PartialObjectMetadataList, but the requested object is not a list (*core.Pod)",
        ),
    ];
    for (path, accept, told) in rows {
        let refused = cluster.ask("GET", &path, &[accept], "").await;
        let status = refused.json();
        assert_eq!((refused.code, &status["message"]), (406, &json!(told)));
        assert_eq!(status["reason"], "NotAcceptable", "{path}");
    }
    for (path, accept) in [(PODS.to_owned(), list), (format!("{PODS}/p"), METADATA)] {
        assert_eq!(
            cluster.ask("GET", &path, &[accept], "").await.code,
            200,
            "{path}"
        );
    }
    cluster.post(PODS, &pod("q")).await;
    let page = format!("{PODS}?limit=1");
    let page = cluster.ask("GET", &page, &[list], "").await.json();
    let types = (&page["kind"], &page["apiVersion"]);
    let want = (json!("PartialObjectMetadataList"), json!("meta.k8s.io/v1"));
    assert_eq!(types, (&want.0, &want.1));
    assert_eq!(page["metadata"]["remainingItemCount"], 1);
    let item = page["items"][0].as_object().expect("an object");
    assert_eq!(item["metadata"]["name"], "p");
    assert_eq!(item["kind"], "PartialObjectMetadata");
    assert_eq!(item.len(), 3, "no spec and no status: {item:?}");
}

/// K-08: `pretty` is for every answer that ends; curl, Wget and browsers need not ask.
#[tokio::test(start_paused = true)]
async fn json_is_indented_for_people() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("c")).await;
    let one = format!("{CONFIG_MAPS}/c");
    let begins = |text: &str| text.starts_with("{\n  \"");
    let missing = format!("{CONFIG_MAPS}/none");
    for path in [&one, CONFIG_MAPS, &missing, "/api", "/apis/batch/v1"] {
        let plain = cluster.get(path).await;
        assert!(!plain.text.contains("\n  "), "{path}: {}", plain.text);
        for asked in ["true", "1"] {
            let pretty = cluster.get(&format!("{path}?pretty={asked}")).await;
            assert!(begins(&pretty.text), "{path}: {}", pretty.text);
            assert_eq!((pretty.code, pretty.json()), (plain.code, plain.json()));
        }
        let agents = [
            ("curl/8.5.0", "", true),
            ("Wget/1.21", "", true),
            ("Mozilla/5.0 (X11)", "?pretty=", true),
            ("curl/8.5.0", "?pretty=false", false),
            ("curl/8.5.0", "?pretty=perhaps", false),
            ("kubectl/v1.36.0", "", false),
        ];
        for (agent, query, indented) in agents {
            let headers = [("user-agent", agent)];
            let asked = format!("{path}{query}");
            let text = cluster.ask("GET", &asked, &headers, "").await.text;
            assert_eq!(begins(&text), indented, "{agent} {path}{query}: {text}");
        }
    }
    let watch = format!("{CONFIG_MAPS}?watch=true&pretty=true");
    let mut events = cluster.watch(&watch, &[]).await;
    let first = events.next().await.expect("each event is a line");
    assert_eq!(first["object"]["metadata"]["name"], "c");
    let version = cluster.get("/version").await.text;
    assert!(begins(&version), "{version}");
}

#[tokio::test(start_paused = true)]
async fn large_lists_are_compressed_for_whoever_takes_it() {
    let cluster = Cluster::start().await;
    let mut large = config_map("large");
    large["data"]["a"] = json!("word ".repeat(60_000));
    cluster.post(CONFIG_MAPS, &large).await;
    let request = http::Request::get(CONFIG_MAPS)
        .header("authorization", "Bearer secret")
        .header("accept-encoding", "gzip")
        .body(axum::body::Body::empty())
        .expect("a good request");
    let response = cluster.send(request).await;
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let body = response.into_body().collect().await.expect("it ends");
    let zipped = body.to_bytes();
    let mut text = String::new();
    GzDecoder::new(&zipped[..])
        .read_to_string(&mut text)
        .expect("it is gzip");
    let plain = cluster.get(CONFIG_MAPS).await;
    assert!(plain.headers.get("content-encoding").is_none());
    assert_eq!(text, plain.text);
    assert!(zipped.len() * 20 < text.len());
}

/// Upstream compresses what is larger than 128 KiB, a write's answer, too, and never a watch.
#[tokio::test(start_paused = true)]
async fn only_what_is_large_is_compressed() {
    let cluster = Cluster::start().await;
    for (name, bytes) in [("large", 140_000), ("small", 120_000)] {
        let mut object = config_map(name);
        object["data"]["a"] = json!("x".repeat(bytes));
        cluster.post(CONFIG_MAPS, &object).await;
    }
    let one = |name: &str| format!("{CONFIG_MAPS}/{name}");
    let rows = [
        ("GET", one("large"), "gzip", true),
        ("GET", one("large"), "br, gzip", true),
        ("GET", one("large"), "gzip;q=0", false),
        ("GET", one("large"), "deflate", false),
        ("GET", one("large"), "identity", false),
        ("GET", one("small"), "gzip", false),
        ("GET", one("none"), "gzip", false),
        ("PATCH", one("large"), "gzip", true),
        ("PATCH", one("small"), "gzip", false),
        (
            "GET",
            format!("{CONFIG_MAPS}?watch=true&timeoutSeconds=1"),
            "gzip",
            false,
        ),
    ];
    for (method, path, encoding, zipped) in rows {
        let headers = [
            ("accept-encoding", encoding),
            ("content-type", "application/merge-patch+json"),
        ];
        let body = if method == "PATCH" { "{}" } else { "" };
        let reply = cluster.ask(method, &path, &headers, body).await;
        let told = reply.headers.get("content-encoding");
        assert_eq!(told.is_some(), zipped, "{method} {path} {encoding}");
    }
}

/// K-08: `dryRun=All` on every verb answers as the write would, and changes nothing.
#[tokio::test(start_paused = true)]
async fn k_08_every_verb_runs_dry() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("c")).await;
    cluster.post(JOBS, &job("j")).await;
    cluster.post(PODS, &pod("p")).await;
    let before = state(&cluster).await;
    let (map, the_job) = (format!("{CONFIG_MAPS}/c"), format!("{JOBS}/j"));
    let applied = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "9"}});
    let eviction = json!({"metadata": {"name": "p"}, "deleteOptions": {"dryRun": ["All"]}});
    let mut changed = config_map("c");
    changed["data"]["a"] = json!("9");
    let rows = [
        ("POST", CONFIG_MAPS.to_owned(), "", config_map("d"), 201),
        ("PUT", map.clone(), "", changed, 200),
        (
            "PATCH",
            map.clone(),
            "application/merge-patch+json",
            json!({"data": {"a": "9"}}),
            200,
        ),
        (
            "PATCH",
            map.clone(),
            "application/json-patch+json",
            json!([{"op": "remove", "path": "/data/a"}]),
            200,
        ),
        (
            "PATCH",
            the_job.clone(),
            "application/strategic-merge-patch+json",
            json!({"spec": {"suspend": true}}),
            200,
        ),
        (
            "PATCH",
            format!("{map}?fieldManager=m&force=true"),
            "application/apply-patch+yaml",
            applied,
            200,
        ),
        (
            "PATCH",
            format!("{the_job}/status"),
            "application/merge-patch+json",
            json!({"status": {"active": 1}}),
            200,
        ),
        (
            "DELETE",
            the_job,
            "",
            json!({"propagationPolicy": "Foreground"}),
            200,
        ),
        ("DELETE", CONFIG_MAPS.to_owned(), "", json!({}), 200),
        ("POST", format!("{PODS}/p/eviction"), "", eviction, 201),
        (
            "DELETE",
            format!("{PODS}/p"),
            "",
            json!({"gracePeriodSeconds": 0}),
            200,
        ),
    ];
    for (method, path, media_type, body, code) in rows {
        let path = match path.contains('?') {
            true => format!("{path}&dryRun=All"),
            false => format!("{path}?dryRun=All"),
        };
        // a body of options wins over the query (GC-10)
        let mut body = body;
        if method == "DELETE" {
            body["dryRun"] = json!(["All"]);
        }
        let headers = [("content-type", media_type)];
        let headers = if media_type.is_empty() {
            &[][..]
        } else {
            &headers[..]
        };
        let reply = cluster.ask(method, &path, headers, body.to_string()).await;
        assert_eq!(reply.code, code, "{method} {path}: {}", reply.text);
        assert_eq!(state(&cluster).await, before, "{method} {path}");
    }
}

/// What a write does besides is left out as well: a namespace's furniture, addresses, a pod's node.
#[tokio::test(start_paused = true)]
async fn k_08_every_door_runs_dry() {
    const STRATEGIC: &str = "application/strategic-merge-patch+json";
    const NAMESPACES: &str = "/api/v1/namespaces";
    let cluster = Cluster::start().await;
    let mut sized = pod("p");
    sized["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": "1"}});
    cluster.post(PODS, &sized).await;
    let before = state(&cluster).await;
    let p = format!("{PODS}/p");
    let default = format!("{NAMESPACES}/default");
    let debugger = json!({"ephemeralContainers": [{"name": "d", "image": "busybox"}]});
    let more = json!({"containers": [{"name": "c", "resources": {"requests": {"cpu": "2"}}}]});
    let ports = json!([{"port": 80, "nodePort": 30123}]);
    let service = json!({
        "metadata": {"name": "s"},
        "spec": {"type": "NodePort", "clusterIP": "10.96.7.7", "ports": ports},
    });
    let services = format!("{default}/services");
    let bound = json!({"metadata": {"name": "p"}, "target": {"kind": "Node", "name": "n"}});
    let ended = json!({"status": {"phase": "Failed"}});
    let rows = [
        ("POST", format!("{p}/binding"), bound.clone(), 201),
        ("POST", format!("{default}/bindings"), bound, 201),
        (
            "PATCH",
            format!("{p}/ephemeralcontainers"),
            json!({"spec": debugger}),
            200,
        ),
        ("PATCH", format!("{p}/resize"), json!({"spec": more}), 200),
        ("PATCH", format!("{p}/status"), ended, 200),
        (
            "POST",
            format!("{default}/serviceaccounts/default/token"),
            json!({"spec": {}}),
            201,
        ),
        ("POST", services.clone(), service.clone(), 201),
        (
            "POST",
            NAMESPACES.to_owned(),
            json!({"metadata": {"name": "n"}}),
            201,
        ),
        (
            "PUT",
            format!("{default}/finalize"),
            json!({"metadata": {"name": "default"}, "spec": {}}),
            200,
        ),
    ];
    for (method, path, body, code) in rows {
        let headers = [("content-type", STRATEGIC)];
        let headers = match method {
            "PATCH" => &headers[..],
            _ => &[][..],
        };
        let dry = format!("{path}?dryRun=All");
        let reply = cluster.ask(method, &dry, headers, body.to_string()).await;
        assert_eq!(reply.code, code, "{method} {path}: {}", reply.text);
        assert_eq!(state(&cluster).await, before, "{method} {path}");
    }
    let made = cluster.post(&services, &service).await;
    assert_eq!(made.code, 201, "what was tried is free: {}", made.text);
}

/// All that there is in every namespace.
async fn state(cluster: &Cluster) -> Vec<Value> {
    let kinds = [
        "configmaps",
        "pods",
        "namespaces",
        "serviceaccounts",
        "secrets",
        "services",
    ];
    let core = kinds.map(|kind| format!("/api/v1/{kind}"));
    let mut all = Vec::new();
    for path in core
        .iter()
        .map(String::as_str)
        .chain(["/apis/batch/v1/jobs"])
    {
        all.push(cluster.get(path).await.json()["items"].clone());
    }
    all
}
