//! What all kinds share: heads, times, owners, search text.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference, Time};
use orrery_informer::controller_of;
use orrery_view::{Head, Kind, Millis, ObjectRef};

pub fn head(meta: &ObjectMeta) -> Head {
    Head {
        uid: meta.uid.clone().unwrap_or_default(),
        namespace: meta.namespace.clone().unwrap_or_default(),
        name: meta.name.clone().unwrap_or_default(),
        created: millis(meta.creation_timestamp.as_ref()).unwrap_or_default(),
        deleting: meta.deletion_timestamp.is_some(),
    }
}

pub fn millis(time: Option<&Time>) -> Option<Millis> {
    time.map(|time| time.0.as_millisecond())
}

/// The owner that controls the object, when its kind has a page. Matched by uid wherever it matters;
/// the name is for the link.
pub fn owner(meta: &ObjectMeta) -> Option<ObjectRef> {
    let owner = controller_of(meta)?;
    Some(ObjectRef {
        kind: kind_of(owner)?,
        namespace: meta.namespace.clone().unwrap_or_default(),
        name: owner.name.clone(),
    })
}

pub fn owner_uid(meta: &ObjectMeta) -> Option<String> {
    controller_of(meta).map(|owner| owner.uid.clone())
}

fn kind_of(owner: &OwnerReference) -> Option<Kind> {
    let group = owner
        .api_version
        .rsplit_once('/')
        .map_or("", |(group, _)| group);
    kind_named(group, &owner.kind)
}

/// The kind with a page that `group` and `kind` name.
pub fn kind_named(group: &str, kind: &str) -> Option<Kind> {
    match (group, kind) {
        ("batch", "CronJob") => Some(Kind::CronJob),
        ("batch", "Job") => Some(Kind::Job),
        ("apps", "DaemonSet") => Some(Kind::DaemonSet),
        ("", "Pod") => Some(Kind::Pod),
        ("", "Node") => Some(Kind::Node),
        _ => None,
    }
}

/// `k=v`, sorted.
pub fn pairs(map: Option<&BTreeMap<String, String>>) -> Vec<String> {
    let pairs = map.into_iter().flatten();
    pairs.map(|(key, value)| format!("{key}={value}")).collect()
}

/// Labels as `k=v` lines, as they are written.
pub fn label_lines(meta: &ObjectMeta) -> Box<str> {
    pairs(meta.labels.as_ref()).join("\n").into()
}

/// Lower-case text that a search looks through.
pub fn search_text(meta: &ObjectMeta, more: &[&str]) -> Box<str> {
    let mut text = String::new();
    let mut push = |part: &str| {
        text.push_str(&part.to_lowercase());
        text.push('\n');
    };
    push(meta.name.as_deref().unwrap_or_default());
    push(meta.namespace.as_deref().unwrap_or_default());
    pairs(meta.labels.as_ref())
        .iter()
        .for_each(|label| push(label));
    if let Some(owner) = controller_of(meta) {
        push(&owner.name);
    }
    more.iter().for_each(|part| push(part));
    text.into()
}
