//! `componentstatuses`: how the parts of the control plane fare, looked at when somebody asks and kept nowhere. Upstream
//! has long deprecated it, and serves it still (`kubectl get cs`).
//!
//! Upstream probes ports of its components. Here whoever wires them says which are at work; the store, which upstream
//! calls `etcd-0`, is this process's own.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::Method;
use orrery_apis::kind::only_metadata_fields;
use orrery_apis::selector::{FieldSelector, Selector};
use orrery_apis::{Column, print};
use serde_json::{Value, json};

use crate::auth::Identity;
use crate::authorize::{self, Act};
use crate::core::Core;
use crate::list_options::{self, ListOptions};
use crate::negotiate::{self, MetaVersion};
use crate::params::Params;
use crate::problem::{Outcome, Problem};
use crate::registry::Name;
use crate::render;
use crate::table::{self, Include};
use crate::target;
use crate::unstored::{self, Found, Unstored};

pub const PLURAL: &str = "componentstatuses";
pub const KIND: &str = "ComponentStatus";
const VERBS: [&str; 2] = ["get", "list"];
const SHORT_NAMES: [&str; 1] = ["cs"];
const UNSTORED: Unstored = Unstored {
    name: Name {
        group: "",
        plural: PLURAL,
    },
    version: "v1",
    kind: KIND,
    table,
};
const DEPRECATION: &str = "v1 ComponentStatus is deprecated in v1.19+";

/// A part of the control plane, by upstream's name, and what ails it.
pub struct ComponentHealth {
    pub name: &'static str,
    pub error: Option<String>,
}

/// Says how the parts fare that the API server does not know itself.
pub type Components = Arc<dyn Fn() -> Vec<ComponentHealth> + Send + Sync>;

const COLUMNS: [Column; 4] = [
    print::name(),
    print::string_column("Status", "Status of the component conditions"),
    print::string_column("Message", "Message of the component conditions"),
    print::string_column("Error", "Error of the component conditions"),
];

/// What is asked for: all of them, or one.
pub struct Asked<'a> {
    name: Option<&'a str>,
}

/// What such a path asks for.
pub fn find<'a>(segments: &[&'a str]) -> Option<Asked<'a>> {
    let name = match segments {
        ["api", "v1", PLURAL] => None,
        ["api", "v1", PLURAL, name] => Some(*name),
        _ => return None,
    };
    Some(Asked { name })
}

impl Asked<'_> {
    /// True for one of them.
    pub fn is_one(&self) -> bool {
        self.name.is_some()
    }
}

/// Answers, and warns whoever asks.
pub fn serve(
    core: &Core,
    asked: &Asked<'_>,
    identity: &Identity,
    request: &Request,
) -> Outcome<Response> {
    let params = Params::parse(request.uri().query());
    let watch = params.flag("watch") && asked.name.is_none();
    let name = asked.name.map(target::decode_segment).transpose()?;
    authorize(identity, request.method(), name.as_deref(), watch)?;
    if request.method() != Method::GET {
        return Err(Problem::MethodNotAllowed);
    }
    let answer = match watch {
        true => Err(UNSTORED.unwatchable()),
        false => answer(core, name.as_deref(), &params, request),
    };
    let mut response = answer.unwrap_or_else(|problem| problem.into_response());
    render::warn_first(&mut response, DEPRECATION);
    Ok(response)
}

fn authorize(identity: &Identity, method: &Method, name: Option<&str>, watch: bool) -> Outcome<()> {
    let act = Act {
        verb: authorize::verb(method, name.is_some(), watch),
        group: "",
        resource: PLURAL,
        subresource: "",
        namespace: None,
        name: name.unwrap_or_default(),
    };
    authorize::check(identity, UNSTORED.name, &act)
}

fn answer(
    core: &Core,
    name: Option<&str>,
    params: &Params,
    request: &Request,
) -> Outcome<Response> {
    let offered = match name {
        Some(_) => negotiate::OFFERED,
        None => negotiate::OFFERED_OF_LISTS,
    };
    let representation = negotiate::representation(request.headers(), offered)?;
    let found = match name {
        Some(name) => Found::One(one(core, name)?),
        None => Found::Many(selected(core, params)?),
    };
    UNSTORED.answer(found, representation, params)
}

fn all(core: &Core) -> Vec<ComponentHealth> {
    let mut parts = match &core.components {
        Some(others) => others(),
        None => Vec::new(),
    };
    // who answers this reads the store
    parts.push(ComponentHealth {
        name: "etcd-0",
        error: None,
    });
    parts.sort_unstable_by_key(|part| part.name);
    parts
}

fn one(core: &Core, name: &str) -> Outcome<Value> {
    let part = all(core).into_iter().find(|part| part.name == name);
    // upstream makes no Status of it
    let missing = || Problem::Unmapped(format!("Component not found: {name}"));
    part.map(|part| object(&part)).ok_or_else(missing)
}

fn selected(core: &Core, params: &Params) -> Outcome<Vec<Value>> {
    list_options::check_numbers(params)?;
    let text = |name: &str| params.get(name).unwrap_or_default();
    let labels: Selector = text("labelSelector").parse().map_err(Problem::BadRequest)?;
    let fields: FieldSelector = text("fieldSelector").parse().map_err(Problem::BadRequest)?;
    ListOptions::check(params)?;
    for term in &fields.terms {
        let field = term.field.as_str();
        if !matches!(field, "metadata.name" | "metadata.namespace") {
            return Err(Problem::BadRequest(only_metadata_fields(field)));
        }
    }
    let is_selected = |part: &ComponentHealth| {
        let mut requirements = labels.requirements().iter();
        requirements.all(|requirement| requirement.matches_value(None))
            && fields.matches(|field| (field == "metadata.name").then_some(part.name))
    };
    let parts = all(core).into_iter().filter(is_selected);
    Ok(parts.map(|part| object(&part)).collect())
}

fn object(part: &ComponentHealth) -> Value {
    let mut condition = json!({"type": "Healthy"});
    match &part.error {
        None => {
            condition["status"] = json!("True");
            condition["message"] = json!("ok");
        }
        Some(error) => {
            condition["status"] = json!("False");
            condition["error"] = json!(error);
        }
    }
    json!({
        "kind": KIND,
        "apiVersion": "v1",
        "metadata": {"name": part.name},
        "conditions": [condition],
    })
}

fn table(items: &[Value], version: MetaVersion, include: Include) -> Value {
    let rows = items.iter();
    let rows: Value = rows
        .map(|item| unstored::row(item, &cells(item), version, include))
        .collect();
    unstored::table(&json!(table::columns(&COLUMNS)), &rows, version)
}

fn cells(item: &Value) -> [Value; 4] {
    let condition = &item["conditions"][0];
    let text = |field: &str| condition[field].as_str().unwrap_or_default();
    let status = match text("status") {
        "True" => "Healthy",
        _ => "Unhealthy",
    };
    let name = item["metadata"]["name"].clone();
    [
        name,
        status.into(),
        text("message").into(),
        text("error").into(),
    ]
}

/// What discovery says.
pub fn plain() -> Value {
    json!({
        "name": PLURAL,
        "singularName": "componentstatus",
        "namespaced": false,
        "kind": KIND,
        "verbs": VERBS,
        "shortNames": SHORT_NAMES,
    })
}

/// The same, aggregated.
pub fn aggregated() -> Value {
    json!({
        "resource": PLURAL,
        "responseKind": {"group": "", "version": "v1", "kind": KIND},
        "scope": "Cluster",
        "singularResource": "componentstatus",
        "verbs": VERBS,
        "shortNames": SHORT_NAMES,
    })
}
