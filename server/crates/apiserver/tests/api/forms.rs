//! The forms of answers: Tables, metadata, errors and discovery as YAML and protobuf (K-01, K-03, K-10).

use axum::body::Body;
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::cluster::{CONFIG_MAPS, Cluster, Reply, config_map};

const YAML: &str = "application/yaml";
const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";
const TABLE: &str = "as=Table;v=v1;g=meta.k8s.io";
const DISCOVERY: &str = "g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

async fn get(cluster: &Cluster, path: &str, accept: &str) -> Reply {
    cluster.ask("GET", path, &[("accept", accept)], "").await
}

fn media_type(reply: &Reply) -> &str {
    reply.headers["content-type"].to_str().expect("a text")
}

async fn bytes(cluster: &Cluster, path: &str, accept: &str) -> (HeaderMap, Vec<u8>) {
    let request = Request::get(path)
        .header("authorization", "Bearer secret")
        .header("accept", accept)
        .body(Body::empty())
        .expect("a good request");
    let (parts, body) = cluster.send(request).await.into_parts();
    assert_eq!(parts.status, 200, "{path} as {accept}");
    let bytes = body.collect().await.expect("it ends").to_bytes();
    (parts.headers, bytes.to_vec())
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// What there is as JSON is the same as YAML, whatever it is made into.
#[tokio::test(start_paused = true)]
async fn k_10_tables_and_metadata_come_as_yaml_too() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("c")).await;
    let one = format!("{CONFIG_MAPS}/c");
    let rows = [
        (CONFIG_MAPS, TABLE, "Table"),
        (&one, TABLE, "Table"),
        (
            CONFIG_MAPS,
            "as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
            "PartialObjectMetadataList",
        ),
        (
            &one,
            "as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
            "PartialObjectMetadata",
        ),
        (&one, "q=0.9", "ConfigMap"),
    ];
    for (path, of, kind) in rows {
        let yaml = get(&cluster, path, &format!("{YAML};{of}")).await;
        assert_eq!((yaml.code, media_type(&yaml)), (200, YAML));
        let found: Value = serde_saphyr::from_str(&yaml.text).expect("YAML");
        let json = get(&cluster, path, &format!("application/json;{of}"))
            .await
            .json();
        assert_eq!(
            (&found, &found["kind"]),
            (&json, &json!(kind)),
            "{path} {of}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn k_03_errors_come_in_the_form_that_is_accepted() {
    let cluster = Cluster::start().await;
    let missing = format!("{CONFIG_MAPS}/none");
    let told = "apiVersion: v1\ncode: 404\ndetails:\n  kind: configmaps\n  name: none\nkind: Status\n\
                message: configmaps \"none\" not found\nmetadata: {}\nreason: NotFound\nstatus: Failure\n";
    let reply = get(&cluster, &missing, YAML).await;
    assert_eq!((reply.code, reply.text.as_str()), (404, told));
    let nowhere = get(&cluster, "/api/v1/nope", YAML).await;
    assert!(
        nowhere.text.contains("\nreason: NotFound\n"),
        "{}",
        nowhere.text
    );
    let watch = get(&cluster, &format!("{CONFIG_MAPS}?watch=true"), YAML).await;
    assert_eq!((watch.code, media_type(&watch)), (406, YAML));
    let stranger = [("accept", YAML), ("authorization", "Bearer wrong")];
    let stranger = cluster.ask("GET", &missing, &stranger, "").await;
    assert!(
        stranger.text.contains("\nmessage: Unauthorized\n"),
        "{}",
        stranger.text
    );

    let backend = "/api/v1/namespaces/default/pods/none/proxy/";
    let backend = get(&cluster, backend, YAML).await;
    assert_eq!((backend.code, media_type(&backend)), (404, YAML));
    assert!(
        backend
            .text
            .contains("\nmessage: pods \"none\" not found\n"),
        "{}",
        backend.text
    );

    // a Table is a form of objects alone
    let either = format!("application/json;{TABLE}, {YAML}");
    assert_eq!(get(&cluster, &missing, &either).await.text, told);
    let rows = [
        format!("application/json;{TABLE}"),
        format!("{PROTOBUF};as=PartialObjectMetadata;v=v1;g=meta.k8s.io"),
        "application/json;sv=v1".to_owned(),
    ];
    for accept in rows {
        let raw = get(&cluster, &missing, &accept).await;
        assert_eq!(raw.headers["content-type"], "application/json", "{accept}");
        let begins = "{\n  \"kind\": \"Status\",\n  \"apiVersion\": \"v1\",\n";
        assert!(
            raw.text.starts_with(begins) && raw.text.ends_with("\n}"),
            "{}",
            raw.text
        );
    }
}

#[tokio::test(start_paused = true)]
async fn k_10_what_was_done_is_told_in_the_form_that_is_accepted() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("c")).await;
    let one = format!("{CONFIG_MAPS}/c");
    let gone = cluster.ask("DELETE", &one, &[("accept", YAML)], "").await;
    assert_eq!((gone.code, media_type(&gone)), (200, YAML));
    assert!(gone.text.ends_with("\nstatus: Success\n"), "{}", gone.text);
    let token = "/api/v1/namespaces/default/serviceaccounts/default/token";
    let made = cluster.ask("POST", token, &[("accept", YAML)], "{}").await;
    assert_eq!(made.code, 201, "{}", made.text);
    assert!(
        made.text.contains("\nkind: TokenRequest\n"),
        "{}",
        made.text
    );
    let none = "/apis/apps/v1/namespaces/default/deployments";
    let none = get(&cluster, none, YAML).await.text;
    assert!(none.contains("items: []\nkind: DeploymentList\n"), "{none}");
}

/// To upstream's router only `*/*` stands for others, and a collection can be watched.
#[tokio::test(start_paused = true)]
async fn k_10_a_pattern_of_types_is_refused_by_the_router() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("c")).await;
    let offered = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
    let streams = "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";
    let rows = [
        (format!("{CONFIG_MAPS}/c"), offered.to_owned()),
        (CONFIG_MAPS.to_owned(), format!("{offered}, {streams}")),
        ("/api".to_owned(), offered.to_owned()),
        ("/apis/batch/v1".to_owned(), offered.to_owned()),
    ];
    for (path, offered) in rows {
        let reply = get(&cluster, &path, "application/*").await;
        let told = format!("406: Not Acceptable\n\nAvailable representations: {offered}");
        assert_eq!((reply.code, reply.message()), (406, told), "{path}");
        for accept in ["*/*;q=0.1", "application/*, application/json;q=0.1"] {
            assert_eq!(
                get(&cluster, &path, accept).await.code,
                200,
                "{path} {accept}"
            );
        }
    }
    for (path, code) in [("/apis", 200), ("/apis/batch", 200), ("/api/v9", 404)] {
        assert_eq!(
            get(&cluster, path, "application/*").await.code,
            code,
            "{path}"
        );
    }
    let refused = get(&cluster, "/apis", "text/html").await;
    let told = format!("only the following media types are accepted: {offered}");
    assert_eq!((refused.code, refused.message()), (406, told));
    let pretty = get(&cluster, CONFIG_MAPS, "application/json;pretty=1").await;
    assert!(pretty.text.starts_with("{\n  \"kind\""), "{}", pretty.text);
}

#[tokio::test(start_paused = true)]
async fn k_01_discovery_comes_as_protobuf() {
    let cluster = Cluster::start().await;
    let (headers, versions) = bytes(&cluster, "/api", PROTOBUF).await;
    assert_eq!(headers["content-type"], PROTOBUF);
    let whole = b"k8s\0\x0a\x0f\x0a\x00\x12\x0bAPIVersions\x12\x04\x0a\x02v1\x1a\x00\x22\x00";
    assert_eq!(versions, whole);
    let (_, group) = bytes(&cluster, "/apis/policy", PROTOBUF).await;
    let whole = b"k8s\0\x0a\x0e\x0a\x02v1\x12\x08APIGroup\x12\x2a\x0a\x06policy\
        \x12\x0f\x0a\x09policy/v1\x12\x02v1\x1a\x0f\x0a\x09policy/v1\x12\x02v1\x1a\x00\x22\x00";
    assert_eq!(group, whole);
    let (_, groups) = bytes(&cluster, "/apis", PROTOBUF).await;
    assert!(has(&groups, b"\x12\x0cAPIGroupList\x12"), "{groups:02x?}");
    assert!(
        has(&groups, b"\x0a\x2a\x0a\x06policy\x12\x0f"),
        "{groups:02x?}"
    );
    let (_, resources) = bytes(&cluster, "/apis/batch/v1", PROTOBUF).await;
    for part in [
        &b"\x12\x0fAPIResourceList\x12"[..],
        b"\x0a\x0bjobs/status\x10\x01\x1a\x03Job\x22\x14\x0a\x03get\x0a\x05patch\x0a\x06update\
          \x32\x00\x42\x00\x4a\x00\x52\x00",
        b"\x2a\x02cj\x32\x07cronjob\x3a\x03all",
    ] {
        assert!(has(&resources, part), "{}", String::from_utf8_lossy(part));
    }
}

#[tokio::test(start_paused = true)]
async fn k_01_aggregated_discovery_comes_in_each_form_under_one_tag() {
    let cluster = Cluster::start().await;
    let mut tags = Vec::new();
    for media in ["application/json", YAML, PROTOBUF] {
        let accept = format!("{media};{DISCOVERY}");
        // though it is named last
        let asked = format!("application/json, {accept}");
        let (headers, document) = bytes(&cluster, "/apis", &asked).await;
        assert_eq!(headers["content-type"], accept.as_str());
        tags.push(headers["etag"].clone());
        let says: &[u8] = match media {
            YAML => b"kind: APIGroupDiscoveryList\n",
            PROTOBUF => b"\x0a\x16apidiscovery.k8s.io/v2\x12\x15APIGroupDiscoveryList\x12",
            _ => b"{\"kind\":\"APIGroupDiscoveryList\",\"apiVersion\":\"apidiscovery.k8s.io/v2\"",
        };
        assert!(has(&document, says), "{media}");
        if media == PROTOBUF {
            let cron_jobs = b"\x0a\x08cronjobs\x12\x14\x0a\x05batch\x12\x02v1\x1a\x07CronJob\
                \x1a\x0aNamespaced\x22\x07cronjob\x2a\x06create";
            assert!(has(&document, cron_jobs), "a message each");
        }
    }
    tags.dedup();
    assert_eq!(tags.len(), 1, "{tags:?}");
}
