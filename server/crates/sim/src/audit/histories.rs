//! Histories written by hand: what no controller here does, put before the rules.

use std::sync::Arc;

use jiff::SignedDuration;
use orrery_store::{Change, ChangeKind, Columns, Entry, Key};
use serde_json::{Value, json};

use super::rules::Rules;
use crate::mirror::Mirror;
use crate::sim::EPOCH;

/// For so long a controller may act on what has changed since.
const REACTION: SignedDuration = SignedDuration::from_secs(10);

/// What the rules say of these changes, each so many seconds after the start.
pub fn judged(history: &[(i64, ChangeKind, Value)]) -> Vec<&'static str> {
    let (mut rules, mut mirror, mut complaints) = (Rules::default(), Mirror::default(), Vec::new());
    for (revision, (secs, kind, object)) in (1..).zip(history) {
        let now = EPOCH + SignedDuration::from_secs(*secs);
        let change = changed(revision, *kind, object);
        rules.judge(&mut mirror, &change, (now, REACTION), &mut complaints);
    }
    complaints.into_iter().map(|(rule, _)| rule).collect()
}

/// A change of an object that shows the revision of its own.
pub fn changed(revision: u64, kind: ChangeKind, object: &Value) -> Change {
    let mut object = object.clone();
    object["metadata"]["resourceVersion"] = json!(revision.to_string());
    let resource = match object["kind"].as_str() {
        Some("ConfigMap") => "configmaps",
        Some("CronJob") => "batch/cronjobs",
        Some("DaemonSet") => "apps/daemonsets",
        Some("Job") => "batch/jobs",
        Some("Pod") => "pods",
        _ => "nodes",
    };
    let namespace = match resource {
        "nodes" => "",
        _ => "default",
    };
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    Change {
        revision,
        kind,
        entry: Arc::new(Entry {
            key: Key::new(resource, namespace, name),
            revision,
            value: object.to_string().into(),
            columns: Columns::default(),
        }),
        previous: None,
    }
}
