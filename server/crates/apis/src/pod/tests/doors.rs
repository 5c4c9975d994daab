//! What comes in through `pods/ephemeralcontainers` and `pods/resize` (semantics.md 6.3).

use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

use super::body;
use crate::Update::{EphemeralContainers, Resize};
use crate::testing::{created, texts, update_errors, updated};
use crate::{Kind, Update};

fn debugger(change: Value) -> Value {
    let mut container = json!({"name": "d", "image": "busybox"});
    crate::testing::merge(&mut container, &change);
    json!({"spec": {"ephemeralContainers": [container]}})
}

/// As a patch through a door that must let nothing else in.
fn with_everything_else(patch: &Value) -> Value {
    let mut patch = patch.clone();
    let rest = json!({"metadata": {"labels": {"sent": "too"}, "finalizers": ["a.b/c"]},
        "spec": {"nodeName": "elsewhere"}, "status": {"phase": "Failed"}});
    crate::testing::merge(&mut patch, &rest);
    patch
}

#[test]
fn ephemeral_containers_come_in_alone() {
    let old: Pod = created(body(json!({})));
    let new = updated(
        &old,
        &with_everything_else(&debugger(json!({}))),
        EphemeralContainers,
    );
    let mut want = old.clone();
    want.metadata.generation = Some(1);
    let added = new.spec.clone().and_then(|spec| spec.ephemeral_containers);
    assert_eq!(added.as_ref().map(Vec::len), Some(1));
    want.spec
        .as_mut()
        .expect("a specification")
        .ephemeral_containers = added;
    assert_eq!(new, want);
    assert!(new.spec_changed(&old), "the generation rises (POD-01)");
}

#[test]
fn what_an_ephemeral_container_may_be() {
    let old: Pod = created(body(json!({"spec": {
        "initContainers": [{"name": "i", "image": "i"}],
        "volumes": [{"name": "v", "emptyDir": {}}],
    }})));
    let set = "Forbidden: cannot be set for an Ephemeral Container";
    let at = "spec.ephemeralContainers[0]";
    let rows = [
        ("it has a name and an image", json!({}), vec![]),
        (
            "it may look into a container",
            json!({"targetContainerName": "c"}),
            vec![],
        ),
        (
            "or into an init container",
            json!({"targetContainerName": "i"}),
            vec![],
        ),
        (
            "which must be there",
            json!({"targetContainerName": "d"}),
            vec![format!("{at}.targetContainerName: Not found: \"d\"")],
        ),
        (
            "its name is a label",
            json!({"name": "D"}),
            vec![format!(
                "{at}.name: Invalid value: \"D\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
            )],
        ),
        (
            "and nobody else's",
            json!({"name": "c"}),
            vec![format!("{at}.name: Duplicate value: \"c\"")],
        ),
        (
            "an image is needed",
            json!({"image": ""}),
            vec![format!("{at}.image: Required value")],
        ),
        (
            "without blanks around it",
            json!({"image": "i "}),
            vec![format!(
                "{at}.image: Invalid value: \"i \": must not have leading or trailing whitespace"
            )],
        ),
        (
            "it serves nothing and is owed nothing",
            json!({"ports": [{"containerPort": 80}], "resources": {"limits": {"cpu": "1"}},
                "livenessProbe": {"exec": {"command": ["true"]}},
                "readinessProbe": {"exec": {"command": ["true"]}},
                "startupProbe": {"exec": {"command": ["true"]}},
                "lifecycle": {"preStop": {"exec": {"command": ["true"]}}},
                "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "NotRequired"}],
                "restartPolicy": "Never"}),
            [
                "ports",
                "resources",
                "resizePolicy",
                "restartPolicy",
                "livenessProbe",
                "readinessProbe",
                "startupProbe",
                "lifecycle",
            ]
            .map(|field| format!("{at}.{field}: {set}"))
            .to_vec(),
        ),
        (
            "it mounts volumes whole",
            json!({"volumeMounts": [{"name": "v", "mountPath": "/v", "subPath": "s"}, {"name": "v", "mountPath": "/w", "subPathExpr": "e"}]}),
            vec![
                format!("{at}.volumeMounts[0].subPath: {set}"),
                format!("{at}.volumeMounts[1].subPathExpr: {set}"),
            ],
        ),
    ];
    for (why, change, want) in rows {
        let mut got = update_errors(&old, &debugger(change.clone()), EphemeralContainers);
        // protocols of ports are defaulted for containers only
        got.retain(|text| !text.contains(".protocol"));
        assert_eq!(got, want, "{why}");
    }
}

#[test]
fn ephemeral_containers_stay_as_they_are() {
    let old: Pod = created(body(json!({})));
    let old = updated(&old, &debugger(json!({})), EphemeralContainers);
    let at = "spec.ephemeralContainers: Forbidden: existing ephemeral containers \"d\" may not be";
    let rows = [
        ("the same again", debugger(json!({})), String::new()),
        (
            "none",
            json!({"spec": {"ephemeralContainers": null}}),
            format!("{at} removed\n"),
        ),
        (
            "another command",
            debugger(json!({"command": ["sh"]})),
            format!(
                "{at} changed\n@@ -1,7 +1,9 @@\n {{\n  \"Name\": \"d\",\n  \"Image\": \"busybox\",\n- \"Command\": null,\n\
                 + \"Command\": [\n+  \"sh\"\n+ ],\n  \"Args\": null,\n  \"WorkingDir\": \"\",\n  \"Ports\": null,\n"
            ),
        ),
    ];
    for (why, patch, want) in rows {
        let got = update_errors(&old, &patch, EphemeralContainers).concat();
        assert_eq!(got, want, "{why}");
    }
    let twice = json!({"spec": {"ephemeralContainers": [{"name": "d", "image": "busybox"}, {"name": "d", "image": "busybox"}]}});
    assert_eq!(
        update_errors(&old, &twice, EphemeralContainers),
        ["spec.ephemeralContainers[1].name: Duplicate value: \"d\""]
    );
    let through_main = update_errors(&old, &debugger(json!({"command": ["sh"]})), Update::Main);
    assert!(
        through_main[0]
            .starts_with("spec: Forbidden: pod updates may not change fields other than"),
        "{through_main:?}"
    );
    let mut mirror = old.clone();
    let annotations = [("kubernetes.io/config.mirror".to_owned(), "x".to_owned())];
    mirror.metadata.annotations = Some(annotations.into());
    assert_eq!(
        update_errors(
            &mirror,
            &debugger(json!({"name": "e"})),
            EphemeralContainers
        ),
        [": Forbidden: static pods do not support ephemeral containers"]
    );
}

#[test]
fn ephemeral_containers_cannot_be_there_from_the_start() {
    let pod: Pod = created(body(debugger(json!({}))));
    assert_eq!(
        texts(&pod.validate_create()),
        ["spec.ephemeralContainers: Forbidden: cannot be set on create"]
    );
}

fn sized(resources: Value) -> Value {
    json!({"spec": {"containers": [{"name": "c", "image": "i", "resources": resources}]}})
}

fn burstable() -> Pod {
    created(body(sized(json!({
        "requests": {"cpu": "100m", "memory": "64Mi", "ephemeral-storage": "1Gi"},
        "limits": {"memory": "128Mi"},
    }))))
}

#[test]
fn resources_come_in_alone() {
    let old = burstable();
    let change = sized(json!({
        "requests": {"cpu": "0.2", "memory": "64Mi", "ephemeral-storage": "1Gi"},
        "limits": {"memory": "256Mi"},
    }));
    let new = updated(&old, &with_everything_else(&change), Resize);
    assert_eq!(texts(&new.validate_update(&old, Resize)), [""; 0]);
    let mut want = old.clone();
    want.metadata.generation = Some(1);
    let resources = new
        .spec
        .as_ref()
        .map(|spec| spec.containers[0].resources.clone());
    want.spec.as_mut().expect("a specification").containers[0].resources =
        resources.expect("a specification");
    assert_eq!(new, want);
    let told = serde_json::to_value(&new).expect("JSON");
    let resources = &told["spec"]["containers"][0]["resources"];
    assert_eq!(resources["requests"]["cpu"], "200m");
    assert_eq!(resources["limits"]["memory"], "256Mi");
    assert!(new.spec_changed(&old), "the generation rises (POD-01)");
}

#[test]
fn what_a_resize_may_change() {
    let all = json!({"cpu": "100m", "memory": "64Mi", "ephemeral-storage": "1Gi"});
    let containers = |containers: Value| json!({"spec": {"containers": containers}});
    let mutable = "spec: Forbidden: only cpu and memory resources are mutable";
    let rows = [
        (
            "a limit more",
            sized(json!({"requests": all, "limits": {"cpu": "2", "memory": "128Mi"}})),
            vec![],
        ),
        (
            "less memory",
            sized(json!({"requests": all, "limits": {"memory": "65Mi"}})),
            vec![],
        ),
        (
            "no request of CPU",
            sized(
                json!({"requests": {"memory": "64Mi", "ephemeral-storage": "1Gi"}, "limits": {"memory": "128Mi"}}),
            ),
            vec![
                "spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed",
            ],
        ),
        (
            "no limit",
            sized(json!({"requests": all, "limits": null})),
            vec![
                "spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed",
            ],
        ),
        (
            "more storage",
            sized(
                json!({"requests": {"cpu": "100m", "memory": "64Mi", "ephemeral-storage": "2Gi"}, "limits": {"memory": "128Mi"}}),
            ),
            vec![mutable],
        ),
        (
            "a request above the limit",
            sized(
                json!({"requests": {"cpu": "100m", "memory": "1Gi", "ephemeral-storage": "1Gi"}, "limits": {"memory": "128Mi"}}),
            ),
            vec![
                "spec.containers[0].resources.requests: Invalid value: \"1Gi\": must be less than or equal to memory limit of 128Mi",
            ],
        ),
        (
            "another policy",
            containers(
                json!([{"name": "c", "image": "i", "resources": {"requests": all, "limits": {"memory": "128Mi"}},
                "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]}]),
            ),
            vec![mutable],
        ),
        (
            "another class",
            sized(
                json!({"requests": {"cpu": "1", "memory": "1Gi", "ephemeral-storage": "1Gi"}, "limits": {"cpu": "1", "memory": "1Gi"}}),
            ),
            vec![
                "spec: Invalid value: \"Burstable\": Pod QOS Class may not change as a result of resizing",
            ],
        ),
        (
            "one more container",
            containers(
                json!([{"name": "c", "image": "i", "resources": {"requests": all, "limits": {"memory": "128Mi"}}}, {"name": "d", "image": "i"}]),
            ),
            vec!["spec.containers: Forbidden: containers may not be added or removed on resize"],
        ),
        (
            "another name",
            containers(
                json!([{"name": "d", "image": "i", "resources": {"requests": all, "limits": {"memory": "128Mi"}}}]),
            ),
            vec![
                "spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize",
            ],
        ),
    ];
    for (why, patch, want) in rows {
        assert_eq!(update_errors(&burstable(), &patch, Resize), want, "{why}");
    }
}

#[test]
fn resizes_of_init_containers_and_of_whole_pods() {
    let init = |cpu: &str| {
        json!({"spec": {"initContainers": [
            {"name": "s", "image": "i", "restartPolicy": "Always", "resources": {"requests": {"cpu": cpu}}},
            {"name": "i", "image": "i", "resources": {"requests": {"cpu": cpu}}},
        ]}})
    };
    let old: Pod = created(body(init("1")));
    assert_eq!(update_errors(&old, &init("2"), Resize), [""; 0]);
    let storage = json!({"spec": {"initContainers": [
        {"name": "s", "image": "i", "restartPolicy": "Always", "resources": {"requests": {"cpu": "1", "ephemeral-storage": "1"}}},
        {"name": "i", "image": "i", "resources": {"requests": {"cpu": "1"}}},
    ]}});
    assert_eq!(
        update_errors(&old, &storage, Resize),
        [
            "spec.initContainers[0]: Forbidden: only cpu and memory resources for init or sidecar containers are mutable"
        ]
    );
    let whole = |resources: Value| json!({"spec": {"resources": resources}});
    let old: Pod = created(body(whole(json!({"requests": {"cpu": "1"}}))));
    let rows = [
        ("more", whole(json!({"requests": {"cpu": "2"}})), vec![]),
        (
            "nothing",
            whole(Value::Null),
            vec![
                "spec: Invalid value: \"Burstable\": Pod QOS Class may not change as a result of resizing",
                "spec.resources: Forbidden: pod-level resources cannot be removed",
            ],
        ),
        (
            "memory instead",
            whole(json!({"requests": {"cpu": null, "memory": "1Gi"}})),
            vec![
                "spec.resources.requests: Forbidden: pod-level resource requests cannot be removed",
            ],
        ),
    ];
    for (why, patch, want) in rows {
        assert_eq!(update_errors(&old, &patch, Resize), want, "{why}");
    }
}

#[test]
fn pods_that_cannot_be_resized() {
    let change = sized(json!({
        "requests": {"cpu": "200m", "memory": "64Mi", "ephemeral-storage": "1Gi"},
        "limits": {"memory": "128Mi"},
    }));
    let mut mirror = burstable();
    let annotations = [("kubernetes.io/config.mirror".to_owned(), "x".to_owned())];
    mirror.metadata.annotations = Some(annotations.into());
    let mut windows = burstable();
    windows.spec.as_mut().expect("a specification").os =
        serde_json::from_value(json!({"name": "windows"})).expect("an operating system");
    let mut silent = burstable();
    let statuses = json!([{"name": "c", "image": "", "imageID": "", "ready": true, "restartCount": 0, "state": {"running": {}}}]);
    silent.status.as_mut().expect("a status").container_statuses =
        serde_json::from_value(statuses).expect("statuses");
    let rows = [
        (mirror, ": Forbidden: static pods cannot be resized"),
        (windows, ": Forbidden: windows pods cannot be resized"),
        (
            silent,
            "spec: Forbidden: Pod running on node without support for resize",
        ),
    ];
    for (old, want) in rows {
        assert_eq!(update_errors(&old, &change, Resize), [want]);
    }
}

#[test]
fn resize_policies_on_create() {
    let with = |spec: Value| json!({"spec": spec});
    let policy =
        |resource: &str, restart: &str| json!({"resourceName": resource, "restartPolicy": restart});
    let container = |policies: Value| json!({"name": "c", "image": "i", "resizePolicy": policies});
    let at = "spec.containers[0].resizePolicy";
    let rows = [
        (
            "one for each",
            with(json!({"containers": [container(json!([policy("cpu", "NotRequired"), policy("memory", "RestartContainer")]))]})),
            vec![],
        ),
        (
            "two for one",
            with(json!({"containers": [container(json!([policy("cpu", "NotRequired"), policy("cpu", "NotRequired")]))]})),
            vec![format!("{at}[1]: Duplicate value: \"cpu\"")],
        ),
        (
            "for something else, somehow",
            with(json!({"containers": [container(json!([policy("disk", "Perhaps")]))]})),
            vec![
                format!("{at}: Unsupported value: \"disk\": supported values: \"cpu\", \"memory\""),
                format!(
                    "{at}: Unsupported value: \"Perhaps\": supported values: \"NotRequired\", \"RestartContainer\""
                ),
            ],
        ),
        (
            "a pod that never restarts anything",
            with(json!({"restartPolicy": "Never", "containers": [container(json!([policy("cpu", "RestartContainer")]))]})),
            vec![format!(
                "{at}: Invalid value: \"RestartContainer\": must be 'NotRequired' when pod `restartPolicy` is 'Never'"
            )],
        ),
        (
            "an init container that ends",
            with(json!({"initContainers": [{"name": "i", "image": "i", "resizePolicy": [policy("cpu", "RestartContainer")]}]})),
            vec![
                "spec.initContainers[0].resizePolicy[0].restartPolicy: Invalid value: \"RestartContainer\": must not be set to 'RestartContainer' for non-sidecar initContainers".to_owned(),
            ],
        ),
    ];
    for (why, spec, want) in rows {
        let pod: Pod = created(body(spec));
        assert_eq!(texts(&pod.validate_create()), want, "{why}");
    }
}

#[test]
fn warnings_are_for_new_pods() {
    let named = |name: &str| json!({"metadata": {"name": name}});
    let pod: Pod = created(body(named("a.b")));
    let warnings = pod.warnings(None);
    assert!(
        warnings[0].starts_with("metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: ["),
        "{warnings:?}"
    );
    let old: Pod = created(body(named("a")));
    assert_eq!(old.warnings(None), [""; 0]);
    assert_eq!(pod.warnings(Some(&old)), [""; 0]);
}
