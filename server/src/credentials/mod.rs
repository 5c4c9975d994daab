//! The cluster's certificates, tokens and the key of others: made on first start, kept in one private file.

mod authority;
mod identity;
mod kubeconfig;

use std::collections::BTreeSet;
use std::io;
use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use orrery_apiserver::TokenKey;
use serde::{Deserialize, Serialize};

use crate::data_dir::DataDir;
use crate::secret;

pub use authority::Signed;
pub use identity::identity_of;
pub use kubeconfig::{kubeconfig, viewer_kubeconfig};

const FILE: &str = "credentials.json";

/// The authority outlives a machine's usual life; whoever kept its certificate need not fetch another.
const AUTHORITY_DAYS: i64 = 3650;
/// A leaf certificate is renewed at a start, and nobody runs one start longer than this.
const LEAF_DAYS: i64 = 365;
/// What is left of a certificate when it is renewed.
const RENEW_DAYS: i64 = 30;

/// Who the kubeconfig signs in as: a member of the group that may do everything.
const ADMIN_USER: &str = "orrery-admin";
const ADMIN_GROUP: &str = "system:masters";

/// Everything that proves who is who.
#[derive(Clone, Serialize, Deserialize)]
pub struct Credentials {
    pub authority: Signed,
    pub server: Signed,
    pub admin: Signed,
    /// The administrator's bearer token.
    pub token: String,
    /// The viewer's. Absent from files that older versions wrote.
    #[serde(default)]
    pub viewer_token: String,
    /// Signs the tokens of service accounts, as PEM. Absent from such files, too.
    #[serde(default)]
    token_key: String,
    /// The names that the server's certificate stands for.
    names: BTreeSet<String>,
}

impl Credentials {
    /// Reads them, renewing what is about to expire or stands for other names; or makes them.
    pub fn load(dir: &DataDir, listen: IpAddr, now: Timestamp) -> io::Result<Self> {
        let names = names(listen);
        let old = dir
            .read(FILE)?
            .and_then(|text| serde_json::from_str::<Self>(&text).ok());
        let lasts = |signed: &Signed, days| signed.expires > now + days_long(days);
        let credentials = match old {
            Some(old) if !lasts(&old.authority, LEAF_DAYS + RENEW_DAYS) => Self::make(names, now)?,
            Some(old)
                if lasts(&old.server, RENEW_DAYS)
                    && lasts(&old.admin, RENEW_DAYS)
                    && old.names == names
                    && !old.viewer_token.is_empty()
                    && !old.token_key.is_empty() =>
            {
                return Ok(old);
            }
            Some(old) => {
                let secrets = [old.token, old.viewer_token, old.token_key];
                Self::sign(old.authority, secrets, names, now)?
            }
            None => Self::make(names, now)?,
        };
        dir.write(
            FILE,
            &serde_json::to_vec(&credentials).map_err(io::Error::other)?,
        )?;
        Ok(credentials)
    }

    /// Signs the tokens of service accounts: they hold across restarts, and end with these credentials.
    pub fn token_key(&self) -> io::Result<TokenKey> {
        let document = authority::pkcs8(&self.token_key).map_err(io::Error::other)?;
        TokenKey::from_pkcs8(&document).map_err(io::Error::other)
    }

    fn make(names: BTreeSet<String>, now: Timestamp) -> io::Result<Self> {
        let authority =
            authority::found(now, days_long(AUTHORITY_DAYS)).map_err(io::Error::other)?;
        Self::sign(authority, Default::default(), names, now)
    }

    /// Certificates by that authority, beside what there is of secrets: those that are empty are made.
    fn sign(
        authority: Signed,
        [token, viewer_token, token_key]: [String; 3],
        names: BTreeSet<String>,
        now: Timestamp,
    ) -> io::Result<Self> {
        let lasting = days_long(LEAF_DAYS);
        let server = authority
            .sign_server(&names, now, lasting)
            .map_err(io::Error::other)?;
        let admin = authority
            .sign_client(ADMIN_USER, ADMIN_GROUP, now, lasting)
            .map_err(io::Error::other)?;
        let or_fresh = |kept: String| match kept.is_empty() {
            true => secret::fresh(),
            false => kept,
        };
        Ok(Self {
            authority,
            server,
            admin,
            token: or_fresh(token),
            viewer_token: or_fresh(viewer_token),
            token_key: match token_key.is_empty() {
                true => authority::fresh_key().map_err(io::Error::other)?,
                false => token_key,
            },
            names,
        })
    }
}

fn days_long(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// What the API is called within every cluster, by upstream's certificates, too. Nothing here resolves these names;
/// whoever reaches the API by an address of its own may ask it for them (`tls-server-name`).
const CLUSTER_NAMES: [&str; 5] = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
    "10.96.0.1",
];

/// What a client on this machine, or on the network that we listen on, calls us.
fn names(listen: IpAddr) -> BTreeSet<String> {
    let mut names = BTreeSet::from(["localhost", "127.0.0.1", "::1"].map(str::to_owned));
    names.extend(CLUSTER_NAMES.map(str::to_owned));
    names.extend(crate::host::name());
    if !listen.is_unspecified() {
        names.insert(listen.to_string());
    }
    names
}

#[cfg(test)]
mod tests;
