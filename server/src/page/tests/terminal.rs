//! The terminal's WebSocket, over an API server whose only node echoes.

use std::sync::Arc;

use futures::future::BoxFuture;
use futures::{FutureExt, SinkExt, StreamExt};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube::{Api, Client};
use orrery_apiserver::{
    ApiServer, Config, ExecRequest, Identity, NodeProxy, Session, SessionError,
};
use orrery_readmodel::{ClusterInfo, ReadModel};
use orrery_store::{Options, Store};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::*;

/// Each step takes moments; a hang becomes a failure.
const LONGEST: Duration = Duration::from_secs(20);
/// At this letter an echo ends, with that code.
const LAST: (u8, i32) = (b'x', 3);
/// The same for the end that SIGKILL makes.
const KILL: (u8, i32) = (b'k', 137);

/// A node whose every command says what it reads. It has no program `nothing`, and its container `idle` does not run.
struct Echo {
    /// What was run.
    commands: mpsc::UnboundedSender<Vec<String>>,
    /// What the terminal of the last command measures.
    size: watch::Sender<(u16, u16)>,
    /// Told when a command is over, however that came.
    over: mpsc::UnboundedSender<()>,
}

/// Tells when it is dropped.
struct Over(mpsc::UnboundedSender<()>);

impl Drop for Over {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

impl Echo {
    fn run(&self, request: ExecRequest) -> Result<Session, SessionError> {
        let container = request.target.container;
        if container == "idle" {
            return Err(SessionError::NotRunning { container });
        }
        if request.command == ["nothing"] {
            let message = "\"nothing\": executable file not found in $PATH".to_owned();
            return Err(SessionError::CannotRun { message });
        }
        assert!(request.streams.tty && request.streams.stdin && !request.streams.stderr);
        let _ = self.commands.send(request.command);
        // what is typed is taken, though nobody reads what is written: a client that waits for both stands still
        let (stdin, mut read) = tokio::io::duplex(1 << 20);
        let (mut write, stdout) = tokio::io::duplex(1024);
        let (size, over) = (self.size.clone(), Over(self.over.clone()));
        let exit = async move {
            let _over = over;
            let mut letters = [0; 1024];
            while let Ok(count @ 1..) = read.read(&mut letters).await {
                let letters = &letters[..count];
                write.write_all(letters).await.ok()?;
                let ends = [LAST, KILL]
                    .into_iter()
                    .find(|(end, _)| letters.contains(end));
                if let Some((_, code)) = ends {
                    return Some(code);
                }
            }
            Some(0)
        };
        Ok(Session {
            stdin: Some(Box::new(stdin)),
            stdout: Some(Box::new(stdout)),
            stderr: None,
            resize: Some(Arc::new(move |columns, rows| {
                size.send_replace((columns, rows));
            })),
            exit: exit.boxed(),
        })
    }
}

impl NodeProxy for Echo {
    fn exec(&self, request: ExecRequest) -> BoxFuture<'static, Result<Session, SessionError>> {
        let session = self.run(request);
        async move { session }.boxed()
    }
}

/// A page over that, signed in to.
struct Room {
    router: Router,
    cookie: String,
    stop: CancellationToken,
    client: Client,
    commands: mpsc::UnboundedReceiver<Vec<String>>,
    size: watch::Receiver<(u16, u16)>,
    over: mpsc::UnboundedReceiver<()>,
    _scratch: Scratch,
}

type Socket = WebSocketStream<DuplexStream>;

const ECHO: &str = "namespace=default&pod=echo&container=c&command=";

impl Room {
    async fn new(read_only: bool) -> Self {
        let (commands_sender, commands) = mpsc::unbounded_channel();
        let (over_sender, over) = mpsc::unbounded_channel();
        let size_sender = watch::Sender::new((0, 0));
        let size = size_sender.subscribe();
        let config = Config {
            nodes: Arc::new(Echo {
                commands: commands_sender,
                size: size_sender,
                over: over_sender,
            }),
            ..Config::default()
        };
        let (clock, scratch) = (Clock::real(), Scratch::new());
        let api = ApiServer::new(Store::in_memory(Options::default()), clock.clone(), config);
        api.bootstrap().await.expect("an empty store is set up");
        let client = api.client(Identity::administrator());
        pod(&client).await;
        let info = ClusterInfo {
            name: "echo".to_owned(),
            embedded: false,
            version: String::new(),
            namespaces: Vec::new(),
        };
        // nobody looks at a page here
        let (readmodel, _) = ReadModel::new(client.clone(), clock.clone(), info);
        let stop = CancellationToken::new();
        let seat = Seat {
            listen: HERE.parse().expect("a literal address"),
            dir: scratch.dir.clone(),
            read_only,
            stop: stop.clone(),
        };
        let ready = watch::Sender::new(true);
        let parts = seat.parts(&client, &clock, &readmodel, &ready, None);
        let codes = Codes::new(scratch.dir.clone(), clock.clone());
        let house = House {
            router: router(parts),
            codes,
            clock,
            _scratch: scratch,
        };
        let cookie = house.cookie().await;
        Self {
            router: house.router,
            cookie,
            stop,
            client,
            commands,
            size,
            over,
            _scratch: house._scratch,
        }
    }

    /// Opens the WebSocket from a page of that origin.
    async fn open_from(&self, query: &str, origin: &str, cookie: &str) -> Result<Socket, Error> {
        let (near, far) = tokio::io::duplex(64 << 10);
        let served = http1::Builder::new()
            .serve_connection(
                TokioIo::new(far),
                TowerToHyperService::new(self.router.clone()),
            )
            .with_upgrades();
        tokio::spawn(async move {
            // a client that goes is no failure of the page's
            let _ = served.await;
        });
        let address = format!("ws://{HERE}/terminal?{query}");
        let mut request = address.into_client_request().expect("an address");
        let headers = request.headers_mut();
        headers.insert(ORIGIN, origin.parse().expect("a header"));
        headers.insert(COOKIE, cookie.parse().expect("a header"));
        let (socket, _) = tokio_tungstenite::client_async(request, near).await?;
        Ok(socket)
    }

    async fn open(&self, query: &str) -> Socket {
        let origin = format!("http://{HERE}");
        let opened = self.open_from(query, &origin, &self.cookie).await;
        opened.expect("it opens")
    }
}

/// Its container `c` runs, `idle` does not.
async fn pod(client: &Client) {
    let pods: Api<Pod> = Api::default_namespaced(client.clone());
    let pod = json!({
        "metadata": {"name": "echo"},
        "spec": {
            "nodeName": "n1",
            "containers": [{"name": "c", "image": "busybox"}, {"name": "idle", "image": "busybox"}],
        },
    });
    let pod: Pod = serde_json::from_value(pod).expect("a literal pod");
    let made = pods.create(&PostParams::default(), &pod).await;
    made.expect("it is made");
    container(
        client,
        json!({"running": {"startedAt": "2026-11-23T12:00:00Z"}}),
    )
    .await;
}

/// Says how the container `c` is.
async fn container(client: &Client, state: Value) {
    let pods: Api<Pod> = Api::default_namespaced(client.clone());
    let status = json!({"status": {"phase": "Running", "containerStatuses": [{
        "name": "c", "image": "busybox", "imageID": "", "ready": true, "restartCount": 0, "state": state,
    }]}});
    let patch = Patch::Merge(status);
    let patched = pods
        .patch_status("echo", &PatchParams::default(), &patch)
        .await;
    patched.expect("it is there");
}

async fn next(socket: &mut Socket) -> Option<Message> {
    let next = async {
        loop {
            match socket.next().await? {
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                message => return Some(message.expect("the connection is sound")),
            }
        }
    };
    let next = tokio::time::timeout(LONGEST, next).await;
    next.expect("it says something")
}

/// Reads until that much was written.
async fn reads(socket: &mut Socket, wanted: &[u8]) {
    let mut read = Vec::new();
    while read.len() < wanted.len() {
        match next(socket).await {
            Some(Message::Binary(bytes)) => read.extend_from_slice(&bytes),
            other => panic!("{other:?} after {read:?}"),
        }
    }
    assert_eq!(read, wanted);
}

/// The sentence of the end.
async fn end(socket: &mut Socket) -> String {
    match next(socket).await {
        Some(Message::Text(text)) => {
            let told: Value = serde_json::from_str(&text).expect("JSON");
            told["end"].as_str().expect("a sentence").to_owned()
        }
        other => panic!("{other:?} is no end"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_go_both_ways_the_size_is_heard_and_the_end_is_told() {
    let mut room = Room::new(false).await;
    let mut socket = room.open(ECHO).await;
    let shell = room.commands.recv().await.expect("it runs");
    assert_eq!(shell[..2], ["sh", "-c"]);
    for words in ["LANG=C.UTF-8", "exec bash || exec sh"] {
        assert!(shell[2].contains(words), "{shell:?}");
    }
    let size = Message::text(r#"{"size":[100,30]}"#);
    socket.send(size).await.expect("sent");
    let heard = room.size.wait_for(|size| *size == (100, 30));
    let heard = tokio::time::timeout(LONGEST, heard).await;
    heard.expect("it is heard").expect("the node is there");
    socket
        .send(Message::binary(&b"\xffo\n"[..]))
        .await
        .expect("sent");
    reads(&mut socket, b"\xffo\n").await;
    let nonsense = Message::text("{");
    socket.send(nonsense).await.expect("it is passed over");
    socket.send(Message::binary(&b"x"[..])).await.expect("sent");
    reads(&mut socket, b"x").await;
    assert_eq!(
        end(&mut socket).await,
        "The command has ended with exit code 3."
    );
    assert!(matches!(next(&mut socket).await, Some(Message::Close(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paste_longer_than_what_may_be_undrawn_comes_back_whole() {
    /// More than the window and every pipe on the way hold.
    const PASTED: usize = 900 << 10;
    let room = Room::new(false).await;
    let mut socket = room.open(ECHO).await;
    let pasted = Message::binary(vec![b'a'; PASTED]);
    socket.send(pasted).await.expect("sent");
    let mut read = 0;
    while read < PASTED {
        match next(&mut socket).await {
            Some(Message::Binary(bytes)) => {
                read += bytes.len();
                let drawn = json!({"drawn": bytes.len()}).to_string();
                socket.send(Message::text(drawn)).await.expect("sent");
            }
            other => panic!("{other:?} after {read} bytes"),
        }
    }
    assert_eq!(read, PASTED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_goes_takes_the_command_with_it_and_so_does_a_stop() {
    let mut room = Room::new(false).await;
    for says_goodbye in [false, true] {
        let mut socket = room.open(ECHO).await;
        socket.send(Message::binary(&b"a"[..])).await.expect("sent");
        reads(&mut socket, b"a").await;
        if says_goodbye {
            socket.close(None).await.expect("it closes");
        }
        drop(socket);
        let over = tokio::time::timeout(LONGEST, room.over.recv()).await;
        assert_eq!(over, Ok(Some(())), "goodbye: {says_goodbye}");
    }
    let mut socket = room.open(ECHO).await;
    socket.send(Message::binary(&b"a"[..])).await.expect("sent");
    reads(&mut socket, b"a").await;
    room.stop.cancel();
    assert_eq!(
        end(&mut socket).await,
        "Orrery stops, and the command with it."
    );
    let over = tokio::time::timeout(LONGEST, room.over.recv()).await;
    assert_eq!(over, Ok(Some(())));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_is_read_in_words_and_what_cannot_begin_says_why() {
    let mut room = Room::new(false).await;
    let _socket = room.open(&format!("{ECHO}python3+-c+'print(1)'")).await;
    let command = room.commands.recv().await.expect("it runs");
    assert_eq!(command, ["python3", "-c", "print(1)"]);
    let idle = ECHO.replace("container=c", "container=idle");
    let other = ECHO.replace("pod=echo", "pod=none");
    for (query, says) in [
        (format!("{ECHO}echo+'"), "a quotation mark is not closed"),
        (format!("{ECHO}nothing"), "has no such shell or program"),
        (idle, "The container is not running"),
        (other, "pods \"none\" not found"),
    ] {
        let said = end(&mut room.open(&query).await).await;
        assert!(said.contains(says), "{query}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_ends_with_its_container_says_so() {
    let room = Room::new(false).await;
    let mut socket = room.open(ECHO).await;
    let state = json!({"running": null, "terminated": {"exitCode": 137}});
    container(&room.client, state).await;
    socket.send(Message::binary(&b"x"[..])).await.expect("sent");
    reads(&mut socket, b"x").await;
    assert_eq!(
        end(&mut socket).await,
        "The container has ended, and the terminal with it."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_killed_ends_with_its_container_if_the_pod_is_being_deleted() {
    for (letter, sentence) in [
        (KILL.0, "The container has ended, and the terminal with it."),
        (LAST.0, "The command has ended with exit code 3."),
    ] {
        let room = Room::new(false).await;
        let pods: Api<Pod> = Api::default_namespaced(room.client.clone());
        let held = Patch::Merge(json!({"metadata": {"finalizers": ["example.com/held"]}}));
        let held = pods.patch("echo", &PatchParams::default(), &held).await;
        held.expect("it is held");
        let mut socket = room.open(ECHO).await;
        socket
            .send(Message::binary(vec![b'a']))
            .await
            .expect("sent");
        reads(&mut socket, b"a").await;
        let deleted = pods.delete("echo", &DeleteParams::default()).await;
        deleted.expect("it is deleted");
        socket
            .send(Message::binary(vec![letter]))
            .await
            .expect("sent");
        reads(&mut socket, &[letter]).await;
        assert_eq!(end(&mut socket).await, sentence);
    }
}

fn status(opened: Result<Socket, Error>) -> StatusCode {
    match opened {
        Err(Error::Http(answer)) => answer.status(),
        Err(error) => panic!("{error}"),
        Ok(_) => StatusCode::SWITCHING_PROTOCOLS,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_page_a_stranger_and_a_read_only_page_open_none() {
    let room = Room::new(false).await;
    let (ours, cookie) = (format!("http://{HERE}"), room.cookie.as_str());
    for (origin, cookie, expected) in [
        (ours.as_str(), cookie, StatusCode::SWITCHING_PROTOCOLS),
        ("http://127.0.0.1:3000", cookie, StatusCode::FORBIDDEN),
        ("http://evil.example", cookie, StatusCode::FORBIDDEN),
        ("null", cookie, StatusCode::FORBIDDEN),
        (ours.as_str(), "orrery-8080=guess", StatusCode::UNAUTHORIZED),
    ] {
        let opened = room.open_from(ECHO, origin, cookie).await;
        assert_eq!(status(opened), expected, "{origin} {cookie}");
    }
    let evil = "namespace=default&pod=..%2F..&container=c&command=";
    let opened = room.open_from(evil, &ours, cookie).await;
    assert_eq!(status(opened), StatusCode::NOT_FOUND);
    let mut room = Room::new(true).await;
    let opened = room.open_from(ECHO, &ours, &room.cookie).await;
    assert_eq!(status(opened), StatusCode::FORBIDDEN);
    assert!(room.commands.try_recv().is_err(), "nothing was run");
}
