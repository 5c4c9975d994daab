//! From where a request may come. A server on loopback is reached from any web page that the person
//! has open, so the address alone protects nothing.
//!
//! `Host` must be a name of ours: a foreign name that resolves to this machine (DNS rebinding) is
//! refused. What changes something and what streams must come from our own page: cookies do not tell
//! ports apart, so another program's page on this machine carries ours along.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{HOST, HeaderName, ORIGIN, REFERER};
use http::{HeaderMap, Method, StatusCode, Uri};

use super::{Site, routes};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Knows our names.
pub struct Guard {
    listen: IpAddr,
    host_name: Option<String>,
}

/// Why a request is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Host,
    Origin,
}

/// Turns away what must not come in.
pub async fn keep(State(site): State<Site>, request: Request, next: Next) -> Response {
    match site
        .0
        .guard
        .check(request.method(), request.uri(), request.headers())
    {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

impl Guard {
    /// For a page that listens there.
    pub fn new(listen: IpAddr) -> Self {
        // On loopback alone, the host's name is not one of ours: it may be anyone's on the network.
        let host_name = if listen.is_loopback() {
            None
        } else {
            crate::host::name()
        };
        Self { listen, host_name }
    }

    /// Judges one request.
    pub fn check(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let host = host(uri, headers)
            .filter(|host| self.is_ours(host))
            .ok_or(Refusal::Host)?;
        let reads = matches!(*method, Method::GET | Method::HEAD);
        if reads && !routes::is_stream(uri.path()) {
            return Ok(());
        }
        from_our_page(host, headers)
            .then_some(())
            .ok_or(Refusal::Origin)
    }

    /// Any port: whoever forwards one keeps the name.
    fn is_ours(&self, host: &str) -> bool {
        let name = without_port(host);
        if let Ok(ip) = name
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>()
        {
            return ip.is_loopback() || ip == self.listen || self.listen.is_unspecified();
        }
        let ours = [Some("localhost"), self.host_name.as_deref()];
        ours.iter()
            .flatten()
            .any(|ours| name.eq_ignore_ascii_case(ours))
    }
}

/// The one host that the request names, wherever it does.
fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let mut named = headers.get_all(HOST).iter();
    let header = named
        .next()
        .map(|value| value.to_str().ok())
        .unwrap_or_default();
    let authority = uri.authority().map(|authority| authority.as_str());
    match (header, authority, named.next()) {
        (Some(header), Some(authority), None) => (header == authority).then_some(header),
        (Some(host), None, None) | (None, Some(host), None) => Some(host),
        _ => None,
    }
}

fn without_port(host: &str) -> &str {
    match host.rfind(':') {
        // a colon inside brackets belongs to an IPv6 address
        Some(colon) if !host[colon..].contains(']') => &host[..colon],
        _ => host,
    }
}

/// Browsers say it in up to three ways; none may disagree, and one must be there.
fn from_our_page(host: &str, headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or("unreadable"))
    };
    let origin = format!("http://{host}");
    let says = [
        text(SEC_FETCH_SITE).map(|site| site == "same-origin"),
        text(ORIGIN).map(|theirs| theirs.eq_ignore_ascii_case(&origin)),
        text(REFERER).map(|page| {
            page.strip_prefix(&origin)
                .is_some_and(|rest| rest.starts_with('/'))
        }),
    ];
    let mut said = says.iter().flatten().peekable();
    said.peek().is_some() && said.all(|ours| *ours)
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, text) = match self {
            Self::Host => (
                StatusCode::MISDIRECTED_REQUEST,
                "This Orrery does not go by that name; open it by the address it printed at its start.\n",
            ),
            Self::Origin => (
                StatusCode::FORBIDDEN,
                "Only Orrery's own page may ask for this.\n",
            ),
        };
        (status, text).into_response()
    }
}
