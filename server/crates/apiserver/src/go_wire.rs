//! What Go's decoders take and ours do not, made into what both read: nulls among free keys and in
//! lists, amounts that are numbers (`cpu: 1`), base64 with broken lines.

use serde_json::{Value, json};

use crate::go_base64;
use crate::shapes::{Scalar, Shape};

/// What a null that is no field's value means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    /// Go's zero value: `data: {a: null}` is an empty text.
    AreZero,
    /// That nothing is there, which an apply looks at itself.
    Stay,
}

/// Rewrites a document that is of that shape; what fits no shape stays for the decoder to refuse.
pub fn soften(value: &mut Value, shape: &Shape, nulls: Nulls) {
    match (value, shape) {
        (Value::Object(map), Shape::Struct(_)) => {
            for (name, below) in map {
                soften(below, shape.field(name), nulls);
            }
        }
        (Value::Object(map), Shape::Map { item, .. }) => {
            map.values_mut().for_each(|below| entry(below, item, nulls));
        }
        (Value::Array(items), Shape::List { item, .. }) => {
            items.iter_mut().for_each(|below| entry(below, item, nulls));
        }
        (value @ Value::Number(_), Shape::Leaf(Scalar::Quantity)) => {
            *value = Value::String(value.to_string());
        }
        (Value::String(text), Shape::Leaf(Scalar::Bytes)) => {
            if let Some(canonical) = go_base64::canonical(text) {
                *text = canonical;
            }
        }
        _ => {}
    }
}

fn entry(value: &mut Value, shape: &Shape, nulls: Nulls) {
    match value {
        Value::Null if nulls == Nulls::AreZero => *value = zero(shape),
        _ => soften(value, shape, nulls),
    }
}

fn zero(shape: &Shape) -> Value {
    match shape {
        Shape::Struct(_) => json!({}),
        Shape::Leaf(Scalar::Text | Scalar::Bytes) => json!(""),
        Shape::Leaf(Scalar::Quantity) => json!("0"),
        Shape::Leaf(Scalar::Int32 | Scalar::Int64) => json!(0),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(kind: &str) -> Shape {
        Shape::Struct(format!("io.k8s.api.core.v1.{kind}"))
    }

    #[test]
    fn k_03_reads_what_go_reads() {
        let resources =
            |limits: Value| json!({"spec": {"containers": [{"resources": {"limits": limits}}]}});
        let rows = [
            (
                "a number is an amount",
                "Pod",
                resources(json!({"cpu": 1, "memory": "1Gi"})),
                resources(json!({"cpu": "1", "memory": "1Gi"})),
            ),
            (
                "no amount is none",
                "Pod",
                resources(json!({"memory": null})),
                resources(json!({"memory": "0"})),
            ),
            (
                "a null among free keys is an empty text",
                "ConfigMap",
                json!({"data": {"A": null, "limits": "1"}, "metadata": {"labels": {"a": null}}}),
                json!({"data": {"A": "", "limits": "1"}, "metadata": {"labels": {"a": ""}}}),
            ),
            (
                "a null in a list is empty, a field's stays",
                "Pod",
                json!({"spec": {"containers": [null, {"command": ["a", null], "image": null}]}}),
                json!({"spec": {"containers": [{}, {"command": ["a", ""], "image": null}]}}),
            ),
            (
                "lines may be broken, and what is no base64 stays",
                "Secret",
                json!({"data": {"a": "aGVs\nbG8=\n", "b": "aGVsbG8"}, "stringData": {"c": "d\n"}}),
                json!({"data": {"a": "aGVsbG8=", "b": "aGVsbG8"}, "stringData": {"c": "d\n"}}),
            ),
        ];
        for (why, kind, mut value, want) in rows {
            soften(&mut value, &shape(kind), Nulls::AreZero);
            assert_eq!(value, want, "{why}");
        }
        let mut applied = json!({"data": {"A": null}});
        soften(&mut applied, &shape("ConfigMap"), Nulls::Stay);
        assert_eq!(applied, json!({"data": {"A": null}}));
    }
}
