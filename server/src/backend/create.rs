//! What a YAML text makes: each of its documents, whatever its kind.

use std::collections::BTreeMap;

use http::Request;
use http::header::{ACCEPT, CONTENT_TYPE};
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind};
use kube::discovery::{Scope, pinned_kind};
use kube::{Resource, ResourceExt};
use orrery_app::backend::AppError;
use orrery_app::forms::manifest::{Document, Outcome, Problem};
use orrery_view::{Kind, ObjectRef, is_name};
use serde_json::{Map, Value};

use super::Dashboard;
use super::error::app_error;
use super::manifest::{self, Content, Manifest, problems};
use super::manual::created;
use super::objects::resource;
use super::with::CLICK;

/// Each is rehearsed whenever what is typed rests; more of them are for kubectl.
const MOST: usize = 100;

/// Kinds that have pages, which need not be asked for.
const KNOWN: [Kind; 5] = [
    Kind::CronJob,
    Kind::Job,
    Kind::DaemonSet,
    Kind::Pod,
    Kind::Node,
];

/// Whose text it is, and where it goes.
pub struct Order<'a> {
    pub on: &'a Dashboard,
    /// Of documents that say none.
    pub namespace: &'a str,
    /// The same form, sent twice, makes one of each.
    pub token: &'a str,
}

/// Where the API has objects of a kind.
struct Target {
    resource: ApiResource,
    /// `None`: its objects are in no namespace.
    namespace: Option<String>,
    kind: Option<Kind>,
}

/// Why a document has no target.
enum Fault {
    Wrong(Problem),
    Unasked(Box<kube::Error>),
}

/// Rehearses all, and makes them one after the other if none is refused.
pub async fn create(
    order: Order<'_>,
    text: &str,
    dry_run: bool,
) -> Result<Vec<Document>, AppError> {
    let manifests = manifest::read(text);
    if manifests.len() > MOST {
        let message = format!("{} documents at once; at most {MOST}", manifests.len());
        return Err(AppError::Refused { message });
    }
    let mut rehearsed = Vec::new();
    for (n, each) in manifests.iter().enumerate() {
        let outcome = order.rehearse(each, &manifests[..n]).await?;
        rehearsed.push(order.document(each, outcome));
    }
    let is_wrong = |document: &Document| matches!(document.outcome, Outcome::Wrong(_));
    match (dry_run, rehearsed.iter().any(is_wrong)) {
        (true, _) => Ok(rehearsed),
        (false, true) => {
            for document in rehearsed.iter_mut().filter(|document| !is_wrong(document)) {
                document.outcome = Outcome::Held;
            }
            Ok(rehearsed)
        }
        (false, false) => {
            let mut made = Vec::new();
            for each in &manifests {
                let outcome = order.make(each).await;
                made.push(order.document(each, outcome));
            }
            Ok(made)
        }
    }
}

impl Order<'_> {
    fn document(&self, manifest: &Manifest, outcome: Outcome) -> Document {
        let name = match (&outcome, &manifest.content) {
            (Outcome::Made(Some(made)), Ok(content)) => {
                let kind = content.text("/kind");
                match made.namespace.as_str() {
                    "" => format!("{kind} {}", made.name),
                    namespace => format!("{kind} {namespace}/{}", made.name),
                }
            }
            (_, Ok(content)) => content.name(content.text("/metadata/namespace")),
            (_, Err(_)) => String::new(),
        };
        let placed = manifest.content.as_ref().is_ok_and(|content| {
            // kubectl refuses a namespace that is not the document's, and minds none for those two
            !content.text("/metadata/namespace").is_empty()
                || matches!(content.text("/kind"), "Namespace" | "Node")
        });
        Document {
            text: manifest.text.clone(),
            name,
            placed,
            outcome,
        }
    }

    /// `before`: the documents that are made before it.
    async fn rehearse(
        &self,
        manifest: &Manifest,
        before: &[Manifest],
    ) -> Result<Outcome, AppError> {
        let content = match &manifest.content {
            Ok(content) => content,
            Err(problem) => return Ok(Outcome::Wrong(vec![problem.clone()])),
        };
        let target = match self.target(content).await {
            Ok(target) => target,
            Err(Fault::Wrong(problem)) => return Ok(Outcome::Wrong(vec![problem])),
            Err(Fault::Unasked(error)) => return Err(app_error(*error)),
        };
        match self.post(content, &target, true).await {
            Ok(made) => Ok(Outcome::Made(target.object(&made))),
            Err(kube::Error::Api(status)) if status.code != 401 => {
                let namespace = target.namespace.as_deref().unwrap_or_default();
                let has_none = status.reason == "NotFound" && !namespace.is_empty();
                Ok(match has_none && makes_namespace(before, namespace) {
                    true => Outcome::Later(status.message),
                    false => Outcome::Wrong(problems(content, &status)),
                })
            }
            Err(error) => Err(app_error(error)),
        }
    }

    /// Whatever stands in the way is told of this document: others are made already.
    async fn make(&self, manifest: &Manifest) -> Outcome {
        let content = match &manifest.content {
            Ok(content) => content,
            Err(problem) => return Outcome::Wrong(vec![problem.clone()]),
        };
        let unmade = |error: kube::Error| match error {
            kube::Error::Api(status) => Outcome::Wrong(problems(content, &status)),
            error => Outcome::Wrong(vec![Problem {
                line: content.line(""),
                message: error.to_string(),
            }]),
        };
        match self.target(content).await {
            Ok(target) => match self.post(content, &target, false).await {
                Ok(made) => Outcome::Made(target.object(&made)),
                Err(error) => unmade(error),
            },
            Err(Fault::Wrong(problem)) => Outcome::Wrong(vec![problem]),
            Err(Fault::Unasked(error)) => unmade(*error),
        }
    }

    async fn target(&self, content: &Content) -> Result<Target, Fault> {
        let wrong = |path: &str, message: String| {
            Fault::Wrong(Problem {
                line: content.line(path),
                message,
            })
        };
        let (version, kind) = (content.text("/apiVersion"), content.text("/kind"));
        for (field, text) in [("apiVersion", version), ("kind", kind)] {
            if text.is_empty() {
                return Err(wrong(field, format!("{field}: Required value")));
            }
        }
        let none = || format!("no matches for kind {kind:?} in version {version:?}");
        let (resource, scope, known) = match known(version, kind) {
            Some((known, resource)) => {
                let scope = match known {
                    Kind::Node => Scope::Cluster,
                    _ => Scope::Namespaced,
                };
                (resource, scope, Some(known))
            }
            None => {
                let gvk = version_of(version, kind).ok_or_else(|| wrong("apiVersion", none()))?;
                match pinned_kind(&self.on.client, &gvk).await {
                    Ok((resource, able)) => (resource, able.scope, None),
                    Err(kube::Error::Discovery(_)) => return Err(wrong("kind", none())),
                    Err(kube::Error::Api(status)) if status.code == 404 => {
                        return Err(wrong("apiVersion", none()));
                    }
                    Err(error) => return Err(Fault::Unasked(Box::new(error))),
                }
            }
        };
        let namespace = match (scope, content.text("/metadata/namespace")) {
            (Scope::Cluster, _) => None,
            (Scope::Namespaced, "") => Some(self.namespace.to_owned()),
            (Scope::Namespaced, namespace) => Some(namespace.to_owned()),
        };
        // it becomes a part of an address
        if let Some(namespace) = namespace.as_deref().filter(|namespace| !is_name(namespace)) {
            let message = format!("metadata.namespace: {namespace:?} is no name");
            return Err(wrong("metadata.namespace", message));
        }
        Ok(Target {
            resource,
            namespace,
            kind: known,
        })
    }

    /// As the text has it, so that the cluster sees fields that it does not know.
    async fn post(
        &self,
        content: &Content,
        target: &Target,
        rehearse: bool,
    ) -> kube::Result<DynamicObject> {
        let mut marks = self.on.mark("Create");
        if !self.token.is_empty() {
            marks.insert(CLICK.to_owned(), self.token.to_owned());
        }
        let mut value = content.value.clone();
        annotate(&mut value, marks);
        let path = DynamicObject::url_path(&target.resource, target.namespace.as_deref());
        let request = request(http::Method::POST, &path, &value, rehearse)?;
        match self.on.client.request(request).await {
            Err(error) if created(&error) => {
                let there = target
                    .api(self.on)
                    .get(content.text("/metadata/name"))
                    .await;
                let there = there.ok().filter(|there| self.is_ours(there));
                there.ok_or(error)
            }
            answer => answer,
        }
    }

    /// Whether an object that is there came of this very form.
    fn is_ours(&self, there: &DynamicObject) -> bool {
        let click = there.annotations().get(CLICK);
        click.is_some_and(|click| !click.is_empty() && click == self.token)
    }
}

impl Target {
    fn api(&self, on: &Dashboard) -> Api<DynamicObject> {
        match &self.namespace {
            Some(namespace) => Api::namespaced_with(on.client.clone(), namespace, &self.resource),
            None => Api::all_with(on.client.clone(), &self.resource),
        }
    }

    fn object(&self, made: &DynamicObject) -> Option<ObjectRef> {
        Some(ObjectRef {
            kind: self.kind?,
            namespace: self.namespace.clone().unwrap_or_default(),
            name: made.name_any(),
        })
    }
}

/// A write that is refused for fields that the cluster does not know.
pub fn request(
    method: http::Method,
    path: &str,
    value: &Value,
    rehearse: bool,
) -> kube::Result<Request<Vec<u8>>> {
    let rehearse = if rehearse { "&dryRun=All" } else { "" };
    let address = format!("{path}?fieldValidation=Strict{rehearse}");
    let body = serde_json::to_vec(value).map_err(kube::Error::SerdeError)?;
    Request::builder()
        .method(method)
        .uri(address)
        .header(CONTENT_TYPE, "application/json")
        .header(ACCEPT, "application/json")
        .body(body)
        .map_err(kube::Error::HttpError)
}

/// Leaves annotations where they can be; what is no object is the cluster's to refuse.
pub fn annotate(value: &mut Value, marks: BTreeMap<String, String>) {
    let Some(annotations) =
        map(value, "metadata").and_then(|metadata| map(metadata, "annotations"))
    else {
        return;
    };
    if let Some(annotations) = annotations.as_object_mut() {
        let marks = marks.into_iter();
        let marks = marks.map(|(name, text)| (name, Value::from(text)));
        annotations.extend(marks);
    }
}

/// A field that is a map, and becomes one where it is not set.
pub fn map<'a>(value: &'a mut Value, field: &str) -> Option<&'a mut Value> {
    let fields = value.as_object_mut()?;
    let field = fields.entry(field).or_insert(Value::Null);
    if field.is_null() {
        *field = Value::Object(Map::new());
    }
    Some(field)
}

fn known(version: &str, kind: &str) -> Option<(Kind, ApiResource)> {
    let all = KNOWN.map(|known| (known, resource(known)));
    let mut all = all.into_iter();
    all.find(|(_, resource)| resource.api_version == version && resource.kind == kind)
}

/// `None`: what it says cannot be a version of a group.
pub fn version_of(version: &str, kind: &str) -> Option<GroupVersionKind> {
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let is_plain = |text: &str| {
        let mut letters = text.chars();
        let plain = letters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
        plain && !text.starts_with('.')
    };
    let plain = is_plain(group) && is_plain(version) && !version.is_empty();
    plain.then(|| GroupVersionKind::gvk(group, version, kind))
}

/// Whether one of them is this namespace.
fn makes_namespace(manifests: &[Manifest], namespace: &str) -> bool {
    manifests.iter().any(|manifest| {
        manifest.content.as_ref().is_ok_and(|content| {
            content.text("/apiVersion") == "v1"
                && content.text("/kind") == "Namespace"
                && content.text("/metadata/name") == namespace
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn marks_go_where_they_can_be_and_change_nothing_else() {
        let marks = || BTreeMap::from([("a".to_owned(), "1".to_owned())]);
        for (before, after) in [
            (
                json!({}),
                json!({ "metadata": { "annotations": { "a": "1" } } }),
            ),
            (
                json!({ "metadata": { "name": "x", "annotations": { "b": "2" } } }),
                json!({ "metadata": { "name": "x", "annotations": { "a": "1", "b": "2" } } }),
            ),
            (
                json!({ "metadata": { "annotations": null } }),
                json!({ "metadata": { "annotations": { "a": "1" } } }),
            ),
            (json!({ "metadata": [] }), json!({ "metadata": [] })),
            (
                json!({ "metadata": { "annotations": 1 } }),
                json!({ "metadata": { "annotations": 1 } }),
            ),
            (json!("text"), json!("text")),
        ] {
            let mut value = before.clone();
            annotate(&mut value, marks());
            assert_eq!(value, after, "{before}");
        }
    }

    #[test]
    fn a_version_is_no_way_to_elsewhere() {
        let group = |version| version_of(version, "Thing").map(|gvk| (gvk.group, gvk.version));
        let is = |group: &str, version: &str| Some((group.to_owned(), version.to_owned()));
        assert_eq!(group("v1"), is("", "v1"));
        assert_eq!(group("batch/v1"), is("batch", "v1"));
        for odd in ["", "a/", "a/b/c", "../v1", "batch/v1?x", "a b/v1"] {
            assert_eq!(group(odd), None, "{odd}");
        }
    }
}
