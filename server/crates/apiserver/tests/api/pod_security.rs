//! What a namespace's labels `pod-security.kubernetes.io/*` do to the pods and templates in it.

use serde_json::{Value, json};

use crate::cluster::{Cluster, Reply, job, pod};

const NAMESPACES: &str = "/api/v1/namespaces";
const PODS: &str = "/api/v1/namespaces/n/pods";
const FAULTS: &str = "allowPrivilegeEscalation != false (container \"c\" must set securityContext.allowPrivilegeEscalation=false), \
                      unrestricted capabilities (container \"c\" must set securityContext.capabilities.drop=[\"ALL\"]), \
                      runAsNonRoot != true (pod or container \"c\" must set securityContext.runAsNonRoot=true), \
                      seccompProfile (pod or container \"c\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")";

fn labelled(labels: &Value) -> Value {
    let labels = labels.as_object().into_iter().flatten();
    let labels: serde_json::Map<String, Value> = labels
        .map(|(key, value)| (format!("pod-security.kubernetes.io/{key}"), value.clone()))
        .collect();
    json!({"metadata": {"name": "n", "labels": labels}})
}

/// A cluster with a namespace `n` of these labels.
async fn with(labels: &Value) -> Cluster {
    let cluster = Cluster::start().await;
    let made = cluster.post(NAMESPACES, &labelled(labels)).await;
    assert_eq!(made.code, 201, "{}", made.text);
    cluster
}

/// The texts of its Warning headers.
fn warnings(reply: &Reply) -> Vec<String> {
    let all = reply.headers.get_all("warning").iter();
    let texts = all.map(|value| value.to_str().expect("text"));
    let texts = texts.map(|value| value.strip_prefix("299 - \"").expect("the code"));
    let texts = texts.map(|value| value.strip_suffix('"').expect("its end"));
    texts.map(|value| value.replace("\\\"", "\"")).collect()
}

fn would_violate(policy: &str) -> String {
    format!("would violate PodSecurity \"{policy}\": {FAULTS}")
}

fn hardened(name: &str) -> Value {
    let mut pod = pod(name);
    pod["spec"]["containers"][0]["securityContext"] = json!({
        "allowPrivilegeEscalation": false,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": true,
        "seccompProfile": {"type": "RuntimeDefault"},
    });
    pod
}

#[tokio::test(start_paused = true)]
async fn pods_are_refused_that_a_namespace_does_not_take() {
    let cluster = with(&json!({"enforce": "restricted"})).await;
    let refused = cluster.post(PODS, &pod("p")).await;
    let told =
        format!("pods \"p\" is forbidden: violates PodSecurity \"restricted:latest\": {FAULTS}");
    assert_eq!((refused.code, refused.message()), (403, told));
    let status = refused.json();
    assert_eq!(status["reason"], "Forbidden");
    assert_eq!(status["details"], json!({"name": "p", "kind": "pods"}));
    assert!(warnings(&refused).is_empty());
    let tried = cluster.post(&format!("{PODS}?dryRun=All"), &pod("p")).await;
    assert_eq!(tried.code, 403);
    let mut costly = pod("p");
    costly["spec"]["overhead"] = json!({"cpu": "1"});
    let told = cluster.post(PODS, &costly).await.message();
    let first = "pods \"p\" is forbidden: violates PodSecurity";
    assert!(
        told.starts_with(first),
        "its overhead is judged later: {told}"
    );

    let taken = cluster.post(PODS, &hardened("h")).await;
    assert_eq!((taken.code, warnings(&taken)), (201, Vec::new()));
    let elsewhere = cluster.post(crate::cluster::PODS, &pod("p")).await;
    assert_eq!((elsewhere.code, warnings(&elsewhere)), (201, Vec::new()));
}

/// What was found of the body and of the pod is told, though not what the namespace would warn of besides.
#[tokio::test(start_paused = true)]
async fn a_refusal_carries_the_warnings_that_came_before_it() {
    let cluster = with(&json!({"enforce": "baseline", "warn": "restricted"})).await;
    let mut odd = pod("p");
    odd["spec"]["hostPID"] = json!(true);
    odd["spec"]["foo"] = json!(1);
    odd["spec"]["nodeSelector"] = json!({"beta.kubernetes.io/os": "linux"});
    let refused = cluster
        .post(&format!("{PODS}?fieldValidation=Warn"), &odd)
        .await;
    let told = warnings(&refused);
    assert_eq!((refused.code, told.len()), (403, 2), "{told:?}");
    assert_eq!(told[0], "unknown field \"spec.foo\"");
    assert!(
        told[1].starts_with("spec.nodeSelector[beta.kubernetes.io/os]: deprecated since"),
        "{told:?}"
    );
    let path = crate::cluster::PODS;
    odd["spec"]["hostPID"] = json!(false);
    for (code, count) in [(201, 2), (409, 2)] {
        let made = cluster
            .post(&format!("{path}?fieldValidation=Warn"), &odd)
            .await;
        let told = warnings(&made);
        assert_eq!((made.code, told.len()), (code, count), "{told:?}");
    }
    // what a rule refuses has told nothing of itself yet
    let wrong = json!({"metadata": {"name": "p"}, "spec": {"containers": [], "foo": 1}});
    for (method, path, code) in [
        ("POST", path.to_owned(), 422),
        ("PUT", format!("{path}/p"), 422),
        ("PUT", format!("{path}/q"), 400),
    ] {
        let path = format!("{path}?fieldValidation=Warn");
        let refused = cluster.ask(method, &path, &[], wrong.to_string()).await;
        let told = warnings(&refused);
        assert_eq!(
            (refused.code, told.as_slice()),
            (code, ["unknown field \"spec.foo\"".to_owned()].as_slice()),
            "{}",
            refused.text
        );
    }
}

/// By the time that its pod is looked at, a generated name is complete.
#[tokio::test(start_paused = true)]
async fn a_refusal_names_what_was_generated() {
    let cluster = with(&json!({"enforce": "baseline", "enforce-version": "v1.20"})).await;
    let mut generated = pod("");
    generated["metadata"] = json!({"generateName": "p-"});
    generated["spec"]["hostPID"] = json!(true);
    let refused = cluster.post(PODS, &generated).await;
    let message = refused.message();
    let told =
        "\" is forbidden: violates PodSecurity \"baseline:v1.20\": host namespaces (hostPID=true)";
    let name = message
        .strip_prefix("pods \"p-")
        .and_then(|rest| rest.strip_suffix(told));
    assert_eq!(name.map(str::len), Some(5), "{message}");
}

/// Owners of Jobs, CronJobs and DaemonSets are told at once what will become of their pods.
#[tokio::test(start_paused = true)]
async fn templates_are_warned_of() {
    let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": pod("")["spec"]});
    let set = json!({
        "metadata": {"name": "d"},
        "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template},
    });
    let cron_job = json!({
        "metadata": {"name": "c"},
        "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": job("")["spec"]}},
    });
    let rows = [
        ("batch", "jobs", job("j")),
        ("batch", "cronjobs", cron_job),
        ("apps", "daemonsets", set),
    ];
    for (group, plural, object) in rows {
        let cluster = with(&json!({"enforce": "restricted", "enforce-version": "v1.36"})).await;
        let path = format!("/apis/{group}/v1/namespaces/n/{plural}");
        let made = cluster.post(&path, &object).await;
        let told = vec![would_violate("restricted:v1.36")];
        assert_eq!(
            (made.code, warnings(&made)),
            (201, told.clone()),
            "{plural}"
        );
        let name = object["metadata"]["name"].as_str().expect("a name");
        let path = format!("{path}/{name}");
        let label = json!({"metadata": {"labels": {"x": "y"}}});
        let changed = cluster.patch("merge", &path, &label).await;
        assert_eq!((changed.code, warnings(&changed)), (200, told), "{plural}");
        let through_status = cluster
            .patch("merge", &format!("{path}/status"), &label)
            .await;
        assert_eq!(through_status.code, 200, "{}", through_status.text);
        assert!(warnings(&through_status).is_empty(), "{plural}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_namespace_may_only_warn() {
    let cluster =
        with(&json!({"enforce": "baseline", "warn": "restricted", "audit": "restricted"})).await;
    let made = cluster.post(PODS, &pod("p")).await;
    let told = vec![would_violate("restricted:latest")];
    assert_eq!((made.code, warnings(&made)), (201, told.clone()));
    // what may change in a pod and says nothing of its security
    let path = format!("{PODS}/p");
    let labelled = cluster
        .patch("merge", &path, &json!({"metadata": {"labels": {"a": "b"}}}))
        .await;
    assert_eq!((labelled.code, warnings(&labelled)), (200, Vec::new()));
    let image = json!({"spec": {"containers": [{"name": "c", "image": "debian"}]}});
    let changed = cluster.patch("strategic-merge", &path, &image).await;
    assert_eq!((changed.code, warnings(&changed)), (200, told));
}

/// What joins a running pod is looked at as what it began with.
#[tokio::test(start_paused = true)]
async fn what_is_added_later_is_refused_too() {
    let cluster = with(&json!({"enforce": "baseline"})).await;
    cluster.post(PODS, &pod("p")).await;
    let context = json!({"privileged": true});
    let debugger = json!({"spec": {"ephemeralContainers": [{"name": "e", "image": "i", "securityContext": context}]}});
    let path = format!("{PODS}/p/ephemeralcontainers");
    let refused = cluster.patch("strategic-merge", &path, &debugger).await;
    let told = "pods \"p\" is forbidden: violates PodSecurity \"baseline:latest\": privileged (container \"e\" must not set \
                securityContext.privileged=true)";
    assert_eq!((refused.code, refused.message().as_str()), (403, told));
}

#[tokio::test(start_paused = true)]
async fn labels_mean_something() {
    let cluster = with(&json!({})).await;
    let path = format!("{NAMESPACES}/n");
    let wrong = "metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: \"strict\": must be one of privileged, \
                 baseline, restricted";
    let refused = cluster
        .patch("merge", &path, &labelled(&json!({"enforce": "strict"})))
        .await;
    let told = format!("Namespace \"n\" is invalid: {wrong}");
    assert_eq!((refused.code, refused.message()), (422, told));
    let mut other = labelled(&json!({"enforce": "strict"}));
    other["metadata"]["name"] = json!("m");
    let refused = cluster.post(NAMESPACES, &other).await;
    let told = format!("Namespace \"m\" is invalid: {wrong}");
    assert_eq!((refused.code, refused.message()), (422, told));
}

/// Who makes a namespace stricter is told which of its pods it would not take any more.
#[tokio::test(start_paused = true)]
async fn stricter_labels_name_the_pods_they_would_refuse() {
    let cluster = with(&json!({})).await;
    for name in ["b", "a", "c"] {
        cluster.post(PODS, &pod(name)).await;
    }
    cluster.post(PODS, &hardened("h")).await;
    let mut host = hardened("host");
    host["spec"]["hostIPC"] = json!(true);
    cluster.post(PODS, &host).await;
    let reasons = "allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile";
    let head = |policy: &str| {
        format!(
            "existing pods in namespace \"n\" violate the new PodSecurity enforce level \"{policy}\""
        )
    };
    let rows = [
        (
            json!({"enforce": "restricted"}),
            vec![
                head("restricted:latest"),
                format!("a (and 2 other pods): {reasons}"),
                "host: host namespaces".to_owned(),
            ],
        ),
        // less strict, and the same again
        (json!({"enforce": "baseline"}), vec![]),
        (json!({"enforce": "baseline", "warn": "restricted"}), vec![]),
        (
            json!({"enforce-version": "v1.30"}),
            vec![head("baseline:v1.30"), "host: host namespaces".to_owned()],
        ),
        (json!({"enforce": "privileged"}), vec![]),
    ];
    let path = format!("{NAMESPACES}/n");
    for (labels, told) in rows {
        let changed = cluster.patch("merge", &path, &labelled(&labels)).await;
        assert_eq!((changed.code, warnings(&changed)), (200, told), "{labels}");
    }
}
