//! PATCH over the wire: K-17, K-20, K-21. The merge rules themselves are tested beside the code.

use serde_json::json;

use crate::cluster::{CONFIG_MAPS, Cluster, PODS, config_map, pod};

#[tokio::test(start_paused = true)]
async fn three_kinds_of_patch_reach_the_object() {
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
        "K-21: --resource-version"
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

#[tokio::test(start_paused = true)]
async fn conditions_merge_by_type() {
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
