//! Pods whose command or image is not there, through a real API server.

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

    let told = told_of(client, "nowhere", "Failed").await;
    let reasons: Vec<_> = told.iter().map(|(reason, _)| reason.as_str()).collect();
    assert_eq!(reasons, ["Created", "Failed", "Pulled"]);
}

/// Reason and text of all that is told of the pod, sorted, once `last` is among them.
async fn told_of(client: &Client, pod: &str, last: &str) -> Vec<(String, String)> {
    let events: Api<Event> = Api::namespaced(client.clone(), "default");
    let about = ListParams::default().fields(&format!("involvedObject.name={pod}"));
    let changes = events.watch(&WatchParams::default(), "0").await;
    let mut changes = pin!(changes.expect("a watch"));
    loop {
        let told = events.list(&about).await.expect("events").into_iter();
        let text = |text: Option<String>| text.unwrap_or_default();
        let told = told.map(|event| (text(event.reason), text(event.message)));
        let mut told: Vec<_> = told.collect();
        if told
            .iter()
            .any(|(reason, text)| reason == last || text == last)
        {
            told.sort();
            return told;
        }
        let change = changes.next().await.expect("the watch goes on");
        change.expect("a change");
    }
}

pub async fn cannot_be_pulled(client: &Client) {
    let pods: Api<Pod> = Api::namespaced(client.clone(), "default");
    let pod = json!({"metadata": {"name": "unpulled"},
        "spec": {"nodeName": "node-1", "containers": [{"name": "c", "image": "example.com/app"}]}});
    let pod: Pod = serde_json::from_value(pod).expect("a pod");
    let created = pods.create(&PostParams::default(), &pod).await;
    created.expect("created");
    let told = told_of(client, "unpulled", "Error: ImagePullBackOff").await;
    let texts: Vec<_> = told
        .iter()
        .map(|(reason, text)| (reason.as_str(), text.split(" is not ").next()))
        .collect();
    let pull = "Failed to pull image \"example.com/app\": image \"example.com/app\"";
    let want = [
        (
            "BackOff",
            Some("Back-off pulling image \"example.com/app\""),
        ),
        ("Failed", Some("Error: ErrImagePull")),
        ("Failed", Some("Error: ImagePullBackOff")),
        ("Failed", Some(pull)),
    ];
    assert_eq!(texts, want);
}
