//! A pod, or a pod's template, as the checks look at it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Container, PodSecurityContext, PodSpec, SecurityContext};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::pod::as_container;

pub(super) struct Subject<'a> {
    pub annotations: Option<&'a BTreeMap<String, String>>,
    pub spec: &'a PodSpec,
    /// Those that come first, the others, those that came later.
    pub containers: Vec<Cow<'a, Container>>,
    /// The checks are those of Kubernetes v1.x.
    pub minor: i64,
}

impl<'a> Subject<'a> {
    pub fn new(metadata: &'a ObjectMeta, spec: &'a PodSpec, minor: i64) -> Self {
        let first = spec.init_containers.iter().flatten().map(Cow::Borrowed);
        let others = spec.containers.iter().map(Cow::Borrowed);
        let later = spec.ephemeral_containers.iter().flatten();
        let later = later.map(|container| Cow::Owned(as_container(container)));
        Self {
            annotations: metadata.annotations.as_ref(),
            spec,
            containers: first.chain(others).chain(later).collect(),
            minor,
        }
    }

    pub fn context(&self) -> Option<&PodSecurityContext> {
        self.spec.security_context.as_ref()
    }

    /// The names of the containers of which that is true.
    pub fn containers_where(&self, is_so: impl Fn(&Container) -> bool) -> Vec<&str> {
        let containers = self.containers.iter();
        let found = containers.filter(|container| is_so(container));
        found.map(|container| container.name.as_str()).collect()
    }

    /// The same of their security contexts; a container without one has none of it.
    pub fn contexts_where(&self, is_so: impl Fn(&SecurityContext) -> bool) -> Vec<&str> {
        self.containers_where(|container| container.security_context.as_ref().is_some_and(&is_so))
    }

    /// Of a pod in a user namespace, root is nobody to the node.
    pub fn has_user_namespace(&self) -> bool {
        self.spec.host_users == Some(false)
    }

    /// Since v1.25, what only Linux knows is not asked of others.
    pub fn is_windows(&self) -> bool {
        let os = self.spec.os.as_ref();
        self.minor >= 25 && os.is_some_and(|os| os.name == "windows")
    }
}

/// Who sets what may not be set, and to which values.
pub(super) struct Set<'s> {
    pub pod: bool,
    pub containers: Vec<&'s str>,
    pub values: BTreeSet<&'s str>,
}

impl<'s> Set<'s> {
    /// `of_pod` is what the pod itself sets, `of_container` what each context does.
    pub fn find(
        subject: &'s Subject<'_>,
        of_pod: Option<&'s str>,
        of_container: impl Fn(&'s SecurityContext) -> Option<&'s str>,
        is_allowed: impl Fn(&str) -> bool,
    ) -> Self {
        let of_pod = of_pod.filter(|value| !is_allowed(value));
        let mut found = Self {
            pod: of_pod.is_some(),
            containers: Vec::new(),
            values: of_pod.into_iter().collect(),
        };
        for container in &subject.containers {
            let context = container.security_context.as_ref();
            let value = context.and_then(&of_container);
            if let Some(value) = value.filter(|value| !is_allowed(value)) {
                found.containers.push(&container.name);
                found.values.insert(value);
            }
        }
        found
    }
}
