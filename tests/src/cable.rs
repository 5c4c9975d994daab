//! A cable between a browser and a page, which can be pulled out.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Carries every connection to one address until it is dropped.
pub struct Cable {
    /// Where the near end is.
    pub address: SocketAddr,
    pulled: watch::Sender<bool>,
    carries: JoinHandle<()>,
}

impl Cable {
    /// To where a page's URL points.
    pub async fn to(page: &str) -> Result<Self> {
        let page: url::Url = page.parse()?;
        let port = page.port().context("a page has a port of its own")?;
        let near = TcpListener::bind("127.0.0.1:0").await?;
        let (pulled, state) = watch::channel(false);
        Ok(Self {
            address: near.local_addr()?,
            pulled,
            carries: tokio::spawn(async move {
                while let Ok((stream, _)) = near.accept().await {
                    // whoever comes while it is out is hung up on
                    if !*state.borrow() {
                        tokio::spawn(carry(stream, port, state.clone()));
                    }
                }
            }),
        })
    }

    /// Pulls it out: every connection ends, none begins.
    pub fn pull(&self) {
        self.pulled.send_replace(true);
    }

    pub fn plug_in(&self) {
        self.pulled.send_replace(false);
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.carries.abort();
    }
}

async fn carry(mut near: TcpStream, port: u16, mut state: watch::Receiver<bool>) {
    let Ok(mut far) = TcpStream::connect(("127.0.0.1", port)).await else {
        return;
    };
    tokio::select! {
        _ = copy_bidirectional(&mut near, &mut far) => {}
        _ = state.wait_for(|pulled| *pulled) => {}
    }
}
