//! What Go makes of each type, by the types of k8s.io/api v0.36. Those within pods were read off
//! `kubectl set image --local` 1.36, which encodes them: everything that may be zero, sent as zero.

/// What Go makes of one type.
pub(super) struct Rule {
    of: &'static str,
    /// Left out when zero (`0`, `false`, `""`).
    pub omitted: &'static [&'static str],
    /// Written when absent, as that JSON.
    pub written: &'static [(&'static str, &'static str)],
    /// Of a type that another's rule would be found for: what is below has pointers only.
    pub bare: &'static [&'static str],
}

const fn rule(
    of: &'static str,
    omitted: &'static [&'static str],
    written: &'static [(&'static str, &'static str)],
) -> Rule {
    Rule {
        of,
        omitted,
        written,
        bare: &[],
    }
}

impl Rule {
    /// The rule for structs of that name.
    pub fn find(name: &str) -> Option<&'static Self> {
        let found = RULES.binary_search_by(|rule| rule.of.cmp(name));
        found.ok().map(|at| &RULES[at])
    }
}

const CONDITION: &[(&str, &str)] = &[("lastProbeTime", "null"), ("lastTransitionTime", "null")];

/// In the order of their names. Pointers are absent: what they point at is written, zero or not.
const RULES: &[Rule] = &[
    rule(
        "AWSElasticBlockStoreVolumeSource",
        &["fsType", "partition", "readOnly"],
        &[],
    ),
    rule("AzureFileVolumeSource", &["readOnly"], &[]),
    rule(
        "CephFSVolumeSource",
        &["path", "readOnly", "secretFile", "user"],
        &[],
    ),
    rule("CinderVolumeSource", &["fsType", "readOnly"], &[]),
    rule("Condition", &["observedGeneration"], &[]),
    rule("ConfigMapEnvSource", &["name"], &[]),
    rule("ConfigMapKeySelector", &["name"], &[]),
    rule(
        "ConfigMapNodeConfigSource",
        &["resourceVersion", "uid"],
        &[],
    ),
    rule("ConfigMapProjection", &["name"], &[]),
    rule("ConfigMapVolumeSource", &["name"], &[]),
    rule(
        "Container",
        &[
            "image",
            "imagePullPolicy",
            "stdin",
            "stdinOnce",
            "terminationMessagePath",
            "terminationMessagePolicy",
            "tty",
            "workingDir",
        ],
        &[],
    ),
    rule("ContainerImage", &["sizeBytes"], &[]),
    rule(
        "ContainerPort",
        &["hostIP", "hostPort", "name", "protocol"],
        &[],
    ),
    rule("ContainerRestartRule", &["action"], &[]),
    rule("ContainerRestartRuleOnExitCodes", &["operator"], &[]),
    rule("ContainerStateRunning", &[], &[("startedAt", "null")]),
    rule(
        "ContainerStateTerminated",
        &["containerID", "message", "reason", "signal"],
        &[("startedAt", "null"), ("finishedAt", "null")],
    ),
    rule("ContainerStateWaiting", &["message", "reason"], &[]),
    rule(
        "ContainerStatus",
        &["containerID"],
        &[("state", "{}"), ("lastState", "{}")],
    ),
    rule("CronJobSpec", &["concurrencyPolicy"], &[]),
    rule(
        "DaemonSetCondition",
        &["message", "reason"],
        &[("lastTransitionTime", "null")],
    ),
    rule("DaemonSetSpec", &["minReadySeconds"], &[]),
    rule(
        "DaemonSetStatus",
        &[
            "numberAvailable",
            "numberUnavailable",
            "observedGeneration",
            "updatedNumberScheduled",
        ],
        &[],
    ),
    rule("DaemonSetUpdateStrategy", &["type"], &[]),
    rule("EmptyDirVolumeSource", &["medium"], &[]),
    rule("Endpoint", &[], &[("conditions", "{}")]),
    rule("EndpointAddress", &["hostname"], &[]),
    rule("EndpointPort", &["name", "protocol"], &[]),
    Rule {
        bare: &["ports"],
        ..rule(
            "EndpointSlice",
            &[],
            &[("endpoints", "null"), ("ports", "null")],
        )
    },
    rule("EnvFromSource", &["prefix"], &[]),
    rule("EnvVar", &["value"], &[]),
    rule(
        "EphemeralContainer",
        &[
            "image",
            "imagePullPolicy",
            "stdin",
            "stdinOnce",
            "targetContainerName",
            "terminationMessagePath",
            "terminationMessagePolicy",
            "tty",
            "workingDir",
        ],
        &[],
    ),
    rule(
        "Event",
        &["action", "count", "message", "reason", "type"],
        &[
            ("eventTime", "null"),
            ("firstTimestamp", "null"),
            ("lastTimestamp", "null"),
            ("reportingComponent", "\"\""),
            ("reportingInstance", "\"\""),
            ("source", "{}"),
        ],
    ),
    rule("EventSeries", &["count"], &[]),
    rule("EventSource", &["component", "host"], &[]),
    rule("FCVolumeSource", &["fsType", "readOnly"], &[]),
    rule("FlexVolumeSource", &["fsType", "readOnly"], &[]),
    rule("FlockerVolumeSource", &["datasetName", "datasetUUID"], &[]),
    rule(
        "GCEPersistentDiskVolumeSource",
        &["fsType", "partition", "readOnly"],
        &[],
    ),
    rule("GitRepoVolumeSource", &["directory", "revision"], &[]),
    rule("GlusterfsVolumeSource", &["readOnly"], &[]),
    rule("HTTPGetAction", &["host", "path", "scheme"], &[]),
    rule(
        "ISCSIVolumeSource",
        &[
            "chapAuthDiscovery",
            "chapAuthSession",
            "fsType",
            "iscsiInterface",
            "readOnly",
        ],
        &[],
    ),
    rule("ImageVolumeSource", &["pullPolicy", "reference"], &[]),
    rule("ImageVolumeStatus", &["imageRef"], &[]),
    rule("JobCondition", &["message", "reason"], CONDITION),
    rule(
        "JobStatus",
        &["active", "completedIndexes", "failed", "succeeded"],
        &[],
    ),
    rule("LoadBalancerIngress", &["hostname", "ip"], &[]),
    rule("LocalObjectReference", &["name"], &[]),
    rule(
        "ManagedFieldsEntry",
        &[
            "apiVersion",
            "fieldsType",
            "manager",
            "operation",
            "subresource",
        ],
        &[],
    ),
    rule("NFSVolumeSource", &["readOnly"], &[]),
    rule(
        "NamespaceCondition",
        &["message", "reason"],
        &[("lastTransitionTime", "null")],
    ),
    rule("NamespaceStatus", &["phase"], &[]),
    rule(
        "NodeCondition",
        &["message", "reason"],
        &[
            ("lastHeartbeatTime", "null"),
            ("lastTransitionTime", "null"),
        ],
    ),
    rule("NodeConfigStatus", &["error"], &[]),
    rule(
        "NodeDaemonEndpoints",
        &[],
        &[("kubeletEndpoint", r#"{"Port":0}"#)],
    ),
    rule(
        "NodeSpec",
        &["externalID", "podCIDR", "providerID", "unschedulable"],
        &[],
    ),
    rule("NodeStatus", &["phase"], &[]),
    rule("ObjectFieldSelector", &["apiVersion"], &[]),
    rule(
        "ObjectMeta",
        &[
            "generateName",
            "generation",
            "name",
            "namespace",
            "resourceVersion",
            "selfLink",
            "uid",
        ],
        &[],
    ),
    rule(
        "ObjectReference",
        &[
            "apiVersion",
            "fieldPath",
            "kind",
            "name",
            "namespace",
            "resourceVersion",
            "uid",
        ],
        &[],
    ),
    rule("PersistentVolumeClaimSpec", &["volumeName"], &[]),
    rule("PersistentVolumeClaimVolumeSource", &["readOnly"], &[]),
    rule("PhotonPersistentDiskVolumeSource", &["fsType"], &[]),
    rule(
        "PodCertificateProjection",
        &[
            "certificateChainPath",
            "credentialBundlePath",
            "keyPath",
            "keyType",
            "signerName",
        ],
        &[],
    ),
    rule(
        "PodCondition",
        &["message", "observedGeneration", "reason"],
        CONDITION,
    ),
    rule("PodDNSConfigOption", &["name"], &[]),
    rule("PodDisruptionBudgetStatus", &["observedGeneration"], &[]),
    rule(
        "PodSpec",
        &[
            "dnsPolicy",
            "hostIPC",
            "hostNetwork",
            "hostPID",
            "hostname",
            "nodeName",
            "priorityClassName",
            "restartPolicy",
            "schedulerName",
            "serviceAccount",
            "serviceAccountName",
            "subdomain",
        ],
        &[],
    ),
    rule(
        "PodStatus",
        &[
            "hostIP",
            "message",
            "nominatedNodeName",
            "observedGeneration",
            "phase",
            "podIP",
            "qosClass",
            "reason",
            "resize",
        ],
        &[],
    ),
    rule("PortworxVolumeSource", &["fsType", "readOnly"], &[]),
    rule("PriorityClass", &["description", "globalDefault"], &[]),
    rule(
        "Probe",
        &[
            "failureThreshold",
            "initialDelaySeconds",
            "periodSeconds",
            "successThreshold",
            "timeoutSeconds",
        ],
        &[],
    ),
    rule(
        "QuobyteVolumeSource",
        &["group", "readOnly", "tenant", "user"],
        &[],
    ),
    rule(
        "RBDVolumeSource",
        &["fsType", "keyring", "pool", "readOnly", "user"],
        &[],
    ),
    rule("ResourceClaim", &["request"], &[]),
    rule(
        "ResourceFieldSelector",
        &["containerName"],
        &[("divisor", "\"0\"")],
    ),
    rule("ResourceHealth", &["health"], &[]),
    rule("SELinuxOptions", &["level", "role", "type", "user"], &[]),
    rule(
        "ScaleIOVolumeSource",
        &[
            "fsType",
            "protectionDomain",
            "readOnly",
            "sslEnabled",
            "storageMode",
            "storagePool",
            "volumeName",
        ],
        &[],
    ),
    rule("Secret", &["type"], &[]),
    rule("SecretEnvSource", &["name"], &[]),
    rule("SecretKeySelector", &["name"], &[]),
    rule("SecretProjection", &["name"], &[]),
    rule("SecretVolumeSource", &["secretName"], &[]),
    rule("ServiceAccountTokenProjection", &["audience"], &[]),
    rule("ServicePort", &["name", "nodePort", "protocol"], &[]),
    rule(
        "ServiceSpec",
        &[
            "clusterIP",
            "externalName",
            "externalTrafficPolicy",
            "healthCheckNodePort",
            "loadBalancerIP",
            "publishNotReadyAddresses",
            "sessionAffinity",
            "type",
        ],
        &[],
    ),
    rule("ServiceStatus", &[], &[("loadBalancer", "{}")]),
    rule(
        "StorageOSVolumeSource",
        &["fsType", "readOnly", "volumeName", "volumeNamespace"],
        &[],
    ),
    rule("TCPSocketAction", &["host"], &[]),
    rule("Taint", &["value"], &[]),
    rule("Toleration", &["effect", "key", "operator", "value"], &[]),
    rule("TypedLocalObjectReference", &[], &[("apiGroup", "null")]),
    rule("TypedObjectReference", &[], &[("apiGroup", "null")]),
    rule("VolumeMount", &["readOnly", "subPath", "subPathExpr"], &[]),
    rule("VolumeMountStatus", &["readOnly"], &[]),
    rule(
        "VsphereVirtualDiskVolumeSource",
        &["fsType", "storagePolicyID", "storagePolicyName"],
        &[],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_stand_in_their_order() {
        assert!(RULES.is_sorted_by_key(|rule| rule.of));
        assert!(
            RULES.iter().all(|rule| rule.written.len() <= 8),
            "a bit each"
        );
    }
}
