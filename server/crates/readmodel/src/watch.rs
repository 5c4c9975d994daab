//! Feeds the model: one watch per kind, every object boiled down on receipt and dropped.

mod told;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::join_all;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Event as CoreEvent, Node, Pod};
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt, watcher as watch_kind};
use kube::{Api, Client, Resource};
use orrery_informer::Doubling;
use orrery_view::Kind;
use serde::de::DeserializeOwned;

use crate::model::{Model, Touched};
use crate::readmodel::Shared;
pub use told::{Caches, Heard};

/// Waits between attempts of a watch that fails, as in the informer's caches.
const WATCH_RETRY: Doubling = Doubling::new(Duration::from_millis(50), Duration::from_secs(10));

/// The kinds by the places of their feeds, as in `readmodel`; namespaces come after them.
mod place {
    pub const CRONJOBS: usize = 0;
    pub const JOBS: usize = 1;
    pub const DAEMONSETS: usize = 2;
    pub const PODS: usize = 3;
    pub const NODES: usize = 4;
    pub const EVENTS: usize = 5;
    pub const NAMESPACES: usize = 6;
    /// Those whose objects are in namespaces.
    pub const NAMESPACED: [usize; 5] = [CRONJOBS, JOBS, DAEMONSETS, PODS, EVENTS];
}

/// How one kind goes in and out of the model.
struct Feed<K> {
    place: usize,
    put: fn(&mut Model, &K, jiff::Timestamp) -> Touched,
    remove: fn(&mut Model, &str, jiff::Timestamp) -> Touched,
    /// The kind's uids in the model, of a namespace (empty: of all), to find what a relist no longer names.
    uids: fn(&Model, &str) -> Vec<String>,
}

const CRONJOBS: Feed<CronJob> = Feed {
    place: place::CRONJOBS,
    put: |model, object, now| model.put_cronjob(object, now),
    remove: |model, uid, _| model.remove_cronjob(uid),
    uids: |model, namespace| model.cronjobs.uids_in(namespace),
};
const JOBS: Feed<Job> = Feed {
    place: place::JOBS,
    put: |model, object, now| model.put_job(object, now),
    remove: |model, uid, now| model.remove_job(uid, now),
    uids: |model, namespace| model.jobs.uids_in(namespace),
};
const DAEMONSETS: Feed<DaemonSet> = Feed {
    place: place::DAEMONSETS,
    put: |model, object, _| model.put_daemonset(object),
    remove: |model, uid, _| model.remove_daemonset(uid),
    uids: |model, namespace| model.daemonsets.uids_in(namespace),
};
const PODS: Feed<Pod> = Feed {
    place: place::PODS,
    put: |model, object, now| model.put_pod(object, now),
    remove: |model, uid, now| model.remove_pod(uid, now),
    uids: |model, namespace| model.pods.uids_in(namespace),
};
const NODES: Feed<Node> = Feed {
    place: place::NODES,
    put: |model, object, _| model.put_node(object.clone()),
    remove: |model, uid, _| model.remove_node(uid),
    uids: |model, namespace| model.nodes.uids_in(namespace),
};
const EVENTS: Feed<CoreEvent> = Feed {
    place: place::EVENTS,
    put: |model, object, _| model.put_event(object),
    remove: |model, uid, _| model.remove_event(uid),
    uids: |model, namespace| model.events.uids_in(namespace),
};

/// An object that is odd in a way that nobody thought of is not shown; the watch goes on.
fn put<K: Resource<DynamicType = ()>>(shared: &Shared, feed: &Feed<K>, object: &K) {
    let put = || shared.change(|model, now| (feed.put)(model, object, now));
    if catch_unwind(AssertUnwindSafe(put)).is_err() {
        let (kind, meta) = (K::kind(&()), object.meta());
        let (namespace, name) = (meta.namespace.as_deref(), meta.name.as_deref());
        tracing::error!(%kind, namespace, name, "an object cannot be shown: this is a fault of Orrery's");
    }
}

/// All of a kind in a namespace (empty: in the cluster) is known.
fn listed_all(model: &mut Model, place: usize, namespace: &str) {
    if place == place::CRONJOBS && namespace.is_empty() {
        model.forget_absent_cronjobs();
    }
}

/// Follows every kind for as long as it is polled, in these namespaces (none: in all); those that the caches show are
/// heard from them.
pub async fn follow_all(
    client: Client,
    shared: Arc<Shared>,
    heard: Option<Heard>,
    namespaces: Vec<String>,
) {
    if !namespaces.is_empty() {
        shared.expect(place::NAMESPACED, &namespaces);
    }
    let within = Within {
        client: &client,
        shared: &shared,
        namespaces: &namespaces,
    };
    let beside = async {
        match heard {
            Some(heard) => heard.follow(&shared).await,
            None => within.objects().await,
        }
    };
    tokio::join!(beside, within.follow(EVENTS), within.namespaces());
}

/// Where to look.
struct Within<'a> {
    client: &'a Client,
    shared: &'a Shared,
    /// None: everywhere.
    namespaces: &'a [String],
}

impl Within<'_> {
    async fn objects(&self) {
        tokio::join!(
            self.follow(CRONJOBS),
            self.follow(JOBS),
            self.follow(DAEMONSETS),
            self.follow(PODS),
            follow(Api::all(self.client.clone()), self.shared, &NODES, ""),
        );
    }

    async fn follow<K>(&self, feed: Feed<K>)
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + Clone
            + DeserializeOwned
            + Debug
            + Send
            + 'static,
    {
        if self.namespaces.is_empty() {
            return follow(Api::all(self.client.clone()), self.shared, &feed, "").await;
        }
        let each = self.namespaces.iter().map(|namespace| {
            let api = Api::namespaced(self.client.clone(), namespace);
            follow(api, self.shared, &feed, namespace)
        });
        join_all(each).await;
    }

    /// Who looks at some namespaces only may not be one who may list them.
    async fn namespaces(&self) {
        if self.namespaces.is_empty() {
            return follow_namespaces(Api::all(self.client.clone()), self.shared).await;
        }
        self.shared.change(|model, _| {
            model.namespaces = self.namespaces.iter().cloned().collect();
            ALL
        });
        self.shared.heard_from(place::NAMESPACES, "");
    }
}

async fn follow<K>(api: Api<K>, shared: &Shared, feed: &Feed<K>, namespace: &str)
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + 'static,
{
    let events = watch_kind(api, watcher::Config::default()).backoff(WATCH_RETRY);
    let mut events = pin!(events);
    let mut listed = BTreeSet::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Init) => listed.clear(),
            Ok(Event::InitApply(object)) => {
                listed.extend(object.meta().uid.clone());
                put(shared, feed, &object);
            }
            Ok(Event::InitDone) => {
                let keep = std::mem::take(&mut listed);
                shared.change(|model, now| {
                    let gone = (feed.uids)(model, namespace);
                    for uid in gone.iter().filter(|uid| !keep.contains(*uid)) {
                        (feed.remove)(model, uid, now);
                    }
                    listed_all(model, feed.place, namespace);
                    ALL
                });
                shared.heard_from(feed.place, namespace);
            }
            Ok(Event::Apply(object)) => put(shared, feed, &object),
            Ok(Event::Delete(object)) => {
                let uid = object.meta().uid.clone().unwrap_or_default();
                shared.change(|model, now| (feed.remove)(model, &uid, now));
            }
            Err(error) => {
                tracing::debug!(kind = %K::kind(&()), %error, "watch interrupted, trying again");
                if let Some(message) = refusal(&error) {
                    shared.refused(feed.place, namespace, message);
                }
            }
        }
    }
}

/// The cluster's words when it will not let us read a kind, or has none such. Anything else passes.
fn refusal(error: &watcher::Error) -> Option<String> {
    let status = match error {
        watcher::Error::InitialListFailed(kube::Error::Api(status))
        | watcher::Error::WatchStartFailed(kube::Error::Api(status))
        | watcher::Error::WatchError(status) => status,
        _ => return None,
    };
    matches!(status.code, 401 | 403 | 404 | 405).then(|| status.message.clone())
}

/// After a relist everything may differ.
const ALL: Touched = &Kind::ALL;

async fn follow_namespaces(api: Api<k8s_openapi::api::core::v1::Namespace>, shared: &Shared) {
    let events = watch_kind(api, watcher::Config::default()).backoff(WATCH_RETRY);
    let mut events = pin!(events);
    let mut listed = BTreeSet::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Init) => listed.clear(),
            Ok(Event::InitApply(namespace)) => {
                shared.note(|model, _| model.note_terminating(&namespace));
                listed.extend(namespace.metadata.name);
            }
            Ok(Event::InitDone) => {
                let names = std::mem::take(&mut listed);
                shared.change(|model, _| {
                    model.terminating.retain(|name| names.contains(name));
                    model.namespaces = names;
                    ALL
                });
                shared.heard_from(place::NAMESPACES, "");
            }
            Ok(Event::Apply(namespace)) => shared.change(|model, _| {
                model.put_namespace(&namespace);
                ALL
            }),
            Ok(Event::Delete(namespace)) => shared.change(|model, _| {
                let name = namespace.metadata.name.as_deref().unwrap_or_default();
                model.namespaces.remove(name);
                model.terminating.remove(name);
                ALL
            }),
            Err(error) => {
                tracing::debug!(%error, "watch of namespaces interrupted, trying again");
                if let Some(message) = refusal(&error) {
                    shared.refused(place::NAMESPACES, "", message);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use orrery_clock::Clock;
    use serde_json::json;

    use super::*;
    use crate::{ClusterInfo, ReadModel};

    #[tokio::test(start_paused = true)]
    async fn an_object_that_nobody_thought_of_ends_no_watch() {
        let silent = tower::service_fn(|_: http::Request<kube::client::Body>| {
            std::future::pending::<Result<http::Response<kube::client::Body>, std::io::Error>>()
        });
        let info = ClusterInfo {
            name: "test".to_owned(),
            embedded: false,
            version: String::new(),
            namespaces: Vec::new(),
        };
        let noon = "2026-11-23T12:00:00Z".parse().expect("a literal time");
        let client = Client::new(silent, "default");
        let (readmodel, _feeds) = ReadModel::new(client, Clock::simulated(1, noon), info);
        let feed = Feed {
            put: |model, pod: &Pod, now| match pod.metadata.name.as_deref() {
                Some("odd") => panic!("a pod that is odd, as this test wants it"),
                _ => model.put_pod(pod, now),
            },
            ..PODS
        };
        for name in ["one", "odd", "two"] {
            let pod = json!({
                "metadata": {"name": name, "namespace": "default", "uid": name},
                "spec": {"containers": []},
            });
            let pod: Pod = serde_json::from_value(pod).expect("a literal pod");
            put(&readmodel.shared, &feed, &pod);
        }
        assert_eq!(readmodel.shell().counts.pods, 2);
    }
}
