//! Who may do what: two identities, as a short table of rules in the words of RBAC.
//!
//! Full RBAC belongs to real clusters. The viewer may what upstream's `view` ClusterRole allows, and read
//! the cluster-scoped kinds besides; Secrets stay closed, since reading one is acting as its owner.

use http::Method;

use crate::auth::Identity;
use crate::problem::{Outcome, Problem};
use crate::registry::Name;

/// What a request asks to do to a resource, as upstream's RequestInfo has it.
#[derive(Clone, Copy, Debug)]
pub struct Act<'a> {
    pub verb: &'a str,
    pub group: &'a str,
    pub resource: &'a str,
    /// Empty for the object itself.
    pub subresource: &'a str,
    /// `None` at the cluster's scope and over all namespaces.
    pub namespace: Option<&'a str>,
    /// Empty for the collection.
    pub name: &'a str,
}

/// A rule over resources; `*` stands for everything.
pub struct Rule {
    pub verbs: &'static [&'static str],
    pub groups: &'static [&'static str],
    pub resources: &'static [&'static str],
}

const READ: &[&str] = &["get", "list", "watch"];
/// Paths that any identity may read; a `*` ends a prefix.
const OPEN_PATHS: &[&str] = &[
    "/api",
    "/api/*",
    "/apis",
    "/apis/*",
    "/healthz",
    "/healthz/*",
    "/livez",
    "/livez/*",
    "/openapi",
    "/openapi/*",
    "/readyz",
    "/readyz/*",
    "/version",
    "/version/",
];

/// Paths that service accounts may read besides, by upstream's `system:service-account-issuer-discovery`.
const ISSUER_PATHS: &[&str] = &[
    "/.well-known/openid-configuration",
    "/.well-known/openid-configuration/",
    "/openid/v1/jwks",
    "/openid/v1/jwks/",
];
/// What the viewer may read besides, as upstream's `system:monitoring`.
const VIEWER_PATHS: &[&str] = &["/metrics"];

const EVERYONE: &[Rule] = &[
    Rule {
        verbs: &["create"],
        groups: &["authorization.k8s.io"],
        resources: &["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
    },
    Rule {
        verbs: &["create"],
        groups: &["authentication.k8s.io"],
        resources: &["selfsubjectreviews"],
    },
];

const VIEWER: &[Rule] = &[
    Rule {
        verbs: READ,
        groups: &[""],
        resources: &[
            "componentstatuses",
            "configmaps",
            "endpoints",
            "events",
            "namespaces",
            "namespaces/status",
            "nodes",
            "nodes/status",
            "pods",
            "pods/log",
            "pods/status",
            "serviceaccounts",
            "services",
            "services/status",
        ],
    },
    Rule {
        verbs: READ,
        groups: &["apps"],
        resources: &["controllerrevisions", "daemonsets", "daemonsets/status"],
    },
    Rule {
        verbs: READ,
        groups: &["batch"],
        resources: &["cronjobs", "cronjobs/status", "jobs", "jobs/status"],
    },
    Rule {
        verbs: READ,
        groups: &["coordination.k8s.io"],
        resources: &["leases"],
    },
    Rule {
        verbs: READ,
        groups: &["discovery.k8s.io"],
        resources: &["endpointslices"],
    },
    Rule {
        verbs: READ,
        groups: &["events.k8s.io"],
        resources: &["events"],
    },
    Rule {
        verbs: READ,
        groups: &["metrics.k8s.io"],
        resources: &["nodes", "pods"],
    },
    Rule {
        verbs: READ,
        groups: &["policy"],
        resources: &["poddisruptionbudgets", "poddisruptionbudgets/status"],
    },
    Rule {
        verbs: READ,
        groups: &["scheduling.k8s.io"],
        resources: &["priorityclasses"],
    },
];

const ADMINISTRATOR: &[Rule] = &[Rule {
    verbs: &["*"],
    groups: &["*"],
    resources: &["*"],
}];

/// The rules that hold for an identity; the same in every namespace.
pub fn rules(identity: &Identity) -> impl Iterator<Item = &'static Rule> {
    let administrator = identity
        .is_administrator()
        .then_some(ADMINISTRATOR)
        .into_iter();
    let viewer = identity.is_viewer().then_some(VIEWER).into_iter();
    administrator.chain(viewer).chain([EVERYONE]).flatten()
}

/// The paths that an identity which is no administrator may read; a `*` ends a prefix.
pub fn paths(identity: &Identity) -> impl Iterator<Item = &'static str> {
    let issuers = identity.is_service_account().then_some(ISSUER_PATHS);
    let viewers = identity.is_viewer().then_some(VIEWER_PATHS);
    let more = issuers.into_iter().chain(viewers).flatten();
    OPEN_PATHS.iter().chain(more).copied()
}

/// Whether the identity may do that.
pub fn may(identity: &Identity, act: &Act<'_>) -> bool {
    let resource = match act.subresource {
        "" => act.resource.to_owned(),
        sub => format!("{}/{sub}", act.resource),
    };
    let holds = |words: &[&str], word: &str| words.contains(&"*") || words.contains(&word);
    rules(identity).any(|rule| {
        holds(rule.verbs, act.verb)
            && holds(rule.groups, act.group)
            && holds(rule.resources, &resource)
    })
}

/// Whether the identity may ask for a path that names no resource.
pub fn may_path(identity: &Identity, verb: &str, path: &str) -> bool {
    let covers = |open: &str| match open.strip_suffix('*') {
        Some(prefix) => path.starts_with(prefix),
        None => path == open,
    };
    identity.is_administrator() || (verb == "get" && paths(identity).any(covers))
}

/// 403 with upstream's words where the identity may not.
pub fn check(identity: &Identity, name: Name, act: &Act<'_>) -> Outcome<()> {
    if may(identity, act) {
        return Ok(());
    }
    let resource = match act.subresource {
        "" => act.resource.to_owned(),
        sub => format!("{}/{sub}", act.resource),
    };
    let scope = match act.namespace {
        Some(namespace) => format!("in the namespace {namespace:?}"),
        None => "at the cluster scope".to_owned(),
    };
    Err(Problem::Forbidden {
        resource: name,
        name: act.name.to_owned(),
        message: format!(
            "User {:?} cannot {} resource {resource:?} in API group {:?} {scope}",
            identity.user, act.verb, act.group
        ),
        cause: None,
    })
}

/// 403 for a path that the identity may not ask for.
pub fn check_path(identity: &Identity, method: &Method, path: &str) -> Outcome<()> {
    let verb = match *method {
        Method::HEAD => "get".to_owned(),
        ref method => method.as_str().to_lowercase(),
    };
    match may_path(identity, &verb, path) {
        true => Ok(()),
        false => Err(Problem::ForbiddenRequest(format!(
            "User {:?} cannot {verb} path {path:?}",
            identity.user
        ))),
    }
}

/// The verb of a request, as upstream names it.
pub fn verb(method: &Method, named: bool, watch: bool) -> &'static str {
    match (method, named) {
        (&Method::GET | &Method::HEAD, true) => "get",
        (&Method::GET | &Method::HEAD, false) if watch => "watch",
        (&Method::GET | &Method::HEAD, false) => "list",
        (&Method::POST, _) => "create",
        (&Method::PUT, _) => "update",
        (&Method::PATCH, _) => "patch",
        (&Method::DELETE, true) => "delete",
        (&Method::DELETE, false) => "deletecollection",
        _ => "",
    }
}
