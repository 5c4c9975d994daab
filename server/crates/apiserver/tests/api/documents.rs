//! K-01, K-02, K-07: discovery and OpenAPI.

use serde_json::json;

use crate::cluster::Cluster;

fn aggregated(version: &str) -> String {
    format!(
        "application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList,application/json"
    )
}

#[tokio::test(start_paused = true)]
async fn discovery_is_plain_or_aggregated() {
    let cluster = Cluster::start().await;
    assert_eq!(cluster.get("/api").await.json()["versions"], json!(["v1"]));
    let groups = cluster.get("/apis").await.json();
    let names: Vec<_> = groups["groups"]
        .as_array()
        .expect("groups")
        .iter()
        .map(|g| g["name"].clone())
        .collect();
    assert_eq!(
        names,
        [
            "apps",
            "events.k8s.io",
            "authentication.k8s.io",
            "authorization.k8s.io",
            "batch",
            "policy",
            "scheduling.k8s.io",
            "coordination.k8s.io",
            "discovery.k8s.io",
            "metrics.k8s.io"
        ],
        "by upstream's priorities"
    );
    let core = cluster.get("/api/v1").await.json();
    let eviction = core["resources"]
        .as_array()
        .expect("resources")
        .iter()
        .find(|r| r["name"] == "pods/eviction");
    let eviction = eviction.expect("drain looks for it");
    assert_eq!(
        (&eviction["group"], &eviction["kind"]),
        (&json!("policy"), &json!("Eviction"))
    );
    for version in ["v2", "v2beta1"] {
        let accept = aggregated(version);
        let reply = cluster
            .ask("GET", "/apis", &[("accept", &accept)], "")
            .await;
        assert!(
            reply.headers["content-type"]
                .to_str()
                .expect("text")
                .contains(&format!("v={version};"))
        );
        let batch = &reply.json()["items"][4]["versions"][0]["resources"];
        assert_eq!(
            (&batch[0]["resource"], &batch[0]["shortNames"]),
            (&json!("cronjobs"), &json!(["cj"]))
        );
        let etag = reply.headers["etag"].to_str().expect("text").to_owned();
        let again = cluster
            .ask(
                "GET",
                "/apis",
                &[("accept", &accept), ("if-none-match", &etag)],
                "",
            )
            .await;
        assert_eq!(again.code, 304);
    }
}

/// The hashes that a cluster of upstream's tells of these.
#[tokio::test(start_paused = true)]
async fn discovery_says_in_which_version_kinds_are_stored_and_where_to_ask() {
    let cluster = Cluster::at("192.0.2.1:6443".parse().expect("a literal address")).await;
    let rows = [
        ("/api/v1", "pods", json!("xPOwRZ+Yhw8=")),
        ("/api/v1", "events", json!("r2yiGXH7wu8=")),
        ("/apis/events.k8s.io/v1", "events", json!("r2yiGXH7wu8=")),
        ("/apis/batch/v1", "jobs", json!("mudhfqk/qZY=")),
        ("/apis/apps/v1", "daemonsets", json!("dd7pWHUlMKQ=")),
        ("/api/v1", "pods/status", json!(null)),
    ];
    for (path, name, hash) in rows {
        let list = cluster.get(path).await.json();
        let resources = list["resources"].as_array().expect("resources");
        let found = resources.iter().find(|resource| resource["name"] == name);
        assert_eq!(found.expect(name)["storageVersionHash"], hash, "{path}");
    }
    let versions = cluster.get("/api").await.json();
    assert_eq!(
        versions["serverAddressByClientCIDRs"],
        json!([{"clientCIDR": "0.0.0.0/0", "serverAddress": "192.0.2.1:6443"}])
    );
}

#[tokio::test(start_paused = true)]
async fn openapi_describes_the_kinds() {
    let cluster = Cluster::start().await;
    let root = cluster.get("/openapi/v3").await.json();
    let url = root["paths"]["apis/batch/v1"]["serverRelativeURL"]
        .as_str()
        .expect("a path")
        .to_owned();
    let document = cluster.get(&url).await.json();
    let schemas = &document["components"]["schemas"];
    let cron_job = &schemas["io.k8s.api.batch.v1.CronJob"];
    let kind = json!([{"group": "batch", "kind": "CronJob", "version": "v1"}]);
    assert_eq!(cron_job["x-kubernetes-group-version-kind"], kind);
    assert_eq!(
        cron_job["properties"]["spec"]["allOf"],
        json!([{"$ref": "#/components/schemas/io.k8s.api.batch.v1.CronJobSpec"}])
    );
    let required = &schemas["io.k8s.api.batch.v1.Job"]["required"];
    assert!(
        !required.to_string().contains("metadata"),
        "it may be left out, as upstream says: {required}"
    );
    assert_eq!(
        schemas["io.k8s.api.batch.v1.CronJobSpec"]["properties"]["concurrencyPolicy"]["enum"],
        json!(["Allow", "Forbid", "Replace"])
    );
    let words = &schemas["io.k8s.api.core.v1.PodSpec"]["properties"]["restartPolicy"];
    assert_eq!(words["enum"], json!(["Always", "Never", "OnFailure"]));
    let described = words["description"].as_str().expect("it is described");
    let end = "\n\nPossible enum values:\n - `\"Always\"`\n - `\"Never\"`\n - `\"OnFailure\"`";
    assert!(described.ends_with(end), "{described}");
    let containers = &schemas["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"];
    assert_eq!(containers["x-kubernetes-patch-merge-key"], "name");
    let patch =
        &document["paths"]["/apis/batch/v1/namespaces/{namespace}/cronjobs/{name}"]["patch"];
    assert_eq!(patch["x-kubernetes-group-version-kind"], kind[0]);
    let parameters = patch["parameters"].as_array().expect("parameters");
    assert!(parameters.iter().any(|p| p["name"] == "fieldValidation"));
    let zipped = cluster
        .ask("GET", &url, &[("accept-encoding", "gzip")], "")
        .await;
    assert_eq!(zipped.headers["content-encoding"], "gzip");
    let text = document.to_string();
    let referenced = text
        .split("#/components/schemas/")
        .skip(1)
        .map(|rest| rest.split('"').next().expect("a name"));
    for name in referenced {
        assert!(
            schemas.get(name).is_some(),
            "{name} is referred to and missing"
        );
    }
    let old = (
        "accept",
        "application/com.github.proto-openapi.spec.v2@v1.0+protobuf",
    );
    assert!(
        cluster
            .ask("GET", "/openapi/v2", &[old], "")
            .await
            .text
            .contains("fieldValidation")
    );
}

/// Methods of the verbs that discovery names.
fn method(verb: &str) -> &'static str {
    match verb {
        "create" => "post",
        "update" => "put",
        "patch" => "patch",
        "delete" | "deletecollection" => "delete",
        _ => "get",
    }
}

/// K-07, K-34: whatever discovery names has its operations and its kind in both documents, and every
/// reference leads somewhere.
#[tokio::test(start_paused = true)]
async fn k_34_documents_cover_all_that_is_served() {
    let cluster = Cluster::start().await;
    let two = cluster.get("/openapi/v2").await.json();
    let text = two.to_string();
    for name in text.split("#/definitions/").skip(1) {
        let name = name.split('"').next().expect("a name");
        assert!(two["definitions"].get(name).is_some(), "{name} is missing");
    }
    let three = cluster.get("/openapi/v3").await.json();
    let groups = cluster.get("/apis").await.json();
    let groups = groups["groups"].as_array().expect("groups").iter();
    let mut versions = vec!["api/v1".to_owned()];
    versions.extend(groups.map(|group| {
        let version = group["preferredVersion"]["groupVersion"].as_str();
        format!("apis/{}", version.expect("a group has a version"))
    }));
    for version in &versions {
        let url = &three["paths"][version]["serverRelativeURL"];
        let url = url
            .as_str()
            .unwrap_or_else(|| panic!("{version} has no document"));
        let document = cluster.get(url).await.json();
        let served = cluster.get(&format!("/{version}")).await.json();
        for resource in served["resources"].as_array().expect("resources") {
            let name = resource["name"].as_str().expect("a name");
            let (plural, sub) = name.split_once('/').unwrap_or((name, ""));
            let scope = match resource["namespaced"] == true {
                true => "namespaces/{namespace}/",
                false => "",
            };
            for verb in resource["verbs"].as_array().expect("verbs") {
                let verb = verb.as_str().expect("text");
                let mut path = format!("/{version}/{scope}{plural}");
                if !matches!(
                    (verb, sub),
                    ("create" | "list" | "watch" | "deletecollection", "")
                ) {
                    path.push_str("/{name}");
                }
                if !sub.is_empty() {
                    path = format!("{path}/{sub}");
                }
                for paths in [&document["paths"], &two["paths"]] {
                    let operation = &paths[&path][method(verb)];
                    assert_eq!(
                        operation["x-kubernetes-group-version-kind"]["kind"], resource["kind"],
                        "{verb} of {path}"
                    );
                    if (verb, sub) == ("watch", "") {
                        let whole = format!("/{version}/watch/{plural}");
                        let some = format!("/{version}/watch/{scope}{plural}");
                        watchable(paths, &[&whole, &some], "watchlist");
                        watchable(paths, &[&format!("{some}/{{name}}")], "watch");
                    }
                }
            }
            if sub.is_empty() {
                described(&document["components"]["schemas"], &resource["kind"]);
                described(&two["definitions"], &resource["kind"]);
            }
        }
    }
}

/// The deprecated way to ask for a watch is described, too.
fn watchable(paths: &serde_json::Value, of: &[&str], action: &str) {
    for path in of {
        let get = &paths[path]["get"];
        assert_eq!(get["x-kubernetes-action"], action, "{path}");
        let response = get["responses"]["200"].to_string();
        assert!(
            response.contains("meta.v1.WatchEvent\""),
            "{path}: {response}"
        );
        let said = get["description"].as_str().unwrap_or_default();
        let end = "deprecated: use the 'watch' parameter with a list operation instead";
        assert!(said.contains(end), "{path}: {said}");
        let names = paths[path]["parameters"].as_array().expect("parameters");
        let in_path = path.matches('{').count();
        assert_eq!(names.len(), in_path, "{path}");
    }
}

fn described(schemas: &serde_json::Value, kind: &serde_json::Value) {
    let mut all = schemas.as_object().expect("schemas").values();
    let found = all.any(|schema| {
        schema["x-kubernetes-group-version-kind"][0]["kind"] == *kind
            && schema["properties"]["metadata"].is_object()
    });
    assert!(found, "{kind} is described");
}

#[tokio::test(start_paused = true)]
async fn k_38_the_version_is_told_in_all_its_fields() {
    let cluster = Cluster::start().await;
    let version = cluster.get("/version").await.json();
    let text = |field: &str| {
        version[field]
            .as_str()
            .unwrap_or_else(|| panic!("{field}: {version}"))
    };
    assert_eq!((text("major"), text("minor")), ("1", "36"));
    assert_eq!(
        (text("emulationMajor"), text("emulationMinor")),
        ("1", "36")
    );
    let oldest = (text("minCompatibilityMajor"), text("minCompatibilityMinor"));
    assert_eq!(oldest, ("1", "35"));
    assert!(text("gitVersion").starts_with("v1.36."), "{version}");
    for field in [
        "gitCommit",
        "gitTreeState",
        "buildDate",
        "goVersion",
        "compiler",
        "platform",
    ] {
        text(field);
    }
}

/// What is no kind's has a document of its own, as in upstream's index.
#[tokio::test(start_paused = true)]
async fn k_07_paths_of_no_kind_are_described_too() {
    let cluster = Cluster::start().await;
    let root = cluster.get("/openapi/v3").await.json();
    let two = cluster.get("/openapi/v2").await.json();
    let meta = "io.k8s.apimachinery.pkg.apis.meta.v1";
    let rows = [
        (
            ".well-known/openid-configuration",
            "application/json",
            String::new(),
        ),
        ("openid/v1/jwks", "application/jwk-set+json", String::new()),
        (
            "version",
            "application/json",
            "io.k8s.apimachinery.pkg.version.Info".to_owned(),
        ),
        ("api", "application/json", format!("{meta}.APIVersions")),
        (
            "api/v1",
            "application/json",
            format!("{meta}.APIResourceList"),
        ),
        ("apis", "application/json", format!("{meta}.APIGroupList")),
        ("apis/batch", "application/json", format!("{meta}.APIGroup")),
        (
            "apis/batch/v1",
            "application/json",
            format!("{meta}.APIResourceList"),
        ),
    ];
    for (name, media_type, kind) in rows {
        let url = root["paths"][name]["serverRelativeURL"].as_str();
        let document = cluster.get(url.expect("a path")).await.json();
        let path = format!("/{name}/");
        let told = &document["paths"][&path]["get"]["responses"]["200"]["content"];
        let schema = match kind.as_str() {
            "" => json!({"type": "string"}),
            kind => {
                assert!(
                    document["components"]["schemas"][kind].is_object(),
                    "{kind}"
                );
                json!({"$ref": format!("#/components/schemas/{kind}")})
            }
        };
        assert_eq!(told[media_type]["schema"], schema, "{name}");
        assert!(two["paths"][&path]["get"].is_object(), "{path}");
        let answer = cluster.get(&format!("/{name}")).await;
        assert_eq!(answer.headers["content-type"], media_type);
    }
    let batch = &two["paths"]["/apis/batch/v1/"]["get"];
    assert_eq!(
        batch["responses"]["200"]["schema"]["$ref"],
        format!("#/definitions/{meta}.APIResourceList")
    );
}

/// Who asks for what a document was is sent to what it is.
#[tokio::test(start_paused = true)]
async fn an_old_hash_leads_to_the_new_one() {
    let cluster = Cluster::start().await;
    let root = cluster.get("/openapi/v3").await.json();
    let current = root["paths"]["apis/batch/v1"]["serverRelativeURL"]
        .as_str()
        .expect("a path");
    let moved = cluster.get("/openapi/v3/apis/batch/v1?hash=OLD").await;
    assert_eq!(moved.code, 301);
    assert_eq!(moved.headers["location"], current);
    let pinned = cluster.get(current).await;
    assert_eq!(pinned.code, 200);
    assert_eq!(pinned.headers["cache-control"], "public, immutable");
    assert_eq!(pinned.headers["expires"], "Tue, 23 Nov 2027 12:00:00 GMT");
    let unpinned = cluster.get("/openapi/v3/apis/batch/v1").await;
    assert_eq!(unpinned.headers["cache-control"], "no-cache, private");
    assert_eq!(unpinned.headers.get("expires"), None);
}

/// A document is JSON, and who takes none is told so.
#[tokio::test(start_paused = true)]
async fn k_07_a_document_is_answered_as_it_is_accepted() {
    let cluster = Cluster::start().await;
    let protobuf = "application/com.github.proto-openapi.spec.v3@v1.0+protobuf";
    let rows = [
        ("*/*".to_owned(), 200),
        ("application/*".to_owned(), 200),
        (format!("{protobuf}, application/json"), 200),
        (protobuf.to_owned(), 406),
        ("text/plain".to_owned(), 406),
    ];
    for (accept, code) in rows {
        let accept = [("accept", accept.as_str())];
        let reply = cluster
            .ask("GET", "/openapi/v3/apis/batch/v1", &accept, "")
            .await;
        assert_eq!(reply.code, code, "{accept:?}");
        assert_eq!(reply.headers["content-type"], "application/json");
    }
}
