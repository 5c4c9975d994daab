//! The router, enumerated against the layers around it, and signing in.

mod odd;
mod terminal;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::header::{COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use http::{Method, Request, StatusCode};
use orrery_clock::Clock;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::routes::{self, Access};
use super::{Codes, Seat, router};
use crate::credentials::Credentials;
use crate::engine::{Engine, EngineConfig};
use crate::scratch::Scratch;

const HERE: &str = "127.0.0.1:8080";

/// A page over a cluster in memory.
struct House {
    router: Router,
    codes: Codes,
    clock: Clock,
    _scratch: Scratch,
}

impl House {
    async fn new() -> Self {
        let scratch = Scratch::new();
        let clock = Clock::simulated(1, "2026-11-23T12:00:00Z".parse().expect("a literal time"));
        let listen: SocketAddr = HERE.parse().expect("a literal address");
        let credentials = Credentials::load(&scratch.dir, listen.ip(), clock.now()).expect("made");
        let config = EngineConfig {
            dir: &scratch.dir,
            credentials: &credentials,
            clock: clock.clone(),
            nodes: 0,
            in_memory: true,
            api_address: listen,
        };
        let engine = Engine::new(config).await.expect("in memory");
        let parts = engine.page_parts(Seat {
            listen,
            dir: scratch.dir.clone(),
            read_only: false,
            stop: CancellationToken::new(),
        });
        let codes = Codes::new(scratch.dir.clone(), clock.clone());
        Self {
            router: router(parts),
            codes,
            clock,
            _scratch: scratch,
        }
    }

    async fn ask(&self, method: &Method, path: &str, headers: &[(&str, &str)]) -> Response {
        self.send(method, path, headers, String::new()).await
    }

    async fn send(
        &self,
        method: &Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Response {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body)).expect("a literal request");
        self.router
            .clone()
            .oneshot(request)
            .await
            .expect("the router never fails")
    }

    /// Signs in and gives the cookie.
    async fn cookie(&self) -> String {
        let link = self.codes.link("").expect("the folder can be written");
        let answer = self.ask(&Method::GET, &link, &[("host", HERE)]).await;
        assert_eq!(
            (answer.status(), &answer.headers()[LOCATION]),
            (StatusCode::SEE_OTHER, &"/".parse().expect("a path"))
        );
        let cookie = answer.headers()[SET_COOKIE]
            .to_str()
            .expect("text")
            .to_owned();
        assert!(cookie.contains("; HttpOnly; SameSite=Strict"), "{cookie}");
        cookie.split(';').next().expect("a value").to_owned()
    }
}

/// Every address there is: ours, the app's pages, its server functions, a file, and nowhere.
fn addresses() -> Vec<String> {
    let own = routes::OWN.iter().map(|route| route.path);
    let others = [
        "/",
        "/schedule",
        "/pods",
        "/nodes/x",
        "/pods/default/x",
        "/pods/default/x/log",
        "/api/act",
        "/form/bulk/cronjobs",
        "/form/edit/cronjobs/default/backup",
        "/pkg/orrery.js",
        "/nowhere/at/all/in/here",
    ];
    let fill = |path: &str| path.replace("{*file}", "x.js");
    own.chain(others).map(fill).collect()
}

const CHANGING: [Method; 4] = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

#[tokio::test(start_paused = true)]
async fn no_route_answers_under_a_foreign_name() {
    let house = House::new().await;
    let cookie = house.cookie().await;
    let foreign = [
        "evil.example",
        "evil.example:8080",
        "127.0.0.1.evil.example",
        "192.0.2.1:8080",
        "",
        "[::2]:8080",
    ];
    for path in addresses() {
        for host in foreign {
            let answer = house
                .ask(&Method::GET, &path, &[("host", host), ("cookie", &cookie)])
                .await;
            assert_eq!(
                answer.status(),
                StatusCode::MISDIRECTED_REQUEST,
                "{path} as {host}"
            );
        }
        let twice = [
            ("host", HERE),
            ("host", "evil.example"),
            ("cookie", &cookie),
        ];
        assert_eq!(
            house.ask(&Method::GET, &path, &twice).await.status(),
            StatusCode::MISDIRECTED_REQUEST,
            "{path}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_changes_or_streams_for_another_page() {
    let house = House::new().await;
    let cookie = house.cookie().await;
    let strangers: [&[(&str, &str)]; 7] = [
        &[],
        &[("origin", "http://evil.example")],
        &[("origin", "http://127.0.0.1:3000")],
        &[("origin", "null")],
        &[("sec-fetch-site", "same-site")],
        &[
            ("sec-fetch-site", "cross-site"),
            ("origin", "http://127.0.0.1:8080"),
        ],
        &[("referer", "http://127.0.0.1:80800/")],
    ];
    for stranger in strangers {
        let headers: Vec<_> = [("host", HERE), ("cookie", cookie.as_str())]
            .into_iter()
            .chain(stranger.iter().copied())
            .collect();
        for path in addresses() {
            for method in &CHANGING {
                let answer = house.ask(method, &path, &headers).await;
                assert_eq!(
                    answer.status(),
                    StatusCode::FORBIDDEN,
                    "{method} {path} from {stranger:?}"
                );
            }
        }
        for route in routes::OWN.iter().filter(|route| route.stream) {
            let answer = house.ask(&Method::GET, route.path, &headers).await;
            assert_eq!(
                answer.status(),
                StatusCode::FORBIDDEN,
                "{} from {stranger:?}",
                route.path
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn our_own_page_may() {
    let house = House::new().await;
    let cookie = house.cookie().await;
    let ways: [&[(&str, &str)]; 3] = [
        &[
            ("sec-fetch-site", "same-origin"),
            ("origin", "http://127.0.0.1:8080"),
        ],
        &[("origin", "http://127.0.0.1:8080")],
        &[("referer", "http://127.0.0.1:8080/pods")],
    ];
    for way in ways {
        let headers: Vec<_> = [("host", HERE), ("cookie", cookie.as_str())]
            .into_iter()
            .chain(way.iter().copied())
            .collect();
        let answer = house.ask(&Method::GET, "/live?at=%2Fpods", &headers).await;
        assert_eq!(answer.status(), StatusCode::OK, "{way:?}");
        let answer = house.ask(&Method::POST, "/api/act", &headers).await;
        assert_ne!(answer.status(), StatusCode::FORBIDDEN, "{way:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_the_open_routes_answer_without_signing_in() {
    let house = House::new().await;
    for path in addresses() {
        let own_page = [
            ("host", HERE),
            ("sec-fetch-site", "same-origin"),
            ("accept", "text/html"),
        ];
        let answer = house.ask(&Method::GET, &path, &own_page).await;
        let refused = answer.status() == StatusCode::UNAUTHORIZED;
        // without a code, signing in is an invitation
        let open = routes::access(&path) == Access::Open && path != "/sign-in";
        assert_eq!(refused, !open, "{path} answered {}", answer.status());
        let answer = house.ask(&Method::POST, &path, &own_page).await;
        assert_eq!(
            answer.status() == StatusCode::UNAUTHORIZED,
            routes::access(&path) != Access::Open,
            "POST {path}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn every_answer_carries_its_headers() {
    let house = House::new().await;
    let cookie = house.cookie().await;
    for path in addresses() {
        let answer = house
            .ask(&Method::GET, &path, &[("host", HERE), ("cookie", &cookie)])
            .await;
        let policy = answer.headers()["content-security-policy"]
            .to_str()
            .expect("text");
        let scripts = policy
            .split(';')
            .find(|part| part.trim().starts_with("script-src"));
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(
            !scripts.is_some_and(|scripts| scripts.contains("unsafe-inline")),
            "{path}: {policy}"
        );
        for name in [
            "x-content-type-options",
            "x-frame-options",
            "referrer-policy",
            "cache-control",
        ] {
            assert!(answer.headers().contains_key(name), "{path} lacks {name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_page_is_compressed_for_who_can_read_it() {
    let house = House::new().await;
    let cookie = house.cookie().await;
    let get = async |path: &str, takes: &str| {
        let headers = [
            ("host", HERE),
            ("cookie", cookie.as_str()),
            ("accept", "text/html"),
            ("accept-encoding", takes),
        ];
        let answer = house.ask(&Method::GET, path, &headers).await;
        let (parts, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.expect("it ends");
        let encoding = parts.headers.get("content-encoding").cloned();
        let vary = parts.headers.get_all("vary").iter().cloned();
        (encoding, vary.collect::<Vec<_>>(), body)
    };
    let (encoding, _, plain) = get("/gallery", "identity").await;
    assert!(encoding.is_none() && plain.starts_with(b"<!DOCTYPE html>"));
    let (encoding, vary, packed) = get("/gallery", "gzip, deflate, br").await;
    assert_eq!(encoding.expect("it is long"), "gzip");
    assert!(packed.starts_with(&[0x1f, 0x8b]), "it is what it says");
    assert!(packed.len() * 2 < plain.len(), "{} bytes", packed.len());
    assert_eq!(vary, ["cookie, accept-language", "accept-encoding"]);
    let (encoding, _, short) = get("/nowhere", "gzip").await;
    assert!(
        encoding.is_none() && short.starts_with(b"<!DOCTYPE html>"),
        "{} bytes come at once",
        short.len()
    );
}

#[tokio::test(start_paused = true)]
async fn a_code_works_once_and_not_for_long() {
    let house = House::new().await;
    let link = house.codes.link("").expect("made");
    let status = async |link: &str| {
        house
            .ask(&Method::GET, link, &[("host", HERE)])
            .await
            .status()
    };
    let guess = house
        .ask(
            &Method::GET,
            &link,
            &[("host", HERE), ("sec-purpose", "prefetch")],
        )
        .await;
    assert_eq!(
        guess.status(),
        StatusCode::SERVICE_UNAVAILABLE,
        "a browser's guess does not use it up"
    );
    let look = house.ask(&Method::HEAD, &link, &[("host", HERE)]).await;
    assert_eq!(
        (look.status(), look.headers().get(SET_COOKIE)),
        (StatusCode::SERVICE_UNAVAILABLE, None),
        "nor does who only looks"
    );
    assert_eq!(status(&link).await, StatusCode::SEE_OTHER, "the first time");
    assert_eq!(
        status(&link).await,
        StatusCode::UNAUTHORIZED,
        "not the second"
    );
    assert_eq!(
        status("/sign-in?code=..%2Fcredentials.json").await,
        StatusCode::UNAUTHORIZED,
        "nor by guessing"
    );
    let late = house.codes.link("").expect("made");
    house.clock.sleep(Duration::from_secs(601)).await;
    assert_eq!(
        status(&late).await,
        StatusCode::UNAUTHORIZED,
        "nor after ten minutes"
    );
}

#[tokio::test(start_paused = true)]
async fn a_session_survives_a_restart_and_its_secret_is_nowhere() {
    let house = House::new().await;
    let cookie = house.cookie().await;
    let secret = cookie.split('=').nth(1).expect("a value");
    let dir = &house._scratch.dir;
    for file in ["sessions.json", "credentials.json"] {
        let text = dir.read(file).expect("readable").expect("there");
        assert!(!text.contains(secret), "{file} holds the secret");
    }
    let again = super::Sessions::open(dir.clone(), house.clock.clone(), 8080);
    let mut headers = http::HeaderMap::new();
    headers.insert(
        COOKIE,
        format!("lang=ko; {cookie}").parse().expect("a header"),
    );
    assert!(again.knows(&headers), "after a restart");
    headers.insert(COOKIE, "orrery-8080=guess".parse().expect("a header"));
    assert!(!again.knows(&headers), "not a guess");
    let page = house
        .ask(
            &Method::GET,
            "/",
            &[
                (HOST.as_str(), HERE),
                (COOKIE.as_str(), &cookie),
                (ORIGIN.as_str(), "null"),
            ],
        )
        .await;
    let body = axum::body::to_bytes(page.into_body(), 1 << 20)
        .await
        .expect("a page");
    assert!(
        !String::from_utf8_lossy(&body).contains(secret),
        "the page holds the secret"
    );
}
