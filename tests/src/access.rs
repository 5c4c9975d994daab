//! What Orrery's own kubeconfig says, and connections made by it, for clients that are to know nothing of Kubernetes.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Where the API is, who one is there, and whom to believe.
#[derive(Clone, Debug)]
pub struct Access {
    /// With its port.
    pub host: String,
    pub token: String,
    /// In PEM.
    pub authority: Vec<u8>,
}

impl Access {
    /// Of a kubeconfig that Orrery wrote: one cluster, one user, each value on its line.
    pub fn read(kubeconfig: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(kubeconfig)?;
        let value = |key: &str| {
            let mut lines = text.lines();
            let found = lines.find_map(|line| line.trim().strip_prefix(key));
            found.map(str::trim).with_context(|| format!("no {key}"))
        };
        Ok(Self {
            host: value("server:")?.trim_start_matches("https://").to_owned(),
            token: value("token:")?.to_owned(),
            authority: STANDARD.decode(value("certificate-authority-data:")?)?,
        })
    }

    /// What connects, once for many connections.
    pub fn connector(&self) -> Result<TlsConnector> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(&self.authority)?)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(TlsConnector::from(Arc::new(config)))
    }

    pub async fn connect(&self, tls: &TlsConnector) -> Result<TlsStream<TcpStream>> {
        let socket = TcpStream::connect(&self.host).await?;
        socket.set_nodelay(true)?;
        let name = self.host.rsplit_once(':').context("no port")?.0;
        let name = ServerName::try_from(name.to_owned())?;
        Ok(tls.connect(name, socket).await?)
    }
}
