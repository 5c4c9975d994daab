//! Which lists and objects a strategic merge patch merges rather than replaces (K-17), and the list
//! types that server-side apply uses, by the OpenAPI schema that holds the field. What is not here is
//! replaced whole: tolerations, taints, a CronJob's status.active and all other lists.

#[cfg(test)]
mod tests;

/// What OpenAPI says of a field: `x-kubernetes-patch-strategy`, `-patch-merge-key`, `-list-type` and
/// `-list-map-keys`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MergeRule {
    /// `merge`, `retainKeys` or `merge,retainKeys`; empty when a patch replaces the field.
    pub strategy: &'static str,
    /// The field that tells the elements apart; empty for sets and objects.
    pub merge_key: &'static str,
    /// `map`, `set` or `atomic`; empty when nothing is said.
    pub list_type: &'static str,
    /// The keys of a `map`.
    pub list_map_keys: &'static [&'static str],
}

impl MergeRule {
    /// True when a strategic merge patch merges the elements.
    pub fn merges(&self) -> bool {
        self.strategy.starts_with("merge")
    }
}

const fn map(merge_key: &'static str, list_map_keys: &'static [&'static str]) -> MergeRule {
    MergeRule {
        strategy: "merge",
        merge_key,
        list_type: "map",
        list_map_keys,
    }
}

const fn retaining(rule: MergeRule) -> MergeRule {
    MergeRule {
        strategy: "merge,retainKeys",
        ..rule
    }
}

/// Merged by a patch, while apply knows no keys.
const fn patch_only(merge_key: &'static str) -> MergeRule {
    MergeRule {
        list_type: "",
        ..map(merge_key, &[])
    }
}

/// Keyed for apply, replaced by a patch.
const fn apply_only(list_map_keys: &'static [&'static str]) -> MergeRule {
    MergeRule {
        strategy: "",
        ..map("", list_map_keys)
    }
}

const SET: MergeRule = MergeRule {
    strategy: "merge",
    merge_key: "",
    list_type: "set",
    list_map_keys: &[],
};

const ATOMIC: MergeRule = MergeRule {
    strategy: "",
    merge_key: "",
    list_type: "atomic",
    list_map_keys: &[],
};

const RETAIN: MergeRule = MergeRule {
    strategy: "retainKeys",
    list_type: "",
    ..ATOMIC
};

const BY_NAME: MergeRule = map("name", &["name"]);
const CONDITIONS: MergeRule = map("type", &["type"]);

/// The rule of `field` in the schema named `schema`, e.g. `io.k8s.api.core.v1.PodSpec` and
/// `containers`; None when nothing is said.
pub fn merge_rule(schema: &str, field: &str) -> Option<MergeRule> {
    let short = schema.strip_prefix("io.k8s.").unwrap_or(schema);
    match short.strip_prefix("api.") {
        Some(short) => of_api(short, field),
        None => of_meta(short, field),
    }
}

fn of_meta(schema: &str, field: &str) -> Option<MergeRule> {
    match (schema, field) {
        ("apimachinery.pkg.apis.meta.v1.ObjectMeta", "ownerReferences") => {
            Some(map("uid", &["uid"]))
        }
        ("apimachinery.pkg.apis.meta.v1.ObjectMeta", "finalizers") => Some(SET),
        ("apimachinery.pkg.apis.meta.v1.LabelSelector", "matchExpressions")
        | ("apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement", "values") => Some(ATOMIC),
        _ => None,
    }
}

fn of_api(schema: &str, field: &str) -> Option<MergeRule> {
    match schema {
        "core.v1.PodSpec" => of_pod_spec(field),
        "core.v1.PodStatus" => of_pod_status(field),
        "core.v1.Container" | "core.v1.EphemeralContainer" => of_container(field),
        _ => of_other(schema, field),
    }
}

fn of_pod_spec(field: &str) -> Option<MergeRule> {
    match field {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "imagePullSecrets"
        | "schedulingGates" => Some(BY_NAME),
        "volumes" | "resourceClaims" => Some(retaining(BY_NAME)),
        "hostAliases" => Some(map("ip", &["ip"])),
        "topologySpreadConstraints" => {
            Some(map("topologyKey", &["topologyKey", "whenUnsatisfiable"]))
        }
        "tolerations" | "readinessGates" => Some(ATOMIC),
        _ => None,
    }
}

fn of_pod_status(field: &str) -> Option<MergeRule> {
    match field {
        "conditions" => Some(CONDITIONS),
        "podIPs" => Some(map("ip", &["ip"])),
        "hostIPs" => Some(MergeRule {
            list_type: "atomic",
            ..patch_only("ip")
        }),
        "resourceClaimStatuses" => Some(retaining(BY_NAME)),
        "containerStatuses" | "initContainerStatuses" | "ephemeralContainerStatuses" => {
            Some(ATOMIC)
        }
        _ => None,
    }
}

fn of_container(field: &str) -> Option<MergeRule> {
    match field {
        "env" => Some(BY_NAME),
        "ports" => Some(map("containerPort", &["containerPort", "protocol"])),
        "volumeMounts" => Some(map("mountPath", &["mountPath"])),
        "volumeDevices" => Some(map("devicePath", &["devicePath"])),
        "args" | "command" | "envFrom" | "resizePolicy" | "restartPolicyRules" => Some(ATOMIC),
        _ => None,
    }
}

fn of_other(schema: &str, field: &str) -> Option<MergeRule> {
    match (schema, field) {
        (
            "core.v1.NodeStatus" | "core.v1.NamespaceStatus" | "core.v1.ServiceStatus",
            "conditions",
        )
        | ("apps.v1.DaemonSetStatus" | "policy.v1.PodDisruptionBudgetStatus", "conditions")
        | ("core.v1.NodeStatus", "addresses") => Some(CONDITIONS),
        // patched by type, yet atomic for apply
        ("batch.v1.JobStatus", "conditions") => Some(MergeRule {
            list_type: "atomic",
            ..patch_only("type")
        }),
        ("core.v1.NodeSpec", "podCIDRs") => Some(SET),
        ("discovery.v1.EndpointSlice", "endpoints" | "ports")
        | ("discovery.v1.EndpointHints", "forZones" | "forNodes") => Some(ATOMIC),
        ("discovery.v1.Endpoint", "addresses") => Some(MergeRule {
            strategy: "",
            ..SET
        }),
        ("core.v1.NodeSpec", "taints") | ("batch.v1.CronJobStatus", "active") => Some(ATOMIC),
        ("core.v1.ServiceSpec", "ports") => Some(map("port", &["port", "protocol"])),
        ("core.v1.ServiceAccount", "secrets") => Some(BY_NAME),
        ("core.v1.ServiceAccount", "imagePullSecrets") => Some(ATOMIC),
        ("core.v1.ResourceRequirements", "claims") => Some(apply_only(&["name"])),
        ("apps.v1.DeploymentSpec", "strategy") => Some(RETAIN),
        ("policy.v1.PodDisruptionBudgetSpec", "selector") => Some(MergeRule {
            strategy: "replace",
            list_type: "",
            ..ATOMIC
        }),
        _ => None,
    }
}
