//! The kinds that only discovery tells of: each is watched, its metadata alone, for as long as it is
//! served.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use kube::Error;
use kube::api::{Api, DynamicObject};
use kube::core::{ApiResource, ObjectMeta, PartialObjectMeta};
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Event};
use orrery_informer::Doubling;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

use super::controller::Collector;
use super::discovery::{Discovered, ResourceName, discover};
use super::item::{Item, KindName};

/// Between two looks at what is served, as upstream's.
const PERIOD: Duration = Duration::from_secs(30);
/// Between two looks as long as nothing is known.
const RETRY: Duration = Duration::from_secs(1);
/// So long, as upstream's, the collector waits for the first lists: a kind that never answers must not
/// keep all others from being collected.
const FIRST_LISTS: Duration = Duration::from_secs(30);
/// Between attempts of a watch that fails; a kind may be forbidden for good.
const WATCH_RETRY: Doubling = Doubling::new(Duration::from_millis(50), Duration::from_secs(30));

/// What is served, and the watches.
pub struct Monitors {
    collector: Arc<Collector>,
    discovered: Discovered,
    running: BTreeMap<ResourceName, Monitor>,
    tasks: JoinSet<()>,
}

/// One kind's watch.
struct Monitor {
    resource: ApiResource,
    seen: Arc<Mutex<Seen>>,
    listed: watch::Receiver<bool>,
    task: AbortHandle,
}

/// The uids that the graph has from a watch; `None` once it was stopped: what it still hears counts no more.
type Seen = Option<BTreeSet<String>>;

impl Monitors {
    pub fn new(collector: Arc<Collector>) -> Self {
        Self {
            collector,
            discovered: Discovered::default(),
            running: BTreeMap::new(),
            tasks: JoinSet::new(),
        }
    }

    /// Follows what is served for as long as the future is polled; says once when there is enough to work.
    pub async fn run(mut self, ready: watch::Sender<bool>) {
        let clock = self.collector.context.clock.clone();
        loop {
            if let Err(error) = self.look().await {
                tracing::debug!(%error, "kinds could not be discovered, trying again");
            }
            let known = !self.discovered.served.is_empty();
            if known && !*ready.borrow() {
                let lists: Vec<_> = self.running.values().map(Monitor::first_list).collect();
                tokio::select! {
                    biased;
                    () = all(lists) => {}
                    () = clock.sleep(FIRST_LISTS) => {
                        tracing::warn!("some kinds could not be listed; garbage is collected without them");
                    }
                }
                ready.send_replace(true);
            }
            clock.sleep(if known { PERIOD } else { RETRY }).await;
        }
    }

    /// Takes in what is served now. Where nothing is told of any kind, all stays as it is.
    async fn look(&mut self) -> Result<(), Error> {
        let mut discovered = discover(&self.collector.context.client).await?;
        discovered.keep(&self.discovered);
        if !discovered.served.is_empty() {
            self.discovered = discovered;
            self.settle();
        }
        Ok(())
    }

    /// Runs a watch for each kind that is to be followed, and no other.
    fn settle(&mut self) {
        while self.tasks.try_join_next().is_some() {}
        let served = self.discovered.served.values();
        self.collector
            .know(served.map(|served| served.known.clone()));
        let mut wanted = BTreeMap::new();
        for (name, served) in &self.discovered.served {
            let resource = &served.known.resource;
            if served.collectable && !self.collector.watches_itself(resource) {
                wanted.insert(name.clone(), resource.clone());
            }
        }
        let is_gone = |name: &&ResourceName| !wanted.contains_key(*name);
        let gone: Vec<_> = self.running.keys().filter(is_gone).cloned().collect();
        for name in gone {
            let monitor = self.running.remove(&name);
            let seen = monitor.and_then(Monitor::stop);
            for uid in seen.into_iter().flatten() {
                self.collector.lost(&uid);
            }
        }
        for (name, resource) in wanted {
            let before = self.running.get(&name);
            if before.is_none_or(|monitor| !monitor.is_of(&resource)) {
                // what another version of it has told is still so until this one has listed
                let before = self.running.remove(&name).and_then(Monitor::stop);
                let monitor = self.follow(resource, before.unwrap_or_default());
                self.running.insert(name, monitor);
            }
        }
    }

    fn follow(&mut self, resource: ApiResource, seen: BTreeSet<String>) -> Monitor {
        let seen = Arc::new(Mutex::new(Some(seen)));
        let (telling, listed) = watch::channel(false);
        let watched = Watched {
            collector: self.collector.clone(),
            kind: KindName {
                api_version: resource.api_version.clone(),
                kind: resource.kind.clone(),
            },
            seen: seen.clone(),
            listed: telling,
        };
        let client = self.collector.context.client.clone();
        let api = Api::all_with(client, &resource);
        let task = self.tasks.spawn(async move { watched.run(api).await });
        Monitor {
            resource,
            seen,
            listed,
            task,
        }
    }
}

impl Monitor {
    fn is_of(&self, resource: &ApiResource) -> bool {
        self.resource == *resource && !self.task.is_finished()
    }

    fn first_list(&self) -> watch::Receiver<bool> {
        self.listed.clone()
    }

    /// Stops the watch; answers what it had told of.
    fn stop(self) -> Seen {
        self.task.abort();
        self.seen.lock().take()
    }
}

async fn all(lists: Vec<watch::Receiver<bool>>) {
    for mut list in lists {
        // one whose watch has ended waits for nothing
        let _ = list.wait_for(|listed| *listed).await;
    }
}

/// What a kind's watch tells.
struct Watched {
    collector: Arc<Collector>,
    kind: KindName,
    seen: Arc<Mutex<Seen>>,
    listed: watch::Sender<bool>,
}

impl Watched {
    async fn run(self, api: Api<PartialObjectMeta<DynamicObject>>) {
        let events = watcher::watcher(api, watcher::Config::default()).backoff(WATCH_RETRY);
        let mut events = pin!(events);
        let mut listed = BTreeSet::new();
        while let Some(event) = events.next().await {
            match event {
                Ok(event) => self.take(event, &mut listed),
                Err(error) => {
                    let kind = &self.kind.kind;
                    tracing::debug!(%kind, %error, "watch interrupted, trying again");
                }
            }
        }
    }

    fn take(&self, event: Event<PartialObjectMeta<DynamicObject>>, listed: &mut BTreeSet<String>) {
        match event {
            Event::Init => listed.clear(),
            Event::InitApply(object) => {
                listed.extend(object.metadata.uid.clone());
                self.observe(&object.metadata);
            }
            Event::InitDone => {
                self.forget_all_but(std::mem::take(listed));
                self.listed.send_replace(true);
            }
            Event::Apply(object) => self.observe(&object.metadata),
            Event::Delete(object) => self.forget(&object.metadata),
        }
    }

    fn observe(&self, metadata: &ObjectMeta) {
        let item = Item::of(self.kind.clone(), metadata);
        if let Some(seen) = self.seen.lock().as_mut() {
            seen.insert(item.uid.clone());
            self.collector.observe(item);
        }
    }

    fn forget(&self, metadata: &ObjectMeta) {
        let uid = metadata.uid.clone().unwrap_or_default();
        if let Some(seen) = self.seen.lock().as_mut()
            && seen.remove(&uid)
        {
            self.collector.gone(&uid);
        }
    }

    fn forget_all_but(&self, listed: BTreeSet<String>) {
        if let Some(seen) = self.seen.lock().as_mut() {
            for uid in seen.difference(&listed) {
                self.collector.gone(uid);
            }
            *seen = listed;
        }
    }
}
