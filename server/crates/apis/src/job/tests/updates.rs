use k8s_openapi::api::batch::v1::Job;
use serde_json::{Value, json};

use super::body;
use crate::Update;
use crate::testing::{created, update_errors};

#[test]
fn jobv_12_and_job_94_updates() {
    let running = body(json!({"spec": {"parallelism": 1, "completions": 2}}));
    let suspended = body(json!({"spec": {"suspend": true}}));
    let indexed =
        body(json!({"spec": {"completionMode": "Indexed", "completions": 2, "parallelism": 2}}));
    let selector = json!({"spec": {"template": {"spec": {"nodeSelector": {"a": "b"}}}}});
    let uneven =
        body(json!({"spec": {"completionMode": "Indexed", "completions": 1, "parallelism": 2}}));
    let queue = body(json!({"spec": {"parallelism": 1}}));
    let per_index = body(json!({"spec": {
        "completionMode": "Indexed", "completions": 3, "backoffLimitPerIndex": 1, "maxFailedIndexes": 1,
    }}));
    let rows: [(&str, &Value, Value, Vec<&str>); 17] = [
        (
            "everything that is free",
            &running,
            json!({"spec": {"parallelism": 2, "activeDeadlineSeconds": 3, "ttlSecondsAfterFinished": 2, "manualSelector": true}}),
            vec![],
        ),
        (
            "completions of one that has none",
            &queue,
            json!({"spec": {"completions": 1}}),
            vec!["spec.completions: Invalid value: 1: field is immutable"],
        ),
        (
            "JOB-72 in tandem, and it was not before",
            &uneven,
            json!({"spec": {"completions": 3, "parallelism": 3}}),
            vec![],
        ),
        (
            "JOB-72 both, and each otherwise",
            &indexed,
            json!({"spec": {"completions": 3, "parallelism": 4}}),
            vec![
                "spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism",
            ],
        ),
        (
            "JOB-72 no completions any more",
            &indexed,
            json!({"spec": {"completions": null, "parallelism": 3}}),
            vec!["spec.completions: Required value: when completion mode is Indexed"],
        ),
        (
            "JOB-72 fewer at once",
            &indexed,
            json!({"spec": {"parallelism": 1}}),
            vec![],
        ),
        (
            "JOB-72 more at once",
            &indexed,
            json!({"spec": {"parallelism": 3}}),
            vec![],
        ),
        (
            "another bound on failed indexes",
            &per_index,
            json!({"spec": {"maxFailedIndexes": 2}}),
            vec![],
        ),
        (
            "no bound on failed indexes",
            &per_index,
            json!({"spec": {"maxFailedIndexes": null}}),
            vec![],
        ),
        (
            "parallelism",
            &running,
            json!({"spec": {"parallelism": 5, "suspend": true}}),
            vec![],
        ),
        (
            "completions",
            &running,
            json!({"spec": {"completions": 3}}),
            vec!["spec.completions: Invalid value: 3: field is immutable"],
        ),
        (
            "JOB-72 in tandem",
            &indexed,
            json!({"spec": {"completions": 3, "parallelism": 3}}),
            vec![],
        ),
        (
            "JOB-72 alone",
            &indexed,
            json!({"spec": {"completions": 3}}),
            vec![
                "spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism",
            ],
        ),
        (
            "JOB-94 while suspended",
            &suspended,
            selector.clone(),
            vec![],
        ),
        (
            "JOB-94 and resumed at once",
            &suspended,
            json!({"spec": {"suspend": false, "template": {"spec": {"nodeSelector": {"a": "b"}}}}}),
            vec![],
        ),
        (
            "JOB-94 node affinity alone",
            &suspended,
            json!({"spec": {"template": {"spec": {"affinity": {"nodeAffinity": {}}}}}}),
            vec![],
        ),
        (
            "JOB-96 template annotations",
            &suspended,
            json!({"spec": {"template": {"metadata": {"annotations": {"a": "b"}}}}}),
            vec![],
        ),
    ];
    for (why, old, patch, want) in rows {
        assert_eq!(
            update_errors(&created::<Job>(old.clone()), &patch, Update::Main),
            want,
            "{why}"
        );
    }
    let immutable = [
        (
            "JOB-95 while running",
            &running,
            selector,
            "spec.template: Invalid value: {\"labels\":{\"batch.kubernetes.io/controller-uid\":\"u\",",
        ),
        (
            "JOB-95 while suspended",
            &suspended,
            json!({"spec": {"template": {"spec": {"hostNetwork": true}}}}),
            "spec.template.spec: Invalid value: {\"Volumes\":null,\"InitContainers\":null,\"Containers\":[{\"Name\":\"c\",",
        ),
    ];
    for (why, old, patch, start) in immutable {
        let errors = update_errors(&created::<Job>(old.clone()), &patch, Update::Main);
        assert!(
            errors.len() == 1 && errors[0].starts_with(start),
            "{why}: {errors:?}"
        );
        assert!(
            errors[0].ends_with("field is immutable"),
            "{why}: {errors:?}"
        );
    }
}

#[test]
fn jobv_12_what_is_fixed_and_what_is_free() {
    let policy =
        json!({"rules": [{"action": "Count", "onExitCodes": {"operator": "In", "values": [1]}}]});
    let success = json!({"rules": [{"succeededCount": 1}]});
    let old: Job = created(body(json!({"spec": {
        "completionMode": "Indexed", "completions": 2, "parallelism": 2, "backoffLimitPerIndex": 1,
        "podFailurePolicy": policy, "successPolicy": success, "managedBy": "a.b/c",
    }})));
    let fixed = [
        ("backoffLimitPerIndex", json!(2), "2"),
        ("backoffLimitPerIndex", json!(null), "\"null\""),
        ("managedBy", json!("a.b/d"), "\"a.b/d\""),
        ("managedBy", json!(null), "\"null\""),
        ("podFailurePolicy", json!({"rules": []}), "{\"Rules\":[]}"),
        (
            "podFailurePolicy",
            json!({"rules": [{"action": "Ignore", "onPodConditions": [{"type": "x"}]}]}),
            "{\"Rules\":[{\"Action\":\"Ignore\",\"OnExitCodes\":null,\"OnPodConditions\":[{\"Type\":\"x\",\"Status\":\"True\"}]}]}",
        ),
        (
            "podFailurePolicy",
            json!({"rules": [{"action": "Count", "onExitCodes": {"operator": "In", "values": [2]}}]}),
            "{\"Rules\":[{\"Action\":\"Count\",\"OnExitCodes\":{\"ContainerName\":null,\"Operator\":\"In\",\"Values\":[2]},\"OnPodConditions\":null}]}",
        ),
        (
            "successPolicy",
            json!({"rules": [{"succeededCount": 2}]}),
            "{\"Rules\":[{\"SucceededIndexes\":null,\"SucceededCount\":2}]}",
        ),
        (
            "selector",
            json!({"matchLabels": {"controller-uid": "u"}}),
            "{\"matchLabels\":{\"batch.kubernetes.io/controller-uid\":\"u\",\"controller-uid\":\"u\"}}",
        ),
        ("completionMode", json!("NonIndexed"), "\"NonIndexed\""),
    ];
    for (field, value, shown) in fixed {
        let found = update_errors(&old, &json!({"spec": {field: value}}), Update::Main);
        let want = format!("spec.{field}: Invalid value: {shown}: field is immutable");
        assert!(found.contains(&want), "{field}: {found:?}");
    }
    let free = [
        json!({"parallelism": 1}),
        json!({"suspend": true}),
        json!({"activeDeadlineSeconds": 9}),
        json!({"backoffLimit": 9}),
        json!({"ttlSecondsAfterFinished": 9}),
        json!({"maxFailedIndexes": 1}),
        json!({"manualSelector": true}),
    ];
    for change in free {
        let found = update_errors(&old, &json!({"spec": change}), Update::Main);
        assert_eq!(found, [""; 0], "{change}");
    }
    let plain: Job = created(body(json!({})));
    let change = json!({"spec": {"podReplacementPolicy": "Failed"}});
    assert_eq!(update_errors(&plain, &change, Update::Main), [""; 0]);
    let fewer = json!({"spec": {"completions": null}});
    assert_eq!(
        update_errors(&plain, &fewer, Update::Main),
        ["spec.completions: Invalid value: \"null\": field is immutable"]
    );
}

#[test]
fn jobv_12_what_is_added_later() {
    let indexed: Job = created(body(
        json!({"spec": {"completionMode": "Indexed", "completions": 5}}),
    ));
    let codes = json!({"operator": "In", "values": [1]});
    let policy = json!({"rules": [{"action": "Count", "onExitCodes": codes}]});
    let shown = "{\"Rules\":[{\"Action\":\"Count\",\"OnExitCodes\":{\"ContainerName\":null,\"Operator\":\"In\",\"Values\":[1]},\"OnPodConditions\":null}]}";
    let rows = [
        (
            "managedBy",
            json!("example.com/custom"),
            "\"example.com/custom\"",
        ),
        ("backoffLimitPerIndex", json!(1), "1"),
        (
            "successPolicy",
            json!({"rules": [{"succeededCount": 2}]}),
            "{\"Rules\":[{\"SucceededIndexes\":null,\"SucceededCount\":2}]}",
        ),
    ];
    for (field, value, shown) in rows {
        let found = update_errors(&indexed, &json!({"spec": {field: value}}), Update::Main);
        let want = format!("spec.{field}: Invalid value: {shown}: field is immutable");
        assert_eq!(found, [want]);
    }
    let change = json!({"spec": {"podFailurePolicy": policy, "podReplacementPolicy": "Failed"}});
    assert_eq!(
        update_errors(&indexed, &change, Update::Main),
        [format!(
            "spec.podFailurePolicy: Invalid value: {shown}: field is immutable"
        )]
    );
    let mut under = change["spec"].clone();
    under["completionMode"] = json!("Indexed");
    under["completions"] = json!(5);
    under["successPolicy"] = json!({"rules": [{"succeededIndexes": "1-3"}]});
    let under: Job = created(body(json!({"spec": under})));
    for field in ["podFailurePolicy", "successPolicy"] {
        let found = update_errors(&under, &json!({"spec": {field: null}}), Update::Main);
        let want = format!("spec.{field}: Invalid value: \"null\": field is immutable");
        assert_eq!(found, [want]);
    }
}

/// JOBV-05 to JOBV-07: an update is looked at as a create is, and what is wrong is told before what may not be.
#[test]
fn jobv_12_updates_are_looked_at() {
    let old: Job = created(body(json!({})));
    let wrong = json!({"spec": {"parallelism": -1, "completions": -2, "backoffLimit": -3}});
    assert_eq!(
        update_errors(&old, &wrong, Update::Main),
        [
            "spec.parallelism: Invalid value: -1: must be greater than or equal to 0",
            "spec.completions: Invalid value: -2: must be greater than or equal to 0",
            "spec.backoffLimit: Invalid value: -3: must be greater than or equal to 0",
            "spec.completions: Invalid value: -2: field is immutable",
        ]
    );
}

#[test]
fn jobv_03_jobv_04_updates() {
    let suspended: Job = created(body(json!({"spec": {"suspend": true}})));
    let without =
        |label: &str| json!({"spec": {"template": {"metadata": {"labels": {label: null}}}}});
    for (label, value) in [
        ("job-name", "pi"),
        ("batch.kubernetes.io/job-name", "pi"),
        ("controller-uid", "u"),
    ] {
        assert_eq!(
            update_errors(&suspended, &without(label), Update::Main),
            [format!(
                "spec.template.metadata.labels[{label}]: Required value: must be '{value}'"
            )]
        );
    }
    let mut older = suspended.clone();
    let labels = |job: &mut Job, prefixed: &str| {
        let spec = job.spec.as_mut().expect("a spec");
        let meta = spec.template.metadata.as_mut().expect("metadata");
        meta.labels.as_mut().expect("labels").remove(prefixed);
    };
    labels(&mut older, "batch.kubernetes.io/job-name");
    let spec = older.spec.as_mut().expect("a spec");
    let selector = json!({"matchLabels": {"controller-uid": "u"}});
    spec.selector = Some(serde_json::from_value(selector).expect("a selector"));
    let touched = json!({"spec": {"parallelism": 2}});
    assert_eq!(
        update_errors(&older, &touched, Update::Main),
        [""; 0],
        "JOBV-03: the old template did not have both"
    );
    let name = "n".repeat(61);
    let indexed: Job = created(body(json!({"metadata": {"name": name.as_str()}, "spec": {
        "completionMode": "Indexed", "completions": 10, "parallelism": 10,
    }})));
    let grown = json!({"spec": {"completions": 11, "parallelism": 11}});
    assert_eq!(
        update_errors(&indexed, &grown, Update::Main),
        [format!(
            "metadata.name: Invalid value: \"{name}\": will not able to create pod with invalid DNS label: {name}-10"
        )],
        "JOBV-04"
    );
}
