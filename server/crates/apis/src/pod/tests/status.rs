use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

use super::body;
use crate::testing::{created, update_errors};
use crate::{Kind, Update};

/// Errors of a status laid over that of a pod.
fn errors(spec: Value, before: Value, after: Value) -> Vec<String> {
    let mut pod: Pod = created(body(json!({"spec": spec})));
    let mut status = serde_json::to_value(&pod.status).expect("JSON");
    crate::testing::merge(&mut status, &before);
    pod.status = Some(serde_json::from_value(status).expect("a status"));
    update_errors(&pod, &json!({"status": after}), Update::Status)
}

fn ended(list: &str, name: &str, code: i32) -> Value {
    json!({list: [{"name": name, "state": {"terminated": {"exitCode": code}}, "image": "i", "imageID": "", "ready": false, "restartCount": 0}]})
}

fn runs(list: &str, name: &str) -> Value {
    json!({list: [{"name": name, "state": {"running": {}}, "image": "i", "imageID": "", "ready": false, "restartCount": 0}]})
}

#[test]
fn pod_01_what_ended_for_good_does_not_run_again() {
    const MAIN: &str = "containerStatuses";
    const INIT: &str = "initContainerStatuses";
    const GUEST: &str = "ephemeralContainerStatuses";
    let rule = json!({"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}});
    let container = |more: Value| {
        let mut container = json!({"name": "c", "image": "i"});
        crate::testing::merge(&mut container, &more);
        json!([container])
    };
    let ruled = container(json!({"restartPolicy": "Never", "restartPolicyRules": [rule]}));
    let always = container(json!({"restartPolicy": "Always"}));
    let sidecar = json!([{"name": "s", "image": "i", "restartPolicy": "Always"}]);
    let init = json!([{"name": "s", "image": "i"}]);
    let rows = [
        ("Always", json!({}), MAIN, "c", 0, true),
        ("OnFailure", json!({}), MAIN, "c", 1, true),
        ("OnFailure", json!({}), MAIN, "c", 0, false),
        ("Never", json!({}), MAIN, "c", 1, false),
        ("Never", json!({"containers": ruled}), MAIN, "c", 42, true),
        ("Never", json!({"containers": ruled}), MAIN, "c", 1, false),
        ("Never", json!({"containers": always}), MAIN, "c", 0, true),
        (
            "Never",
            json!({"initContainers": sidecar}),
            INIT,
            "s",
            0,
            true,
        ),
        (
            "Never",
            json!({"initContainers": init}),
            INIT,
            "s",
            0,
            false,
        ),
        ("Always", json!({}), GUEST, "g", 0, false),
    ];
    for (policy, more, list, name, code, allowed) in rows {
        let mut spec = json!({"restartPolicy": policy});
        crate::testing::merge(&mut spec, &more);
        let found = errors(spec, ended(list, name, code), runs(list, name));
        let want = format!(
            "status.{list}[0].state: Forbidden: may not be transitioned to non-terminated state"
        );
        let want: Vec<_> = Some(want).filter(|_| !allowed).into_iter().collect();
        assert_eq!(found, want, "{policy} {more} {code}");
    }
}

#[test]
fn pod_01_addresses_and_nominations() {
    const FAMILY: &str = "may specify no more than one IP for each IP family";
    const ADDRESS: &str = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
    let list = |ips: &[&str]| ips.iter().map(|ip| json!({"ip": ip})).collect::<Value>();
    let rows = [
        (json!({"podIPs": list(&["10.0.0.1", "fd00::1"]), "hostIP": "10.0.0.9", "hostIPs": list(&["10.0.0.9"])}), vec![]),
        (json!({"podIPs": list(&["x"])}), vec![format!("status.podIPs[0]: Invalid value: \"x\": {ADDRESS}")]),
        (
            json!({"podIPs": list(&["10.0.0.1", "10.0.0.1"])}),
            vec![
                format!("status.podIPs: Invalid value: [{{\"IP\":\"10.0.0.1\"}},{{\"IP\":\"10.0.0.1\"}}]: {FAMILY}"),
            ],
        ),
        (
            json!({"hostIP": "10.0.0.8", "hostIPs": list(&["10.0.0.9"])}),
            vec!["status.hostIPs[0].ip: Invalid value: \"10.0.0.9\": must be equal to `hostIP`".to_owned()],
        ),
        (
            json!({"resourceClaimStatuses": [{"name": "a"}]}),
            vec!["status.resourceClaimStatuses[0].name: Invalid value: \"a\": must match the name of an entry in `spec.resourceClaims`".to_owned()],
        ),
    ];
    for (status, want) in rows {
        assert_eq!(
            errors(json!({}), json!({}), status.clone()),
            want,
            "{status}"
        );
    }
    let nominated = errors(json!({}), json!({}), json!({"nominatedNodeName": "A b"}));
    assert!(
        nominated[0].starts_with(
            "status.nominatedNodeName: Invalid value: \"A b\": a lowercase RFC 1123 subdomain"
        ),
        "{nominated:?}"
    );
    let of_bound = errors(
        json!({"nodeName": "n"}),
        json!({}),
        json!({"nominatedNodeName": "m"}),
    );
    assert_eq!(
        of_bound,
        [
            "status.nominatedNodeName: Forbidden: may not be set on pods that are already bound to a node"
        ]
    );
}

#[test]
fn pod_01_annotations_that_stay_as_they_are() {
    let pod: Pod = created(body(json!({})));
    let annotated = |key: &str, value: &str| {
        let patch = json!({"metadata": {"annotations": {key: value}}});
        update_errors(&pod, &patch, Update::Status)
    };
    let armor = "container.apparmor.security.beta.kubernetes.io/c";
    assert_eq!(
        annotated(armor, "runtime/default"),
        [format!(
            "metadata.annotations[{armor}]: Forbidden: may not add AppArmor annotations"
        )]
    );
    assert_eq!(
        annotated("controller.kubernetes.io/pod-deletion-cost", "x"),
        [
            "metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: \"x\": must be a 32bit integer"
        ]
    );
    assert!(annotated("a", "b").is_empty());
}

#[test]
fn devices_are_asked_for_and_of_known_health() {
    let status = |list: &str, name: &str, allocated: Value| json!({list: [{"name": name, "allocatedResourcesStatus": allocated, "image": "i", "imageID": "", "ready": false, "restartCount": 0}]});
    let resources = json!({"requests": {"example.com/gpu": "1"}, "limits": {"example.com/gpu": "1"}, "claims": [{"name": "a", "request": "r"}]});
    let spec = json!({"containers": [{"name": "c", "image": "i", "resources": resources}], "resourceClaims": [{"name": "a", "resourceClaimName": "a"}]});
    let device = |id: &str, health: &str| json!({"resourceID": id, "health": health});
    let rows = [
        (
            status(
                "containerStatuses",
                "c",
                json!([{"name": "example.com/gpu", "resources": [device("1", "Healthy"), device("2", "Unknown")]}, {"name": "claim:a/r"}]),
            ),
            vec![],
        ),
        (
            status(
                "containerStatuses",
                "c",
                json!([{"name": "cpu", "resources": [device("1", "Fine"), device("1", "Healthy")]}, {"name": "claim:a"}]),
            ),
            vec![
                "status.containerStatuses[0].allocatedResourcesStatus[0].name: Invalid value: \"cpu\": must match one of the container's resource requests",
                "status.containerStatuses[0].allocatedResourcesStatus[0].resources[0].health: Unsupported value: \"Fine\": supported values: \"Healthy\", \"Unhealthy\", \"Unknown\"",
                "status.containerStatuses[0].allocatedResourcesStatus[0].resources[1].resourceID: Duplicate value: \"1\"",
                "status.containerStatuses[0].allocatedResourcesStatus[1].name: Invalid value: \"claim:a\": must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty",
            ],
        ),
        (
            status("containerStatuses", "other", json!([{"name": "cpu"}])),
            vec![],
        ),
        (
            status("ephemeralContainerStatuses", "g", json!([{"name": "cpu"}])),
            vec![
                "status.ephemeralContainerStatuses[0].allocatedResourcesStatus: Forbidden: must not be specified in container status",
            ],
        ),
    ];
    for (status, want) in rows {
        assert_eq!(
            errors(spec.clone(), json!({}), status.clone()),
            want,
            "{status}"
        );
    }
}

#[test]
fn users_of_containers_are_numbers_of_linux() {
    let user = |linux: Value| json!({"containerStatuses": [{"name": "c", "user": {"linux": linux}, "image": "i", "imageID": "", "ready": false, "restartCount": 0}]});
    let (right, wrong) = (
        user(json!({"uid": 0, "gid": 1, "supplementalGroups": [2]})),
        user(json!({"uid": -1, "gid": 2_147_483_648_i64, "supplementalGroups": [1, -1]})),
    );
    assert!(errors(json!({}), json!({}), right.clone()).is_empty());
    let told = |field: &str, id: i64| {
        format!(
            "status.containerStatuses[0].user.linux.{field}: Invalid value: {id}: must be between 0 and 2147483647, inclusive"
        )
    };
    assert_eq!(
        errors(json!({}), json!({}), wrong),
        [
            told("uid", -1),
            told("gid", 2_147_483_648),
            told("supplementalGroups[1]", -1),
        ]
    );
    assert_eq!(
        errors(json!({"os": {"name": "windows"}}), json!({}), right),
        ["status.containerStatuses[0].user.linux: Forbidden: cannot be set for a windows pod"]
    );
}

/// K-04.
#[test]
fn pod_01_addresses_that_are_written_otherwise() {
    let mut pod: Pod = created(body(json!({})));
    assert_eq!(pod.status_warnings(), [""; 0]);
    let status = json!({"podIPs": [{"ip": "10.0.0.1"}, {"ip": "FD00::1"}], "hostIPs": [{"ip": "fd00:0::2"}]});
    pod.status = Some(serde_json::from_value(status).expect("a status"));
    assert_eq!(
        pod.status_warnings(),
        [
            "status.podIPs[1].ip: IPv6 address \"FD00::1\" should be in RFC 5952 canonical format (\"fd00::1\")",
            "status.hostIPs[0].ip: IPv6 address \"fd00:0::2\" should be in RFC 5952 canonical format (\"fd00::2\")",
        ]
    );
}
