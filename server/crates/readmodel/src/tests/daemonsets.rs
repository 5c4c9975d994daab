//! DaemonSets as rows: a cell for each node, and its reason.

use orrery_view::{CellState, Kind, ListQuery, NodeCell, PodWhy, Row};
use serde_json::{Value, json};

use super::{at, cronjob, job, node, object, pod, put_pod, row};
use crate::model::Model;
use crate::page::page;

#[test]
fn a_daemonset_has_a_cell_for_each_node_with_its_reason() {
    let mut model = Model::default();
    for (name, labels) in [
        ("node-10", json!({"disk": "ssd"})),
        ("node-2", json!({"disk": "ssd"})),
        ("node-1", json!({})),
    ] {
        model.put_node(node(name, labels));
    }
    let daemonset = json!({
        "metadata": {"name": "logs", "namespace": "default", "uid": "logs"},
        "spec": {"selector": {}, "template": {"spec": {"nodeSelector": {"disk": "ssd"}, "containers": []}}},
        "status": {"currentNumberScheduled": 1, "desiredNumberScheduled": 2, "numberMisscheduled": 0,
                   "numberReady": 1, "numberAvailable": 1, "updatedNumberScheduled": 2},
    });
    model.put_daemonset(&object(daemonset, json!({})));
    let owner = json!([{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "logs", "uid": "logs", "controller": true}]);
    let port = json!([{"containerPort": 8080, "hostPort": 18080, "protocol": "TCP"}]);
    let containers = json!([{"name": "c", "image": "pause", "ports": port}]);
    put_pod(
        &mut model,
        &pod(
            "logs-a",
            "node-2",
            json!({"metadata": {"ownerReferences": owner}, "spec": {"containers": containers}}),
        ),
    );
    model.refresh(Kind::DaemonSet, at(0));
    let rows = page(&model, &ListQuery::of(Kind::DaemonSet), true, at(0)).rows;
    let Some(Row::DaemonSet(row)) = rows.first() else {
        panic!("a DaemonSet's row")
    };
    let cells: Vec<_> = row
        .cells
        .iter()
        .map(|cell| (cell.node.as_str(), cell.state, cell.why.as_str()))
        .collect();
    let expected = [
        ("node-1", CellState::Excluded, "nodeSelector disk=ssd"),
        ("node-2", CellState::Ready, ""),
        ("node-10", CellState::Missing, ""),
    ];
    assert_eq!(cells, expected);
    assert_eq!(row.cells[1].addresses, ["http://127.0.1.1:18080"]);
}

fn daemonset(change: Value) -> k8s_openapi::api::apps::v1::DaemonSet {
    let base = json!({
        "metadata": {"name": "logs", "namespace": "default", "uid": "logs", "generation": 1},
        "spec": {"selector": {}, "template": {"spec": {"containers": []}}},
        "status": {"currentNumberScheduled": 1, "desiredNumberScheduled": 1, "numberMisscheduled": 0,
                   "numberReady": 1, "numberAvailable": 1, "updatedNumberScheduled": 1, "observedGeneration": 1},
    });
    object(base, change)
}

/// The cells of the one DaemonSet as state and reason.
fn cells(model: &mut Model) -> Vec<(CellState, String)> {
    let cells = node_cells(model).into_iter();
    cells.map(|cell| (cell.state, cell.why)).collect()
}

fn node_cells(model: &mut Model) -> Vec<NodeCell> {
    model.refresh(Kind::DaemonSet, at(0));
    let rows = page(model, &ListQuery::of(Kind::DaemonSet), true, at(0)).rows;
    let Some(Row::DaemonSet(row)) = rows.into_iter().next() else {
        panic!("a DaemonSet's row")
    };
    row.cells
}

fn of_daemonset(uid: &str) -> Value {
    json!([{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "logs", "uid": uid, "controller": true}])
}

#[test]
fn what_a_node_says_of_its_health_is_no_matter_of_cells() {
    let mut model = Model::default();
    model.put_daemonset(&daemonset(json!({})));
    let both = [Kind::Node, Kind::DaemonSet];
    assert_eq!(model.put_node(node("node-1", json!({}))), both, "it came");
    let mut now = node("node-1", json!({}));
    now.status = None;
    assert_eq!(model.put_node(now.clone()), [Kind::Node], "its health");
    now.metadata.labels = Some([("disk".to_owned(), "ssd".to_owned())].into());
    assert_eq!(model.put_node(now.clone()), both, "a label");
    assert_eq!(model.put_node(now), [Kind::Node], "again");
    let tainted = json!({"spec": {"taints": [{"key": "gpu", "effect": "NoSchedule"}]}});
    let tainted = object(
        serde_json::to_value(node("node-1", json!({"disk": "ssd"}))).expect("a Node"),
        tainted,
    );
    assert_eq!(model.put_node(tainted), both, "a taint");
    let cells = cells(&mut model);
    assert_eq!(cells[0].1, "taint gpu:NoSchedule");
}

#[test]
fn a_cell_says_which_taint_selector_or_affinity_excludes_its_node() {
    let affinity = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd", "nvme"]},
                              {"key": "zone", "operator": "Exists"}]},
        {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-9"]}]}]}}});
    let taint =
        json!({"spec": {"taints": [{"key": "gpu", "value": "true", "effect": "NoSchedule"}]}});
    for (sentence, spec, node_change, expected) in [
        (
            "DS-01 a taint that is not tolerated",
            json!({}),
            taint.clone(),
            "taint gpu=true:NoSchedule",
        ),
        (
            "a selector",
            json!({"nodeSelector": {"disk": "ssd"}}),
            json!({}),
            "nodeSelector disk=ssd",
        ),
        (
            "the parts of each term that do not hold",
            json!({"affinity": affinity}),
            json!({}),
            "nodeAffinity disk In (ssd, nvme) | metadata.name In (node-9)",
        ),
        (
            "another node by name",
            json!({"nodeName": "node-9"}),
            json!({}),
            "nodeName node-9",
        ),
    ] {
        let mut model = Model::default();
        let base = serde_json::to_value(node("node-1", json!({"zone": "a"}))).expect("a Node");
        model.put_node(object(base, node_change));
        model.put_daemonset(&daemonset(json!({"spec": {"template": {"spec": spec}}})));
        assert_eq!(
            cells(&mut model),
            [(CellState::Excluded, expected.to_owned())],
            "{sentence}"
        );
    }
    let mut model = Model::default();
    let base = serde_json::to_value(node("node-1", json!({}))).expect("a Node");
    model.put_node(object(base, taint));
    let tolerates = json!({"spec": {"template": {"spec": {"tolerations": [{"key": "gpu", "operator": "Exists"}]}}}});
    model.put_daemonset(&daemonset(tolerates));
    assert_eq!(
        cells(&mut model),
        [(CellState::Missing, String::new())],
        "a tolerated taint excludes nothing"
    );
}

#[test]
fn a_cell_names_the_pod_that_holds_its_host_port() {
    let ports = json!([{"name": "c", "image": "pause", "ports": [{"containerPort": 80, "hostPort": 18080}]}]);
    let mut model = Model::default();
    model.put_node(node("node-1", json!({})));
    model.put_daemonset(&daemonset(
        json!({"spec": {"template": {"spec": {"containers": ports}}}}),
    ));
    assert_eq!(cells(&mut model), [(CellState::Missing, String::new())]);
    model.put_pod(
        &pod("web", "node-1", json!({"spec": {"containers": ports}})),
        at(0),
    );
    let [cell] = &node_cells(&mut model)[..] else {
        panic!("a cell for its node");
    };
    let taken = PodWhy::PortTaken {
        port: "18080/TCP".to_owned(),
        pod: "default/web".to_owned(),
    };
    assert_eq!(
        (cell.state, &cell.because),
        (CellState::Missing, &Some(taken))
    );
    model.remove_pod("web", at(1));
    assert_eq!(
        cells(&mut model),
        [(CellState::Missing, String::new())],
        "freed again"
    );
}

#[test]
fn a_cell_says_why_its_pod_is_pending() {
    let mut model = Model::default();
    model.put_node(node("node-1", json!({})));
    model.put_daemonset(&daemonset(json!({})));
    let here = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-1"]}]}]}}});
    let refused = json!({"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                         "message": "0/1 nodes are available: 1 Insufficient cpu."});
    let pending = json!({
        "metadata": {"ownerReferences": of_daemonset("logs")},
        "spec": {"nodeName": null, "affinity": here},
        "status": {"phase": "Pending", "conditions": [refused], "containerStatuses": null},
    });
    model.put_pod(&pod("a", "", pending), at(0));
    let [(state, why)] = &cells(&mut model)[..] else {
        panic!("a cell for its node");
    };
    assert!(
        *state == CellState::Pending && why.contains("Insufficient cpu"),
        "{state:?}: {why}"
    );
}

#[test]
fn a_pod_of_an_older_template_is_old_even_where_no_newer_one_exists() {
    let mut model = Model::default();
    model.put_node(node("node-1", json!({})));
    let annotated = |generation: &str| {
        daemonset(
            json!({"metadata": {"annotations": {"deprecated.daemonset.template.generation": generation}}}),
        )
    };
    model.put_daemonset(&annotated("1"));
    model.put_pod(
        &pod(
            "a",
            "node-1",
            json!({"metadata": {"ownerReferences": of_daemonset("logs"),
        "labels": {"pod-template-generation": "1", "controller-revision-hash": "x"}}}),
        ),
        at(0),
    );
    assert_eq!(cells(&mut model), [(CellState::Ready, String::new())]);
    model.put_daemonset(&annotated("2"));
    assert_eq!(
        cells(&mut model),
        [(CellState::Old, String::new())],
        "DS-12 OnDelete leaves it there"
    );
}

#[test]
fn a_daemonsets_pods_are_matched_by_uid_and_never_by_name() {
    let mut model = Model::default();
    model.put_node(node("node-1", json!({})));
    model.put_daemonset(&daemonset(json!({})));
    model.put_pod(
        &pod(
            "a",
            "node-1",
            json!({"metadata": {"ownerReferences": of_daemonset("the-one-before")}}),
        ),
        at(0),
    );
    assert_eq!(cells(&mut model), [(CellState::Missing, String::new())]);
}

#[test]
fn what_its_owner_let_go_is_its_no_longer() {
    let mut model = Model::default();
    model.put_node(node("node-1", json!({})));
    model.put_daemonset(&daemonset(json!({})));
    let owned = json!({"metadata": {"ownerReferences": of_daemonset("logs")}});
    put_pod(&mut model, &pod("a", "node-1", owned));
    assert_ne!(cells(&mut model)[0].0, CellState::Missing);
    put_pod(&mut model, &pod("a", "node-1", json!({})));
    assert_eq!(cells(&mut model), [(CellState::Missing, String::new())]);

    model.put_cronjob(&cronjob("etl", json!({})), at(0));
    let mut run = job("etl", 1, None);
    model.put_job(&run, at(1));
    assert_eq!(row(&mut model, at(1)).active, 1);
    run.metadata.owner_references = None;
    model.put_job(&run, at(1));
    assert_eq!(row(&mut model, at(1)).active, 0);
    assert_eq!(model.jobs_of("etl").count(), 0);
}

#[test]
fn a_daemonsets_status_never_lies() {
    use orrery_view::DaemonSetStatus::*;
    for (sentence, change, expected) in [
        ("every node is covered", json!({}), Healthy),
        (
            "a node without an available pod",
            json!({"numberAvailable": 0}),
            Unavailable,
        ),
        (
            "old pods remain, and serve",
            json!({"updatedNumberScheduled": 0}),
            Updating,
        ),
        (
            "no node wants one",
            json!({"desiredNumberScheduled": 0}),
            Idle,
        ),
        (
            "counts of a specification before say nothing of this one",
            json!({"observedGeneration": 0}),
            Updating,
        ),
        (
            "nor does a status that nobody wrote yet",
            json!({"observedGeneration": null, "desiredNumberScheduled": 0}),
            Updating,
        ),
        (
            "nobody replaces the old ones",
            json!({"updatedNumberScheduled": 0, "onDelete": true}),
            Paused,
        ),
    ] {
        let strategy = match change["onDelete"].as_bool() {
            Some(true) => "OnDelete",
            _ => "RollingUpdate",
        };
        let strategy = json!({"updateStrategy": {"type": strategy}});
        let daemonset = daemonset(json!({"status": change, "spec": strategy}));
        let facts = crate::facts::daemonset::DaemonSetFacts::of(&daemonset);
        assert_eq!(facts.row.status, expected, "{sentence}");
    }
}
