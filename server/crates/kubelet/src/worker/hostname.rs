//! The name that a pod's containers have for their host (JOB-22 gives Indexed Jobs' pods theirs). Pure.

use k8s_openapi::api::core::v1::Pod;

use super::is_host_network;

/// What a host name may hold, and what the kernel holds.
const LABEL_BYTES: usize = 63;
const KERNEL_BYTES: usize = 64;
const CLUSTER_DOMAIN: &str = "cluster.local";

/// As upstream's kubelet names a pod's host; an error is why its sandbox cannot be made.
pub fn hostname(pod: &Pod, node: &str) -> Result<String, String> {
    let Some(spec) = &pod.spec else {
        return Ok(String::new());
    };
    let given = |name: &Option<String>| name.clone().filter(|name| !name.is_empty());
    if let Some(name) = given(&spec.hostname_override) {
        return Ok(name);
    }
    if is_host_network(pod) {
        return Ok(node.to_owned());
    }
    let name = given(&spec.hostname).or_else(|| pod.metadata.name.clone());
    let name = cut(&name.unwrap_or_default()).to_owned();
    match given(&spec.subdomain) {
        Some(subdomain) if spec.set_hostname_as_fqdn == Some(true) => {
            qualified(&name, &subdomain, pod)
        }
        _ => Ok(name),
    }
}

fn cut(name: &str) -> &str {
    match name.get(..LABEL_BYTES) {
        Some(start) if name.len() > LABEL_BYTES => start.trim_end_matches(['-', '.']),
        _ => name,
    }
}

fn qualified(name: &str, subdomain: &str, pod: &Pod) -> Result<String, String> {
    let namespace = pod.metadata.namespace.as_deref().unwrap_or("default");
    let whole = format!("{name}.{subdomain}.{namespace}.svc.{CLUSTER_DOMAIN}");
    match whole.len() {
        0..=KERNEL_BYTES => Ok(whole),
        long => Err(format!(
            "failed to construct FQDN from pod hostname and cluster domain, FQDN {whole} is too long ({KERNEL_BYTES} characters is the max, {long} characters requested)"
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn job_22_names_of_hosts() {
        let long = "a".repeat(62) + "-b-c";
        let fqdn = |subdomain: &str| json!({"hostname": "h", "subdomain": subdomain, "setHostnameAsFQDN": true});
        let rows: [(&str, &str, Value, &str); 8] = [
            ("the pod's own name", "p", json!({}), "p"),
            ("the name given", "p", json!({"hostname": "job-3"}), "job-3"),
            (
                "cut, without what a name may not end in",
                &long,
                json!({}),
                &long[..62],
            ),
            (
                "a subdomain alone is for the DNS",
                "p",
                json!({"subdomain": "s"}),
                "p",
            ),
            (
                "the whole name where that is wanted",
                "p",
                fqdn("s"),
                "h.s.default.svc.cluster.local",
            ),
            (
                "no domain, no whole name",
                "p",
                json!({"setHostnameAsFQDN": true}),
                "p",
            ),
            (
                "the node's with its network",
                "p",
                json!({"hostname": "h", "hostNetwork": true}),
                "node-1",
            ),
            (
                "an override goes first",
                "p",
                json!({"hostname": "h", "hostnameOverride": "x.y"}),
                "x.y",
            ),
        ];
        for (why, name, mut spec, want) in rows {
            spec["containers"] = json!([]);
            let pod = json!({"metadata": {"name": name, "namespace": "default"}, "spec": spec});
            let pod: Pod = serde_json::from_value(pod).expect("a pod");
            assert_eq!(hostname(&pod, "node-1").as_deref(), Ok(want), "{why}");
        }
        let mut spec = fqdn(&"s".repeat(40));
        spec["containers"] = json!([]);
        let pod: Pod = serde_json::from_value(json!({"spec": spec})).expect("a pod");
        let error = hostname(&pod, "node-1").expect_err("it is too long");
        assert!(
            error.ends_with("(64 characters is the max, 68 characters requested)"),
            "{error}"
        );
    }
}
