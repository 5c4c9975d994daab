//! PR-05, K-10, K-12: what `kubectl get` reads.

use serde_json::json;

use crate::cluster::{CONFIG_MAPS, Cluster, config_map};

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
    assert_eq!(
        object("Object").await.json()["rows"][0]["object"]["data"]["a"],
        "1"
    );
    assert_eq!(object("Everything").await.code, 400);
    let partial = (
        "accept",
        "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
    );
    let list = cluster.ask("GET", CONFIG_MAPS, &[partial], "").await.json();
    assert_eq!(
        (&list["kind"], &list["items"][0]["data"]),
        (&json!("PartialObjectMetadataList"), &json!(null))
    );
}
