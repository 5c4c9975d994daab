//! Who has signed in. Only digests are kept, in memory and on disk; the secret itself is in the
//! browser's cookie, out of its scripts' reach.

use std::collections::BTreeMap;

use http::HeaderMap;
use http::header::COOKIE;
use jiff::{SignedDuration, Timestamp};
use orrery_clock::Clock;
use parking_lot::Mutex;

use crate::data_dir::DataDir;
use crate::secret;

/// A month: a person who comes back after a holiday need not look for the terminal.
const LASTS: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Browsers at a time; the one that signed in longest ago is forgotten first.
const MOST: usize = 64;

const FILE: &str = "sessions.json";

type Known = BTreeMap<String, Timestamp>;

/// The sessions of one page.
pub struct Sessions {
    dir: DataDir,
    clock: Clock,
    /// Cookies do not tell ports apart, and two Orreries may run on one machine.
    cookie: String,
    known: Mutex<Known>,
}

impl Sessions {
    /// Reads those of earlier runs; a file that cannot be read means signing in again.
    pub fn open(dir: DataDir, clock: Clock, port: u16) -> Self {
        let read = dir.read(FILE).ok().flatten();
        let known = read
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default();
        Self {
            dir,
            clock,
            cookie: format!("orrery-{port}"),
            known: Mutex::new(known),
        }
    }

    /// Begins a session and gives the value of `Set-Cookie` that carries it.
    pub fn begin(&self) -> std::io::Result<String> {
        let secret = secret::fresh();
        let now = self.clock.now();
        let mut known = self.known.lock();
        known.retain(|_, expires| *expires > now);
        while known.len() >= MOST {
            let oldest = known
                .iter()
                .min_by_key(|(_, expires)| **expires)
                .map(|(digest, _)| digest.clone());
            oldest.and_then(|digest| known.remove(&digest));
        }
        known.insert(secret::digest(&secret), now + LASTS);
        let json = serde_json::to_vec(&*known).map_err(std::io::Error::other)?;
        self.dir.write(FILE, &json)?;
        let seconds = LASTS.as_secs();
        Ok(format!(
            "{}={secret}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict",
            self.cookie
        ))
    }

    /// True when the request carries a session of ours.
    pub fn knows(&self, headers: &HeaderMap) -> bool {
        let now = self.clock.now();
        let known = self.known.lock();
        let values = headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let mut pairs = values
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        pairs.any(|(name, secret)| {
            name == self.cookie
                && known
                    .get(&secret::digest(secret))
                    .is_some_and(|expires| *expires > now)
        })
    }
}
