//! The revisions of a DaemonSet, and what each changed in the template.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::apps::v1::ControllerRevision;
use kube::ResourceExt;
use orrery_informer::controller_of;
use orrery_view::{Change, Revision};
use serde_json::Value;

use crate::facts::head::millis;
use crate::facts::pod::PodFacts;

const HASH: &str = "controller-revision-hash";
const CAUSE: &str = "kubernetes.io/change-cause";
/// Changes told of a revision: a screen of them; more is another template.
const MOST_CHANGES: usize = 40;
/// Characters of a value told.
const MOST_CHARS: usize = 160;

/// The revisions owned by `uid`, the newest first. The highest number is the template of now (DSV-08).
pub fn history<'a>(
    revisions: &[ControllerRevision],
    uid: &str,
    pods: impl Iterator<Item = &'a PodFacts>,
) -> Vec<Revision> {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for pod in pods.filter(|pod| !pod.finished) {
        *counts
            .entry(pod.revision.as_deref().unwrap_or_default())
            .or_default() += 1;
    }
    let owned = |revision: &&ControllerRevision| {
        controller_of(&revision.metadata).is_some_and(|owner| owner.uid == uid)
    };
    let mut owned: Vec<_> = revisions.iter().filter(owned).collect();
    owned.sort_by_key(|revision| revision.revision);
    let leaves: Vec<_> = owned.iter().map(|revision| leaves(revision)).collect();
    let all = owned.iter().enumerate().map(|(n, revision)| {
        let before = n.checked_sub(1).map(|n| &leaves[n]);
        let hash = revision.labels().get(HASH).cloned().unwrap_or_default();
        let cause = revision.annotations().get(CAUSE);
        Revision {
            number: revision.revision,
            name: revision.metadata.name.clone().unwrap_or_default(),
            created: millis(revision.metadata.creation_timestamp.as_ref()).unwrap_or_default(),
            cause: cause.cloned().unwrap_or_default(),
            pods: counts.get(hash.as_str()).copied().unwrap_or(0),
            current: n + 1 == owned.len(),
            changes: before
                .map(|before| changes(before, &leaves[n]))
                .unwrap_or_default(),
        }
    });
    let mut all: Vec<_> = all.collect();
    all.reverse();
    all
}

type Leaves = BTreeMap<String, String>;

fn leaves(revision: &ControllerRevision) -> Leaves {
    let mut out = Leaves::new();
    let template = revision
        .data
        .as_ref()
        .and_then(|data| data.0.pointer("/spec/template"));
    if let Some(template) = template {
        walk(template, String::new(), &mut out);
    }
    out.retain(|path, _| path != "$patch");
    out
}

/// Every value with its path. Items of a list go by their name, so that one more container is one change.
fn walk(value: &Value, path: String, out: &mut Leaves) {
    let under = |key: &str| match path.is_empty() {
        true => key.to_owned(),
        false => format!("{path}.{key}"),
    };
    match value {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(key, value)| walk(value, under(key), out)),
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (n, item) in items.iter().enumerate() {
                let name = item["name"]
                    .as_str()
                    .map_or_else(|| n.to_string(), str::to_owned);
                walk(item, format!("{path}[{name}]"), out);
            }
        }
        Value::Null => {}
        Value::Array(items) if items.is_empty() => {}
        Value::String(text) => _ = out.insert(path, cut(text)),
        value => _ = out.insert(path, cut(&value.to_string())),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARS) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn changes(before: &Leaves, after: &Leaves) -> Vec<Change> {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = paths
        .into_iter()
        .filter(|path| before.get(*path) != after.get(*path));
    changed
        .take(MOST_CHANGES)
        .map(|path| Change {
            path: path.clone(),
            before: before.get(path).cloned(),
            after: after.get(path).cloned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn revision(number: i64, owner: &str, template: Value) -> ControllerRevision {
        let value = json!({
            "metadata": {"name": format!("logs-{number}"), "labels": {HASH: format!("h{number}")},
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "logs", "uid": owner, "controller": true}]},
            "revision": number, "data": {"spec": {"template": template}},
        });
        serde_json::from_value(value).expect("a ControllerRevision")
    }

    #[test]
    fn dsv_08_each_revision_says_what_it_changed() {
        let template = |image: &str, env: Value| {
            json!({"$patch": "replace", "spec": {"containers": [
                {"name": "main", "image": image, "args": ["-v", "2"], "env": env}]}})
        };
        let revisions = [
            revision(
                3,
                "uid",
                template("logs:2", json!([{"name": "LEVEL", "value": "debug"}])),
            ),
            revision(1, "uid", template("logs:1", json!([]))),
            revision(
                2,
                "another daemon set of that name",
                template("x", json!([])),
            ),
        ];
        let said = history(&revisions, "uid", std::iter::empty());
        let numbers: Vec<_> = said.iter().map(|r| (r.number, r.current)).collect();
        assert_eq!(numbers, [(3, true), (1, false)], "by uid, the newest first");
        let change = |path: &str, before: Option<&str>, after: Option<&str>| Change {
            path: path.into(),
            before: before.map(String::from),
            after: after.map(String::from),
        };
        let main = "spec.containers[main]";
        let expected = [
            change(&format!("{main}.env[LEVEL].name"), None, Some("LEVEL")),
            change(&format!("{main}.env[LEVEL].value"), None, Some("debug")),
            change(&format!("{main}.image"), Some("logs:1"), Some("logs:2")),
        ];
        assert_eq!(said[0].changes, expected);
        assert_eq!(said[1].changes, [], "the first changed nothing");
    }
}
