//! `metrics.k8s.io`: what the processes of pods use, asked of the nodes and kept nowhere (K-37).
//!
//! A node uses what its pods use: all nodes share one machine, and what else that does is not theirs.

mod objects;
mod table;

use std::collections::BTreeMap;

use axum::extract::Request;
use axum::response::Response;
use http::Method;
use orrery_store::Range;

use crate::auth::Identity;
use crate::authorize::{self, Act};
use crate::core::Core;
use crate::list_options::{self, ListOptions};
use crate::negotiate;
use crate::nodes::UsageReport;
use crate::params::Params;
use crate::problem::{Outcome, Problem};
use crate::registry::{Name, Resource};
use crate::selection::Selection;
use crate::traffic::Asked;
use crate::unstored::{Found, Unstored};

pub const GROUP: &str = "metrics.k8s.io";
pub const VERSION: &str = "v1beta1";

/// What discovery says.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    pub kind: &'static str,
    pub plural: &'static str,
    pub singular: &'static str,
    /// What is measured, in upstream's words.
    pub of: &'static str,
    pub namespaced: bool,
}

/// All of them, in discovery's order.
pub const ALL: [Metric; 2] = [
    Metric {
        kind: "NodeMetrics",
        plural: "nodes",
        singular: "",
        of: "node",
        namespaced: false,
    },
    Metric {
        kind: "PodMetrics",
        plural: "pods",
        singular: "",
        of: "pod",
        namespaced: true,
    },
];

pub const VERBS: [&str; 2] = ["get", "list"];

/// A path below the version.
struct Target<'a> {
    metric: &'static Metric,
    namespace: Option<&'a str>,
    name: Option<&'a str>,
}

impl<'a> Target<'a> {
    fn read(rest: &[&'a str]) -> Option<Self> {
        let (namespace, rest) = match rest {
            ["namespaces", namespace, rest @ ..] => (Some(*namespace), rest),
            rest => (None, rest),
        };
        let (plural, name) = match rest {
            [plural] => (*plural, None),
            [plural, name] => (*plural, Some(*name)),
            _ => return None,
        };
        let metric = ALL.iter().find(|metric| metric.plural == plural)?;
        let scoped = match namespace {
            Some(_) => metric.namespaced,
            None => !metric.namespaced || name.is_none(),
        };
        scoped.then_some(Self {
            metric,
            namespace,
            name,
        })
    }
}

/// What such a request is counted under.
pub fn asked(rest: &[&str], request: &Request) -> Asked {
    let Some(target) = Target::read(rest) else {
        return Asked::path(request);
    };
    let kind = (GROUP, VERSION, target.metric.plural);
    let parts = (target.name.is_some(), target.namespace.is_some());
    Asked::unstored(kind, parts, request)
}

/// Answers a request below `/apis/metrics.k8s.io/v1beta1`.
pub async fn serve(
    core: &Core,
    rest: &[&str],
    identity: &Identity,
    request: Request,
) -> Outcome<Response> {
    let target = Target::read(rest).ok_or(Problem::NoSuchPath)?;
    let name = Name {
        group: GROUP,
        plural: target.metric.plural,
    };
    let (parts, _) = request.into_parts();
    let params = Params::parse(parts.uri.query());
    let watch = params.flag("watch") && target.name.is_none();
    let act = Act {
        verb: authorize::verb(&parts.method, target.name.is_some(), watch),
        group: GROUP,
        resource: target.metric.plural,
        subresource: "",
        namespace: target.namespace,
        name: target.name.unwrap_or_default(),
    };
    authorize::check(identity, name, &act)?;
    let unstored = Unstored {
        name,
        version: VERSION,
        kind: target.metric.kind,
        table: table::of,
    };
    if parts.method != Method::GET {
        return Err(Problem::MethodNotAllowed);
    }
    let is_list = target.name.is_none();
    let offered = match is_list {
        true => negotiate::OFFERED_OF_LISTS,
        false => negotiate::OFFERED,
    };
    let representation = negotiate::representation(&parts.headers, offered)?;
    if watch {
        return Err(unstored.unwatchable());
    }
    if is_list {
        list_options::check_numbers(&params)?;
    }
    let resource = core.resource("", target.metric.plural);
    let selection = Selection::read(&params)?;
    if is_list {
        ListOptions::check(&params)?;
    }
    selection.check(resource)?;
    let report = core.nodes.usage().await;
    let report = report.ok_or_else(|| {
        Problem::Unavailable("no node agent runs here that could be asked".to_owned())
    })?;
    let found = found(core, &target, resource, &selection, &report)?;
    unstored.answer(found, representation, &params)
}

fn found(
    core: &Core,
    target: &Target<'_>,
    resource: &Resource,
    selection: &Selection,
    report: &UsageReport,
) -> Outcome<Found> {
    let by_node = match target.metric.namespaced {
        true => BTreeMap::new(),
        false => objects::by_node(core, report),
    };
    let object = |entry: &_| match target.metric.namespaced {
        true => objects::pod(entry, report),
        false => Some(objects::node(entry, report, &by_node)),
    };
    if let Some(name) = target.name {
        // metrics-server names what it does not find by the kind in small letters
        let (plural, full) = match target.namespace {
            Some(namespace) => ("podmetrics", format!("{namespace}/{name}")),
            None => ("nodemetrics", name.to_owned()),
        };
        let missing = Problem::not_found(
            Name {
                group: GROUP,
                plural,
            },
            &full,
        );
        let key = Core::key(resource, target.namespace, name);
        let entry = core.store.get(&key).ok_or_else(|| missing.clone())?;
        return object(&entry).map(Found::One).ok_or(missing);
    }
    let mut range = Range::all(resource.key.clone());
    range.namespace = target.namespace.map(Into::into);
    let list = core.store.list(&range);
    let selected = list.entries.iter().filter(|entry| selection.matches(entry));
    let items = selected.filter_map(|entry| object(entry)).collect();
    Ok(Found::Many(items))
}
