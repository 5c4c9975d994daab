//! TLS that trusts every certificate: a probe asks whether something answers, not who, and so does who
//! is passed on to a pod.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::streams::{Reader, Writer};

/// Upstream's for whoever is connected to and does not speak.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// The same connection in TLS, whoever answers. An address as name is told to nobody, as upstream's.
///
/// # Errors
/// When it does not speak TLS, or not in time; what a person reads.
pub async fn over(reader: Reader, writer: Writer) -> Result<(Reader, Writer), String> {
    let stream = tokio::io::join(reader, writer);
    let speaking = tokio::time::timeout(HANDSHAKE, connect(stream, "127.0.0.1")).await;
    let stream = speaking.map_err(|_| "net/http: TLS handshake timeout")?;
    let (reader, writer) = tokio::io::split(stream.map_err(|error| error.to_string())?);
    Ok((Box::new(reader), Box::new(writer)))
}

/// Speaks TLS over `stream` with whoever is there.
///
/// # Errors
/// When it does not speak TLS.
pub(super) async fn connect<S>(stream: S, host: &str) -> std::io::Result<TlsStream<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(std::io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Trusting(provider)))
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(std::io::Error::other)?;
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

#[derive(Debug)]
struct Trusting(Arc<CryptoProvider>);

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio_rustls::TlsAcceptor;

    use super::*;

    /// Answers in TLS, by a certificate that nobody has a reason to trust.
    pub fn acceptor() -> TlsAcceptor {
        let key = rcgen::generate_simple_self_signed(["elsewhere".to_owned()]).expect("a key");
        let provider = Arc::new(ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(
                vec![key.cert.der().clone()],
                rustls::pki_types::PrivatePkcs8KeyDer::from(key.signing_key.serialize_der()).into(),
            )
            .expect("a configuration");
        TlsAcceptor::from(Arc::new(config))
    }

    #[tokio::test]
    async fn a_pod_is_spoken_with_in_tls_whatever_its_certificate() {
        let acceptor = acceptor();
        let (ours, theirs) = tokio::io::duplex(16 << 10);
        tokio::spawn(async move {
            let mut pod = acceptor.accept(theirs).await.expect("TLS");
            let mut heard = [0; 4];
            pod.read_exact(&mut heard).await.expect("it is open");
            pod.write_all(&heard).await.expect("it is open");
            pod.flush().await.expect("it is open");
        });
        let (reader, writer) = tokio::io::split(ours);
        let connected = over(Box::new(reader), Box::new(writer)).await;
        let (mut reader, mut writer) = connected.expect("it speaks TLS");
        writer.write_all(b"ping").await.expect("it is open");
        writer.flush().await.expect("it is open");
        let mut heard = [0; 4];
        reader.read_exact(&mut heard).await.expect("it is open");
        assert_eq!(&heard, b"ping");
        let (ours, _) = tokio::io::duplex(16);
        let (reader, writer) = tokio::io::split(ours);
        let refused = over(Box::new(reader), Box::new(writer)).await;
        assert!(refused.is_err(), "nobody is there");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pod_that_says_nothing_is_not_waited_for() {
        let (ours, _silent) = tokio::io::duplex(16 << 10);
        let (reader, writer) = tokio::io::split(ours);
        let refused = over(Box::new(reader), Box::new(writer)).await.err();
        assert_eq!(refused.as_deref(), Some("net/http: TLS handshake timeout"));
    }
}
