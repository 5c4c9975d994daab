//! `GET /terminal?namespace=…&pod=…&container=…&command=…`: a command in a container, as `kubectl exec -it` has it, over
//! one WebSocket.
//!
//! Binary messages are the terminal's bytes, both ways. Text messages are JSON: the browser tells its size
//! (`{"size":[80,24]}`, columns and rows) and how many bytes it has drawn since it said so last (`{"drawn":4096}`), and
//! is told the end in a sentence (`{"end":"…"}`). A browser that goes takes the command with it: the connection to the
//! cluster is dropped, which ends it there.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures::{Sink, SinkExt, Stream, StreamExt};
use http::StatusCode;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::Api;
use kube::api::{AttachParams, TerminalSize};
use orrery_app::address;
use orrery_app::lang::Lang;
use orrery_app::page::Asked;
use orrery_app::terminal::{End, SHELL};
use serde::Deserialize;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::{interval, timeout};
use tokio_util::sync::CancellationToken;

use super::Site;
use crate::backend::read_only;

/// Terminals at a time: far more than a person types into, and each holds a process in a container.
pub const MOST_TERMINALS: usize = 32;
/// The longest message taken: a large paste comes as one.
const MOST_MESSAGE_BYTES: usize = 1 << 20;
/// Typed and not yet read. What comes beyond is lost, as beyond a terminal's own buffer: to wait for a program that does
/// not read would leave unheard how much is drawn, for which its output waits.
const MOST_TYPED_BYTES: usize = 2 * MOST_MESSAGE_BYTES;
const READ_BYTES: usize = 32 << 10;
/// Sent and not yet drawn. A program that writes faster than a browser draws waits.
const WINDOW_BYTES: usize = 256 << 10;
/// A browser is asked for a sign of life this often: one that fell asleep says no goodbye.
const PING_EVERY: Duration = Duration::from_secs(15);
/// A cluster that has not begun the command by then does not answer; meanwhile nobody hears whether the browser goes.
const BEGIN_WITHIN: Duration = Duration::from_secs(30);
/// A browser answers a farewell at once, or has gone.
const LEAVE_WITHIN: Duration = Duration::from_secs(5);
/// Three signs missed.
const GONE_AFTER: Duration = Duration::from_secs(50);

/// What a shell and a container runtime make of SIGKILL.
const KILLED: i32 = 128 + 9;

/// Opens a terminal and serves it to its end.
pub async fn open(
    State(site): State<Site>,
    asked: Asked,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let parts = &site.0.parts;
    let text = |name: &str| asked.value(name).unwrap_or_default().to_owned();
    let Some(pod) = address::named("pods", &text("namespace"), &text("pod")) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if parts.read_only {
        return (StatusCode::FORBIDDEN, format!("{}\n", read_only::REFUSAL)).into_response();
    }
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade.max_message_size(MOST_MESSAGE_BYTES),
        Err(rejection) => return rejection.into_response(),
    };
    let Ok(place) = site.0.terminals.clone().try_acquire_owned() else {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            "too many terminals are open\n",
        )
            .into_response();
    };
    let terminal = Terminal {
        pods: Api::namespaced(parts.client.clone(), &pod.namespace),
        pod: pod.name,
        container: Some(text("container")).filter(|name| !name.is_empty()),
        command: text("command"),
        stop: parts.stop.clone(),
    };
    let lang = asked.lang;
    upgrade.on_upgrade(move |socket| async move {
        terminal.serve(socket, lang).await;
        drop(place);
    })
}

/// What runs where.
struct Terminal {
    pods: Api<Pod>,
    pod: String,
    /// `None`: the only one.
    container: Option<String>,
    /// As it was typed; empty: a shell.
    command: String,
    /// Ends it.
    stop: CancellationToken,
}

/// What the browser says beside what is typed.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Said {
    /// Columns and rows.
    Size(u16, u16),
    /// Bytes.
    Drawn(usize),
}

impl Terminal {
    async fn serve(self, mut socket: WebSocket, lang: Lang) {
        let Some(end) = self.talk(&mut socket).await else {
            return;
        };
        let told = json!({ "end": end.said(lang) }).to_string();
        // it may have gone meanwhile
        let _ = socket.send(Message::Text(told.into())).await;
        let _ = socket.send(Message::Close(None)).await;
        // Until it has taken its leave: a connection that is closed over something unread takes with it what the
        // browser has not read yet.
        let leaving = async { while let Some(Ok(_)) = socket.recv().await {} };
        let _ = timeout(LEAVE_WITHIN, leaving).await;
    }

    /// Until one side ends; nothing is to be said to a browser that went.
    async fn talk(&self, socket: &mut WebSocket) -> Option<End> {
        let Some(command) = self.words() else {
            return Some(End::Unreadable);
        };
        let how = AttachParams {
            max_stdout_buf_size: Some(READ_BYTES),
            max_stdin_buf_size: Some(READ_BYTES),
            container: self.container.clone(),
            ..AttachParams::interactive_tty()
        };
        let beginning = timeout(BEGIN_WITHIN, self.pods.exec(&self.pod, command, &how));
        let mut process = tokio::select! {
            begun = beginning => match begun {
                Ok(Ok(process)) => process,
                Ok(Err(error)) => return Some(refused(error)),
                Err(_) => return Some(End::Broken),
            },
            () = self.stop.cancelled() => return Some(End::Stopping),
        };
        let stdin = process.stdin().expect("it was asked for");
        let stdout = process.stdout().expect("it was asked for");
        let sizes = process.terminal_size().expect("it has a terminal");
        let status = process.take_status().expect("it is taken once");
        let owed = watch::Sender::new(0);
        let (tell, heard) = socket.split();
        let last = tokio::select! {
            () = hear(heard, stdin, sizes, &owed) => return None,
            () = self.stop.cancelled() => return Some(End::Stopping),
            told = show(tell, stdout, status, &owed) => told?,
        };
        Some(self.end(last).await)
    }

    /// The command in words, as a shell reads them.
    fn words(&self) -> Option<Vec<String>> {
        match self.command.trim() {
            "" => Some(["sh", "-c", SHELL].map(str::to_owned).into()),
            typed => shlex::split(typed),
        }
    }

    /// What a command that ended with its container says of itself is not why.
    async fn end(&self, status: Option<Status>) -> End {
        let end = status.map_or(End::Broken, of_status);
        let is_why = match &end {
            End::Exited(code) => *code == 0,
            End::ContainerEnded | End::NotRunning(_) | End::NoProgram(_) => true,
            _ => false,
        };
        let is_killed = matches!(&end, End::Exited(KILLED));
        match is_why || self.has_container(is_killed).await {
            true => end,
            false => End::ContainerEnded,
        }
    }

    /// Whether the container runs; a cluster that does not say so leaves it open. What was killed in a pod that is
    /// being deleted was killed with its container, though the status may not say so yet.
    async fn has_container(&self, is_killed: bool) -> bool {
        let Ok(pod) = self.pods.get_opt(&self.pod).await else {
            return true;
        };
        let goes = |pod: &Pod| is_killed && pod.metadata.deletion_timestamp.is_some();
        let Some(status) = pod.filter(|pod| !goes(pod)).and_then(|pod| pod.status) else {
            return false;
        };
        let groups = [
            status.container_statuses,
            status.init_container_statuses,
            status.ephemeral_container_statuses,
        ];
        let mut all = groups.into_iter().flatten().flatten();
        let its = all.find(|it| self.container.as_ref().is_none_or(|name| *name == it.name));
        let state = its.and_then(|it| it.state);
        state.is_some_and(|state| state.running.is_some())
    }
}

/// Takes what the browser says, until it goes. Nothing that waits keeps it from listening.
async fn hear(
    mut heard: impl Stream<Item = Result<Message, axum::Error>> + Unpin,
    mut stdin: impl AsyncWrite + Unpin,
    mut sizes: impl Sink<TerminalSize> + Unpin,
    owed: &watch::Sender<usize>,
) {
    let mut typed = BytesMut::new();
    let mut size = None;
    loop {
        let message = tokio::select! {
            written = stdin.write_buf(&mut typed), if !typed.is_empty() => {
                // who reads no more has ended, or will
                if written.is_err() {
                    typed.clear();
                }
                continue;
            }
            ready = poll_fn(|cx| sizes.poll_ready_unpin(cx)), if size.is_some() => {
                if let (Ok(()), Some(size)) = (ready, size.take()) {
                    _ = sizes.start_send_unpin(size);
                }
                continue;
            }
            message = timeout(GONE_AFTER, heard.next()) => message,
        };
        let Ok(Some(Ok(message))) = message else {
            return;
        };
        match message {
            Message::Binary(bytes) if typed.len() + bytes.len() <= MOST_TYPED_BYTES => {
                typed.extend_from_slice(&bytes);
            }
            Message::Text(text) => match serde_json::from_str::<Said>(text.as_str()) {
                Ok(Said::Size(width, height)) => size = Some(TerminalSize { width, height }),
                Ok(Said::Drawn(bytes)) => {
                    owed.send_modify(|owed| *owed = owed.saturating_sub(bytes));
                }
                Err(_) => {}
            },
            Message::Close(_) => return,
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) => {}
        }
    }
}

/// Shows the browser what the command writes, to its end, and answers how it ended (`None`: it is not known). `None`
/// around that: the browser has gone.
async fn show(
    mut tell: impl Sink<Message> + Unpin,
    mut stdout: impl AsyncRead + Unpin,
    status: impl Future<Output = Option<Status>>,
    owed: &watch::Sender<usize>,
) -> Option<Option<Status>> {
    let mut status = pin!(status);
    let mut last = None;
    let mut drawn = owed.subscribe();
    let mut pings = interval(PING_EVERY);
    let mut buffer = BytesMut::new();
    loop {
        buffer.reserve(READ_BYTES);
        let reading = async {
            // its sender is here
            let _ = drawn.wait_for(|owed| *owed < WINDOW_BYTES).await.is_ok();
            stdout.read_buf(&mut buffer).await
        };
        let message = tokio::select! {
            // what was written before the end is shown before it
            biased;
            read = reading => match read {
                Ok(count) if count > 0 => {
                    owed.send_modify(|owed| *owed += count);
                    Message::Binary(buffer.split().freeze())
                }
                _ => break,
            },
            ended = &mut status, if last.is_none() => match ended {
                // its last output is still to be read
                Some(ended) => {
                    last = Some(ended);
                    continue;
                }
                // nobody would say that there is no more of it
                None => return Some(None),
            },
            _ = pings.tick() => Message::Ping(Bytes::new()),
        };
        tell.send(message).await.ok()?;
    }
    if last.is_none() {
        last = status.await;
    }
    Some(last)
}

/// By the API's code, and in its words.
fn refused(error: kube::Error) -> End {
    match error {
        kube::Error::Api(status) => End::Refused(status.message),
        error => End::Refused(error.to_string()),
    }
}

/// What this machine's node says of a command that its pod took with it.
const POD_ENDED: &str = "the pod ended before";

/// What runtimes say of a program that is not there: containerd, CRI-O and this machine.
const NO_PROGRAM: [&str; 3] = [
    "executable file not found",
    "no such file or directory",
    "not found in $path",
];

fn of_status(status: Status) -> End {
    if status.status.as_deref() == Some("Success") {
        return End::Exited(0);
    }
    let details = status.details.unwrap_or_default();
    let mut causes = details.causes.into_iter().flatten();
    let code = causes.find(|cause| cause.reason.as_deref() == Some("ExitCode"));
    let code = code.and_then(|cause| cause.message?.parse().ok());
    if let Some(code) = code {
        return End::Exited(code);
    }
    let message = status.message.unwrap_or_default();
    let lower = message.to_lowercase();
    if lower.contains(POD_ENDED) {
        End::ContainerEnded
    } else if NO_PROGRAM.iter().any(|words| lower.contains(words)) {
        End::NoProgram(message)
    } else if lower.contains("container not found") {
        End::NotRunning(message)
    } else {
        End::Refused(message)
    }
}
