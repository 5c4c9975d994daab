//! One life of Orrery: from bound sockets to a clean stop.

use std::net::TcpListener;
use std::time::Duration;

use anyhow::{Context, Result};
use orrery_clock::Clock;
use tokio_util::sync::CancellationToken;

use crate::credentials::{Credentials, kubeconfig, viewer_kubeconfig};
use crate::data_dir::{DataDir, Lock};
use crate::endpoints::{Endpoints, reachable};
use crate::engine::{Engine, EngineConfig};
use crate::{listen, page};

/// A stop is done within five seconds, whatever hangs.
const STOP_WITHIN: Duration = Duration::from_millis(4_500);

/// What a life is given: everything that the machine gives only once.
#[derive(Debug)]
pub struct Config {
    /// Bound and set to non-blocking, as is `api`.
    pub page: TcpListener,
    pub api: TcpListener,
    pub dir: DataDir,
    pub lock: Lock,
    pub nodes: u8,
    pub in_memory: bool,
}

/// Runs until `shutdown` resolves. `announce` is told when everything answers.
pub async fn run(
    config: Config,
    shutdown: impl Future<Output = ()>,
    announce: impl FnOnce(&Endpoints, &DataDir),
) -> Result<()> {
    // held to the end: a second Orrery must not start on what this one still writes
    let Config {
        page,
        api,
        dir,
        lock: _lock,
        nodes,
        in_memory,
    } = config;
    let clock = Clock::real();
    let (page_address, api_address) = (page.local_addr()?, api.local_addr()?);
    let folder = |error| dir.problem(error);
    let credentials = Credentials::load(&dir, api_address.ip(), clock.now()).map_err(folder)?;

    let engine = Engine::new(EngineConfig {
        dir: &dir,
        credentials: &credentials,
        clock: clock.clone(),
        nodes,
        in_memory,
        api_address,
    })
    .await?;
    let stop = CancellationToken::new();
    let router = page::router(engine.page_parts(page_address, dir.clone(), stop.clone()));
    let tls = listen::acceptor(&credentials)
        .context("the certificates in credentials.json cannot be used")?;
    let listeners = [
        tokio::spawn(listen::serve(
            tokio::net::TcpListener::from_std(page)?,
            None,
            router,
            stop.clone(),
        )),
        tokio::spawn(listen::serve(
            tokio::net::TcpListener::from_std(api)?,
            Some(tls),
            engine.api_router(),
            stop.clone(),
        )),
    ];
    let mut engine = engine.start();

    let page_url = format!("http://{}", reachable(page_address));
    let api_url = format!("https://{}", reachable(api_address));
    let codes = page::Codes::new(dir.clone(), clock);
    let endpoints = Endpoints {
        sign_in: codes.link(&page_url).map_err(folder)?,
        page: page_url,
        api: api_url,
    };
    for (file, text) in [
        ("kubeconfig", kubeconfig(&credentials, &endpoints.api)),
        (
            "kubeconfig-viewer",
            viewer_kubeconfig(&credentials, &endpoints.api),
        ),
    ] {
        dir.write(file, text.as_bytes()).map_err(folder)?;
    }

    let mut shutdown = std::pin::pin!(shutdown);
    let ready = tokio::select! {
        () = engine.ready() => true,
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
        engine.stop().await;
        for listener in listeners {
            let _ = listener.await;
        }
    };
    if tokio::time::timeout(STOP_WITHIN, stopping).await.is_err() {
        tracing::warn!("the stop took too long and was cut short");
    }
    Ok(())
}
