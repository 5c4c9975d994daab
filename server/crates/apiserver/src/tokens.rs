//! Tokens of service accounts: JSON Web Tokens that this server signs (K-35).
//!
//! One is good until it expires, and for as long as the account, and the object that it is bound to,
//! are there. Others check them by [`crate::issuer`]'s public keys.

mod key;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::auth::Identity;
use crate::core::Core;

pub use key::{ALGORITHM, PublicKey, Signer, TokenKey};

/// Who issues them, and whom they are for unless somebody else is named.
pub const ISSUER: &str = "https://kubernetes.default.svc";
/// How long what was deleted still stands for its tokens, and how far a token's own times may be off, as upstream has
/// it: clocks differ a little, and one may be set back.
const LEEWAY_SECS: i64 = 60;

/// A named object that was there when the token was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    pub name: String,
    /// Empty of the node of a pod, if that was gone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub uid: String,
}

/// What upstream's tokens say in a claim of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub namespace: String,
    /// Beside a pod, where that was bound to, of which nothing is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<Bound>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod: Option<Bound>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<Bound>,
    pub serviceaccount: Bound,
    /// When it should have been renewed, of one that is good for longer than was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warnafter: Option<i64>,
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

/// Whose token it is, for one of those audiences, and which of them it is for.
pub fn identify(core: &Core, token: &str, audiences: &[String]) -> Option<(Identity, Vec<String>)> {
    let claims = core.tokens.read(token)?;
    let now = core.clock.now().as_second();
    (claims.iss == ISSUER && is_in_time(&claims, now)).then_some(())?;
    let theirs = audiences.iter().filter(|one| claims.aud.contains(one));
    let theirs: Vec<String> = theirs.cloned().collect();
    (!theirs.is_empty()).then_some(())?;
    let account = &claims.account;
    let there = |plural, namespace, bound: &Bound| {
        let key = Core::key(core.resource("", plural), namespace, &bound.name);
        let entry = core.store.get(&key);
        entry.is_some_and(|entry| {
            *entry.columns.uid == *bound.uid && !was_deleted(&entry.value, now)
        })
    };
    let inside = Some(account.namespace.as_str());
    let (pod, secret) = (account.pod.as_ref(), account.secret.as_ref());
    let node = account.node.as_ref().filter(|_| pod.is_none());
    let all_there = there("serviceaccounts", inside, &account.serviceaccount)
        && pod.is_none_or(|pod| there("pods", inside, pod))
        && secret.is_none_or(|secret| there("secrets", inside, secret))
        && node.is_none_or(|node| there("nodes", None, node));
    all_there.then(|| (of(&claims), theirs))
}

fn is_in_time(claims: &Claims, now: i64) -> bool {
    claims.nbf <= now + LEEWAY_SECS && now <= claims.exp + LEEWAY_SECS
}

/// Whether it has been deleted for longer than is forgiven, and only its finalizers or its processes keep it.
fn was_deleted(object: &[u8], now: i64) -> bool {
    #[derive(Deserialize)]
    struct Object {
        metadata: Meta,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Meta {
        deletion_timestamp: Option<Timestamp>,
    }
    let object = serde_json::from_slice::<Object>(object).ok();
    let deleted = object.and_then(|object| object.metadata.deletion_timestamp);
    deleted.is_some_and(|at| at.as_second() + LEEWAY_SECS < now)
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
            if !uid.is_empty() {
                tell(&format!("{what}-uid"), uid.clone());
            }
        }
    }
    Identity {
        uid: account.serviceaccount.uid.clone(),
        extra,
        ..Identity::new(claims.sub.clone(), &groups)
    }
}
