//! The kubeconfig that Orrery writes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Credentials;

/// A kubeconfig for the administrator; `server` is the API's URL.
pub fn kubeconfig(credentials: &Credentials, server: &str) -> String {
    let admin = &credentials.admin;
    let proof = format!(
        "client-certificate-data: {}
    client-key-data: {}
    token: {}",
        STANDARD.encode(&admin.certificate),
        STANDARD.encode(&admin.key),
        credentials.token
    );
    text(credentials, server, "orrery-admin", &proof)
}

/// The same for the viewer, who needs no certificate: what a token opens is little.
pub fn viewer_kubeconfig(credentials: &Credentials, server: &str) -> String {
    let proof = format!("token: {}", credentials.viewer_token);
    text(credentials, server, "orrery-viewer", &proof)
}

fn text(credentials: &Credentials, server: &str, user: &str, proof: &str) -> String {
    let ca = STANDARD.encode(&credentials.authority.certificate);
    format!(
        "apiVersion: v1
kind: Config
clusters:
- name: orrery
  cluster:
    server: {server}
    certificate-authority-data: {ca}
users:
- name: {user}
  user:
    {proof}
contexts:
- name: orrery
  context:
    cluster: orrery
    user: {user}
    namespace: default
current-context: orrery
"
    )
}
