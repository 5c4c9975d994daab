//! What is in a namespace, and its deletion. What cannot be deleted, or not even be found out, does not
//! keep the rest.

use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, DeleteParams, DynamicObject, ListParams, PropagationPolicy};
use kube::core::ApiResource;
use kube::discovery::{self, ApiGroup, Discovery, Scope, verbs};
use kube::{Client, Error, ResourceExt};

use crate::errors::is_not_found;

/// What is left of one resource, and the finalizers that hold it.
#[derive(Debug, PartialEq)]
pub struct Remaining {
    pub resource: String,
    pub objects: usize,
    pub finalizers: Vec<String>,
}

/// What is still there, and what went wrong.
#[derive(Debug, Default)]
pub struct Content {
    pub remaining: Vec<Remaining>,
    /// Some resources are not known.
    pub undiscovered: Option<Error>,
    /// Of resources that could not be deleted.
    pub failed: Vec<Error>,
}

impl Content {
    /// Nothing is there, and that is certain.
    pub fn is_gone(&self) -> bool {
        self.remaining.is_empty() && self.undiscovered.is_none() && self.failed.is_empty()
    }

    pub fn objects(&self) -> usize {
        self.remaining.iter().map(|left| left.objects).sum()
    }

    pub fn into_error(self) -> Option<Error> {
        self.undiscovered.into_iter().chain(self.failed).next()
    }

    fn take(&mut self, deleted: Result<Option<Remaining>, Error>) {
        match deleted {
            Ok(left) => self.remaining.extend(left),
            Err(error) => self.failed.push(error),
        }
    }
}

/// Deletes pods and, once none is left, everything else.
pub async fn delete_content(client: &Client, namespace: &str) -> Content {
    let mut content = Content::default();
    let pods = ApiResource::erase::<Pod>(&());
    content.take(delete_all(client, namespace, &pods).await);
    if !content.is_gone() {
        return content;
    }
    let (resources, undiscovered) = deletable(client).await;
    content.undiscovered = undiscovered;
    for resource in resources {
        content.take(delete_all(client, namespace, &resource).await);
    }
    content
}

async fn delete_all(
    client: &Client,
    namespace: &str,
    resource: &ApiResource,
) -> Result<Option<Remaining>, Error> {
    let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), namespace, resource);
    let some = match api.list(&ListParams::default().limit(1)).await {
        Err(error) if is_unsupported(&error) => return Ok(None),
        some => some?,
    };
    if some.items.is_empty() {
        return Ok(None);
    }
    delete_objects(&api).await?;
    let left = api.list(&ListParams::default()).await?.items;
    let mut finalizers: Vec<_> = left
        .iter()
        .flat_map(|object| object.finalizers().to_vec())
        .collect();
    finalizers.sort();
    Ok((!left.is_empty()).then(|| Remaining {
        // of no group, too, in upstream's words: `pods. has 1 resource instances`
        resource: format!("{}.{}", resource.plural, resource.group),
        objects: left.len(),
        finalizers,
    }))
}

/// At once, or one by one where the resource cannot be deleted at once.
async fn delete_objects(api: &Api<DynamicObject>) -> Result<(), Error> {
    let params = DeleteParams {
        propagation_policy: Some(PropagationPolicy::Background),
        ..DeleteParams::default()
    };
    match api.delete_collection(&params, &ListParams::default()).await {
        Err(error) if is_unsupported(&error) => {}
        other => return other.map(drop),
    }
    for object in api.list(&ListParams::default()).await?.items {
        match api.delete(&object.name_any(), &params).await {
            Err(error) if is_not_found(&error) => {}
            other => drop(other?),
        }
    }
    Ok(())
}

/// The server knows no such resource any more, or not this verb of it.
fn is_unsupported(error: &Error) -> bool {
    matches!(error, Error::Api(status) if matches!(status.code, 404 | 405))
}

/// Every namespaced resource that can be listed and deleted, in the order of their names, and what kept
/// others from being known.
async fn deletable(client: &Client) -> (Vec<ApiResource>, Option<Error>) {
    let (mut resources, error) = match Discovery::new(client.clone()).run().await {
        Ok(discovery) => (discovery.groups().flat_map(of_group).collect(), None),
        Err(error) => (answering(client).await, Some(error)),
    };
    resources.sort_by(|a: &ApiResource, b| (&a.group, &a.plural).cmp(&(&b.group, &b.plural)));
    (resources, error)
}

/// The resources of those groups that answer: a server behind the API may be away.
async fn answering(client: &Client) -> Vec<ApiResource> {
    let groups = client.list_api_groups().await.map(|list| list.groups);
    let names = groups.unwrap_or_default().into_iter();
    let names = names.map(|group| group.name);
    let mut resources = Vec::new();
    for name in names.chain([ApiGroup::CORE_GROUP.to_owned()]) {
        if let Ok(group) = discovery::group(client, &name).await {
            resources.extend(of_group(&group));
        }
    }
    resources
}

fn of_group(group: &ApiGroup) -> Vec<ApiResource> {
    let resources = group.recommended_resources().into_iter();
    let deletable = resources.filter(|(_, can)| {
        can.scope == Scope::Namespaced
            && can.supports_operation(verbs::LIST)
            && can.supports_operation(verbs::DELETE)
    });
    deletable.map(|(resource, _)| resource).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::asked::{asked, plain, refusal};

    #[tokio::test]
    async fn ns_01_what_cannot_go_at_once_goes_one_by_one() {
        let list = |names: &[&str]| {
            let items = names.iter().map(|name| json!({"metadata": {"name": name}}));
            let items: Vec<Value> = items.collect();
            let list = json!({"kind": "List", "apiVersion": "v1", "metadata": {}, "items": items});
            (200, list)
        };
        let done = || {
            (
                200,
                json!({"kind": "Status", "apiVersion": "v1", "metadata": {}}),
            )
        };
        let get = || plain("GET", Value::Null);
        let delete = || plain("DELETE", json!({"propagationPolicy": "Background"}));
        let rows = [
            ("there is none", vec![list(&[])], vec![get()], Some(0)),
            (
                "there is no such kind",
                vec![refusal(404)],
                vec![get()],
                Some(0),
            ),
            (
                "at once",
                vec![list(&["a"]), done(), list(&[])],
                vec![get(), delete(), get()],
                Some(0),
            ),
            (
                "one by one, of which one has gone",
                vec![
                    list(&["a"]),
                    refusal(405),
                    list(&["a", "b"]),
                    refusal(404),
                    done(),
                    list(&["b"]),
                ],
                vec![get(), delete(), get(), delete(), delete(), get()],
                Some(1),
            ),
            ("refused", vec![refusal(403)], vec![get()], None),
        ];
        for (why, answers, requests, left) in rows {
            let pods = ApiResource::erase::<Pod>(&());
            let told = asked(answers, async |client: Client| {
                let mut content = Content::default();
                content.take(delete_all(&client, "default", &pods).await);
                assert_eq!(content.failed.is_empty(), left.is_some(), "{why}");
                assert_eq!(content.objects(), left.unwrap_or(0), "{why}");
                assert_eq!(content.is_gone(), left == Some(0), "{why}");
            });
            assert_eq!(told.await, requests, "{why}");
        }
    }
}
