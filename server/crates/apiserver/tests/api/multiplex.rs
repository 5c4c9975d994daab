//! HTTP/2, which client-go speaks: one connection carries all that a client asks, watches among it.

use axum::body::Body;
use futures::future::join_all;
use http::{Method, Request};
use http_body_util::BodyExt;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;

use crate::cluster::{CONFIG_MAPS, Cluster, Events, config_map};

/// What the pipe holds each way.
const PIPE_BYTES: usize = 64 * 1024;
/// More at once than a browser's six connections would carry.
const AT_ONCE: usize = 40;

async fn connect(cluster: &Cluster) -> SendRequest<Body> {
    let (client, server) = tokio::io::duplex(PIPE_BYTES);
    let service = TowerToHyperService::new(cluster.router.clone());
    tokio::spawn(async move {
        let builder = Builder::new(TokioExecutor::new());
        let _ = builder
            .serve_connection(TokioIo::new(server), service)
            .await;
    });
    let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(client))
        .await
        .expect("the server speaks it");
    tokio::spawn(connection);
    sender
}

async fn ask(sender: &SendRequest<Body>, method: Method, path: &str, body: String) -> (u16, Body) {
    let request = Request::builder()
        .method(method)
        .uri(format!("http://orrery{path}"))
        .header("authorization", "Bearer secret")
        .body(Body::from(body))
        .expect("a good request");
    let answer = sender.clone().send_request(request).await;
    let answer = answer.expect("the connection lasts");
    (answer.status().as_u16(), Body::new(answer.into_body()))
}

#[tokio::test(start_paused = true)]
async fn one_connection_carries_watches_and_all_else() {
    let cluster = Cluster::start().await;
    let sender = connect(&cluster).await;
    let watch = format!("{CONFIG_MAPS}?watch=true&resourceVersion=1");
    let mut watches = Vec::new();
    for _ in 0..AT_ONCE {
        let (code, body) = ask(&sender, Method::GET, &watch, String::new()).await;
        assert_eq!(code, 200);
        watches.push(Events::of(body));
    }
    let names: Vec<_> = (0..AT_ONCE).map(|n| format!("c{n:02}")).collect();
    let made = names.iter().map(|name| {
        let body = config_map(name).to_string();
        ask(&sender, Method::POST, CONFIG_MAPS, body)
    });
    for (code, body) in join_all(made).await {
        assert_eq!(code, 201);
        body.collect().await.expect("it ends");
    }
    for watch in &mut watches {
        let mut seen = Vec::new();
        for _ in 0..AT_ONCE {
            let (kind, name) = watch.seen().await;
            assert_eq!(kind, "ADDED");
            seen.push(name);
        }
        seen.sort();
        assert_eq!(seen, names);
    }
    drop(watches);
    let (code, _) = ask(&sender, Method::GET, "/version", String::new()).await;
    assert_eq!(code, 200, "who leaves a watch keeps the connection");
}
