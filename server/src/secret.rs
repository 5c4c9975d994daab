//! Secrets that are handed out once and kept only as digests.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRngCore;
use rand::rngs::OsRng;
use sha2::{Digest, Sha256};

/// 256 bits: nobody guesses it, however long they try.
const SECRET_BYTES: usize = 32;

/// A fresh secret, in letters that need no quoting in a URL, a cookie or a header. From the system's
/// generator, not from `Clock`, which replays.
pub fn fresh() -> String {
    let mut bytes = [0; SECRET_BYTES];
    OsRng
        .try_fill_bytes(&mut bytes)
        .expect("the system has randomness");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is kept of a secret: of no use to whoever reads it.
pub fn digest(secret: &str) -> String {
    Sha256::digest(secret.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
