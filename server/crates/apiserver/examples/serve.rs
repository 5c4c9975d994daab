//! The API server alone, over plain HTTP, everyone an administrator: for experiments with clients.
//!
//! `cargo run -p orrery-apiserver --example serve -- 127.0.0.1:8001`

use orrery_apiserver::{ApiServer, Authenticator, Config, Identity};
use orrery_clock::Clock;
use orrery_store::{Options, Store};

#[tokio::main]
async fn main() {
    tracing_subscriber::fmt::init();
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:8001".to_owned());
    let config = Config {
        authenticator: Authenticator::new().with_anonymous(Identity::administrator()),
        ca_pem: Some("no certificate here".to_owned()),
        ..Config::default()
    };
    let server = ApiServer::new(Store::in_memory(Options::default()), Clock::real(), config);
    server
        .bootstrap()
        .await
        .expect("an empty store takes the first objects");
    let listener = tokio::net::TcpListener::bind(&address)
        .await
        .expect("the address is free");
    println!("http://{address}");
    axum::serve(listener, server.router())
        .await
        .expect("the listener stays");
}
