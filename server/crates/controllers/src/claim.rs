//! Which children are a controller's own: adoption and release (JOB-10, DS-13, DS-46).

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{
    LabelSelector, LabelSelectorRequirement, ObjectMeta, OwnerReference,
};
use kube::api::{Api, Patch, PatchParams};
use kube::core::{Selector, SelectorExt};
use kube::{Resource, ResourceExt};
use orrery_informer::controller_of;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::errors::{is_invalid, is_not_found};

/// What a controller does about a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Keep,
    Release,
    Adopt,
    Ignore,
}

/// Judges one candidate for the controller `owner` with `selector`.
pub fn judge(owner: &ObjectMeta, selector: &Selector, child: &ObjectMeta) -> Verdict {
    let matches = matches(Some(selector), child);
    let owner_leaves = owner.deletion_timestamp.is_some();
    match controller_of(child) {
        Some(controller) if Some(&controller.uid) != owner.uid.as_ref() => Verdict::Ignore,
        Some(_) if matches => Verdict::Keep,
        Some(_) if owner_leaves => Verdict::Ignore,
        Some(_) => Verdict::Release,
        None if owner_leaves || !matches => Verdict::Ignore,
        None if child.deletion_timestamp.is_some() => Verdict::Ignore,
        None if child.namespace != owner.namespace => Verdict::Ignore,
        None => Verdict::Adopt,
    }
}

/// A selector that can be asked; one that cannot be read selects nothing.
pub fn selector(selector: Option<&LabelSelector>) -> Option<Selector> {
    let selector = selector.filter(|selector| {
        let mut rules = selector.match_expressions.iter().flatten();
        rules.all(has_fitting_values)
    });
    selector.cloned()?.try_into().ok()
}

/// Upstream reads no rule that wants values and has none, or has them and wants none.
fn has_fitting_values(rule: &LabelSelectorRequirement) -> bool {
    let wants = matches!(rule.operator.as_str(), "In" | "NotIn");
    let has = rule
        .values
        .as_ref()
        .is_some_and(|values| !values.is_empty());
    wants == has
}

/// Nobody can tell which pods a controller has.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the selector cannot be read")]
pub struct Unreadable;

/// The selector of an owner, whose sync fails where it cannot be read: to go on without children would
/// make new ones each time, for ever.
pub fn own_selector(own: Option<&LabelSelector>) -> kube::Result<Selector> {
    selector(own).ok_or_else(|| kube::Error::Service(Box::new(Unreadable)))
}

/// The selector matches the object's labels.
pub fn matches(selector: Option<&Selector>, child: &ObjectMeta) -> bool {
    let none = BTreeMap::new();
    selector.is_some_and(|selector| selector.matches(child.labels.as_ref().unwrap_or(&none)))
}

/// Claims children of kind `K` for one controller.
pub struct Claimer<'a, K> {
    pub api: &'a Api<K>,
    pub owner: &'a ObjectMeta,
    pub reference: OwnerReference,
    pub selector: &'a Selector,
    /// A finalizer that an adopted child gets and a released one loses.
    pub finalizer: Option<&'static str>,
}

/// The children that are the controller's, and what claiming wrote.
pub struct Claimed<K> {
    pub children: Vec<Arc<K>>,
    pub written: Vec<ObjectMeta>,
}

impl<K> Claimer<'_, K>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug,
{
    /// Keeps, releases and adopts. `may_adopt` is asked at most once, before the first adoption: it
    /// re-reads the owner live, for the cache may not know yet that it is gone.
    pub async fn claim<Fut>(
        &self,
        candidates: impl IntoIterator<Item = Arc<K>>,
        may_adopt: impl FnOnce() -> Fut,
    ) -> kube::Result<Claimed<K>>
    where
        Fut: Future<Output = kube::Result<bool>>,
    {
        let mut claimed = Claimed {
            children: Vec::new(),
            written: Vec::new(),
        };
        let mut may_adopt = Some(may_adopt);
        let mut allowed = false;
        for child in candidates {
            match judge(self.owner, self.selector, child.meta()) {
                Verdict::Ignore => {}
                Verdict::Keep => claimed.children.push(child),
                Verdict::Release => {
                    let released = self.patch(&child, self.release_patch(child.meta())).await?;
                    claimed
                        .written
                        .extend(released.map(|child| child.meta().clone()));
                }
                Verdict::Adopt => {
                    if let Some(ask) = may_adopt.take() {
                        allowed = ask().await?;
                    }
                    if !allowed {
                        continue;
                    }
                    if let Some(child) = self.patch(&child, self.adopt_patch(child.meta())).await? {
                        claimed.written.push(child.meta().clone());
                        claimed.children.push(Arc::new(child));
                    }
                }
            }
        }
        Ok(claimed)
    }

    /// None when the child is gone, or is another one by now.
    async fn patch(&self, child: &K, patch: Value) -> kube::Result<Option<K>> {
        let (name, patch) = (child.name_any(), Patch::Strategic(patch));
        match self.api.patch(&name, &PatchParams::default(), &patch).await {
            Ok(child) => Ok(Some(child)),
            Err(error) if is_not_found(&error) || is_invalid(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn adopt_patch(&self, child: &ObjectMeta) -> Value {
        let mut meta = json!({"uid": child.uid, "ownerReferences": [self.reference]});
        if let Some(finalizer) = self.finalizer {
            meta["finalizers"] = json!([finalizer]);
        }
        json!({ "metadata": meta })
    }

    fn release_patch(&self, child: &ObjectMeta) -> Value {
        let owner = json!({"$patch": "delete", "uid": self.reference.uid});
        let mut meta = json!({"uid": child.uid, "ownerReferences": [owner]});
        if let Some(finalizer) = self.finalizer {
            meta["$deleteFromPrimitiveList/finalizers"] = json!([finalizer]);
        }
        json!({ "metadata": meta })
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Pod;
    use kube::Client;

    use super::*;
    use crate::asked::{asked, metadata_patch, refusal};

    #[test]
    fn a_selector_that_upstream_cannot_read_is_not_read() {
        let rule = |operator: &str, values: Value| json!({"matchExpressions": [{"key": "app", "operator": operator, "values": values}]});
        let rows = [
            ("labels", json!({"matchLabels": {"app": "pi"}}), true),
            ("one of these", rule("In", json!(["pi"])), true),
            ("one of none", rule("In", json!([])), false),
            ("no values at all", rule("NotIn", Value::Null), false),
            ("the label is there", rule("Exists", Value::Null), true),
            ("it is not", rule("DoesNotExist", json!([])), true),
            (
                "it is there, and what",
                rule("Exists", json!(["pi"])),
                false,
            ),
            ("an unknown operator", rule("Gt", json!(["1"])), false),
        ];
        for (why, own, readable) in rows {
            let own: LabelSelector = serde_json::from_value(own).expect("a literal selector");
            assert_eq!(own_selector(Some(&own)).is_ok(), readable, "{why}");
        }
        assert!(own_selector(None).is_err(), "none");
    }

    #[test]
    fn job_10_keeps_releases_adopts() {
        let selector = selector(Some(&LabelSelector {
            match_labels: Some([("app".to_owned(), "pi".to_owned())].into()),
            match_expressions: None,
        }));
        let selector = selector.expect("a plain selector");
        let matching = json!({"app": "pi"});
        let mine = json!([{"apiVersion": "batch/v1", "kind": "Job", "name": "pi", "uid": "1", "controller": true}]);
        let theirs = json!([{"apiVersion": "batch/v1", "kind": "Job", "name": "pi", "uid": "2", "controller": true}]);
        let mere_owner =
            json!([{"apiVersion": "batch/v1", "kind": "Job", "name": "pi", "uid": "1"}]);
        let gone = "2026-11-23T12:00:00Z";
        let rows = [
            (
                "own and matching",
                json!({"labels": matching, "ownerReferences": mine}),
                Verdict::Keep,
                Verdict::Keep,
            ),
            (
                "own, no match",
                json!({"ownerReferences": mine}),
                Verdict::Release,
                Verdict::Ignore,
            ),
            (
                "another's",
                json!({"labels": matching, "ownerReferences": theirs}),
                Verdict::Ignore,
                Verdict::Ignore,
            ),
            (
                "ownerless and matching",
                json!({"labels": matching}),
                Verdict::Adopt,
                Verdict::Ignore,
            ),
            (
                "an owner that does not control",
                json!({"labels": matching, "ownerReferences": mere_owner}),
                Verdict::Adopt,
                Verdict::Ignore,
            ),
            (
                "ownerless, no match",
                json!({}),
                Verdict::Ignore,
                Verdict::Ignore,
            ),
            (
                "ownerless, being deleted",
                json!({"labels": matching, "deletionTimestamp": gone}),
                Verdict::Ignore,
                Verdict::Ignore,
            ),
            (
                "ownerless and matching, of another namespace",
                json!({"labels": matching, "namespace": "another"}),
                Verdict::Ignore,
                Verdict::Ignore,
            ),
            (
                "own, being deleted",
                json!({"labels": matching, "ownerReferences": mine, "deletionTimestamp": gone}),
                Verdict::Keep,
                Verdict::Keep,
            ),
        ];
        let living: ObjectMeta = serde_json::from_value(json!({"uid": "1"})).expect("metadata");
        let leaving: ObjectMeta =
            serde_json::from_value(json!({"uid": "1", "deletionTimestamp": gone}))
                .expect("metadata");
        for (why, child, while_living, while_leaving) in rows {
            let child: ObjectMeta = serde_json::from_value(child).expect("metadata");
            assert_eq!(judge(&living, &selector, &child), while_living, "{why}");
            assert_eq!(
                judge(&leaving, &selector, &child),
                while_leaving,
                "{why}, owner leaving"
            );
        }
    }

    #[tokio::test]
    async fn job_10_what_is_written_and_what_comes_of_it() {
        let finalizer = "batch.kubernetes.io/job-tracking";
        let owner = json!({"name": "pi", "namespace": "default", "uid": "1"});
        let owner: ObjectMeta = serde_json::from_value(owner).expect("metadata");
        let reference = OwnerReference {
            api_version: "batch/v1".to_owned(),
            kind: "Job".to_owned(),
            name: "pi".to_owned(),
            uid: "1".to_owned(),
            controller: Some(true),
            block_owner_deletion: Some(true),
        };
        let pod = |name: &str, labels: Value, owners: Value| {
            json!({"metadata": {
                "name": name, "namespace": "default", "uid": name, "labels": labels,
                "ownerReferences": owners,
            }})
        };
        let stray = pod("stray", json!({"app": "pi"}), json!([]));
        let own = pod("own", json!({}), json!([reference]));
        let adopts = metadata_patch(
            "strategic-merge",
            json!({"uid": "stray", "ownerReferences": [reference], "finalizers": [finalizer]}),
        );
        let releases = metadata_patch(
            "strategic-merge",
            json!({
                "uid": "own", "ownerReferences": [{"$patch": "delete", "uid": "1"}],
                "$deleteFromPrimitiveList/finalizers": [finalizer],
            }),
        );
        let done = |pod: &Value| Some((200, pod.clone()));
        let rows = [
            ("adopted", &stray, true, done(&stray), Ok(1)),
            ("gone", &stray, true, Some(refusal(404)), Ok(0)),
            (
                "another one by now",
                &stray,
                true,
                Some(refusal(422)),
                Ok(0),
            ),
            ("refused", &stray, true, Some(refusal(409)), Err(())),
            ("the live Job may not adopt", &stray, false, None, Ok(0)),
            ("released", &own, true, done(&own), Ok(0)),
            ("gone before", &own, true, Some(refusal(404)), Ok(0)),
            ("another one before", &own, true, Some(refusal(422)), Ok(0)),
            ("not released", &own, true, Some(refusal(409)), Err(())),
        ];
        let selector = selector(Some(&LabelSelector {
            match_labels: Some([("app".to_owned(), "pi".to_owned())].into()),
            match_expressions: None,
        }));
        let selector = selector.expect("a plain selector");
        for (why, child, may, answer, want) in rows {
            let patch = match child["metadata"]["name"] == "own" {
                true => &releases,
                false => &adopts,
            };
            let patches: Vec<_> = answer.iter().map(|_| patch.clone()).collect();
            let child: Pod = serde_json::from_value(child.clone()).expect("a literal pod");
            let told = asked(answer.into_iter().collect(), async |client: Client| {
                let api = Api::namespaced(client, "default");
                let claimer = Claimer {
                    api: &api,
                    owner: &owner,
                    reference: reference.clone(),
                    selector: &selector,
                    finalizer: Some(finalizer),
                };
                let claimed = claimer
                    .claim([Arc::new(child)], || async move { Ok(may) })
                    .await;
                let own = claimed.map(|claimed| claimed.children.len());
                assert_eq!(own.map_err(drop), want, "{why}");
            });
            assert_eq!(told.await, patches, "{why}");
        }
    }
}
