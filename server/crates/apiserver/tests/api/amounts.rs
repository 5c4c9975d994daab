//! What counts as a change of a template, and what is only said in other words.

use serde_json::{Value, json};

use crate::cluster::{Cluster, JOBS, PODS, job, pod};

const SETS: &str = "/apis/apps/v1/namespaces/default/daemonsets";
const CRONJOBS: &str = "/apis/batch/v1/namespaces/default/cronjobs";
const COUNT: &str = "deprecated.daemonset.template.generation";

fn limits(memory: &str, cpu: &str) -> Value {
    json!({"containers": [{
        "name": "c", "resources": {"limits": {"memory": memory, "cpu": cpu}},
    }]})
}

fn with_limits(mut spec: Value) -> Value {
    spec["containers"][0]["resources"] = limits("1Gi", "2")["containers"][0]["resources"].clone();
    spec
}

fn set(pod: Value) -> Value {
    let labels = json!({"app": "d"});
    json!({"metadata": {"name": "o"}, "spec": {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }})
}

/// A cluster with one of each kind, named `o`.
async fn one_of_each() -> Cluster {
    let cluster = Cluster::start().await;
    let alone = with_limits(pod("o")["spec"].clone());
    let mut run = job("o");
    run["spec"]["template"]["spec"] = with_limits(run["spec"]["template"]["spec"].clone());
    let timed = json!({"metadata": {"name": "o"}, "spec": {
        "schedule": "* * * * *", "jobTemplate": {"spec": run["spec"]},
    }});
    let mut one = pod("o");
    one["spec"] = alone.clone();
    let mut lasting = alone;
    lasting["restartPolicy"] = json!("Always");
    for (path, body) in [
        (PODS, one),
        (JOBS, run),
        (CRONJOBS, timed),
        (SETS, set(lasting)),
    ] {
        let made = cluster.post(path, &body).await;
        assert_eq!(made.code, 201, "{path}: {}", made.text);
    }
    cluster
}

/// A patch of the object's pods, where it has them.
fn patch(path: &str, pod: Value) -> Value {
    match path {
        PODS => json!({"spec": pod}),
        CRONJOBS => json!({"spec": {"jobTemplate": {"spec": {"template": {"spec": pod}}}}}),
        _ => json!({"spec": {"template": {"spec": pod}}}),
    }
}

#[tokio::test(start_paused = true)]
async fn jobv_12_dsv_05_an_equal_amount_in_other_words_is_no_change() {
    let cluster = one_of_each().await;
    for path in [PODS, JOBS, CRONJOBS, SETS] {
        let object = format!("{path}/o");
        for (memory, cpu) in [("1073741824", "2e0"), ("1048576Ki", "2000m")] {
            let change = patch(path, limits(memory, cpu));
            let told = cluster.patch("strategic-merge", &object, &change).await;
            assert_eq!(told.code, 200, "{path}: {}", told.text);
            let kept = told.json();
            assert_eq!(kept["metadata"]["generation"], 1, "{path} {memory}");
            if path == SETS {
                assert_eq!(kept["metadata"]["annotations"][COUNT], "1");
            }
        }
        let change = patch(path, limits("1073741824", "2"));
        let told = cluster.patch("strategic-merge", &object, &change).await;
        assert!(told.text.contains("1073741824"), "it is kept as it is said");
    }
}

#[tokio::test(start_paused = true)]
async fn jobv_12_dsv_05_another_amount_is_one() {
    let cluster = one_of_each().await;
    for (path, code) in [(PODS, 422), (JOBS, 422), (CRONJOBS, 200), (SETS, 200)] {
        let object = format!("{path}/o");
        let change = patch(path, limits("2Gi", "2"));
        let told = cluster.patch("strategic-merge", &object, &change).await;
        assert_eq!(told.code, code, "{path}: {}", told.text);
        if code == 200 {
            assert_eq!(told.json()["metadata"]["generation"], 2, "{path}");
        }
    }
    let set = cluster.get(&format!("{SETS}/o")).await.json();
    assert_eq!(set["metadata"]["annotations"][COUNT], "2");
}

#[tokio::test(start_paused = true)]
async fn dsv_05_what_says_nothing_of_the_template_does_not_count_beside_a_change_of_the_rest() {
    let cluster = one_of_each().await;
    let object = format!("{SETS}/o");
    let strategy = |most: i32| json!({"rollingUpdate": {"maxUnavailable": most}});
    for (most, pod) in [
        (2, json!({"volumes": [], "hostIPC": false})),
        (3, limits("1048576Ki", "2000m")),
    ] {
        let mut change = patch(SETS, pod);
        change["spec"]["updateStrategy"] = strategy(most);
        let told = cluster.patch("strategic-merge", &object, &change).await;
        assert_eq!(told.code, 200, "{}", told.text);
        let kept = told.json();
        assert_eq!(kept["metadata"]["generation"], most);
        assert_eq!(kept["metadata"]["annotations"][COUNT], "1", "{most}");
    }
    let mut both = patch(SETS, json!({"hostNetwork": true}));
    both["spec"]["updateStrategy"] = strategy(4);
    let told = cluster.patch("strategic-merge", &object, &both).await;
    let kept = told.json();
    assert_eq!(kept["metadata"]["generation"], 4, "{}", told.text);
    assert_eq!(kept["metadata"]["annotations"][COUNT], "2");
}
