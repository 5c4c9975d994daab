//! Who sends a request. Certificates are the listener's business: it adds the [`Identity`] that it
//! found as a request extension, and so does the in-process client.

use std::collections::BTreeMap;

use http::{HeaderMap, header};
use sha2::{Digest, Sha256};

/// The viewer's name.
const VIEWER: &str = "viewer";
/// The group of Orrery's own components; no credential gives it.
const COMPONENTS: &str = "orrery:components";

/// A user and the groups it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub user: String,
    pub groups: Vec<String>,
}

impl Identity {
    /// A user in those groups.
    pub fn new(user: impl Into<String>, groups: &[&str]) -> Self {
        Self {
            user: user.into(),
            groups: groups.iter().map(|g| (*g).to_owned()).collect(),
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

    /// True for the viewer.
    pub fn is_viewer(&self) -> bool {
        self.user == VIEWER
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

    /// The sender by its headers; a wrong token is nobody, not anonymous.
    pub fn identify(&self, headers: &HeaderMap) -> Option<Identity> {
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            return self.anonymous.clone();
        };
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(())?;
        self.bearer(token.trim()).cloned()
    }

    /// Whose token it is.
    pub fn bearer(&self, token: &str) -> Option<&Identity> {
        self.tokens.get(&digest(token))
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
