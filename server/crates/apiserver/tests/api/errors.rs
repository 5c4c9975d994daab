//! K-03 and the gates before any handler.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

use crate::cluster::{CONFIG_MAPS, Cluster, JOBS, config_map, job};

#[tokio::test(start_paused = true)]
async fn nobody_gets_in_without_credentials() {
    let cluster = Cluster::start().await;
    for (path, code) in [
        (CONFIG_MAPS, 401),
        ("/api", 401),
        ("/openapi/v3", 401),
        ("/livez", 200),
        ("/readyz/ping", 200),
        ("/version", 200),
    ] {
        let request = Request::get(path)
            .body(Body::empty())
            .expect("a good request");
        assert_eq!(
            cluster.send(request).await.status().as_u16(),
            code,
            "{path}"
        );
    }
    let wrong = Request::get("/api")
        .header("authorization", "Bearer guess")
        .header("user-agent", "curl/8.5.0")
        .body(Body::empty());
    let refused = cluster.send(wrong.expect("a good request")).await;
    assert_eq!(refused.status(), 401);
    let body = axum::body::to_bytes(refused.into_body(), usize::MAX).await;
    let body = body.expect("a short text");
    assert!(body.starts_with(b"{\n  \""), "for people: {body:?}");
}

struct Told {
    method: &'static str,
    path: String,
    body: String,
    code: u16,
    message: &'static str,
}

#[tokio::test(start_paused = true)]
async fn errors_use_upstreams_words() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("one")).await;
    let told = |method, path: &str, body: serde_json::Value, code, message| Told {
        method,
        path: path.to_owned(),
        body: body.to_string(),
        code,
        message,
    };
    let table = [
        told(
            "GET",
            &format!("{CONFIG_MAPS}/none"),
            json!(null),
            404,
            "configmaps \"none\" not found",
        ),
        told(
            "GET",
            &format!("{JOBS}/none"),
            json!(null),
            404,
            "jobs.batch \"none\" not found",
        ),
        told(
            "POST",
            CONFIG_MAPS,
            config_map("one"),
            409,
            "configmaps \"one\" already exists",
        ),
        told(
            "POST",
            "/api/v1/namespaces/none/configmaps",
            config_map("x"),
            404,
            "namespaces \"none\" not found",
        ),
        told(
            "GET",
            "/api/v1/nothings",
            json!(null),
            404,
            "the server could not find the requested resource",
        ),
        told(
            "PATCH",
            CONFIG_MAPS,
            json!({}),
            405,
            "the server does not allow this method on the requested resource",
        ),
        told(
            "POST",
            CONFIG_MAPS,
            json!({"kind": "Secret"}),
            400,
            "Secret in version \"v1\" cannot be handled as a ConfigMap",
        ),
        told(
            "POST",
            CONFIG_MAPS,
            json!({"apiVersion": "v2"}),
            400,
            "ConfigMap in version \"v2\" cannot be handled as a ConfigMap: no kind \"ConfigMap\" is registered for version \"v2\"",
        ),
        told(
            "POST",
            CONFIG_MAPS,
            json!({"metadata": {}}),
            422,
            "ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required",
        ),
        told(
            "POST",
            CONFIG_MAPS,
            json!({"data": {"a": 1}}),
            400,
            "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string",
        ),
        told(
            "PUT",
            &format!("{CONFIG_MAPS}/one"),
            config_map("two"),
            400,
            "the name of the object (two) does not match the name on the URL (one)",
        ),
        told(
            "POST",
            CONFIG_MAPS,
            json!({"metadata": {"name": "x", "namespace": "other"}}),
            400,
            "the namespace of the provided object does not match the namespace sent on the request",
        ),
    ];
    for row in table {
        let reply = cluster.ask(row.method, &row.path, &[], row.body).await;
        assert_eq!(
            reply.code, row.code,
            "{} {}: {}",
            row.method, row.path, reply.text
        );
        assert!(
            reply.message().starts_with(row.message),
            "{} {}: {}",
            row.method,
            row.path,
            reply.message()
        );
        assert_eq!(reply.json()["kind"], "Status");
    }
}

/// K-03: what a client reads instead of the message. The plural is the kind, but of what is invalid.
#[tokio::test(start_paused = true)]
async fn k_03_a_status_says_what_it_is_about() {
    let cluster = Cluster::start().await;
    let made = cluster.post(JOBS, &job("j")).await.json();
    let (one, none) = (format!("{JOBS}/j"), format!("{JOBS}/none"));
    let of = |name: &str, kind: &str| json!({"name": name, "group": "batch", "kind": kind});
    let mut stale = made.clone();
    stale["metadata"]["resourceVersion"] = json!("1");
    let mut invalid = job("k");
    invalid["spec"]["parallelism"] = json!(-1);
    invalid["spec"]["completions"] = json!(-2);
    let negative = "must be greater than or equal to 0";
    let mut told = of("k", "Job");
    told["causes"] = json!([
        {"reason": "FieldValueInvalid", "message": format!("Invalid value: -1: {negative}"), "field": "spec.parallelism"},
        {"reason": "FieldValueInvalid", "message": format!("Invalid value: -2: {negative}"), "field": "spec.completions"},
    ]);
    let looking = [("authorization", "Bearer looking")];
    type Row<'a> = (
        &'a str,
        &'a str,
        &'a [(&'a str, &'a str)],
        Value,
        u16,
        &'a str,
        Value,
        String,
    );
    let rows: [Row<'_>; 8] = [
        ("GET", &none, &[], Value::Null, 404, "NotFound", of("none", "jobs"), "jobs.batch \"none\" not found".to_owned()),
        ("POST", JOBS, &[], job("j"), 409, "AlreadyExists", of("j", "jobs"), "jobs.batch \"j\" already exists".to_owned()),
        ("PUT", &one, &[], stale, 409, "Conflict", of("j", "jobs"),
            "Operation cannot be fulfilled on jobs.batch \"j\": the object has been modified; please apply your changes to the latest version and try again".to_owned()),
        ("DELETE", &one, &looking, Value::Null, 403, "Forbidden", of("j", "jobs"),
            "jobs.batch \"j\" is forbidden: User \"viewer\" cannot delete resource \"jobs\" in API group \"batch\" in the namespace \"default\"".to_owned()),
        ("POST", JOBS, &[], invalid, 422, "Invalid", told,
            format!("Job.batch \"k\" is invalid: [spec.parallelism: Invalid value: -1: {negative}, spec.completions: Invalid value: -2: {negative}]")),
        ("PATCH", &one, &[("content-type", "application/patch")], json!({}), 415, "UnsupportedMediaType", json!({}),
            "415: Unsupported Media Type".to_owned()),
        ("PATCH", JOBS, &[], json!({}), 405, "MethodNotAllowed", json!({}),
            "the server does not allow this method on the requested resource".to_owned()),
        ("POST", JOBS, &[], json!({"apiVersion": "apps/v1", "kind": "DaemonSet"}), 400, "BadRequest", Value::Null,
            "DaemonSet in version \"v1\" cannot be handled as a Job: converting (v1.DaemonSet) to (batch.Job): unknown conversion".to_owned()),
    ];
    for (method, path, headers, body, code, reason, details, message) in rows {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let reply = cluster.ask(method, path, headers, body).await;
        let status = reply.json();
        assert_eq!(
            (reply.code, &status["code"]),
            (code, &json!(code)),
            "{method} {path}: {status}"
        );
        assert_eq!(
            (&status["kind"], &status["apiVersion"], &status["status"]),
            (&json!("Status"), &json!("v1"), &json!("Failure"))
        );
        assert_eq!(status["reason"], reason, "{method} {path}");
        assert_eq!(status["details"], details, "{method} {path}");
        assert_eq!(reply.message(), message);
    }
}

/// K-03: what is sent to another collection's door, or of a version that nobody serves.
#[tokio::test(start_paused = true)]
async fn k_03_objects_of_another_kind_or_version() {
    let cluster = Cluster::start().await;
    cluster.post(CONFIG_MAPS, &config_map("c")).await;
    let scheme = "in scheme \"pkg/api/legacyscheme/scheme.go:30\"";
    let rows = [
        (
            CONFIG_MAPS,
            json!({"apiVersion": "v1", "kind": "Secret"}),
            "Secret in version \"v1\" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion".to_owned(),
        ),
        (
            CONFIG_MAPS,
            json!({"apiVersion": "v1", "kind": "PodList", "items": []}),
            "PodList in version \"v1\" cannot be handled as a ConfigMap: converting (v1.PodList) to (core.ConfigMap): unknown conversion".to_owned(),
        ),
        (
            CONFIG_MAPS,
            json!({"apiVersion": "v1", "kind": "ComponentStatus"}),
            "ComponentStatus in version \"v1\" cannot be handled as a ConfigMap: converting (v1.ComponentStatus) to (core.ConfigMap): unknown conversion".to_owned(),
        ),
        (
            JOBS,
            json!({"apiVersion": "batch/v1", "kind": "WorkList"}),
            format!("WorkList in version \"v1\" cannot be handled as a Job: no kind \"WorkList\" is registered for version \"batch/v1\" {scheme}"),
        ),
        (
            CONFIG_MAPS,
            json!({"apiVersion": "v2"}),
            format!("ConfigMap in version \"v2\" cannot be handled as a ConfigMap: no kind \"ConfigMap\" is registered for version \"v2\" {scheme}"),
        ),
        (
            JOBS,
            json!({"kind": "Work"}),
            format!("Work in version \"v1\" cannot be handled as a Job: no kind \"Work\" is registered for version \"batch/v1\" {scheme}"),
        ),
        (
            "/apis/batch/v1/namespaces/default/cronjobs",
            json!({"apiVersion": "batch/v1beta1", "kind": "CronJob"}),
            "the API version in the data (batch/v1beta1) does not match the expected API version (batch/v1)".to_owned(),
        ),
    ];
    for (path, body, message) in rows {
        let reply = cluster.post(path, &body).await;
        assert_eq!((reply.code, reply.message()), (400, message), "{path}");
    }
    let one = format!("{CONFIG_MAPS}/c");
    let other = json!({"kind": "Secret", "data": {"b": "2"}});
    let merged = cluster.patch("merge", &one, &other).await;
    let why = "converting (v1.Secret) to (core.ConfigMap): unknown conversion";
    assert_eq!(merged.code, 422);
    assert!(merged.message().ends_with(why), "{}", merged.message());
    let typed = cluster.patch("strategic-merge", &one, &other).await;
    let told = typed.json();
    assert_eq!(
        (typed.code, &told["kind"], &told["data"]["b"]),
        (200, &json!("ConfigMap"), &json!("2"))
    );
}

/// K-04: what kubectl adds of itself is no matter.
#[tokio::test(start_paused = true)]
async fn k_04_what_kubectl_says_of_itself_is_let_by() {
    let cluster = Cluster::start().await;
    let of_itself = [
        ("kubectl-command", "kubectl get"),
        ("kubectl-session", "6dbd3b2e-1b1a-4a4a-8a4a-2b1f0e3c5d7f"),
        (
            "user-agent",
            "kubectl/v1.36.3 (linux/amd64) kubernetes/abcdef0",
        ),
        ("accept-encoding", "gzip"),
    ];
    assert_eq!(
        cluster.ask("GET", CONFIG_MAPS, &of_itself, "").await.code,
        200
    );
}

/// `kubectl --as`: an administrator is taken for somebody else, who may what that one may.
#[tokio::test(start_paused = true)]
async fn an_administrator_may_be_taken_for_another() {
    const WHO: &str = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let cluster = Cluster::start().await;
    let rows: [(&[(&str, &str)], serde_json::Value); 4] = [
        (
            &[("impersonate-user", "eve")],
            json!({"username": "eve", "groups": ["system:authenticated"]}),
        ),
        (
            &[
                ("impersonate-user", "eve"),
                ("impersonate-group", "a"),
                ("impersonate-group", "orrery:components"),
                ("impersonate-uid", "u"),
                ("impersonate-extra-a%2fb", "c"),
            ],
            json!({"username": "eve", "groups": ["a", "system:authenticated"], "uid": "u", "extra": {"a/b": ["c"]}}),
        ),
        (
            &[("impersonate-user", "system:serviceaccount:d:a")],
            json!({
                "username": "system:serviceaccount:d:a",
                "groups": ["system:serviceaccounts", "system:serviceaccounts:d", "system:authenticated"],
            }),
        ),
        (
            &[("impersonate-user", "system:anonymous")],
            json!({"username": "system:anonymous", "groups": ["system:unauthenticated"]}),
        ),
    ];
    for (headers, want) in rows {
        let mut headers = headers.to_vec();
        headers.push(("content-type", "application/json"));
        let reply = cluster.ask("POST", WHO, &headers, "{}").await;
        assert_eq!(reply.json()["status"]["userInfo"], want, "{}", reply.text);
    }
    let eve = [("impersonate-user", "eve")];
    let refused = cluster.ask("GET", CONFIG_MAPS, &eve, "").await;
    assert_eq!(
        (refused.code, refused.message().as_str()),
        (
            403,
            "configmaps is forbidden: User \"eve\" cannot list resource \"configmaps\" in API group \"\" in the namespace \"default\""
        )
    );
    let master = [
        ("impersonate-user", "eve"),
        ("impersonate-group", "system:masters"),
    ];
    assert_eq!(cluster.ask("GET", CONFIG_MAPS, &master, "").await.code, 200);
    let viewer = [("authorization", "Bearer looking"), eve[0]];
    let refused = cluster.ask("GET", CONFIG_MAPS, &viewer, "").await;
    assert_eq!(
        (refused.code, refused.message().as_str()),
        (
            403,
            "users \"eve\" is forbidden: User \"viewer\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope"
        )
    );
    for of_nobody in [
        ("impersonate-group", "system:masters"),
        ("impersonate-uid", "u"),
        ("impersonate-extra-a", "b"),
    ] {
        let headers = [("impersonate-user", ""), of_nobody];
        let refused = cluster.ask("GET", CONFIG_MAPS, &headers, "").await;
        assert_eq!(refused.code, 400, "{of_nobody:?}");
    }
    let oneself = [("impersonate-user", "")];
    assert_eq!(
        cluster.ask("GET", CONFIG_MAPS, &oneself, "").await.code,
        200
    );
}

#[tokio::test(start_paused = true)]
async fn bodies_are_bounded_and_typed() {
    let cluster = Cluster::start().await;
    let huge = vec![b' '; 3 * 1024 * 1024 + 1];
    assert_eq!(cluster.ask("POST", CONFIG_MAPS, &[], huge).await.code, 413);
    let deep = format!("{{\"metadata\":{}", "{\"a\":".repeat(60_000));
    assert_eq!(cluster.ask("POST", CONFIG_MAPS, &[], deep).await.code, 400);
    let reply = cluster
        .ask("POST", CONFIG_MAPS, &[("content-type", "text/csv")], "a,b")
        .await;
    assert_eq!(reply.code, 415);
    let reply = cluster
        .ask("GET", CONFIG_MAPS, &[("accept", "text/html")], "")
        .await;
    assert_eq!(reply.code, 406);
}
