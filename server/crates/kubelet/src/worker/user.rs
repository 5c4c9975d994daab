//! As whom a container runs, and upstream's check of `runAsNonRoot`; whether it is privileged.

use k8s_openapi::api::core::v1::{Container, Pod};

use super::resolve::Missing;
use crate::decide::pod_text;

/// The container's own words count before the pod's. None: the pod's root, which stands for the user that an
/// image would name.
pub fn run_as_user(pod: &Pod, container: &Container) -> Result<Option<u32>, Missing> {
    let spec = pod.spec.as_ref();
    let of_pod = spec.and_then(|spec| spec.security_context.as_ref());
    let own = container.security_context.as_ref();
    let user = own.and_then(|context| context.run_as_user);
    let user = user.or_else(|| of_pod?.run_as_user);
    let non_root = own.and_then(|context| context.run_as_non_root);
    let non_root = non_root.or_else(|| of_pod?.run_as_non_root);
    let broken = match user {
        _ if non_root != Some(true) => None,
        Some(0) => Some("container's runAsUser breaks non-root policy"),
        Some(_) => None,
        None => Some("container has runAsNonRoot and image will run as root"),
    };
    match broken {
        Some(why) => Err(format!(
            "{why} (pod: {:?}, container: {})",
            pod_text(pod),
            container.name
        )),
        None => Ok(user.and_then(|uid| u32::try_from(uid).ok())),
    }
}

/// Whether one of the containers is that the pod begins with.
pub fn is_privileged(pod: &Pod) -> bool {
    let spec = pod.spec.iter();
    let mut containers = spec.flat_map(|spec| {
        spec.init_containers
            .iter()
            .flatten()
            .chain(&spec.containers)
    });
    containers.any(|container| {
        let context = container.security_context.as_ref();
        context.and_then(|context| context.privileged) == Some(true)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn root_is_refused_where_it_is_not_wanted() {
        let root = "container has runAsNonRoot and image will run as root (pod: \"p_default(u)\", container: c)";
        let zero =
            "container's runAsUser breaks non-root policy (pod: \"p_default(u)\", container: c)";
        /// Why, the pod's context, the container's, and as whom it runs.
        type Row = (
            &'static str,
            Value,
            Value,
            Result<Option<u32>, &'static str>,
        );
        let rows: [Row; 8] = [
            ("nothing said", json!({}), json!({}), Ok(None)),
            (
                "the pod's user",
                json!({"runAsUser": 7}),
                json!({}),
                Ok(Some(7)),
            ),
            (
                "the container's own",
                json!({"runAsUser": 7}),
                json!({"runAsUser": 8}),
                Ok(Some(8)),
            ),
            (
                "no user",
                json!({"runAsNonRoot": true}),
                json!({}),
                Err(root),
            ),
            (
                "a user",
                json!({"runAsNonRoot": true}),
                json!({"runAsUser": 8}),
                Ok(Some(8)),
            ),
            (
                "root",
                json!({"runAsUser": 0}),
                json!({"runAsNonRoot": true}),
                Err(zero),
            ),
            (
                "root where it may be",
                json!({"runAsUser": 0}),
                json!({"runAsNonRoot": false}),
                Ok(Some(0)),
            ),
            (
                "the container may",
                json!({"runAsNonRoot": true}),
                json!({"runAsNonRoot": false}),
                Ok(None),
            ),
        ];
        for (why, of_pod, own, want) in rows {
            let pod = json!({
                "metadata": {"name": "p", "namespace": "default", "uid": "u"},
                "spec": {"securityContext": of_pod, "containers": [{"name": "c", "securityContext": own}]},
            });
            let pod: Pod = serde_json::from_value(pod).expect("a pod");
            let container = &pod.spec.as_ref().expect("a spec").containers[0];
            let user = run_as_user(&pod, container);
            assert_eq!(user, want.map_err(str::to_owned), "{why}");
        }
    }

    #[test]
    fn one_privileged_container_is_enough() {
        let own =
            |privileged: Value| json!({"name": "c", "securityContext": {"privileged": privileged}});
        let rows = [
            (json!({"containers": [{"name": "c"}]}), false),
            (json!({"containers": [own(json!(false))]}), false),
            (
                json!({"containers": [{"name": "d"}, own(json!(true))]}),
                true,
            ),
            (
                json!({"containers": [{"name": "d"}], "initContainers": [own(json!(true))]}),
                true,
            ),
        ];
        for (spec, want) in rows {
            let pod: Pod = serde_json::from_value(json!({"spec": spec})).expect("a pod");
            assert_eq!(is_privileged(&pod), want, "{spec}");
        }
    }
}
