//! Events live for an hour after they were last reported (EVENT-01). Upstream's store does this with
//! a lease; here it is a controller like any other, and runs on the embedded engine only.

use std::pin::pin;
use std::time::Duration;

use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Event;
use kube::api::{Api, DeleteParams};
use kube::runtime::watcher::{self, Event as Seen};
use kube::runtime::{WatchStreamExt, watcher as watch_kind};
use kube::{Client, Error};
use orrery_informer::{Doubling, ObjectKey, Queue, Requeue};

use crate::errors::is_not_found;
use crate::manager::Startup;

const LIFETIME: SignedDuration = SignedDuration::from_hours(1);
const BACKOFF: Doubling = Doubling::new(Duration::from_secs(1), Duration::from_secs(60));

/// Leaves the task with `startup`.
pub fn prepare(startup: &mut Startup) {
    if !startup.context.config.expires_events {
        return;
    }
    let client = startup.context.client.clone();
    let queue = Queue::new(startup.context.clock.clone(), BACKOFF);
    let clock = startup.context.clock.clone();
    startup.task(async move {
        let expire = |key| expire(client.clone(), clock.now(), key);
        tokio::join!(follow(client.clone(), queue.clone()), queue.run(1, expire));
    });
}

/// Only keys are kept: a busy cluster has tens of thousands of events.
async fn follow(client: Client, queue: Queue<ObjectKey>) {
    let events = watch_kind(Api::<Event>::all(client), watcher::Config::default());
    let mut events = pin!(events.backoff(BACKOFF));
    while let Some(seen) = events.next().await {
        if let Ok(Seen::Apply(event) | Seen::InitApply(event)) = seen {
            queue.add_at(ObjectKey::of(&event.metadata), expires_at(&event));
        }
    }
}

fn expires_at(event: &Event) -> Timestamp {
    let series = event
        .series
        .as_ref()
        .and_then(|series| series.last_observed_time.as_ref());
    let last = event.last_timestamp.as_ref().map(|time| time.0);
    let created = event
        .metadata
        .creation_timestamp
        .as_ref()
        .map(|time| time.0);
    let last = series.map(|time| time.0).max(last).max(created);
    last.unwrap_or(Timestamp::MIN)
        .checked_add(LIFETIME)
        .unwrap_or(Timestamp::MAX)
}

async fn expire(client: Client, now: Timestamp, key: ObjectKey) -> Result<Requeue, Error> {
    let events: Api<Event> = Api::namespaced(client, &key.namespace);
    let Some(event) = events.get_opt(&key.name).await? else {
        return Ok(Requeue::Await);
    };
    let at = expires_at(&event);
    if at > now {
        return Ok(Requeue::At(at));
    }
    match events.delete(&key.name, &DeleteParams::default()).await {
        Err(error) if is_not_found(&error) => Ok(Requeue::Await),
        other => other.map(|_| Requeue::Await),
    }
}
