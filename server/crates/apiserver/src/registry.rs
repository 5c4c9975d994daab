//! The kinds that are served, as data: what the router, discovery and the documents need to know.

use std::fmt;
use std::sync::Arc;

use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{
    ConfigMap, Endpoints, Event, Namespace, Node, Pod, Secret, Service, ServiceAccount,
};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::events::v1::Event as NewEvent;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::scheduling::v1::PriorityClass;
use orrery_apis::meta::NameRule;
use orrery_apis::{Column, Info, Kind};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use crate::decode::{self, DecodeProblem, Decoded, Strictness};
use crate::go_types::{self, MessageId};
use crate::go_wire::{self, Nulls};
use crate::literal;
use crate::object::{Object, Typed};
use crate::shapes::Shape;
use crate::strict;

/// How a resource is called in messages: `jobs.batch`, `pods`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    pub group: &'static str,
    pub plural: &'static str,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.group {
            "" => f.write_str(self.plural),
            group => write!(f, "{}.{group}", self.plural),
        }
    }
}

/// A path below an object, and what discovery says about it.
#[derive(Clone, Copy, Debug)]
pub struct Subresource {
    pub name: &'static str,
    /// Group, version and kind of the body: discovery names them, `kubectl drain` reads them (K-02).
    pub group: &'static str,
    pub version: &'static str,
    pub kind: &'static str,
    pub verbs: &'static [&'static str],
}

/// One served kind.
pub struct Resource {
    pub info: &'static Info,
    pub name: Name,
    /// The store's name of the collection; equal for all objects of the kind.
    pub key: Arc<str>,
    pub name_rule: NameRule,
    pub verbs: &'static [&'static str],
    pub subresources: Vec<Subresource>,
    pub columns: &'static [Column],
    pub field_labels: &'static [&'static str],
    pub unsupported_field: fn(&str) -> String,
    /// Every stored value begins with this: `{"kind":"Job","apiVersion":"batch/v1","metadata":{`.
    pub prefix: String,
    /// And what Orrery's own components send with this, in the order of the alphabet.
    pub sent_prefix: String,
    /// Go's struct of the kind.
    pub go_type: MessageId,
    pub schema: fn(&mut SchemaGenerator) -> Schema,
    /// How the kind parts into fields, which names its schema.
    pub shape: Shape,
    decode: fn(&[u8], Strictness) -> Result<Decoded, DecodeProblem>,
    decode_value: fn(Value, Strictness) -> Result<Decoded, DecodeProblem>,
    decode_stored: fn(&[u8]) -> serde_json::Result<Box<dyn Object>>,
}

const ALL_VERBS: &[&str] = &[
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
];
/// Namespaces cannot be deleted as a collection.
const NAMESPACE_VERBS: &[&str] = &[
    "create", "delete", "get", "list", "patch", "update", "watch",
];
/// Of subresources that are a part of the object, behind a door of its own.
const PART_VERBS: &[&str] = &["get", "patch", "update"];
/// Of what is passed on, whatever it is.
const PROXY_VERBS: &[&str] = &["create", "delete", "get", "patch", "update"];

impl Resource {
    fn of<K: Kind + JsonSchema>() -> Self {
        let info = &K::INFO;
        Self {
            info,
            name: Name {
                group: info.group,
                plural: info.plural,
            },
            key: match info.group {
                "" => info.plural.into(),
                group => format!("{group}/{}", info.plural).into(),
            },
            name_rule: K::NAME_RULE,
            verbs: match (info.group, info.plural) {
                ("", "namespaces") => NAMESPACE_VERBS,
                _ => ALL_VERBS,
            },
            subresources: subresources(info),
            columns: K::columns(),
            field_labels: K::field_labels(),
            unsupported_field: K::unsupported_field,
            prefix: format!(
                "{{\"kind\":\"{}\",\"apiVersion\":\"{}\",{METADATA}",
                K::KIND,
                K::API_VERSION
            ),
            sent_prefix: format!(
                "{{\"apiVersion\":\"{}\",\"kind\":\"{}\",{METADATA}",
                K::API_VERSION,
                K::KIND
            ),
            go_type: go_types::of_kind(K::API_VERSION, K::KIND)
                .expect("fields.txt has every kind that is served"),
            schema: |generator| generator.subschema_for::<K>(),
            shape: Shape::Struct(K::schema_name().into_owned()),
            decode: |bytes, strictness| {
                let decoded = decode::from_slice::<K>(bytes, strictness)?;
                convertible(&decoded.object)?;
                Ok(decoded.map(|mut object| {
                    object.note_absent(bytes);
                    boxed(object)
                }))
            },
            decode_value: |value, strictness| {
                let text = K::NOTES_ABSENT.then(|| value.to_string());
                let decoded = decode::from_value::<K>(value, strictness)?;
                convertible(&decoded.object)?;
                Ok(decoded.map(|mut object| {
                    text.iter()
                        .for_each(|text| object.note_absent(text.as_bytes()));
                    boxed(object)
                }))
            },
            decode_stored: |bytes| serde_json::from_slice::<K>(bytes).map(boxed),
        }
    }

    /// `batch/v1`, `v1`.
    pub fn api_version(&self) -> String {
        api_version(self.info.group, self.info.version)
    }

    /// How much of a stored value stands before its metadata: the brace, kind and apiVersion.
    pub fn types_len(&self) -> usize {
        self.prefix.len() - METADATA.len()
    }

    /// The subresource of that name.
    pub fn subresource(&self, name: &str) -> Option<&Subresource> {
        self.subresources.iter().find(|s| s.name == name)
    }

    /// A client's JSON as an object, with what it said too much.
    pub fn decode(&self, bytes: &[u8], strictness: Strictness) -> Result<Decoded, DecodeProblem> {
        // Rare, so that only a body that is refused is read again.
        (self.decode)(bytes, strictness)
            .or_else(|refused| self.decode_as_go(bytes, strictness).ok_or(refused))
    }

    /// The same for what only Go's decoders take.
    fn decode_as_go(&self, bytes: &[u8], strictness: Strictness) -> Option<Decoded> {
        let mut value = serde_json::from_slice(&literal::with_whole_zeros(bytes)).ok()?;
        decode::forget_empty_types(&mut value);
        go_wire::soften(&mut value, &self.shape, Nulls::AreZero);
        let soft = serde_json::to_vec(&value).ok()?;
        let decoded = (self.decode)(&soft, strictness).ok()?;
        // the softened text repeats nothing
        let strict = strict::told_among(strictness, bytes, &decoded.strict);
        Some(Decoded { strict, ..decoded })
    }

    /// A patched document as an object.
    pub fn decode_value(
        &self,
        mut value: Value,
        strictness: Strictness,
    ) -> Result<Decoded, DecodeProblem> {
        decode::forget_empty_types(&mut value);
        go_wire::soften(&mut value, &self.shape, Nulls::AreZero);
        (self.decode_value)(value, strictness)
    }

    /// What the store holds, as an object.
    pub fn decode_stored(&self, bytes: &[u8]) -> serde_json::Result<Box<dyn Object>> {
        (self.decode_stored)(bytes)
    }
}

/// How the metadata of a stored value begins.
const METADATA: &str = "\"metadata\":{";

/// Every served kind; built once.
pub struct Registry(Vec<Arc<Resource>>);

impl Registry {
    /// The kinds, as each group's discovery lists its own: the core group first, then groups by name.
    pub fn new() -> Self {
        Self(
            [
                Resource::of::<ConfigMap>(),
                Resource::of::<Endpoints>(),
                Resource::of::<Event>(),
                Resource::of::<Namespace>(),
                Resource::of::<Node>(),
                Resource::of::<Pod>(),
                Resource::of::<Secret>(),
                Resource::of::<Service>(),
                Resource::of::<ServiceAccount>(),
                Resource::of::<ControllerRevision>(),
                Resource::of::<DaemonSet>(),
                Resource::of::<CronJob>(),
                Resource::of::<Job>(),
                Resource::of::<Lease>(),
                Resource::of::<EndpointSlice>(),
                Resource::of::<NewEvent>(),
                Resource::of::<PodDisruptionBudget>(),
                Resource::of::<PriorityClass>(),
            ]
            .map(Arc::new)
            .into(),
        )
    }

    /// The kind served at that path.
    pub fn find(&self, group: &str, version: &str, plural: &str) -> Option<&Arc<Resource>> {
        self.iter()
            .find(|r| r.info.plural == plural && r.info.version == version && r.info.group == group)
    }

    /// All of them, in discovery's order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.0.iter()
    }

    /// (group, version) pairs, without repeats, in discovery's order.
    pub fn group_versions(&self) -> Vec<(&'static str, &'static str)> {
        let mut pairs: Vec<_> = self
            .iter()
            .map(|r| (r.info.group, r.info.version))
            .collect();
        pairs.dedup();
        pairs
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

/// `batch/v1`, or `v1` for the core group.
pub fn api_version(group: &str, version: &str) -> String {
    match group {
        "" => version.to_owned(),
        _ => format!("{group}/{version}"),
    }
}

fn convertible<K: Kind>(object: &K) -> Result<(), DecodeProblem> {
    let problem = |message| DecodeProblem {
        field: String::new(),
        message,
    };
    object.unconvertible().map(problem).map_or(Ok(()), Err)
}

fn boxed<K: Kind>(object: K) -> Box<dyn Object> {
    Box::new(Typed(object))
}

fn subresources(info: &Info) -> Vec<Subresource> {
    let own = |name, verbs| Subresource {
        name,
        group: info.group,
        version: info.version,
        kind: info.kind,
        verbs,
    };
    let other = |name, group, version, kind, verbs| Subresource {
        name,
        group,
        version,
        kind,
        verbs,
    };
    let proxy = |kind| other("proxy", "", "v1", kind, PROXY_VERBS);
    let mut all = match (info.group, info.plural) {
        ("", "nodes") => vec![proxy("NodeProxyOptions")],
        ("", "services") => vec![proxy("ServiceProxyOptions")],
        ("", "pods") => vec![
            proxy("PodProxyOptions"),
            other("binding", "", "v1", "Binding", &["create"]),
            other("eviction", "policy", "v1", "Eviction", &["create"]),
            other("exec", "", "v1", "PodExecOptions", &["create", "get"]),
            other("attach", "", "v1", "PodAttachOptions", &["create", "get"]),
            other(
                "portforward",
                "",
                "v1",
                "PodPortForwardOptions",
                &["create", "get"],
            ),
            own("ephemeralcontainers", PART_VERBS),
            own("log", &["get"]),
            own("resize", PART_VERBS),
        ],
        ("", "namespaces") => vec![own("finalize", &["update"])],
        ("", "serviceaccounts") => {
            let group = "authentication.k8s.io";
            vec![other("token", group, "v1", "TokenRequest", &["create"])]
        }
        _ => Vec::new(),
    };
    if info.has_status {
        all.push(own("status", PART_VERBS));
    }
    all.sort_unstable_by_key(|sub| sub.name);
    all
}
