//! `/api`, `/apis` and below: which kinds exist, plain and aggregated (K-01, K-02).

use axum::body::Body;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use orrery_apis::Info;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::bindings;
use crate::component_statuses;
use crate::core::Core;
use crate::events_v1;
use crate::go_json;
use crate::go_types;
use crate::metrics::{self, Metric};
use crate::negotiate::{self, Media};
use crate::problem::{Outcome, Problem};
use crate::protobuf;
use crate::registry::{Registry, Resource, Subresource, api_version};
use crate::render;
use crate::reviews::{self, Review};
use crate::router::not_modified;
use crate::yaml;

/// Answers a discovery path, given as its segments.
pub fn serve(core: &Core, segments: &[&str], headers: &HeaderMap) -> Outcome<Response> {
    let registry = &core.registry;
    let admit = || match segments {
        ["api", ..] | ["apis", _, _] => negotiate::routed(headers, negotiate::OFFERED),
        // upstream's aggregator answers for the others, which no router stands before
        _ => Ok(()),
    };
    if let (["api"] | ["apis"], Some(wanted)) = (segments, negotiate::of_discovery(headers)) {
        admit()?;
        let document = aggregated(registry, wanted.what, matches!(segments, ["api"]));
        let parameters = format!(
            ";g=apidiscovery.k8s.io;v={};as=APIGroupDiscoveryList",
            wanted.what
        );
        return tagged(&document, wanted.media, &parameters, headers);
    }
    let document = match segments {
        ["api"] => api_versions(core),
        ["apis"] => group_list(registry),
        ["api", version] => resource_list(registry, "", version)?,
        ["apis", group] => one_group(registry, group)?,
        ["apis", group, version] => resource_list(registry, group, version)?,
        _ => return Err(Problem::NoSuchPath),
    };
    admit()?;
    let wanted = negotiate::of_documents(headers).ok_or_else(negotiate::unacceptable)?;
    tagged(&document, wanted.media, "", headers)
}

/// The document in that form. Its tag is that of its JSON, whatever the form, as upstream has it.
fn tagged(
    document: &Value,
    media: Media,
    parameters: &str,
    headers: &HeaderMap,
) -> Outcome<Response> {
    let json = go_types::ordered(&go_json::to_vec(document));
    let etag = format!("\"{}\"", tag(&json));
    let fresh = not_modified(headers, &etag);
    let body = match fresh {
        true => Body::empty(),
        false => Body::from(encoded(document, &json, media)?),
    };
    let mut response = render::typed(body, media.name());
    if fresh {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("Accept"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public"));
    let media_type = format!("{}{parameters}", media.name());
    for (name, value) in [(header::ETAG, etag), (header::CONTENT_TYPE, media_type)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    Ok(response)
}

fn tag(json: &[u8]) -> String {
    let digest = Sha256::digest(render::ended(json));
    let shown = digest.iter().take(16);
    shown.map(|byte| format!("{byte:02X}")).collect()
}

fn encoded(document: &Value, json: &[u8], media: Media) -> Outcome<Bytes> {
    match media {
        Media::Json => Ok(render::ended(json)),
        Media::Yaml => Ok(yaml::from_json(document).into()),
        Media::Protobuf => protobuf::from_json(json)
            .map(|encoded| encoded.bytes.into())
            .ok_or_else(negotiate::unacceptable),
    }
}

fn api_versions(core: &Core) -> Value {
    let addresses = core
        .advertised
        .iter()
        .map(|address| json!({"clientCIDR": "0.0.0.0/0", "serverAddress": address.to_string()}));
    let addresses: Vec<_> = addresses.collect();
    json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": addresses})
}

fn group_list(registry: &Registry) -> Value {
    let groups: Vec<_> = groups(registry)
        .iter()
        .map(|(group, version)| group_entry(group, version))
        .collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

fn groups(registry: &Registry) -> Vec<(&'static str, &'static str)> {
    let mut pairs = served(registry);
    pairs.retain(|(group, _)| !group.is_empty());
    pairs
}

/// Upstream's groups by their priority (`groupPriorityMinimum` of their APIServices), by which its lists go.
const PRIORITY: [&str; 11] = [
    "",
    "apps",
    events_v1::GROUP,
    "authentication.k8s.io",
    "authorization.k8s.io",
    "batch",
    "policy",
    "scheduling.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    metrics::GROUP,
];

fn rank(group: &str) -> usize {
    let known = PRIORITY.iter().position(|known| *known == group);
    known.unwrap_or(PRIORITY.len())
}

/// Every group and version, those of the reviews and the metrics among them.
pub fn served(registry: &Registry) -> Vec<(&'static str, &'static str)> {
    let mut pairs = registry.group_versions();
    pairs.extend(reviews::ALL.iter().map(|review| (review.group, "v1")));
    pairs.push((metrics::GROUP, metrics::VERSION));
    pairs.sort_by_key(|(group, version)| (rank(group), *group, *version));
    pairs.dedup();
    pairs
}

/// True for a path that some API answers for, if only to say that it has no such thing. As upstream's director has
/// it, that is a matter of how the path begins.
pub fn is_routed(registry: &Registry, path: &str) -> bool {
    let is_below = |root: &str| {
        let rest = path.strip_prefix(root);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let is_ours = |(group, version): &(&str, &str)| match *group {
        "" => is_below("/api"),
        // what an API says whose versions are aggregated one by one
        metrics::GROUP => is_below(&format!("/apis/{group}/{version}")),
        group => is_below(&format!("/apis/{group}")),
    };
    served(registry).iter().any(is_ours)
}

fn reviews_of(group: &str) -> impl Iterator<Item = &'static Review> {
    let all = reviews::ALL.iter();
    all.filter(move |review| review.group == group)
}

fn plain_review(review: &Review) -> Value {
    json!({
        "name": review.plural,
        "singularName": review.singular,
        "namespaced": review.namespaced,
        "kind": review.kind,
        "verbs": ["create"],
    })
}

fn aggregated_review(review: &Review) -> Value {
    json!({
        "resource": review.plural,
        "responseKind": {"group": review.group, "version": "v1", "kind": review.kind},
        "scope": if review.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": review.singular,
        "verbs": ["create"],
    })
}

fn metrics_of(group: &str) -> &'static [Metric] {
    match group {
        metrics::GROUP => &metrics::ALL,
        _ => &[],
    }
}

fn plain_metric(metric: &Metric) -> Value {
    json!({
        "name": metric.plural,
        "singularName": metric.singular,
        "namespaced": metric.namespaced,
        "kind": metric.kind,
        "verbs": metrics::VERBS,
    })
}

fn aggregated_metric(metric: &Metric) -> Value {
    json!({
        "resource": metric.plural,
        "responseKind": {"group": metrics::GROUP, "version": metrics::VERSION, "kind": metric.kind},
        "scope": if metric.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": metric.singular,
        "verbs": metrics::VERBS,
    })
}

fn group_entry(group: &str, version: &str) -> Value {
    let served = json!({"groupVersion": api_version(group, version), "version": version});
    json!({"name": group, "versions": [served], "preferredVersion": served})
}

fn one_group(registry: &Registry, group: &str) -> Outcome<Value> {
    let known = groups(registry);
    let (group, version) = known
        .iter()
        .find(|(name, _)| *name == group)
        .ok_or(Problem::NoSuchPath)?;
    let mut entry = group_entry(group, version);
    entry["kind"] = json!("APIGroup");
    entry["apiVersion"] = json!("v1");
    Ok(entry)
}

fn resource_list(registry: &Registry, group: &str, version: &str) -> Outcome<Value> {
    let known = served(registry).contains(&(group, version));
    if !known {
        return Err(Problem::NoSuchPath);
    }
    let mut resources = Vec::new();
    resources.extend(group.is_empty().then(bindings::plain));
    resources.extend(group.is_empty().then(component_statuses::plain));
    for resource in of_version(registry, group, version) {
        resources.push(plain_resource(resource));
        resources.extend(
            resource
                .subresources
                .iter()
                .map(|sub| plain_subresource(resource, sub)),
        );
    }
    resources.extend(reviews_of(group).map(plain_review));
    resources.extend(metrics_of(group).iter().map(plain_metric));
    Ok(json!({
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": api_version(group, version),
        "resources": resources,
    }))
}

fn of_version<'a>(
    registry: &'a Registry,
    group: &'a str,
    version: &'a str,
) -> impl Iterator<Item = &'a Resource> {
    let resources = registry.iter().map(AsRef::as_ref);
    resources.filter(move |r: &&Resource| r.info.group == group && r.info.version == version)
}

fn plain_resource(resource: &Resource) -> Value {
    let info = resource.info;
    let mut entry = json!({
        "name": info.plural,
        "singularName": info.singular,
        "namespaced": info.namespaced,
        "kind": info.kind,
        "verbs": resource.verbs,
        "storageVersionHash": storage_hash(info),
    });
    if !info.short_names.is_empty() {
        entry["shortNames"] = json!(info.short_names);
    }
    if !info.categories.is_empty() {
        entry["categories"] = json!(info.categories);
    }
    entry
}

/// Upstream's `StorageVersionHash`: by it clients see that a kind is stored in another version now.
fn storage_hash(info: &Info) -> String {
    const SHOWN: usize = 8;
    // events of either group are kept as those of the core
    let group = match info.group {
        events_v1::GROUP => "",
        group => group,
    };
    let digest = Sha256::digest(format!("{group}/{}/{}", info.version, info.kind));
    let head: Vec<u8> = digest.iter().take(SHOWN).copied().collect();
    STANDARD.encode(head)
}

fn plain_subresource(resource: &Resource, sub: &Subresource) -> Value {
    let mut entry = json!({
        "name": format!("{}/{}", resource.info.plural, sub.name),
        "singularName": "",
        "namespaced": resource.info.namespaced,
        "kind": sub.kind,
        "verbs": sub.verbs,
    });
    if (sub.group, sub.version) != (resource.info.group, resource.info.version) {
        entry["group"] = json!(sub.group);
        entry["version"] = json!(sub.version);
    }
    entry
}

fn aggregated(registry: &Registry, form: &str, core_group: bool) -> Value {
    let pairs = served(registry);
    let wanted = pairs
        .iter()
        .filter(|(group, _)| group.is_empty() == core_group);
    let items: Vec<_> = wanted
        .map(|(group, version)| {
            let older = group
                .is_empty()
                .then(|| [bindings::aggregated(), component_statuses::aggregated()]);
            let resources: Vec<_> = older
                .into_iter()
                .flatten()
                .chain(of_version(registry, group, version).map(aggregated_resource))
                .chain(reviews_of(group).map(aggregated_review))
                .chain(metrics_of(group).iter().map(aggregated_metric))
                .collect();
            let metadata = match *group {
                "" => json!({}),
                name => json!({"name": name}),
            };
            json!({
                "metadata": metadata,
                "versions": [{"version": version, "resources": resources, "freshness": "Current"}],
            })
        })
        .collect();
    json!({
        "kind": "APIGroupDiscoveryList",
        "apiVersion": format!("apidiscovery.k8s.io/{form}"),
        "metadata": {},
        "items": items,
    })
}

fn aggregated_resource(resource: &Resource) -> Value {
    let info = resource.info;
    let mut entry = json!({
        "resource": info.plural,
        "responseKind": {"group": info.group, "version": info.version, "kind": info.kind},
        "scope": if info.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": info.singular,
        "verbs": resource.verbs,
    });
    if !info.short_names.is_empty() {
        entry["shortNames"] = json!(info.short_names);
    }
    if !info.categories.is_empty() {
        entry["categories"] = json!(info.categories);
    }
    let subresources = resource.subresources.iter().map(|sub| {
        json!({
            "subresource": sub.name,
            "responseKind": {"group": sub.group, "version": sub.version, "kind": sub.kind},
            "verbs": sub.verbs,
        })
    });
    let subresources: Vec<_> = subresources.collect();
    if !subresources.is_empty() {
        entry["subresources"] = Value::Array(subresources);
    }
    entry
}
