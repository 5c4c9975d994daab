//! Serves the pages over a made-up cluster, to look at them: `cargo run -p orrery-app --features ssr --example preview [DIR]`.
//! DIR has `orrery.js`, `orrery_bg.wasm` and `orrery.css`. `/live` answers the first state only.

mod around;
mod sample;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::Path;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use orrery_app::Assets;
use sample::Sample;

#[tokio::main]
async fn main() {
    let dir = PathBuf::from(
        std::env::args()
            .nth(1)
            .unwrap_or_else(|| "target/preview".into()),
    );
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970")
        .as_millis();
    let now = i64::try_from(now).expect("before the year 292278994");
    let empty = std::env::var_os("EMPTY").is_some();
    let assets = Assets {
        js: "/pkg/orrery.js".into(),
        wasm: "/pkg/orrery_bg.wasm".into(),
        css: "/pkg/orrery.css".into(),
    };
    let file = move |Path(name): Path<String>| {
        let path = dir.join(&name);
        async move {
            let kind = match path.extension().and_then(|ending| ending.to_str()) {
                Some("js") => "text/javascript",
                Some("css") => "text/css",
                Some("wasm") => "application/wasm",
                _ => "image/svg+xml",
            };
            let bytes = std::fs::read(&path).unwrap_or_default();
            ([(CONTENT_TYPE, kind)], bytes).into_response()
        }
    };
    let live = || async {
        // Holds the stream open, so that the page counts as connected.
        let open = axum::body::Body::from_stream(futures::stream::pending::<
            Result<String, std::io::Error>,
        >());
        ([(CONTENT_TYPE, "text/event-stream")], open)
    };
    let app = Router::new()
        .route("/pkg/{name}", get(file))
        .route("/live", get(live))
        .merge(orrery_app::routes(Arc::new(Sample { empty, now }), assets));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3999")
        .await
        .expect("port 3999 is free");
    axum::serve(listener, app).await.expect("served");
}
