//! K-03: bodies that Go's decoders take, and what they say of those that they refuse.

use serde_json::{Value, json};

use crate::cluster::{CONFIG_MAPS, Cluster, JOBS, PODS, config_map, job, pod};

const SECRETS: &str = "/api/v1/namespaces/default/secrets";
const QUANTITIES: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

#[tokio::test(start_paused = true)]
async fn k_03_takes_what_go_takes() {
    let cluster = Cluster::start().await;
    let mut limited = pod("p");
    limited["spec"]["containers"][0]["resources"] = json!({"limits": {"memory": null, "cpu": 1}});
    let rows = [
        (
            "a null among free keys",
            CONFIG_MAPS,
            json!({"metadata": {"name": "a", "labels": {"l": null}}, "data": {"FOO": null}}),
            vec![("/data/FOO", json!("")), ("/metadata/labels/l", json!(""))],
        ),
        (
            "no amount",
            PODS,
            limited,
            vec![
                ("/spec/containers/0/resources/limits/memory", json!("0")),
                ("/spec/containers/0/resources/limits/cpu", json!("1")),
            ],
        ),
        (
            "broken lines, and nulls of texts",
            SECRETS,
            json!({"metadata": {"name": "s"}, "data": {"a": "aGVs\nbG8=\r\n"}, "stringData": {"b": null}}),
            vec![("/data/a", json!("aGVsbG8=")), ("/data/b", json!(""))],
        ),
        (
            "types that are left empty",
            CONFIG_MAPS,
            json!({"apiVersion": "", "kind": null, "metadata": {"name": "b"}}),
            vec![("/apiVersion", json!("v1")), ("/kind", json!("ConfigMap"))],
        ),
        (
            "the same, the other way round",
            PODS,
            json!({"apiVersion": null, "kind": "", "metadata": {"name": "q"}, "spec": pod("q")["spec"]}),
            vec![("/apiVersion", json!("v1")), ("/kind", json!("Pod"))],
        ),
        (
            "an integer with a sign",
            JOBS,
            json!({"metadata": {"name": "j"}, "spec": {"parallelism": -7, "template": job("j")["spec"]["template"]}}),
            vec![("/spec/parallelism", json!(0))],
        ),
    ];
    for (why, path, body, fields) in rows {
        let path = format!("{path}?fieldValidation=Strict");
        // as no document of serde_json's own is written
        let body = body.to_string().replace(":-7", ":-0");
        let reply = cluster.ask("POST", &path, &[], body).await;
        assert_eq!(reply.code, 201, "{why}: {}", reply.text);
        for (pointer, want) in fields {
            assert_eq!(reply.json().pointer(pointer), Some(&want), "{why}");
        }
    }
    let untyped =
        json!({"apiVersion": "", "kind": "", "metadata": {"name": "b"}, "data": {"a": "1"}});
    let b = format!("{CONFIG_MAPS}/b");
    for reply in [
        cluster.put(&b, &untyped).await,
        cluster.patch("merge", &b, &untyped).await,
        cluster.patch("strategic-merge", &b, &untyped).await,
    ] {
        assert_eq!(
            (reply.code, &reply.json()["kind"]),
            (200, &json!("ConfigMap")),
            "{}",
            reply.text
        );
    }
    let options = json!({"apiVersion": "", "kind": "", "dryRun": ["All"]});
    let rehearsed = cluster.delete(&b, &options).await;
    assert_eq!(rehearsed.code, 200, "{}", rehearsed.text);
    assert_eq!(cluster.get(&b).await.code, 200);
    let eviction = json!({"apiVersion": "", "kind": "", "metadata": {"name": "q"}});
    let evicted = cluster.post(&format!("{PODS}/q/eviction"), &eviction).await;
    assert_eq!(evicted.code, 201, "{}", evicted.text);
    let broken = json!({"data": {"a": "aGVsbG8h\n"}});
    for kind in ["merge", "strategic-merge"] {
        let reply = cluster.patch(kind, &format!("{SECRETS}/s"), &broken).await;
        assert_eq!(reply.json()["data"]["a"], "aGVsbG8h", "{kind}");
    }
    let applied = "{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {c: \"aGVs\\nbG8=\"}}";
    let path = format!("{SECRETS}/s?fieldManager=m");
    let headers = [("content-type", "application/apply-patch+yaml")];
    let reply = cluster.ask("PATCH", &path, &headers, applied).await;
    assert_eq!(reply.json()["data"]["c"], "aGVsbG8=", "{}", reply.text);
}

/// To Go `-0` is an integer in what is no object, too.
#[tokio::test(start_paused = true)]
async fn k_03_minus_nothing_is_nothing_beside_objects() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    cluster.post(PODS, &pod("p")).await;
    let one = format!("{CONFIG_MAPS}/one");
    let eviction = format!("{PODS}/p/eviction");
    let access = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let token = "/api/v1/namespaces/default/serviceaccounts/default/token";
    let rows: [(&str, &str, &str, u16); 4] = [
        (
            "DELETE",
            &one,
            r#"{"gracePeriodSeconds":-0,"dryRun":["All"]}"#,
            200,
        ),
        (
            "POST",
            &eviction,
            r#"{"metadata":{"name":"p"},"deleteOptions":{"gracePeriodSeconds":-0}}"#,
            201,
        ),
        (
            "POST",
            access,
            r#"{"metadata":{"generation":-0},"spec":{"resourceAttributes":{"verb":"get","resource":"pods"}}}"#,
            201,
        ),
        // which is too short, and no number of another kind
        ("POST", token, r#"{"spec":{"expirationSeconds":-0}}"#, 422),
    ];
    for (method, path, body, code) in rows {
        let reply = cluster.ask(method, path, &[], body).await;
        assert_eq!(reply.code, code, "{body}: {}", reply.text);
    }
    assert_eq!(cluster.get(&one).await.code, 200, "it was rehearsed");
}

#[tokio::test(start_paused = true)]
async fn k_03_refuses_what_go_refuses_in_its_words() {
    let cluster = Cluster::start().await;
    let limited = |amount: &str| {
        let mut pod = pod("p");
        pod["spec"]["containers"][0]["resources"] = json!({"limits": {"cpu": amount}});
        pod.to_string()
    };
    let mut probed = pod("p");
    probed["spec"]["containers"][0]["livenessProbe"] = json!({"httpGet": {"port": true}});
    let of_pod = |why: &str| format!("Pod in version \"v1\" cannot be handled as a Pod: {why}");
    let unrecognized = |why: &str| {
        format!(
            "the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error: {why}"
        )
    };
    let rows = [
        (PODS, limited("abc"), of_pod(QUANTITIES)),
        (PODS, limited(""), of_pod(QUANTITIES)),
        (
            PODS,
            probed.to_string(),
            of_pod("json: cannot unmarshal bool into Go value of type int32"),
        ),
        (
            PODS,
            json!({"metadata": {"creationTimestamp": "x"}}).to_string(),
            of_pod(
                r#"parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006""#,
            ),
        ),
        (
            SECRETS,
            json!({"data": {"a": "hello"}}).to_string(),
            "Secret in version \"v1\" cannot be handled as a Secret: illegal base64 data at input byte 4"
                .to_owned(),
        ),
        (
            PODS,
            "xx".to_owned(),
            unrecognized("invalid character 'x' looking for beginning of value (7878)"),
        ),
        (
            PODS,
            String::new(),
            unrecognized("unexpected end of JSON input (<empty>)"),
        ),
        (
            PODS,
            r#"{"metadata": {"name": "p"}, "spec": {"#.to_owned(),
            unrecognized(r#"unexpected end of JSON input ({"metadata": {"name": "p"}, "s ...)"#),
        ),
        (
            PODS,
            "[]".to_owned(),
            unrecognized(
                r#"json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" } (5b5d)"#,
            ),
        ),
        (
            PODS,
            json!({"kind": 1}).to_string(),
            unrecognized(
                "json: cannot unmarshal number into Go struct field .kind of type string ({\"kind\":1})",
            ),
        ),
        (
            PODS,
            r#"{"metadata": {"name": "p"}, "spec": {"activeDeadlineSeconds": 1e0}}"#.to_owned(),
            "Pod in version \"v1\" cannot be handled as a Pod: json: cannot unmarshal number 1e0 into Go struct field PodSpec.spec.activeDeadlineSeconds of type int64"
                .to_owned(),
        ),
        (
            PODS,
            r#"{"spec": {"priority": -0, "activeDeadlineSeconds": -1e400}}"#.to_owned(),
            of_pod(
                "json: cannot unmarshal number -1e400 into Go struct field PodSpec.spec.activeDeadlineSeconds of type int64",
            ),
        ),
        (
            PODS,
            json!({"kind": "Foo"}).to_string(),
            "Foo in version \"v1\" cannot be handled as a Pod: no kind \"Foo\" is registered for version \"v1\" in scheme \"pkg/api/legacyscheme/scheme.go:30\""
                .to_owned(),
        ),
    ];
    for (path, body, message) in rows {
        let reply = cluster.ask("POST", path, &[], body.clone()).await;
        assert_eq!(reply.message(), message, "{body}");
        assert_eq!(reply.code, 400, "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn k_20_refuses_patches_in_gos_words() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    cluster.post(PODS, &pod("p")).await;
    let one = format!("{CONFIG_MAPS}/one");
    let p = format!("{PODS}/p/resize");
    let amount =
        json!({"spec": {"containers": [{"name": "c", "resources": {"limits": {"cpu": "abc"}}}]}});
    let rejected = "the server rejected our request due to an error in our request";
    let rows: [(&str, &str, Value, u16, &str); 5] = [
        (
            "json",
            &one,
            json!({"op": "add"}),
            400,
            "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
        ),
        (
            "json",
            &one,
            json!(["add"]),
            400,
            "error decoding patch: json: cannot unmarshal string into Go value of type handlers.jsonPatchOp",
        ),
        (
            "json",
            &one,
            json!([{"op": "foo", "path": "/a"}]),
            422,
            rejected,
        ),
        ("json", &one, json!([{"op": "add"}]), 422, rejected),
        ("strategic-merge", &p, amount, 422, QUANTITIES),
    ];
    for (kind, path, body, code, message) in rows {
        let reply = cluster.patch(kind, path, &body).await;
        assert_eq!(reply.code, code, "{body}: {}", reply.text);
        assert!(reply.message().ends_with(message), "{body}: {}", reply.text);
    }
}
