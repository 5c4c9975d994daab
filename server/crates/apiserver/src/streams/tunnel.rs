//! kubectl's port-forward: SPDY in a WebSocket, and in it two streams a connection, data and error.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::SplitStream;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio_tungstenite::tungstenite::Message;

use super::handshake::Socket;
use super::remote::{feed, write};
use super::spdy::{Decoder, Frame, PROTOCOL_ERROR, REFUSED_STREAM, Replies};
use crate::nodes::{ConnectRequest, NodeProxy, PodTarget};

/// The subprotocol.
pub const PROTOCOL: &str = "SPDY/3.1+portforward.k8s.io";

/// Messages on their way out, and pieces on their way into a connection.
const QUEUE: usize = 16;
/// Connections at once through one tunnel; a browser opens six to a host.
const CONNECTIONS: usize = 256;
const READ_BYTES: usize = 32 << 10;

/// Serves the tunnel until the client goes.
pub async fn run(socket: Socket, nodes: Arc<dyn NodeProxy>, target: PodTarget) {
    let (sink, stream) = socket.split();
    let (send, queue) = mpsc::channel(QUEUE);
    let tunnel = Tunnel {
        nodes,
        target,
        send,
        replies: Replies::default(),
        pairs: BTreeMap::new(),
        open: BTreeMap::new(),
        running: JoinSet::new(),
    };
    let work = async {
        tunnel.serve(stream).await;
        Ok(())
    };
    let _ = tokio::try_join!(work, write(sink, queue));
}

struct Tunnel {
    nodes: Arc<dyn NodeProxy>,
    target: PodTarget,
    send: mpsc::Sender<Message>,
    replies: Replies,
    /// Connections of which one stream is still to come, by the client's request id.
    pairs: BTreeMap<String, Pair>,
    /// By the id of the data stream.
    open: BTreeMap<u32, Open>,
    /// Each answers the id of its data stream.
    running: JoinSet<u32>,
}

#[derive(Default)]
struct Pair {
    error: Option<u32>,
    data: Option<(u32, mpsc::Receiver<Bytes>)>,
}

struct Open {
    /// `None` after the client's last byte.
    input: Option<mpsc::Sender<Bytes>>,
    task: Option<AbortHandle>,
}

impl Tunnel {
    async fn serve(mut self, mut stream: SplitStream<Socket>) {
        let mut decoder = Decoder::new();
        loop {
            let message = tokio::select! {
                message = stream.next() => message,
                Some(ended) = self.running.join_next() => {
                    if let Ok(stream) = ended {
                        self.open.remove(&stream);
                    }
                    continue;
                }
            };
            let Some(Ok(message)) = message else { return };
            match message {
                Message::Binary(bytes) => decoder.push(&bytes),
                Message::Close(_) => return,
                _ => continue,
            }
            loop {
                match decoder.next() {
                    Ok(Some(Frame::GoAway)) => return,
                    Ok(Some(frame)) => self.take(frame).await,
                    Ok(None) => break,
                    Err(why) => {
                        tracing::debug!(why = why.0, "a tunnel ends");
                        return;
                    }
                }
            }
        }
    }

    async fn take(&mut self, frame: Frame) {
        match frame {
            Frame::SynStream {
                stream,
                fin,
                headers,
            } => {
                let header = |name: &str| {
                    let found = headers.iter().find(|(known, _)| known == name);
                    found.map(|(_, value)| value.as_str())
                };
                let port = header("port").and_then(|port| port.parse().ok());
                let parts = (header("streamtype"), header("requestid"), port);
                let (Some(kind @ ("data" | "error")), Some(id), Some(port @ 1..)) = parts else {
                    return self.say(Frame::reset(stream, PROTOCOL_ERROR)).await;
                };
                self.begin(stream, kind == "data", fin, id, port).await;
            }
            Frame::Data { stream, fin, bytes } => {
                let Some(open) = self.open.get_mut(&stream) else {
                    return;
                };
                if let Some(input) = &open.input
                    && !bytes.is_empty()
                {
                    let _ = input.send(bytes).await;
                }
                if fin {
                    open.input = None;
                }
            }
            Frame::Reset { stream, .. } => {
                let mut ended = vec![stream];
                self.pairs.retain(|_, pair| {
                    let data = pair.data.as_ref().map(|(data, _)| *data);
                    let stays = pair.error != Some(stream) && data != Some(stream);
                    if !stays {
                        // half a pair waits for the other no more
                        ended.extend(data);
                    }
                    stays
                });
                for stream in ended {
                    let task = self.open.remove(&stream).and_then(|open| open.task);
                    if let Some(task) = task {
                        task.abort();
                    }
                }
            }
            Frame::Ping(id) => self.say(Frame::ping(id)).await,
            Frame::GoAway | Frame::Other => {}
        }
    }

    /// Accepts a stream, and connects when both are there.
    async fn begin(&mut self, stream: u32, is_data: bool, fin: bool, id: &str, port: u16) {
        if self.open.len() + self.pairs.len() >= CONNECTIONS && !self.pairs.contains_key(id) {
            return self.say(Frame::reset(stream, REFUSED_STREAM)).await;
        }
        let twice = self.pairs.get(id).is_some_and(|pair| match is_data {
            true => pair.data.is_some(),
            false => pair.error.is_some(),
        });
        if twice || self.open.contains_key(&stream) {
            return self.say(Frame::reset(stream, PROTOCOL_ERROR)).await;
        }
        let reply = self.replies.accept(stream);
        self.say(reply).await;
        let mut pair = self.pairs.remove(id).unwrap_or_default();
        if is_data {
            let (input, fed) = mpsc::channel(QUEUE);
            pair.data = Some((stream, fed));
            let input = Some(input).filter(|_| !fin);
            self.open.insert(stream, Open { input, task: None });
        } else {
            pair.error = Some(stream);
        }
        let (Some(error), Some((data, fed))) = (pair.error, pair.data.take()) else {
            self.pairs.insert(id.to_owned(), pair);
            return;
        };
        let forward = Forward {
            data,
            error,
            request: ConnectRequest {
                target: self.target.clone(),
                port,
                tls: false,
            },
            send: self.send.clone(),
        };
        let task = self.running.spawn(forward.run(self.nodes.clone(), fed));
        if let Some(open) = self.open.get_mut(&data) {
            open.task = Some(task);
        }
    }

    async fn say(&self, frame: Bytes) {
        let _ = self.send.send(Message::Binary(frame)).await;
    }
}

/// One connection.
struct Forward {
    data: u32,
    error: u32,
    request: ConnectRequest,
    send: mpsc::Sender<Message>,
}

impl Forward {
    /// Answers the id of the data stream, after both streams have ended.
    async fn run(self, nodes: Arc<dyn NodeProxy>, fed: mpsc::Receiver<Bytes>) -> u32 {
        if let Err(why) = self.copy(nodes, fed).await {
            let ConnectRequest { target, port, .. } = &self.request;
            let (pod, uid) = (&target.pod, &target.pod_uid);
            // upstream's words
            let text = format!("error forwarding port {port} to pod {pod}, uid {uid}: {why}");
            self.say(Frame::data(self.error, false, text.as_bytes()))
                .await;
        }
        self.say(Frame::data(self.data, true, &[])).await;
        self.say(Frame::data(self.error, true, &[])).await;
        self.data
    }

    async fn copy(
        &self,
        nodes: Arc<dyn NodeProxy>,
        fed: mpsc::Receiver<Bytes>,
    ) -> Result<(), String> {
        let (mut reader, writer) = nodes.connect(self.request.clone()).await?;
        let sending = async {
            feed(fed, Some(writer)).await;
            // the answer may still be on its way
            std::future::pending::<()>().await;
        };
        let receiving = async {
            let mut buffer = vec![0; READ_BYTES];
            while let Ok(count) = reader.read(&mut buffer).await {
                if count == 0 {
                    return;
                }
                self.say(Frame::data(self.data, false, &buffer[..count]))
                    .await;
            }
        };
        tokio::select! {
            () = receiving => {}
            () = sending => {}
        }
        Ok(())
    }

    async fn say(&self, frame: Bytes) {
        let _ = self.send.send(Message::Binary(frame)).await;
    }
}
