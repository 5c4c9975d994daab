mod kept;
mod keys;

use k8s_openapi::api::core::v1::PodTemplateSpec;
use serde_json::{Value, json};

use super::*;
use crate::pod_template::defaults::default_pod_template;

/// Errors of a defaulted template with one container, after `change` was laid over its spec.
fn errors(change: Value) -> Vec<String> {
    let mut spec = json!({"containers": [{"name": "a", "image": "i"}]});
    for (key, value) in change.as_object().expect("an object") {
        spec[key] = value.clone();
    }
    let mut template: PodTemplateSpec =
        serde_json::from_value(json!({"spec": spec})).expect("a template");
    default_pod_template(&mut template);
    validate_pod_template(&template, "t")
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// Errors of its only container, without the path to it.
fn container_errors(change: Value) -> Vec<String> {
    let mut container = json!({"name": "a", "image": "i"});
    for (key, value) in change.as_object().expect("an object") {
        container[key] = value.clone();
    }
    let strip = |error: String| error.trim_start_matches("t.spec.containers[0].").to_owned();
    errors(json!({"containers": [container], "volumes": [{"name": "v"}]}))
        .into_iter()
        .map(strip)
        .collect()
}

#[test]
fn containers() {
    let rows = [
        ("fine", json!({}), vec![]),
        (
            "no image",
            json!({"image": ""}),
            vec!["image: Required value"],
        ),
        (
            "a wrong pull policy",
            json!({"imagePullPolicy": "Sometimes"}),
            vec![
                "imagePullPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"IfNotPresent\", \"Never\"",
            ],
        ),
        (
            "ports",
            json!({"ports": [{"containerPort": 0}, {"containerPort": 70000}, {"containerPort": 1, "protocol": "X"}]}),
            vec![
                "ports[0].containerPort: Required value",
                "ports[1].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
                "ports[2].protocol: Unsupported value: \"X\": supported values: \"SCTP\", \"TCP\", \"UDP\"",
            ],
        ),
        (
            "one name for two ports",
            json!({"ports": [{"containerPort": 1, "name": "p"}, {"containerPort": 2, "name": "p"}]}),
            vec!["ports[1].name: Duplicate value: \"p\""],
        ),
        (
            "one host port for two ports",
            json!({"ports": [{"containerPort": 1, "hostPort": 80}, {"containerPort": 2, "hostPort": 80}]}),
            vec!["ports[1].hostPort: Duplicate value: \"TCP//80\""],
        ),
        (
            "variables",
            json!({"env": [{"name": ""}, {"name": "a=b"}, {"name": "c", "value": "d", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}, {"name": "e", "valueFrom": {"fieldRef": {"fieldPath": "metadata.x"}}}, {"name": "f", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['k']"}}}]}),
            vec![
                "env[0].name: Required value",
                "env[1].name: Invalid value: \"a=b\": a valid environment variable name must consist only of printable ASCII characters other than '='",
                "env[2].valueFrom: Invalid value: \"\": may not be specified when `value` is not empty",
                "env[3].valueFrom.fieldRef.fieldPath: Invalid value: \"metadata.x\": error converting fieldPath: field label not supported: metadata.x",
            ],
        ),
        (
            "mounts",
            json!({"volumeMounts": [{"name": "v", "mountPath": "/m"}, {"name": "w", "mountPath": "/m", "subPath": "../x"}]}),
            vec![
                "volumeMounts[1].name: Not found: \"w\"",
                "volumeMounts[1].mountPath: Invalid value: \"/m\": must be unique",
                "volumeMounts.subPath: Invalid value: \"../x\": must not contain '..'",
            ],
        ),
        (
            "more of mounts",
            json!({"volumeMounts": [{"name": "v", "mountPath": "/m", "subPath": "a", "subPathExpr": "/b", "mountPropagation": "Bidirectional"}, {"name": "v", "mountPath": "", "mountPropagation": "Up"}]}),
            vec![
                "volumeMounts[0].subPathExpr: Invalid value: \"/b\": subPathExpr and subPath are mutually exclusive",
                "volumeMounts.subPathExpr: Invalid value: \"/b\": must be a relative path",
                "volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers",
                "volumeMounts[1].mountPath: Required value",
                "volumeMounts.mountPropagation: Unsupported value: \"Up\": supported values: \"Bidirectional\", \"HostToContainer\", \"None\"",
            ],
        ),
        (
            "a policy for messages",
            json!({"terminationMessagePolicy": "Shout"}),
            vec![
                "terminationMessagePolicy: Unsupported value: \"Shout\": supported values: \"File\", \"FallbackToLogsOnError\"",
            ],
        ),
        (
            "where values come from",
            json!({"env": [
                {"name": "a", "valueFrom": {}},
                {"name": "b", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}, "secretKeyRef": {"name": "s", "key": "k"}}},
                {"name": "c", "valueFrom": {"fieldRef": {"fieldPath": "status.phase"}}},
                {"name": "d", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName['x']"}}},
                {"name": "e", "valueFrom": {"fieldRef": {"apiVersion": "v2", "fieldPath": "metadata.name"}}},
                {"name": "f", "valueFrom": {"resourceFieldRef": {"resource": "limits.disk"}}},
                {"name": "g", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "2"}}},
                {"name": "h", "valueFrom": {"resourceFieldRef": {"resource": "requests.memory", "divisor": "1m"}}},
                {"name": "i", "valueFrom": {"configMapKeyRef": {"name": "m", "key": ""}}},
                {"name": "j", "valueFrom": {"fieldRef": {"fieldPath": "spec.host"}}},
            ]}),
            vec![
                "env[0].valueFrom: Invalid value: \"\": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
                "env[1].valueFrom: Invalid value: \"\": may not have more than one field specified at a time",
                "env[2].valueFrom.fieldRef.fieldPath: Unsupported value: \"status.phase\": supported values: \"metadata.name\", \"metadata.namespace\", \"metadata.uid\", \"spec.nodeName\", \"spec.serviceAccountName\", \"status.hostIP\", \"status.hostIPs\", \"status.podIP\", \"status.podIPs\"",
                "env[3].valueFrom.fieldRef.fieldPath: Invalid value: \"spec.nodeName['x']\": error converting fieldPath: field label does not support subscript: spec.nodeName['x']",
                "env[4].valueFrom.fieldRef.fieldPath: Invalid value: \"metadata.name\": error converting fieldPath: unsupported pod version: v2",
                "env[5].valueFrom.resourceFieldRef.resource: Unsupported value: \"limits.disk\": supported values: \"limits.cpu\", \"limits.ephemeral-storage\", \"limits.memory\", \"requests.cpu\", \"requests.ephemeral-storage\", \"requests.memory\"",
                "env[6].valueFrom.resourceFieldRef.divisor: Invalid value: \"limits.cpu\": only divisor's values 1m and 1 are supported with the cpu resource",
                "env[7].valueFrom.resourceFieldRef.divisor: Invalid value: \"requests.memory\": only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the memory resource",
                "env[8].valueFrom.configMapKeyRef.key: Required value",
            ],
        ),
        (
            "whole sources of variables",
            json!({"envFrom": [{}, {"configMapRef": {"name": ""}}, {"configMapRef": {"name": "m"}, "secretRef": {"name": "s"}}, {"prefix": "a=", "secretRef": {"name": "s"}}]}),
            vec![
                "envFrom: Invalid value: \"\": must specify one of: `configMapRef` or `secretRef`",
                "envFrom[1].configMapRef.name: Required value",
                "envFrom: Invalid value: \"\": may not have more than one field specified at a time",
                "envFrom[3].prefix: Invalid value: \"a=\": a valid environment variable name must consist only of printable ASCII characters other than '='",
            ],
        ),
        (
            "a security context",
            json!({"securityContext": {"runAsUser": -1, "procMount": "Unmasked", "allowPrivilegeEscalation": false, "privileged": true, "seccompProfile": {"type": "Localhost"}}}),
            vec![
                "securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive",
                "securityContext.procMount: Invalid value: \"Unmasked\": `hostUsers` must be false to use `Unmasked`",
                "securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost",
                "securityContext: Invalid value: {\"Capabilities\":null,\"Privileged\":true,\"SELinuxOptions\":null,\"WindowsOptions\":null,\"RunAsUser\":-1,\"RunAsGroup\":null,\"RunAsNonRoot\":null,\"ReadOnlyRootFilesystem\":null,\"AllowPrivilegeEscalation\":false,\"ProcMount\":\"Unmasked\",\"SeccompProfile\":{\"Type\":\"Localhost\",\"LocalhostProfile\":null},\"AppArmorProfile\":null}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true",
            ],
        ),
        (
            "resources",
            json!({"resources": {"limits": {"cpu": "1", "gpu": "1"}, "requests": {"cpu": "2", "memory": "-1"}}}),
            vec![
                "resources.limits[gpu]: Invalid value: \"gpu\": must be a standard resource type or fully qualified",
                "resources.limits[gpu]: Invalid value: \"gpu\": must be a standard resource for containers",
                "resources.requests[memory]: Invalid value: \"-1\": must be greater than or equal to 0",
                "resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1",
            ],
        ),
        (
            "probes",
            json!({"livenessProbe": {}, "readinessProbe": {"exec": {"command": ["c"]}, "tcpSocket": {"port": 1}}, "startupProbe": {"exec": {"command": ["c"]}, "successThreshold": 2}}),
            vec![
                "livenessProbe: Required value: must specify a handler type",
                "readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type",
                "startupProbe.successThreshold: Invalid value: 2: must be 1",
            ],
        ),
        (
            "more of probes",
            json!({"livenessProbe": {"httpGet": {"port": 0, "scheme": "GOPHER", "httpHeaders": [{"name": "a b", "value": ""}]}, "periodSeconds": -1, "terminationGracePeriodSeconds": 0}, "readinessProbe": {"tcpSocket": {"port": "UP"}, "terminationGracePeriodSeconds": 5}}),
            vec![
                "livenessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive",
                "livenessProbe.httpGet.scheme: Unsupported value: \"GOPHER\": supported values: \"HTTP\", \"HTTPS\"",
                "livenessProbe.httpGet.httpHeaders: Invalid value: \"a b\": a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')",
                "livenessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0",
                "livenessProbe.terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0",
                "readinessProbe.tcpSocket.port: Invalid value: \"UP\": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
                "readinessProbe.tcpSocket.port: Invalid value: \"UP\": must contain at least one letter (a-z)",
                "readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: must not be set for readinessProbes",
            ],
        ),
        (
            "hooks",
            json!({"lifecycle": {"postStart": {"exec": {}}, "preStop": {"sleep": {"seconds": 31}}}}),
            vec![
                "lifecycle.postStart.exec.command: Required value",
                "lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)",
            ],
        ),
        (
            "restart rules need a policy",
            json!({"restartPolicyRules": [{"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}]}),
            vec![
                "restartPolicy: Required value: must specify restartPolicy when restart rules are used",
            ],
        ),
    ];
    for (why, change, want) in rows {
        assert_eq!(container_errors(change), want, "{why}");
    }
}

#[test]
fn specifications() {
    let dup = json!([{"name": "a", "image": "i"}, {"name": "a", "image": "i"}]);
    let rows = [
        ("fine", json!({}), vec![]),
        (
            "no containers",
            json!({"containers": []}),
            vec!["t.spec.containers: Required value"],
        ),
        (
            "one name twice",
            json!({"containers": dup}),
            vec!["t.spec.containers[1].name: Duplicate value: \"a\""],
        ),
        (
            "one name in both lists",
            json!({"initContainers": [{"name": "a", "image": "i"}]}),
            vec!["t.spec.initContainers[0].name: Duplicate value: \"a\""],
        ),
        (
            "a probed init container",
            json!({"initContainers": [{"name": "b", "image": "i", "livenessProbe": {"exec": {"command": ["c"]}}}]}),
            vec![
                "t.spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always",
            ],
        ),
        (
            "a wrong restart policy",
            json!({"restartPolicy": "Perhaps"}),
            vec![
                "t.spec.restartPolicy: Unsupported value: \"Perhaps\": supported values: \"Always\", \"OnFailure\", \"Never\"",
            ],
        ),
        (
            "volumes",
            json!({"volumes": [{"name": "v"}, {"name": "v"}, {"name": "w", "emptyDir": {}, "hostPath": {"path": "/x"}}, {"name": "x", "configMap": {"defaultMode": 1000}}]}),
            vec![
                "t.spec.volumes[1].name: Duplicate value: \"v\"",
                "t.spec.volumes[2].hostPath: Forbidden: may not specify more than 1 volume type",
                "t.spec.volumes[3].configMap.name: Required value",
                "t.spec.volumes[3].configMap.defaultMode: Invalid value: 1000: must be a number between 0 and 0777 (octal), both inclusive",
            ],
        ),
        (
            "another host name",
            json!({"hostnameOverride": "A"}),
            vec![
                "t.spec.hostnameOverride: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
            ],
        ),
        (
            "another host name that is long, or not the pod's alone",
            json!({"hostnameOverride": "a".repeat(65), "hostNetwork": true, "setHostnameAsFQDN": true}),
            vec![
                "t.spec.hostnameOverride: Too long: may not be more than 64 bytes",
                "t.spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true",
                "t.spec.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN is true",
            ],
        ),
        (
            "disks of vendors",
            json!({"volumes": [
                {"name": "a", "gcePersistentDisk": {"pdName": "", "partition": 256}},
                {"name": "b", "awsElasticBlockStore": {"volumeID": "", "partition": -1}},
                {"name": "c", "azureDisk": {"diskName": "", "diskURI": "", "cachingMode": "Some", "kind": "Managed"}},
                {"name": "d", "azureDisk": {"diskName": "d", "diskURI": "ftp://d"}},
                {"name": "e", "azureFile": {"secretName": "", "shareName": ""}},
                {"name": "f", "cephfs": {"monitors": []}},
                {"name": "g", "cinder": {"volumeID": "", "secretRef": {}}},
                {"name": "h", "fc": {"targetWWNs": ["w"], "wwids": ["i"]}},
                {"name": "i", "fc": {"lun": 1}},
                {"name": "j", "fc": {"targetWWNs": ["w"], "lun": 256}},
                {"name": "k", "flexVolume": {"driver": "", "options": {"a.k8s.io/b": "c", "fine": "d"}}},
                {"name": "l", "flocker": {}},
                {"name": "m", "flocker": {"datasetName": "a/b", "datasetUUID": "c"}},
                {"name": "n", "photonPersistentDisk": {"pdID": ""}},
                {"name": "o", "portworxVolume": {"volumeID": ""}},
                {"name": "p", "quobyte": {"registry": "", "volume": ""}},
                {"name": "q", "quobyte": {"registry": "a:1,b,[::1]:2,::1:3", "volume": "v"}},
                {"name": "r", "rbd": {"monitors": [], "image": ""}},
                {"name": "s", "scaleIO": {"gateway": "", "system": "", "secretRef": {}}},
                {"name": "t", "storageos": {"volumeNamespace": "A", "secretRef": {}}},
                {"name": "u", "vsphereVolume": {"volumePath": ""}},
                {"name": "v", "iscsi": {"targetPortal": "a".repeat(63), "iqn": "iqn.2001-04.com.example:s", "lun": 0, "initiatorName": "iqn.2001-04.com.example:s"}},
            ]}),
            vec![
                "t.spec.volumes[0].gcePersistentDisk.pdName: Required value",
                "t.spec.volumes[0].gcePersistentDisk.partition: Invalid value: 256: must be between 0 and 255, inclusive",
                "t.spec.volumes[1].awsElasticBlockStore.volumeID: Required value",
                "t.spec.volumes[1].awsElasticBlockStore.partition: Invalid value: -1: must be between 0 and 255, inclusive",
                "t.spec.volumes[2].azureDisk.diskName: Required value",
                "t.spec.volumes[2].azureDisk.diskURI: Required value",
                "t.spec.volumes[2].azureDisk.cachingMode: Unsupported value: \"Some\": supported values: \"None\", \"ReadOnly\", \"ReadWrite\"",
                "t.spec.volumes[2].azureDisk.diskURI: Unsupported value: \"\": supported values: \"/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}\"",
                "t.spec.volumes[3].azureDisk.diskURI: Unsupported value: \"ftp://d\": supported values: \"https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd\"",
                "t.spec.volumes[4].azureFile.secretName: Required value",
                "t.spec.volumes[4].azureFile.shareName: Required value",
                "t.spec.volumes[5].cephfs.monitors: Required value",
                "t.spec.volumes[6].cinder.volumeID: Required value",
                "t.spec.volumes[6].cinder.secretRef.name: Required value",
                "t.spec.volumes[7].fc.targetWWNs: Invalid value: [\"w\"]: targetWWNs and wwids can not be specified simultaneously",
                "t.spec.volumes[7].fc.lun: Required value: lun is required if targetWWNs is specified",
                "t.spec.volumes[8].fc.targetWWNs: Required value: must specify either targetWWNs or wwids, but not both",
                "t.spec.volumes[9].fc.lun: Invalid value: 256: must be between 0 and 255, inclusive",
                "t.spec.volumes[10].flexVolume.driver: Required value",
                "t.spec.volumes[10].flexVolume.options[a.k8s.io/b]: Invalid value: \"a.k8s.io/b\": kubernetes.io and k8s.io namespaces are reserved",
                "t.spec.volumes[11].flocker: Required value: one of datasetName and datasetUUID is required",
                "t.spec.volumes[12].flocker: Invalid value: \"resource\": datasetName and datasetUUID can not be specified simultaneously",
                "t.spec.volumes[12].flocker.datasetName: Invalid value: \"a/b\": must not contain '/'",
                "t.spec.volumes[13].photonPersistentDisk.pdID: Required value",
                "t.spec.volumes[14].portworxVolume.volumeID: Required value",
                "t.spec.volumes[15].quobyte.registry: Required value: must be a host:port pair or multiple pairs separated by commas",
                "t.spec.volumes[15].quobyte.volume: Required value",
                "t.spec.volumes[16].quobyte.registry: Invalid value: \"a:1,b,[::1]:2,::1:3\": must be a host:port pair or multiple pairs separated by commas",
                "t.spec.volumes[16].quobyte.registry: Invalid value: \"a:1,b,[::1]:2,::1:3\": must be a host:port pair or multiple pairs separated by commas",
                "t.spec.volumes[17].rbd.monitors: Required value",
                "t.spec.volumes[17].rbd.image: Required value",
                "t.spec.volumes[18].scaleIO.gateway: Required value",
                "t.spec.volumes[18].scaleIO.system: Required value",
                "t.spec.volumes[18].scaleIO.volumeName: Required value",
                "t.spec.volumes[19].storageos.volumeName: Required value",
                "t.spec.volumes[19].storageos.volumeNamespace: Invalid value: \"A\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
                "t.spec.volumes[19].storageos.secretRef.name: Required value",
                "t.spec.volumes[20].vsphereVolume.volumePath: Required value",
                "t.spec.volumes[21].name: Invalid value: \"v\": Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.",
            ],
        ),
        (
            "the claim of an ephemeral volume",
            json!({"volumes": [{"name": "a", "ephemeral": {"volumeClaimTemplate": {
                "metadata": {"name": "n", "labels": {"a b": "c"}, "finalizers": []},
                "spec": {
                    "accessModes": ["ReadWriteOnce"], "volumeMode": "Raw", "storageClassName": "A_",
                    "resources": {"requests": {"storage": "0"}},
                    "dataSource": {"kind": "Snapshot", "name": ""}, "dataSourceRef": {"kind": "PersistentVolumeClaim", "name": "p"},
                },
            }}}]}),
            vec![
                "t.spec.volumes[0].ephemeral.volumeClaimTemplate.metadata.labels: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
                "t.spec.volumes[0].ephemeral.volumeClaimTemplate.metadata.name: Forbidden: cannot be set for an ephemeral volume",
                "t.spec.volumes[0].ephemeral.volumeClaimTemplate.metadata.finalizers: Forbidden: cannot be set for an ephemeral volume",
                "t.spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources[storage]: Invalid value: \"0\": must be greater than zero",
                "t.spec.volumes[0].ephemeral.volumeClaimTemplate.spec.storageClassName: Invalid value: \"A_\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
                "t.spec.volumes[0].ephemeral.volumeClaimTemplate.spec.volumeMode: Unsupported value: \"Raw\": supported values: \"Block\", \"Filesystem\"",
                "t.spec.volumes[0].ephemeral.volumeClaimTemplate.spec.dataSource.name: Required value",
                "t.spec.volumes[0].ephemeral.volumeClaimTemplate.spec.dataSource: Invalid value: \"Snapshot\": must be 'PersistentVolumeClaim' when referencing the default apiGroup",
                "t.spec.volumes[0].ephemeral.volumeClaimTemplate.spec: Invalid value: \"t.spec.volumes[0].ephemeral.volumeClaimTemplate.spec.dataSource\": must match dataSourceRef",
            ],
        ),
        (
            "an image that somebody else will name",
            json!({"volumes": [{"name": "a", "image": {"reference": "", "pullPolicy": "Some"}}]}),
            vec![
                "t.spec.volumes[0].image.pullPolicy: Unsupported value: \"Some\": supported values: \"Always\", \"IfNotPresent\", \"Never\"",
            ],
        ),
        (
            "sources that are no volume here",
            json!({"volumes": [
                {"name": "a", "gitRepo": {"repository": "", "directory": "/x"}},
                {"name": "b", "nfs": {"server": "", "path": "x"}},
                {"name": "c", "iscsi": {"targetPortal": "", "iqn": "abc", "lun": 256, "chapAuthSession": true, "initiatorName": "iqn.x"}},
                {"name": "d", "csi": {"driver": "a_b", "nodePublishSecretRef": {"name": ""}}},
                {"name": "e", "ephemeral": {}},
                {"name": "f", "ephemeral": {"volumeClaimTemplate": {"spec": {"accessModes": ["ReadWriteOncePod", "Any"]}}}},
                {"name": "g", "hostPath": {"path": "/x", "type": "Disk"}, "downwardAPI": {}},
            ]}),
            vec![
                "t.spec.volumes[0].gitRepo.repository: Required value",
                "t.spec.volumes[0].gitRepo.directory: Invalid value: \"/x\": must be a relative path",
                "t.spec.volumes[1].nfs.server: Required value",
                "t.spec.volumes[1].nfs.path: Invalid value: \"x\": must be an absolute path",
                "t.spec.volumes[2].iscsi.targetPortal: Required value",
                "t.spec.volumes[2].iscsi.iqn: Invalid value: \"abc\": must be valid format starting with iqn, eui, or naa",
                "t.spec.volumes[2].iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive",
                "t.spec.volumes[2].iscsi.secretRef: Required value",
                "t.spec.volumes[2].iscsi.initiatorname: Invalid value: \"iqn.x\": must be valid format",
                "t.spec.volumes[3].csi.driver: Invalid value: \"a_b\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
                "t.spec.volumes[3].csi.nodePublishSecretRef.name: Required value",
                "t.spec.volumes[4].ephemeral.volumeClaimTemplate: Required value",
                "t.spec.volumes[5].ephemeral.volumeClaimTemplate.spec.accessModes: Unsupported value: \"Any\": supported values: \"ReadOnlyMany\", \"ReadWriteMany\", \"ReadWriteOnce\", \"ReadWriteOncePod\"",
                "t.spec.volumes[5].ephemeral.volumeClaimTemplate.spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes",
                "t.spec.volumes[5].ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value",
                "t.spec.volumes[6].hostPath.type: Unsupported value: \"Disk\": supported values: \"\", \"BlockDevice\", \"CharDevice\", \"Directory\", \"DirectoryOrCreate\", \"File\", \"FileOrCreate\", \"Socket\"",
                "t.spec.volumes[6].downwarAPI: Forbidden: may not specify more than 1 volume type",
            ],
        ),
        (
            "files of the downward API and of several sources",
            json!({"volumes": [
                {"name": "a", "downwardAPI": {"items": [
                    {"path": "", "fieldRef": {"fieldPath": "status.podIP"}},
                    {"path": "../x"},
                    {"path": "y", "resourceFieldRef": {"resource": "limits.cpu"}},
                ]}},
                {"name": "b", "projected": {"sources": [
                    {"secret": {"name": "s", "items": [{"key": "k", "path": "p"}]}},
                    {"configMap": {"name": "c", "items": [{"key": "k", "path": "p"}]}, "downwardAPI": {}},
                    {"serviceAccountToken": {"path": "", "expirationSeconds": 1}},
                    {"clusterTrustBundle": {"path": "t"}},
                    {"podCertificate": {"signerName": "", "keyType": "RSA1"}},
                ]}},
            ]}),
            vec![
                "t.spec.volumes[0].downwardAPI.path: Required value",
                "t.spec.volumes[0].downwardAPI.fieldRef.fieldPath: Unsupported value: \"status.podIP\": supported values: \"metadata.annotations\", \"metadata.labels\", \"metadata.name\", \"metadata.namespace\", \"metadata.uid\"",
                "t.spec.volumes[0].downwardAPI.path: Invalid value: \"../x\": must not contain '..'",
                "t.spec.volumes[0].downwardAPI: Required value: one of fieldRef and resourceFieldRef is required",
                "t.spec.volumes[0].downwardAPI.resourceFieldRef.containerName: Required value",
                "t.spec.volumes[1].projected: Invalid value: \"c\": conflicting duplicate paths",
                "t.spec.volumes[1].projected.sources[1]: Forbidden: may not specify more than 1 volume type per source",
                "t.spec.volumes[1].projected.sources[2].serviceAccountToken.expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes",
                "t.spec.volumes[1].projected.path: Required value",
            ],
        ),
        (
            "what is mounted of a volume that is wrong",
            json!({"volumes": [{"name": "x", "configMap": {"name": ""}}], "containers": [{"name": "a", "image": "i", "volumeMounts": [{"name": "x", "mountPath": "/x"}]}]}),
            vec![
                "t.spec.volumes[0].configMap.name: Required value",
                "t.spec.containers[0].volumeMounts[0].name: Not found: \"x\"",
            ],
        ),
        (
            "one host port for two ports of an init container",
            json!({"initContainers": [{"name": "b", "image": "i", "ports": [{"containerPort": 1, "hostPort": 80}, {"containerPort": 2, "hostPort": 80}]}]}),
            vec!["t.spec.initContainers[0].ports[1].hostPort: Duplicate value: \"TCP//80\""],
        ),
        (
            "another port of the host's network",
            json!({"hostNetwork": true, "containers": [{"name": "a", "image": "i", "ports": [{"containerPort": 1}, {"containerPort": 2, "hostPort": 3}]}]}),
            vec![
                "t.spec.containers[0].ports[1].hostPort: Invalid value: 3: must match `containerPort` when `hostNetwork` is true",
            ],
        ),
        (
            "a pull secret without a name is only warned of",
            json!({"imagePullSecrets": [{"name": ""}]}),
            vec![],
        ),
        (
            "any scheduler may be named",
            json!({"schedulerName": "My_Scheduler"}),
            vec![],
        ),
        (
            "a security context and users",
            json!({"hostUsers": false, "hostPID": true, "shareProcessNamespace": true, "securityContext": {"fsGroup": -1, "supplementalGroups": [1, -2], "supplementalGroupsPolicy": "Some"}}),
            vec![
                "t.spec.securityContext.fsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive",
                "t.spec.securityContext.supplementalGroups[1]: Invalid value: -2: must be between 0 and 2147483647, inclusive",
                "t.spec.securityContext.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled",
                "t.spec.securityContext.supplementalGroupsPolicy: Unsupported value: \"Some\": supported values: \"Merge\", \"Strict\"",
                "t.spec.HostPID: Forbidden: when `pod.Spec.HostUsers` is false",
            ],
        ),
        (
            "no resolver",
            json!({"dnsPolicy": "None"}),
            vec![
                "t.spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None",
            ],
        ),
        (
            "a resolver of nothing",
            json!({"dnsPolicy": "None", "dnsConfig": {}}),
            vec![
                "t.spec.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when `dnsPolicy` is None",
            ],
        ),
        (
            "a resolver",
            json!({"dnsConfig": {"nameservers": ["1.1.1.1", "x", "::1", "1.0.0.1"], "searches": [".", "a_b.c.", "a"], "options": [{}]}, "hostAliases": [{"ip": "y", "hostnames": ["h"]}]}),
            vec![
                "t.spec.dnsConfig.nameservers: Invalid value: [\"1.1.1.1\",\"x\",\"::1\",\"1.0.0.1\"]: must not have more than 3 nameservers",
                "t.spec.dnsConfig.nameservers[1]: Invalid value: \"x\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
                "t.spec.dnsConfig.options[0]: Required value: must not be empty",
                "t.spec.hostAliases[0].ip: Invalid value: \"y\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
            ],
        ),
        (
            "spreading",
            json!({"topologySpreadConstraints": [
                {"maxSkew": 0, "topologyKey": "", "whenUnsatisfiable": "ScheduleAnyway", "minDomains": 0, "nodeTaintsPolicy": "Maybe"},
                {"maxSkew": 1, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule"},
                {"maxSkew": 1, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule"},
            ]}),
            vec![
                "t.spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
                "t.spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty",
                "t.spec.topologySpreadConstraints[0].minDomains: Invalid value: 0: must be greater than zero",
                "t.spec.topologySpreadConstraints[0].minDomains: Invalid value: 0: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway",
                "t.spec.topologySpreadConstraints[0].nodeTaintsPolicy: Unsupported value: \"Maybe\": supported values: \"Honor\", \"Ignore\"",
                "t.spec.topologySpreadConstraints[1].{topologyKey, whenUnsatisfiable}: Duplicate value: \"{z, DoNotSchedule}\"",
            ],
        ),
        (
            "a deadline of nothing",
            json!({"activeDeadlineSeconds": 0}),
            vec![
                "t.spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive",
            ],
        ),
        (
            "tolerations",
            json!({"tolerations": [{"operator": "Equal"}, {"key": "k", "operator": "Exists", "tolerationSeconds": 5}]}),
            vec![
                "t.spec.tolerations[0].operator: Invalid value: \"Equal\": operator must be Exists when `key` is empty, which means \"match all values and all keys\"",
                "t.spec.tolerations[1].effect: Invalid value: \"\": effect must be 'NoExecute' when `tolerationSeconds` is set",
            ],
        ),
        (
            "node affinity",
            json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": []}}}}),
            vec![
                "t.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term",
            ],
        ),
        (
            "fields of nodes",
            json!({"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 101, "preference": {
                "matchExpressions": [{"key": "k", "operator": "Gt", "values": []}],
                "matchFields": [{"key": "metadata.uid", "operator": "In", "values": ["u"]}, {"key": "metadata.name", "operator": "Exists"}],
            }}]}}}),
            vec![
                "t.spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 101: must be in the range 1-100",
                "t.spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].values: Required value: must be specified single value when `operator` is 'Lt' or 'Gt'",
                "t.spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchFields[0].key: Invalid value: \"metadata.uid\": not a valid field selector key",
                "t.spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchFields[1].operator: Invalid value: \"Exists\": not a valid selector operator",
            ],
        ),
    ];
    for (why, change, want) in rows {
        assert_eq!(errors(change), want, "{why}");
    }
}

#[test]
fn annotations_that_mean_something() {
    let annotations = json!({
        "kubernetes.io/config.mirror": "m",
        "scheduler.alpha.kubernetes.io/tolerations": "[{\"operator\": \"Equal\"}]",
        "controller.kubernetes.io/pod-deletion-cost": "+1",
        "seccomp.security.alpha.kubernetes.io/pod": "x",
        "container.seccomp.security.alpha.kubernetes.io/a": "localhost/../b",
        "container.apparmor.security.beta.kubernetes.io/a": "x",
        "container.apparmor.security.beta.kubernetes.io/b": "runtime/default",
    });
    let template: PodTemplateSpec = serde_json::from_value(json!({
        "metadata": {"annotations": annotations}, "spec": {"containers": [{"name": "a", "image": "i"}]},
    }))
    .expect("a template");
    let mut errors = crate::FieldErrors::new();
    let (meta, spec) = (
        template.metadata.expect("metadata"),
        template.spec.expect("a spec"),
    );
    crate::pod_template::annotations::validate(meta.annotations.as_ref(), &spec, "m", &mut errors);
    let told: Vec<_> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "m[kubernetes.io/config.mirror]: Invalid value: \"m\": must set spec.nodeName if mirror pod annotation is set",
            "m.scheduler.alpha.kubernetes.io/tolerations[0].operator: Invalid value: \"Equal\": operator must be Exists when `key` is empty, which means \"match all values and all keys\"",
            "m[controller.kubernetes.io/pod-deletion-cost]: Invalid value: \"+1\": must be a 32bit integer",
            "m.container.seccomp.security.alpha.kubernetes.io/a: Invalid value: \"../b\": must not contain '..'",
            "m.seccomp.security.alpha.kubernetes.io/pod: Invalid value: \"x\": must be a valid seccomp profile",
            "m[container.apparmor.security.beta.kubernetes.io/a]: Invalid value: \"x\": invalid AppArmor profile name: \"x\"",
            "m[container.apparmor.security.beta.kubernetes.io/b]: Invalid value: \"b\": container not found",
        ]
    );
}

#[test]
fn tolerations_that_cannot_be_read() {
    let rows = [
        ("{", "unexpected end of JSON input"),
        (
            "{}",
            "json: cannot unmarshal object into Go value of type []core.Toleration",
        ),
    ];
    for (text, why) in rows {
        let annotations = [("scheduler.alpha.kubernetes.io/tolerations", text)];
        let annotations = annotations.map(|(key, text)| (key.to_owned(), text.to_owned()));
        let (annotations, spec) = (annotations.into(), Default::default());
        let mut errors = crate::FieldErrors::new();
        crate::pod_template::annotations::validate(Some(&annotations), &spec, "m", &mut errors);
        let told: Vec<_> = errors.iter().map(ToString::to_string).collect();
        let want =
            format!("m: Invalid value: \"scheduler.alpha.kubernetes.io/tolerations\": {why}");
        assert_eq!(told, [want]);
    }
}

/// Also of disks that nothing mounts, and of what 1.36 forgets because its gate is off.
#[test]
fn defaults_of_volumes() {
    let volumes = json!([
        {"name": "a", "image": {"reference": "i:latest"}},
        {"name": "b", "image": {"reference": "i:1"}},
        {"name": "c", "iscsi": {"targetPortal": "p", "iqn": "q", "lun": 0}},
        {"name": "d", "rbd": {"monitors": ["m"], "image": "i"}},
        {"name": "e", "azureDisk": {"diskName": "d", "diskURI": "u"}},
        {"name": "f", "scaleIO": {"gateway": "g", "system": "s", "secretRef": {"name": "r"}}},
        {"name": "g", "ephemeral": {"volumeClaimTemplate": {"spec": {"resources": {"requests": {"storage": "1024Mi"}}}}}},
        {"name": "h", "projected": {"sources": [{"podCertificate": {"signerName": "a/b", "keyType": "ED25519"}}]}},
    ]);
    let mut template: PodTemplateSpec = serde_json::from_value(json!({"spec": {
        "containers": [{"name": "a", "image": "i", "lifecycle": {"stopSignal": "SIGUSR1"}}], "volumes": volumes,
    }}))
    .expect("a template");
    default_pod_template(&mut template);
    let spec = serde_json::to_value(template.spec).expect("JSON");
    let want = json!([
        {"name": "a", "image": {"reference": "i:latest", "pullPolicy": "Always"}},
        {"name": "b", "image": {"reference": "i:1", "pullPolicy": "IfNotPresent"}},
        {"name": "c", "iscsi": {"targetPortal": "p", "iqn": "q", "lun": 0, "iscsiInterface": "default"}},
        {"name": "d", "rbd": {"monitors": ["m"], "image": "i", "pool": "rbd", "user": "admin", "keyring": "/etc/ceph/keyring"}},
        {"name": "e", "azureDisk": {"diskName": "d", "diskURI": "u", "cachingMode": "ReadWrite", "kind": "Shared", "fsType": "ext4", "readOnly": false}},
        {"name": "f", "scaleIO": {"gateway": "g", "system": "s", "secretRef": {"name": "r"}, "storageMode": "ThinProvisioned", "fsType": "xfs"}},
        {"name": "g", "ephemeral": {"volumeClaimTemplate": {"spec": {"volumeMode": "Filesystem", "resources": {"requests": {"storage": "1Gi"}}}}}},
        {"name": "h", "projected": {"defaultMode": 420, "sources": [{}]}},
    ]);
    assert_eq!(spec["volumes"], want);
    assert_eq!(spec["containers"][0]["lifecycle"], json!({}));
}
