//! What is said before a stream opens; the streams themselves need a socket (`tests/walks/streams`).

use axum::body::Body;
use http::Request;
use serde_json::json;

use crate::cluster::{Cluster, PODS};

const SPDY: &[(&str, &str)] = &[("connection", "Upgrade"), ("upgrade", "SPDY/3.1")];

#[tokio::test(start_paused = true)]
async fn k_24_what_cannot_be_streamed_is_told_by_a_status() {
    let cluster = Cluster::start().await;
    for (name, node) in [("bound", "node-1"), ("waits", "")] {
        let pod = json!({
            "metadata": {"name": name},
            "spec": {
                "nodeName": node,
                "containers": [{"name": "a", "image": "i"}, {"name": "b", "image": "i"}],
            },
        });
        assert_eq!(cluster.post(PODS, &pod).await.code, 201);
    }
    let remote =
        "set KUBECTL_REMOTE_COMMAND_WEBSOCKETS=true in the environment of kubectl 1.29 or later";
    let ports =
        "set KUBECTL_PORT_FORWARD_WEBSOCKETS=true in the environment of kubectl 1.30 or later";
    type Row = (
        &'static str,
        &'static [(&'static str, &'static str)],
        u16,
        &'static str,
    );
    let rows: [Row; 10] = [
        (
            "bound/exec?container=a&command=x&stdout=1",
            SPDY,
            400,
            remote,
        ),
        ("bound/attach?container=a&stdout=1", SPDY, 400, remote),
        (
            "bound/exec?container=a&command=x&stdout=1",
            &[],
            400,
            "Upgrade request required",
        ),
        (
            "bound/exec?container=x&command=x&stdout=1",
            SPDY,
            400,
            "container x is not valid for pod bound",
        ),
        (
            "bound/exec?command=x&stdout=1",
            SPDY,
            400,
            "a container name must be specified for pod bound, choose one of: [a b]",
        ),
        (
            "bound/exec?container=a&stdout=1",
            SPDY,
            400,
            "you must specify at least one command for the container",
        ),
        (
            "bound/exec?container=a&command=x",
            SPDY,
            400,
            "you must specify at least 1 of stdin, stdout, stderr",
        ),
        (
            "waits/exec?container=a&command=x&stdout=1",
            SPDY,
            400,
            "pod waits does not have a host assigned",
        ),
        ("none/exec?command=x", SPDY, 404, "pods \"none\" not found"),
        (
            "none/exec?command=x&dryRun=All",
            SPDY,
            400,
            "dryRun is not supported",
        ),
    ];
    for (path, headers, code, message) in rows {
        let path = format!("{PODS}/{path}");
        for method in ["GET", "POST"] {
            let reply = cluster.ask(method, &path, headers, "").await;
            assert_eq!(reply.code, code, "{method} {path}: {}", reply.text);
            assert!(reply.message().contains(message), "{path}: {}", reply.text);
        }
    }
    let running = json!({"status": {"phase": "Running"}});
    let merge = [("content-type", "application/merge-patch+json")];
    let path = format!("{PODS}/bound/status");
    let patched = cluster
        .ask("PATCH", &path, &merge, running.to_string())
        .await;
    assert_eq!(patched.code, 200, "{}", patched.text);
    let forward = format!("{PODS}/bound/portforward");
    let reply = cluster.ask("POST", &forward, SPDY, "").await;
    assert!(reply.message().contains(ports), "{}", reply.text);
    assert_eq!(cluster.ask("DELETE", &forward, &[], "").await.code, 405);
}

#[tokio::test(start_paused = true)]
async fn a_viewer_may_open_no_stream() {
    let cluster = Cluster::start().await;
    for resource in ["exec", "attach", "portforward"] {
        let request = Request::builder()
            .uri(format!("{PODS}/p/{resource}"))
            .header("authorization", "Bearer looking")
            .body(Body::empty());
        let response = cluster.send(request.expect("a good request")).await;
        assert_eq!(response.status(), 403, "{resource}: by GET, too");
    }
}
