//! Port-forward in the channels of a WebSocket: two a port, its data and its error, each beginning with
//! the port's number. The way of `kube` and other clients; kubectl has a tunnel.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use futures::future::join_all;
use futures::stream::SplitStream;
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::Message;

use super::channel::{Protocol, Said};
use super::handshake::Socket;
use super::remote::{copy, feed, write};
use crate::nodes::{ConnectRequest, NodeProxy, PodTarget};

/// Messages on their way, each way and port.
const QUEUE: usize = 8;

/// Connects to each port and serves the connections until the client goes or all have ended.
pub async fn run(
    socket: Socket,
    protocol: Protocol,
    nodes: Arc<dyn NodeProxy>,
    target: PodTarget,
    ports: Vec<u16>,
) {
    let (sink, mut stream) = socket.split();
    let (send, queue) = mpsc::channel(QUEUE);
    let mut inputs = Vec::new();
    let mut connections = Vec::new();
    for (number, port) in (0_u8..).zip(ports) {
        let (input, fed) = mpsc::channel(QUEUE);
        inputs.push(Some(input));
        let forward = Forward {
            protocol,
            data: number * 2,
            request: ConnectRequest {
                tls: false,
                target: target.clone(),
                port,
            },
            send: send.clone(),
        };
        connections.push(forward.run(nodes.clone(), fed));
    }
    drop(send);
    let work = async {
        tokio::select! {
            _ = join_all(connections) => {}
            () = listen(&mut stream, protocol, inputs) => {}
        }
        Ok(())
    };
    let _ = tokio::try_join!(work, write(sink, queue));
}

async fn listen(
    stream: &mut SplitStream<Socket>,
    protocol: Protocol,
    mut inputs: Vec<Option<mpsc::Sender<Bytes>>>,
) {
    while let Some(Ok(message)) = stream.next().await {
        if message.is_close() {
            return;
        }
        match protocol.read(&message) {
            Some(Said::Data(channel, bytes)) if channel % 2 == 0 => {
                if let Some(Some(input)) = inputs.get(usize::from(channel / 2)) {
                    let _ = input.send(bytes).await;
                }
            }
            Some(Said::Close(channel)) if channel % 2 == 0 => {
                if let Some(input) = inputs.get_mut(usize::from(channel / 2)) {
                    *input = None;
                }
            }
            _ => {}
        }
    }
}

/// One port.
struct Forward {
    protocol: Protocol,
    /// The channel of its data; the error's is the next.
    data: u8,
    request: ConnectRequest,
    send: mpsc::Sender<Message>,
}

impl Forward {
    async fn run(self, nodes: Arc<dyn NodeProxy>, fed: mpsc::Receiver<Bytes>) {
        let port = self.request.port;
        let name = self.request.target.pod.clone();
        for channel in [self.data, self.data + 1] {
            self.say(channel, &port.to_le_bytes()).await;
        }
        let (reader, writer) = match nodes.connect(self.request.clone()).await {
            Ok(connection) => connection,
            Err(why) => {
                let text = format!("error forwarding port {port} to pod {name}: {why}");
                return self.say(self.data + 1, text.as_bytes()).await;
            }
        };
        let sending = async {
            feed(fed, Some(writer)).await;
            // the answer may still be on its way
            std::future::pending::<()>().await;
        };
        let (_over, is_over) = watch::channel(false);
        let message = |bytes: &[u8]| self.protocol.message(self.data, bytes);
        tokio::select! {
            () = copy(Some(reader), message, &self.send, is_over) => {}
            () = sending => {}
        }
    }

    async fn say(&self, channel: u8, bytes: &[u8]) {
        let _ = self.send.send(self.protocol.message(channel, bytes)).await;
    }
}
