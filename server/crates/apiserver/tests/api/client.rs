//! The verbs, through the in-process client, as every component of Orrery uses them.

use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::Api;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use serde_json::json;

use crate::cluster::Cluster;

fn config_map(name: &str) -> ConfigMap {
    serde_json::from_value(json!({"metadata": {"name": name}, "data": {"a": "1"}}))
        .expect("a literal object")
}

#[tokio::test(start_paused = true)]
async fn an_object_lives_from_create_to_delete() {
    let client = Cluster::start().await.client();
    let api: Api<ConfigMap> = Api::default_namespaced(client.clone());
    let made = api
        .create(&PostParams::default(), &config_map("one"))
        .await
        .expect("it is new");
    assert_eq!(
        made.metadata.creation_timestamp.expect("set").0.to_string(),
        "2026-11-23T12:00:00Z"
    );
    let patch = Patch::Merge(json!({"data": {"b": "2"}}));
    let patched = api
        .patch("one", &PatchParams::default(), &patch)
        .await
        .expect("it exists");
    assert_eq!(patched.data.expect("kept").len(), 2);
    let mut again = api.get("one").await.expect("it exists");
    again.data = None;
    let replaced = api
        .replace("one", &PostParams::default(), &again)
        .await
        .expect("the version is current");
    assert!(replaced.data.is_none());
    let listed = api
        .list(&ListParams::default())
        .await
        .expect("lists are served");
    assert_eq!(listed.items.len(), 1);
    api.delete("one", &DeleteParams::default())
        .await
        .expect("it exists");
    assert!(
        api.get_opt("one")
            .await
            .expect("404 is no failure here")
            .is_none()
    );
    let namespaces: Api<Namespace> = Api::all(client);
    assert_eq!(
        namespaces
            .list(&ListParams::default())
            .await
            .expect("served")
            .items
            .len(),
        4
    );
}
