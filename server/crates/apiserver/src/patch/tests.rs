use serde_json::{Value, json};

use super::strategic_merge;
use crate::shapes::Shape;

/// Fields of several types side by side, as no one type has them.
fn shape_of(document: &Value) -> Shape {
    let owner = match document {
        Value::Object(map) if map.contains_key("env") => "core.v1.Container",
        Value::Object(map) if map.contains_key("finalizers") => {
            return Shape::Struct("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta".to_owned());
        }
        Value::Object(map) if map.contains_key("spec") => "core.v1.Pod",
        _ => "core.v1.PodSpec",
    };
    Shape::Struct(format!("io.k8s.api.{owner}"))
}

struct Row {
    says: &'static str,
    original: Value,
    patch: Value,
    wanted: Value,
}

/// K-17.
#[test]
fn strategic_merges() {
    let table = [
        Row {
            says: "maps merge, null deletes",
            original: json!({"a": 1, "b": {"c": 2, "d": 3}}),
            patch: json!({"a": null, "b": {"c": 4}}),
            wanted: json!({"b": {"c": 4, "d": 3}}),
        },
        Row {
            says: "containers merge by name, a new one is appended",
            original: json!({"containers": [{"name": "a", "image": "1"}]}),
            patch: json!({"containers": [{"name": "b"}, {"name": "a", "image": "2"}]}),
            wanted: json!({"containers": [{"name": "a", "image": "2"}, {"name": "b"}]}),
        },
        Row {
            says: "an element is deleted by its key",
            original: json!({"env": [{"name": "a"}, {"name": "b"}]}),
            patch: json!({"env": [{"name": "a", "$patch": "delete"}]}),
            wanted: json!({"env": [{"name": "b"}]}),
        },
        Row {
            says: "tolerations are replaced whole",
            original: json!({"tolerations": [{"key": "a"}]}),
            patch: json!({"tolerations": [{"key": "b"}]}),
            wanted: json!({"tolerations": [{"key": "b"}]}),
        },
        Row {
            says: "$patch: replace takes the map as it is",
            original: json!({"m": {"a": 1}}),
            patch: json!({"m": {"$patch": "replace", "b": 2}}),
            wanted: json!({"m": {"b": 2}}),
        },
        Row {
            says: "a $patch: replace element replaces the list",
            original: json!({"env": [{"name": "a"}]}),
            patch: json!({"env": [{"$patch": "replace"}, {"name": "b"}]}),
            wanted: json!({"env": [{"name": "b"}]}),
        },
        Row {
            says: "$retainKeys drops what it does not name",
            original: json!({"volumes": [{"name": "v", "emptyDir": {}}]}),
            patch: json!({"volumes": [{"name": "v", "$retainKeys": ["name", "hostPath"], "hostPath": {"path": "/x"}}]}),
            wanted: json!({"volumes": [{"name": "v", "hostPath": {"path": "/x"}}]}),
        },
        Row {
            says: "finalizers are a set, deleted by value",
            original: json!({"finalizers": ["a", "b"]}),
            patch: json!({"finalizers": ["c"], "$deleteFromPrimitiveList/finalizers": ["a"]}),
            wanted: json!({"finalizers": ["b", "c"]}),
        },
        Row {
            says: "$setElementOrder orders; what only the server has goes before what followed it there",
            original: json!({"containers": [{"name": "a"}, {"name": "s"}, {"name": "b"}]}),
            patch: json!({
                "$setElementOrder/containers": [{"name": "b"}, {"name": "a"}],
                "containers": [{"name": "b", "image": "x"}],
            }),
            wanted: json!({"containers": [{"name": "s"}, {"name": "b", "image": "x"}, {"name": "a"}]}),
        },
        Row {
            says: "directives leave nothing behind in what is new",
            original: json!({}),
            patch: json!({"spec": {"$setElementOrder/containers": [{"name": "a"}], "containers": [{"name": "a", "x": null}]}}),
            wanted: json!({"spec": {"containers": [{"name": "a"}]}}),
        },
    ];
    for row in table {
        let mut document = row.original;
        let shape = shape_of(&row.patch);
        strategic_merge(&mut document, row.patch, &shape).expect("a good patch");
        assert_eq!(document, row.wanted, "{}", row.says);
    }
}

/// A body of three megabytes holds a list of a hundred thousand; looked through for each of its items it
/// would hold a core for minutes.
#[test]
fn long_lists_merge_in_the_time_of_one_look() {
    const COUNT: usize = 100_000;
    let list = |image: &str| -> Value {
        let item = |n: usize| json!({"name": format!("c{n}"), "image": image});
        (0..COUNT).map(item).collect()
    };
    let order: Value = (0..COUNT)
        .rev()
        .map(|n| json!({"name": format!("c{n}")}))
        .collect();
    let mut document = json!({"containers": list("1"), "finalizers": []});
    let patch = json!({"containers": list("2"), "$setElementOrder/containers": order});
    let shape = Shape::Struct("io.k8s.api.core.v1.PodSpec".to_owned());
    let began = tokio::time::Instant::now();
    strategic_merge(&mut document, patch, &shape).expect("a good patch");
    let merged = document["containers"].as_array().expect("a list");
    assert_eq!(merged.len(), COUNT);
    assert_eq!(merged[0], json!({"name": "c99999", "image": "2"}));
    let finalizers: Value = (0..COUNT)
        .map(|n| Value::from(format!("a.b/{n}")))
        .collect();
    let shape = Shape::Struct("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta".to_owned());
    let patch =
        json!({"finalizers": finalizers, "$deleteFromPrimitiveList/finalizers": finalizers});
    strategic_merge(&mut document, patch, &shape).expect("a good patch");
    assert_eq!(document["finalizers"], json!([]));
    // unoptimised and on a busy machine it takes two; by looking through it took ten minutes
    assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
}

#[test]
fn contradictions_are_refused() {
    let bad = [
        json!({"$patch": "explode"}),
        json!({"containers": [{"image": "no name"}]}),
        json!({"$retainKeys": ["a"], "b": 1}),
        json!([1]),
    ];
    for patch in bad {
        let mut document = json!({"containers": [{"name": "a"}]});
        assert!(
            strategic_merge(&mut document, patch.clone(), &shape_of(&patch)).is_err(),
            "{patch}"
        );
    }
}
