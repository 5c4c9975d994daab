//! Which updates of a pod are looked at: of what may change in a pod, the images and what seccomp is annotated.

use k8s_openapi::api::core::v1::{Container, Pod};

use crate::pod::as_container;

const SECCOMP_OF_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_OF_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";

/// Upstream's `isSignificantPodUpdate`.
pub fn is_significant(new: &Pod, old: &Pod) -> bool {
    if annotation(new, SECCOMP_OF_POD) != annotation(old, SECCOMP_OF_POD) {
        return true;
    }
    let differ = |after: &Container, before: &Container| differs((after, new), (before, old));
    let (first, others, later) = lists(new);
    let (first_before, others_before, later_before) = lists(old);
    if first.len() != first_before.len() || others.len() != others_before.len() {
        return true;
    }
    let first = first.iter().zip(first_before);
    let mut kept = first.chain(others.iter().zip(others_before));
    let mut later = later.iter();
    kept.any(|(after, before)| differ(after, before))
        || later.any(|after| {
            let mut known = later_before.iter();
            let before = known.find(|before| before.name == after.name);
            before.is_none_or(|before| differ(after, before))
        })
}

/// Those that come first, the others, those that came later.
fn lists(pod: &Pod) -> (&[Container], &[Container], Vec<Container>) {
    let Some(spec) = pod.spec.as_ref() else {
        return (&[], &[], Vec::new());
    };
    let first = spec.init_containers.as_deref().unwrap_or_default();
    let later = spec.ephemeral_containers.iter().flatten();
    (first, &spec.containers, later.map(as_container).collect())
}

fn differs((after, new): (&Container, &Pod), (before, old): (&Container, &Pod)) -> bool {
    let key = format!("{SECCOMP_OF_CONTAINER}{}", after.name);
    after.image != before.image || annotation(new, &key) != annotation(old, &key)
}

/// What is not there is to Go as what is empty.
fn annotation<'a>(pod: &'a Pod, key: &str) -> &'a str {
    let annotations = pod.metadata.annotations.as_ref();
    let value = annotations.and_then(|annotations| annotations.get(key));
    value.map_or("", String::as_str)
}
