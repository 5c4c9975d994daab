//! Words and what upstream says of them, in the order of its documents, which is the alphabet's.

/// Each word with its meaning; some have none.
pub type Words = &'static [(&'static str, &'static str)];

pub const UPDATE: Words = &[
    ("OnDelete", "Replace the old daemons only when it's killed"),
    (
        "RollingUpdate",
        "Replace the old daemons by new ones using rolling update i.e replace them on each node one after the other.",
    ),
];

pub const OVERLAP: Words = &[
    ("Allow", "allows CronJobs to run concurrently."),
    (
        "Forbid",
        "forbids concurrent runs, skipping next run if previous hasn't finished yet.",
    ),
    (
        "Replace",
        "cancels currently running job and replaces it with a new one.",
    ),
];

pub const COMPLETION: Words = &[
    (
        "Indexed",
        "is a Job completion mode. In this mode, the Pods of a Job get an associated completion index from 0 to (.spec.completions - 1). The Job is  considered complete when a Pod completes for each completion index.",
    ),
    (
        "NonIndexed",
        "is a Job completion mode. In this mode, the Job is considered complete when there have been .spec.completions successfully completed Pods. Pod completions are homologous to each other.",
    ),
];

pub const REPLACE: Words = &[
    (
        "Failed",
        "means to wait until a previously created Pod is fully terminated (has phase Failed or Succeeded) before creating a replacement Pod.",
    ),
    (
        "TerminatingOrFailed",
        "means that we recreate pods when they are terminating (has a metadata.deletionTimestamp) or failed.",
    ),
];

pub const SET: Words = &[("In", ""), ("NotIn", "")];

pub const FAILURE_ACTION: Words = &[
    (
        "Count",
        "This is an action which might be taken on a pod failure - the pod failure is handled in the default way - the counter towards .backoffLimit, represented by the job's .status.failed field, is incremented.",
    ),
    (
        "FailIndex",
        "This is an action which might be taken on a pod failure - mark the Job's index as failed to avoid restarts within this index. This action can only be used when backoffLimitPerIndex is set.",
    ),
    (
        "FailJob",
        "This is an action which might be taken on a pod failure - mark the pod's job as Failed and terminate all running pods.",
    ),
    (
        "Ignore",
        "This is an action which might be taken on a pod failure - the counter towards .backoffLimit, represented by the job's .status.failed field, is not incremented and a replacement pod is created.",
    ),
];

pub const APP_ARMOR: Words = &[
    (
        "Localhost",
        "indicates that a profile pre-loaded on the node should be used.",
    ),
    (
        "RuntimeDefault",
        "indicates that the container runtime's default AppArmor profile should be used.",
    ),
    (
        "Unconfined",
        "indicates that no AppArmor profile should be enforced.",
    ),
];

pub const PULL: Words = &[
    (
        "Always",
        "means that kubelet always attempts to pull the latest image. Container will fail If the pull fails.",
    ),
    (
        "IfNotPresent",
        "means that kubelet pulls if the image isn't present on disk. Container will fail if the image isn't present and the pull fails.",
    ),
    (
        "Never",
        "means that kubelet never pulls an image, but only uses a local image. Container will fail if the image isn't present",
    ),
];

pub const LAST_WORDS: Words = &[
    (
        "FallbackToLogsOnError",
        "will read the most recent contents of the container logs for the container status message when the container exits with an error and the terminationMessagePath has no contents.",
    ),
    (
        "File",
        "is the default behavior and will set the container status message to the contents of the container's terminationMessagePath when the container exits.",
    ),
];

pub const PROTOCOL: Words = &[
    ("SCTP", "is the SCTP protocol."),
    ("TCP", "is the TCP protocol."),
    ("UDP", "is the UDP protocol."),
];

pub const ADDRESS_TYPE: Words = &[
    ("FQDN", "represents a FQDN."),
    ("IPv4", "represents an IPv4 Address."),
    ("IPv6", "represents an IPv6 Address."),
];

pub const SCHEME: Words = &[
    ("HTTP", "means that the scheme used will be http://"),
    ("HTTPS", "means that the scheme used will be https://"),
];

pub const HOST_PATH: Words = &[
    ("", "For backwards compatible, leave it empty if unset"),
    ("BlockDevice", "A block device must exist at the given path"),
    (
        "CharDevice",
        "A character device must exist at the given path",
    ),
    ("Directory", "A directory must exist at the given path"),
    (
        "DirectoryOrCreate",
        "If nothing exists at the given path, an empty directory will be created there as needed with file mode 0755, having the same group and ownership with Kubelet.",
    ),
    ("File", "A file must exist at the given path"),
    (
        "FileOrCreate",
        "If nothing exists at the given path, an empty file will be created there as needed with file mode 0644, having the same group and ownership with Kubelet.",
    ),
    ("Socket", "A UNIX socket must exist at the given path"),
];

pub const NAMESPACE: Words = &[
    (
        "Active",
        "means the namespace is available for use in the system",
    ),
    (
        "Terminating",
        "means the namespace is undergoing graceful termination",
    ),
];

pub const NODE_SELECTOR: Words = &[
    ("DoesNotExist", ""),
    ("Exists", ""),
    ("Gt", ""),
    ("In", ""),
    ("Lt", ""),
    ("NotIn", ""),
];

pub const NODE: Words = &[
    (
        "Pending",
        "means the node has been created/added by the system, but not configured.",
    ),
    (
        "Running",
        "means the node has been configured and has Kubernetes components running.",
    ),
    (
        "Terminated",
        "means the node has been removed from the cluster.",
    ),
];

pub const OWNERSHIP: Words = &[
    (
        "Always",
        "indicates that volume's ownership and permissions should always be changed whenever volume is mounted inside a Pod. This the default behavior.",
    ),
    (
        "OnRootMismatch",
        "indicates that volume's ownership and permissions will be changed only when permission and ownership of root directory does not match with expected permissions on the volume. This can help shorten the time it takes to change ownership and permissions of a volume.",
    ),
];

pub const GROUPS: Words = &[
    (
        "Merge",
        "means that the container's provided SupplementalGroups and FsGroup (specified in SecurityContext) will be merged with the primary user's groups as defined in the container image (in /etc/group).",
    ),
    (
        "Strict",
        "means that the container's provided SupplementalGroups and FsGroup (specified in SecurityContext) will be used instead of any groups defined in the container image.",
    ),
];

pub const DNS: Words = &[
    (
        "ClusterFirst",
        "indicates that the pod should use cluster DNS first unless hostNetwork is true, if it is available, then fall back on the default (as determined by kubelet) DNS settings.",
    ),
    (
        "ClusterFirstWithHostNet",
        "indicates that the pod should use cluster DNS first, if it is available, then fall back on the default (as determined by kubelet) DNS settings.",
    ),
    (
        "Default",
        "indicates that the pod should use the default (as determined by kubelet) DNS settings.",
    ),
    (
        "None",
        "indicates that the pod should use empty DNS settings. DNS parameters such as nameservers and search paths should be defined via DNSConfig.",
    ),
];

pub const PREEMPTION: Words = &[
    (
        "Never",
        "means that pod never preempts other pods with lower priority.",
    ),
    (
        "PreemptLowerPriority",
        "means that pod can preempt other pods with lower priority.",
    ),
];

pub const RESTART: Words = &[("Always", ""), ("Never", ""), ("OnFailure", "")];

pub const POD: Words = &[
    (
        "Failed",
        "means that all containers in the pod have terminated, and at least one container has terminated in a failure (exited with a non-zero exit code or was stopped by the system).",
    ),
    (
        "Pending",
        "means the pod has been accepted by the system, but one or more of the containers has not been started. This includes time before being bound to a node, as well as time spent pulling images onto the host.",
    ),
    (
        "Running",
        "means the pod has been bound to a node and all of the containers have been started. At least one container is still running or is in the process of being restarted.",
    ),
    (
        "Succeeded",
        "means that all containers in the pod have voluntarily terminated with a container exit code of 0, and the system is not going to restart any of these containers.",
    ),
    (
        "Unknown",
        "means that for some reason the state of the pod could not be obtained, typically due to an error in communicating with the host of the pod. Deprecated: It isn't being set since 2015 (74da3b14b0c0f658b3bb8d2def5094686d0e9095)",
    ),
];

pub const QUALITY: Words = &[
    ("BestEffort", "is the BestEffort qos class."),
    ("Burstable", "is the Burstable qos class."),
    ("Guaranteed", "is the Guaranteed qos class."),
];

pub const SECCOMP: Words = &[
    (
        "Localhost",
        "indicates a profile defined in a file on the node should be used. The file's location relative to <kubelet-root-dir>/seccomp.",
    ),
    (
        "RuntimeDefault",
        "represents the default container runtime seccomp profile.",
    ),
    (
        "Unconfined",
        "indicates no seccomp profile is applied (A.K.A. unconfined).",
    ),
];

pub const PROC: Words = &[
    (
        "Default",
        "uses the container runtime defaults for readonly and masked paths for /proc. Most container runtimes mask certain paths in /proc to avoid accidental security exposure of special devices or information.",
    ),
    (
        "Unmasked",
        "bypasses the default masking behavior of the container runtime and ensures the newly created /proc the container stays in tact with no modifications.",
    ),
];

pub const EXTERNAL: Words = &[
    ("Cluster", "routes traffic to all endpoints."),
    (
        "Local",
        "preserves the source IP of the traffic by routing only to endpoints on the same node as the traffic was received on (dropping the traffic if there are no local endpoints).",
    ),
];

pub const INTERNAL: Words = &[
    ("Cluster", "routes traffic to all endpoints."),
    (
        "Local",
        "routes traffic only to endpoints on the same node as the client pod (dropping the traffic if there are no local endpoints).",
    ),
];

pub const FAMILIES: Words = &[
    (
        "PreferDualStack",
        "indicates that this service prefers dual-stack when the cluster is configured for dual-stack. If the cluster is not configured for dual-stack the service will be assigned a single IPFamily. If the IPFamily is not set in service.spec.ipFamilies then the service will be assigned the default IPFamily configured on the cluster",
    ),
    (
        "RequireDualStack",
        "indicates that this service requires dual-stack. Using IPFamilyPolicyRequireDualStack on a single stack cluster will result in validation errors. The IPFamilies (and their order) assigned to this service is based on service.spec.ipFamilies. If service.spec.ipFamilies was not provided then it will be assigned according to how they are configured on the cluster. If service.spec.ipFamilies has only one entry then the alternative IPFamily will be added by apiserver",
    ),
    (
        "SingleStack",
        "indicates that this service is required to have a single IPFamily. The IPFamily assigned is based on the default IPFamily used by the cluster or as identified by service.spec.ipFamilies field",
    ),
];

pub const AFFINITY: Words = &[
    ("ClientIP", "is the Client IP based."),
    ("None", "- no session affinity."),
];

pub const SERVICE: Words = &[
    (
        "ClusterIP",
        "means a service will only be accessible inside the cluster, via the cluster IP.",
    ),
    (
        "ExternalName",
        "means a service consists of only a reference to an external name that kubedns or equivalent will return as a CNAME record, with no exposing or proxying of any pods involved.",
    ),
    (
        "LoadBalancer",
        "means a service will be exposed via an external load balancer (if the cloud provider supports it), in addition to 'NodePort' type.",
    ),
    (
        "NodePort",
        "means a service will be exposed on one port of every node, in addition to 'ClusterIP' type.",
    ),
];

pub const EFFECT: Words = &[
    (
        "NoExecute",
        "Evict any already-running pods that do not tolerate the taint. Currently enforced by NodeController.",
    ),
    (
        "NoSchedule",
        "Do not allow new pods to schedule onto the node unless they tolerate the taint, but allow all pods submitted to Kubelet without going through the scheduler to start, and allow all already-running pods to continue running. Enforced by the scheduler.",
    ),
    (
        "PreferNoSchedule",
        "Like TaintEffectNoSchedule, but the scheduler tries not to schedule new pods onto the node, rather than prohibiting new pods from scheduling onto the node entirely. Enforced by the scheduler.",
    ),
];

pub const TOLERATION: Words = &[("Equal", ""), ("Exists", ""), ("Gt", ""), ("Lt", "")];

pub const INCLUSION: Words = &[
    (
        "Honor",
        "means use this scheduling directive when calculating pod topology spread skew.",
    ),
    (
        "Ignore",
        "means ignore this scheduling directive when calculating pod topology spread skew.",
    ),
];

pub const SPREAD: Words = &[
    (
        "DoNotSchedule",
        "instructs the scheduler not to schedule the pod when constraints are not satisfied.",
    ),
    (
        "ScheduleAnyway",
        "instructs the scheduler to schedule the pod even if constraints are not satisfied.",
    ),
];

pub const PROPAGATION: Words = &[
    (
        "Bidirectional",
        "means that the volume in a container will receive new mounts from the host or other containers, and its own mounts will be propagated from the container to the host or other containers. Note that this mode is recursively applied to all mounts in the volume (\"rshared\" in Linux terminology).",
    ),
    (
        "HostToContainer",
        "means that the volume in a container will receive new mounts from the host or other containers, but filesystems mounted inside the container won't be propagated to the host or other containers. Note that this mode is recursively applied to all mounts in the volume (\"rslave\" in Linux terminology).",
    ),
    (
        "None",
        "means that the volume in a container will not receive new mounts from the host or other containers, and filesystems mounted inside the container won't be propagated to the host or other containers. Note that this mode corresponds to \"private\" in Linux terminology.",
    ),
];

pub const UNHEALTHY: Words = &[
    (
        "AlwaysAllow",
        "policy means that all running pods (status.phase=\"Running\"), but not yet healthy are considered disrupted and can be evicted regardless of whether the criteria in a PDB is met. This means perspective running pods of a disrupted application might not get a chance to become healthy. Healthy pods will be subject to the PDB for eviction.",
    ),
    (
        "IfHealthyBudget",
        "policy means that running pods (status.phase=\"Running\"), but not yet healthy can be evicted only if the guarded application is not disrupted (status.currentHealthy is at least equal to status.desiredHealthy). Healthy pods will be subject to the PDB for eviction.",
    ),
];

pub const AZURE_CACHE: Words = &[("None", ""), ("ReadOnly", ""), ("ReadWrite", "")];

pub const AZURE_KIND: Words = &[("Dedicated", ""), ("Managed", ""), ("Shared", "")];

pub const VOLUME_MODE: Words = &[
    (
        "Block",
        "means the volume will not be formatted with a filesystem and will remain a raw block device.",
    ),
    (
        "Filesystem",
        "means the volume will be or is formatted with a filesystem.",
    ),
];

/// Of Linux and Windows, by name alone.
pub const SIGNAL: Words = &[
    ("SIGABRT", ""),
    ("SIGALRM", ""),
    ("SIGBUS", ""),
    ("SIGCHLD", ""),
    ("SIGCLD", ""),
    ("SIGCONT", ""),
    ("SIGFPE", ""),
    ("SIGHUP", ""),
    ("SIGILL", ""),
    ("SIGINT", ""),
    ("SIGIO", ""),
    ("SIGIOT", ""),
    ("SIGKILL", ""),
    ("SIGPIPE", ""),
    ("SIGPOLL", ""),
    ("SIGPROF", ""),
    ("SIGPWR", ""),
    ("SIGQUIT", ""),
    ("SIGRTMAX", ""),
    ("SIGRTMAX-1", ""),
    ("SIGRTMAX-10", ""),
    ("SIGRTMAX-11", ""),
    ("SIGRTMAX-12", ""),
    ("SIGRTMAX-13", ""),
    ("SIGRTMAX-14", ""),
    ("SIGRTMAX-2", ""),
    ("SIGRTMAX-3", ""),
    ("SIGRTMAX-4", ""),
    ("SIGRTMAX-5", ""),
    ("SIGRTMAX-6", ""),
    ("SIGRTMAX-7", ""),
    ("SIGRTMAX-8", ""),
    ("SIGRTMAX-9", ""),
    ("SIGRTMIN", ""),
    ("SIGRTMIN+1", ""),
    ("SIGRTMIN+10", ""),
    ("SIGRTMIN+11", ""),
    ("SIGRTMIN+12", ""),
    ("SIGRTMIN+13", ""),
    ("SIGRTMIN+14", ""),
    ("SIGRTMIN+15", ""),
    ("SIGRTMIN+2", ""),
    ("SIGRTMIN+3", ""),
    ("SIGRTMIN+4", ""),
    ("SIGRTMIN+5", ""),
    ("SIGRTMIN+6", ""),
    ("SIGRTMIN+7", ""),
    ("SIGRTMIN+8", ""),
    ("SIGRTMIN+9", ""),
    ("SIGSEGV", ""),
    ("SIGSTKFLT", ""),
    ("SIGSTOP", ""),
    ("SIGSYS", ""),
    ("SIGTERM", ""),
    ("SIGTRAP", ""),
    ("SIGTSTP", ""),
    ("SIGTTIN", ""),
    ("SIGTTOU", ""),
    ("SIGURG", ""),
    ("SIGUSR1", ""),
    ("SIGUSR2", ""),
    ("SIGVTALRM", ""),
    ("SIGWINCH", ""),
    ("SIGXCPU", ""),
    ("SIGXFSZ", ""),
];
