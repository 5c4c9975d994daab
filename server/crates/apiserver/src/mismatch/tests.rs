use serde_json::json;

use super::*;

fn job() -> Shape {
    Shape::Struct("io.k8s.api.batch.v1.Job".to_owned())
}

#[test]
fn k_03_says_what_go_says() {
    let container =
        |container: Value| json!({"spec": {"template": {"spec": {"containers": [container]}}}});
    let rows: [(Value, &str, &str, &[&str]); 12] = [
        (
            json!({"spec": {"parallelism": "x"}}),
            "json: cannot unmarshal string into Go struct field JobSpec.spec.parallelism of type int32",
            "unrecognized type: int32",
            &[".spec.parallelism: expected numeric (int or float), got string"],
        ),
        (
            json!({"spec": {"parallelism": 1.5}}),
            "json: cannot unmarshal number 1.5 into Go struct field JobSpec.spec.parallelism of type int32",
            "cannot convert float64 to int32",
            &[],
        ),
        (
            json!({"spec": {"activeDeadlineSeconds": 9_223_372_036_854_775_808_u64}}),
            "json: cannot unmarshal number 9223372036854775808 into Go struct field JobSpec.spec.activeDeadlineSeconds of type int64",
            "cannot convert float64 to int64",
            &[],
        ),
        (
            container(json!({"name": "c", "env": [{"name": "A", "value": 7}]})),
            "json: cannot unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string",
            "cannot convert int64 to string",
            &[
                ".spec.template.spec.containers[name=\"c\"].env[name=\"A\"].value: expected string, got &value.valueUnstructured{Value:7}",
            ],
        ),
        (
            json!({"metadata": {"labels": {"a": true}}}),
            "json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string",
            "unrecognized type: string",
            &[".metadata.labels.a: expected string, got &value.valueUnstructured{Value:true}"],
        ),
        (
            json!({"spec": {"template": {"spec": {"containers": {"name": "c"}}}}}),
            "json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container",
            "cannot restore slice from map",
            &[".spec.template.spec.containers: expected list, got &{map[name:c]}"],
        ),
        (
            json!({"spec": {"suspend": 3, "template": 4}}),
            "json: cannot unmarshal number into Go struct field JobSpec.spec.suspend of type bool",
            "unrecognized type: bool",
            &[
                ".spec.suspend: expected boolean, got &{3}",
                ".spec.template: expected map, got &{4}",
            ],
        ),
        (
            json!({"spec": {"completionMode": true}}),
            "json: cannot unmarshal bool into Go struct field JobSpec.spec.completionMode of type v1.CompletionMode",
            "unrecognized type: string",
            &[".spec.completionMode: expected string, got &value.valueUnstructured{Value:true}"],
        ),
        (
            container(json!({"name": "c", "imagePullPolicy": 7})),
            "json: cannot unmarshal number into Go struct field Container.spec.template.spec.containers.imagePullPolicy of type v1.PullPolicy",
            "cannot convert int64 to v1.PullPolicy",
            &[
                ".spec.template.spec.containers[name=\"c\"].imagePullPolicy: expected string, got &value.valueUnstructured{Value:7}",
            ],
        ),
        (
            container(json!({"name": "c", "securityContext": {"capabilities": {"add": "ALL"}}})),
            "json: cannot unmarshal string into Go struct field Capabilities.spec.template.spec.containers.securityContext.capabilities.add of type []v1.Capability",
            "cannot restore slice from string",
            &[
                ".spec.template.spec.containers[name=\"c\"].securityContext.capabilities.add: expected list, got &{ALL}",
            ],
        ),
        (
            container(json!({"name": "c", "resources": {"limits": 1}})),
            "json: cannot unmarshal number into Go struct field ResourceRequirements.spec.template.spec.containers.resources.limits of type v1.ResourceList",
            "cannot restore map from int64",
            &[
                ".spec.template.spec.containers[name=\"c\"].resources.limits: expected map, got &{1}",
            ],
        ),
        (
            json!({"spec": 4}),
            "json: cannot unmarshal number into Go struct field Job.spec of type v1.JobSpec",
            "cannot restore struct from: int64",
            &[".spec: expected map, got &{4}"],
        ),
    ];
    for (value, json, unstructured, typed) in rows {
        let shape = job();
        let found = first(&value, &shape).expect("a mismatch");
        assert_eq!(found.as_json(), json);
        assert_eq!(found.as_unstructured(), unstructured, "{json}");
        let found: Vec<_> = all(&value, &shape).iter().map(Mismatch::as_typed).collect();
        assert_eq!(found, typed, "{json}");
    }
    let (value, shape) = (json!({"spek": {}, "spec": {"suspend": null}}), job());
    assert!(first(&value, &shape).is_none());
    let unknown: Vec<_> = all(&value, &shape).iter().map(Mismatch::as_typed).collect();
    assert_eq!(unknown, [".spek: field not declared in schema"]);
}

#[test]
fn a_long_name_is_not_told_with_each_of_a_thousand_fields() {
    let mut container = json!({"name": "n".repeat(1 << 20)});
    for n in 0..1_000 {
        container[format!("unknown-{n}")] = json!(1);
    }
    let value = json!({"spec": {"template": {"spec": {"containers": [container]}}}});
    let shape = job();
    let told = all(&value, &shape).len();
    assert!((1..8).contains(&told), "{told}");
    assert!(first(&value, &shape).is_none(), "all else is of its type");
}

#[test]
fn k_03_says_what_types_say_that_read_their_own_text() {
    let port = |port: Value| json!({"livenessProbe": {"httpGet": {"port": port}}});
    let rows = [
        (
            "Secret",
            json!({"data": {"a": "hello"}}),
            "illegal base64 data at input byte 4",
        ),
        (
            "Container",
            json!({"resources": {"limits": {"cpu": "abc"}}}),
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        ),
        (
            "Container",
            port(json!(true)),
            "json: cannot unmarshal bool into Go value of type int32",
        ),
        (
            "Container",
            port(json!(1.5)),
            "json: cannot unmarshal number 1.5 into Go value of type int32",
        ),
        (
            "Secret",
            json!({"metadata": {"creationTimestamp": "x"}}),
            r#"parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006""#,
        ),
        (
            "Secret",
            json!({"metadata": {"creationTimestamp": 1}}),
            "json: cannot unmarshal number into Go value of type string",
        ),
    ];
    for (kind, value, expected) in rows {
        let shape = Shape::Struct(format!("io.k8s.api.core.v1.{kind}"));
        let found = first(&value, &shape).expect("a mismatch");
        assert_eq!(found.as_json(), expected);
        let unstructured = match found.shape {
            Shape::Leaf(Scalar::Bytes) => format!("error decoding from json: {expected}"),
            _ => expected.to_owned(),
        };
        assert_eq!(found.as_unstructured(), unstructured);
        assert!(all(&value, &shape).is_empty(), "any scalar to the merge");
    }
    let (value, shape) = (
        port(json!([])),
        Shape::Struct("io.k8s.api.core.v1.Container".to_owned()),
    );
    let typed: Vec<_> = all(&value, &shape).iter().map(Mismatch::as_typed).collect();
    assert_eq!(
        typed,
        [".livenessProbe.httpGet.port: expected any scalar, got &{[]}"]
    );
}

#[test]
fn k_08_prints_maps_as_go_does() {
    let value = json!({"b": [1, "x", null], "a": {"c": true, "d": "e f"}});
    assert_eq!(go_value(&value), "map[a:map[c:true d:e f] b:[1 x <nil>]]");
}
