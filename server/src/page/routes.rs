//! Our own routes beside the app's pages, as a table: the router is built from it, and the tests
//! enumerate it against the layers.

use axum::Router;
use axum::routing::{MethodRouter, get};
use orrery_app::action::EXAMPLES;
use orrery_app::terminal::ADDRESS as TERMINAL;

use super::{Site, assets, examples, health, live, log, metrics, sign_in, terminal};

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anyone who reaches the port: probes, scrapers, kubectl for the examples, and who is about to sign in.
    Open,
    /// Who has signed in.
    SignedIn,
}

/// One route.
pub struct Route {
    pub path: &'static str,
    pub access: Access,
    /// Its answer never ends.
    pub stream: bool,
    handler: fn() -> MethodRouter<Site>,
}

/// Where the live stream is.
pub const LIVE: &str = "/live";

/// Every route that is not the app's.
#[rustfmt::skip]
pub const OWN: &[Route] = &[
    Route { path: "/livez", access: Access::Open, stream: false, handler: || get(health::live) },
    Route { path: "/readyz", access: Access::Open, stream: false, handler: || get(health::ready) },
    Route { path: "/metrics", access: Access::Open, stream: false, handler: || get(metrics::text) },
    Route { path: "/sign-in", access: Access::Open, stream: false, handler: || get(sign_in::exchange) },
    Route { path: EXAMPLES, access: Access::Open, stream: false, handler: || get(examples::yaml) },
    Route { path: "/pkg/{*file}", access: Access::Open, stream: false, handler: || get(assets::package) },
    Route { path: "/{kind}/{namespace}/{name}/log.txt", access: Access::SignedIn, stream: false, handler: || get(log::download) },
    Route { path: LIVE, access: Access::SignedIn, stream: true, handler: || get(live::live).post(live::turn) },
    Route { path: TERMINAL, access: Access::SignedIn, stream: true, handler: || get(terminal::open) },
];

/// The table as a router, and the files of `public/` at the root.
pub fn own(site: Site) -> Router {
    let mut router = Router::new();
    for route in OWN {
        router = router.route(route.path, (route.handler)());
    }
    for asset in assets::at_root() {
        router = router.route(asset.path, get(assets::file));
    }
    router.with_state(site)
}

/// Who may ask for a path; whatever is not in the table is for who has signed in.
pub fn access(path: &str) -> Access {
    let package = path.starts_with("/pkg/") || assets::at_root().any(|asset| asset.path == path);
    let open = OWN
        .iter()
        .any(|route| route.path == path && route.access == Access::Open);
    match package || open {
        true => Access::Open,
        false => Access::SignedIn,
    }
}

/// True for a stream, which other sites must not open: each costs us a place.
pub fn is_stream(path: &str) -> bool {
    OWN.iter().any(|route| route.stream && route.path == path)
}
