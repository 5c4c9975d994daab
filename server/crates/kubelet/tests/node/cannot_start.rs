//! A pod whose command is not there, through a real API server.

use std::pin::pin;

use futures::StreamExt;
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::Client;
use kube::api::{Api, ListParams, PostParams, WatchEvent, WatchParams};
use serde_json::json;

pub async fn cannot_start(client: &Client) {
    let pods: Api<Pod> = Api::namespaced(client.clone(), "default");
    let container = json!({"name": "c", "image": "busybox", "command": ["/no/such/command"]});
    let pod = json!({"metadata": {"name": "nowhere"},
        "spec": {"nodeName": "node-1", "restartPolicy": "Never", "containers": [container]}});
    let pod: Pod = serde_json::from_value(pod).expect("a pod");
    let created = pods.create(&PostParams::default(), &pod).await;
    let version = created.expect("created").metadata.resource_version;
    let version = version.expect("a version");
    let changes = pods.watch(&WatchParams::default(), &version).await;
    let mut changes = pin!(changes.expect("a watch"));
    let status = loop {
        let Some(Ok(WatchEvent::Modified(pod))) = changes.next().await else {
            panic!("the watch ended")
        };
        let status = pod.status.unwrap_or_default();
        if status.phase.as_deref() == Some("Failed") {
            break status;
        }
    };
    let mut containers = status.container_statuses.into_iter().flatten();
    let ended = containers.next().and_then(|c| c.state?.terminated);
    let ended = ended.expect("an end");
    let told = (ended.exit_code, ended.reason.as_deref());
    assert_eq!(told, (128, Some("StartError")));

    let events: Api<Event> = Api::namespaced(client.clone(), "default");
    let about = ListParams::default().fields("involvedObject.name=nowhere");
    let reasons = async || {
        let told = events.list(&about).await.expect("events");
        let mut reasons: Vec<_> = told.into_iter().filter_map(|event| event.reason).collect();
        reasons.sort();
        reasons
    };
    // they are told in the background, the failure last
    let changes = events.watch(&WatchParams::default(), "0").await;
    let mut changes = pin!(changes.expect("a watch"));
    while !reasons().await.iter().any(|reason| reason == "Failed") {
        changes
            .next()
            .await
            .expect("the watch ended")
            .expect("a change");
    }
    assert_eq!(reasons().await, ["Created", "Failed", "Pulled"]);
}
