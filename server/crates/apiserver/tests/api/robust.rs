//! What no honest client sends: each gets a clear Status, and the server goes on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{Request, Version};
use serde_json::{Value, json};

use crate::cluster::{CONFIG_MAPS, Cluster, JOBS, PODS, config_map};

#[tokio::test(start_paused = true)]
async fn k_03_bad_bodies_are_told_so() {
    let cluster = Cluster::start().await;
    let deep = format!(
        "{{\"data\":{}1{}",
        "{\"a\":".repeat(5_000),
        "}".repeat(5_001)
    );
    let deepest = format!("{}1{}", "{\"a\":".repeat(70_000), "}".repeat(70_000));
    let deep_yaml = format!("metadata: {}{}", "[".repeat(5_000), "]".repeat(5_000));
    let aliases = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
        d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n\
        g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\nh: [*g,*g,*g,*g,*g,*g,*g,*g,*g]\n";
    let json_type = "application/json";
    let yaml = "application/yaml";
    let rows = [
        ("no JSON", json_type, "{".to_owned(), 400),
        ("nothing", json_type, String::new(), 400),
        ("a list", json_type, "[]".to_owned(), 400),
        ("a number", json_type, "7".to_owned(), 400),
        ("two documents", json_type, "{} {}".to_owned(), 400),
        ("nested too deep", json_type, deep, 400),
        ("nested with too many objects", json_type, deepest, 400),
        (
            "a wrong type",
            json_type,
            json!({"metadata": {"name": 7}}).to_string(),
            400,
        ),
        (
            "a wrong map",
            json_type,
            json!({"metadata": {"name": "x", "labels": ["a"]}}).to_string(),
            400,
        ),
        ("no YAML", yaml, "a: [".to_owned(), 400),
        ("nested YAML", yaml, deep_yaml, 400),
        ("a bomb of aliases", yaml, aliases.to_owned(), 400),
        (
            "no protobuf",
            "application/vnd.kubernetes.protobuf",
            "k8s\0\u{7f}".to_owned(),
            400,
        ),
        ("another type", "text/plain", "x".to_owned(), 415),
        ("too large", json_type, " ".repeat(3 * 1024 * 1024 + 1), 413),
    ];
    for (why, media_type, body, code) in rows {
        let reply = cluster
            .ask("POST", CONFIG_MAPS, &[("content-type", media_type)], body)
            .await;
        let status = &reply.text[..reply.text.len().min(300)];
        assert_eq!(reply.code, code, "{why}: {status}");
        assert_eq!(reply.json()["kind"], "Status", "{why}");
        assert!(!reply.message().is_empty(), "{why}");
    }
}

/// A container of two bytes takes a kilobyte once it is read.
#[tokio::test(start_paused = true)]
async fn k_03_a_body_of_too_many_objects_is_not_read() {
    const MOST: usize = 64 * 1024;
    let cluster = Cluster::start().await;
    let containers = |count: usize| vec!["{}"; count].join(",");
    let pod = |count: usize| {
        format!(
            r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"p"}},"spec":{{"containers":[{}]}}}}"#,
            containers(count)
        )
    };
    cluster.post(CONFIG_MAPS, &config_map("c")).await;
    let one = format!("{CONFIG_MAPS}/c");
    let named = format!("{PODS}/p?fieldManager=m");
    let doubled = json!([
        {"op": "add", "path": "/x", "value": vec![json!({}); MOST - 10]},
        {"op": "copy", "from": "/x", "path": "/y"},
    ]);
    let (json_type, yaml) = ("application/json", "application/yaml");
    let rows = [
        ("POST", PODS, json_type, pod(MOST)),
        ("POST", PODS, yaml, pod(MOST)),
        (
            "PATCH",
            named.as_str(),
            "application/apply-patch+yaml",
            pod(MOST),
        ),
        (
            "PATCH",
            one.as_str(),
            "application/merge-patch+json",
            pod(MOST),
        ),
        (
            "PATCH",
            one.as_str(),
            "application/json-patch+json",
            doubled.to_string(),
        ),
    ];
    for (method, path, media, body) in rows {
        let headers = [("content-type", media)];
        let reply = cluster.ask(method, path, &headers, body).await;
        let told = (reply.code, reply.message());
        let want = "Request entity too large: limit is 65536 objects in a body".to_owned();
        assert_eq!(told, (413, want), "{method} {media}");
    }
    let mut text = config_map("braces");
    text["data"]["a"] = json!("{".repeat(MOST + 1));
    let made = cluster.post(CONFIG_MAPS, &text).await;
    assert_eq!(made.code, 201, "those of a text are none");
}

/// An empty finalizer takes three bytes, and what is said of it three hundred.
#[tokio::test(start_paused = true)]
async fn k_03_a_body_of_too_many_values_is_not_read() {
    const MOST: usize = 128 * 1024;
    let cluster = Cluster::start().await;
    let mut object = config_map("c");
    object["metadata"]["finalizers"] = json!(vec![""; MOST + 2]);
    for media in ["application/json", "application/yaml"] {
        let headers = [("content-type", media)];
        let reply = cluster
            .ask("POST", CONFIG_MAPS, &headers, object.to_string())
            .await;
        let want = "Request entity too large: limit is 131072 values beside others in a body";
        assert_eq!(
            (reply.code, reply.message()),
            (413, want.to_owned()),
            "{media}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn k_03_bad_patches_are_told_so() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("c")).await;
    let rows = [
        ("json", json!({"op": "add"}), 400),
        ("json", json!([{"op": "fly", "path": "/a"}]), 422),
        (
            "json",
            json!([{"op": "remove", "path": "/none/at/all"}]),
            422,
        ),
        (
            "json",
            json!([{"op": "replace", "path": "", "value": 7}]),
            422,
        ),
        ("merge", json!([1]), 400),
        ("merge", json!({"metadata": 7}), 422),
        ("strategic-merge", json!("x"), 400),
        (
            "strategic-merge",
            json!({"metadata": {"$patch": "explode"}}),
            400,
        ),
        ("none", json!({}), 415),
        (
            "json",
            (0..60)
                .map(|n| json!({"op": "copy", "from": "/data", "path": format!("/data/b{n}")}))
                .collect(),
            422,
        ),
        (
            "json",
            json!(vec![
                json!({"op": "test", "path": "/data/a", "value": "1"});
                10_001
            ]),
            413,
        ),
    ];
    for (kind, patch, code) in rows {
        let reply = cluster
            .patch(kind, &format!("{CONFIG_MAPS}/c"), &patch)
            .await;
        assert_eq!(reply.code, code, "{kind} {patch}: {}", reply.text);
        assert_eq!(reply.json()["kind"], "Status");
    }
    let nested = |levels| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
    let operation = |value: &str| format!(r#"[{{"op":"add","path":"/data","value":{value}}}]"#);
    let deep = nested(5_000);
    // which are too many objects as well
    let deepest = nested(70_000);
    for (kind, body) in [
        ("json-patch+json", &operation(&deep)),
        ("merge-patch+json", &deep),
        ("strategic-merge-patch+json", &deep),
        ("apply-patch+yaml", &deep),
        ("json-patch+json", &operation(&deepest)),
        ("merge-patch+json", &deepest),
        ("strategic-merge-patch+json", &deepest),
    ] {
        let media_type = format!("application/{kind}");
        let headers = [("content-type", media_type.as_str())];
        let path = format!("{CONFIG_MAPS}/c?fieldManager=m");
        let reply = cluster.ask("PATCH", &path, &headers, body.clone()).await;
        assert_eq!(reply.code, 400, "{kind}: {}", reply.text);
        assert_eq!(reply.json()["kind"], "Status", "{kind}");
    }
    assert_eq!(
        cluster.get(&format!("{CONFIG_MAPS}/c")).await.json()["data"],
        json!({"a": "1"}),
        "none of them did anything"
    );
}

#[tokio::test(start_paused = true)]
async fn k_03_names_cannot_climb_out_of_their_collection() {
    let cluster = Cluster::start().await;
    for name in [
        "..",
        ".",
        "a/b",
        "a%2Fb",
        "../../secrets",
        "%2e%2e",
        "a\nb",
        "A",
        "",
    ] {
        let reply = cluster.post(CONFIG_MAPS, &config_map(name)).await;
        assert_eq!(reply.code, 422, "{name:?}: {}", reply.text);
    }
    for path in ["..%2Fsecrets", "%2e%2e", "a%00b", "%ff"] {
        let reply = cluster.get(&format!("{CONFIG_MAPS}/{path}")).await;
        assert!(matches!(reply.code, 400 | 404), "{path}: {}", reply.text);
        assert_eq!(reply.json()["kind"], "Status");
    }
}

/// What upstream's storage makes no key of is told, whatever is to be done with it.
#[tokio::test(start_paused = true)]
async fn k_03_names_that_are_no_keys_are_told_why() {
    let cluster = Cluster::start().await;
    let rows = [
        ("..", r#""..": may not be '..'"#),
        ("%2e%2E", r#""..": may not be '..'"#),
        (".", r#"".": may not be '.'"#),
        ("a%25b", r#""a%b": may not contain '%'"#),
        ("%25%01", r#""%\x01": may not contain '%'"#),
    ];
    let merge = [("content-type", "application/merge-patch+json")];
    for (name, why) in rows {
        let path = format!("{CONFIG_MAPS}/{name}");
        let exec = format!("{PODS}/{name}/exec?command=x&stdout=1");
        let replies = [
            cluster.get(&path).await,
            cluster.delete(&path, &json!({})).await,
            cluster.ask("PATCH", &path, &merge, "{}").await,
            cluster.get(&exec).await,
        ];
        for reply in replies {
            let told = format!("Name parameter invalid: {why}");
            assert_eq!((reply.code, reply.message()), (400, told), "{path}");
        }
        assert_eq!(cluster.post(&path, &config_map("c")).await.code, 405);
    }
    for path in [
        "/api/v1/namespaces/../configmaps",
        "/api/v1/namespaces/%2e/configmaps/c",
    ] {
        assert_eq!(cluster.get(path).await.code, 404, "{path}");
    }
    let gone = cluster
        .get(&format!("{CONFIG_MAPS}/a%00%0A%E2%80%8B%C3%A9"))
        .await;
    assert_eq!(
        gone.message(),
        r#"configmaps "a\x00\n\u200bé" not found"#,
        "as Go quotes"
    );
}

#[tokio::test(start_paused = true)]
async fn a_thousand_labels_are_stored_and_selected() {
    let cluster = Cluster::start().await;
    let labels: BTreeMap<_, _> = (0..1_000).map(|n| (format!("l{n}"), "x")).collect();
    let mut body = config_map("c");
    body["metadata"]["labels"] = json!(labels);
    assert_eq!(cluster.post(CONFIG_MAPS, &body).await.code, 201);
    let all: Vec<_> = labels.keys().map(|l| format!("{l}%3Dx")).collect();
    let path = format!("{CONFIG_MAPS}?labelSelector={}", all.join(","));
    let found = cluster.get(&path).await.json();
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1));
}

/// A small generator: what matters is that runs differ, not how.
fn dice(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed | 1;
    move |sides| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % sides
    }
}

/// K-06, K-41, K-43: whoever lists at any version and watches from it ends with what a list now shows;
/// under a selector, too, and where the history is short, unless told that the version is gone.
#[tokio::test(start_paused = true)]
async fn a_watch_from_any_version_replays_to_the_list() {
    for (seed, history) in (1..=6).map(|seed| (seed, if seed % 2 == 0 { 12 } else { 4_096 })) {
        let cluster = Cluster::with_history(history).await;
        let mut roll = dice(seed);
        let queries = [
            "",
            "&labelSelector=even%3Dyes",
            "&fieldSelector=metadata.name%3Dm1",
        ];
        let mut lists = vec![Vec::new(); queries.len()];
        for _ in 0..40 {
            write_something(&cluster, &mut roll).await;
            for (query, lists) in queries.iter().zip(&mut lists) {
                lists.push(cluster.get(&format!("{CONFIG_MAPS}?{query}")).await.json());
            }
        }
        let mut gone = 0;
        for (query, lists) in queries.iter().zip(&lists) {
            let last = state_of(lists.last().expect("forty of them"));
            for list in lists {
                let version = list["metadata"]["resourceVersion"]
                    .as_str()
                    .expect("a version");
                let why = format!("seed {seed}, {query} from {version}");
                match replayed(&cluster, query, version, state_of(list), &why).await {
                    Some(state) => assert_eq!(state, last, "{why}"),
                    None => gone += 1,
                }
            }
        }
        assert_eq!(
            gone > 0,
            history < 40,
            "seed {seed}: only a short history forgets"
        );
    }
}

/// One of a few objects is created, changed (with it what selectors see), or deleted.
async fn write_something(cluster: &Cluster, roll: &mut impl FnMut(u64) -> u64) {
    let name = format!("m{}", roll(5));
    let path = format!("{CONFIG_MAPS}/{name}");
    let word = roll(9);
    match roll(4) {
        0 => drop(cluster.delete(&path, &json!({})).await),
        1 | 2 => drop(cluster.post(CONFIG_MAPS, &config_map(&name)).await),
        _ => {
            let even = word.is_multiple_of(2).then_some("yes");
            let patch = json!({
                "data": {"a": word.to_string()},
                "metadata": {"labels": {"even": even}},
            });
            drop(cluster.patch("merge", &path, &patch).await);
        }
    }
}

/// What a watch from there makes of a state; `None` when its version has left the history.
async fn replayed(
    cluster: &Cluster,
    query: &str,
    version: &str,
    mut state: BTreeMap<String, Value>,
    why: &str,
) -> Option<BTreeMap<String, Value>> {
    let path =
        format!("{CONFIG_MAPS}?watch=true&resourceVersion={version}&timeoutSeconds=1{query}");
    let mut events = cluster.watch(&path, &[]).await;
    while let Some(event) = events.next().await {
        let object = event["object"].clone();
        if event["type"] == "ERROR" {
            assert_eq!(object["code"], 410, "{why}");
            return None;
        }
        let name = object["metadata"]["name"]
            .as_str()
            .expect("a name")
            .to_owned();
        let fits = match event["type"].as_str() {
            Some("DELETED") => state.remove(&name).is_some(),
            Some("ADDED") => state.insert(name, bare(object)).is_none(),
            _ => state.insert(name, bare(object)).is_some(),
        };
        assert!(fits, "{why}: {event} fits what was there");
    }
    Some(state)
}

fn state_of(list: &Value) -> BTreeMap<String, Value> {
    let items = list["items"].as_array().expect("a list").iter();
    items
        .map(|item| {
            let name = item["metadata"]["name"].as_str().expect("a name");
            (name.to_owned(), bare(item.clone()))
        })
        .collect()
}

/// Items of lists leave out what the list says of them all.
fn bare(mut object: Value) -> Value {
    let map = object.as_object_mut().expect("an object");
    map.remove("kind");
    map.remove("apiVersion");
    object
}

#[tokio::test(start_paused = true)]
async fn etags_answer_304_on_discovery_and_openapi() {
    let cluster = Cluster::start().await;
    let aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    for (path, accept) in [
        ("/api", aggregated),
        ("/apis", aggregated),
        ("/apis", "application/json"),
        ("/apis/batch/v1", "application/json"),
        ("/openapi/v3", "application/json"),
        ("/openapi/v3/apis/batch/v1", "application/json"),
        ("/openapi/v2", "application/json"),
        (
            "/openapi/v2",
            "application/com.github.proto-openapi.spec.v2@v1.0+protobuf",
        ),
    ] {
        let first = cluster.ask("GET", path, &[("accept", accept)], "").await;
        let etag = first.headers["etag"].to_str().expect("ASCII").to_owned();
        let headers = [("accept", accept), ("if-none-match", etag.as_str())];
        let again = cluster.ask("GET", path, &headers, "").await;
        assert_eq!((again.code, again.text.as_str()), (304, ""), "{path}");
        let several = format!("\"other\", {etag}");
        for (known, code) in [("\"other\"", 200), (several.as_str(), 304), ("", 200)] {
            let headers = [("accept", accept), ("if-none-match", known)];
            let again = cluster.ask("GET", path, &headers, "").await;
            assert_eq!(again.code, code, "{path} {known}");
            assert_eq!(again.headers["etag"], etag.as_str(), "{path} {known}");
        }
    }
    let lists = cluster.get(JOBS).await;
    assert_eq!(lists.code, 200);
}

/// curl 7.88 loses the answer to a stream that is reset, as one is whose body nobody reads.
#[tokio::test(start_paused = true)]
async fn what_http_2_still_sends_of_a_refused_request_is_read_within_bounds() {
    const CHUNK_BYTES: usize = 64 * 1024;
    let cluster = Cluster::start().await;
    let rows = [
        ("refused before it is read", "looking", 403, 3),
        ("of nobody", "wrong", 401, 3),
        ("endless", "looking", 403, usize::MAX),
    ];
    for (why, token, code, chunks) in rows {
        let sent = Arc::new(AtomicUsize::new(0));
        let count = sent.clone();
        let body = stream::iter(0..chunks).map(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok::<_, std::convert::Infallible>(Bytes::from(vec![b' '; CHUNK_BYTES]))
        });
        let request = Request::post(CONFIG_MAPS)
            .version(Version::HTTP_2)
            .header("authorization", format!("Bearer {token}"))
            .body(Body::from_stream(body));
        let reply = cluster.send(request.expect("a good request")).await;
        assert_eq!(reply.status(), code, "{why}");
        let read = sent.load(Ordering::Relaxed);
        assert_eq!(read, chunks.min(3 * 1024 * 1024 / CHUNK_BYTES + 1), "{why}");
    }
}
