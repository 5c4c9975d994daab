//! One request to a port of a pod and the answer, or the connection where it changes its protocol.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version, header};
use hyper::client::conn::http1;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;

use super::backend::Backend;
use super::forwarded::{self, Peer};
use super::location::{Hosts, rewritten};
use super::page;
use super::path::Proxied;
use super::unreachable;
use crate::auth::is_socket_bearer;
use crate::core::Core;
use crate::nodes::ConnectRequest;
use crate::problem::{Outcome, Problem};

/// Headers of one connection only, which none is passed on with (RFC 9110, 7.6.1).
const OF_ONE_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
/// Whom a page of another origin may be read by is not the backend's to say (corsRemovingTransport).
const OF_ORIGINS: [&str; 4] = [
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
];
/// How the names of cookies begin that hold the sessions of Orrery's pages.
const OWN_COOKIES: &[u8] = b"orrery-";

/// Passes a request on and its answer back.
pub async fn forward(
    core: &Core,
    backend: Backend,
    proxied: &Proxied,
    mut request: Request,
) -> Outcome<Response> {
    let upgrade = request.extensions_mut().remove::<OnUpgrade>();
    let upgrade = upgrade.filter(|_| is_upgrade(request.headers()));
    if upgrade.is_none()
        && let Some(redirect) = missing_slash(proxied, request.method(), request.uri().query())
    {
        return Ok(redirect);
    }
    let host = backend.host;
    let connecting = core.nodes.connect(ConnectRequest {
        target: backend.target,
        port: backend.port,
        tls: backend.tls,
    });
    let (reader, writer) = connecting.await.map_err(unreachable)?;
    let stream = TokioIo::new(tokio::io::join(reader, writer));
    let (mut sender, connection) = http1::handshake::<_, Body>(stream)
        .await
        .map_err(unreachable)?;
    tokio::spawn(connection.with_upgrades());
    let request = outgoing(request, proxied, upgrade.is_some())?;
    let asked_host = request.headers().get(header::HOST).cloned();
    let answer = sender.send_request(request).await.map_err(unreachable)?;
    let client = asked_host.as_ref().and_then(|host| host.to_str().ok());
    let hosts = Hosts {
        backend: &host,
        client: client.unwrap_or_default(),
    };
    let answer = incoming(answer.map(Body::new), upgrade, proxied, hosts)?;
    let link = |there: &str| rewritten(there, &proxied.prefix, hosts);
    Ok(page::told(answer, link).await)
}

fn is_upgrade(headers: &HeaderMap) -> bool {
    of_connection(headers).any(|word| word.eq_ignore_ascii_case("upgrade"))
}

/// What a message says of its connection: among it the names of headers that are of this hop only.
fn of_connection(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let connection = headers.get_all(header::CONNECTION).iter();
    connection
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

/// A page that is asked for without its last slash could not link to its neighbours (upstream's
/// issue 4958).
pub fn missing_slash(proxied: &Proxied, method: &Method, query: Option<&str>) -> Option<Response> {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    if !reads || !proxied.path.is_empty() {
        return None;
    }
    let query = query.map_or(String::new(), |query| format!("?{query}"));
    let there = format!("{}/{query}", proxied.prefix);
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
    let there = HeaderValue::from_str(&there).ok()?;
    response.headers_mut().insert(header::LOCATION, there);
    Some(response)
}

/// The request as the backend gets it: without what this server alone may know.
fn outgoing(request: Request, proxied: &Proxied, upgrades: bool) -> Outcome<Request> {
    let (mut parts, body) = request.into_parts();
    let asked = parts.uri.path().to_owned();
    let authority = parts.uri.authority().map(|name| name.as_str().to_owned());
    parts.uri = uri(proxied, parts.uri.query())?;
    parts.version = Version::HTTP_11;
    let peer = parts.extensions.get::<Peer>().copied();
    parts.extensions.clear();
    let headers = &mut parts.headers;
    if !upgrades {
        drop_hop(headers);
    }
    headers.remove(header::AUTHORIZATION);
    headers.remove(header::EXPECT);
    let names: Vec<HeaderName> = headers.keys().cloned().collect();
    for name in names.iter().filter(|name| is_wish(name.as_str())) {
        headers.remove(name);
    }
    hide_bearer(headers);
    hide_sessions(headers);
    forwarded::tell_peer(headers, peer);
    if !upgrades {
        forwarded::tell_path(headers, &asked)?;
    }
    // over HTTP/2 it stands in the URI
    if !headers.contains_key(header::HOST)
        && let Ok(host) = HeaderValue::from_str(authority.as_deref().unwrap_or_default())
    {
        headers.insert(header::HOST, host);
    }
    Ok(Request::from_parts(parts, body))
}

/// Whom the client wants to be.
fn is_wish(header: &str) -> bool {
    header.starts_with("impersonate-")
}

fn uri(proxied: &Proxied, query: Option<&str>) -> Outcome<Uri> {
    let path = match proxied.path.as_str() {
        "" => "/",
        path => path,
    };
    let path = match query {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    // it was part of one before
    let path: PathAndQuery = path.parse().map_err(|_| Problem::NoSuchPath)?;
    Ok(path.into())
}

/// Takes away the subprotocol that is the client's token.
fn hide_bearer(headers: &mut HeaderMap) {
    let offered = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    let offered = offered
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim);
    let kept: Vec<&str> = offered.filter(|name| !is_socket_bearer(name)).collect();
    let kept = kept.join(", ");
    set(headers, header::SEC_WEBSOCKET_PROTOCOL, kept.as_bytes());
}

/// Takes away what lets a browser into Orrery's own page: it sends a host's cookies to every port of the host, to that
/// of `kubectl proxy`, too.
fn hide_sessions(headers: &mut HeaderMap) {
    let sent = headers.get_all(header::COOKIE).iter();
    let sent = sent
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b';'))
        .map(<[u8]>::trim_ascii);
    let kept: Vec<&[u8]> = sent.filter(|pair| !pair.starts_with(OWN_COOKIES)).collect();
    let kept = kept.join(&b"; "[..]);
    set(headers, header::COOKIE, &kept);
}

/// Says that in the header; where it is nothing there is no such header.
fn set(headers: &mut HeaderMap, name: HeaderName, value: &[u8]) {
    match HeaderValue::from_bytes(value) {
        Ok(value) if !value.is_empty() => {
            headers.insert(name, value);
        }
        _ => {
            headers.remove(name);
        }
    }
}

/// The answer as the client gets it.
fn incoming(
    mut answer: Response,
    upgrade: Option<OnUpgrade>,
    proxied: &Proxied,
    hosts: Hosts<'_>,
) -> Outcome<Response> {
    let changes = answer.status() == StatusCode::SWITCHING_PROTOCOLS;
    match upgrade {
        Some(client) if changes => {
            let backend = hyper::upgrade::on(&mut answer);
            tokio::spawn(async move {
                if let Ok((client, backend)) = tokio::try_join!(client, backend) {
                    copy(client, backend).await;
                }
            });
            return Ok(answer);
        }
        Some(_) if answer.status().as_u16() < 400 => {
            let code = answer.status().as_u16();
            // upstream hands this to its responder, which has no Status for it
            let why = format!("invalid upgrade response: status code {code}");
            return Err(Problem::Unmapped(why));
        }
        _ => {}
    }
    let headers = answer.headers_mut();
    drop_hop(headers);
    drop_all(headers, &OF_ORIGINS);
    let location = headers.get(header::LOCATION).and_then(|l| l.to_str().ok());
    let location = location.and_then(|there| rewritten(there, &proxied.prefix, hosts));
    if let Some(location) = location.and_then(|l| HeaderValue::from_str(&l).ok()) {
        headers.insert(header::LOCATION, location);
    }
    Ok(answer)
}

/// What a message names itself goes with the rest (RFC 9110, 7.6.1); whom it is for stays.
fn drop_hop(headers: &mut HeaderMap) {
    let named = of_connection(headers).filter_map(|word| word.parse::<HeaderName>().ok());
    let named: Vec<HeaderName> = named.collect();
    for name in named.iter().filter(|name| **name != header::HOST) {
        headers.remove(name);
    }
    drop_all(headers, &OF_ONE_HOP);
}

fn drop_all(headers: &mut HeaderMap, names: &[&str]) {
    for name in names {
        headers.remove(*name);
    }
}

async fn copy(client: Upgraded, backend: Upgraded) {
    let (mut from_client, mut to_client) = tokio::io::split(TokioIo::new(client));
    let (mut from_backend, mut to_backend) = tokio::io::split(TokioIo::new(backend));
    // an end is an end, whoever makes it, as upstream has it: the other may keep its half open for ever
    tokio::select! {
        _ = tokio::io::copy(&mut from_client, &mut to_backend) => {}
        _ = tokio::io::copy(&mut from_backend, &mut to_client) => {}
    }
    let _ = tokio::join!(to_client.shutdown(), to_backend.shutdown());
}
