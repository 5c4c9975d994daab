use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ManagedFieldsEntry, Time};
use serde_json::{Value, json};

use super::{
    Applied, Conflict, Manager, Operation, Sent, applied, created, read, read_sent, updated, write,
};
use crate::shapes::Shape;

fn pod() -> Shape {
    Shape::Struct("io.k8s.api.core.v1.Pod".to_owned())
}

fn manager(name: &str, operation: Operation, second: i64) -> Manager {
    Manager {
        name: name.to_owned(),
        operation,
        api_version: "v1".to_owned(),
        subresource: String::new(),
        time: Some(Time(
            Timestamp::from_second(second).expect("a small number"),
        )),
        owns: Default::default(),
    }
}

fn applier(name: &str) -> Manager {
    manager(name, Operation::Apply, 1)
}

fn apply_to(
    before: &Applied,
    config: &Value,
    me: &str,
    force: bool,
) -> Result<Applied, Vec<Conflict>> {
    applied(
        &before.object,
        config,
        &pod(),
        before.managers.clone(),
        applier(me),
        force,
    )
}

fn fields(managers: &[Manager], name: &str) -> Value {
    let found = managers.iter().find(|m| m.name == name);
    found.map_or(Value::Null, |m| m.owns.to_fields())
}

fn with_containers(containers: Value) -> Value {
    json!({"metadata": {"name": "p"}, "spec": {"containers": containers}})
}

#[test]
fn k_18_an_update_owns_what_it_wrote() {
    let new = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "p", "uid": "u", "labels": {"a": "1"}},
        "spec": {
            "containers": [{"name": "c", "image": "i", "resources": {}, "command": ["x"],
                "ports": [{"containerPort": 80}]}],
            "nodeSelector": {"a": "b"},
        },
    });
    let me = manager("kubectl-create", Operation::Update, 1);
    let managers = updated(&json!({}), &new, &pod(), Vec::new(), me);
    let wanted = json!({
        "f:metadata": {"f:labels": {".": {}, "f:a": {}}},
        "f:spec": {
            "f:containers": {".": {}, "k:{\"name\":\"c\"}": {
                ".": {}, "f:name": {}, "f:image": {}, "f:resources": {}, "f:command": {},
                "f:ports": {".": {}, "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {
                    ".": {}, "f:containerPort": {},
                }},
            }},
            "f:nodeSelector": {},
        },
    });
    assert_eq!(fields(&managers, "kubectl-create"), wanted);
}

#[test]
fn k_18_managers_survive_being_written_and_read() {
    let config = with_containers(json!([{"name": "c", "env": [{"name": "a", "value": "1"}]}]));
    let first = created(&config, &pod(), applier("one"));
    let entries = write(first.managers.clone()).expect("something is owned");
    assert_eq!(read(&entries).expect("just written"), first.managers);
}

#[test]
fn k_18_another_value_is_a_conflict_and_the_same_value_is_shared() {
    let first = created(
        &with_containers(json!([{"name": "c", "image": "1"}])),
        &pod(),
        applier("one"),
    );
    let same = with_containers(json!([{"name": "c", "image": "1"}]));
    let shared = apply_to(&first, &same, "two", false).expect("both say the same");
    assert_eq!(
        fields(&shared.managers, "one"),
        fields(&shared.managers, "two")
    );
    let other = with_containers(json!([{"name": "c", "image": "2"}]));
    let refused = apply_to(&shared, &other, "two", false).expect_err("one owns the image");
    let conflict = Conflict {
        manager: "\"one\"".to_owned(),
        path: ".spec.containers[name=\"c\"].image".to_owned(),
    };
    assert_eq!(refused, [conflict]);
    let forced = apply_to(&shared, &other, "two", true).expect("forced");
    assert_eq!(forced.object["spec"]["containers"][0]["image"], "2");
    assert_eq!(
        fields(&forced.managers, "one")["f:spec"]["f:containers"]["k:{\"name\":\"c\"}"],
        json!({".": {}, "f:name": {}}),
        "the image went over to two"
    );
}

#[test]
fn k_18_what_is_no_longer_applied_goes_unless_somebody_owns_it() {
    struct Row {
        says: &'static str,
        first: Value,
        between: Option<Value>,
        second: Value,
        wanted: Value,
    }
    let labels = |labels: Value| json!({"metadata": {"name": "p", "labels": labels}});
    let table = [
        Row {
            says: "a label goes, the map stays",
            first: labels(json!({"a": "1", "b": "2"})),
            between: None,
            second: labels(json!({"a": "1"})),
            wanted: labels(json!({"a": "1"})),
        },
        Row {
            says: "the last label takes the empty map along",
            first: labels(json!({"a": "1"})),
            between: None,
            second: json!({"metadata": {"name": "p"}}),
            wanted: json!({"metadata": {"name": "p"}}),
        },
        Row {
            says: "what another manager owns too stays",
            first: labels(json!({"a": "1", "b": "2"})),
            between: Some(labels(json!({"b": "2"}))),
            second: labels(json!({"a": "1"})),
            wanted: labels(json!({"a": "1", "b": "2"})),
        },
        Row {
            says: "an element goes with the defaults in it",
            first: with_containers(
                json!([{"name": "c", "image": "1"}, {"name": "d", "image": "2"}]),
            ),
            between: None,
            second: with_containers(json!([{"name": "d", "image": "2"}])),
            wanted: with_containers(json!([{"name": "d", "image": "2"}])),
        },
        Row {
            says: "an element stays that another applies too",
            first: with_containers(
                json!([{"name": "c", "image": "1"}, {"name": "d", "image": "2"}]),
            ),
            between: Some(with_containers(json!([{"name": "c"}]))),
            second: with_containers(json!([{"name": "d", "image": "2"}])),
            wanted: with_containers(json!([{"name": "c"}, {"name": "d", "image": "2"}])),
        },
    ];
    for row in table {
        let mut state = created(&row.first, &pod(), applier("one"));
        if let Some(between) = row.between {
            state = apply_to(&state, &between, "two", false).expect(row.says);
        }
        let state = apply_to(&state, &row.second, "one", false).expect(row.says);
        assert_eq!(state.object, row.wanted, "{}", row.says);
    }
}

#[test]
fn k_18_an_element_goes_though_somebody_owns_a_part_of_it() {
    let both = with_containers(json!([{"name": "c", "image": "1"}, {"name": "d", "image": "2"}]));
    let first = created(&both, &pod(), applier("one"));
    let changed =
        with_containers(json!([{"name": "c", "image": "1"}, {"name": "d", "image": "3"}]));
    let other = manager("other", Operation::Update, 2);
    let managers = updated(&both, &changed, &pod(), first.managers, other);
    let state = Applied {
        object: changed,
        managers,
    };
    let less = with_containers(json!([{"name": "c", "image": "1"}]));
    let pruned = apply_to(&state, &less, "one", false).expect("nobody minds");
    assert_eq!(pruned.object, less);
    assert_eq!(fields(&pruned.managers, "other"), Value::Null);
}

#[test]
fn k_18_lists_are_laid_over_each_other_in_the_order_of_both() {
    struct Row {
        says: &'static str,
        live: &'static [&'static str],
        config: &'static [&'static str],
        wanted: &'static [&'static str],
    }
    let table = [
        Row {
            says: "what is new goes behind",
            live: &["a"],
            config: &["n"],
            wanted: &["a", "n"],
        },
        Row {
            says: "what is new goes before what it stands before",
            live: &["a", "b"],
            config: &["n", "b"],
            wanted: &["a", "n", "b"],
        },
        Row {
            says: "what only the server has keeps its place",
            live: &["a", "s", "b"],
            config: &["b", "n"],
            wanted: &["a", "s", "b", "n"],
        },
        Row {
            says: "the configuration's order wins",
            live: &["a", "b", "s"],
            config: &["b", "a", "n"],
            wanted: &["b", "s", "a", "n"],
        },
        Row {
            says: "a repeated one that is named becomes one",
            live: &["a", "a", "b"],
            config: &["a"],
            wanted: &["a", "b"],
        },
        Row {
            says: "a repeated one that is not named stays",
            live: &["a", "a", "b"],
            config: &["c"],
            wanted: &["a", "a", "b", "c"],
        },
    ];
    let list = |names: &[&str]| -> Value {
        let item = |name: &&str| json!({"name": name});
        with_containers(names.iter().map(item).collect())
    };
    for row in table {
        let live = list(row.live);
        let writer = manager("other", Operation::Update, 1);
        let managers = updated(&json!({}), &live, &pod(), Vec::new(), writer);
        let merged = applied(
            &live,
            &list(row.config),
            &pod(),
            managers,
            applier("one"),
            true,
        );
        let merged = merged.expect("forced").object;
        assert_eq!(merged, list(row.wanted), "{}", row.says);
    }
}

#[test]
fn k_18_what_stands_in_a_repeated_element_is_nobodys() {
    let env = |env: Value| with_containers(json!([{"name": "c", "env": env}]));
    let owned = |managers: &[Manager], name: &str| {
        fields(managers, name)["f:spec"]["f:containers"]["k:{\"name\":\"c\"}"]["f:env"].clone()
    };
    let twice = env(
        json!([{"name": "A", "value": "1"}, {"name": "A", "value": "2"}, {"name": "B", "value": "3"}]),
    );
    let writer = manager("writer", Operation::Update, 1);
    let managers = updated(&json!({}), &twice, &pod(), Vec::new(), writer);
    let of_b = json!({".": {}, "f:name": {}, "f:value": {}});
    assert_eq!(
        owned(&managers, "writer"),
        json!({".": {}, "k:{\"name\":\"A\"}": {}, "k:{\"name\":\"B\"}": of_b})
    );
    let changed = env(
        json!([{"name": "A", "value": "1"}, {"name": "A", "value": "3"}, {"name": "B", "value": "3"}]),
    );
    let another = manager("another", Operation::Update, 1);
    let after = updated(&twice, &changed, &pod(), managers.clone(), another);
    assert_eq!(owned(&after, "another"), json!({"k:{\"name\":\"A\"}": {}}));
    assert_eq!(
        owned(&after, "writer"),
        json!({".": {}, "k:{\"name\":\"B\"}": of_b})
    );
    let one = env(json!([{"name": "A", "value": "2"}]));
    let refused = applied(&twice, &one, &pod(), managers, applier("one"), false);
    let refused = refused.expect_err("the writer owns the element");
    assert_eq!(
        refused[0].path,
        ".spec.containers[name=\"c\"].env[name=\"A\"]"
    );
}

#[test]
fn k_18_a_null_is_owned_and_clears_what_changes_as_a_whole() {
    let live = json!({
        "metadata": {"name": "p", "labels": {"a": "1"}},
        "spec": {"priority": 1, "nodeSelector": {"a": "b"}, "containers": [{"name": "c"}]},
    });
    let config = json!({
        "metadata": {"name": "p", "labels": null},
        "spec": {"priority": null, "nodeSelector": null, "containers": null, "hostname": null},
    });
    let writer = manager("writer", Operation::Update, 1);
    let managers = updated(&json!({}), &live, &pod(), Vec::new(), writer);
    let refused = applied(
        &live,
        &config,
        &pod(),
        managers.clone(),
        applier("one"),
        false,
    );
    let paths: Vec<_> = refused
        .expect_err("the writer owns what is cleared")
        .into_iter()
        .map(|conflict| conflict.path)
        .collect();
    assert_eq!(paths, [".spec.nodeSelector", ".spec.priority"]);
    let forced = applied(&live, &config, &pod(), managers, applier("one"), true).expect("forced");
    let mut object = forced.object;
    crate::nulls::forget(&mut object);
    let wanted = json!({
        "metadata": {"name": "p", "labels": {"a": "1"}},
        "spec": {"containers": [{"name": "c"}]},
    });
    assert_eq!(object, wanted);
    let owned = json!({
        "f:metadata": {"f:labels": {}},
        "f:spec": {"f:priority": {}, "f:nodeSelector": {}, "f:containers": {}, "f:hostname": {}},
    });
    assert_eq!(fields(&forced.managers, "one"), owned);
}

#[test]
fn k_18_conflicts_come_by_manager_and_one_level_before_the_next() {
    let labelled = |labels: Value, annotation: &str, priority: i64| {
        json!({
            "metadata": {"name": "p", "generateName": "p-", "labels": labels, "annotations": {"z": annotation}},
            "spec": {"priority": priority, "securityContext": {"runAsUser": priority}, "subdomain": annotation},
        })
    };
    let first = created(&labelled(json!({"a": "1"}), "1", 1), &pod(), applier("zoe"));
    assert_eq!(
        fields(&first.managers, "zoe")["f:metadata"]["f:generateName"],
        json!({})
    );
    let adam = json!({"metadata": {"labels": {"a": "1"}}});
    let both = apply_to(&first, &adam, "adam", false).expect("both say the same");
    let other = labelled(json!({"a": "2"}), "2", 2);
    let refused = apply_to(&both, &other, "one", false).expect_err("all is owned");
    let shown: Vec<_> = refused
        .iter()
        .map(|c| format!("{} {}", c.manager, c.path))
        .collect();
    let wanted = [
        "\"adam\" .metadata.labels.a",
        "\"zoe\" .metadata.annotations.z",
        "\"zoe\" .metadata.labels.a",
        "\"zoe\" .spec.priority",
        "\"zoe\" .spec.subdomain",
        "\"zoe\" .spec.securityContext.runAsUser",
    ];
    assert_eq!(shown, wanted);
}

#[test]
fn k_18_what_a_body_says_of_managers_holds_if_it_can_be_read() {
    let good = json!({
        "manager": "m", "operation": "Apply", "apiVersion": "v1",
        "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {}},
    });
    let with = |field: &str, value: Value| {
        let mut entry = good.clone();
        entry[field] = value;
        json!([entry])
    };
    let rows = [
        (json!(null), "nothing"),
        (json!([]), "reset"),
        (json!([{}]), "reset"),
        (json!([{}, {}]), "nothing"),
        (json!([good]), "1 managers"),
        (with("fieldsType", json!(null)), "nothing"),
        (with("fieldsType", json!("FieldsV2")), "nothing"),
        (with("apiVersion", json!("")), "nothing"),
        (with("apiVersion", json!(null)), "nothing"),
        (with("operation", json!("Create")), "nothing"),
    ];
    for (sent, wanted) in rows {
        let entries: Option<Vec<ManagedFieldsEntry>> =
            serde_json::from_value(sent.clone()).expect("entries");
        let read = match read_sent(entries.as_deref()) {
            Sent::Nothing => "nothing".to_owned(),
            Sent::Reset => "reset".to_owned(),
            Sent::Managers(managers) => format!("{} managers", managers.len()),
        };
        assert_eq!(read, wanted, "{sent}");
    }
}

#[test]
fn k_18_updaters_stay_bounded() {
    let (mut object, mut managers) = (json!({"metadata": {"labels": {}}}), Vec::new());
    for second in 0..15 {
        let mut next = object.clone();
        next["metadata"]["labels"][format!("l{second}")] = json!("x");
        let me = manager(&format!("m{second}"), Operation::Update, second);
        managers = updated(&object, &next, &pod(), managers, me);
        object = next;
    }
    assert_eq!(managers.len(), 10);
    let ancient = fields(&managers, "ancient-changes");
    assert_eq!(ancient["f:metadata"]["f:labels"]["f:l0"], json!({}));
}

#[test]
fn k_18_an_object_without_managers_belongs_to_before_first_apply() {
    let live = json!({"metadata": {"name": "p"}, "spec": {"priority": 1}});
    let config = json!({"metadata": {"name": "p"}, "spec": {"priority": 2}});
    let refused = applied(&live, &config, &pod(), Vec::new(), applier("one"), false);
    let conflict = &refused.expect_err("somebody wrote it before")[0];
    assert_eq!(conflict.path, ".spec.priority");
    assert!(
        conflict
            .manager
            .starts_with("\"before-first-apply\" using v1")
    );
}
