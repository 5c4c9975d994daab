//! `pods/binding`: which pods take a node, and what is said of the rest (semantics.md 6.3, K-03).

use serde_json::{Value, json};

use crate::cluster::{Cluster, PODS, Reply, pod};

const BINDING: &str = "/api/v1/namespaces/default/pods/p/binding";

/// A binding of that pod to `node-1`, with more said in its metadata.
fn binding(name: &str, metadata: Value) -> Value {
    let mut binding = json!({"metadata": metadata, "target": {"kind": "Node", "name": "node-1"}});
    binding["metadata"]["name"] = json!(name);
    binding
}

async fn with_pod(spec: Value) -> (Cluster, Value) {
    let cluster = Cluster::start().await;
    let mut body = pod("p");
    let fields = spec.as_object().expect("fields of a specification");
    for (field, value) in fields {
        body["spec"][field] = value.clone();
    }
    let made = cluster.post(PODS, &body).await;
    assert_eq!(made.code, 201, "{}", made.text);
    (cluster, made.json())
}

fn told(reply: &Reply) -> (u16, String) {
    (reply.code, reply.message())
}

/// Upstream does not turn what is wrong with a binding's target into a Status.
#[tokio::test(start_paused = true)]
async fn k_03_what_is_wrong_with_a_binding() {
    let (cluster, _) = with_pod(json!({})).await;
    let named = |target: Value| json!({"metadata": {"name": "p"}, "target": target});
    let mismatch = "name in URL does not match name in Binding object";
    let kind = "target.kind: Unsupported value: \"Rack\": supported values: \"Node\", \"<empty>\"";
    let rows = [
        ("another's", binding("q", json!({})), 400, mismatch.to_owned()),
        (
            "nobody's",
            json!({"target": {"name": "node-1"}}),
            400,
            mismatch.to_owned(),
        ),
        (
            "of elsewhere",
            binding("p", json!({"namespace": "kube-system"})),
            400,
            "the namespace of the provided object does not match the namespace sent on the request: \"kube-system\" and \"default\"".to_owned(),
        ),
        (
            "to no node",
            named(json!({"kind": "Rack", "name": "n"})),
            500,
            kind.to_owned(),
        ),
        (
            "to nothing",
            named(json!({})),
            500,
            "target.name: Required value".to_owned(),
        ),
        (
            "to neither",
            named(json!({"kind": "Rack"})),
            500,
            format!("[{kind}, target.name: Required value]"),
        ),
    ];
    for (why, body, code, message) in rows {
        let reply = cluster.post(BINDING, &body).await;
        assert_eq!(told(&reply), (code, message), "{why}");
        let status = reply.json();
        match code {
            500 => assert_eq!(
                (status.get("reason"), status.get("details")),
                (None, None),
                "{why}: {status}"
            ),
            _ => assert_eq!(status["reason"], "BadRequest", "{why}"),
        }
    }
    let unbound = cluster.get(&format!("{PODS}/p")).await.json();
    assert_eq!(unbound["spec"].get("nodeName"), None);
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_is_held_back_is_not_bound() {
    let (cluster, _) = with_pod(json!({"schedulingGates": [{"name": "a.b/c"}]})).await;
    let refused = cluster.post(BINDING, &binding("p", json!({}))).await;
    assert_eq!(
        told(&refused),
        (
            409,
            "Operation cannot be fulfilled on pods/binding \"p\": pod p has non-empty .spec.schedulingGates".to_owned()
        )
    );
    let free = json!({"spec": {"schedulingGates": null}});
    let freed = cluster.patch("merge", &format!("{PODS}/p"), &free).await;
    assert_eq!(freed.code, 200, "{}", freed.text);
    let bound = cluster.post(BINDING, &binding("p", json!({}))).await;
    assert_eq!(bound.code, 201, "{}", bound.text);
    let again = cluster.post(BINDING, &binding("p", json!({}))).await;
    assert_eq!(
        told(&again),
        (
            409,
            "Operation cannot be fulfilled on pods/binding \"p\": pod p is already assigned to node \"node-1\"".to_owned()
        )
    );
    cluster.delete(&format!("{PODS}/p"), &json!({})).await;
    let leaving = cluster.post(BINDING, &binding("p", json!({}))).await;
    assert_eq!(
        told(&leaving),
        (
            409,
            "Operation cannot be fulfilled on pods/binding \"p\": pod p is being deleted, cannot be assigned to a host".to_owned()
        )
    );
}

/// Of the pod that was looked at, not of one that has its name by now.
#[tokio::test(start_paused = true)]
async fn a_binding_is_of_the_pod_that_it_names() {
    let (cluster, made) = with_pod(json!({})).await;
    let text = |field: &str| {
        let value = made["metadata"][field].as_str();
        value.expect("the server gives it").to_owned()
    };
    let (uid, version) = (text("uid"), text("resourceVersion"));
    let rows = [
        (
            json!({"uid": "x"}),
            format!("UID in precondition: x, UID in object meta: {uid}"),
        ),
        (
            json!({"uid": uid, "resourceVersion": "1"}),
            format!(
                "ResourceVersion in precondition: 1, ResourceVersion in object meta: {version}"
            ),
        ),
    ];
    for (metadata, why) in rows {
        let reply = cluster.post(BINDING, &binding("p", metadata)).await;
        let message = format!(
            "Operation cannot be fulfilled on pods \"p\": StorageError: invalid object, Code: 4, Key: \
             /registry/pods/default/p, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: {why}"
        );
        assert_eq!(told(&reply), (409, message));
    }
    let right = json!({"uid": uid, "resourceVersion": version});
    let dry = format!("{BINDING}?dryRun=All");
    let tried = cluster.post(&dry, &binding("p", right.clone())).await;
    assert_eq!(tried.code, 201, "{}", tried.text);
    let path = format!("{PODS}/p");
    let before = cluster.get(&path).await.json();
    assert_eq!(before["spec"].get("nodeName"), None, "a trial");
    assert_eq!(cluster.post(BINDING, &binding("p", right)).await.code, 201);
}

#[tokio::test(start_paused = true)]
async fn a_bound_pod_is_nominated_no_more() {
    let (cluster, _) = with_pod(json!({})).await;
    let path = format!("{PODS}/p");
    let nominated = json!({"status": {"nominatedNodeName": "node-2"}});
    cluster
        .patch("merge", &format!("{path}/status"), &nominated)
        .await;
    let mut told = binding("p", json!({"annotations": {"a": "b"}}));
    told["target"] = json!({"name": "node-1"});
    assert_eq!(cluster.post(BINDING, &told).await.code, 201);
    let bound = cluster.get(&path).await.json();
    assert_eq!(
        (
            &bound["spec"]["nodeName"],
            &bound["metadata"]["annotations"]["a"],
            &bound["metadata"]["generation"]
        ),
        (&json!("node-1"), &json!("b"), &json!(1))
    );
    assert_eq!(bound["status"].get("nominatedNodeName"), None);
    let conditions = bound["status"]["conditions"].as_array().expect("a list");
    let scheduled = conditions.iter().find(|c| c["type"] == "PodScheduled");
    assert_eq!(scheduled.expect("it is told")["status"], "True");
}

/// EV-01: an eviction says whose it is, too.
#[tokio::test(start_paused = true)]
async fn ev_01_an_eviction_names_its_pod() {
    let (cluster, _) = with_pod(json!({})).await;
    let path = format!("{PODS}/p/eviction");
    for body in [json!({}), json!({"metadata": {"name": "q"}})] {
        assert_eq!(
            told(&cluster.post(&path, &body).await),
            (
                400,
                "name in URL does not match name in Eviction object".to_owned()
            )
        );
    }
    let right = json!({"metadata": {"name": "p"}});
    assert_eq!(cluster.post(&path, &right).await.code, 201);
}

#[tokio::test(start_paused = true)]
async fn the_older_way_binds_the_pod_that_the_body_names() {
    let (cluster, _) = with_pod(json!({})).await;
    let path = "/api/v1/namespaces/default/bindings";
    let unnamed = cluster
        .post(path, &json!({"target": {"name": "node-1"}}))
        .await;
    assert_eq!(told(&unnamed), (400, "Name parameter required.".to_owned()));
    let gone = cluster.post(path, &binding("q", json!({}))).await;
    assert_eq!(told(&gone), (404, "pods \"q\" not found".to_owned()));
    let bound = cluster.post(path, &binding("p", json!({}))).await;
    assert_eq!(bound.code, 201, "{}", bound.text);
    let pod = cluster.get(&format!("{PODS}/p")).await.json();
    assert_eq!(pod["spec"]["nodeName"], "node-1");
    let again = cluster.post(path, &binding("p", json!({}))).await;
    let message = "Operation cannot be fulfilled on pods/binding \"p\": pod p is already assigned to node \"node-1\"";
    assert_eq!(told(&again), (409, message.to_owned()));
    assert_eq!(cluster.get(path).await.code, 405);
    let looking = [("authorization", "Bearer looking")];
    let body = binding("p", json!({})).to_string();
    assert_eq!(cluster.ask("POST", path, &looking, body).await.code, 403);
}
