//! Bodies as Go's decoders take them, or in what words they do not: K-03, K-08, K-20.

use serde_json::{Value, json};

use crate::cluster::{CONFIG_MAPS, Cluster, PODS, config_map, pod};

const JSON: &str = "application/json";
const YAML: &str = "application/yaml";
const APPLY: &str = "application/apply-patch+yaml";

/// One request and what is told of it.
struct Row<'a> {
    method: &'a str,
    path: &'a str,
    media: &'a str,
    body: String,
    code: u16,
    message: &'a str,
}

async fn check(cluster: &Cluster, rows: Vec<Row<'_>>) {
    for row in rows {
        let headers = [("content-type", row.media)];
        let shown: String = row.body.chars().take(200).collect();
        let reply = cluster.ask(row.method, row.path, &headers, row.body).await;
        assert_eq!(
            (reply.code, reply.message().as_str()),
            (row.code, row.message),
            "{} {} {shown}",
            row.method,
            row.path
        );
    }
}

/// K-03: what is no character is stored as Go's decoder reads it, by whichever way it comes.
#[tokio::test(start_paused = true)]
async fn k_03_bytes_that_are_no_text_are_replaced() {
    let cluster = Cluster::start().await;
    let one = format!("{CONFIG_MAPS}/one");
    let rows = [
        ("POST", CONFIG_MAPS, JSON),
        ("PUT", &one, JSON),
        ("PATCH", &one, "application/merge-patch+json"),
        ("PATCH", &one, "application/strategic-merge-patch+json"),
    ];
    for (method, path, media) in rows {
        let body =
            b"{\"metadata\":{\"name\":\"one\"},\"data\":{\"a\":\"x\xffy\",\"b\":\"\\ud800\"}}";
        let headers = [("content-type", media)];
        let reply = cluster.ask(method, path, &headers, body.to_vec()).await;
        assert_eq!(
            reply.json()["data"],
            json!({"a": "x\u{FFFD}y", "b": "\u{FFFD}"}),
            "{method} {media}"
        );
        cluster
            .patch("merge", &one, &json!({"data": {"a": "", "b": ""}}))
            .await;
    }
    let pod = b"{\"metadata\":{\"name\":\"\xff\"},\"spec\":{\"containers\":[]}}";
    let refused = cluster.ask("POST", PODS, &[], pod.to_vec()).await;
    assert_eq!(refused.code, 422, "{}", refused.text);
}

/// K-03: a body that says nothing, too much, too deep, or of several documents the first.
#[tokio::test(start_paused = true)]
async fn k_03_odd_bodies_of_objects() {
    let cluster = Cluster::start().await;
    let post = |media, body: &str, code, message| Row {
        method: "POST",
        path: CONFIG_MAPS,
        media,
        body: body.to_owned(),
        code,
        message,
    };
    let nameless = "ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required";
    let no_object = "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json \
                     parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string \
                     \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" } (5b2276312";
    let too_deep = format!(
        "{{\"metadata\":{{\"name\":\"deep\"}},\"x\":{}{}}}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let rows = vec![
        post(JSON, "null", 422, nameless),
        post(YAML, "", 422, nameless),
        post(
            JSON,
            r#"{"apiVersion":"a/b/c"}"#,
            400,
            "the object provided is unrecognized (must be of type ConfigMap): unexpected GroupVersion string: a/b/c \
             ({\"apiVersion\":\"a/b/c\"})",
        ),
        post(
            JSON,
            &too_deep,
            400,
            "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse \
             error: invalid character '[' exceeded max depth ({\"metadata\":{\"name\":\"deep\"},\"x ...)",
        ),
    ];
    check(&cluster, rows).await;
    for (media, body) in [(JSON, r#"["v1"]"#), (YAML, "- v1\n")] {
        let headers = [("content-type", media)];
        let reply = cluster.ask("POST", CONFIG_MAPS, &headers, body).await;
        assert_eq!(reply.code, 400, "{body}");
        assert!(reply.message().starts_with(no_object), "{}", reply.text);
    }
    let headers = [("content-type", YAML)];
    let two = "metadata: {name: first}\n---\nmetadata: {name: second}\n";
    let made = cluster.ask("POST", CONFIG_MAPS, &headers, two).await;
    assert_eq!(made.json()["metadata"]["name"], "first", "{}", made.text);
    let broken = cluster.ask("POST", CONFIG_MAPS, &headers, "a: [").await;
    assert_eq!(broken.code, 400);
    let message = broken.message();
    let told = "the object provided is unrecognized (must be of type ConfigMap): yaml: did not find expected node \
                content (613a205b)";
    assert_eq!(message, told);
}

/// K-18: an applied configuration is read by a reader of YAML, which says so.
#[tokio::test(start_paused = true)]
async fn k_18_what_is_no_configuration() {
    let cluster = Cluster::start().await;
    let one = format!("{CONFIG_MAPS}/one?fieldManager=m");
    let rows = ["[]", "5"].map(|body| Row {
        method: "PATCH",
        path: &one,
        media: APPLY,
        body: body.to_owned(),
        code: 400,
        message: match body {
            "[]" => {
                "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into \
                 Go value of type map[string]interface {}"
            }
            _ => {
                "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal number into \
                 Go value of type map[string]interface {}"
            }
        },
    });
    check(&cluster, rows.into()).await;
    let headers = [("content-type", APPLY)];
    let broken = cluster.ask("PATCH", &one, &headers, "a: [").await;
    let told = "error decoding YAML: error converting YAML to JSON: yaml: did not find expected node content";
    assert_eq!(broken.message(), told);
}

/// K-03, GC-06: bodies of requests that are no objects.
#[tokio::test(start_paused = true)]
async fn k_03_bodies_beside_objects() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    cluster.post(PODS, &pod("p")).await;
    let one = format!("{CONFIG_MAPS}/one");
    let binding = format!("{PODS}/p/binding");
    let eviction = format!("{PODS}/p/eviction");
    let token = "/api/v1/namespaces/default/serviceaccounts/default/token";
    let row = |method, path, body: Value, code, message| Row {
        method,
        path,
        media: JSON,
        body: body.to_string(),
        code,
        message,
    };
    let bound = |kind: &str, version: &str| json!({"spec": {"boundObjectRef": {"kind": kind, "apiVersion": version, "name": "p"}}});
    let rows = vec![
        row(
            "DELETE",
            one.as_str(),
            json!({"gracePeriodSeconds": "x"}),
            500,
            "json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64",
        ),
        row(
            "DELETE",
            &one,
            json!({"preconditions": {"resourceVersion": 5}}),
            500,
            "json: cannot unmarshal number into Go struct field Preconditions.preconditions.resourceVersion of type string",
        ),
        row(
            "DELETE",
            &one,
            json!({"kind": "ListOptions", "apiVersion": "v1"}),
            500,
            "no kind \"ListOptions\" is registered for version \"v1\" in scheme \"pkg/apis/meta/internalversion/scheme/register.go:27\"",
        ),
        row(
            "DELETE",
            &one,
            json!({"kind": "ListOptions", "gracePeriodSeconds": "x"}),
            500,
            "converting (v1.ListOptions) to (v1.DeleteOptions): unknown conversion",
        ),
        row(
            "DELETE",
            &one,
            json!({"kind": "Status", "apiVersion": "apps/v1"}),
            500,
            "converting (v1.Status) to (v1.DeleteOptions): unknown conversion",
        ),
        row(
            "DELETE",
            &one,
            json!({"kind": "DeleteOptions", "apiVersion": "a/b/c"}),
            500,
            "unexpected GroupVersion string: a/b/c",
        ),
        Row {
            method: "DELETE",
            path: &one,
            media: "application/yaml",
            body: "a: [".to_owned(),
            code: 500,
            message: "yaml: did not find expected node content",
        },
        row(
            "POST",
            &binding,
            json!({"target": {"name": 5}}),
            400,
            "Binding in version \"v1\" cannot be handled as a Binding: json: cannot unmarshal number into Go struct \
             field ObjectReference.target.name of type string",
        ),
        row(
            "POST",
            &eviction,
            json!({"metadata": {"name": "p"}, "deleteOptions": 5}),
            400,
            "Eviction in version \"v1\" cannot be handled as a Eviction: json: cannot unmarshal number into Go struct \
             field Eviction.deleteOptions of type v1.DeleteOptions",
        ),
        row(
            "POST",
            token,
            json!({"spec": {"expirationSeconds": "x"}}),
            400,
            "TokenRequest in version \"v1\" cannot be handled as a TokenRequest: json: cannot unmarshal string into Go \
             struct field TokenRequestSpec.spec.expirationSeconds of type int64",
        ),
        row(
            "POST",
            token,
            bound("Job", "batch/v1"),
            400,
            "cannot bind token to object of type batch/v1, Kind=Job",
        ),
        row(
            "POST",
            token,
            bound("Foo", "v1"),
            400,
            "cannot bind token to object of type /v1, Kind=Foo",
        ),
        row(
            "POST",
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            json!({"spec": {"resourceAttributes": 5}}),
            400,
            "SelfSubjectAccessReview in version \"v1\" cannot be handled as a SelfSubjectAccessReview: json: cannot \
             unmarshal number into Go struct field SelfSubjectAccessReviewSpec.spec.resourceAttributes of type \
             v1.ResourceAttributes",
        ),
        row(
            "GET",
            "/api/v1/namespaces/default/pods/p/log?sinceTime=x",
            Value::Null,
            400,
            "parsing time \"x\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"x\" as \"2006\"",
        ),
    ];
    check(&cluster, rows).await;
    let headers = [("content-type", JSON)];
    let body = r#"["v1","ListOptions"]"#;
    let list = cluster.ask("DELETE", &one, &headers, body).await;
    let told = "couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct";
    assert_eq!(list.code, 500, "{}", list.text);
    assert!(list.message().starts_with(told), "{}", list.text);
    let gone = cluster.ask("DELETE", &one, &headers, "null").await;
    assert_eq!(gone.code, 200, "no options at all: {}", gone.text);
}

/// K-20: a patch of nothing is one of two things.
#[tokio::test(start_paused = true)]
async fn k_20_a_patch_that_is_null() {
    let cluster = Cluster::start().await;
    let one = format!("{CONFIG_MAPS}/one");
    let made = cluster.post(CONFIG_MAPS, &config_map("one")).await.json();
    for (kind, code) in [("json", 200), ("merge", 400), ("strategic-merge", 200)] {
        let reply = cluster.patch(kind, &one, &Value::Null).await;
        assert_eq!(reply.code, code, "{kind}: {}", reply.text);
        match code {
            200 => assert_eq!(reply.json(), made, "{kind}"),
            _ => assert_eq!(reply.message(), "Invalid JSON Patch"),
        }
    }
    let absent = json!([
        {"op": "test", "path": "/metadata/annotations", "value": null},
        {"op": "add", "path": "/metadata/annotations", "value": {"a": "b"}},
    ]);
    assert_eq!(cluster.patch("json", &one, &absent).await.code, 200);
    assert_eq!(cluster.patch("json", &one, &absent).await.code, 422);
    let noted = json!([{"op": "remove", "path": "/metadata/annotations", "note": "x"}]);
    let strict = format!("{one}?fieldValidation=Strict");
    let refused = cluster.patch("json", &strict, &noted).await;
    let told = "strict decoding error: json patch unknown field \"[0].note\"";
    assert_eq!(refused.code, 422, "{}", refused.text);
    assert!(refused.message().ends_with(told), "{}", refused.text);
    let warned = cluster.patch("json", &one, &noted).await;
    assert_eq!(
        (warned.code, warned.headers.get("warning")),
        (
            200,
            Some(&http::HeaderValue::from_static(
                "299 - \"json patch unknown field \\\"[0].note\\\"\""
            ))
        )
    );
}

/// What begins as no protobuf does, or ends too early, in upstream's words.
#[tokio::test(start_paused = true)]
async fn k_05_protobuf_that_is_none() {
    let cluster = Cluster::start().await;
    let prefix =
        "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]";
    let rows: [(&[u8], String); 4] = [
        (b"", "empty data (<empty>)".to_owned()),
        (b"abc", format!("{prefix} (616263)")),
        (b"k8s\0", "empty body (6b387300)".to_owned()),
        (b"k8s\0\xff", "unexpected EOF (6b387300ff)".to_owned()),
    ];
    let media_type = [("content-type", "application/vnd.kubernetes.protobuf")];
    for (body, why) in rows {
        let reply = cluster
            .ask("POST", CONFIG_MAPS, &media_type, body.to_vec())
            .await;
        let told =
            format!("the object provided is unrecognized (must be of type ConfigMap): {why}");
        assert_eq!((reply.code, reply.message()), (400, told));
    }
}
