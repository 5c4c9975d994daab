//! `endpoints.json`: where a running Orrery is found. Private, for the sign-in link is a credential.

use std::io;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::data_dir::DataDir;

const FILE: &str = "endpoints.json";

/// The addresses of a running Orrery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoints {
    pub page: String,
    /// The link printed at start; works once, and not for long.
    pub sign_in: String,
    pub api: String,
}

impl Endpoints {
    pub fn write(&self, dir: &DataDir) -> io::Result<()> {
        let json = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        dir.write(FILE, &json)
    }

    /// `None` where no Orrery has started.
    pub fn read(dir: &DataDir) -> io::Result<Option<Self>> {
        let Some(text) = dir.read(FILE)? else {
            return Ok(None);
        };
        serde_json::from_str(&text)
            .map(Some)
            .map_err(io::Error::other)
    }

    /// Nobody shall follow an address that nobody answers.
    pub fn remove(dir: &DataDir) {
        let _ = std::fs::remove_file(dir.join(FILE));
    }
}

/// An address as a browser on this machine reaches it: "every address" is not one.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    let mut address = address;
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}
