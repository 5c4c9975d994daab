//! What this machine calls itself.

/// The host name, when it can be a DNS name.
pub fn name() -> Option<String> {
    let name = nix::unistd::gethostname().ok()?.into_string().ok()?;
    let dns = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    (!name.is_empty() && name.chars().all(dns)).then(|| name.to_ascii_lowercase())
}
