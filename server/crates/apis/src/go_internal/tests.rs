use serde_json::{Value, json};

use super::difference::unified;
use super::{Internal, difference};
use crate::FieldError;

#[test]
fn job_95_values_are_shown_as_upstream_has_them_inside() {
    let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": {
        "containers": [], "hostNetwork": true, "securityContext": {"runAsUser": 5},
        "volumes": [{"name": "v", "nfs": {"server": "s", "path": "/p"}}],
    }});
    let container = json!({
        "name": "c", "image": "i", "command": ["sh", "-c", "a && b > c"], "resources": {"limits": {"cpu": "1"}},
        "env": [{"name": "E", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}}],
        "livenessProbe": {"httpGet": {"port": "web"}, "periodSeconds": 10},
    });
    let claim = json!({"metadata": {"labels": {"a": "b"}}, "spec": {
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}},
    }});
    let selector = json!({"matchExpressions": [{"key": "a", "operator": "Exists"}], "matchLabels": {"b": "c"}});
    let rows: [(&str, &str, Value, &str); 6] = [
        (
            "embedded metadata stands beside the rest, the host's namespaces in the security context",
            "PodTemplateSpec",
            template,
            r#"{"labels":{"a":"b"},"Spec":{"Volumes":[{"Name":"v","HostPath":null,"EmptyDir":null,"GCEPersistentDisk":null,"AWSElasticBlockStore":null,"GitRepo":null,"Secret":null,"NFS":{"Server":"s","Path":"/p","ReadOnly":false},"ISCSI":null,"Glusterfs":null,"PersistentVolumeClaim":null,"RBD":null,"Quobyte":null,"FlexVolume":null,"Cinder":null,"CephFS":null,"Flocker":null,"DownwardAPI":null,"FC":null,"AzureFile":null,"ConfigMap":null,"VsphereVolume":null,"AzureDisk":null,"PhotonPersistentDisk":null,"Projected":null,"PortworxVolume":null,"ScaleIO":null,"StorageOS":null,"CSI":null,"Ephemeral":null,"Image":null}],"InitContainers":null,"Containers":[],"EphemeralContainers":null,"RestartPolicy":"","TerminationGracePeriodSeconds":null,"ActiveDeadlineSeconds":null,"DNSPolicy":"","NodeSelector":null,"ServiceAccountName":"","AutomountServiceAccountToken":null,"NodeName":"","SecurityContext":{"HostNetwork":true,"HostPID":false,"HostIPC":false,"ShareProcessNamespace":null,"HostUsers":null,"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":5,"RunAsGroup":null,"RunAsNonRoot":null,"SupplementalGroups":null,"SupplementalGroupsPolicy":null,"FSGroup":null,"FSGroupChangePolicy":null,"Sysctls":null,"SeccompProfile":null,"AppArmorProfile":null,"SELinuxChangePolicy":null},"ImagePullSecrets":null,"Hostname":"","Subdomain":"","SetHostnameAsFQDN":null,"Affinity":null,"SchedulerName":"","Tolerations":null,"HostAliases":null,"PriorityClassName":"","Priority":null,"PreemptionPolicy":null,"DNSConfig":null,"ReadinessGates":null,"RuntimeClassName":null,"Overhead":null,"EnableServiceLinks":null,"TopologySpreadConstraints":null,"OS":null,"SchedulingGates":null,"ResourceClaims":null,"Resources":null,"HostnameOverride":null,"SchedulingGroup":null}}"#,
        ),
        (
            "quantities by value are told, signs of HTML escaped",
            "Container",
            container,
            r#"{"Name":"c","Image":"i","Command":["sh","-c","a \u0026\u0026 b \u003e c"],"Args":null,"WorkingDir":"","Ports":null,"EnvFrom":null,"Env":[{"Name":"E","Value":"","ValueFrom":{"FieldRef":null,"ResourceFieldRef":{"ContainerName":"","Resource":"limits.cpu","Divisor":"0"},"ConfigMapKeyRef":null,"SecretKeyRef":null,"FileKeyRef":null}}],"Resources":{"Limits":{"cpu":"1"},"Requests":null,"Claims":null},"ResizePolicy":null,"RestartPolicy":null,"RestartPolicyRules":null,"VolumeMounts":null,"VolumeDevices":null,"LivenessProbe":{"Exec":null,"HTTPGet":{"Path":"","Port":"web","Host":"","Scheme":"","HTTPHeaders":null},"TCPSocket":null,"GRPC":null,"InitialDelaySeconds":0,"TimeoutSeconds":0,"PeriodSeconds":10,"SuccessThreshold":0,"FailureThreshold":0,"TerminationGracePeriodSeconds":null},"ReadinessProbe":null,"StartupProbe":null,"Lifecycle":null,"TerminationMessagePath":"","TerminationMessagePolicy":"","ImagePullPolicy":"","SecurityContext":null,"Stdin":false,"StdinOnce":false,"TTY":false}"#,
        ),
        (
            "a claim's metadata too",
            "PersistentVolumeClaimTemplate",
            claim,
            r#"{"labels":{"a":"b"},"Spec":{"AccessModes":["ReadWriteOnce"],"Selector":null,"Resources":{"Limits":null,"Requests":{"storage":"1Gi"}},"VolumeName":"","StorageClassName":null,"VolumeMode":null,"DataSource":null,"DataSourceRef":null,"VolumeAttributesClassName":null}}"#,
        ),
        (
            "what has tags: in Go's order, and nothing that is unset",
            "LabelSelector",
            selector,
            r#"{"matchLabels":{"b":"c"},"matchExpressions":[{"key":"a","operator":"Exists"}]}"#,
        ),
        (
            "names that are not v1's",
            "RBDVolumeSource",
            json!({"monitors": ["m"], "image": "i", "pool": "p", "user": "u"}),
            r#"{"CephMonitors":["m"],"RBDImage":"i","FSType":"","RBDPool":"p","RadosUser":"u","Keyring":"","SecretRef":null,"ReadOnly":false}"#,
        ),
        ("nothing", "PodSpec", Value::Null, "null"),
    ];
    for (why, of, v1, want) in rows {
        let error = FieldError::invalid("f", Internal::of(of, &v1), "");
        assert_eq!(
            error.to_string(),
            format!("f: Invalid value: {want}"),
            "{why}"
        );
    }
}

/// Python's `difflib` printed the rows: upstream's library is a copy of it.
#[test]
fn unified_differences() {
    let letters = |text: &'static str| text.split("").filter(|c| !c.is_empty()).collect::<Vec<_>>();
    let rows = [
        (
            "one",
            "abcdefghij",
            "abcdXfghij",
            "@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+X\n f\n g\n h\n",
        ),
        ("none", "ab", "ab", ""),
        ("all gone", "abc", "", "@@ -1,3 +0,0 @@\n-a\n-b\n-c\n"),
        ("all new", "", "x", "@@ -0,0 +1 @@\n+x\n"),
        (
            "two far apart",
            "abcdefghijklmnopq",
            "Xbcdefghijklmnopqr",
            "@@ -1,4 +1,4 @@\n-a\n+X\n b\n c\n d\n@@ -15,3 +15,4 @@\n o\n p\n q\n+r\n",
        ),
        (
            "three near each other",
            "qabxcd",
            "abycdf",
            "@@ -1,6 +1,6 @@\n-q\n a\n b\n-x\n+y\n c\n d\n+f\n",
        ),
    ];
    for (why, old, new, want) in rows {
        assert_eq!(unified(&letters(old), &letters(new)), want, "{why}");
    }
}

/// As the rows above: a line that stands everywhere begins no match.
#[test]
fn a_difference_within_many_lines_that_are_the_same() {
    let opened: Vec<String> = (0..120).map(|n| format!("{n} {{")).collect();
    let old: Vec<&str> = opened
        .iter()
        .flat_map(|line| [line.as_str(), "}"])
        .collect();
    let mut new = old.clone();
    new[60] = "changed {";
    new.splice(61..61, ["}", "more {", "}"]);
    new.remove(200);
    let want = "@@ -58,7 +58,10 @@\n }\n 29 {\n }\n-30 {\n+changed {\n+}\n+more {\n+}\n }\n 31 {\n }\n\
                @@ -195,7 +198,6 @@\n 97 {\n }\n 98 {\n-}\n 99 {\n }\n 100 {\n";
    assert_eq!(unified(&old, &new), want);
}

#[test]
fn a_difference_of_objects_is_told_of_what_they_are_inside() {
    let toleration = |value: &str| Internal::of("Toleration", &json!({"key": "k", "value": value}));
    let want = "@@ -1,7 +1,7 @@\n {\n  \"Key\": \"k\",\n  \"Operator\": \"\",\n- \"Value\": \"<\",\n+ \"Value\": \"b\",\n  \
                \"Effect\": \"\",\n  \"TolerationSeconds\": null\n }\n";
    let want = want.replace('<', "\\u003c");
    assert_eq!(difference(&toleration("<"), &toleration("b")), want);
    let many = |last: &str| {
        let values = (0..6000).map(|n| n.to_string()).chain([last.to_owned()]);
        let values: Vec<String> = values.collect();
        Internal::of(
            "NodeSelectorRequirement",
            &json!({"key": "k", "values": values}),
        )
    };
    assert_eq!(difference(&many("a"), &many("b")), "", "too large");
}
