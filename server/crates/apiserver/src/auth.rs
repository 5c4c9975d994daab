//! Who sends a request. Certificates are the listener's business: it adds the [`Identity`] that it
//! found as a request extension, and so does the in-process client.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, header};
use sha2::{Digest, Sha256};

/// The viewer's name.
const VIEWER: &str = "viewer";
/// The group of all service accounts.
const SERVICE_ACCOUNTS: &str = "system:serviceaccounts";
/// What a browser's WebSocket, which can set no header, says its token by.
const SOCKET_BEARER: &str = "base64url.bearer.authorization.k8s.io.";
/// The group of Orrery's own components; no credential gives it.
const COMPONENTS: &str = "orrery:components";

/// A user and the groups it is in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    pub user: String,
    pub groups: Vec<String>,
    /// Of the account that it is, where it is one.
    pub uid: String,
    /// What else its credential says.
    pub extra: BTreeMap<String, Vec<String>>,
}

impl Identity {
    /// A user in those groups.
    pub fn new(user: impl Into<String>, groups: &[&str]) -> Self {
        Self {
            user: user.into(),
            groups: groups.iter().map(|g| (*g).to_owned()).collect(),
            ..Self::default()
        }
    }

    /// The person who runs Orrery: may do everything.
    pub fn administrator() -> Self {
        Self::new("orrery-admin", &["system:masters", "system:authenticated"])
    }

    /// One of Orrery's own components, e.g. `system:kube-scheduler`; may do everything.
    pub fn component(user: &str) -> Self {
        let groups = ["system:masters", "system:authenticated", COMPONENTS];
        Self::new(user, &groups)
    }

    /// True when it is one of Orrery's own components in process. They write the very types that are
    /// served, and read no warnings.
    pub fn is_component(&self) -> bool {
        self.groups.iter().any(|g| g == COMPONENTS)
    }

    /// Who may look at everything but Secrets, and change nothing.
    pub fn viewer() -> Self {
        Self::new(VIEWER, &["system:authenticated"])
    }

    /// True for the viewer, and for service accounts, which may as much: roles belong to real clusters.
    pub fn is_viewer(&self) -> bool {
        self.user == VIEWER || self.is_service_account()
    }

    /// True for the account that a pod runs as.
    pub fn is_service_account(&self) -> bool {
        self.groups.iter().any(|g| g == SERVICE_ACCOUNTS)
    }

    /// True when the identity may read and write everything.
    pub fn is_administrator(&self) -> bool {
        self.groups.iter().any(|g| g == "system:masters")
    }
}

/// Knows bearer tokens. Only digests are kept, so that a memory dump shows no credential and the
/// time of a look-up says nothing about a token.
#[derive(Clone, Debug, Default)]
pub struct Authenticator {
    tokens: BTreeMap<[u8; 32], Identity>,
    anonymous: Option<Identity>,
}

impl Authenticator {
    /// Knows nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Accepts `token` as `identity`.
    #[must_use]
    pub fn with_token(mut self, token: &str, identity: Identity) -> Self {
        self.tokens.insert(digest(token), identity);
        self
    }

    /// Takes requests without credentials as `identity`. For experiments on a closed machine only.
    #[must_use]
    pub fn with_anonymous(mut self, identity: Identity) -> Self {
        self.anonymous = Some(identity);
        self
    }

    /// Who a request without credentials is.
    pub fn anonymous(&self) -> Option<&Identity> {
        self.anonymous.as_ref()
    }

    /// Whose token it is.
    pub fn bearer(&self, token: &str) -> Option<&Identity> {
        self.tokens.get(&digest(token))
    }
}

/// What the headers say of their sender.
pub enum Said {
    Nothing,
    /// Something that is no token.
    Nonsense,
    Token(String),
}

/// The bearer token of a request, in its header or among a WebSocket's subprotocols.
pub fn said(headers: &HeaderMap) -> Said {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let value = value.to_str().unwrap_or_default().split_once(' ');
        return match value {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                Said::Token(token.trim().to_owned())
            }
            _ => Said::Nonsense,
        };
    }
    let values = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    let mut items = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let Some(token) = items.find_map(|item| item.trim().strip_prefix(SOCKET_BEARER)) else {
        return Said::Nothing;
    };
    let text = URL_SAFE_NO_PAD.decode(token.trim_end_matches('='));
    match text.map(String::from_utf8) {
        Ok(Ok(token)) => Said::Token(token),
        _ => Said::Nonsense,
    }
}

/// True for a subprotocol that is a token: not to be spoken, and not to be repeated.
pub fn is_socket_bearer(subprotocol: &str) -> bool {
    subprotocol.starts_with(SOCKET_BEARER)
}

/// True for the group that no credential gives, nor a wish.
pub fn is_of_components(group: &str) -> bool {
    group == COMPONENTS
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
