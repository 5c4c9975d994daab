//! JOBV-12, JOB-94 to JOB-96: what of a Job's template may change, by upstream's table.

use k8s_openapi::api::batch::v1::Job;
use serde_json::{Value, json};

use super::body;
use crate::Update;
use crate::testing::{created, merge, read, update_errors};

/// What a suspended Job takes: a sentence, its template's differences, and those of the update.
fn scheduling() -> Vec<(&'static str, Value, Value)> {
    let node = |value: &str| {
        json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
            {"matchExpressions": [{"key": "foo", "operator": "In", "values": ["bar", value]}]},
        ]}}})
    };
    let spec = |spec: Value| json!({"spec": spec});
    let affinity = |affinity: Value| json!({"spec": {"affinity": affinity}});
    let toleration =
        json!([{"key": "foo", "operator": "Equal", "value": "bar", "effect": "PreferNoSchedule"}]);
    let anti = json!({"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
        {"weight": 1, "podAffinityTerm": {"topologyKey": "a", "labelSelector": {}}},
    ]}});
    let mut with_anti = node("value");
    with_anti["podAntiAffinity"] = anti["podAntiAffinity"].clone();
    vec![
        ("node affinity", json!({}), affinity(node("value"))),
        (
            "another node affinity",
            affinity(node("value")),
            affinity(node("value2")),
        ),
        (
            "no node affinity",
            affinity(node("value")),
            affinity(json!({"nodeAffinity": null})),
        ),
        (
            "no affinity",
            affinity(node("value")),
            spec(json!({"affinity": null})),
        ),
        (
            "no node affinity beside another",
            affinity(with_anti),
            affinity(json!({"nodeAffinity": null})),
        ),
        (
            "node affinity beside another",
            affinity(anti),
            affinity(node("value")),
        ),
        (
            "tolerations",
            json!({}),
            spec(json!({"tolerations": toleration})),
        ),
        (
            "a node selector",
            json!({}),
            spec(json!({"nodeSelector": {"foo": "bar"}})),
        ),
        (
            "annotations",
            json!({}),
            json!({"metadata": {"annotations": {"foo": "baz"}}}),
        ),
        (
            "labels",
            json!({}),
            json!({"metadata": {"labels": {"bar": "baz"}}}),
        ),
        (
            "scheduling gates",
            json!({}),
            spec(json!({"schedulingGates": [{"name": "gate"}]})),
        ),
        (
            "resources",
            json!({}),
            spec(
                json!({"containers": [{"name": "c", "image": "perl:5", "resources": {"requests": {"cpu": "1"}}}]}),
            ),
        ),
    ]
}

/// A Job of that specification whose template differs by `template`.
fn job(spec: Value, template: &Value, status: Value) -> Job {
    let plain: Job = created(body(json!({"spec": spec})));
    let mut value = serde_json::to_value(&plain).expect("JSON");
    merge(&mut value["spec"]["template"], template);
    value["status"] = status;
    read(value)
}

fn told(job: &Job, template: &Value) -> Vec<String> {
    update_errors(job, &json!({"spec": {"template": template}}), Update::Main)
}

#[test]
fn job_94_job_95_scheduling_directives() {
    let suspended = json!({"suspend": true});
    let conditions = json!([{"type": "Suspended", "status": "True"}]);
    let start = "2026-01-01T00:00:00Z";
    let known = json!({"startTime": start, "conditions": conditions});
    for (why, before, after) in scheduling() {
        for status in [json!({}), known.clone()] {
            let free = job(suspended.clone(), &before, status);
            assert_eq!(told(&free, &after), [""; 0], "{why}");
        }
        let fixed = [
            ("running", json!({}), json!({})),
            (
                "not known to be suspended",
                suspended.clone(),
                json!({"startTime": start}),
            ),
            (
                "with pods left",
                suspended.clone(),
                json!({"active": 1, "conditions": conditions}),
            ),
        ];
        for (when, spec, status) in fixed {
            let found = told(&job(spec, &before, status), &after);
            assert_eq!(found.len(), 1, "{why}, {when}: {found:?}");
            let (error, end) = (&found[0], ": field is immutable");
            assert!(
                error.starts_with("spec.template: Invalid value: {") && error.ends_with(end),
                "{why}, {when}: {error}"
            );
        }
    }
}

#[test]
fn job_95_job_96_what_stays_while_suspended() {
    let anti = json!({"affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
        {"weight": 1, "podAffinityTerm": {"topologyKey": "a", "labelSelector": {}}},
    ]}}});
    let mut other = anti.clone();
    other["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"][0]["weight"] =
        json!(2);
    let container =
        |name: &str, image: &str| json!({"containers": [{"name": name, "image": image}]});
    let rows = [
        (
            "another policy of names",
            json!({}),
            json!({"dnsPolicy": "Default"}),
        ),
        ("an affinity of pods", json!({}), anti.clone()),
        ("another affinity of pods", anti.clone(), other),
        ("no affinity of pods", anti, json!({"affinity": null})),
        ("another image", json!({}), container("c", "perl:6")),
        ("another name", json!({}), container("d", "perl:5")),
        (
            "another container",
            json!({}),
            json!({"initContainers": [{"name": "i", "image": "perl:5"}]}),
        ),
        (
            "the pod's own resources",
            json!({}),
            json!({"resources": {"requests": {"cpu": "1"}}}),
        ),
    ];
    for (why, before, after) in rows {
        let old = job(
            json!({"suspend": true}),
            &json!({"spec": before}),
            json!({}),
        );
        let found = told(&old, &json!({"spec": after}));
        assert_eq!(found.len(), 1, "{why}: {found:?}");
        let (error, end) = (&found[0], ": field is immutable");
        assert!(
            error.starts_with("spec.template.spec: Invalid value: {") && error.ends_with(end),
            "{why}: {error}"
        );
    }
}
