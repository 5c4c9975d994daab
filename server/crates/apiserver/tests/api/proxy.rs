//! `proxy`: requests that are passed on, over nodes whose pods tell what they were asked.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use orrery_apiserver::{
    ConnectRequest, Connection, ContainerUsage, NodeProxy, Peer, Reader, UsageReport, Writer,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use crate::cluster::{Cluster, PODS};

/// Nobody listens there.
const CLOSED: u16 = 9;
const SERVICES: &str = "/api/v1/namespaces/default/services";

struct Echo;

impl NodeProxy for Echo {
    fn usage(&self) -> BoxFuture<'static, Option<UsageReport>> {
        let report = UsageReport {
            at: "2026-11-23T12:00:01Z".parse().expect("a literal time"),
            window: Duration::from_secs(1),
            pods: BTreeMap::<String, Vec<ContainerUsage>>::new(),
        };
        async move { Some(report) }.boxed()
    }

    fn connect(&self, request: ConnectRequest) -> BoxFuture<'static, Connection> {
        async move {
            if request.port == CLOSED {
                return Err("connect: connection refused".to_owned());
            }
            let (ours, theirs) = tokio::io::duplex(64 << 10);
            tokio::spawn(answer(theirs, request));
            let (reader, writer) = tokio::io::split(ours);
            Ok::<(Reader, Writer), String>((Box::new(reader), Box::new(writer)))
        }
        .boxed()
    }

    fn answers(&self, node: &str) -> bool {
        node == "node-1"
    }
}

async fn answer(stream: DuplexStream, to: ConnectRequest) {
    let to = Arc::new(to);
    let service = service_fn(move |request| told(request, to.clone()));
    let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let _ = served.with_upgrades().await;
}

async fn told(
    request: Request<Incoming>,
    to: Arc<ConnectRequest>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    match request.uri().path() {
        "/socket" => return Ok(changing(request, true)),
        "/deaf" => return Ok(changing(request, false)),
        _ => {}
    }
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes());
    let body = body.unwrap_or_default();
    let headers = parts.headers.iter();
    let headers: BTreeMap<&str, &str> = headers
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()))
        .collect();
    let told = json!({
        "pod": to.target.pod, "port": to.port, "tls": to.tls,
        "method": parts.method.as_str(), "uri": parts.uri.to_string(), "headers": headers,
        "body": String::from_utf8_lossy(&body),
    });
    let response = Response::builder()
        .header("content-type", "application/json")
        .header("access-control-allow-origin", "*")
        .header("connection", "x-hop")
        .header("x-hop", "for the next client alone")
        .header("keep-alive", "timeout=5");
    let response = match parts.uri.path() {
        "/login" => response.status(302).header("location", "/home?a=1"),
        "/teapot" => response.status(418),
        _ => response,
    };
    let body = Full::new(Bytes::from(told.to_string()));
    Ok(response.body(body).expect("a good response"))
}

/// From now on the connection says what it is told, or stays open and says nothing.
fn changing(request: Request<Incoming>, echoes: bool) -> Response<Full<Bytes>> {
    tokio::spawn(async move {
        let socket = hyper::upgrade::on(request).await.expect("it changes");
        let (mut reader, mut writer) = tokio::io::split(TokioIo::new(socket));
        match echoes {
            true => tokio::io::copy(&mut reader, &mut writer).await,
            false => std::future::pending().await,
        }
    });
    let response = Response::builder()
        .status(101)
        .header("connection", "Upgrade")
        .header("upgrade", "echo");
    response.body(Full::default()).expect("a good response")
}

async fn add_pod(cluster: &Cluster, name: &str, ip: &str) {
    let port = json!({"name": "http", "containerPort": 8080});
    let container = json!({"name": "c", "image": "i", "ports": [port]});
    let pod = json!({
        "metadata": {"name": name, "labels": {"app": "web"}},
        "spec": {"nodeName": "node-1", "containers": [container]},
    });
    let made = cluster.post(PODS, &pod).await;
    assert_eq!(made.code, 201, "{}", made.text);
    if !ip.is_empty() {
        let ready = json!({"type": "Ready", "status": "True"});
        let status =
            json!({"phase": "Running", "podIP": ip, "podIPs": [{"ip": ip}], "conditions": [ready]});
        let path = format!("{PODS}/{name}/status");
        let running = cluster
            .patch("merge", &path, &json!({"status": status}))
            .await;
        assert_eq!(running.code, 200, "{}", running.text);
    }
}

async fn cluster() -> Cluster {
    let cluster = Cluster::over(Arc::new(Echo)).await;
    for name in ["node-1", "node-2"] {
        let node = json!({"metadata": {"name": name}});
        cluster.post("/api/v1/nodes", &node).await;
    }
    add_pod(&cluster, "web", "10.0.0.5").await;
    add_pod(&cluster, "waits", "").await;
    cluster
}

#[tokio::test(start_paused = true)]
async fn a_request_reaches_the_pod_as_it_was_sent_but_for_what_is_the_servers() {
    let cluster = cluster().await;
    let path = format!("{PODS}/web/proxy/a%2Fb//c/?x=1&timeout=1s&pretty=true");
    let headers = [
        ("host", "localhost:8001"),
        ("x-own", "yes"),
        ("connection", "keep-alive, X-Hop, Host"),
        ("x-hop", "for the next server alone"),
        (
            "cookie",
            "orrery-8080=secret; own=1;orrery-9090=secret; other=%C3%A9",
        ),
        (
            "sec-websocket-protocol",
            "chat, base64url.bearer.authorization.k8s.io.c2VjcmV0",
        ),
    ];
    let reply = cluster.ask("POST", &path, &headers, "hello").await;
    assert_eq!(reply.code, 200, "{}", reply.text);
    let told = reply.json();
    assert!(!reply.text.contains('\n'), "it is not indented");
    assert_eq!((&told["pod"], &told["port"]), (&json!("web"), &json!(8080)));
    assert_eq!(
        (&told["tls"], &told["method"]),
        (&json!(false), &json!("POST"))
    );
    assert_eq!(told["uri"], "/a%2Fb//c/?x=1&timeout=1s&pretty=true");
    assert_eq!(told["body"], "hello");
    let seen = &told["headers"];
    assert_eq!(
        (&seen["host"], &seen["x-own"]),
        (&json!("localhost:8001"), &json!("yes"))
    );
    assert_eq!(seen["sec-websocket-protocol"], "chat");
    assert_eq!(seen["cookie"], "own=1; other=%C3%A9");
    assert_eq!(seen["x-forwarded-uri"], format!("{PODS}/web/proxy/a/b/c/"));
    assert_eq!(seen["x-forwarded-for"], Value::Null, "nobody's connection");
    for secret in ["authorization", "connection", "x-hop"] {
        assert_eq!(seen[secret], Value::Null, "{secret}");
    }
    for dropped in ["access-control-allow-origin", "keep-alive", "x-hop"] {
        assert!(!reply.headers.contains_key(dropped), "{dropped}");
    }
}

/// As Go's reverse proxy has it, whoever asks stands behind those that the request came from.
#[tokio::test(start_paused = true)]
async fn a_backend_is_told_whom_it_answers() {
    let cluster = cluster().await;
    let request = Request::get(format!("{PODS}/web/proxy/else"))
        .header("authorization", "Bearer secret")
        .header("x-forwarded-for", "198.51.100.7")
        .extension(Peer("192.0.2.1".parse().expect("a literal address")));
    let request = request.body(axum::body::Body::empty());
    let response = cluster.send(request.expect("a good request")).await;
    let body = response.into_body().collect().await.expect("it ends");
    let told: Value = serde_json::from_slice(&body.to_bytes()).expect("JSON");
    let seen = &told["headers"];
    assert_eq!(seen["x-forwarded-for"], "198.51.100.7, 192.0.2.1");
    assert_eq!(seen["x-forwarded-uri"], format!("{PODS}/web/proxy/else"));
}

#[tokio::test(start_paused = true)]
async fn the_name_says_port_and_scheme_and_every_verb_is_passed_on() {
    let cluster = cluster().await;
    let rows = [
        ("web", 8080, false),
        ("web:9090", 9090, false),
        ("http:web:9091", 9091, false),
        ("https:web:8443", 8443, true),
        ("web:http", 80, false),
    ];
    for (name, port, tls) in rows {
        let told = cluster.get(&format!("{PODS}/{name}/proxy/")).await.json();
        assert_eq!(
            (&told["port"], &told["tls"]),
            (&json!(port), &json!(tls)),
            "{name}"
        );
    }
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let reply = cluster
            .ask(method, &format!("{PODS}/web/proxy/x"), &[], "")
            .await;
        assert_eq!(reply.json()["method"], method);
    }
    let traced = cluster
        .ask("TRACE", &format!("{PODS}/web/proxy/x"), &[], "")
        .await;
    assert_eq!(traced.code, 405);
    let teapot = cluster.get(&format!("{PODS}/web/proxy/teapot")).await;
    assert_eq!(
        (teapot.code, &teapot.json()["uri"]),
        (418, &json!("/teapot"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_backend_sends_its_client_on_below_proxy() {
    let cluster = cluster().await;
    let proxy = format!("{PODS}/web/proxy");
    let rows = [
        (format!("{proxy}?a=1"), 301, format!("{proxy}/?a=1")),
        (format!("{proxy}/login"), 302, format!("{proxy}/home?a=1")),
    ];
    for (path, code, there) in rows {
        let reply = cluster.get(&path).await;
        let location = reply.headers.get("location").and_then(|l| l.to_str().ok());
        assert_eq!(
            (reply.code, location),
            (code, Some(there.as_str())),
            "{path}"
        );
    }
    let posted = cluster.ask("POST", &proxy, &[], "").await;
    assert_eq!(posted.json()["uri"], "/", "only a page needs its slash");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_passed_on_is_told_by_a_status() {
    let cluster = cluster().await;
    let none = json!({"metadata": {"name": "none"}, "spec": {"selector": {"app": "none"}, "ports": [{"port": 80}]}});
    let bare = json!({"metadata": {"name": "bare"}, "spec": {"ports": [{"port": 80}]}});
    for service in [none, bare] {
        assert_eq!(cluster.post(SERVICES, &service).await.code, 201);
    }
    let rows = [
        (
            format!("{PODS}/web:9/proxy/"),
            503,
            "error trying to reach service: connect: connection refused",
        ),
        (
            format!("{PODS}/web:no/proxy/"),
            503,
            "error trying to reach service: dial tcp: lookup tcp/no: unknown port",
        ),
        (
            format!("{PODS}/ftp:web:21/proxy/"),
            400,
            "invalid pod request \"ftp:web:21\"",
        ),
        (format!("{PODS}/waits/proxy/"), 400, "address not allowed"),
        (
            format!("{PODS}/gone/proxy/"),
            404,
            "pods \"gone\" not found",
        ),
        (
            format!("{SERVICES}/a:b:c:d/proxy/"),
            400,
            "invalid service request \"a:b:c:d\"",
        ),
        (
            format!("{SERVICES}/gone/proxy/"),
            404,
            "endpoints \"gone\" not found",
        ),
        (
            format!("{SERVICES}/gone:80/proxy/"),
            404,
            "services \"gone\" not found",
        ),
        (
            format!("{SERVICES}/bare/proxy/"),
            404,
            "endpoints \"bare\" not found",
        ),
        (
            format!("{SERVICES}/none/proxy/"),
            503,
            "no endpoints available for service \"none\"",
        ),
        (
            format!("{SERVICES}/none:81/proxy/"),
            503,
            "no service port 81 found for service \"none\"",
        ),
        (
            "/api/v1/nodes/gone/proxy/pods".to_owned(),
            404,
            "nodes \"gone\" not found",
        ),
        (
            "/api/v1/nodes/node-1:22/proxy/".to_owned(),
            400,
            "address not allowed",
        ),
        (
            "/api/v1/nodes/node-2/proxy/pods".to_owned(),
            503,
            "error trying to reach service: dial tcp node-2:10250: connect: connection refused",
        ),
    ];
    for (path, code, message) in rows {
        let reply = cluster.get(&path).await;
        assert_eq!(
            (reply.code, reply.message().as_str()),
            (code, message),
            "{path}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_viewer_is_passed_on_to_nobody() {
    let cluster = cluster().await;
    let paths = [
        format!("{PODS}/web/proxy/"),
        format!("{SERVICES}/web/proxy/"),
        "/api/v1/nodes/node-1/proxy/healthz".to_owned(),
    ];
    for path in paths {
        let looking = [("authorization", "Bearer looking")];
        let reply = cluster.ask("GET", &path, &looking, "").await;
        assert_eq!(reply.code, 403, "{path}");
        assert!(
            reply.message().contains("/proxy\" in API group"),
            "{}",
            reply.text
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_leads_to_the_ready_pods_that_it_selects_or_to_those_its_endpoints_name() {
    let cluster = cluster().await;
    add_pod(&cluster, "next", "10.0.0.6").await;
    let ports = json!([
        {"name": "http", "port": 80, "targetPort": "http"},
        {"name": "admin", "port": 81, "targetPort": 9090},
    ]);
    let service =
        json!({"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": ports}});
    assert_eq!(cluster.post(SERVICES, &service).await.code, 201);
    for (name, port) in [
        ("web:http", 8080),
        ("web:80", 8080),
        ("web:admin", 9090),
        ("web:81", 9090),
    ] {
        let mut pods = Vec::new();
        for _ in 0..2 {
            let told = cluster
                .get(&format!("{SERVICES}/{name}/proxy/"))
                .await
                .json();
            assert_eq!(told["port"], port, "{name}");
            pods.push(told["pod"].as_str().unwrap_or_default().to_owned());
        }
        pods.sort();
        assert_eq!(
            pods,
            ["next", "web"],
            "each in its turn, and none that waits"
        );
    }
    let unnamed = cluster.get(&format!("{SERVICES}/web/proxy/")).await;
    assert_eq!(unnamed.code, 503, "no port of it has no name");
    let address = |ip: &str, name: &str| {
        let target = json!({"kind": "Pod", "namespace": "default", "name": name});
        json!({"ip": ip, "targetRef": target})
    };
    let addresses =
        json!([address("10.0.0.6", "next"), address("10.9.9.9", "web"), {"ip": "10.0.0.5"}]);
    let subsets = json!([{"addresses": addresses, "ports": [{"name": "http", "port": 7070}]}]);
    let endpoints = json!({"metadata": {"name": "web"}, "subsets": subsets});
    let path = "/api/v1/namespaces/default/endpoints";
    assert_eq!(cluster.post(path, &endpoints).await.code, 201);
    for _ in 0..3 {
        let told = cluster
            .get(&format!("{SERVICES}/web:80/proxy/"))
            .await
            .json();
        assert_eq!(
            (&told["pod"], &told["port"]),
            (&json!("next"), &json!(7070))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_tells_what_its_agent_knows() {
    let cluster = cluster().await;
    let proxy = "/api/v1/nodes/node-1/proxy";
    let healthy = cluster.get(&format!("{proxy}/healthz")).await;
    assert_eq!((healthy.code, healthy.text.as_str()), (200, "ok"));
    let pods = cluster.get(&format!("{proxy}/pods")).await.json();
    let names = pods["items"].as_array().into_iter().flatten();
    let names: Vec<_> = names.map(|pod| pod["metadata"]["name"].clone()).collect();
    assert_eq!(names, ["waits", "web"]);
    let summary = cluster
        .get("/api/v1/nodes/node-1:10250/proxy/stats/summary")
        .await;
    assert_eq!(
        summary.json()["node"],
        json!({
            "nodeName": "node-1",
            "cpu": {"time": "2026-11-23T12:00:01Z", "usageNanoCores": 0},
            "memory": {"time": "2026-11-23T12:00:01Z", "workingSetBytes": 0},
        })
    );
    let unknown = cluster.get(&format!("{proxy}/configz")).await;
    assert_eq!(
        (unknown.code, unknown.text.as_str()),
        (404, "404 page not found\n")
    );
    let posted = cluster.ask("POST", &format!("{proxy}/pods"), &[], "").await;
    assert_eq!(posted.code, 405);
    let page = cluster.get(proxy).await;
    assert_eq!(page.code, 301);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_changes_its_protocol_is_passed_on() {
    let cluster = cluster().await;
    let ask = async |path: &str| {
        let request = Request::get(format!("{PODS}/web/proxy/{path}"))
            .header("connection", "Upgrade")
            .header("upgrade", "echo")
            .body(kube::client::Body::empty());
        let request = request.expect("a good request");
        cluster.client().send(request).await.expect("an answer")
    };
    let response = ask("socket").await;
    assert_eq!(response.status(), 101);
    assert_eq!(response.headers()["upgrade"], "echo");
    let socket = hyper::upgrade::on(response).await.expect("it changes");
    let mut socket = TokioIo::new(socket);
    socket.write_all(b"ping").await.expect("it is open");
    let mut heard = [0; 4];
    socket.read_exact(&mut heard).await.expect("it is open");
    assert_eq!(&heard, b"ping");
    let response = ask("deaf").await;
    let socket = hyper::upgrade::on(response).await.expect("it changes");
    let mut socket = TokioIo::new(socket);
    socket.shutdown().await.expect("it is open");
    let ended = tokio::time::timeout(Duration::from_secs(60), socket.read(&mut heard)).await;
    let ended = ended.expect("whoever ends it need not wait for the other");
    assert_eq!(ended.expect("it ends well"), 0);
    let refused = ask("teapot").await;
    assert_eq!(refused.status(), 418, "a refusal is passed on");
    let body = refused.into_body().collect().await.expect("it ends");
    let told: Value = serde_json::from_slice(&body.to_bytes()).expect("JSON");
    let path = &told["headers"]["x-forwarded-uri"];
    assert_eq!(
        *path,
        Value::Null,
        "upstream tells no such connection its path"
    );
    let unchanged = ask("else").await;
    assert_eq!(unchanged.status(), 500, "what does not change is not");
}
