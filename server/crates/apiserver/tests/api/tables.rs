//! PR-05, K-10, K-12: what `kubectl get` reads.

use serde_json::json;

use crate::cluster::{CONFIG_MAPS, Cluster, JOBS, config_map, job};

const TABLE: (&str, &str) = (
    "accept",
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json",
);

#[tokio::test(start_paused = true)]
async fn lists_objects_and_watches_come_as_tables() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    for path in [CONFIG_MAPS.to_owned(), format!("{CONFIG_MAPS}/one")] {
        let table = cluster.ask("GET", &path, &[TABLE], "").await.json();
        assert_eq!(
            (&table["kind"], &table["apiVersion"]),
            (&json!("Table"), &json!("meta.k8s.io/v1")),
            "{path}"
        );
        assert_eq!(table["columnDefinitions"][0]["name"], "Name");
        assert_eq!(table["rows"][0]["cells"][0], "one");
        assert_eq!(table["rows"][0]["object"]["kind"], "PartialObjectMetadata");
    }
    let mut events = cluster
        .watch(&format!("{CONFIG_MAPS}?watch=true"), &[TABLE])
        .await;
    let first = events.next().await.expect("an event");
    assert_eq!(first["object"]["rows"][0]["cells"][0], "one");
    cluster.post(CONFIG_MAPS, &config_map("two")).await;
    let second = events.next().await.expect("an event");
    assert_eq!(
        second["object"]["columnDefinitions"],
        json!(null),
        "columns come once"
    );
}

/// PR-05: a list's own words stand over its rows, page by page; rows are of the Table's version.
#[tokio::test(start_paused = true)]
async fn pr_05_a_table_is_a_list_in_its_pages_and_versions() {
    let cluster = Cluster::start().await;
    for name in ["a", "b", "c"] {
        cluster.post(CONFIG_MAPS, &config_map(name)).await;
    }
    let list = cluster.get(CONFIG_MAPS).await.json();
    let whole = cluster.ask("GET", CONFIG_MAPS, &[TABLE], "").await.json();
    let version = &list["metadata"]["resourceVersion"];
    assert_eq!(whole["metadata"], json!({"resourceVersion": version}));
    let path = format!("{CONFIG_MAPS}?limit=2");
    let page = cluster.ask("GET", &path, &[TABLE], "").await.json();
    let head = &page["metadata"];
    assert_eq!(
        (&head["resourceVersion"], &head["remainingItemCount"]),
        (version, &json!(1))
    );
    let token = head["continue"].as_str().expect("there is more");
    let rest = format!("{CONFIG_MAPS}?limit=2&continue={token}");
    let rest = cluster.ask("GET", &rest, &[TABLE], "").await.json();
    assert_eq!(rest["rows"][0]["cells"][0], "c");
    assert_eq!(rest["metadata"], json!({"resourceVersion": version}));
    let none = format!("{CONFIG_MAPS}?labelSelector=none%3Dhere");
    let none = cluster.ask("GET", &none, &[TABLE], "").await.json();
    assert_eq!(none["rows"], json!([]));
    for version in ["v1", "v1beta1"] {
        let accept = format!("application/json;as=Table;v={version};g=meta.k8s.io");
        let accept = [("accept", accept.as_str())];
        let table = cluster.ask("GET", CONFIG_MAPS, &accept, "").await.json();
        let meta = format!("meta.k8s.io/{version}");
        assert_eq!(table["apiVersion"], meta);
        let object = &table["rows"][0]["object"];
        assert_eq!(object["apiVersion"], meta);
        assert!(object["metadata"]["uid"].is_string(), "{object}");
        assert_eq!(object["data"], json!(null));
    }
}

/// K-10, K-12: what is no list is a table of one row.
#[tokio::test(start_paused = true)]
async fn k_10_subresources_and_bookmarks_are_tables_too() {
    let cluster = Cluster::start().await;
    cluster.post(JOBS, &job("j")).await;
    let path = format!("{JOBS}/j/status");
    let table = cluster.ask("GET", &path, &[TABLE], "").await.json();
    assert_eq!(
        (&table["kind"], &table["rows"][0]["cells"][0]),
        (&json!("Table"), &json!("j"))
    );
    let watch = format!(
        "{JOBS}?watch=true&allowWatchBookmarks=true&resourceVersion=1&fieldSelector=metadata.name%3Dnone"
    );
    let mut events = cluster.watch(&watch, &[TABLE]).await;
    let bookmark = events.next().await.expect("a minute later");
    assert_eq!(
        (&bookmark["type"], &bookmark["object"]["kind"]),
        (&json!("BOOKMARK"), &json!("Table"))
    );
    let version = &bookmark["object"]["metadata"]["resourceVersion"];
    assert!(version.is_string(), "{bookmark}");
    let row = &bookmark["object"]["rows"][0]["object"];
    assert_eq!(row["metadata"], json!({"resourceVersion": version}));
}

/// A Table has no annotations: the object in a bookmark's row says where the initial events end, of any kind.
#[tokio::test(start_paused = true)]
async fn k_40_a_streaming_list_of_tables_says_where_it_ends() {
    let cluster = Cluster::start().await;
    let collections = [
        "/api/v1/configmaps",
        "/api/v1/endpoints",
        "/api/v1/events",
        "/api/v1/namespaces",
        "/api/v1/nodes",
        "/api/v1/pods",
        "/api/v1/secrets",
        "/api/v1/serviceaccounts",
        "/api/v1/services",
        "/apis/apps/v1/controllerrevisions",
        "/apis/apps/v1/daemonsets",
        "/apis/batch/v1/cronjobs",
        "/apis/batch/v1/jobs",
        "/apis/coordination.k8s.io/v1/leases",
        "/apis/discovery.k8s.io/v1/endpointslices",
        "/apis/events.k8s.io/v1/events",
        "/apis/policy/v1/poddisruptionbudgets",
        "/apis/scheduling.k8s.io/v1/priorityclasses",
    ];
    for collection in collections {
        let path = format!(
            "{collection}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&fieldSelector=metadata.name%3Dnone"
        );
        let mut events = cluster.watch(&path, &[TABLE]).await;
        let end = events.next().await.expect("a bookmark");
        assert_eq!(end["type"], "BOOKMARK", "{end}");
        let (table, row) = (&end["object"], &end["object"]["rows"][0]);
        let columns = table["columnDefinitions"].as_array().map(Vec::len);
        let cells = row["cells"].as_array().map(Vec::len);
        assert_eq!((table["kind"].as_str(), cells), (Some("Table"), columns));
        let annotations = &row["object"]["metadata"]["annotations"];
        assert_eq!(
            annotations,
            &json!({"k8s.io/initial-events-end": "true"}),
            "{collection}"
        );
    }
}

/// K-12: the Table of an event says of which version it is, as the one of an object does.
#[tokio::test(start_paused = true)]
async fn k_12_a_table_of_one_object_has_its_version() {
    let cluster = Cluster::start().await;
    let watch =
        format!("{CONFIG_MAPS}?watch=true&resourceVersion=1&fieldSelector=metadata.name%3Done");
    let mut events = cluster.watch(&watch, &[TABLE]).await;
    let made = cluster.post(CONFIG_MAPS, &config_map("one")).await.json();
    let one = format!("{CONFIG_MAPS}/one");
    let got = cluster.ask("GET", &one, &[TABLE], "").await.json();
    let seen = events.next().await.expect("it was added");
    let version = json!({"resourceVersion": made["metadata"]["resourceVersion"]});
    assert_eq!(
        (&got["metadata"], &seen["object"]["metadata"]),
        (&version, &version)
    );
}

#[tokio::test(start_paused = true)]
async fn rows_carry_what_was_asked_for() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    let object = |include: &str| {
        let path = format!("{CONFIG_MAPS}?includeObject={include}");
        let cluster = &cluster;
        async move { cluster.ask("GET", &path, &[TABLE], "").await }
    };
    assert_eq!(
        object("None").await.json()["rows"][0]["object"],
        json!(null)
    );
    let whole = object("Object").await.json()["rows"][0]["object"].clone();
    assert_eq!(
        (&whole["kind"], &whole["data"]["a"]),
        (&json!("ConfigMap"), &json!("1"))
    );
    let refused = object("Everything").await;
    let told = "Unable to convert to Table as requested: includeObject: Invalid value: \"Everything\": must be 'Metadata', 'Object', 'None', or empty";
    assert_eq!((refused.code, refused.message().as_str()), (400, told));
    let partial = (
        "accept",
        "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
    );
    let list = cluster.ask("GET", CONFIG_MAPS, &[partial], "").await.json();
    assert_eq!(
        (&list["kind"], &list["items"][0]["data"]),
        (&json!("PartialObjectMetadataList"), &json!(null))
    );
    assert_eq!(list["items"][0]["kind"], "PartialObjectMetadata");
    assert_eq!(list["items"][0]["apiVersion"], "meta.k8s.io/v1");
}
