//! K-03 and the gates before any handler.

use axum::body::Body;
use http::Request;
use serde_json::json;

use crate::cluster::{CONFIG_MAPS, Cluster, JOBS, config_map};

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
        .body(Body::empty());
    assert_eq!(
        cluster.send(wrong.expect("a good request")).await.status(),
        401
    );
    let reply = cluster
        .ask("GET", "/api", &[("impersonate-user", "eve")], "")
        .await;
    assert_eq!(reply.code, 403);
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
            "the API version in the data (v2) does not match",
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

#[tokio::test(start_paused = true)]
async fn bodies_are_bounded_and_typed() {
    let cluster = Cluster::start().await;
    let huge = vec![b' '; 3 * 1024 * 1024 + 1];
    assert_eq!(cluster.ask("POST", CONFIG_MAPS, &[], huge).await.code, 413);
    let deep = format!("{{\"metadata\":{}", "{\"a\":".repeat(100_000));
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
