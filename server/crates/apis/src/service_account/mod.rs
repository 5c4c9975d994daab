//! ServiceAccounts.

mod kind;
#[cfg(test)]
mod tests;
mod token_volume;

pub use token_volume::{TOKEN_SECS, is_token_volume, strip_token_volume, token_volume, volumes};

/// Where a container finds its pod's token.
pub const TOKEN_MOUNT_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// What the name of the volume begins with that holds it.
pub const TOKEN_VOLUME_PREFIX: &str = "kube-api-access-";
