//! What is said where no API answers, or none as it is asked: K-03.

use serde_json::{Value, json};

use crate::cluster::{CONFIG_MAPS, Cluster, Reply, config_map, pod};

#[tokio::test(start_paused = true)]
async fn every_path_that_the_root_lists_is_answered() {
    let cluster = Cluster::start().await;
    let root = cluster.get("/").await.json();
    let paths = root["paths"].as_array().expect("paths");
    assert!(paths.contains(&json!("/apis/batch/v1")), "{root}");
    for path in paths {
        let path = path.as_str().expect("a path");
        assert_eq!(cluster.get(path).await.code, 200, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn k_03_a_path_of_no_api_is_not_found_by_gos_own_words() {
    let cluster = Cluster::start().await;
    for path in [
        "/nope",
        "/apis/nope",
        "/apis/nope/v1/namespaces/default/things/x",
        "/apis/metrics.k8s.io/v9",
        "/healthz/nope",
        "//",
        "//api/v1",
        "//api/v1/namespaces/default/pods",
        "//apis/batch/v1",
        "/apis//batch/v1",
    ] {
        let reply = cluster.get(path).await;
        assert_eq!(
            (reply.code, reply.text.as_str()),
            (404, "404 page not found\n"),
            "{path}"
        );
        assert_eq!(reply.headers["content-type"], "text/plain; charset=utf-8");
    }
    for path in [
        "/api/v1/nope",
        "/apis/batch/v1/nope",
        "/apis/authorization.k8s.io/v1/nope",
        "/apis/batch/v1/namespaces/default/jobs/x/scale",
        // upstream's director looks at nothing but how a path begins
        "/apis/batch/v9",
        "/apis/batch//v1",
        "/api/v2/pods",
        "/api//v1/pods",
        "/api/v1//pods",
        "/api/v1/namespaces/default//pods",
    ] {
        let reply = cluster.get(path).await;
        let status = reply.json();
        assert_eq!(
            (reply.code, &status["reason"], &status["details"]),
            (404, &json!("NotFound"), &json!({})),
            "{path}"
        );
        assert_eq!(reply.headers["cache-control"], "no-cache, private");
    }
}

/// Upstream's router passes slashes by at a path's end, and takes nothing for a namespace or a name.
#[tokio::test(start_paused = true)]
async fn k_03_slashes_at_the_end_are_nothing_and_between_two_stands_nothing() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    for path in [
        "/api",
        "/api/v1",
        "/apis",
        "/apis/batch",
        "/apis/batch/v1",
        CONFIG_MAPS,
    ] {
        let bare = cluster.get(path).await;
        let ended = cluster.get(&format!("{path}/")).await;
        assert_eq!((ended.code, &ended.text), (200, &bare.text), "{path}");
    }
    let all = cluster.get("/api/v1/configmaps").await;
    let nowhere = cluster.get("/api/v1/namespaces//configmaps").await;
    assert_eq!((nowhere.code, nowhere.text), (200, all.text));
    for path in [
        "/api/v1/namespaces/default/pods//log",
        "/api/v1/namespaces//status",
    ] {
        let nameless = cluster.get(path).await;
        let told = (nameless.code, nameless.message());
        assert_eq!(told, (400, "name must be provided".to_owned()), "{path}");
    }
}

/// Where no namespace is named, upstream lists those of all, and has no place for what is written.
#[tokio::test(start_paused = true)]
async fn k_03_nothing_is_written_into_no_namespace() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    let maps = "/api/v1/namespaces//configmaps";
    let one = format!("{maps}/one");
    let no_place = "ConfigMap \"two\" is invalid: metadata.namespace: Required value";
    let no_account = "pods \"p\" is forbidden: error looking up service account /default: serviceaccount \"default\" \
                      not found";
    let required = "Namespace parameter required.";
    let two = config_map("two");
    let mut elsewhere = two.clone();
    elsewhere["metadata"]["namespace"] = json!("default");
    let none = json!({});
    let rehearsed = format!("{maps}?dryRun=All");
    let rows: [(&str, &str, &Value, u16, &str); 7] = [
        ("POST", maps, &two, 422, no_place),
        ("POST", maps, &elsewhere, 422, no_place),
        ("POST", &rehearsed, &two, 422, no_place),
        (
            "POST",
            "/api/v1/namespaces//pods",
            &pod("p"),
            403,
            no_account,
        ),
        ("PUT", &one, &config_map("one"), 400, required),
        ("DELETE", &one, &none, 400, required),
        ("DELETE", maps, &none, 400, required),
    ];
    for (method, path, body, code, message) in rows {
        let reply = cluster.ask(method, path, &[], body.to_string()).await;
        let told = (reply.code, reply.message());
        assert_eq!(told, (code, message.to_owned()), "{method} {path}");
    }
    assert_eq!(cluster.get(&one).await.message(), required);
    let patched = cluster.patch("merge", &one, &none).await;
    assert_eq!((patched.code, patched.message().as_str()), (400, required));
    let secrets = "/api/v1/namespaces//secrets";
    let nothing = cluster.delete(secrets, &none).await;
    assert_eq!((nothing.code, &nothing.json()["items"]), (200, &json!([])));
    assert_eq!(cluster.get("/api/v1/namespaces//nodes").await.code, 404);
    assert_eq!(cluster.get(&format!("{CONFIG_MAPS}/one")).await.code, 200);
    assert_eq!(cluster.get(&format!("{CONFIG_MAPS}/two")).await.code, 404);
}

#[tokio::test(start_paused = true)]
async fn k_03_routes_are_of_one_method() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    let one = format!("{CONFIG_MAPS}/one");
    let rows: [(&str, &str, u16); 12] = [
        ("HEAD", CONFIG_MAPS, 405),
        ("HEAD", &one, 405),
        ("HEAD", "/version", 405),
        ("POST", "/version", 405),
        ("OPTIONS", "/version", 405),
        ("GET", "/version/", 200),
        ("POST", "/api", 405),
        ("DELETE", "/apis/batch/v1", 405),
        ("POST", "/apis", 200),
        ("POST", "/apis/batch", 200),
        ("HEAD", "/apis", 200),
        ("HEAD", "/livez", 200),
    ];
    for (method, path, code) in rows {
        let reply = cluster.ask(method, path, &[], "").await;
        assert_eq!(reply.code, code, "{method} {path}: {}", reply.text);
        assert!(method != "HEAD" || reply.text.is_empty(), "{}", reply.text);
    }
}

/// K-01: what there is, for who reads YAML.
#[tokio::test(start_paused = true)]
async fn k_01_discovery_speaks_yaml_too() {
    let cluster = Cluster::start().await;
    let accept = [("accept", "application/yaml")];
    for (path, says) in [
        ("/api", "kind: APIVersions"),
        ("/apis", "kind: APIGroupList"),
        ("/apis/batch", "kind: APIGroup"),
        ("/apis/batch/v1", "kind: APIResourceList"),
    ] {
        let reply = cluster.ask("GET", path, &accept, "").await;
        assert_eq!(reply.headers["content-type"], "application/yaml", "{path}");
        assert!(
            reply.text.lines().any(|line| line == says),
            "{}",
            reply.text
        );
    }
}

/// As upstream, each answer has an id of its own, or the one that the client chose.
#[tokio::test(start_paused = true)]
async fn answers_are_told_apart() {
    let cluster = Cluster::start().await;
    let id_of = |reply: &Reply| reply.headers["audit-id"].to_str().expect("text").to_owned();
    let first = cluster.get(CONFIG_MAPS).await;
    let wrong = [("authorization", "Bearer wrong")];
    let second = cluster.ask("GET", CONFIG_MAPS, &wrong, "").await;
    assert_eq!((first.code, second.code), (200, 401));
    let ids = [id_of(&first), id_of(&second)];
    assert_ne!(ids[0], ids[1]);
    for id in ids {
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
    }
    let chosen = [("audit-id", "mine")];
    let chosen = cluster.ask("GET", "/livez", &chosen, "").await;
    assert_eq!(id_of(&chosen), "mine");
}

/// What Go cannot read of a query is not there, and a path that it cannot read is none.
#[tokio::test(start_paused = true)]
async fn escapes_that_are_none() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    for query in ["limit=%zz", "limit=x%", "limit=x;y", "limit%4=x"] {
        let reply = cluster.get(&format!("{CONFIG_MAPS}?{query}")).await;
        assert_eq!(reply.code, 200, "{query}: {}", reply.text);
    }
    assert_eq!(
        cluster.get(&format!("{CONFIG_MAPS}?limit=%78")).await.code,
        400
    );
    let unreadable = cluster.get(&format!("{CONFIG_MAPS}/one%zz")).await;
    assert_eq!(
        (unreadable.code, unreadable.text.as_str()),
        (400, "400 Bad Request")
    );
    assert_eq!(cluster.get(&format!("{CONFIG_MAPS}/%6fne")).await.code, 200);
}

/// Texts that no browser should take for a page.
#[tokio::test(start_paused = true)]
async fn plain_texts_say_so() {
    let cluster = Cluster::start().await;
    for path in ["/livez", "/readyz?verbose", "/nowhere"] {
        let reply = cluster.get(path).await;
        assert_eq!(reply.headers["x-content-type-options"], "nosniff", "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn k_03_what_nobody_answers_in() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    let one = format!("{CONFIG_MAPS}/one");
    let rows = [
        (
            "text/html",
            json!({}),
            "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf",
        ),
        (
            "application/json;as=Foo;v=v1;g=meta.k8s.io",
            json!(null),
            "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf",
        ),
    ];
    for (accept, details, message) in rows {
        let reply = cluster.ask("GET", &one, &[("accept", accept)], "").await;
        assert_eq!(
            (reply.code, reply.message().as_str()),
            (406, message),
            "{accept}"
        );
        assert_eq!(reply.json()["details"], details, "{accept}");
    }
    for (accept, answered) in [
        (
            "application/json;q=0.1,application/yaml",
            "application/yaml",
        ),
        (
            "application/yaml;q=0.5, application/json;q=0.7",
            "application/json",
        ),
        (
            "text/html, application/yaml;q=0.9, */*;q=0.8",
            "application/yaml",
        ),
    ] {
        let reply = cluster.ask("GET", &one, &[("accept", accept)], "").await;
        assert_eq!(reply.headers["content-type"], answered, "{accept}");
    }
}

/// `kubectl cluster-info dump` gives up where one of these is no list.
#[tokio::test(start_paused = true)]
async fn a_namespace_has_empty_lists_of_kinds_that_are_not_served() {
    let cluster = Cluster::start().await;
    let rows = [
        (
            "/api/v1/namespaces/default/replicationcontrollers",
            "ReplicationControllerList",
            "v1",
        ),
        (
            "/apis/apps/v1/namespaces/default/deployments",
            "DeploymentList",
            "apps/v1",
        ),
        (
            "/apis/apps/v1/namespaces/default/replicasets",
            "ReplicaSetList",
            "apps/v1",
        ),
    ];
    for (path, kind, version) in rows {
        let list = cluster.get(path).await.json();
        let expect = json!({"kind": kind, "apiVersion": version, "items": []});
        for field in ["kind", "apiVersion", "items"] {
            assert_eq!(list[field], expect[field], "{path}");
        }
        let looking = [("authorization", "Bearer looking")];
        assert_eq!(
            cluster.ask("GET", path, &looking, "").await.code,
            403,
            "{path}"
        );
        for beyond in ["?watch=true", "/x"] {
            let path = format!("{path}{beyond}");
            assert_eq!(cluster.get(&path).await.code, 404, "{path}");
        }
        assert_eq!(cluster.post(path, &json!({})).await.code, 404, "{path}");
    }
}
