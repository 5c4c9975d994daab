//! Fields that nothing here acts on, but which are kept: what upstream refuses of them is refused.

use serde_json::{Value, json};

use super::{container_errors, errors};

/// Errors of a pod's only container, without the path to it, beside other fields of the specification.
fn beside(spec: Value, container: Value) -> Vec<String> {
    let mut whole = json!({"containers": [{"name": "a", "image": "i"}]});
    crate::testing::merge(&mut whole["containers"][0], &container);
    crate::testing::merge(&mut whole, &spec);
    let strip = |error: String| error.replace("t.spec.containers[0].", "");
    errors(whole).into_iter().map(strip).collect()
}

#[test]
fn resources() {
    let of = |resources: Value| container_errors(json!({"resources": resources}));
    let rows = [
        (
            json!({"limits": {"cpu": "1", "example.com/gpu": 2}, "requests": {"example.com/gpu": 2}}),
            vec![],
        ),
        (
            json!({"requests": {"example.com/gpu": 1}, "limits": {"example.com/gpu": 2}}),
            vec![
                "resources.requests: Invalid value: \"1\": must be equal to example.com/gpu limit of 2",
            ],
        ),
        (
            json!({"requests": {"example.com/gpu": 1}}),
            vec![
                "resources.limits: Required value: Limit must be set for non overcommitable resources",
            ],
        ),
        (
            json!({"limits": {"example.com/gpu": "500m"}, "requests": {"example.com/gpu": "500m"}}),
            vec![
                "resources.limits[example.com/gpu]: Invalid value: \"500m\": must be an integer",
                "resources.requests[example.com/gpu]: Invalid value: \"500m\": must be an integer",
            ],
        ),
        (
            json!({"limits": {"requests.example.com/gpu": 1}}),
            vec![
                "resources.limits[requests.example.com/gpu]: Invalid value: \"requests.example.com/gpu\": doesn't follow extended resource name standard",
            ],
        ),
        (
            json!({"limits": {"pods": 1}}),
            vec![
                "resources.limits[pods]: Invalid value: \"pods\": must be a standard resource for containers",
            ],
        ),
        (
            json!({"limits": {"gpu": 1}}),
            vec![
                "resources.limits[gpu]: Invalid value: \"gpu\": must be a standard resource type or fully qualified",
                "resources.limits[gpu]: Invalid value: \"gpu\": must be a standard resource for containers",
            ],
        ),
        (
            json!({"limits": {"hugepages-2Mi": "4Mi"}, "requests": {"hugepages-2Mi": "4Mi"}}),
            vec!["resources: Forbidden: HugePages require cpu or memory"],
        ),
        (
            json!({"limits": {"cpu": 1, "hugepages-2Mi": "3Mi"}, "requests": {"hugepages-2Mi": "3Mi"}}),
            vec![
                "resources.limits[hugepages-2Mi]: Invalid value: \"3Mi\": 3Mi is not positive integer multiple of hugepages-2Mi",
                "resources.requests[hugepages-2Mi]: Invalid value: \"3Mi\": 3Mi is not positive integer multiple of hugepages-2Mi",
            ],
        ),
    ];
    for (resources, want) in rows {
        assert_eq!(of(resources.clone()), want, "{resources}");
    }
}

#[test]
fn resources_of_a_whole_pod_and_its_overhead() {
    let asking = json!({"resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "3"}}});
    let rows = [
        (
            json!({"resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "3"}}}),
            vec![],
        ),
        (
            json!({"resources": {"requests": {"cpu": "500m"}, "limits": {"cpu": "2"}}}),
            vec![
                "t.spec.resources.requests[cpu]: Invalid value: \"500m\": must be greater than or equal to aggregate container requests of 1",
                "t.spec.resources.containers[0][cpu].limits: Invalid value: \"3\": must be less than or equal to pod limits of 2",
            ],
        ),
        (
            json!({"resources": {"limits": {"ephemeral-storage": "1Gi"}, "claims": []}}),
            vec![
                "t.spec.resources.claims: Forbidden: claims may not be set for Resources at pod-level",
                "t.spec.resources.limits[ephemeral-storage]: Unsupported value: \"ephemeral-storage\": supported values: \"cpu\", \"hugepages-\", \"memory\"",
            ],
        ),
        (
            json!({"resources": {"limits": {"x": "1"}}, "os": {"name": "windows"}}),
            vec!["t.spec.resources: Forbidden: may not be set for a windows pod"],
        ),
        (
            json!({"overhead": {"cpu": "-1", "x": "1"}}),
            vec![
                "t.spec.overhead.limits[cpu]: Invalid value: \"-1\": must be greater than or equal to 0",
                "t.spec.overhead.limits[x]: Invalid value: \"x\": must be a standard resource type or fully qualified",
                "t.spec.overhead.limits[x]: Invalid value: \"x\": must be a standard resource for containers",
            ],
        ),
    ];
    for (spec, want) in rows {
        assert_eq!(beside(spec.clone(), asking.clone()), want, "{spec}");
    }
    let pages = |count: &str| json!({"cpu": "1", "hugepages-2Mi": count});
    let whole = json!({"resources": {"requests": pages("2Mi"), "limits": pages("2Mi")}});
    let part = json!({"resources": {"requests": pages("4Mi"), "limits": pages("4Mi")}});
    assert_eq!(
        beside(whole, part),
        [
            "t.spec.resources.requests[hugepages-2Mi]: Invalid value: \"2Mi\": must be greater than or equal to aggregate container requests of 4Mi",
            "t.spec.resources.limits[hugepages-2Mi]: Invalid value: \"2Mi\": must be greater than or equal to aggregate container limits of 4Mi",
            "t.spec.resources.containers[0][hugepages-2Mi].limits: Invalid value: \"4Mi\": must be less than or equal to pod limits of 2Mi",
        ]
    );
}

#[test]
fn claims() {
    let claims = json!({"resourceClaims": [
        {"name": "a", "resourceClaimName": "one"},
        {"name": "a", "resourceClaimTemplateName": "A"},
        {"name": ""},
        {"name": "b", "resourceClaimName": "x", "resourceClaimTemplateName": "y"},
    ]});
    let wants = json!({"resources": {"claims": [{"name": "a"}, {"name": "a", "request": "r"}, {"name": "c"}, {"name": ""}]}});
    let found = beside(claims, wants);
    let want = [
        "t.spec.resourceClaims[1].name: Duplicate value: \"a\"",
        "t.spec.resourceClaims[1].resourceClaimTemplateName: Invalid value: \"A\": a lowercase RFC 1123",
        "t.spec.resourceClaims[2].name: Required value",
        "t.spec.resourceClaims[2]: Invalid value: {\"Name\":\"\",\"ResourceClaimName\":null,\"ResourceClaimTemplateName\":null}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`",
        "t.spec.resourceClaims[3]: Invalid value: {\"Name\":\"b\",\"ResourceClaimName\":\"x\",\"ResourceClaimTemplateName\":\"y\"}: at most one of",
        "resources.claims[1]: Duplicate value: \"a\"",
        "resources.claims[2]: Not found: \"c\": must be one of the names in pod.spec.resourceClaims: a, b",
        "resources.claims[3]: Required value",
    ];
    assert_eq!(found.len(), want.len(), "{found:#?}");
    for (found, want) in found.iter().zip(want) {
        assert!(found.starts_with(want), "{found} is to start with {want}");
    }
}

#[test]
fn of_very_many_claims_some_are_listed() {
    let claim = |n: u32| json!({"name": format!("c{n:03}"), "resourceClaimName": "x"});
    let claims: Vec<_> = (0..150).map(claim).collect();
    let wants = json!({"resources": {"claims": [{"name": "z"}]}});
    let found = beside(json!({"resourceClaims": claims}), wants);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].ends_with("c098, c099, …"), "{}", found[0]);
}

#[test]
fn claims_are_not_listed_to_each_of_very_many() {
    let claims = json!({"resourceClaims": [
        {"name": "a", "resourceClaimName": "x"},
        {"name": "b".repeat(9_000), "resourceClaimName": "x"},
    ]});
    let none: Vec<_> = (0..150).map(|n| json!({"name": format!("n{n}")})).collect();
    let found = beside(claims, json!({"resources": {"claims": none}}));
    let ends = |end: &str| found.iter().filter(|error| error.ends_with(end)).count();
    let (listed, unlisted) = (ends("resourceClaims: a, …"), ends("resourceClaims: …"));
    assert_eq!(listed + unlisted, 150);
    assert!((1..=100).contains(&listed), "{listed}");
}

#[test]
fn devices() {
    let volumes = json!({"volumes": [{"name": "v"}, {"name": "p", "persistentVolumeClaim": {"claimName": "c"}}, {"name": "i", "image": {"reference": "r"}}]});
    let rows = [
        (
            json!({"volumeDevices": [{"name": "p", "devicePath": "/dev/p"}]}),
            vec![],
        ),
        (
            json!({"volumeDevices": [{"name": "v", "devicePath": "/dev/../p"}, {"name": "", "devicePath": ""}, {"name": "p", "devicePath": "/a"}, {"name": "p", "devicePath": "/a"}]}),
            vec![
                "volumeDevices[0].name: Invalid value: \"v\": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode",
                "volumeDevices[0].devicePath: Invalid value: \"/dev/../p\": can not contain backsteps ('..')",
                "volumeDevices[1].name: Required value",
                "volumeDevices[1].name: Not found: \"\"",
                "volumeDevices[1].devicePath: Required value",
                "volumeDevices[3].name: Invalid value: \"p\": must be unique",
                "volumeDevices[3].devicePath: Invalid value: \"/a\": must be unique",
            ],
        ),
        (
            json!({"volumeMounts": [{"name": "p", "mountPath": "/a"}], "volumeDevices": [{"name": "p", "devicePath": "/a"}]}),
            vec![
                "volumeMounts[0].name: Invalid value: \"p\": must not already exist in volumeDevices",
                "volumeMounts[0].mountPath: Invalid value: \"/a\": must not already exist as a path in volumeDevices",
                "volumeDevices[0].name: Invalid value: \"p\": must not already exist in volumeMounts",
                "volumeDevices[0].devicePath: Invalid value: \"/a\": must not already exist as a path in volumeMounts",
            ],
        ),
        (
            json!({"volumeMounts": [
                {"name": "i", "mountPath": "/i", "subPath": "s"},
                {"name": "v", "mountPath": "/v", "recursiveReadOnly": "Enabled", "mountPropagation": "HostToContainer"},
                {"name": "v", "mountPath": "/w", "recursiveReadOnly": "Maybe"},
            ]}),
            vec![
                "volumeMounts[0].subPath: Invalid value: \"s\": not allowed in image volume sources",
                "volumeMounts.recursiveReadOnly: Forbidden: may only be specified when readOnly is true",
                "volumeMounts.recursiveReadOnly: Forbidden: may only be specified when mountPropagation is None or not specified",
                "volumeMounts.recursiveReadOnly: Unsupported value: \"Maybe\": supported values: \"Disabled\", \"Enabled\", \"IfPossible\"",
            ],
        ),
    ];
    for (container, want) in rows {
        assert_eq!(
            beside(volumes.clone(), container.clone()),
            want,
            "{container}"
        );
    }
}

#[test]
fn sysctls() {
    let of = |spec: Value, names: &[&str]| {
        let list: Vec<_> = names
            .iter()
            .map(|name| json!({"name": name, "value": "1"}))
            .collect();
        let mut spec = spec;
        spec["securityContext"] = json!({"sysctls": list});
        let strip = |error: String| error.replace("t.spec.securityContext.sysctls", "");
        errors(spec).into_iter().map(strip).collect::<Vec<_>>()
    };
    const SHAPE: &str = "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
    assert_eq!(
        of(
            json!({}),
            &[
                "kernel.shm_rmid_forced",
                "net/ipv4/conf/eth0.100/x",
                "net.ipv4.tcp_syncookies"
            ]
        ),
        [""; 0]
    );
    assert_eq!(
        of(json!({}), &["", "Net.x", "a..b", "a.b", "a.b"]),
        [
            "[0].name: Required value".to_owned(),
            format!("[1].name: Invalid value: \"Net.x\": {SHAPE}"),
            format!("[2].name: Invalid value: \"a..b\": {SHAPE}"),
            "[4].name: Duplicate value: \"a.b\"".to_owned(),
        ]
    );
    assert_eq!(
        of(
            json!({"hostNetwork": true}),
            &["net.core.somaxconn", "net/core/x", "kernel.shmall"]
        ),
        [
            "[0].name: Invalid value: \"net.core.somaxconn\": may not be specified when 'hostNetwork' is true",
            "[1].name: Invalid value: \"net/core/x\": may not be specified when 'hostNetwork' is true",
        ]
    );
    assert_eq!(
        of(
            json!({"hostIPC": true}),
            &["net.core.somaxconn", "kernel.shmall", "fs.mqueue.msg_max"]
        ),
        [
            "[1].name: Invalid value: \"kernel.shmall\": may not be specified when 'hostIPC' is true",
            "[2].name: Invalid value: \"fs.mqueue.msg_max\": may not be specified when 'hostIPC' is true",
        ]
    );
}

#[test]
fn app_armor_and_labels() {
    let of = |context: Value| {
        let strip = |error: String| error.replace("t.spec.securityContext.", "");
        errors(json!({"securityContext": context}))
            .into_iter()
            .map(strip)
            .collect::<Vec<_>>()
    };
    let profile = |profile: Value| of(json!({"appArmorProfile": profile}));
    let rows = [
        (
            profile(json!({"type": "Localhost", "localhostProfile": "p"})),
            vec![],
        ),
        (profile(json!({"type": "RuntimeDefault"})), vec![]),
        (
            profile(json!({"type": ""})),
            vec![
                "appArmorProfile.type: Required value: type is required when appArmorProfile is set",
            ],
        ),
        (
            profile(json!({"type": "Other"})),
            vec![
                "appArmorProfile.type: Unsupported value: \"Other\": supported values: \"Localhost\", \"RuntimeDefault\", \"Unconfined\"",
            ],
        ),
        (
            profile(json!({"type": "Localhost"})),
            vec![
                "appArmorProfile.localhostProfile: Required value: must be set when AppArmor type is Localhost",
            ],
        ),
        (
            profile(json!({"type": "Localhost", "localhostProfile": " p"})),
            vec![
                "appArmorProfile.localhostProfile: Invalid value: \" p\": must not be padded with whitespace",
            ],
        ),
        (
            profile(json!({"type": "Localhost", "localhostProfile": "p".repeat(4096)})),
            vec!["appArmorProfile.localhostProfile: Too long: may not be more than 4095 bytes"],
        ),
        (
            profile(json!({"type": "Unconfined", "localhostProfile": "p"})),
            vec![
                "appArmorProfile.localhostProfile: Invalid value: \"p\": can only be set when AppArmor type is Localhost",
            ],
        ),
        (
            of(json!({"seLinuxChangePolicy": "Always"})),
            vec![
                "seLinuxChangePolicy: Unsupported value: \"Always\": supported values: \"MountOption\", \"Recursive\"",
            ],
        ),
        (
            container_errors(json!({"securityContext": {"appArmorProfile": {"type": "Other"}}})),
            vec![
                "securityContext.appArmorProfile.type: Unsupported value: \"Other\": supported values: \"Localhost\", \"RuntimeDefault\", \"Unconfined\"",
            ],
        ),
    ];
    for (found, want) in rows {
        assert_eq!(found, want);
    }
}

#[test]
fn users_of_windows() {
    let of = |name: &str| {
        let options = json!({"securityContext": {"windowsOptions": {"runAsUserName": name}}});
        let prefix =
            format!("securityContext.windowsOptions.runAsUserName: Invalid value: {name:?}: ");
        let strip = |error: String| error.replace(&prefix, "");
        container_errors(options)
            .into_iter()
            .map(strip)
            .collect::<Vec<_>>()
    };
    let long = "u".repeat(105);
    let rows = [
        ("ContainerAdministrator", vec![]),
        ("NT AUTHORITY\\Local Service", vec![]),
        ("corp.example.com\\bot", vec![]),
        ("", vec!["runAsUserName cannot be an empty string"]),
        (
            "a\\b\\c",
            vec!["runAsUserName cannot contain more than one backslash"],
        ),
        (
            ".x\\b",
            vec!["runAsUserName's Domain doesn't match the NetBios nor the DNS format"],
        ),
        ("d\\", vec!["runAsUserName's User cannot be empty"]),
        (
            ". .",
            vec!["runAsUserName's User cannot contain only periods or spaces"],
        ),
        (
            "a@b",
            vec![
                "runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]",
            ],
        ),
        (
            &long,
            vec!["runAsUserName's User length must not be longer than 104 characters"],
        ),
    ];
    for (name, want) in rows {
        assert_eq!(of(name), want, "{name}");
    }
    let control =
        container_errors(json!({"securityContext": {"windowsOptions": {"runAsUserName": "a\tb"}}}));
    assert!(
        control[0].ends_with("runAsUserName cannot contain control characters"),
        "{control:?}"
    );
    let spec = json!({"securityContext": {"windowsOptions": {"gmsaCredentialSpec": "", "gmsaCredentialSpecName": "A b"}}});
    let found = container_errors(spec);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("securityContext.windowsOptions.gmsaCredentialSpecName: Invalid value: \"A b\": a lowercase RFC 1123 subdomain"));
    assert!(found[1].ends_with("gmsaCredentialSpec cannot be an empty string"));
}

#[test]
fn systems() {
    let container =
        |context: Value| json!([{"name": "a", "image": "i", "securityContext": context}]);
    let windows = |host: bool| json!({"windowsOptions": {"hostProcess": host}});
    let rows = [
        (json!({"os": {"name": "linux"}}), vec![]),
        (
            json!({"os": {"name": ""}}),
            vec!["t.spec.os.name: Required value: cannot be empty"],
        ),
        (
            json!({"os": {"name": "plan9"}}),
            vec![
                "t.spec.os: Unsupported value: \"plan9\": supported values: \"linux\", \"windows\"",
            ],
        ),
        (
            json!({"os": {"name": "linux"}, "securityContext": {"windowsOptions": {}}, "containers": container(json!({"windowsOptions": {}}))}),
            vec![
                "t.spec.securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod",
                "t.spec.containers[0].securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod",
            ],
        ),
        (
            json!({"os": {"name": "windows"}, "hostPID": true, "securityContext": {"fsGroup": 1, "runAsUser": 1}, "containers": container(json!({"privileged": false}))}),
            vec![
                "t.spec.hostPID: Forbidden: cannot be set for a windows pod",
                "t.spec.securityContext.fsGroup: Forbidden: cannot be set for a windows pod",
                "t.spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod",
                "t.spec.containers[0].securityContext.privileged: Forbidden: cannot be set for a windows pod",
            ],
        ),
        (
            json!({"securityContext": windows(true), "containers": container(windows(false))}),
            vec![
                "t.spec.containers[0].securityContext.windowsOptions.hostProcess: Invalid value: false: pod hostProcess value must be identical if both are specified, was true",
            ],
        ),
        (
            json!({"containers": [{"name": "a", "image": "i", "securityContext": windows(true)}, {"name": "b", "image": "i"}]}),
            vec![
                "t.spec: Invalid value: \"\": If pod contains any hostProcess containers then all containers must be HostProcess containers",
                "t.spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers",
            ],
        ),
    ];
    for (spec, want) in rows {
        assert_eq!(errors(spec.clone()), want, "{spec}");
    }
}
