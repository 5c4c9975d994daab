//! The containers of a pod, each with where it stands.

use std::borrow::Cow;

use k8s_openapi::api::core::v1::{Container, PodSpec};

use crate::pod::as_container;

/// A container and its path.
pub(super) type Placed<'a> = (Cow<'a, Container>, String);

/// All of them: those that come first, the others, those that came later.
pub(super) fn all<'a>(spec: &'a PodSpec, path: &str) -> Vec<Placed<'a>> {
    let first = spec.init_containers.iter().flatten().map(Cow::Borrowed);
    let others = spec.containers.iter().map(Cow::Borrowed);
    let later = spec.ephemeral_containers.iter().flatten();
    let later = later.map(|container| Cow::Owned(as_container(container)));
    let lists: [(&str, Vec<_>); 3] = [
        ("initContainers", first.collect()),
        ("containers", others.collect()),
        ("ephemeralContainers", later.collect()),
    ];
    let mut found = Vec::new();
    for (field, containers) in lists {
        let paths = (0..).map(|at| format!("{path}.{field}[{at}]"));
        found.extend(containers.into_iter().zip(paths));
    }
    found
}
