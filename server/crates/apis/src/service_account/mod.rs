//! ServiceAccounts.

mod kind;
#[cfg(test)]
mod tests;

/// Where a container finds its pod's token.
pub const TOKEN_MOUNT_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// What the name of the volume begins with that holds it.
pub const TOKEN_VOLUME_PREFIX: &str = "kube-api-access-";
