//! The handle: pages, details and the streams of their changes.

mod reach;

use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use jiff::Timestamp;
use kube::Client;
use orrery_clock::Clock;
use orrery_view::{
    Body, Detail, Kind, LastDay, ListQuery, Load, LoadQuery, Millis, ObjectRef, Page, Shell, Topic,
};
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::detail::Fetched;
use crate::ledger::{self, Book, Kept};
use crate::load::Around;
use crate::model::{Model, Touched};
use crate::subscription::Subscription;
use crate::watch::Caches;
use crate::window::Window;
use crate::{detail, load, page, watch as feed};
use reach::{PLACES, Reach};

/// Changes within this time go out together: well under the tenth of a second in which a person
/// should see them, and a bound on what one tab can cost.
pub const COALESCE: Duration = Duration::from_millis(40);

/// What the shell says about the cluster.
#[derive(Clone, Debug)]
pub struct ClusterInfo {
    pub name: String,
    pub embedded: bool,
    pub version: String,
    /// Only these are looked at; none: all, and new ones as they come.
    pub namespaces: Vec<String>,
}

/// A cheap handle on the live rows.
#[derive(Clone)]
pub struct ReadModel {
    pub(crate) shared: Arc<Shared>,
    client: Client,
    info: Arc<ClusterInfo>,
}

pub(crate) struct Shared {
    clock: Clock,
    model: Mutex<Model>,
    changes: watch::Sender<Versions>,
    /// Pulled when the ledger has something to write or to fetch.
    bell: watch::Sender<()>,
    reach: Mutex<Reach>,
}

/// An object as it was fetched at a version of its kind's rows.
pub(crate) struct Held {
    fetched: Fetched,
    version: u64,
}

/// How often each kind's rows have changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Versions([u64; 6]);

impl Versions {
    pub fn of(&self, kind: Kind) -> u64 {
        self.0[kind as usize]
    }
}

impl Shared {
    pub fn change(&self, change: impl FnOnce(&mut Model, Timestamp) -> Touched) {
        let touched = self.note(change);
        self.touch(touched);
    }

    /// Reads or changes what no page shows.
    pub fn note<T>(&self, note: impl FnOnce(&mut Model, Timestamp) -> T) -> T {
        let mut model = self.model.lock();
        let noted = note(&mut model, self.clock.now());
        if model.book.has_unsaved() || model.book.has_wanted() {
            self.bell.send_replace(());
        }
        noted
    }

    /// Waits until the ledger has something.
    pub async fn noted(&self, has: fn(&Book) -> bool) {
        let mut bell = self.bell.subscribe();
        while !has(&self.model.lock().book) {
            if bell.changed().await.is_err() {
                return;
            }
        }
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    pub fn changes(&self) -> watch::Receiver<Versions> {
        self.changes.subscribe()
    }

    /// The feed at `place` has listed everything of a namespace (empty: of all) once.
    pub fn heard_from(&self, place: usize, namespace: &str) {
        self.reach.lock().hear(place, namespace);
        self.touch(&PLACES);
    }

    /// There are feeds for each of these namespaces.
    pub fn expect(&self, places: impl IntoIterator<Item = usize>, namespaces: &[String]) {
        self.reach.lock().expect(places, namespaces);
    }

    /// The feed at `place` may not be read, or there is no such kind. Nobody waits for it any longer; it is
    /// tried again all the same, for permissions come and go.
    pub fn refused(&self, place: usize, namespace: &str, message: String) {
        if self.reach.lock().refuse(place, namespace, message) {
            self.touch(&PLACES);
        }
    }

    fn is_synced(&self) -> bool {
        self.reach.lock().is_synced()
    }

    fn touch(&self, kinds: &[Kind]) {
        if !kinds.is_empty() {
            self.changes.send_modify(|versions| {
                for kind in kinds {
                    versions.0[*kind as usize] += 1;
                }
            });
        }
    }

    /// Wakes CronJob pages when a slot comes: "next run" moves on without any object changing.
    async fn follow_slots(&self) {
        loop {
            // heard from before the model is read: a change in between would be missed
            let mut changes = self.changes.subscribe();
            self.model.lock().refresh(Kind::CronJob, self.clock.now());
            let next = self.model.lock().next_slot();
            match next {
                None => _ = changes.changed().await,
                Some(at) => {
                    let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::MAX);
                    tokio::select! {
                        biased;
                        () = self.clock.sleep_until(at) => {
                            self.model.lock().refresh(Kind::CronJob, self.clock.now());
                            self.touch(&[Kind::CronJob]);
                        }
                        _ = changes.changed() => self.clock.sleep(COALESCE).await,
                    }
                }
            }
        }
    }
}

impl ReadModel {
    /// The handle, and the task that keeps it current. Runs are remembered as long as it lives.
    pub fn new(
        client: Client,
        clock: Clock,
        info: ClusterInfo,
    ) -> (Self, impl Future<Output = ()> + Send + use<>) {
        Self::with_ledger(client, clock, info, Kept::nothing(), None)
    }

    /// The same, with runs remembered from before and kept for later, and with caches to listen to.
    pub fn with_ledger(
        client: Client,
        clock: Clock,
        info: ClusterInfo,
        kept: Kept,
        caches: Option<Caches>,
    ) -> (Self, impl Future<Output = ()> + Send + use<>) {
        let Kept { text, keep } = kept;
        let (entries, lines) = ledger::read_all(&text);
        let held = ledger::Held::of(lines, text.len());
        let book = Book::load(entries, clock.now().as_millisecond());
        let shared = Arc::new(Shared {
            model: Mutex::new(Model::new(book, info.embedded)),
            clock,
            changes: watch::Sender::default(),
            bell: watch::Sender::default(),
            reach: Mutex::new(Reach::of(info.version.clone())),
        });
        let heard = caches.as_ref().map(feed::Heard::listen);
        let namespaces = info.namespaces.clone();
        let readmodel = Self {
            shared: shared.clone(),
            client: client.clone(),
            info: Arc::new(info),
        };
        let task = async move {
            tokio::join!(
                feed::follow_all(client.clone(), shared.clone(), heard, namespaces),
                shared.follow_slots(),
                ledger::follow(shared.clone(), client, keep, held),
            );
        };
        (readmodel, task)
    }

    /// Waits until every kind has been listed once.
    pub async fn synced(&self) {
        let mut changes = self.shared.changes.subscribe();
        while !self.shared.is_synced() {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// What was heard of the cluster itself: its version, or why it does not answer.
    pub fn reached(&self, heard: Result<String, String>) {
        if self.shared.reach.lock().reached(heard) {
            self.shared.touch(&PLACES);
        }
    }

    pub fn page(&self, query: &ListQuery) -> Page {
        let now = self.shared.clock.now();
        let mut model = self.shared.model.lock();
        model.refresh(query.kind, now);
        page::page(&model, query, self.shared.is_synced(), now)
    }

    /// What leads from a window's last answer to the present one.
    pub(crate) fn next(&self, window: &mut Window) -> Option<Body> {
        let now = self.shared.clock.now();
        let mut model = self.shared.model.lock();
        model.refresh(window.kind(), now);
        window.next(&model, self.shared.is_synced(), now)
    }

    /// CronJobs on one axis.
    pub fn load(&self, query: &LoadQuery) -> Load {
        let now = self.shared.clock.now();
        let mut model = self.shared.model.lock();
        model.refresh(Kind::CronJob, now);
        // a hundred thousand slots are counted while the model goes on
        let shown = load::shown(&model, query, now);
        drop(model);
        load::load(shown, query.offset, now)
    }

    /// What is around the slots that a CronJob has or would have.
    pub fn around(&self, cronjob: &ObjectRef, slots: &[Millis]) -> Around {
        let model = self.shared.model.lock();
        load::around(&model, cronjob, slots, self.shared.clock.now())
    }

    /// What `@every` counts from in this CronJob, also once its schedule is changed; `None` where there is none yet.
    pub fn counts_from(&self, cronjob: &ObjectRef) -> Option<Timestamp> {
        load::counts_from(&self.shared.model.lock(), cronjob)
    }

    /// What ran in the last 24 hours in these namespaces (none: in all).
    pub fn last_day(&self, namespaces: &[String]) -> LastDay {
        let now = self.shared.clock.now().as_millisecond();
        self.shared.model.lock().last_day(namespaces, now)
    }

    pub fn shell(&self) -> Shell {
        let now = self.shared.clock.now().as_millisecond();
        let model = self.shared.model.lock();
        let reach = self.shared.reach.lock();
        // who may not list namespaces still knows those of what is shown
        let namespaces = match reach.may_list_namespaces() {
            true => model.namespaces.clone(),
            false => model.namespaces_in_use(),
        };
        Shell {
            cluster: self.info.name.clone(),
            embedded: self.info.embedded,
            version: reach.version().to_owned(),
            namespaces: namespaces.into_iter().collect(),
            counts: model.counts(),
            now,
            away: reach.away().cloned(),
            refused: reach.refused().collect(),
        }
    }

    /// The object with what surrounds it; `None` when there is none of that name.
    pub async fn detail(&self, object: &ObjectRef) -> kube::Result<Option<Detail>> {
        let Some(fetched) = detail::fetch(&self.client, object).await? else {
            return Ok(None);
        };
        Ok(Some(self.around_it(object.kind, fetched)))
    }

    /// The same for who held it before: it is fetched again only when something was heard of it, however much is heard
    /// of others. Of a DaemonSet's revisions nothing is heard.
    pub(crate) async fn detail_again(
        &self,
        object: &ObjectRef,
        held: &mut Option<Held>,
    ) -> kube::Result<Option<Detail>> {
        let version = self.shared.model.lock().version(object.kind);
        let fetched = match held.take().filter(|held| self.is_current(object, held)) {
            Some(held) => held.fetched,
            None => match detail::fetch(&self.client, object).await? {
                Some(fetched) => fetched,
                None => return Ok(None),
            },
        };
        *held = Some(Held {
            fetched: fetched.clone(),
            version,
        });
        Ok(Some(self.around_it(object.kind, fetched)))
    }

    fn is_current(&self, object: &ObjectRef, held: &Held) -> bool {
        let Held { fetched, version } = held;
        let model = self.shared.model.lock();
        object.kind != Kind::DaemonSet && model.is_as_at(object.kind, fetched.uid(), *version)
    }

    fn around_it(&self, kind: Kind, fetched: Fetched) -> Detail {
        let now = self.shared.clock.now();
        let mut model = self.shared.model.lock();
        model.refresh(kind, now);
        detail::build(&model, fetched, now)
    }

    /// The topic's state, then its changes, until the stream is dropped. A slow reader misses states
    /// between, never the last one. Logs are not the read model's: their topic ends at once.
    pub fn subscribe(&self, topic: Topic) -> impl Stream<Item = Body> + Send + use<> {
        let subscription = Subscription::new(self, topic);
        futures::stream::unfold(subscription, |mut subscription| async move {
            let body = subscription.next().await?;
            Some((body, subscription))
        })
    }
}

#[cfg(test)]
mod tests;
