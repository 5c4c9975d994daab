//! Feeds the model: one watch per kind, every object boiled down on receipt and dropped.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt, watcher as watch_kind};
use kube::{Api, Client, Resource};
use orrery_informer::Doubling;
use orrery_view::Kind;
use serde::de::DeserializeOwned;

use crate::model::{Model, Touched};
use crate::readmodel::Shared;

/// Waits between attempts of a watch that fails, as in the informer's caches.
const WATCH_RETRY: Doubling = Doubling::new(Duration::from_millis(50), Duration::from_secs(10));

/// How one kind goes in and out of the model.
struct Feed<K> {
    put: fn(&mut Model, K, jiff::Timestamp) -> Touched,
    remove: fn(&mut Model, &str, jiff::Timestamp) -> Touched,
    /// The kind's uids in the model, to find what a relist no longer names.
    uids: fn(&Model) -> Vec<String>,
}

/// Follows every kind for as long as it is polled.
pub async fn follow_all(client: Client, shared: Arc<Shared>) {
    let feed = |client: &Client| client.clone();
    tokio::join!(
        follow(
            Api::all(feed(&client)),
            &shared,
            0,
            Feed {
                put: |model, object, now| model.put_cronjob(&object, now),
                remove: |model, uid, _| model.remove_cronjob(uid),
                uids: |model| model.cronjobs.rows.keys().cloned().collect(),
            }
        ),
        follow(
            Api::all(feed(&client)),
            &shared,
            1,
            Feed {
                put: |model, object, now| model.put_job(&object, now),
                remove: |model, uid, now| model.remove_job(uid, now),
                uids: |model| model.jobs.rows.keys().cloned().collect(),
            }
        ),
        follow(
            Api::all(feed(&client)),
            &shared,
            2,
            Feed {
                put: |model, object, _| model.put_daemonset(&object),
                remove: |model, uid, _| model.remove_daemonset(uid),
                uids: |model| model.daemonsets.rows.keys().cloned().collect(),
            }
        ),
        follow(
            Api::all(feed(&client)),
            &shared,
            3,
            Feed {
                put: |model, object, now| model.put_pod(&object, now),
                remove: |model, uid, now| model.remove_pod(uid, now),
                uids: |model| model.pods.rows.keys().cloned().collect(),
            }
        ),
        follow(
            Api::all(feed(&client)),
            &shared,
            4,
            Feed {
                put: |model, object, _| model.put_node(object),
                remove: |model, uid, _| model.remove_node(uid),
                uids: |model| model.nodes.rows.keys().cloned().collect(),
            }
        ),
        follow(
            Api::all(feed(&client)),
            &shared,
            5,
            Feed {
                put: |model, object, _| model.put_event(&object),
                remove: |model, uid, _| model.remove_event(uid),
                uids: |model| model.events.rows.keys().cloned().collect(),
            }
        ),
        follow_namespaces(Api::all(feed(&client)), &shared),
    );
}

async fn follow<K>(api: Api<K>, shared: &Shared, place: usize, feed: Feed<K>)
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
                shared.change(|model, now| (feed.put)(model, object, now));
            }
            Ok(Event::InitDone) => {
                let keep = std::mem::take(&mut listed);
                shared.change(|model, now| {
                    let gone: Vec<_> = (feed.uids)(model);
                    for uid in gone.iter().filter(|uid| !keep.contains(*uid)) {
                        (feed.remove)(model, uid, now);
                    }
                    ALL
                });
                shared.heard_from(place);
            }
            Ok(Event::Apply(object)) => shared.change(|model, now| (feed.put)(model, object, now)),
            Ok(Event::Delete(object)) => {
                let uid = object.meta().uid.clone().unwrap_or_default();
                shared.change(|model, now| (feed.remove)(model, &uid, now));
            }
            Err(error) => {
                tracing::debug!(kind = %K::kind(&()), %error, "watch interrupted, trying again");
                if let Some(message) = refusal(&error) {
                    shared.refused(place, message);
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
const ALL: Touched = &[
    Kind::CronJob,
    Kind::Job,
    Kind::DaemonSet,
    Kind::Pod,
    Kind::Node,
    Kind::Event,
];

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
                shared.heard_from(6);
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
                    shared.refused(6, message);
                }
            }
        }
    }
}
