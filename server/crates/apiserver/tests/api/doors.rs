//! The doors of a pod beside its own and its status': `ephemeralcontainers` and `resize` (semantics.md
//! 6.3).

use serde_json::{Value, json};

use crate::cluster::{Cluster, PODS, Reply, pod};

const DEBUG: &str = "/api/v1/namespaces/default/pods/p/ephemeralcontainers";
const RESIZE: &str = "/api/v1/namespaces/default/pods/p/resize";
const APPLY: [(&str, &str); 1] = [("content-type", "application/apply-patch+yaml")];

async fn cluster() -> Cluster {
    let cluster = Cluster::start().await;
    let mut sized = pod("p");
    sized["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": "1"}});
    assert_eq!(cluster.post(PODS, &sized).await.code, 201);
    cluster
}

fn debugger(name: &str) -> Value {
    json!({"spec": {"ephemeralContainers": [{"name": name, "image": "busybox"}]}})
}

fn sized(cpu: &str) -> Value {
    json!({"spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": cpu}}}]}})
}

fn names(reply: &Reply) -> Vec<String> {
    let list = reply.json()["spec"]["ephemeralContainers"].clone();
    let containers = list.as_array().cloned().unwrap_or_default();
    let name = |container: Value| container["name"].as_str().unwrap_or_default().to_owned();
    containers.into_iter().map(name).collect()
}

#[tokio::test(start_paused = true)]
async fn ephemeral_containers_are_added_by_patch_and_by_update() {
    let cluster = cluster().await;
    let patched = cluster
        .patch("strategic-merge", DEBUG, &debugger("a"))
        .await;
    assert_eq!((patched.code, names(&patched)), (200, vec!["a".to_owned()]));
    let told = patched.json();
    assert_eq!(told["metadata"]["generation"], 2);
    let container = &told["spec"]["ephemeralContainers"][0];
    assert_eq!(
        container["terminationMessagePolicy"], "File",
        "it has defaults"
    );
    let mut whole = cluster.get(DEBUG).await.json();
    let added = json!({"name": "b", "image": "busybox", "targetContainerName": "c"});
    let list = whole["spec"]["ephemeralContainers"].as_array_mut();
    list.expect("a list").push(added);
    whole["metadata"]["labels"] = json!({"not": "here"});
    whole["spec"]["nodeName"] = json!("elsewhere");
    let put = cluster.put(DEBUG, &whole).await;
    assert_eq!(
        (put.code, names(&put)),
        (200, vec!["a".to_owned(), "b".to_owned()])
    );
    let told = put.json();
    assert_eq!(
        (&told["metadata"]["labels"], &told["spec"]["nodeName"]),
        (&Value::Null, &Value::Null)
    );
    let removal = json!([{"op": "remove", "path": "/spec/ephemeralContainers/0"}]);
    let gone = cluster.patch("json", DEBUG, &removal).await;
    assert_eq!(gone.code, 422);
    assert_eq!(
        gone.message(),
        "Pod \"p\" is invalid: spec.ephemeralContainers: Forbidden: existing ephemeral containers \"a\" may not be removed\n"
    );
    let cause = gone.json()["details"]["causes"][0].clone();
    assert_eq!(
        (&cause["reason"], &cause["field"]),
        (
            &json!("FieldValueForbidden"),
            &json!("spec.ephemeralContainers")
        )
    );
}

#[tokio::test(start_paused = true)]
async fn a_pod_is_resized_by_patch_and_by_update() {
    let cluster = cluster().await;
    let patched = cluster
        .patch("strategic-merge", RESIZE, &sized("1500m"))
        .await;
    assert_eq!(patched.code, 200, "{}", patched.text);
    let told = patched.json();
    let resources = &told["spec"]["containers"][0]["resources"];
    assert_eq!(resources["requests"]["cpu"], "1500m");
    assert_eq!(told["metadata"]["generation"], 2);
    let mut whole = cluster.get(RESIZE).await.json();
    whole["spec"]["containers"][0]["resources"]["requests"]["cpu"] = json!("2");
    whole["spec"]["containers"][0]["image"] = json!("another");
    let put = cluster.put(RESIZE, &whole).await;
    assert_eq!(put.code, 200, "{}", put.text);
    let container = put.json()["spec"]["containers"][0].clone();
    assert_eq!(
        (
            &container["resources"]["requests"]["cpu"],
            &container["image"]
        ),
        (&json!("2"), &json!("busybox"))
    );
    let dry = format!("{RESIZE}?dryRun=All");
    assert_eq!(cluster.patch("merge", &dry, &json!({})).await.code, 200);
    let stale = json!({"metadata": {"resourceVersion": "1"}, "spec": sized("3")["spec"]});
    assert_eq!(
        cluster.patch("strategic-merge", RESIZE, &stale).await.code,
        409
    );
    let main = cluster
        .patch("strategic-merge", &format!("{PODS}/p"), &sized("3"))
        .await;
    assert_eq!(main.code, 422, "the main door is shut to it");
}

#[tokio::test(start_paused = true)]
async fn what_comes_in_through_a_door_is_owned_by_it() {
    let cluster = cluster().await;
    let by = |path: &str, who: &str| format!("{path}?fieldManager={who}");
    cluster
        .patch(
            "strategic-merge",
            &by(DEBUG, "kubectl-debug"),
            &debugger("d"),
        )
        .await;
    cluster
        .patch("strategic-merge", &by(RESIZE, "kubectl-patch"), &sized("2"))
        .await;
    let told = cluster.get(&format!("{PODS}/p")).await.json();
    let entries = told["metadata"]["managedFields"].as_array().cloned();
    let entries = entries.expect("managers");
    let of = |who: &str| {
        entries
            .iter()
            .find(|entry| entry["manager"] == who)
            .cloned()
    };
    let debug = of("kubectl-debug").expect("a manager");
    assert_eq!(debug["subresource"], "ephemeralcontainers");
    let fields = &debug["fieldsV1"]["f:spec"]["f:ephemeralContainers"];
    assert!(fields["k:{\"name\":\"d\"}"].is_object(), "{debug}");
    let resize = of("kubectl-patch").expect("a manager");
    assert_eq!(resize["subresource"], "resize");
    assert_eq!(
        resize["fieldsV1"],
        json!({"f:spec": {"f:containers": {"k:{\"name\":\"c\"}": {"f:resources": {"f:requests": {"f:cpu": {}}}}}}})
    );
}

#[tokio::test(start_paused = true)]
async fn an_applied_configuration_brings_in_what_the_door_is_for() {
    let cluster = cluster().await;
    let mut config = json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "p", "labels": {"not": "here"}},
        "spec": {"containers": [{"name": "c", "image": "another", "resources": {"requests": {"cpu": "2"}}}],
            "ephemeralContainers": [{"name": "d", "image": "busybox"}]}});
    let path = |door: &str| format!("{door}?fieldManager=me&force=true");
    let resized = cluster
        .ask("PATCH", &path(RESIZE), &APPLY, config.to_string())
        .await;
    assert_eq!(resized.code, 200, "{}", resized.text);
    let told = resized.json();
    let container = &told["spec"]["containers"][0];
    assert_eq!(
        (
            &container["image"],
            &container["resources"]["requests"]["cpu"]
        ),
        (&json!("busybox"), &json!("2"))
    );
    assert_eq!(told["metadata"]["labels"], Value::Null);
    assert_eq!(names(&resized), [""; 0]);
    let spec = config["spec"].as_object_mut().expect("a specification");
    spec.remove("containers");
    let debugged = cluster
        .ask("PATCH", &path(DEBUG), &APPLY, config.to_string())
        .await;
    assert_eq!(
        (debugged.code, names(&debugged)),
        (200, vec!["d".to_owned()]),
        "{}",
        debugged.text
    );
    let missing = cluster
        .ask(
            "PATCH",
            &path(&RESIZE.replace("/p/", "/none/")),
            &APPLY,
            config
                .to_string()
                .replace("\"name\":\"p\"", "\"name\":\"none\""),
        )
        .await;
    assert_eq!(missing.code, 404, "a door creates nothing");
}

#[tokio::test(start_paused = true)]
async fn the_doors_are_announced_and_guarded() {
    let cluster = cluster().await;
    let list = cluster.get("/api/v1").await.json();
    let resources = list["resources"].as_array().cloned().expect("resources");
    let document = cluster.get("/openapi/v3/api/v1").await.json();
    for (door, name) in [(DEBUG, "ephemeralcontainers"), (RESIZE, "resize")] {
        let known = resources
            .iter()
            .find(|r| r["name"] == format!("pods/{name}"));
        let known = known.expect("it is announced");
        assert_eq!(
            (&known["kind"], &known["verbs"]),
            (&json!("Pod"), &json!(["get", "patch", "update"]))
        );
        let path = format!("/api/v1/namespaces/{{namespace}}/pods/{{name}}/{name}");
        let operations = &document["paths"][&path];
        for operation in ["get", "put", "patch"] {
            assert!(operations[operation].is_object(), "{path} {operation}");
        }
        for (method, code) in [("POST", 405), ("DELETE", 405), ("GET", 200)] {
            assert_eq!(
                cluster.ask(method, door, &[], "").await.code,
                code,
                "{method} {door}"
            );
        }
        let looking = [("authorization", "Bearer looking")];
        let refused = cluster.ask("GET", door, &looking, "").await;
        assert_eq!(refused.code, 403);
        let words = format!("cannot get resource \"pods/{name}\"");
        assert!(refused.message().contains(&words), "{}", refused.message());
        let elsewhere = door.replace("/pods/p/", "/pods/none/");
        assert_eq!(cluster.get(&elsewhere).await.code, 404);
    }
    let jobs = "/apis/batch/v1/namespaces/default/jobs/j/resize";
    assert_eq!(cluster.get(jobs).await.code, 404, "of pods only");
}
