//! What exists before anyone asks: the system namespaces, and what every namespace holds.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use crate::call::Call;
use crate::core::Core;
use crate::handlers::create;
use crate::params::Params;
use crate::problem::{Outcome, Problem};

const NAMESPACES: [&str; 4] = ["default", "kube-system", "kube-public", "kube-node-lease"];

/// Creates the system namespaces where they are missing.
pub async fn bootstrap(core: &Arc<Core>) -> Outcome<()> {
    for name in NAMESPACES {
        let namespace = json!({"metadata": {"name": name}});
        ensure(core, "namespaces", None, &namespace).await?;
        furnish(core, name).await?;
    }
    Ok(())
}

/// Gives a namespace its default ServiceAccount and the cluster's root certificate, as upstream's
/// controllers do moments later.
pub async fn furnish(core: &Arc<Core>, namespace: &str) -> Outcome<()> {
    let account = json!({"metadata": {"name": "default"}});
    ensure(core, "serviceaccounts", Some(namespace), &account).await?;
    let Some(ca) = &core.ca_pem else {
        return Ok(());
    };
    let description = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal \
                       endpoints such as the internal service IP or kubernetes.default.svc. No other usage is \
                       guaranteed across distributions of Kubernetes clusters.";
    let certificate = json!({
        "metadata": {"name": "kube-root-ca.crt", "annotations": {"kubernetes.io/description": description}},
        "data": {"ca.crt": ca},
    });
    ensure(core, "configmaps", Some(namespace), &certificate).await
}

async fn ensure(
    core: &Arc<Core>,
    plural: &str,
    namespace: Option<&str>,
    object: &Value,
) -> Outcome<()> {
    let call = Call {
        core: core.clone(),
        resource: core.resource("", plural).clone(),
        namespace: namespace.map(str::to_owned),
        name: String::new(),
        params: Params::default(),
        headers: HeaderMap::new(),
        manager: None,
    };
    let body = serde_json::to_vec(object).expect("a literal is plain data");
    match create::create_bare(&call, Bytes::from(body)).await {
        Ok(_) | Err(Problem::AlreadyExists { .. }) => Ok(()),
        Err(problem) => Err(problem),
    }
}
