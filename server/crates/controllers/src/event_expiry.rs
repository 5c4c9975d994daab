//! Events live for an hour after they were last reported (EVENT-01). Upstream's store does this with
//! a lease; here it is a controller like any other, and runs on the embedded engine only.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Event;
use kube::api::{Api, DeleteParams, Preconditions};
use kube::runtime::watcher::{self, Event as Seen};
use kube::runtime::{WatchStreamExt, watcher as watch_kind};
use kube::{Client, Error};
use orrery_informer::{Doubling, ObjectKey, Queue, Requeue};
use parking_lot::Mutex;

use crate::errors::{is_conflict, is_not_found};
use crate::manager::Startup;

const LIFETIME: SignedDuration = SignedDuration::from_hours(1);
const BACKOFF: Doubling = Doubling::new(Duration::from_secs(1), Duration::from_secs(60));

/// Leaves the task with `startup`.
pub fn prepare(startup: &mut Startup) {
    if !startup.context.config.expires_events {
        return;
    }
    let queue = Queue::new(startup.context.clock.clone(), BACKOFF);
    let expiry = Expiry {
        client: startup.context.client.clone(),
        seen: Arc::default(),
    };
    let clock = startup.context.clock.clone();
    startup.task(async move {
        let expire = |key| expiry.expire(clock.now(), key);
        tokio::join!(expiry.follow(&queue), queue.run(1, expire));
    });
}

/// When an event ends, and the version that says so.
struct Last {
    expires_at: Timestamp,
    resource_version: Option<String>,
}

struct Expiry {
    client: Client,
    /// Of the events themselves nothing is kept: a busy cluster has tens of thousands.
    seen: Arc<Mutex<HashMap<ObjectKey, Last>>>,
}

impl Expiry {
    async fn follow(&self, queue: &Queue<ObjectKey>) {
        let events = Api::<Event>::all(self.client.clone());
        let events = watch_kind(events, watcher::Config::default());
        let mut events = pin!(events.backoff(BACKOFF));
        while let Some(seen) = events.next().await {
            match seen {
                Ok(Seen::Apply(event) | Seen::InitApply(event)) => {
                    let (key, last) = (ObjectKey::of(&event.metadata), last(&event));
                    queue.add_at(key.clone(), last.expires_at);
                    self.seen.lock().insert(key, last);
                }
                Ok(Seen::Delete(event)) => {
                    let key = ObjectKey::of(&event.metadata);
                    queue.forget(&key);
                    self.seen.lock().remove(&key);
                }
                _ => {}
            }
        }
    }

    /// Deletes the event as it was last seen. One that was reported again meanwhile is heard of.
    fn expire(
        &self,
        now: Timestamp,
        key: ObjectKey,
    ) -> impl Future<Output = Result<Requeue, Error>> + use<> {
        let seen = self.seen.clone();
        let events: Api<Event> = Api::namespaced(self.client.clone(), &key.namespace);
        async move {
            let resource_version = match seen.lock().get(&key) {
                None => return Ok(Requeue::Await),
                Some(last) if last.expires_at > now => return Ok(Requeue::At(last.expires_at)),
                Some(last) => last.resource_version.clone(),
            };
            let options = DeleteParams::default().preconditions(Preconditions {
                resource_version: resource_version.clone(),
                uid: None,
            });
            match events.delete(&key.name, &options).await {
                Err(error) if is_conflict(&error) => Ok(Requeue::Await),
                Err(error) if !is_not_found(&error) => Err(error),
                // gone; of that name another may have been reported since
                _ => {
                    let mut seen = seen.lock();
                    if seen
                        .get(&key)
                        .is_some_and(|last| last.resource_version == resource_version)
                    {
                        seen.remove(&key);
                    }
                    Ok(Requeue::Await)
                }
            }
        }
    }
}

fn last(event: &Event) -> Last {
    let series = event
        .series
        .as_ref()
        .and_then(|series| series.last_observed_time.as_ref());
    let reported = event.last_timestamp.as_ref().map(|time| time.0);
    let created = event
        .metadata
        .creation_timestamp
        .as_ref()
        .map(|time| time.0);
    let reported = series.map(|time| time.0).max(reported).max(created);
    let expires_at = reported
        .unwrap_or(Timestamp::MIN)
        .checked_add(LIFETIME)
        .unwrap_or(Timestamp::MAX);
    Last {
        expires_at,
        resource_version: event.metadata.resource_version.clone(),
    }
}
