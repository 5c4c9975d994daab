//! Which lists a strategic merge patch merges rather than replaces (K-17).
//!
//! Upstream's struct tags, by field name: within the kinds served here a list field of one name is
//! merged in one way wherever it occurs. What is not here is replaced whole: tolerations, taints,
//! a CronJob's status.active, and all other lists.

/// How a list is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MergeKey {
    /// The field that tells the elements apart; empty for a set of plain values.
    pub key: &'static str,
    /// Elements take a `$retainKeys` directive.
    pub retain_keys: bool,
}

const fn by(key: &'static str) -> Option<MergeKey> {
    Some(MergeKey {
        key,
        retain_keys: false,
    })
}

const fn retaining(key: &'static str) -> Option<MergeKey> {
    Some(MergeKey {
        key,
        retain_keys: true,
    })
}

/// The merge rule of a list field, if it has one.
pub fn merge_key(field: &str) -> Option<MergeKey> {
    match field {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "env"
        | "imagePullSecrets"
        | "schedulingGates"
        | "secrets" => by("name"),
        "volumes" | "resourceClaims" | "resourceClaimStatuses" => retaining("name"),
        "ports" => by("containerPort"),
        "volumeMounts" => by("mountPath"),
        "volumeDevices" => by("devicePath"),
        "hostAliases" | "podIPs" | "hostIPs" => by("ip"),
        "topologySpreadConstraints" => by("topologyKey"),
        "conditions" | "addresses" => by("type"),
        "ownerReferences" => by("uid"),
        "finalizers" | "podCIDRs" => by(""),
        _ => None,
    }
}
