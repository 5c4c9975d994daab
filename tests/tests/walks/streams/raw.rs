//! WebSockets by hand: what the subprotocols look like on the wire.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::{SinkExt, StreamExt};
use orrery_tests::Access;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

type Socket = WebSocketStream<TlsStream<TcpStream>>;

struct Api {
    access: Access,
    tls: TlsConnector,
}

impl Api {
    fn of(kubeconfig: &Path) -> Result<Self> {
        let access = Access::read(kubeconfig)?;
        Ok(Self {
            tls: access.connector()?,
            access,
        })
    }

    async fn open(&self, path: &str, protocols: &str) -> Result<(Socket, Option<String>)> {
        let Access { host, token, .. } = &self.access;
        let url = format!("wss://{host}/api/v1/namespaces/default/pods/{path}");
        let mut request = url.into_client_request()?;
        let headers = request.headers_mut();
        headers.insert("authorization", format!("Bearer {token}").parse()?);
        if !protocols.is_empty() {
            headers.insert("sec-websocket-protocol", protocols.parse()?);
        }
        let stream = self.access.connect(&self.tls).await?;
        let (socket, response) = tokio_tungstenite::client_async(request, stream).await?;
        let chosen = response.headers().get("sec-websocket-protocol");
        let chosen = chosen
            .and_then(|name| name.to_str().ok())
            .map(str::to_owned);
        Ok((socket, chosen))
    }
}

/// Everything that comes until the server closes.
async fn all(mut socket: Socket) -> Result<Vec<Message>> {
    let mut messages = Vec::new();
    while let Some(message) = socket.next().await {
        match message? {
            Message::Close(_) => return Ok(messages),
            message => messages.push(message),
        }
    }
    bail!("it ends without a goodbye")
}

/// The bytes of one channel.
fn channel(messages: &[Message], number: u8) -> Vec<u8> {
    let of = messages.iter().filter_map(|message| match message {
        Message::Binary(bytes) if bytes.first() == Some(&number) => Some(&bytes[1..]),
        _ => None,
    });
    of.collect::<Vec<_>>().concat()
}

pub async fn walk(kubeconfig: &Path) -> Result<()> {
    let api = Api::of(kubeconfig)?;
    half_close(&api).await?;
    resized(&api).await?;
    older(&api).await?;
    logs(&api).await?;
    refusals(&api).await
}

/// v5: stdin ends alone, by channel 255, and the command's end still arrives.
async fn half_close(api: &Api) -> Result<()> {
    let path = "two/exec?container=a&stdin=true&stdout=true&stderr=true&command=sh&command=-c&command=cat%3B%20echo%20end%20%3E%262%3B%20exit%203";
    let (mut socket, chosen) = api.open(path, "v5.channel.k8s.io").await?;
    ensure!(chosen.as_deref() == Some("v5.channel.k8s.io"), "{chosen:?}");
    socket.send(Message::binary(&b"\0in\n"[..])).await?;
    socket.send(Message::binary(&b"\xff\0"[..])).await?;
    let messages = all(socket).await?;
    ensure!(
        messages.first() == Some(&Message::binary(&b"\x01"[..])),
        "it says that it is open"
    );
    ensure!(
        channel(&messages, 1) == b"in\n" && channel(&messages, 2) == b"end\n",
        "{messages:?}"
    );
    let status: serde_json::Value = serde_json::from_slice(&channel(&messages, 3))?;
    ensure!(status["details"]["causes"][0]["message"] == "3", "{status}");
    Ok(())
}

/// v5: a terminal takes each size that it is told, and what is no size, or of no channel, changes nothing.
async fn resized(api: &Api) -> Result<()> {
    let until = |size: &str, word: &str| {
        format!(
            "until%20stty%20size%20%7C%20grep%20-q%20%27{size}%27%3B%20do%20%3A%3B%20done%3B%20echo%20{word}"
        )
    };
    let script = [until("33%2099", "one"), until("44%2055", "two")].join("%3B%20");
    let path = format!(
        "two/exec?container=a&stdin=true&stdout=true&tty=true&command=sh&command=-c&command={script}"
    );
    let (mut socket, _) = api.open(&path, "v5.channel.k8s.io").await?;
    let first = "\x04{\"Width\":99,\"Height\":33}";
    for sent in ["\x04nonsense", "\x09x", first] {
        socket.send(Message::binary(sent.as_bytes())).await?;
    }
    let mut told = Vec::new();
    while !channel(&told, 1).starts_with(b"one") {
        let message = socket.next().await.context("the command goes on")?;
        told.push(message?);
    }
    let second = "\x04{\"Width\":55,\"Height\":44}";
    socket.send(Message::binary(second.as_bytes())).await?;
    told.extend(all(socket).await?);
    ensure!(channel(&told, 1) == b"one\r\ntwo\r\n", "{told:?}");
    Ok(())
}

async fn older(api: &Api) -> Result<()> {
    let path = "two/exec?container=a&stdout=true&command=echo&command=hi";
    let (socket, chosen) = api.open(path, "v4.base64.channel.k8s.io").await?;
    ensure!(
        chosen.as_deref() == Some("v4.base64.channel.k8s.io"),
        "{chosen:?}"
    );
    let messages = all(socket).await?;
    ensure!(
        messages.contains(&Message::text(format!("1{}", STANDARD.encode("hi\n")))),
        "{messages:?}"
    );
    let (socket, chosen) = api.open(path, "").await?;
    ensure!(chosen.is_none(), "{chosen:?}");
    let messages = all(socket).await?;
    ensure!(channel(&messages, 1) == b"hi\n", "{messages:?}");
    ensure!(
        channel(&messages, 3).is_empty(),
        "success says nothing before v4: {messages:?}"
    );
    Ok(())
}

async fn logs(api: &Api) -> Result<()> {
    let (socket, chosen) = api.open("ends/log", "base64.binary.k8s.io").await?;
    ensure!(
        chosen.as_deref() == Some("base64.binary.k8s.io"),
        "{chosen:?}"
    );
    let messages = all(socket).await?;
    ensure!(
        messages.contains(&Message::text(STANDARD.encode("over\n"))),
        "{messages:?}"
    );
    let (socket, _) = api.open("ends/log", "binary.k8s.io").await?;
    let messages = all(socket).await?;
    ensure!(
        messages.contains(&Message::binary(&b"over\n"[..])),
        "{messages:?}"
    );
    Ok(())
}

async fn refusals(api: &Api) -> Result<()> {
    let rows = [
        (
            "two/exec?command=true&container=a",
            "v5.channel.k8s.io",
            "you must specify at least 1 of stdin, stdout, stderr",
        ),
        (
            "two/exec?command=true&stdout=1",
            "v5.channel.k8s.io",
            "a container name must be specified for pod two, choose one of: [a b]",
        ),
        (
            "two/exec?command=true&container=a&stdout=1",
            "chat",
            "none of the subprotocols chat is known here",
        ),
        (
            "ends/exec?command=true&stdout=1",
            "v5.channel.k8s.io",
            "cannot exec into a container in a completed pod; current phase is Succeeded",
        ),
        (
            "ends/portforward",
            "v4.channel.k8s.io",
            "unable to forward port because pod is not running. Current status=Succeeded",
        ),
        (
            "web/portforward?ports=70000",
            "v4.channel.k8s.io",
            "ports: \"70000\" is no port",
        ),
    ];
    for (path, protocol, want) in rows {
        let refused = api
            .open(path, protocol)
            .await
            .err()
            .context("it is refused")?;
        let Some(Error::Http(response)) = refused.downcast_ref::<Error>() else {
            bail!("{path}: {refused}");
        };
        let body = response.body().clone().unwrap_or_default();
        let status: serde_json::Value = serde_json::from_slice(&body)?;
        let message = status["message"].as_str().unwrap_or_default();
        ensure!(
            status["reason"] == "BadRequest" && message.contains(want),
            "{path}: {status}"
        );
    }
    Ok(())
}
