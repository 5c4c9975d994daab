//! What a namespace waits for, in upstream's conditions.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::NamespaceCondition;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::content::Content;
use crate::errors::message;

/// The conditions of a namespace with this content left; those that say what they said keep their time.
pub fn conditions(
    content: &Content,
    old: &[NamespaceCondition],
    now: &Time,
) -> Vec<NamespaceCondition> {
    let told = [
        discovery(content),
        (
            "NamespaceDeletionGroupVersionParsingFailure",
            Told::fine(
                "ParsedGroupVersions",
                "All legacy kube types successfully parsed",
            ),
        ),
        deletion(content),
        remaining(content),
        finalizers(content),
    ];
    let condition = |(type_, told): (&str, Told)| {
        let status = if told.is_trouble { "True" } else { "False" };
        let same = old
            .iter()
            .find(|old| old.type_ == type_ && old.status == status);
        let since = same.and_then(|same| same.last_transition_time.clone());
        NamespaceCondition {
            type_: type_.to_owned(),
            status: status.to_owned(),
            reason: Some(told.reason.to_owned()),
            message: Some(told.message),
            last_transition_time: since.or_else(|| Some(now.clone())),
        }
    };
    told.into_iter().map(condition).collect()
}

struct Told {
    is_trouble: bool,
    reason: &'static str,
    message: String,
}

impl Told {
    fn fine(reason: &'static str, message: &str) -> Self {
        Self {
            is_trouble: false,
            reason,
            message: message.to_owned(),
        }
    }

    fn trouble(reason: &'static str, message: String) -> Self {
        Self {
            is_trouble: true,
            reason,
            message,
        }
    }
}

fn discovery(content: &Content) -> (&'static str, Told) {
    let told = match &content.undiscovered {
        None => Told::fine(
            "ResourcesDiscovered",
            "All resources successfully discovered",
        ),
        Some(error) => Told::trouble("DiscoveryFailed", message(error)),
    };
    ("NamespaceDeletionDiscoveryFailure", told)
}

fn deletion(content: &Content) -> (&'static str, Told) {
    let mut errors: Vec<_> = content.failed.iter().map(message).collect();
    errors.sort();
    let (count, errors) = (errors.len(), errors.join(", "));
    let told = match count {
        0 => Told::fine(
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization",
        ),
        _ => Told::trouble(
            "ContentDeletionFailed",
            format!("Failed to delete all resource types, {count} remaining: {errors}"),
        ),
    };
    ("NamespaceDeletionContentFailure", told)
}

fn remaining(content: &Content) -> (&'static str, Told) {
    let left = content.remaining.iter();
    let left: Vec<_> = left
        .map(|left| format!("{} has {} resource instances", left.resource, left.objects))
        .collect();
    let told = match left.is_empty() {
        true => Told::fine("ContentRemoved", "All content successfully removed"),
        false => Told::trouble(
            "SomeResourcesRemain",
            format!("Some resources are remaining: {}", left.join(", ")),
        ),
    };
    ("NamespaceContentRemaining", told)
}

fn finalizers(content: &Content) -> (&'static str, Told) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finalizer in content.remaining.iter().flat_map(|left| &left.finalizers) {
        *counts.entry(finalizer).or_default() += 1;
    }
    let held: Vec<_> = counts
        .iter()
        .map(|(name, count)| format!("{name} in {count} resource instances"))
        .collect();
    let told = match held.is_empty() {
        true => Told::fine(
            "ContentHasNoFinalizers",
            "All content-preserving finalizers finished",
        ),
        false => Told::trouble(
            "SomeFinalizersRemain",
            format!(
                "Some content in the namespace has finalizers remaining: {}",
                held.join(", ")
            ),
        ),
    };
    ("NamespaceFinalizersRemaining", told)
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use kube::Error;
    use kube::core::Status;

    use super::super::content::Remaining;
    use super::*;

    fn refused(message: &str) -> Error {
        let status = Status {
            message: message.to_owned(),
            ..Status::default()
        };
        Error::Api(Box::new(status))
    }

    #[test]
    fn ns_01_what_a_namespace_waits_for() {
        let left = |resource: &str, finalizers: &[&str]| Remaining {
            resource: resource.to_owned(),
            objects: 2,
            finalizers: finalizers.iter().map(|own| (*own).to_owned()).collect(),
        };
        let rows = [
            (
                "objects that are held",
                Content {
                    remaining: vec![left("jobs.batch", &["a/b"]), left("pods.", &["a/b", "c/d"])],
                    ..Content::default()
                },
                vec![
                    "SomeResourcesRemain: Some resources are remaining: jobs.batch has 2 resource instances, pods. has 2 resource instances",
                    "SomeFinalizersRemain: Some content in the namespace has finalizers remaining: a/b in 2 resource instances, c/d in 1 resource instances",
                ],
            ),
            (
                "what cannot be deleted",
                Content {
                    failed: vec![refused("y"), refused("x")],
                    ..Content::default()
                },
                vec![
                    "ContentDeletionFailed: Failed to delete all resource types, 2 remaining: x, y",
                ],
            ),
            (
                "what is not known",
                Content {
                    undiscovered: Some(refused("away")),
                    ..Content::default()
                },
                vec!["DiscoveryFailed: away"],
            ),
        ];
        let now = Time(Timestamp::UNIX_EPOCH);
        let later = Time(Timestamp::UNIX_EPOCH + SignedDuration::from_secs(9));
        for (why, content, want) in rows {
            let told = conditions(&content, &[], &now);
            assert_eq!(told.len(), 5, "{why}");
            let trouble = told.iter().filter(|condition| condition.status == "True");
            let trouble: Vec<_> = trouble
                .map(|condition| {
                    let text = |text: &Option<String>| text.clone().unwrap_or_default();
                    format!("{}: {}", text(&condition.reason), text(&condition.message))
                })
                .collect();
            assert_eq!(trouble, want, "{why}");
            let again = conditions(&content, &told, &later);
            assert_eq!(again, told, "{why}: nothing new, nothing written");
        }
    }
}
