//! Reads the store's changes in their order and puts each before the rules.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use orrery_store::{Change, Range, Store, Watch};
use parking_lot::Mutex;
use tokio::sync::watch;

use super::Violation;
use super::rules::Rules;
use crate::history::Chronicle;
use crate::host::SURVIVES;
use crate::mirror::{Mirror, RESOURCES};
use crate::sim::EPOCH;

/// A cheap handle. It works when it is told to: after every request on the wire.
#[derive(Clone)]
pub struct Auditor(Arc<Shared>);

struct Shared {
    seed: u64,
    chronicle: Chronicle,
    reaction: SignedDuration,
    state: Mutex<State>,
    /// The last revision judged, for those who wait for a change.
    seen: watch::Sender<u64>,
}

struct State {
    watches: Vec<Watch>,
    mirror: Mirror,
    rules: Rules,
    violations: Vec<Violation>,
    changes: u64,
    /// When somebody began to see nothing, and when that ends.
    blind: Option<(Timestamp, Timestamp)>,
}

impl State {
    /// For so long a controller may act on what has changed since.
    fn reaction(&self, now: Timestamp, usual: SignedDuration) -> SignedDuration {
        match self.blind {
            Some((since, until)) if now <= until + usual => now.duration_since(since) + usual,
            _ => usual,
        }
    }
}

impl Auditor {
    /// An auditor who follows nothing yet. For `reaction` after a change of mind in a spec,
    /// controllers may act on the old one.
    pub fn new(seed: u64, chronicle: Chronicle, reaction: SignedDuration) -> Self {
        let state = State {
            watches: Vec::new(),
            mirror: Mirror::default(),
            rules: Rules::default(),
            violations: Vec::new(),
            changes: 0,
            blind: None,
        };
        Self(Arc::new(Shared {
            seed,
            chronicle,
            reaction,
            state: Mutex::new(state),
            seen: watch::Sender::new(0),
        }))
    }

    /// Looks at the changes of `store` after a revision, and at no other store's.
    pub fn follow(&self, store: &Store, after: u64) {
        let watch = |resource: &&str| store.watch(resource, None, after);
        let watches: Result<_, _> = RESOURCES.iter().map(watch).collect();
        match watches {
            Ok(watches) => self.0.state.lock().watches = watches,
            Err(gone) => self.complain(SURVIVES, format!("not even revision {after}: {gone}")),
        }
    }

    /// Whether a store holds, as of the last revision of the one `before` it, exactly what that one held,
    /// and at most the one write more that was under way.
    pub fn compare(&self, before: &Store, after: &Store) {
        let (last, now) = (before.revision(), after.revision());
        if !(last..=last + 1).contains(&now) {
            let message = format!("revision {last} was acknowledged, {now} is there");
            self.complain(SURVIVES, message);
        }
        for resource in RESOURCES.iter().chain(&["coordination.k8s.io/leases"]) {
            let range = Range::all(*resource);
            let kept = after.list_at(&range, last).map(|list| list.entries);
            if kept.as_ref() != Ok(&before.list(&range).entries) {
                self.complain(SURVIVES, format!("{resource} are not what they were"));
            }
        }
    }

    /// Timer time: what a clock that is set does to times must not move the limits.
    fn now(&self) -> Timestamp {
        EPOCH + self.0.chronicle.elapsed()
    }

    /// Judges what has changed since the last call.
    pub fn catch_up(&self) {
        let mut state = self.0.state.lock();
        let mut changes: Vec<Arc<Change>> = Vec::new();
        for watch in &mut state.watches {
            while let Some(change) = watch.try_next().expect("read after every request") {
                changes.push(change);
            }
        }
        if changes.is_empty() {
            return;
        }
        changes.sort_unstable_by_key(|change| change.revision);
        for change in &changes {
            self.judge(&mut state, change);
        }
        let last = changes.last().map_or(0, |change| change.revision);
        drop(state);
        self.0.seen.send_replace(last);
    }

    fn judge(&self, state: &mut State, change: &Change) {
        let now = self.now();
        let reaction = state.reaction(now, self.0.reaction);
        let State {
            mirror,
            rules,
            violations,
            changes,
            ..
        } = state;
        let mut complaints = Vec::new();
        rules.judge(mirror, change, (now, reaction), &mut complaints);
        *changes += 1;
        violations.extend(
            complaints
                .into_iter()
                .map(|(invariant, message)| Violation {
                    seed: self.0.seed,
                    revision: change.revision,
                    at: now,
                    invariant,
                    message,
                }),
        );
    }

    /// A watcher sees nothing for so long from now on, and acts on what it has seen before.
    pub fn blind_for(&self, lasts: SignedDuration) {
        let (now, usual) = (self.now(), self.0.reaction);
        let mut state = self.0.state.lock();
        let earlier = state.blind.filter(|(_, until)| now <= *until + usual);
        let (since, until) = earlier.unwrap_or((now, now));
        state.blind = Some((since, until.max(now + lasts)));
    }

    /// Reads the cluster as of the newest change.
    pub fn read<T>(&self, look: impl FnOnce(&Mirror) -> T) -> T {
        self.catch_up();
        look(&self.0.state.lock().mirror)
    }

    /// A person is about to delete the object of this uid.
    pub fn deleted_by_hand(&self, uid: String) {
        self.0.state.lock().rules.deleted_by_hand(uid);
    }

    /// Adds what someone else found.
    pub fn complain(&self, invariant: &'static str, message: String) {
        let mut state = self.0.state.lock();
        state.violations.push(Violation {
            seed: self.0.seed,
            revision: *self.0.seen.borrow(),
            at: self.now(),
            invariant,
            message,
        });
    }

    /// The first broken invariant.
    pub fn verdict(&self) -> Result<(), Violation> {
        self.catch_up();
        match self.0.state.lock().violations.first() {
            None => Ok(()),
            Some(first) => Err(first.clone()),
        }
    }

    /// Changes judged so far.
    pub fn changes(&self) -> u64 {
        self.0.state.lock().changes
    }

    /// Follows the revisions that were judged.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.seen.subscribe()
    }
}
