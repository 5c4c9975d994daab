//! The paths of a document, with the operations and query parameters that clients look up.

use orrery_apis::Info;
use serde_json::{Map, Value, json};

use super::metrics::{kind_of as metrics_kind, schema_of};
use super::schemas::{kind, kind_of};
use crate::bindings;
use crate::component_statuses;
use crate::metrics::{self, Metric};
use crate::registry::{Resource, Subresource};
use crate::reviews::Review;

/// Adds the paths of one kind, whose schema is called `schema`.
pub fn add(paths: &mut Map<String, Value>, resource: &Resource, schema: &str) {
    let info = resource.info;
    let root = root(info);
    let collection = match info.namespaced {
        true => format!("{root}/namespaces/{{namespace}}/{}", info.plural),
        false => format!("{root}/{}", info.plural),
    };
    let object = format!("{collection}/{{name}}");
    let doc = Document { resource, schema };
    if info.namespaced {
        let everywhere = format!("{root}/{}", info.plural);
        paths.insert(
            everywhere,
            json!({"get": doc.operation("list", LIST, "List")}),
        );
    }
    paths.insert(collection, doc.collection());
    paths.insert(object.clone(), doc.object());
    if (info.group, info.plural) == ("", "pods") {
        let path = format!("{root}/namespaces/{{namespace}}/{}", bindings::PLURAL);
        paths.insert(path, older_binding());
        add_component_statuses(paths, &root);
    }
    for sub in &resource.subresources {
        paths.insert(format!("{object}/{}", sub.name), doc.subresource(sub));
    }
}

/// How the parts of the control plane fare, which can only be read.
fn add_component_statuses(paths: &mut Map<String, Value>, root: &str) {
    let of = kind("", "v1", component_statuses::KIND);
    let schema = "io.k8s.api.core.v1.ComponentStatus";
    let path = format!("{root}/{}", component_statuses::PLURAL);
    let one = json!({
        "get": operation("get", GET, &of, schema),
        "parameters": path_parameters(true, false),
    });
    paths.insert(format!("{path}/{{name}}"), one);
    let list = operation("list", LIST, &of, &format!("{schema}List"));
    paths.insert(path, json!({"get": list}));
}

/// The older way to bind a pod.
fn older_binding() -> Value {
    let of = kind("", "v1", "Binding");
    json!({
        "post": with_body("post", WRITE, &of, "io.k8s.api.core.v1.Binding"),
        "parameters": path_parameters(false, true),
    })
}

/// Where the kind's group and version are.
pub(super) fn root(info: &Info) -> String {
    match info.group {
        "" => format!("/api/{}", info.version),
        group => format!("/apis/{group}/{}", info.version),
    }
}

/// Adds the path of a question, which can only be asked.
pub fn add_review(paths: &mut Map<String, Value>, review: &Review) {
    let schema = match review.group {
        "authentication.k8s.io" => format!("io.k8s.api.authentication.v1.{}", review.kind),
        _ => format!("io.k8s.api.authorization.v1.{}", review.kind),
    };
    let of = kind(review.group, "v1", review.kind);
    let scope = match review.namespaced {
        true => "namespaces/{namespace}/",
        false => "",
    };
    let path = format!("/apis/{}/v1/{scope}{}", review.group, review.plural);
    let mut item = json!({"post": with_body("post", WRITE, &of, &schema)});
    if review.namespaced {
        item["parameters"] = path_parameters(false, true);
    }
    paths.insert(path, item);
}

/// Adds the paths of a measurement, which can only be read.
pub fn add_metric(paths: &mut Map<String, Value>, metric: &Metric) {
    let root = format!("/apis/{}/{}", metrics::GROUP, metrics::VERSION);
    let (schema, of) = (schema_of(metric), metrics_kind(metric));
    let list = || json!({"get": operation("list", LIST, &of, &format!("{schema}List"))});
    let everywhere = format!("{root}/{}", metric.plural);
    let collection = match metric.namespaced {
        true => format!("{root}/namespaces/{{namespace}}/{}", metric.plural),
        false => everywhere.clone(),
    };
    paths.insert(everywhere, list());
    let one = json!({
        "get": operation("get", GET, &of, &schema),
        "parameters": path_parameters(true, metric.namespaced),
    });
    paths.insert(format!("{collection}/{{name}}"), one);
    let mut listed = list();
    listed["parameters"] = path_parameters(false, metric.namespaced);
    paths.insert(collection, listed);
}

const WRITE: &[&str] = &["dryRun", "fieldManager", "fieldValidation", "pretty"];
const PATCH: &[&str] = &[
    "dryRun",
    "fieldManager",
    "fieldValidation",
    "force",
    "pretty",
];
const GET: &[&str] = &["pretty", "resourceVersion"];
const DELETE: &[&str] = &[
    "dryRun",
    "gracePeriodSeconds",
    "orphanDependents",
    "pretty",
    "propagationPolicy",
];
pub(super) const LIST: &[&str] = &[
    "allowWatchBookmarks",
    "continue",
    "fieldSelector",
    "labelSelector",
    "limit",
    "pretty",
    "resourceVersion",
    "resourceVersionMatch",
    "sendInitialEvents",
    "timeoutSeconds",
    "watch",
];

const PATCH_TYPES: [&str; 4] = [
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
];

struct Document<'a> {
    resource: &'a Resource,
    schema: &'a str,
}

impl Document<'_> {
    fn collection(&self) -> Value {
        let mut path = json!({
            "get": self.operation("list", LIST, "List"),
            "post": self.with_body("post", WRITE),
            "parameters": self.path_parameters(false),
        });
        if self.resource.verbs.contains(&"deletecollection") {
            path["delete"] = self.operation("deletecollection", LIST, "List");
        }
        path
    }

    fn object(&self) -> Value {
        json!({
            "get": self.operation("get", GET, ""),
            "put": self.with_body("put", WRITE),
            "patch": self.patch(),
            "delete": self.operation("delete", DELETE, ""),
            "parameters": self.path_parameters(true),
        })
    }

    /// One operation for each verb. What streams or plain text come out of a subresource has no schema.
    fn subresource(&self, sub: &Subresource) -> Value {
        let schema = match sub.name {
            "status" | "finalize" | "ephemeralcontainers" | "resize" => Some(self.schema),
            "binding" => Some("io.k8s.api.core.v1.Binding"),
            "eviction" => Some("io.k8s.api.policy.v1.Eviction"),
            "token" => Some("io.k8s.api.authentication.v1.TokenRequest"),
            _ => None,
        };
        let of = kind(sub.group, sub.version, sub.kind);
        let mut path = json!({"parameters": self.path_parameters(true)});
        for verb in sub.verbs {
            let (method, operation) = match (*verb, schema) {
                ("create", Some(schema)) => ("post", with_body("post", WRITE, &of, schema)),
                ("update", Some(schema)) => ("put", with_body("put", WRITE, &of, schema)),
                ("patch", Some(_)) => ("patch", self.patch()),
                ("get", Some(schema)) => ("get", operation("get", GET, &of, schema)),
                ("create", None) => ("post", connect(&of)),
                ("update", None) => ("put", connect(&of)),
                ("patch", None) => ("patch", connect(&of)),
                ("delete", _) => ("delete", connect(&of)),
                _ => ("get", connect(&of)),
            };
            path[method] = operation;
        }
        path
    }

    fn operation(&self, action: &str, query: &[&str], suffix: &str) -> Value {
        let schema = format!("{}{suffix}", self.schema);
        operation(action, query, &kind_of(self.resource), &schema)
    }

    fn with_body(&self, action: &str, query: &[&str]) -> Value {
        with_body(action, query, &kind_of(self.resource), self.schema)
    }

    fn patch(&self) -> Value {
        let mut operation = self.operation("patch", PATCH, "");
        let contents = PATCH_TYPES
            .map(|media_type| (media_type.to_owned(), json!({"schema": {"type": "object"}})));
        let contents: Map<String, Value> = contents.into_iter().collect();
        operation["requestBody"] = json!({"required": true, "content": contents});
        operation
    }

    fn path_parameters(&self, named: bool) -> Value {
        path_parameters(named, self.resource.info.namespaced)
    }
}

pub(super) fn path_parameters(named: bool, namespaced: bool) -> Value {
    let parameter = |name: &str| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string", "uniqueItems": true}});
    let mut parameters = Vec::new();
    if named {
        parameters.push(parameter("name"));
    }
    if namespaced {
        parameters.push(parameter("namespace"));
    }
    Value::Array(parameters)
}

pub(super) fn operation(action: &str, query: &[&str], of: &Value, schema: &str) -> Value {
    let reference = format!("#/components/schemas/{schema}");
    json!({
        "parameters": query.iter().map(|name| query_parameter(name)).collect::<Vec<_>>(),
        "responses": {"200": {
            "description": "OK",
            "content": {"application/json": {"schema": {"$ref": reference}}},
        }},
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": of,
    })
}

fn with_body(action: &str, query: &[&str], of: &Value, schema: &str) -> Value {
    let mut operation = operation(action, query, of, schema);
    let reference = format!("#/components/schemas/{schema}");
    operation["requestBody"] = json!({
        "required": true,
        "content": {"*/*": {"schema": {"$ref": reference}}},
    });
    operation
}

fn connect(of: &Value) -> Value {
    json!({
        "responses": {"200": {
            "description": "OK",
            "content": {"*/*": {"schema": {"type": "string"}}},
        }},
        "x-kubernetes-action": "connect",
        "x-kubernetes-group-version-kind": of,
    })
}

fn query_parameter(name: &str) -> Value {
    let kind = match name {
        "limit" | "timeoutSeconds" | "gracePeriodSeconds" => "integer",
        "watch" | "allowWatchBookmarks" | "sendInitialEvents" | "force" | "orphanDependents" => {
            "boolean"
        }
        _ => "string",
    };
    json!({"name": name, "in": "query", "schema": {"type": kind, "uniqueItems": true}})
}
