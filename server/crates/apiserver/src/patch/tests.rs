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
        Value::Object(map) if map.contains_key("selector") => "policy.v1.PodDisruptionBudgetSpec",
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
            says: "containers merge by name and stand as the patch lists them",
            original: json!({"containers": [{"name": "a", "image": "1"}]}),
            patch: json!({"containers": [{"name": "b"}, {"name": "a", "image": "2"}]}),
            wanted: json!({"containers": [{"name": "b"}, {"name": "a", "image": "2"}]}),
        },
        Row {
            says: "a new container goes before those that only the server has",
            original: json!({"containers": [{"name": "a"}]}),
            patch: json!({"containers": [{"name": "b"}]}),
            wanted: json!({"containers": [{"name": "b"}, {"name": "a"}]}),
        },
        Row {
            says: "what the patch does not name keeps its place among what it names",
            original: json!({"containers": [{"name": "a"}, {"name": "b"}, {"name": "c"}]}),
            patch: json!({"containers": [{"name": "b", "image": "2"}]}),
            wanted: json!({"containers": [{"name": "a"}, {"name": "b", "image": "2"}, {"name": "c"}]}),
        },
        Row {
            says: "an element is deleted by its key",
            original: json!({"env": [{"name": "a"}, {"name": "b"}]}),
            patch: json!({"env": [{"name": "a", "$patch": "delete"}]}),
            wanted: json!({"env": [{"name": "b"}]}),
        },
        Row {
            says: "what is deleted is gone before anything merges, wherever the patch says so",
            original: json!({"env": [{"name": "a", "value": "1"}]}),
            patch: json!({"env": [{"name": "a"}, {"name": "a", "$patch": "delete"}]}),
            wanted: json!({"env": [{"name": "a"}]}),
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
            wanted: json!({"finalizers": ["c", "b"]}),
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
            says: "$setElementOrder wins over the order of the patch's own",
            original: json!({"finalizers": ["a", "b"]}),
            patch: json!({"$setElementOrder/finalizers": ["b", "c", "a"], "finalizers": ["c"]}),
            wanted: json!({"finalizers": ["b", "c", "a"]}),
        },
        Row {
            says: "what is new is taken without nulls and without what has a $patch",
            original: json!({}),
            patch: json!({"spec": {
                "containers": [{"name": "a", "x": null}, {"name": "b", "$patch": "delete"}],
                "securityContext": {"$patch": "replace", "runAsUser": 1},
            }}),
            wanted: json!({"spec": {"containers": [{"name": "a"}]}}),
        },
        Row {
            says: "a list that is ordered and new is ordered",
            original: json!({}),
            patch: json!({
                "$setElementOrder/containers": [{"name": "a"}, {"name": "b"}],
                "containers": [{"name": "a"}, {"name": "b"}],
            }),
            wanted: json!({"containers": [{"name": "a"}, {"name": "b"}]}),
        },
        Row {
            says: "a directive that nobody knows is a field that nobody knows",
            original: json!({"a": 1}),
            patch: json!({"$foo": "bar"}),
            wanted: json!({"a": 1, "$foo": "bar"}),
        },
        Row {
            says: "the selector of a disruption budget is replaced",
            original: json!({"minAvailable": 1, "selector": {"matchLabels": {"a": "1"}}}),
            patch: json!({"selector": {"matchLabels": {"b": "2"}}}),
            wanted: json!({"minAvailable": 1, "selector": {"matchLabels": {"b": "2"}}}),
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
    let backwards = |list: Value| -> Value {
        let items = list.as_array().into_iter().flatten();
        items.rev().cloned().collect()
    };
    let order = backwards(list("0"));
    let mut document = json!({"containers": list("1"), "finalizers": []});
    let patch = json!({"containers": backwards(list("2")), "$setElementOrder/containers": order});
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

/// K-17, in upstream's words.
#[test]
fn contradictions_are_refused() {
    let rows = [
        (
            json!({"$patch": "explode"}),
            "unknown patch type: explode in map: map[$patch:explode]",
        ),
        (
            json!({"$patch": "merge", "a": 1}),
            "unknown patch type: merge in map: map[$patch:merge a:1]",
        ),
        (
            json!({"containers": [{"name": "b", "$patch": "merge"}]}),
            "merging lists cannot yet be specified in the patch",
        ),
        (
            json!({"containers": [{"name": "b", "$patch": "add"}]}),
            "unknown patch type: add in map: map[$patch:add name:b]",
        ),
        (
            json!({"containers": [{"image": "i"}]}),
            "map: map[image:i] does not contain declared merge key: name",
        ),
        (
            json!({"containers": ["a"]}),
            "expected a map[string]interface {}, but received a string",
        ),
        (
            json!({"$retainKeys": ["a"], "b": 1}),
            "invalid patch format of retainKeys",
        ),
        (
            json!({"$retainKeys": "a"}),
            "invalid patch format of retainKeys",
        ),
        (
            json!({"$setElementOrder/containers": "a"}),
            "expected a []interface {}, but received a string",
        ),
        (
            json!({"$setElementOrder": []}),
            "invalid patch format of setElementOrder list",
        ),
        (
            json!({"$deleteFromPrimitiveList": []}),
            "invalid patch format of primitive list",
        ),
        (
            json!({
                "$setElementOrder/containers": [{"name": "a"}, {"name": "b"}],
                "containers": [{"name": "b"}, {"name": "a"}],
            }),
            "The order in patch list:\n[map[name:b] map[name:a]]\n doesn't match $setElementOrder list:\n\
             [map[name:a] map[name:b]]\n",
        ),
        (
            json!({
                "$setElementOrder/containers": [{"name": "a"}],
                "containers": [{"name": "b"}],
            }),
            "The order in patch list:\n[map[name:b]]\n doesn't match $setElementOrder list:\n[map[name:a]]\n",
        ),
        (json!([1]), "a strategic merge patch is a JSON object"),
    ];
    for (patch, why) in rows {
        let mut document = json!({"containers": [{"name": "a"}]});
        let refused = strategic_merge(&mut document, patch.clone(), &shape_of(&patch));
        assert_eq!(refused, Err(why.to_owned()), "{patch}");
    }
}
