//! Lists of kinds that are not served. Who asks for these gives up at anything but a list, and an empty one
//! is true: there are none. Everything else about them is no path.

use axum::response::Response;
use http::Method;

use crate::auth::Identity;
use crate::authorize::{self, Act};
use crate::core::Core;
use crate::problem::Outcome;
use crate::registry::{Name, api_version};
use crate::render;

/// A kind without objects.
#[derive(Clone, Copy, Debug)]
pub struct Absent<'a> {
    name: Name,
    version: &'static str,
    kind: &'static str,
    namespace: Option<&'a str>,
}

/// The kind whose list the path is.
pub fn find<'a>(segments: &[&'a str]) -> Option<Absent<'a>> {
    let absent = |group, plural, kind, namespace| {
        Some(Absent {
            name: Name { group, plural },
            version: "v1",
            kind,
            namespace,
        })
    };
    match segments {
        // kubectl, for a manifest that names a kind that it does not find
        [
            "apis",
            "apiextensions.k8s.io",
            "v1",
            "customresourcedefinitions",
        ] => absent(
            "apiextensions.k8s.io",
            "customresourcedefinitions",
            "CustomResourceDefinition",
            None,
        ),
        // kubectl cluster-info dump, of each namespace
        [
            "api",
            "v1",
            "namespaces",
            namespace,
            "replicationcontrollers",
        ] => absent(
            "",
            "replicationcontrollers",
            "ReplicationController",
            Some(*namespace),
        ),
        ["apis", "apps", "v1", "namespaces", namespace, "deployments"] => {
            absent("apps", "deployments", "Deployment", Some(*namespace))
        }
        ["apis", "apps", "v1", "namespaces", namespace, "replicasets"] => {
            absent("apps", "replicasets", "ReplicaSet", Some(*namespace))
        }
        _ => None,
    }
}

/// Answers that there are none.
pub fn list(core: &Core, absent: &Absent<'_>, identity: &Identity) -> Outcome<Response> {
    authorize(absent, identity)?;
    let version = core.store.revision();
    let (kind, group_version) = (absent.kind, api_version(absent.name.group, absent.version));
    let list = format!(
        "{{\"kind\":\"{kind}List\",\"apiVersion\":\"{group_version}\",\
         \"metadata\":{{\"resourceVersion\":\"{version}\"}},\"items\":[]}}"
    );
    Ok(render::whole(list.as_bytes()))
}

/// That there are no custom kinds may be seen by whoever sees which kinds there are.
fn authorize(absent: &Absent<'_>, identity: &Identity) -> Outcome<()> {
    if absent.namespace.is_none() {
        let path = format!("/apis/{}/{}", absent.name.group, absent.version);
        return authorize::check_path(identity, &Method::GET, &path);
    }
    let act = Act {
        verb: "list",
        group: absent.name.group,
        resource: absent.name.plural,
        subresource: "",
        namespace: absent.namespace,
        name: "",
    };
    authorize::check(identity, absent.name, &act)
}
