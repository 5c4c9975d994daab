use super::*;

#[test]
fn k_17_merge_rules() {
    let rows = [
        ("io.k8s.api.core.v1.PodSpec", "containers", "merge", "name"),
        (
            "io.k8s.api.core.v1.PodSpec",
            "initContainers",
            "merge",
            "name",
        ),
        (
            "io.k8s.api.core.v1.PodSpec",
            "ephemeralContainers",
            "merge",
            "name",
        ),
        (
            "io.k8s.api.core.v1.PodSpec",
            "imagePullSecrets",
            "merge",
            "name",
        ),
        (
            "io.k8s.api.core.v1.PodSpec",
            "schedulingGates",
            "merge",
            "name",
        ),
        (
            "io.k8s.api.core.v1.PodSpec",
            "volumes",
            "merge,retainKeys",
            "name",
        ),
        (
            "io.k8s.api.core.v1.PodSpec",
            "resourceClaims",
            "merge,retainKeys",
            "name",
        ),
        ("io.k8s.api.core.v1.PodSpec", "hostAliases", "merge", "ip"),
        (
            "io.k8s.api.core.v1.PodSpec",
            "topologySpreadConstraints",
            "merge",
            "topologyKey",
        ),
        ("io.k8s.api.core.v1.PodSpec", "tolerations", "", ""),
        ("io.k8s.api.core.v1.Container", "env", "merge", "name"),
        (
            "io.k8s.api.core.v1.Container",
            "ports",
            "merge",
            "containerPort",
        ),
        (
            "io.k8s.api.core.v1.Container",
            "volumeMounts",
            "merge",
            "mountPath",
        ),
        (
            "io.k8s.api.core.v1.Container",
            "volumeDevices",
            "merge",
            "devicePath",
        ),
        ("io.k8s.api.core.v1.NodeSpec", "taints", "", ""),
        (
            "io.k8s.api.core.v1.NodeStatus",
            "addresses",
            "merge",
            "type",
        ),
        (
            "io.k8s.api.batch.v1.JobStatus",
            "conditions",
            "merge",
            "type",
        ),
        (
            "io.k8s.api.apps.v1.DaemonSetStatus",
            "conditions",
            "merge",
            "type",
        ),
        (
            "io.k8s.api.core.v1.PodStatus",
            "conditions",
            "merge",
            "type",
        ),
        (
            "io.k8s.api.core.v1.NodeStatus",
            "conditions",
            "merge",
            "type",
        ),
        (
            "io.k8s.api.core.v1.NamespaceStatus",
            "conditions",
            "merge",
            "type",
        ),
        ("io.k8s.api.batch.v1.CronJobStatus", "active", "", ""),
        (
            "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta",
            "ownerReferences",
            "merge",
            "uid",
        ),
        (
            "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta",
            "finalizers",
            "merge",
            "",
        ),
        (
            "io.k8s.api.apps.v1.DeploymentSpec",
            "strategy",
            "retainKeys",
            "",
        ),
    ];
    for (schema, field, strategy, key) in rows {
        let rule = merge_rule(schema, field).expect(field);
        assert_eq!(
            (rule.strategy, rule.merge_key),
            (strategy, key),
            "{schema} {field}"
        );
        assert_eq!(
            rule.merges(),
            strategy.starts_with("merge"),
            "{schema} {field}"
        );
    }
    assert_eq!(merge_rule("io.k8s.api.core.v1.PodSpec", "nodeName"), None);
}
