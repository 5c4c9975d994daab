//! One life of Orrery: from bound sockets to a clean stop.

use std::net::TcpListener;
use std::time::Duration;

use anyhow::{Context, Result};
use async_trait::async_trait;
use axum::Router;
use orrery_clock::Clock;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::attached::{Attached, Target, plain};
use crate::credentials::{Credentials, kubeconfig, viewer_kubeconfig};
use crate::data_dir::{DataDir, Lock};
use crate::endpoints::{Endpoints, reachable};
use crate::engine::{Engine, EngineConfig};
use crate::page::{Parts, Seat};
use crate::{ledger, listen, page};

/// A stop is done within five seconds, whatever hangs.
const STOP_WITHIN: Duration = Duration::from_millis(4_500);

/// What a life is given: everything that the machine gives only once.
#[derive(Debug)]
pub struct Config {
    /// Bound and set to non-blocking.
    pub page: TcpListener,
    pub dir: DataDir,
    pub lock: Lock,
    pub cluster: Cluster,
    /// Nothing is changed through the page.
    pub read_only: bool,
}

/// Which cluster the page is over.
#[derive(Debug)]
pub enum Cluster {
    /// One of its own.
    Embedded {
        /// Bound and set to non-blocking.
        api: TcpListener,
        nodes: u8,
        in_memory: bool,
    },
    /// Somebody else's.
    Attached(Box<Target>),
}

/// What has been started and is to be stopped.
#[async_trait]
pub trait Life: Send {
    /// Waits until the page has something to show.
    async fn ready(&mut self);
    async fn stop(self: Box<Self>);
}

/// A cluster behind a page, at work.
struct Prepared {
    life: Box<dyn Life>,
    parts: Parts,
    /// Where the cluster's API answers.
    api_url: String,
    /// The API's own socket, if the API is ours.
    api: Option<(TcpListener, TlsAcceptor, Router)>,
}

/// Runs until `shutdown` resolves. `announce` is told when everything answers.
pub async fn run(
    config: Config,
    shutdown: impl Future<Output = ()>,
    announce: impl FnOnce(&Endpoints, &DataDir),
) -> Result<()> {
    // the lock is held to the end: a second Orrery must not start on what this one still writes
    let Config {
        page,
        dir,
        lock: _lock,
        cluster,
        read_only,
    } = config;
    let clock = Clock::real();
    let page_address = page.local_addr()?;
    let stop = CancellationToken::new();
    let seat = Seat {
        listen: page_address,
        dir: dir.clone(),
        read_only,
        stop: stop.clone(),
    };
    let prepared = match cluster {
        Cluster::Embedded {
            api,
            nodes,
            in_memory,
        } => embedded(seat, clock.clone(), api, nodes, in_memory).await?,
        Cluster::Attached(target) => attached(seat, clock.clone(), *target).await?,
    };
    let Prepared {
        mut life,
        parts,
        api_url,
        api,
    } = prepared;
    let mut listeners = vec![tokio::spawn(listen::serve(
        tokio::net::TcpListener::from_std(page)?,
        None,
        page::router(parts),
        stop.clone(),
    ))];
    if let Some((socket, tls, router)) = api {
        let socket = tokio::net::TcpListener::from_std(socket)?;
        let serving = listen::serve(socket, Some(tls), router, stop.clone());
        listeners.push(tokio::spawn(serving));
    }

    let page_url = format!("http://{}", reachable(page_address));
    let codes = page::Codes::new(dir.clone(), clock);
    let folder = |error| dir.problem(error);
    let endpoints = Endpoints {
        sign_in: codes.link(&page_url).map_err(folder)?,
        page: page_url,
        api: api_url,
    };

    let mut shutdown = std::pin::pin!(shutdown);
    let ready = tokio::select! {
        () = life.ready() => true,
        () = shutdown.as_mut() => false,
    };
    if ready {
        endpoints.write(&dir).map_err(folder)?;
        announce(&endpoints, &dir);
        shutdown.await;
    }

    tracing::info!("stopping");
    let stopping = async {
        stop.cancel();
        Endpoints::remove(&dir);
        life.stop().await;
        for listener in listeners {
            let _ = listener.await;
        }
    };
    if tokio::time::timeout(STOP_WITHIN, stopping).await.is_err() {
        tracing::warn!("the stop took too long and was cut short");
    }
    Ok(())
}

/// A cluster inside this process, with an API that kubectl reaches.
async fn embedded(
    seat: Seat,
    clock: Clock,
    api: TcpListener,
    nodes: u8,
    in_memory: bool,
) -> Result<Prepared> {
    let dir = seat.dir.clone();
    let folder = |error| dir.problem(error);
    let api_address = api.local_addr()?;
    let credentials = Credentials::load(&dir, api_address.ip(), clock.now()).map_err(folder)?;
    let engine = Engine::new(EngineConfig {
        dir: &dir,
        credentials: &credentials,
        clock,
        nodes,
        in_memory,
        api_address,
    })
    .await?;
    let tls = listen::acceptor(&credentials)
        .context("the certificates in credentials.json cannot be used")?;
    let api_url = format!("https://{}", reachable(api_address));
    for (file, text) in [
        ("kubeconfig", kubeconfig(&credentials, &api_url)),
        (
            "kubeconfig-viewer",
            viewer_kubeconfig(&credentials, &api_url),
        ),
    ] {
        dir.write(file, text.as_bytes()).map_err(folder)?;
    }
    Ok(Prepared {
        parts: engine.page_parts(seat),
        api: Some((api, tls, engine.api_router())),
        api_url,
        life: Box::new(engine.start()),
    })
}

/// The page alone.
async fn attached(seat: Seat, clock: Clock, target: Target) -> Result<Prepared> {
    let (name, origin) = (target.name.clone(), target.origin.clone());
    let shown = (name, target.namespaces.clone());
    let (client, api_url) = target.connect().await?;
    // by its address and not by what it says of itself: it need not answer yet
    let dir = seat.dir.clone();
    let kept = ledger::open(&dir, &plain(&api_url)).map_err(|source| dir.problem(source))?;
    let mut attached = Attached::new(client, clock, shown, origin, kept);
    if !seat.read_only {
        attached = attached.with_backfills();
    }
    Ok(Prepared {
        parts: attached.page_parts(seat),
        api: None,
        api_url,
        life: Box::new(attached.start()),
    })
}
