//! Tokens of service accounts: JSON Web Tokens that this server alone signs and takes (K-35).
//!
//! One is good until it expires, and for as long as the account, and the object that it is bound to,
//! are there. Absent on purpose: public keys for others to check them with.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use orrery_clock::Clock;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::auth::Identity;
use crate::core::Core;

/// Who issues them, and whom they are for unless somebody else is named.
pub const ISSUER: &str = "https://kubernetes.default.svc";
const ALGORITHM: &str = "HS256";

/// Signs and checks; the key is of this server, or of its life where it was given none.
#[derive(Default)]
pub struct Signer(OnceLock<[u8; 32]>);

/// A named object that was there when the token was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    pub name: String,
    pub uid: String,
}

/// What upstream's tokens say in a claim of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub namespace: String,
    pub serviceaccount: Bound,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<Bound>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod: Option<Bound>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<Bound>,
}

/// Seconds since 1970 where a number is a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    pub aud: Vec<String>,
    pub exp: i64,
    pub iat: i64,
    pub iss: String,
    pub jti: String,
    #[serde(rename = "kubernetes.io")]
    pub account: Account,
    pub nbf: i64,
    pub sub: String,
}

#[derive(Serialize, Deserialize)]
struct Head<'a> {
    alg: &'a str,
    typ: &'a str,
}

impl Signer {
    /// Signs with that key.
    pub fn with_key(key: Option<[u8; 32]>) -> Self {
        Self(key.map_or_else(OnceLock::new, OnceLock::from))
    }

    /// The token that says so.
    pub fn sign(&self, clock: &Clock, claims: &Claims) -> String {
        let head = encode(&Head {
            alg: ALGORITHM,
            typ: "JWT",
        });
        let said = format!("{head}.{}", encode(claims));
        let signature = self.mac(clock, &said).finalize().into_bytes();
        format!("{said}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// What a token says, if this server signed it.
    pub fn read(&self, clock: &Clock, token: &str) -> Option<Claims> {
        let (said, signature) = token.rsplit_once('.')?;
        let (head, claims) = said.split_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        self.mac(clock, said).verify_slice(&signature).ok()?;
        let head = URL_SAFE_NO_PAD.decode(head).ok()?;
        let head: Head<'_> = serde_json::from_slice(&head).ok()?;
        (head.alg == ALGORITHM).then_some(())?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }

    fn mac(&self, clock: &Clock, said: &str) -> Hmac<Sha256> {
        let key = self.0.get_or_init(|| drawn(clock));
        let mut mac = Hmac::new_from_slice(key).expect("a MAC takes keys of any length");
        mac.update(said.as_bytes());
        mac
    }
}

fn drawn(clock: &Clock) -> [u8; 32] {
    let mut key = [0; 32];
    for part in key.chunks_exact_mut(8) {
        part.copy_from_slice(&clock.below(u64::MAX).to_le_bytes());
    }
    key
}

fn encode(value: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).expect("claims are plain data"))
}

/// Whose token it is, for one of those audiences, and which of them it is for.
pub fn identify(core: &Core, token: &str, audiences: &[String]) -> Option<(Identity, Vec<String>)> {
    let claims = core.tokens.read(&core.clock, token)?;
    let now = core.clock.now().as_second();
    (claims.iss == ISSUER && claims.nbf <= now && now < claims.exp).then_some(())?;
    let theirs = audiences.iter().filter(|one| claims.aud.contains(one));
    let theirs: Vec<String> = theirs.cloned().collect();
    (!theirs.is_empty()).then_some(())?;
    let Account {
        namespace,
        serviceaccount,
        node,
        pod,
        secret,
    } = &claims.account;
    let there = |plural, namespace, bound: &Bound| {
        let key = Core::key(core.resource("", plural), namespace, &bound.name);
        let entry = core.store.get(&key);
        entry.is_some_and(|entry| *entry.columns.uid == *bound.uid)
    };
    let inside = Some(namespace.as_str());
    let all_there = there("serviceaccounts", inside, serviceaccount)
        && pod.as_ref().is_none_or(|pod| there("pods", inside, pod))
        && secret
            .as_ref()
            .is_none_or(|it| there("secrets", inside, it))
        && node.as_ref().is_none_or(|node| there("nodes", None, node));
    all_there.then(|| (of(&claims), theirs))
}

/// The account as upstream names it, with what else the token says.
fn of(claims: &Claims) -> Identity {
    let account = &claims.account;
    let groups = [
        "system:serviceaccounts",
        &format!("system:serviceaccounts:{}", account.namespace),
        "system:authenticated",
    ];
    let mut extra = BTreeMap::new();
    let mut tell = |key: &str, value: String| {
        extra.insert(format!("authentication.kubernetes.io/{key}"), vec![value]);
    };
    tell("credential-id", format!("JTI={}", claims.jti));
    for (what, bound) in [("node", &account.node), ("pod", &account.pod)] {
        if let Some(Bound { name, uid }) = bound {
            tell(&format!("{what}-name"), name.clone());
            tell(&format!("{what}-uid"), uid.clone());
        }
    }
    Identity {
        uid: account.serviceaccount.uid.clone(),
        extra,
        ..Identity::new(claims.sub.clone(), &groups)
    }
}
