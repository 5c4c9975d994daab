use serde_json::{Value, json};

use super::super::new_pod::{for_node, model};
use super::super::pod_facts::{is_current, target_node};
use super::super::spec::Spec;
use super::scene::{NEW, a_pod, daemonset, pod, unbound, with};

fn made(template: Value) -> Value {
    let daemonset = daemonset(json!({"spec": {"template": template}}));
    let spec = Spec::of(&daemonset).expect("it has a spec");
    let pod = for_node(&model(spec, "h4sh"), "node-1");
    assert_eq!(
        target_node(&pod),
        Some("node-1"),
        "DS-11: what is made is found again"
    );
    serde_json::to_value(pod).expect("a pod has only text keys")
}

#[test]
fn ds_12_a_pods_name_begins_with_all_of_the_daemonsets() {
    for name in ["logs".to_owned(), "d".repeat(253)] {
        let daemonset = daemonset(json!({"metadata": {"name": name}}));
        let spec = Spec::of(&daemonset).expect("it has a spec");
        let pod = model(spec, "h4sh");
        assert_eq!(pod.metadata.generate_name, Some(format!("{name}-")));
    }
}

#[test]
fn ds_10_a_pod_is_unbound_and_fits_one_node_only() {
    let term =
        json!({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-1"]}]});
    let only = json!({"nodeSelectorTerms": [term]});
    let before = json!({"nodeSelectorTerms": [{"matchExpressions": [{"key": "gpu", "operator": "Exists"}]}]});
    let preferred = json!([{"weight": 1, "preference": {"matchExpressions": [{"key": "ssd", "operator": "Exists"}]}}]);
    let rows = [
        (
            "no affinity",
            json!({}),
            json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": only}}),
        ),
        (
            "required terms are replaced, preferred ones and other affinity kept",
            json!({
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": before,
                    "preferredDuringSchedulingIgnoredDuringExecution": preferred,
                },
                "podAntiAffinity": {},
            }),
            json!({
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": only,
                    "preferredDuringSchedulingIgnoredDuringExecution": preferred,
                },
                "podAntiAffinity": {},
            }),
        ),
    ];
    for (why, affinity, want) in rows {
        let made = made(json!({"spec": {"affinity": affinity, "nodeSelector": {"gpu": "yes"}}}));
        assert_eq!(made["spec"]["affinity"], want, "{why}");
        assert_eq!(made["spec"]["nodeName"], Value::Null, "{why}");
        assert_eq!(made["spec"]["nodeSelector"], json!({"gpu": "yes"}), "{why}");
        let tolerations = made["spec"]["tolerations"].as_array().map(Vec::len);
        assert_eq!(tolerations, Some(6), "{why}: DS-03");
    }
}

#[test]
fn ds_12_metadata_of_a_pod() {
    let made = made(json!({"metadata": {"annotations": {"note": "x"}}}));
    let owner = json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet", "name": "logs", "uid": "ds",
        "controller": true, "blockOwnerDeletion": true,
    });
    let labels =
        json!({"app": "logs", "controller-revision-hash": "h4sh", "pod-template-generation": "2"});
    let want = json!({
        "generateName": "logs-", "namespace": "default", "labels": labels,
        "annotations": {"note": "x"}, "ownerReferences": [owner],
    });
    assert_eq!(made["metadata"], want);

    let annotation = json!({"deprecated.daemonset.template.generation": "two"});
    let unreadable = daemonset(json!({"metadata": {"annotations": annotation}}));
    let spec = Spec::of(&unreadable).expect("it has a spec");
    let labels = model(spec, "h4sh").metadata.labels.expect("the template's");
    assert!(
        !labels.contains_key("pod-template-generation"),
        "{labels:?}"
    );
    assert_eq!(labels["controller-revision-hash"], "h4sh");
}

#[test]
fn ds_11_the_node_a_pod_is_for() {
    let mut one_of_two = with(pod("p", "a", NEW), unbound("b"));
    let required = "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution";
    let values = format!("{required}/nodeSelectorTerms/0/matchFields/0/values");
    *one_of_two.pointer_mut(&values).expect("written by unbound") = json!(["b", "c"]);
    let rows = [
        ("bound", pod("p", "a", NEW), Some("a")),
        (
            "made for a node",
            with(pod("p", "a", NEW), unbound("b")),
            Some("b"),
        ),
        (
            "bound wins",
            with(
                with(pod("p", "a", NEW), unbound("b")),
                json!({"spec": {"nodeName": "a"}}),
            ),
            Some("a"),
        ),
        (
            "neither",
            with(pod("p", "a", NEW), json!({"spec": {"nodeName": null}})),
            None,
        ),
        ("made for one of two", one_of_two, None),
    ];
    for (why, pod, want) in rows {
        assert_eq!(target_node(&a_pod(pod)), want, "{why}");
    }
}

#[test]
fn ds_30_current_pods() {
    let labels = |labels: Value| with(pod("p", "a", "x"), json!({"metadata": {"labels": labels}}));
    let rows = [
        (
            "by hash",
            labels(json!({"controller-revision-hash": NEW})),
            true,
        ),
        (
            "by template generation",
            labels(json!({"pod-template-generation": "2"})),
            true,
        ),
        (
            "by neither",
            labels(json!({"pod-template-generation": "1"})),
            false,
        ),
        (
            "DS-13 adopted, without labels",
            labels(json!({"controller-revision-hash": null})),
            false,
        ),
    ];
    for (why, pod, want) in rows {
        assert_eq!(is_current(&a_pod(pod), NEW, Some(2)), want, "{why}");
    }
    let bare = || a_pod(labels(json!({"controller-revision-hash": null})));
    assert!(!is_current(&bare(), "", None), "nothing is no hash");
    assert!(!is_current(&bare(), NEW, None), "nor a generation");
    let second = a_pod(labels(json!({"pod-template-generation": "2"})));
    assert!(!is_current(&second, NEW, None), "it is not known which");
}
