use serde_json::{Value, json};

use super::errors;
use crate::job_template::validate_job_spec;
use crate::testing::{merge, texts};

const RULE: &str = "spec.podFailurePolicy.rules[0]";

/// The errors of a policy of these rules.
fn of(rules: Value) -> Vec<String> {
    errors(json!({"spec": {"podFailurePolicy": {"rules": rules}}}))
}

/// The errors of one rule, each without the rule's path.
fn of_one(rule: Value) -> Vec<String> {
    let found = of(json!([rule]));
    let cut = |error: &String| error.strip_prefix(RULE).map(str::to_owned);
    found
        .iter()
        .map(|error| cut(error).unwrap_or_else(|| panic!("{error}")))
        .collect()
}

#[test]
fn jobv_09_rules_and_their_actions() {
    let codes = json!({"operator": "In", "values": [1]});
    let patterns = json!([{"type": "DisruptionTarget"}]);
    let rows: [(&str, Value, Vec<&str>); 6] = [
        (
            "no action",
            json!({"action": "", "onExitCodes": codes}),
            vec![
                ".action: Required value: valid values: [\"Count\" \"FailIndex\" \"FailJob\" \"Ignore\"]",
            ],
        ),
        (
            "another",
            json!({"action": "Hope", "onExitCodes": codes}),
            vec![
                ".action: Unsupported value: \"Hope\": supported values: \"Count\", \"FailIndex\", \"FailJob\", \"Ignore\"",
            ],
        ),
        (
            "FailIndex without failures per index",
            json!({"action": "FailIndex", "onExitCodes": codes}),
            vec![
                ".action: Invalid value: \"FailIndex\": requires the backoffLimitPerIndex to be set",
            ],
        ),
        (
            "both",
            json!({"action": "Count", "onExitCodes": codes, "onPodConditions": patterns}),
            vec![
                ": Invalid value: specifying both OnExitCodes and OnPodConditions is not supported",
            ],
        ),
        (
            "neither",
            json!({"action": "Count"}),
            vec![": Invalid value: specifying one of OnExitCodes and OnPodConditions is required"],
        ),
        (
            "patterns",
            json!({"action": "Ignore", "onPodConditions": patterns}),
            vec![],
        ),
    ];
    for (why, rule, want) in rows {
        assert_eq!(of_one(rule), want, "{why}");
    }
    let rule = json!({"action": "FailIndex", "onExitCodes": codes});
    let per_index = json!({"spec": {"completionMode": "Indexed", "backoffLimitPerIndex": 1, "podFailurePolicy": {"rules": [rule]}}});
    assert_eq!(errors(per_index), [""; 0]);
    let rules = |count: usize| {
        json!(vec![
            json!({"action": "Count", "onExitCodes": codes});
            count
        ])
    };
    assert_eq!(of(rules(20)), [""; 0]);
    assert_eq!(
        of(rules(21)),
        ["spec.podFailurePolicy.rules: Too many: 21: must have at most 20 items"]
    );
}

#[test]
fn jobv_09_exit_codes() {
    let with = |change: Value| {
        let mut codes = json!({"operator": "In", "values": [1, 3]});
        merge(&mut codes, &change);
        let found = of_one(json!({"action": "Count", "onExitCodes": codes}));
        let cut = |error: &String| error.strip_prefix(".onExitCodes.").map(str::to_owned);
        let cut = |error: &String| cut(error).unwrap_or_else(|| panic!("{error}"));
        found.iter().map(cut).collect::<Vec<_>>()
    };
    let all: Vec<i32> = (1..=256).collect();
    let rows: [(&str, Value, Vec<&str>); 12] = [
        ("as they should be", json!({"containerName": "c"}), vec![]),
        (
            "0 in the middle, which is disorder as well",
            json!({"values": [1, 0, 2]}),
            vec![
                "values[1]: Invalid value: 0: must not be 0 for the In operator",
                "values: Invalid value: [1,0,2]: must be ordered",
            ],
        ),
        (
            "in disorder",
            json!({"values": [19, 11]}),
            vec!["values: Invalid value: [19,11]: must be ordered"],
        ),
        (
            "three times",
            json!({"values": [12, 13, 13, 13]}),
            vec![
                "values[2]: Duplicate value: 13",
                "values[3]: Duplicate value: 13",
            ],
        ),
        (
            "0 is no failure",
            json!({"values": [0]}),
            vec!["values[0]: Invalid value: 0: must not be 0 for the In operator"],
        ),
        (
            "but something else than 3",
            json!({"operator": "NotIn", "values": [0, 3]}),
            vec![],
        ),
        (
            "no operator",
            json!({"operator": ""}),
            vec!["operator: Required value: valid values: [\"In\" \"NotIn\"]"],
        ),
        (
            "another",
            json!({"operator": "Near"}),
            vec!["operator: Unsupported value: \"Near\": supported values: \"In\", \"NotIn\""],
        ),
        (
            "of nobody",
            json!({"containerName": "x"}),
            vec![
                "containerName: Invalid value: \"x\": must be one of the container or initContainer names in the pod template",
            ],
        ),
        (
            "none",
            json!({"values": []}),
            vec!["values: Invalid value: []: at least one value is required"],
        ),
        (
            "too many",
            json!({"values": all}),
            vec!["values: Too many: 256: must have at most 255 items"],
        ),
        (
            "twice and in disorder",
            json!({"values": [3, 1, 3]}),
            vec![
                "values[2]: Duplicate value: 3",
                "values: Invalid value: [3,1,3]: must be ordered",
            ],
        ),
    ];
    for (why, change, want) in rows {
        assert_eq!(with(change), want, "{why}");
    }
    let rule = json!({"action": "Count", "onExitCodes": {"operator": "In", "values": [1], "containerName": "first"}});
    let spec = json!({"spec": {"podFailurePolicy": {"rules": [rule]}, "template": {"spec": {"initContainers": [{"name": "first", "image": "i"}]}}}});
    assert_eq!(errors(spec), [""; 0], "the name of an initContainer");
    let second = json!([
        {"action": "Ignore", "onExitCodes": {"containerName": "c", "operator": "In", "values": [1]}},
        {"action": "FailJob", "onExitCodes": {"containerName": "xyz", "operator": "In", "values": [5]}},
    ]);
    assert_eq!(
        of(second),
        [
            "spec.podFailurePolicy.rules[1].onExitCodes.containerName: Invalid value: \"xyz\": must be one of the container or initContainer names in the pod template"
        ]
    );
}

#[test]
fn jobv_09_condition_patterns() {
    let with = |patterns: Value| of_one(json!({"action": "Count", "onPodConditions": patterns}));
    assert_eq!(
        with(json!([{"type": "a.b/Ready", "status": "Unknown"}, {"type": "x", "status": "False"}])),
        [""; 0]
    );
    assert_eq!(
        with(json!([{"type": "Ready", "status": "Maybe"}])),
        [
            ".onPodConditions[0].status: Unsupported value: \"Maybe\": supported values: \"False\", \"True\", \"Unknown\""
        ]
    );
    let nameless = with(json!([{"type": "", "status": "True"}]));
    assert_eq!(
        nameless[0],
        ".onPodConditions[0].type: Invalid value: \"\": name part must be non-empty"
    );
    assert_eq!(
        with(json!([{"type": "Invalid Condition Type"}])),
        [
            ".onPodConditions[0].type: Invalid value: \"Invalid Condition Type\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
        ]
    );
    let undefaulted = json!({"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}},
        "podFailurePolicy": {"rules": [{"action": "Ignore", "onPodConditions": [{"type": "x"}]}]}});
    let undefaulted = serde_json::from_value(undefaulted).expect("a specification");
    let told = texts(&validate_job_spec(&undefaulted, "spec"));
    let want = format!(
        "{RULE}.onPodConditions[0].status: Required value: valid values: [\"False\" \"True\" \"Unknown\"]"
    );
    assert!(told.contains(&want), "where no default was given: {told:?}");
    let many = vec![json!({"type": "x", "status": "True"}); 21];
    assert_eq!(
        with(json!(many)),
        [".onPodConditions: Too many: 21: must have at most 20 items"]
    );
}

#[test]
fn jobv_11_success() {
    let with = |rules: Value| {
        errors(
            json!({"spec": {"completionMode": "Indexed", "completions": 6, "successPolicy": {"rules": rules}}}),
        )
    };
    let one = |rule: Value| {
        let found = with(json!([rule]));
        let cut = |error: &String| {
            error
                .strip_prefix("spec.successPolicy.rules[0]")
                .map(str::to_owned)
        };
        found
            .iter()
            .map(|error| cut(error).unwrap_or_else(|| panic!("{error}")))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        with(json!([])),
        [
            "spec.successPolicy.rules: Required value: at least one rules must be specified when the successPolicy is specified"
        ]
    );
    let second = json!([{"succeededCount": 1}, {"succeededIndexes": "6"}]);
    assert_eq!(
        with(second),
        [
            "spec.successPolicy.rules[1].succeededIndexes: Invalid value: \"6\": error parsing succeededIndexes: too large index: \"6\""
        ]
    );
    let most = json!(vec![json!({"succeededCount": 1}); 20]);
    assert_eq!(with(most), [""; 0]);
    let many = json!(vec![json!({"succeededCount": 1}); 21]);
    assert_eq!(
        with(many),
        ["spec.successPolicy.rules: Too many: 21: must have at most 20 items"]
    );
    let parsing = |text: &str, why: &str| {
        format!(
            ".succeededIndexes: Invalid value: \"{text}\": error parsing succeededIndexes: {why}"
        )
    };
    let rows: [(&str, Value, Vec<String>); 13] = [
        (
            "all of them",
            json!({"succeededIndexes": "0-5", "succeededCount": 6}),
            vec![],
        ),
        (
            "words",
            json!({"succeededIndexes": "invalid-format"}),
            vec![parsing(
                "invalid-format",
                "cannot convert string to integer for index: \"invalid\"",
            )],
        ),
        (
            "indexes and a count",
            json!({"succeededIndexes": "0,2-4", "succeededCount": 4}),
            vec![],
        ),
        (
            "nothing",
            json!({}),
            vec![
                ": Required value: at least one of succeededCount or succeededIndexes must be specified"
                    .to_owned(),
            ],
        ),
        (
            "beyond the last",
            json!({"succeededIndexes": "0,6"}),
            vec![parsing("0,6", "too large index: \"6\"")],
        ),
        (
            "an interval beyond the last",
            json!({"succeededIndexes": "0-99999999999"}),
            vec![parsing("0-99999999999", "too large index: \"99999999999\"")],
        ),
        (
            "no number",
            json!({"succeededIndexes": "a"}),
            vec![parsing(
                "a",
                "cannot convert string to integer for index: \"a\"",
            )],
        ),
        (
            "three parts",
            json!({"succeededIndexes": "1-2-3"}),
            vec![parsing(
                "1-2-3",
                "the fragment \"1-2-3\" violates the requirement that an index interval can have at most two parts separated by '-'",
            )],
        ),
        (
            "an interval that goes back",
            json!({"succeededIndexes": "3-3"}),
            vec![parsing("3-3", "non-increasing order, previous: 3, current: 3")],
        ),
        (
            "a list that goes back",
            json!({"succeededIndexes": "1-3,3"}),
            vec![parsing(
                "1-3,3",
                "non-increasing order, previous: 3, current: 3",
            )],
        ),
        (
            "more than there are",
            json!({"succeededCount": 7}),
            vec![
                ".succeededCount: Invalid value: 7: must be less than or equal to 6 (the number of specified completions)".to_owned(),
            ],
        ),
        (
            "more than are listed",
            json!({"succeededIndexes": "0-1", "succeededCount": 3}),
            vec![
                ".succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)".to_owned(),
            ],
        ),
        (
            "a list that cannot be read names none",
            json!({"succeededIndexes": "x", "succeededCount": 1}),
            vec![
                parsing("x", "cannot convert string to integer for index: \"x\""),
                ".succeededCount: Invalid value: 1: must be less than or equal to 0 (the number of indexes in the specified succeededIndexes field)".to_owned(),
            ],
        ),
    ];
    for (why, rule, want) in rows {
        assert_eq!(one(rule), want, "{why}");
    }
    let long = format!("0{}", ",1".repeat(32 * 1024));
    let found = one(json!({"succeededIndexes": long}));
    assert_eq!(
        found[0],
        ".succeededIndexes: Too long: may not be more than 65536 bytes"
    );
}
