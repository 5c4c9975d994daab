//! A client of the Kubernetes API that costs next to nothing: TLS, HTTP/1.1, a token.

use std::path::Path;

use anyhow::{Result, bail};
use orrery_tests::Access;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// One TLS record; a thousand connections have one each.
const BUFFER_BYTES: usize = 16 * 1024;

/// Where the API is and how to get in.
#[derive(Clone)]
pub struct Api {
    access: Access,
    tls: TlsConnector,
}

impl Api {
    /// The API of the Orrery that runs on a data folder.
    pub fn of(folder: &Path) -> Result<Self> {
        let access = Access::read(&folder.join("kubeconfig"))?;
        Ok(Self {
            tls: access.connector()?,
            access,
        })
    }

    /// A connection that is kept.
    pub async fn connect(&self) -> Result<Connection> {
        let Access { host, token, .. } = &self.access;
        Ok(Connection {
            stream: self.access.connect(&self.tls).await?,
            head: format!(
                "Host: {host}\r\nAuthorization: Bearer {token}\r\nAccept: application/json\r\n"
            ),
            bytes: vec![0; BUFFER_BYTES],
            from: 0,
            to: 0,
        })
    }
}

/// One request at a time.
pub struct Connection {
    stream: TlsStream<TcpStream>,
    head: String,
    bytes: Vec<u8>,
    from: usize,
    to: usize,
}

impl Connection {
    /// Sends and reads the whole answer; anything but success is an error.
    pub async fn ask(&mut self, method: &str, path: &str, body: &str) -> Result<Vec<u8>> {
        let length = self.send(method, path, body).await?;
        let mut whole = Vec::new();
        match length {
            Some(mut left) => {
                while left > 0 {
                    let part = self.some(left).await?;
                    whole.extend_from_slice(part);
                    left -= part.len();
                }
            }
            None => while self.chunk(|part| whole.extend_from_slice(part)).await? {},
        }
        Ok(whole)
    }

    /// Opens a watch; then [`Connection::chunk`] gives its bytes.
    pub async fn watch(&mut self, path: &str) -> Result<()> {
        match self.send("GET", path, "").await? {
            None => Ok(()),
            Some(_) => bail!("a watch of {path} has an end"),
        }
    }

    /// The next chunk of a body without a length; false at its end.
    pub async fn chunk(&mut self, mut take: impl FnMut(&[u8])) -> Result<bool> {
        let line = self.line().await?;
        let mut left = usize::from_str_radix(line.trim(), 16)?;
        let more = left > 0;
        while left > 0 {
            let part = self.some(left).await?;
            let length = part.len();
            take(part);
            left -= length;
        }
        self.line().await?;
        Ok(more)
    }

    /// The answer's length, or `None` when it comes in chunks.
    async fn send(&mut self, method: &str, path: &str, body: &str) -> Result<Option<usize>> {
        let kind = match method {
            "PATCH" => "application/merge-patch+json",
            _ => "application/json",
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\n{}Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
            self.head,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        self.stream.flush().await?;
        let status = self.line().await?;
        let mut length = None;
        loop {
            let line = self.line().await?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = Some(value.trim().parse()?);
            }
        }
        if !status.starts_with("HTTP/1.1 2") {
            bail!("{method} {path}: {status}");
        }
        Ok(length)
    }

    async fn line(&mut self) -> Result<String> {
        let mut line = Vec::new();
        loop {
            let ready = self.some(usize::MAX).await?;
            if let Some(end) = ready.iter().position(|byte| *byte == b'\n') {
                line.extend_from_slice(&ready[..end]);
                // what lies behind the line was not ours to take
                let behind = ready.len() - end - 1;
                self.from -= behind;
                return Ok(String::from_utf8(line)?.trim_end().to_owned());
            }
            line.extend_from_slice(ready);
        }
    }

    /// Takes some bytes, at most `most`.
    async fn some(&mut self, most: usize) -> Result<&[u8]> {
        if self.from == self.to {
            self.from = 0;
            self.to = self.stream.read(&mut self.bytes).await?;
            if self.to == 0 {
                bail!("the connection ended");
            }
        }
        let start = self.from;
        self.from = self.to.min(start.saturating_add(most));
        Ok(&self.bytes[start..self.from])
    }
}
