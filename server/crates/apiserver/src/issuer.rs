//! Who issues the tokens of service accounts, and by which keys others check them: OpenID Connect's discovery,
//! as far as upstream serves it.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, Method, header};
use serde::Serialize;

use crate::core::Core;
use crate::problem::{Outcome, Problem};
use crate::render;
use crate::tokens::{ALGORITHM, ISSUER, PublicKey};

/// The paths, without their slashes.
const CONFIGURATION: &[&str] = &[".well-known", "openid-configuration"];
const KEYS: &[&str] = &["openid", "v1", "jwks"];
/// Others may keep the answers for an hour.
const CACHED: &str = "public, max-age=3600";

/// In upstream's order.
#[derive(Serialize)]
struct Configuration {
    issuer: &'static str,
    jwks_uri: String,
    response_types_supported: [&'static str; 1],
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: [&'static str; 1],
}

#[derive(Serialize)]
struct Keys<'a> {
    keys: [PublicKey<'a>; 1],
}

/// Whether a path is one of these.
pub fn is_issuers(segments: &[&str]) -> bool {
    [CONFIGURATION, KEYS].contains(&segments)
}

/// Answers for one of these paths.
pub fn serve(core: &Core, segments: &[&str], method: &Method) -> Outcome<Response> {
    if method != Method::GET {
        return Err(Problem::MethodNotAllowed);
    }
    let (body, media_type) = match segments {
        CONFIGURATION => (encode(&configuration(core)), "application/json"),
        _ => {
            let keys = Keys {
                keys: [core.tokens.key().public()],
            };
            (encode(&keys), "application/jwk-set+json")
        }
    };
    let mut response = render::typed(body, media_type);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHED));
    Ok(response)
}

fn configuration(core: &Core) -> Configuration {
    let server = match core.advertised {
        Some(address) => format!("https://{}", reachable(address)),
        None => ISSUER.to_owned(),
    };
    Configuration {
        issuer: ISSUER,
        jwks_uri: format!("{server}/openid/v1/jwks"),
        response_types_supported: ["id_token"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: [ALGORITHM],
    }
}

/// Whoever listens everywhere is reached on its own machine.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

fn encode(value: &impl Serialize) -> Body {
    Body::from(serde_json::to_vec(value).expect("keys are plain data"))
}
