//! Everything on the page's port: the app's pages, what they load, the live stream, sign-in, health.
//!
//! One router, four layers around all of it: [`guard`] says from where a request may come, [`door`]
//! who may send it, [`headers`] what the browser may do with the answer, [`compress`] in which form it comes.

mod assets;
mod codes;
mod compress;
mod door;
mod examples;
mod guard;
mod headers;
mod health;
mod live;
mod log;
mod metrics;
mod routes;
mod seat;
mod sessions;
mod sign_in;
mod tabs;
mod terminal;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use orrery_app::backend::Backend;
use orrery_clock::Clock;
use orrery_readmodel::ReadModel;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;

pub use codes::Codes;
use guard::Guard;
pub use log::read as read_log;
pub use metrics::Metrics;
pub use seat::Seat;
use sessions::Sessions;
use tabs::Tabs;

use crate::data_dir::DataDir;

/// The largest body that a page sends: a form with a manifest and what it was before, of half a megabyte each and
/// escaped. axum reads no larger one either.
const MOST_BODY_BYTES: usize = 2 * 1024 * 1024;

/// What the page is made from.
pub struct Parts {
    pub listen: SocketAddr,
    pub dir: DataDir,
    pub clock: Clock,
    pub client: kube::Client,
    pub readmodel: ReadModel,
    pub backend: Arc<dyn Backend>,
    /// Of the engine inside; an attached cluster counts for itself.
    pub metrics: Option<Metrics>,
    /// True once the cluster answers and every watch has been heard.
    pub ready: tokio::sync::watch::Receiver<bool>,
    /// Nothing is changed through the page; `client` refuses it too.
    pub read_only: bool,
    /// Ends the live streams and the terminals.
    pub stop: CancellationToken,
}

/// What the handlers share.
#[derive(Clone)]
struct Site(Arc<Shared>);

struct Shared {
    parts: Parts,
    guard: Guard,
    codes: Codes,
    sessions: Sessions,
    streams: Arc<tokio::sync::Semaphore>,
    tabs: Tabs,
    terminals: Arc<tokio::sync::Semaphore>,
}

/// The whole surface of the page's port.
pub fn router(parts: Parts) -> Router {
    let site = Site(Arc::new(Shared {
        guard: Guard::new(parts.listen.ip()),
        codes: Codes::new(parts.dir.clone(), parts.clock.clone()),
        sessions: Sessions::open(parts.dir.clone(), parts.clock.clone(), parts.listen.port()),
        streams: Arc::new(tokio::sync::Semaphore::new(live::MOST_STREAMS)),
        tabs: Tabs::default(),
        terminals: Arc::new(tokio::sync::Semaphore::new(terminal::MOST_TERMINALS)),
        parts,
    }));
    let pages = orrery_app::routes(site.0.parts.backend.clone(), assets::addresses());
    routes::own(site.clone())
        .merge(pages)
        .layer(compress::layer())
        .layer(RequestBodyLimitLayer::new(MOST_BODY_BYTES))
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(site.clone(), door::keep))
        .layer(from_fn_with_state(site, guard::keep))
        .layer(from_fn(headers::add))
}
