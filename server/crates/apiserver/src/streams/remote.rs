//! A command's streams in the channels of a WebSocket, both ways, until one side ends.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, Stream, StreamExt, pin_mut};
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::channel::{ERROR, Protocol, RESIZE, STDERR, STDIN, STDOUT, Said};
use super::ending::Ending;
use super::handshake::Socket;
use crate::nodes::{Reader, Resize, Session, SessionError, Writer};

/// Messages on their way, each way: enough to keep a pipe busy. A full queue waits for the slower side.
const QUEUE: usize = 8;
const READ_BYTES: usize = 32 << 10;
/// A silent peer is asked for a sign this often: one that is gone is noticed even while it is not read from.
const PING_EVERY: Duration = Duration::from_secs(15);
/// After a command's end its output is read until it ends, too, or is silent this long: something left
/// running in the background may hold it open.
const QUIET: Duration = Duration::from_millis(250);
/// For the client's half of the goodbye.
const GOODBYE: Duration = Duration::from_secs(5);

/// Opens a session and serves it. A client that goes ends it: the session is dropped.
pub async fn run(
    socket: Socket,
    protocol: Protocol,
    opened: impl Future<Output = Result<Session, SessionError>>,
) {
    let (sink, mut stream) = socket.split();
    let (send, queue) = mpsc::channel(QUEUE);
    let work = async {
        let talk = talk(&mut stream, protocol, opened, &send);
        if let Some(last) = talk.await {
            let _ = send.send(protocol.message(ERROR, &last)).await;
        }
        drop(send);
        Ok(())
    };
    if tokio::try_join!(work, write(sink, queue)).is_ok() {
        let rest = async { while let Some(Ok(_)) = stream.next().await {} };
        let _ = tokio::time::timeout(GOODBYE, rest).await;
    }
}

/// Serves a session to its end; answers what the error channel says then, nothing for a client that
/// went away.
async fn talk(
    stream: &mut SplitStream<Socket>,
    protocol: Protocol,
    opened: impl Future<Output = Result<Session, SessionError>>,
    send: &mpsc::Sender<Message>,
) -> Option<Bytes> {
    let session = match opened.await {
        Ok(session) => session,
        Err(error) => return Some(ending(protocol, Ending::of_error(error))),
    };
    let Session {
        stdin,
        stdout,
        stderr,
        resize,
        exit,
    } = session;
    // upstream tells the client in this way that the streams are open
    let first = match (&stdout, &stderr) {
        (Some(_), _) => STDOUT,
        (None, Some(_)) => STDERR,
        (None, None) => ERROR,
    };
    let _ = send.send(protocol.message(first, &[])).await;
    let (over, is_over) = watch::channel(false);
    let ended = async {
        let code = exit.await;
        over.send_replace(true);
        code
    };
    let outputs = async {
        tokio::join!(
            ended,
            copy(
                stdout,
                |bytes| protocol.message(STDOUT, bytes),
                send,
                is_over.clone()
            ),
            copy(
                stderr,
                |bytes| protocol.message(STDERR, bytes),
                send,
                is_over.clone()
            ),
        )
        .0
    };
    let (input, fed) = mpsc::channel(QUEUE);
    let feeding = async {
        feed(fed, stdin).await;
        std::future::pending::<()>().await;
    };
    let listening = listen(stream, protocol, input, resize);
    pin_mut!(outputs, feeding, listening);
    tokio::select! {
        code = outputs => Some(ending(protocol, Ending::of_exit(code))),
        () = listening => None,
        () = feeding => None,
    }
}

fn ending(protocol: Protocol, ending: Ending) -> Bytes {
    match protocol.status {
        true => ending.json(),
        false => ending.text(),
    }
}

/// Copies an output to its end, as messages.
pub async fn copy(
    reader: Option<Reader>,
    message: impl Fn(&[u8]) -> Message,
    send: &mpsc::Sender<Message>,
    mut is_over: watch::Receiver<bool>,
) {
    let Some(mut reader) = reader else { return };
    let mut buffer = BytesMut::with_capacity(READ_BYTES);
    loop {
        buffer.clear();
        buffer.reserve(READ_BYTES);
        let quiet = async {
            if is_over.wait_for(|over| *over).await.is_err() {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(QUIET).await;
        };
        let read = tokio::select! {
            biased;
            read = reader.read_buf(&mut buffer) => read,
            () = quiet => return,
        };
        if !matches!(read, Ok(count) if count > 0) || send.send(message(&buffer)).await.is_err() {
            return;
        }
    }
}

/// Writes what comes, and then the end. Who reads no more is not written to, and loses nothing.
pub async fn feed(mut fed: mpsc::Receiver<Bytes>, mut stdin: Option<Writer>) {
    while let Some(bytes) = fed.recv().await {
        if let Some(writer) = &mut stdin
            && writer.write_all(&bytes).await.is_err()
        {
            stdin = None;
        }
    }
    if let Some(mut writer) = stdin {
        let _ = writer.shutdown().await;
    }
}

/// Takes the client's messages until it goes.
async fn listen(
    stream: &mut SplitStream<Socket>,
    protocol: Protocol,
    input: mpsc::Sender<Bytes>,
    resize: Option<Resize>,
) {
    let mut input = Some(input);
    while let Some(Ok(message)) = stream.next().await {
        if message.is_close() {
            return;
        }
        match protocol.read(&message) {
            Some(Said::Data(STDIN, bytes)) => {
                if let Some(input) = &input {
                    let _ = input.send(bytes).await;
                }
            }
            Some(Said::Data(RESIZE, bytes)) => set_size(&bytes, resize.as_ref()),
            Some(Said::Close(STDIN)) => input = None,
            _ => {}
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Size {
    width: u16,
    height: u16,
}

fn set_size(bytes: &[u8], resize: Option<&Resize>) {
    if let (Some(resize), Ok(size)) = (resize, serde_json::from_slice::<Size>(bytes)) {
        resize(size.width, size.height);
    }
}

/// Sends messages until there are no more or the client goes. What it says is not heard.
pub async fn tell(socket: Socket, messages: impl Stream<Item = Message>) {
    let (sink, mut stream) = socket.split();
    // one message on its way: who does not read holds one chunk
    let (send, queue) = mpsc::channel(1);
    // it owns the queue's sender, whose end is the writer's
    let reading = async move {
        let mut messages = std::pin::pin!(messages);
        while let Some(message) = messages.next().await {
            if send.send(message).await.is_err() {
                return;
            }
        }
    };
    let client = async {
        while let Some(Ok(message)) = stream.next().await {
            if message.is_close() {
                return;
            }
        }
    };
    let work = async {
        tokio::select! {
            () = reading => {}
            () = client => {}
        }
        Ok(())
    };
    let _ = tokio::try_join!(work, write(sink, queue));
}

/// The client went away.
pub struct Gone;

/// Sends what is queued, a ping in long silence, and a close frame at the end.
pub async fn write(
    mut sink: SplitSink<Socket, Message>,
    mut queue: mpsc::Receiver<Message>,
) -> Result<(), Gone> {
    loop {
        let message = match tokio::time::timeout(PING_EVERY, queue.recv()).await {
            Ok(Some(message)) => message,
            Ok(None) => break,
            Err(_) => Message::Ping(Bytes::new()),
        };
        sink.send(message).await.map_err(|_| Gone)?;
    }
    let goodbye = CloseFrame {
        code: CloseCode::Normal,
        reason: "".into(),
    };
    let sent = sink.send(Message::Close(Some(goodbye))).await;
    sent.map_err(|_| Gone)
}
