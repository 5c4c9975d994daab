//! What there is and what can be done with it: K-02 and the matrix of 6.3, each verb once.

use serde_json::{Value, json};

use crate::cluster::{Cluster, config_map, job, pod};

/// A line each: version, name, singular, kind (and its version where it is another's), whether
/// namespaced, short names, categories, verbs.
const SERVED: &str = "\
apps/v1 controllerrevisions/controllerrevision ControllerRevision namespaced all
apps/v1 daemonsets/daemonset DaemonSet namespaced ds @all all
apps/v1 daemonsets/status DaemonSet namespaced get,patch,update
authentication.k8s.io/v1 selfsubjectreviews/selfsubjectreview SelfSubjectReview create
authentication.k8s.io/v1 tokenreviews/tokenreview TokenReview create
authorization.k8s.io/v1 localsubjectaccessreviews/localsubjectaccessreview LocalSubjectAccessReview namespaced create
authorization.k8s.io/v1 selfsubjectaccessreviews/selfsubjectaccessreview SelfSubjectAccessReview create
authorization.k8s.io/v1 selfsubjectrulesreviews/selfsubjectrulesreview SelfSubjectRulesReview create
authorization.k8s.io/v1 subjectaccessreviews/subjectaccessreview SubjectAccessReview create
batch/v1 cronjobs/cronjob CronJob namespaced cj @all all
batch/v1 cronjobs/status CronJob namespaced get,patch,update
batch/v1 jobs/job Job namespaced @all all
batch/v1 jobs/status Job namespaced get,patch,update
coordination.k8s.io/v1 leases/lease Lease namespaced all
discovery.k8s.io/v1 endpointslices/endpointslice EndpointSlice namespaced all
events.k8s.io/v1 events/event Event namespaced ev all
metrics.k8s.io/v1beta1 nodes/ NodeMetrics get,list
metrics.k8s.io/v1beta1 pods/ PodMetrics namespaced get,list
policy/v1 poddisruptionbudgets/poddisruptionbudget PodDisruptionBudget namespaced pdb all
policy/v1 poddisruptionbudgets/status PodDisruptionBudget namespaced get,patch,update
scheduling.k8s.io/v1 priorityclasses/priorityclass PriorityClass pc all
v1 bindings/binding Binding namespaced create
v1 componentstatuses/componentstatus ComponentStatus cs get,list
v1 configmaps/configmap ConfigMap namespaced cm all
v1 endpoints/endpoints Endpoints namespaced ep all
v1 events/event Event namespaced ev all
v1 namespaces/finalize Namespace update
v1 namespaces/namespace Namespace ns create,delete,get,list,patch,update,watch
v1 namespaces/status Namespace get,patch,update
v1 nodes/node Node no all
v1 nodes/proxy NodeProxyOptions create,delete,get,patch,update
v1 nodes/status Node get,patch,update
v1 pods/attach PodAttachOptions namespaced create,get
v1 pods/binding Binding namespaced create
v1 pods/ephemeralcontainers Pod namespaced get,patch,update
v1 pods/eviction policy/v1/Eviction namespaced create
v1 pods/exec PodExecOptions namespaced create,get
v1 pods/log Pod namespaced get
v1 pods/pod Pod namespaced po @all all
v1 pods/portforward PodPortForwardOptions namespaced create,get
v1 pods/proxy PodProxyOptions namespaced create,delete,get,patch,update
v1 pods/resize Pod namespaced get,patch,update
v1 pods/status Pod namespaced get,patch,update
v1 secrets/secret Secret namespaced all
v1 serviceaccounts/serviceaccount ServiceAccount namespaced sa all
v1 serviceaccounts/token authentication.k8s.io/v1/TokenRequest namespaced create
v1 services/proxy ServiceProxyOptions namespaced create,delete,get,patch,update
v1 services/service Service namespaced svc @all all
v1 services/status Service namespaced get,patch,update
";

fn words(value: &Value, separator: &str) -> String {
    let list = value.as_array().into_iter().flatten();
    let list: Vec<_> = list.filter_map(Value::as_str).collect();
    list.join(separator)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn line(version: &str, name: &str, kind: &str, namespaced: bool, entry: &Value) -> String {
    let mut line = format!("{version} {name} {kind}");
    if namespaced {
        line.push_str(" namespaced");
    }
    for (part, prefix) in [("shortNames", ""), ("categories", "@")] {
        let part = words(&entry[part], ",");
        if !part.is_empty() {
            line.push_str(&format!(" {prefix}{part}"));
        }
    }
    let verbs = words(&entry["verbs"], ",");
    let all = "create,delete,deletecollection,get,list,patch,update,watch";
    format!("{line} {}", if verbs == all { "all" } else { &verbs })
}

fn sorted(mut lines: Vec<String>) -> String {
    lines.sort();
    lines.join("\n") + "\n"
}

/// Another's kind, as `group/version/kind`.
fn kind_of(group: &str, version: &str, kind: &str, home: &str) -> String {
    let whole = match group {
        "" => version.to_owned(),
        _ => format!("{group}/{version}"),
    };
    match whole == home || version.is_empty() {
        true => kind.to_owned(),
        false => format!("{whole}/{kind}"),
    }
}

async fn plain(cluster: &Cluster) -> String {
    let groups = cluster.get("/apis").await.json();
    let mut paths = vec!["/api/v1".to_owned()];
    for group in groups["groups"].as_array().expect("groups") {
        let preferred = &group["preferredVersion"];
        assert_eq!(group["versions"], json!([preferred]), "there is one");
        paths.push(format!("/apis/{}", text(&preferred["groupVersion"])));
    }
    let mut lines = Vec::new();
    for path in paths {
        let list = cluster.get(&path).await.json();
        let version = text(&list["groupVersion"]);
        for entry in list["resources"].as_array().expect("resources") {
            let (group, of) = (text(&entry["group"]), text(&entry["version"]));
            let kind = kind_of(group, of, text(&entry["kind"]), version);
            let name = match text(&entry["name"]) {
                sub if sub.contains('/') => sub.to_owned(),
                name => format!("{name}/{}", text(&entry["singularName"])),
            };
            let namespaced = entry["namespaced"] == true;
            lines.push(line(version, &name, &kind, namespaced, entry));
        }
    }
    sorted(lines)
}

async fn aggregated(cluster: &Cluster) -> String {
    let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    let mut lines = Vec::new();
    for path in ["/api", "/apis"] {
        let reply = cluster.ask("GET", path, &[("accept", accept)], "").await;
        assert_eq!(
            reply.headers["content-type"], accept,
            "K-01: it repeats what it is"
        );
        for group in reply.json()["items"].as_array().expect("groups") {
            let version = &group["versions"][0];
            let home = kind_of(
                text(&group["metadata"]["name"]),
                text(&version["version"]),
                "",
                "",
            );
            let home = home.trim_end_matches('/');
            for entry in version["resources"].as_array().expect("resources") {
                let namespaced = entry["scope"] == "Namespaced";
                let plural = text(&entry["resource"]);
                let mut one = |name: &str, entry: &Value| {
                    let of = &entry["responseKind"];
                    let kind = kind_of(
                        text(&of["group"]),
                        text(&of["version"]),
                        text(&of["kind"]),
                        home,
                    );
                    let name = format!("{plural}/{name}");
                    lines.push(line(home, &name, &kind, namespaced, entry));
                };
                one(text(&entry["singularResource"]), entry);
                for sub in entry["subresources"].as_array().into_iter().flatten() {
                    one(text(&sub["subresource"]), sub);
                }
            }
        }
    }
    sorted(lines)
}

#[tokio::test(start_paused = true)]
async fn k_02_discovery_names_what_is_served_in_both_its_forms() {
    let cluster = Cluster::start().await;
    assert_eq!(plain(&cluster).await, SERVED);
    assert_eq!(aggregated(&cluster).await, SERVED);
}

/// An object of each kind, by its collection.
fn samples() -> Vec<(&'static str, Value)> {
    let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": pod("x")["spec"]});
    let object = json!({"kind": "Pod", "namespace": "default", "name": "p"});
    let meta = json!({"metadata": {"name": "x"}});
    let with = |fields: Value| {
        let mut value = meta.clone();
        value
            .as_object_mut()
            .expect("an object")
            .extend(fields.as_object().expect("fields").clone());
        value
    };
    vec![
        ("v1 configmaps", config_map("x")),
        ("v1 endpoints", meta.clone()),
        ("v1 events", with(json!({"involvedObject": object}))),
        ("v1 namespaces", meta.clone()),
        ("v1 nodes", meta.clone()),
        ("v1 pods", pod("x")),
        ("v1 secrets", meta.clone()),
        (
            "v1 services",
            with(json!({"spec": {"ports": [{"port": 80}]}})),
        ),
        ("v1 serviceaccounts", meta.clone()),
        (
            "apps/v1 controllerrevisions",
            with(json!({"revision": 1, "data": {}})),
        ),
        (
            "apps/v1 daemonsets",
            with(json!({"spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template}})),
        ),
        (
            "batch/v1 cronjobs",
            with(
                json!({"spec": {"schedule": "* * * * *", "jobTemplate": {"spec": job("x")["spec"]}}}),
            ),
        ),
        ("batch/v1 jobs", job("x")),
        ("coordination.k8s.io/v1 leases", meta.clone()),
        (
            "discovery.k8s.io/v1 endpointslices",
            with(json!({"addressType": "IPv4"})),
        ),
        (
            "events.k8s.io/v1 events",
            with(json!({
                "regarding": object, "eventTime": "2026-11-23T12:00:00.000000Z", "type": "Normal", "reason": "r",
                "action": "a", "reportingController": "c", "reportingInstance": "i",
            })),
        ),
        (
            "policy/v1 poddisruptionbudgets",
            with(json!({"spec": {"minAvailable": 1}})),
        ),
        (
            "scheduling.k8s.io/v1 priorityclasses",
            with(json!({"value": 1})),
        ),
    ]
}

/// Every kind with the verb `create` and a life of its own has a sample, so that none is forgotten.
#[tokio::test(start_paused = true)]
async fn k_02_every_verb_of_the_matrix_does_what_it_says() {
    let cluster = Cluster::start().await;
    let samples = samples();
    let kinds = SERVED
        .lines()
        .filter(|line| line.ends_with("watch") || line.ends_with(" all"));
    assert_eq!(kinds.count(), samples.len());
    for (resource, sample) in samples {
        let (version, plural) = resource.split_once(' ').expect("two words");
        let found = SERVED
            .lines()
            .find(|line| line.starts_with(&format!("{resource}/")));
        let namespaced = found.expect("it is served").contains(" namespaced ");
        let root = if version == "v1" { "/api" } else { "/apis" };
        let scope = if namespaced {
            "namespaces/default/"
        } else {
            ""
        };
        let path = format!("{root}/{version}/{scope}{plural}");
        live(&cluster, &path, &sample).await;
        match plural {
            "namespaces" => {
                let reply = cluster.delete(&path, &json!({})).await;
                assert_eq!(reply.code, 405, "not as a collection");
            }
            _ => collected(&cluster, &path, &sample).await,
        }
    }
}

/// Created, read, listed, watched, updated, patched and deleted; its status, too, where it has one.
async fn live(cluster: &Cluster, path: &str, sample: &Value) {
    let one = format!("{path}/x");
    let version = cluster.get(path).await.json()["metadata"]["resourceVersion"].clone();
    let watch = format!("{path}?watch=true&resourceVersion={}", text(&version));
    let mut events = cluster.watch(&watch, &[]).await;
    let made = cluster.post(path, sample).await;
    assert_eq!(made.code, 201, "{path}: {}", made.text);
    let kind = text(&made.json()["kind"]).to_owned();
    let mut read = cluster.get(&one).await.json();
    assert_eq!(read["metadata"]["uid"], made.json()["metadata"]["uid"]);
    let list = cluster.get(path).await.json();
    assert_eq!(list["kind"], format!("{kind}List"));
    let items = list["items"].as_array().expect("items");
    let mut names = items.iter().map(|item| text(&item["metadata"]["name"]));
    assert!(names.any(|name| name == "x"), "{path}: {list}");
    read["metadata"]["annotations"] = json!({"by": "put"});
    let put = cluster.put(&one, &read).await;
    assert_eq!(put.code, 200, "{path}: {}", put.text);
    assert_eq!(put.json()["metadata"]["annotations"]["by"], "put");
    let annotate = json!({"metadata": {"annotations": {"by": "patch"}}});
    let patched = cluster.patch("merge", &one, &annotate).await.json();
    assert_eq!(patched["metadata"]["annotations"]["by"], "patch");
    let mut expected = vec!["ADDED", "MODIFIED", "MODIFIED"];
    let status = format!("{one}/status");
    let has_status = SERVED.contains(&format!(
        "{}/status {kind} ",
        path.rsplit('/').next().expect("a plural")
    ));
    assert_eq!(
        cluster.get(&status).await.code,
        if has_status { 200 } else { 404 },
        "{status}"
    );
    if has_status {
        let labels = json!({"metadata": {"labels": {"by": "patch"}}});
        let patched = cluster.patch("merge", &status, &labels).await;
        assert_eq!(patched.code, 200, "{status}: {}", patched.text);
        let mut whole = patched.json();
        whole["metadata"]["labels"] = json!({"by": "put"});
        let put = cluster.put(&status, &whole).await;
        assert_eq!(put.code, 200, "{status}: {}", put.text);
        expected.extend(["MODIFIED", "MODIFIED"]);
    }
    let background = json!({"propagationPolicy": "Background"});
    let gone = cluster.delete(&one, &background).await;
    assert_eq!(gone.code, 200, "{one}: {}", gone.text);
    if kind == "Namespace" {
        let mut emptied = gone.json();
        emptied["spec"]["finalizers"] = json!([]);
        cluster.put(&format!("{one}/finalize"), &emptied).await;
        expected.push("MODIFIED");
    }
    expected.push("DELETED");
    assert_eq!(cluster.get(&one).await.code, 404, "{one}");
    for kind in expected {
        assert_eq!(
            events.seen().await,
            (kind.to_owned(), "x".to_owned()),
            "{path}"
        );
    }
}

/// Deleted by the collection.
async fn collected(cluster: &Cluster, path: &str, sample: &Value) {
    let mut labelled = sample.clone();
    labelled["metadata"]["labels"] = json!({"one-of": "these"});
    for name in ["x", "y"] {
        labelled["metadata"]["name"] = json!(name);
        assert_eq!(cluster.post(path, &labelled).await.code, 201, "{path}");
    }
    let these = format!("{path}?labelSelector=one-of%3Dthese");
    let options = json!({"propagationPolicy": "Background"});
    let gone = cluster.delete(&these, &options).await;
    assert_eq!(gone.code, 200, "{path}: {}", gone.text);
    let left = cluster.get(&these).await.json();
    assert_eq!(left["items"], json!([]), "{path}");
}
