//! The kubeconfig that Orrery writes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Credentials;

/// A kubeconfig for the administrator; `server` is the API's URL.
pub fn kubeconfig(credentials: &Credentials, server: &str) -> String {
    let encode = |pem: &str| STANDARD.encode(pem);
    let (ca, certificate) = (
        encode(&credentials.authority.certificate),
        encode(&credentials.admin.certificate),
    );
    let (key, token) = (encode(&credentials.admin.key), &credentials.token);
    format!(
        "apiVersion: v1
kind: Config
clusters:
- name: orrery
  cluster:
    server: {server}
    certificate-authority-data: {ca}
users:
- name: orrery-admin
  user:
    client-certificate-data: {certificate}
    client-key-data: {key}
    token: {token}
contexts:
- name: orrery
  context:
    cluster: orrery
    user: orrery-admin
    namespace: default
current-context: orrery
"
    )
}
