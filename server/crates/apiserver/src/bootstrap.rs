//! What exists before anyone asks: the system namespaces, and what every namespace holds.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use orrery_apis::Update;
use orrery_store::Range;
use serde_json::{Value, json};

use crate::call::{Call, Told};
use crate::core::Core;
use crate::delete_options::Options;
use crate::handlers::{create, delete, update};
use crate::params::Params;
use crate::problem::{Outcome, Problem};

const NAMESPACES: [&str; 4] = ["default", "kube-system", "kube-public", "kube-node-lease"];

/// Says in kube-system whose client certificates are believed. No front proxy's headers are, of which
/// upstream's says more.
const CLIENT_AUTHORITY: &str = "extension-apiserver-authentication";

/// By which pods know the API server, and what it says of itself.
const ROOT_CA: &str = "kube-root-ca.crt";
const DESCRIPTION: &str = "kubernetes.io/description";

/// Group and plural of what tells where a Service's endpoints are.
const SLICES: (&str, &str) = ("discovery.k8s.io", "endpointslices");

/// Name, value and description of the classes that every cluster has.
const PRIORITY_CLASSES: [(&str, i32, &str); 2] = [
    (
        "system-cluster-critical",
        2_000_000_000,
        "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    ),
    (
        "system-node-critical",
        2_000_001_000,
        "Used for system critical pods that must not be moved from their current node.",
    ),
];

/// True for the name of a class that every cluster has.
pub fn is_system_class(name: &str) -> bool {
    PRIORITY_CLASSES.iter().any(|(class, ..)| *class == name)
}

/// Creates the system namespaces where they are missing, and what the others should hold: a crash may have come between
/// a namespace and its furniture, and the certificate may be another one by now.
pub async fn bootstrap(core: &Arc<Core>) -> Outcome<()> {
    for name in NAMESPACES {
        let namespace = json!({"metadata": {"name": name}});
        ensure(core, "namespaces", None, &namespace).await?;
        furnish(core, name).await?;
    }
    let all = Range::all(core.resource("", "namespaces").key.clone());
    for namespace in core.store.list(&all).entries {
        let name = &*namespace.key.name;
        if !NAMESPACES.contains(&name) {
            // one on its way out takes nothing new
            let _ = furnish(core, name).await;
        }
    }
    for (name, value, description) in PRIORITY_CLASSES {
        let class = json!({"metadata": {"name": name}, "value": value, "description": description});
        let (group, plural) = ("scheduling.k8s.io", "priorityclasses");
        ensure_in(core, group, plural, None, &class).await?;
    }
    ensure(core, "services", Some("default"), &api_service()).await?;
    say_where(core).await
}

/// Where upstream's pods find the API. A plain object here, as every Service: pods are told the API's own
/// address in their environment.
fn api_service() -> Value {
    json!({
        "metadata": {
            "name": "kubernetes",
            "labels": {"component": "apiserver", "provider": "kubernetes"},
        },
        "spec": {
            "type": "ClusterIP",
            "clusterIP": "10.96.0.1",
            "clusterIPs": ["10.96.0.1"],
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "ports": [{"name": "https", "port": 443, "targetPort": 6443}],
        },
    })
}

/// Writes where the API is reached now, as upstream's reconciler of endpoints does.
async fn say_where(core: &Arc<Core>) -> Outcome<()> {
    let Some(address) = core.advertised else {
        return Ok(());
    };
    let call = Call {
        name: "kubernetes".to_owned(),
        ..call_of(core, ("", "endpoints"), Some("default"))
    };
    let body = api_endpoints(address).to_string();
    match update::update(&call, Bytes::from(body), Update::Main).await {
        // an address that no endpoint may have is one that nobody can be sent to
        Ok(_) | Err(Problem::Invalid { .. }) => slice_where(core, address).await,
        Err(problem) => Err(problem),
    }
}

/// The same in the slice that has taken the place of Endpoints. One of another family is another object.
async fn slice_where(core: &Arc<Core>, address: SocketAddr) -> Outcome<()> {
    let call = Call {
        name: "kubernetes".to_owned(),
        ..call_of(core, SLICES, Some("default"))
    };
    if is_shared(address) {
        let body = Bytes::from(api_slice(address).to_string());
        if update::update(&call, body, Update::Main).await.is_ok() {
            return Ok(());
        }
    }
    match delete::remove(&call, &Options::default()).await {
        Ok(_) | Err(Problem::NotFound { .. }) if !is_shared(address) => Ok(()),
        Ok(_) | Err(Problem::NotFound { .. }) => {
            let (group, plural) = SLICES;
            match ensure_in(core, group, plural, Some("default"), &api_slice(address)).await {
                Err(Problem::Invalid { .. }) => Ok(()),
                done => done,
            }
        }
        Err(problem) => Err(problem),
    }
}

fn api_slice(address: SocketAddr) -> Value {
    json!({
        "metadata": {
            "name": "kubernetes",
            "labels": {"kubernetes.io/service-name": "kubernetes"},
        },
        "addressType": if address.is_ipv4() { "IPv4" } else { "IPv6" },
        "endpoints": [{"addresses": [address.ip()], "conditions": {"ready": true}}],
        "ports": [{"name": "https", "port": address.port(), "protocol": "TCP"}],
    })
}

/// Whether others than this machine reach it.
fn is_shared(address: SocketAddr) -> bool {
    let ip = address.ip();
    !ip.is_loopback() && !ip.is_unspecified()
}

/// Without an address where only this machine reaches the API.
fn api_endpoints(address: SocketAddr) -> Value {
    let mut endpoints = json!({"metadata": {
        "name": "kubernetes",
        "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"},
    }});
    if is_shared(address) {
        endpoints["subsets"] = json!([{
            "addresses": [{"ip": address.ip()}],
            "ports": [{"name": "https", "port": address.port(), "protocol": "TCP"}],
        }]);
    }
    endpoints
}

/// Gives back what a cluster or a namespace may not be without, when it was just deleted or changed. Upstream's
/// controllers do so within a minute, of system namespaces, too: without that of their leases no node is ready.
pub async fn refurnish(core: &Arc<Core>, plural: &str, namespace: Option<&str>, name: &str) {
    if (plural, namespace) == ("namespaces", None) && NAMESPACES.contains(&name) {
        let object = json!({"metadata": {"name": name}});
        let _ = ensure(core, plural, None, &object).await;
        let _ = furnish(core, name).await;
    }
    if (plural, namespace, name) == ("services", Some("default"), "kubernetes") {
        let _ = ensure(core, plural, namespace, &api_service()).await;
    }
    let tells_where = ["endpoints", SLICES.1].contains(&plural);
    if tells_where && (namespace, name) == (Some("default"), "kubernetes") {
        let _ = say_where(core).await;
    }
    let furniture = [
        ("serviceaccounts", "default"),
        ("configmaps", ROOT_CA),
        ("configmaps", CLIENT_AUTHORITY),
    ];
    if let Some(namespace) = namespace
        && furniture.contains(&(plural, name))
    {
        // a namespace on its way out takes nothing new, and needs nothing
        let _ = furnish(core, namespace).await;
    }
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
        "metadata": {"name": ROOT_CA, "annotations": {DESCRIPTION: description}},
        "data": {"ca.crt": ca},
    });
    ensure(core, "configmaps", Some(namespace), &certificate).await?;
    // what was made immutable stays as it is, upstream too
    let _ = publish(core, namespace, &certificate).await;
    match namespace {
        "kube-system" => {
            let authority =
                json!({"metadata": {"name": CLIENT_AUTHORITY}, "data": {"client-ca-file": ca}});
            ensure(core, "configmaps", Some(namespace), &authority).await
        }
        _ => Ok(()),
    }
}

/// Changes back what somebody made of the certificate: upstream's root-ca-cert-publisher. What else there is on the
/// object stays.
async fn publish(core: &Arc<Core>, namespace: &str, certificate: &Value) -> Outcome<()> {
    let call = Call {
        name: ROOT_CA.to_owned(),
        ..call_of(core, ("", "configmaps"), Some(namespace))
    };
    let entry = core.entry(&call.resource, Some(namespace), ROOT_CA)?;
    let mut found: Value = serde_json::from_slice(&entry.value)
        .map_err(|error| Problem::Internal(error.to_string()))?;
    let description = found["metadata"]["annotations"][DESCRIPTION].as_str();
    let is_described = description.is_some_and(|text| !text.is_empty());
    if is_described && found["data"] == certificate["data"] {
        return Ok(());
    }
    found["data"] = certificate["data"].clone();
    found["metadata"]["annotations"][DESCRIPTION] =
        certificate["metadata"]["annotations"][DESCRIPTION].clone();
    // whoever changes it meanwhile comes by here, too
    let body = Bytes::from(found.to_string());
    update::update(&call, body, Update::Main).await.map(drop)
}

async fn ensure(
    core: &Arc<Core>,
    plural: &str,
    namespace: Option<&str>,
    object: &Value,
) -> Outcome<()> {
    ensure_in(core, "", plural, namespace, object).await
}

async fn ensure_in(
    core: &Arc<Core>,
    group: &str,
    plural: &str,
    namespace: Option<&str>,
    object: &Value,
) -> Outcome<()> {
    let call = call_of(core, (group, plural), namespace);
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    // a Service that is there has its address, which would be refused to another
    if core.entry(&call.resource, namespace, name).is_ok() {
        return Ok(());
    }
    let body = serde_json::to_vec(object).expect("a literal is plain data");
    match create::create_bare(&call, Bytes::from(body)).await {
        Ok(_) | Err(Problem::AlreadyExists { .. }) => Ok(()),
        Err(problem) => Err(problem),
    }
}

/// A request of the server's own to a collection.
fn call_of(core: &Arc<Core>, (group, plural): (&str, &str), namespace: Option<&str>) -> Call {
    Call {
        core: core.clone(),
        resource: core.resource(group, plural).clone(),
        namespace: namespace.map(str::to_owned),
        name: String::new(),
        params: Params::default(),
        headers: HeaderMap::new(),
        manager: None,
        newer_event: None,
        is_component: true,
        told: Told::default(),
    }
}
