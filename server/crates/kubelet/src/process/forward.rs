//! hostPort: a TCP listener on the node's address that leads to the pod's port.
//!
//! Pods share the host's network, and by convention a process listens on $(POD_IP). One that listens
//! on 127.0.0.1 only is reached there when nothing answers on the pod's address.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

use super::pod::Pod;
use crate::runtime::{HostPort, Sandbox};
use crate::streams::{Reader, Writer};

/// The pod's forwards; they end when this is dropped, connections included.
#[derive(Default)]
pub struct Forwards(Vec<AbortHandle>);

impl Drop for Forwards {
    fn drop(&mut self) {
        self.0.iter().for_each(AbortHandle::abort);
    }
}

/// Takes all host ports of the pod, or none.
pub async fn listen(sandbox: &Sandbox) -> Result<Forwards, String> {
    let node = sandbox.host_ip.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let pod = sandbox.ip.unwrap_or(node);
    let mut bound = Vec::new();
    for port in &sandbox.host_ports {
        let address = SocketAddr::new(address(port, node), port.host_port);
        let listener = TcpListener::bind(address).await;
        let listener =
            listener.map_err(|error| format!("host port {address} cannot be taken: {error}"))?;
        bound.push((listener, SocketAddr::new(pod, port.container_port)));
    }
    let forward = |(listener, to)| tokio::spawn(accept(listener, to)).abort_handle();
    Ok(Forwards(bound.into_iter().map(forward).collect()))
}

/// 0.0.0.0 means the node's own address here, for many nodes share one machine.
fn address(port: &HostPort, node: IpAddr) -> IpAddr {
    port.host_ip
        .filter(|ip| !ip.is_unspecified())
        .unwrap_or(node)
}

async fn accept(listener: TcpListener, to: SocketAddr) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((client, _)) => drop(connections.spawn(serve(client, to))),
                // Out of descriptors, most likely: wait for one to close.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Connects to a port of a running pod.
pub async fn open(pod: Option<Arc<Pod>>, port: u16) -> Result<(Reader, Writer), String> {
    let pod = pod.ok_or("the pod is not running")?;
    let node = pod.sandbox.host_ip;
    let address = pod
        .sandbox
        .ip
        .or(node)
        .unwrap_or(Ipv4Addr::LOCALHOST.into());
    let server = connect(SocketAddr::new(address, port)).await;
    // upstream's words, of a network namespace where the pod's address is localhost
    let server = server.map_err(|error| {
        format!("failed to connect to localhost:{port} inside the pod (at {address}): {error}")
    })?;
    let _ = server.set_nodelay(true);
    let (read, write) = server.into_split();
    Ok((Box::new(read), Box::new(write)))
}

async fn connect(to: SocketAddr) -> io::Result<TcpStream> {
    match TcpStream::connect(to).await {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            TcpStream::connect((Ipv4Addr::LOCALHOST, to.port())).await
        }
        other => other,
    }
}

async fn serve(mut client: TcpStream, to: SocketAddr) -> io::Result<()> {
    let mut server = connect(to).await?;
    tokio::io::copy_bidirectional(&mut client, &mut server)
        .await
        .map(drop)
}
