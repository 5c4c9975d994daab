mod columns;

use k8s_openapi::api::batch::v1::Job;
use serde_json::{Value, json};

use crate::testing::{created, merge, read, texts, updated};
use crate::{Kind, Update};

mod creation;
mod policies;
mod status;
mod templates;
mod transitions;
mod updates;
mod warnings;

fn body(change: Value) -> Value {
    let mut value = json!({"metadata": {"name": "pi", "namespace": "d"}, "spec": {"template": {"spec": {
        "restartPolicy": "Never", "containers": [{"name": "c", "image": "perl:5"}]}}}});
    merge(&mut value, &change);
    value
}

fn errors(change: Value) -> Vec<String> {
    texts(&created::<Job>(body(change)).validate_create())
}

#[test]
fn jobv_01_defaults() {
    let job: Job = read(body(json!({})));
    let spec = job.spec.expect("a spec");
    assert_eq!(
        (spec.completions, spec.parallelism, spec.backoff_limit),
        (Some(1), Some(1), Some(6))
    );
    assert_eq!(spec.completion_mode.as_deref(), Some("NonIndexed"));
    assert_eq!(
        spec.pod_replacement_policy.as_deref(),
        Some("TerminatingOrFailed")
    );
    assert_eq!(
        (spec.suspend, spec.manual_selector),
        (Some(false), Some(false))
    );
    let rows = [
        (
            "completions given",
            json!({"completions": 3}),
            (Some(3), Some(1), Some(6)),
        ),
        (
            "a work queue",
            json!({"parallelism": 2}),
            (None, Some(2), Some(6)),
        ),
        (
            "JOB-76",
            json!({"backoffLimitPerIndex": 1}),
            (Some(1), Some(1), Some(i32::MAX)),
        ),
    ];
    for (why, change, want) in rows {
        let spec = read::<Job>(body(json!({"spec": change})))
            .spec
            .expect("a spec");
        assert_eq!(
            (spec.completions, spec.parallelism, spec.backoff_limit),
            want,
            "{why}"
        );
    }
    let given = json!({
        "completions": 0, "parallelism": 0, "backoffLimit": 0, "completionMode": "Indexed", "suspend": true,
        "manualSelector": true, "podReplacementPolicy": "Failed", "backoffLimitPerIndex": 1,
    });
    let kept = read::<Job>(body(json!({"spec": given}))).spec;
    let kept = serde_json::to_value(kept).expect("JSON");
    for (field, value) in given.as_object().expect("an object") {
        assert_eq!(&kept[field], value, "{field}");
    }
    let pattern = json!({"type": "DisruptionTarget", "status": ""});
    let policy =
        json!({"rules": [{"action": "Ignore", "onPodConditions": [pattern, {"type": "x"}]}]});
    let under: Job = read(body(json!({"spec": {"podFailurePolicy": policy}})));
    let value = serde_json::to_value(&under.spec).expect("JSON");
    assert_eq!(value["podReplacementPolicy"], "Failed");
    for pattern in value["podFailurePolicy"]["rules"][0]["onPodConditions"]
        .as_array()
        .expect("patterns")
    {
        assert_eq!(pattern["status"], "True");
    }
    let labelled =
        json!({"spec": {"manualSelector": true, "template": {"metadata": {"labels": {"a": "b"}}}}});
    let labels = read::<Job>(body(labelled)).metadata.labels;
    assert_eq!(
        serde_json::to_value(labels).expect("JSON"),
        json!({"a": "b"}),
        "a copy of the template's"
    );
    let twice: Job = read(serde_json::to_value(created::<Job>(body(json!({})))).expect("JSON"));
    assert_eq!(
        twice,
        created::<Job>(body(json!({}))),
        "defaulting twice changes nothing"
    );
}

#[test]
fn jobv_02_generated_selector() {
    let job: Job = created(body(json!({})));
    let generated = json!({"job-name": "pi", "batch.kubernetes.io/job-name": "pi", "controller-uid": "u", "batch.kubernetes.io/controller-uid": "u"});
    let value = serde_json::to_value(&job).expect("JSON");
    assert_eq!(value["spec"]["template"]["metadata"]["labels"], generated);
    assert_eq!(
        value["metadata"]["labels"], generated,
        "an unlabelled Job shows them too"
    );
    let selector = json!({"matchLabels": {"batch.kubernetes.io/controller-uid": "u"}});
    assert_eq!(value["spec"]["selector"], selector);
    let given = json!({"spec": {
        "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": "w"}},
        "template": {"metadata": {"labels": {"job-name": "x", "more": "y"}}},
    }});
    let kept = serde_json::to_value(created::<Job>(body(given))).expect("JSON");
    let labels = &kept["spec"]["template"]["metadata"]["labels"];
    assert_eq!(
        (
            &labels["job-name"],
            &labels["more"],
            &labels["controller-uid"]
        ),
        (&json!("x"), &json!("y"), &json!("u")),
        "only what is absent is added"
    );
    assert_eq!(
        kept["spec"]["selector"]["matchLabels"],
        json!({"batch.kubernetes.io/controller-uid": "w"})
    );
    let manual = json!({"spec": {"manualSelector": true, "selector": {"matchLabels": {"a": "b"}}}});
    let manual = serde_json::to_value(created::<Job>(body(manual))).expect("JSON");
    assert_eq!(
        manual["spec"]["selector"],
        json!({"matchLabels": {"a": "b"}}),
        "nothing is generated"
    );
    let bare = updated(&job, &json!({"metadata": {"labels": null}}), Update::Main);
    assert_eq!(
        bare.metadata.labels, job.metadata.labels,
        "taken away, they are there again"
    );
    let own: Job = created(body(json!({"metadata": {"labels": {"a": "b"}}})));
    assert_eq!(
        own.metadata.labels.map(|labels| labels.len()),
        Some(1),
        "its own labels stay alone"
    );
}

#[test]
fn jobv_14_each_door_keeps_the_other_half() {
    let old: Job = created(body(json!({})));
    let patch = json!({"spec": {"parallelism": 7}, "status": {"active": 7}});
    let main = updated(&old, &patch, Update::Main);
    assert_eq!(
        (main.status.clone(), main.spec_changed(&old)),
        (old.status.clone(), true)
    );
    let status = updated(&old, &patch, Update::Status);
    assert_eq!(
        (status.spec.clone(), status.spec_changed(&old)),
        (old.spec.clone(), false)
    );
}

#[test]
fn jobv_17_fields() {
    let mut job: Job = created(body(json!({})));
    job.status = Some(serde_json::from_value(json!({"succeeded": 2})).expect("a status"));
    assert_eq!(job.fields(), [("status.successful", "2".to_owned())]);
    assert_eq!(Job::unsupported_field("x"), "field label not supported: x");
}
