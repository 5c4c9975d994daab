//! Objects in, rows out: what a person would see.

mod cronjobs;
mod daemonsets;
mod events;
mod jobs;
mod lists;
mod slots;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Node, Pod};
use orrery_view::{Kind, ListQuery, Outcome, Row, Run};
use serde_json::{Value, json};

use crate::model::Model;
use crate::page::page;

fn at(minute: i64) -> Timestamp {
    let noon: Timestamp = "2026-11-23T12:00:00Z".parse().expect("a literal time");
    noon + SignedDuration::from_secs(60 * minute)
}

fn object<K: serde::de::DeserializeOwned>(base: Value, change: Value) -> K {
    let mut object = base;
    json_patch::merge(&mut object, &change);
    serde_json::from_value(object).expect("an object of its kind")
}

fn cronjob(name: &str, change: Value) -> CronJob {
    let base = json!({
        "metadata": {"name": name, "namespace": "default", "uid": name, "creationTimestamp": at(-60)},
        "spec": {"schedule": "* * * * *", "concurrencyPolicy": "Forbid",
                 "jobTemplate": {"spec": {"template": {"spec": {"containers": []}}}}},
    });
    object(base, change)
}

/// A Job of the CronJob `owner` for the slot at `minute`, started then; finished when `end` says.
fn job(owner: &str, minute: i64, end: Option<(&str, i64)>) -> Job {
    let name = format!("{owner}-{minute}");
    let ended = end.map(|(type_, minute)| {
        json!([{"type": type_, "status": "True", "lastTransitionTime": at(minute)}])
    });
    let base = json!({
        "metadata": {
            "name": name, "namespace": "default", "uid": name, "creationTimestamp": at(minute),
            "annotations": {"batch.kubernetes.io/cronjob-scheduled-timestamp": at(minute)},
            "ownerReferences": [{"apiVersion": "batch/v1", "kind": "CronJob", "name": owner,
                                 "uid": owner, "controller": true}],
        },
        "spec": {"template": {"spec": {"containers": []}}},
        "status": {"startTime": at(minute), "conditions": ended},
    });
    object(base, json!({}))
}

fn pod(name: &str, node: &str, change: Value) -> Pod {
    let base = json!({
        "metadata": {"name": name, "namespace": "default", "uid": name, "creationTimestamp": at(0)},
        "spec": {"nodeName": node, "containers": [{"name": "c", "image": "pause"}]},
        "status": {"phase": "Running", "hostIP": "127.0.1.1",
                   "conditions": [{"type": "Ready", "status": "True"}],
                   "containerStatuses": [{"name": "c", "ready": true, "restartCount": 0, "image": "pause",
                                          "imageID": "", "state": {"running": {}}}]},
    });
    object(base, change)
}

fn put_pod(model: &mut Model, pod: &Pod) -> crate::model::Touched {
    model.put_pod(pod, at(0))
}

fn node(name: &str, labels: Value) -> Node {
    let base = json!({"metadata": {"name": name, "uid": name, "labels": labels}});
    object(
        base,
        json!({"status": {"conditions": [{"type": "Ready", "status": "True"}]}}),
    )
}

#[test]
fn a_node_is_kept_without_its_managed_fields() {
    let mut kept: Node = node("n", json!({}));
    kept.metadata.managed_fields = Some(vec![Default::default()]);
    let mut model = Model::default();
    model.put_node(kept);
    assert_eq!(model.nodes.rows()["n"].node.metadata.managed_fields, None);
}

fn row(model: &mut Model, now: Timestamp) -> orrery_view::CronJobRow {
    model.refresh(Kind::CronJob, now);
    let rows = page(model, &ListQuery::of(Kind::CronJob), true, now).rows;
    match rows.into_iter().next() {
        Some(Row::CronJob(row)) => row,
        other => panic!("a CronJob's row, not {other:?}"),
    }
}

fn outcomes(strip: &[Run]) -> Vec<Outcome> {
    strip.iter().map(|run| run.outcome).collect()
}
