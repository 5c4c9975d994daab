//! Feeds the model from caches that this process has anyway.

use std::fmt::Debug;
use std::pin::pin;

use futures::FutureExt;
use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::Resource;
use orrery_informer::{Cache, Change};
use serde::de::DeserializeOwned;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{CRONJOBS, DAEMONSETS, Feed, JOBS, NODES, PODS, listed_all, put};
use crate::readmodel::Shared;

/// Caches that somebody in this process keeps current, and whose watches have not begun: what they show
/// need not be watched, nor decoded, a second time.
#[derive(Clone)]
pub struct Caches {
    pub cronjobs: Cache<CronJob>,
    pub jobs: Cache<Job>,
    pub daemonsets: Cache<DaemonSet>,
    pub pods: Cache<Pod>,
    pub nodes: Cache<Node>,
}

/// What the caches tell from their first list on, kept until the model takes it: their handlers are no place for work.
pub struct Heard {
    cronjobs: Told<CronJob>,
    jobs: Told<Job>,
    daemonsets: Told<DaemonSet>,
    pods: Told<Pod>,
    nodes: Told<Node>,
}

impl Heard {
    pub fn listen(caches: &Caches) -> Self {
        Self {
            cronjobs: Told::listen(&caches.cronjobs),
            jobs: Told::listen(&caches.jobs),
            daemonsets: Told::listen(&caches.daemonsets),
            pods: Told::listen(&caches.pods),
            nodes: Told::listen(&caches.nodes),
        }
    }

    pub(super) async fn follow(self, shared: &Shared) {
        tokio::join!(
            self.cronjobs.follow(shared, CRONJOBS),
            self.jobs.follow(shared, JOBS),
            self.daemonsets.follow(shared, DAEMONSETS),
            self.pods.follow(shared, PODS),
            self.nodes.follow(shared, NODES),
        );
    }
}

/// What one cache told.
struct Told<K> {
    cache: Cache<K>,
    changes: UnboundedReceiver<Change<K>>,
}

impl<K> Told<K>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + Sync + 'static,
{
    fn listen(cache: &Cache<K>) -> Self {
        let (tell, changes) = unbounded_channel();
        cache.on(move |change: &Change<K>| _ = tell.send(change.clone()));
        let cache = cache.clone();
        Self { cache, changes }
    }

    async fn follow(mut self, shared: &Shared, feed: Feed<K>) {
        let mut listed = pin!(self.cache.synced().fuse());
        loop {
            tokio::select! {
                biased;
                change = self.changes.recv() => match change {
                    Some(change) => take(shared, &feed, &change),
                    None => return,
                },
                () = &mut listed => {
                    // what was listed was told before
                    while let Ok(change) = self.changes.try_recv() {
                        take(shared, &feed, &change);
                    }
                    shared.note(|model, _| listed_all(model, feed.place, ""));
                    shared.heard_from(feed.place, "");
                }
            }
        }
    }
}

fn take<K: Resource<DynamicType = ()>>(shared: &Shared, feed: &Feed<K>, change: &Change<K>) {
    let [old, new] = [&change.old, &change.new].map(Option::as_deref);
    let uid = |object: &K| object.meta().uid.clone();
    let gone = old.and_then(uid);
    // another object under the same name is not the same row
    if let Some(gone) = gone.filter(|gone| new.and_then(uid).as_ref() != Some(gone)) {
        shared.change(|model, now| (feed.remove)(model, &gone, now));
    }
    if let Some(new) = new {
        put(shared, feed, new);
    }
}
