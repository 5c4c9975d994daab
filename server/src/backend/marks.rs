//! The labels and taints of a Node: read, and changed by a patch of what differs.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ops::ControlFlow;

use k8s_openapi::api::core::v1::{Node, Taint};
use kube::{Api, ResourceExt};
use orrery_app::action::Done;
use orrery_app::backend::AppError;
use orrery_app::forms::marks::{Changes, Marks};
use orrery_view::ObjectRef;
use serde_json::{Value, json};

use super::Dashboard;
use super::diff::diff;
use super::error::app_error;
use super::objects::printed;
use super::patched::patched;

pub async fn marks(on: &Dashboard, object: &ObjectRef) -> Result<Marks, AppError> {
    let node = api(on).get(&object.name).await.map_err(app_error)?;
    let taints = taints(&node).into_iter().map(|taint| {
        let value = taint.value.unwrap_or_default();
        ((taint.key, taint.effect), value)
    });
    Ok(Marks {
        taints: taints.collect(),
        labels: node.metadata.labels.unwrap_or_default(),
    })
}

pub async fn set(
    on: &Dashboard,
    object: &ObjectRef,
    changes: &Changes,
    dry_run: bool,
) -> Result<Done, AppError> {
    let mark = json!(on.mark("Edit labels and taints"));
    let change = |node: &Node| {
        let mut patch = patch(node, changes);
        if !dry_run {
            patch["metadata"]["annotations"] = mark.clone();
        }
        ControlFlow::<Infallible, _>::Continue(patch)
    };
    let changed = patched((&api(on), object.name.as_str()), dry_run, change).await?;
    let ControlFlow::Continue((before, after)) = changed;
    Ok(Done {
        diff: diff(&text(&before)?, &text(&after)?),
        ..Done::default()
    })
}

fn api(on: &Dashboard) -> Api<Node> {
    Api::all(on.client.clone())
}

fn taints(node: &Node) -> Vec<Taint> {
    let taints = node.spec.as_ref().and_then(|spec| spec.taints.clone());
    taints.unwrap_or_default()
}

/// Of the list of taints as it was read, and only then.
fn patch(before: &Node, changes: &Changes) -> Value {
    let mut patch = json!({ "metadata": { "labels": changes.labels } });
    if !changes.taints.is_empty() {
        let taints = changed(taints(before), &changes.taints);
        patch["metadata"]["resourceVersion"] = json!(before.resource_version());
        patch["spec"] = match taints.is_empty() {
            true => json!({ "taints": null }),
            false => json!({ "taints": taints }),
        };
    }
    patch
}

/// What is not named stays, with the time at which it came.
fn changed(
    mut taints: Vec<Taint>,
    changes: &BTreeMap<(String, String), Option<String>>,
) -> Vec<Taint> {
    for ((key, effect), value) in changes {
        let is = |taint: &Taint| taint.key == *key && taint.effect == *effect;
        match value {
            None => taints.retain(|taint| !is(taint)),
            Some(value) => {
                let value = (!value.is_empty()).then(|| value.clone());
                match taints.iter_mut().find(|taint| is(taint)) {
                    Some(taint) => taint.value = value,
                    None => taints.push(Taint {
                        key: key.clone(),
                        effect: effect.clone(),
                        value,
                        time_added: None,
                    }),
                }
            }
        }
    }
    taints
}

fn text(node: &Node) -> Result<String, AppError> {
    printed(&json!({
        "metadata": { "labels": node.metadata.labels },
        "spec": { "taints": taints(node) },
    }))
}

#[cfg(test)]
mod tests {
    use kube::api::PostParams;
    use orrery_view::Kind;

    use super::*;
    use crate::backend::tests::House;

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn changes(labels: &[(&str, Option<&str>)], taints: &[(&str, &str, Option<&str>)]) -> Changes {
        let text = |text: &Option<&str>| text.map(str::to_owned);
        let label = |(key, value): &(&str, Option<&str>)| ((*key).to_owned(), text(value));
        let taint = |(key, effect, value): &(&str, &str, Option<&str>)| {
            (((*key).to_owned(), (*effect).to_owned()), text(value))
        };
        Changes {
            labels: labels.iter().map(label).collect(),
            taints: taints.iter().map(taint).collect(),
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn labels_and_taints_are_rehearsed_changed_and_others_stay() {
        let house = House::new().await;
        let nodes: Api<Node> = Api::all(house.client.clone());
        let node = json!({
            "metadata": { "name": "n1", "labels": { "disk": "ssd", "zone": "a" } },
            "spec": { "taints": [
                { "key": "gpu", "value": "yes", "effect": "NoSchedule" },
                { "key": "theirs", "effect": "NoSchedule" },
            ] },
        });
        let node = serde_json::from_value(node).expect("a literal Node");
        let made = nodes.create(&PostParams::default(), &node).await;
        made.expect("it is made");
        let n1 = ObjectRef {
            kind: Kind::Node,
            namespace: String::new(),
            name: "n1".into(),
        };
        let set = async |changes: &Changes, dry_run| {
            let done = house
                .backend
                .set_marks(n1.clone(), changes.clone(), dry_run);
            done.await
        };
        let change = changes(
            &[("disk", Some("hdd")), ("zone", None)],
            &[("gpu", "NoSchedule", None), ("full", "NoExecute", Some(""))],
        );
        let done = set(&change, true).await.expect("rehearsed");
        for line in ["-    disk: ssd", "+    disk: hdd", "-    zone: a"] {
            let found = done.diff.lines().any(|found| found == line);
            assert!(found, "{line} in {}", done.diff);
        }
        assert!(done.diff.contains("full"), "{}", done.diff);
        let place = |key: &str, effect: &str| (key.to_owned(), effect.to_owned());
        let still = house.backend.marks(n1.clone()).await.expect("read");
        assert_eq!(
            (
                still.labels.get("disk"),
                still.taints.get(&place("full", "NoExecute"))
            ),
            (some("ssd").as_ref(), None),
            "a rehearsal changes nothing"
        );
        set(&change, false).await.expect("changed");
        let now = house.backend.marks(n1.clone()).await.expect("read");
        assert_eq!(now.labels.get("disk"), some("hdd").as_ref());
        assert_eq!(now.labels.get("zone"), None);
        assert_eq!(now.taints.get(&place("gpu", "NoSchedule")), None);
        for kept in [place("theirs", "NoSchedule"), place("full", "NoExecute")] {
            assert_eq!(now.taints.get(&kept), some("").as_ref(), "{kept:?}");
        }
        let left = nodes.get("n1").await.expect("there").metadata.annotations;
        let left = left.unwrap_or_default();
        assert_eq!(left["orrery.dev/change-reason"], "Edit labels and taints");
        let bad = changes(&[("no spaces", Some("x"))], &[]);
        let refused = set(&bad, true).await;
        assert!(
            matches!(&refused, Err(AppError::Refused { message }) if message.contains("no spaces")),
            "{refused:?}"
        );
        house.stop().await;
    }
}
