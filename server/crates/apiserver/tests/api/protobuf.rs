//! Answers as protobuf, and JSON in Go's order: what is on the wire (K-05, K-10).

use axum::body::Body;
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::cluster::{CONFIG_MAPS, CRON_JOBS, Cluster, JOBS, PODS, config_map, job, pod};

const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";
/// As client-go asks for it.
const EITHER: &str = "application/vnd.kubernetes.protobuf,application/json";

struct Bytes {
    code: u16,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Bytes {
    fn media_type(&self) -> &str {
        self.headers["content-type"].to_str().expect("a media type")
    }

    fn has(&self, part: &[u8]) -> bool {
        self.bytes.windows(part.len()).any(|window| window == part)
    }
}

async fn ask(cluster: &Cluster, method: &str, path: &str, accept: &str, body: Vec<u8>) -> Bytes {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", "Bearer secret")
        .header("content-type", PROTOBUF)
        .header("accept", accept)
        .body(Body::from(body))
        .expect("a good request");
    let (parts, body) = cluster.send(request).await.into_parts();
    Bytes {
        code: parts.status.as_u16(),
        headers: parts.headers,
        bytes: body.collect().await.expect("it ends").to_bytes().to_vec(),
    }
}

async fn get(cluster: &Cluster, path: &str, accept: &str) -> Bytes {
    ask(cluster, "GET", path, accept, Vec::new()).await
}

/// An object of most kinds, by the path of its collection.
fn objects() -> Vec<(&'static str, Value)> {
    let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": {
        "containers": [{"name": "c", "image": "busybox",
            "resources": {"requests": {"cpu": "100m", "memory": "1Gi"}},
            "livenessProbe": {"httpGet": {"port": "web", "path": "/"}}}],
        "volumes": [{"name": "v", "emptyDir": {}}],
    }});
    let mut schedule = job("x")["spec"].clone();
    schedule["template"]["spec"]["activeDeadlineSeconds"] = json!(60);
    let name = json!({"name": "x"});
    vec![
        (CONFIG_MAPS, config_map("x")),
        (PODS, pod("x")),
        (JOBS, job("x")),
        (
            CRON_JOBS,
            json!({"metadata": name, "spec": {"schedule": "* * * * *", "suspend": false,
                "jobTemplate": {"spec": schedule}}}),
        ),
        (
            "/apis/apps/v1/namespaces/default/daemonsets",
            json!({"metadata": name, "spec": {"template": template,
                "selector": {"matchLabels": {"a": "b"}}}}),
        ),
        (
            "/api/v1/namespaces/default/secrets",
            json!({"metadata": name, "data": {"k": "AQI="}}),
        ),
        (
            "/api/v1/namespaces/default/services",
            json!({"metadata": name, "spec": {"ports": [{"port": 80}], "selector": {"a": "b"}}}),
        ),
        (
            "/api/v1/nodes",
            json!({"metadata": name, "spec": {"taints": [{"key": "k", "effect": "NoSchedule"}]}}),
        ),
        (
            "/apis/coordination.k8s.io/v1/namespaces/default/leases",
            json!({"metadata": name, "spec": {"renewTime": "2026-11-23T12:00:00.000250Z"}}),
        ),
        (
            "/apis/policy/v1/namespaces/default/poddisruptionbudgets",
            json!({"metadata": name, "spec": {"maxUnavailable": "50%", "selector": {}}}),
        ),
        (
            "/apis/scheduling.k8s.io/v1/priorityclasses",
            json!({"metadata": name, "value": 7}),
        ),
    ]
}

/// What is answered as protobuf and sent back as it is changes nothing.
#[tokio::test(start_paused = true)]
async fn k_05_each_kind_comes_as_protobuf_and_goes_back() {
    let cluster = Cluster::start().await;
    for (path, object) in objects() {
        let made = cluster.post(path, &object).await;
        assert_eq!(made.code, 201, "{path}: {}", made.text);
        let one = format!("{path}/x");
        let before = cluster.get(&one).await;
        let found = get(&cluster, &one, EITHER).await;
        assert_eq!((found.code, found.media_type()), (200, PROTOBUF), "{path}");
        assert!(found.bytes.starts_with(b"k8s\0"), "{path}");
        let put = ask(&cluster, "PUT", &one, EITHER, found.bytes.clone()).await;
        let told = String::from_utf8_lossy(&put.bytes);
        assert_eq!(put.code, 200, "{path}: {told}");
        assert_eq!(put.bytes, found.bytes, "{path}");
        assert_eq!(cluster.get(&one).await.text, before.text, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn k_05_lists_watches_and_statuses_are_protobuf_too() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("x")).await;
    let one = get(&cluster, &format!("{CONFIG_MAPS}/x"), PROTOBUF).await;
    // behind the magic and what it is: the length of the object, which is more than 127, and the object
    let head = b"k8s\0\x0a\x0f\x0a\x02v1\x12\x09ConfigMap\x12..".len();
    let tail = b"\x1a\x00\x22\x00".len();
    let object = &one.bytes[head..one.bytes.len() - tail];
    let list = get(&cluster, CONFIG_MAPS, EITHER).await;
    assert_eq!((list.code, list.media_type()), (200, PROTOBUF));
    assert!(list.has(b"\x12\x0dConfigMapList") && list.has(object));

    let watch = format!("{CONFIG_MAPS}?watch=true&timeoutSeconds=1");
    let watched = get(&cluster, &watch, EITHER).await;
    assert_eq!(
        watched.media_type(),
        "application/vnd.kubernetes.protobuf;stream=watch"
    );
    assert!(watched.has(b"\x0a\x05ADDED\x12") && watched.has(&one.bytes));
    let mut rest = &watched.bytes[..];
    let mut frames = 0;
    while let Some((length, behind)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).expect("it fits");
        assert!(behind.starts_with(b"\x0a\x05ADDED"), "{behind:02x?}");
        rest = &behind[length..];
        frames += 1;
    }
    assert!(rest.is_empty() && frames > 0, "{frames} whole frames");

    let missing = get(&cluster, &format!("{CONFIG_MAPS}/none"), EITHER).await;
    assert_eq!((missing.code, missing.media_type()), (404, PROTOBUF));
    assert!(missing.has(b"\x12\x06Status") && missing.has(b"\x22\x08NotFound"));
    let stranger = Request::get(CONFIG_MAPS)
        .header("accept", EITHER)
        .header("authorization", "Bearer wrong")
        .body(Body::empty())
        .expect("a good request");
    let refused = cluster.send(stranger).await;
    assert_eq!(refused.headers()["content-type"], PROTOBUF);
}

#[tokio::test(start_paused = true)]
async fn k_05_what_is_no_protobuf_is_json_or_nothing() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("x")).await;
    let one = format!("{CONFIG_MAPS}/x");
    let metadata = ";as=PartialObjectMetadata;v=v1;g=meta.k8s.io";
    let metadata_list = ";as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
    let table = ";as=Table;v=v1;g=meta.k8s.io";
    let rows = [
        (
            "JSON is named first",
            &one,
            "application/json,application/vnd.kubernetes.protobuf".to_owned(),
            200,
            "application/json",
        ),
        (
            "protobuf is loved less",
            &one,
            format!("{PROTOBUF};q=0.5,*/*"),
            200,
            "application/json",
        ),
        (
            "what is named comes before anything",
            &one,
            format!("*/*,{PROTOBUF}"),
            200,
            PROTOBUF,
        ),
        (
            "however much it is loved, if it stands behind",
            &one,
            format!("*/*,{PROTOBUF};q=0.5"),
            200,
            PROTOBUF,
        ),
        (
            "a quality that is none",
            &one,
            format!("{PROTOBUF};q=much,application/json;q=0.1"),
            200,
            "application/json",
        ),
        (
            "a stream of nothing that is known",
            &one,
            format!("{PROTOBUF};stream=tail,application/json"),
            200,
            "application/json",
        ),
        (
            "a group without a kind",
            &one,
            format!("{PROTOBUF};g=meta.k8s.io"),
            406,
            "application/json",
        ),
        (
            "the one version of the server",
            &one,
            format!("{PROTOBUF};sv=v2,{PROTOBUF};sv=v1"),
            200,
            PROTOBUF,
        ),
        (
            "metadata alone",
            &one,
            format!("{PROTOBUF}{metadata},application/json{metadata}"),
            200,
            PROTOBUF,
        ),
        (
            "a list of metadata",
            &CONFIG_MAPS.to_owned(),
            format!("{PROTOBUF}{metadata_list}"),
            200,
            PROTOBUF,
        ),
        (
            "no table",
            &one,
            format!("{PROTOBUF}{table},application/json{table}"),
            200,
            "application/json",
        ),
        (
            "nor anything else",
            &one,
            format!("{PROTOBUF}{table}"),
            406,
            "application/json",
        ),
    ];
    for (why, path, accept, code, media_type) in rows {
        let reply = get(&cluster, path, &accept).await;
        assert_eq!(
            (reply.code, reply.media_type()),
            (code, media_type),
            "{why}"
        );
    }
}

/// Upstream's words for what is damaged within a body whose kind can be read.
#[tokio::test(start_paused = true)]
async fn k_05_a_damaged_body_is_told_by_its_kind() {
    let cluster = Cluster::start().await;
    let body = b"k8s\0\x0a\x0f\x0a\x02v1\x12\x09ConfigMap\x12\x02\x08\x01".to_vec();
    let reply = ask(&cluster, "POST", CONFIG_MAPS, "application/json", body).await;
    let status: Value = serde_json::from_slice(&reply.bytes).expect("a Status");
    assert_eq!(reply.code, 400);
    assert_eq!(
        status["message"],
        "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: proto: wrong wireType = 0 for field ObjectMeta"
    );
}

/// Keys as Go's structs have them, a newline behind what is not indented.
#[tokio::test(start_paused = true)]
async fn k_10_json_stands_in_gos_order() {
    let cluster = Cluster::start().await;
    let made = cluster.post(JOBS, &job("x")).await;
    let keys = |text: &str, of: &[&str]| {
        let places = of.iter().map(|key| text.find(&format!("\"{key}\":")));
        let places: Vec<Option<usize>> = places.collect();
        assert!(places.iter().all(Option::is_some), "{of:?} in {text}");
        assert!(places.is_sorted(), "{of:?} in {text}");
    };
    let whole = [
        "kind",
        "apiVersion",
        "metadata",
        "name",
        "namespace",
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "labels",
        "managedFields",
        "spec",
        "parallelism",
        "completions",
        "backoffLimit",
        "selector",
        "template",
        "containers",
        "terminationMessagePath",
        "restartPolicy",
        "dnsPolicy",
        "completionMode",
        "suspend",
        "status",
    ];
    let one = cluster.get(&format!("{JOBS}/x")).await;
    assert!(one.text.starts_with(
        "{\"kind\":\"Job\",\"apiVersion\":\"batch/v1\",\"metadata\":{\"name\":\"x\","
    ));
    // the managers' fields have names that others have, too
    let bare = |text: &str| {
        let from = text.find("\"managedFields\"").unwrap_or_default();
        let to = text.find(",\"spec\":{\"par").expect("a spec");
        format!("{}\"managedFields\":[]}}{}", &text[..from], &text[to..])
    };
    keys(&bare(&one.text), &whole);
    assert_eq!(made.text, one.text);
    let listed = cluster.get(JOBS).await.text;
    assert!(listed.starts_with("{\"kind\":\"JobList\",\"apiVersion\":\"batch/v1\",\"metadata\":{"));
    assert!(listed.contains("\"items\":[{\"metadata\":{\"name\":\"x\","));
    let missing = cluster.get(&format!("{JOBS}/none")).await.text;
    assert_eq!(
        missing,
        "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\
         \"message\":\"jobs.batch \\\"none\\\" not found\",\"reason\":\"NotFound\",\
         \"details\":{\"name\":\"none\",\"group\":\"batch\",\"kind\":\"jobs\"},\"code\":404}\n"
    );
    for path in [
        &format!("{JOBS}/x")[..],
        JOBS,
        "/api",
        "/apis",
        "/apis/batch/v1",
    ] {
        let text = cluster.get(path).await.text;
        assert!(
            text.ends_with("}\n") && text.starts_with("{\"kind\":"),
            "{path}: {text}"
        );
        let pretty = cluster.get(&format!("{path}?pretty=1")).await.text;
        assert!(pretty.ends_with("\n}"), "{path}: {pretty}");
    }
    let resources = cluster.get("/apis/batch/v1").await.text;
    keys(
        &resources,
        &[
            "groupVersion",
            "resources",
            "name",
            "singularName",
            "namespaced",
            "verbs",
        ],
    );
    let table = [("accept", "application/json;as=Table;v=v1;g=meta.k8s.io")];
    let table = cluster.ask("GET", JOBS, &table, "").await.text;
    keys(
        &table,
        &[
            "kind",
            "apiVersion",
            "metadata",
            "columnDefinitions",
            "rows",
            "cells",
            "object",
        ],
    );
}
