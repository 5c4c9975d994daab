//! What one reader of one topic is told: its state, then its changes, each once and the newest only.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use orrery_view::{Body, Kind, LastDay, Load, Shell, Topic};
use tokio::sync::watch;

use crate::detail;
use crate::readmodel::{COALESCE, Held, ReadModel, Versions};
use crate::window::Window;

/// Between two states of the page of all schedules, which counts every slot of two days anew.
const LOAD_PAUSE: Duration = Duration::from_secs(2);

/// One topic's position: what was sent last.
pub struct Subscription {
    readmodel: ReadModel,
    changes: watch::Receiver<Versions>,
    kinds: BTreeSet<Kind>,
    topic: Topic,
    /// What was read last; `None` before anything was.
    seen: Option<Versions>,
    /// When that was.
    read_at: Option<Timestamp>,
    /// Of a list.
    window: Option<Window>,
    /// Of anything else.
    last: Option<Body>,
    /// Of a detail.
    held: Option<Held>,
}

impl Subscription {
    pub fn new(readmodel: &ReadModel, topic: Topic) -> Self {
        Self {
            changes: readmodel.shared.changes(),
            readmodel: readmodel.clone(),
            kinds: kinds_of(&topic),
            window: match &topic {
                Topic::List(query) => Some(Window::new(query.clone())),
                _ => None,
            },
            topic,
            seen: None,
            read_at: None,
            last: None,
            held: None,
        }
    }

    /// The topic's next state; `None`: the topic has ended.
    pub async fn next(&mut self) -> Option<Body> {
        loop {
            if let Some(seen) = self.seen {
                self.wait(seen).await?;
            }
            self.seen = Some(*self.changes.borrow_and_update());
            self.read_at = Some(self.readmodel.shared.clock().now());
            if let Some(window) = &mut self.window {
                match self.readmodel.next(window) {
                    Some(body) => return Some(body),
                    None => continue,
                }
            }
            let state = match self.state().await {
                Ok(state) => state?,
                Err(error) => {
                    tracing::debug!(%error, "cannot read the object of a page, trying again");
                    let clock = self.readmodel.shared.clock();
                    clock.sleep(Duration::from_secs(1)).await;
                    self.seen = None;
                    continue;
                }
            };
            let before = self.last.replace(state.clone());
            if before.is_none_or(|before| !same(&before, &state)) {
                return Some(state);
            }
        }
    }

    /// Waits for a change of a kind that the topic shows, and a little longer for its companions; or for the time
    /// when the picture of a running Job moves on by itself.
    async fn wait(&mut self, seen: Versions) -> Option<()> {
        let kinds = self.kinds.clone();
        let differs = |now: &Versions| kinds.iter().any(|kind| now.of(*kind) != seen.of(*kind));
        let clock = self.readmodel.shared.clock().clone();
        let moves = self.last.as_ref().and_then(|body| match body {
            Body::Detail(Some(detail)) => detail::moves_at(detail),
            _ => None,
        });
        match moves.and_then(|at| Timestamp::from_millisecond(at).ok()) {
            Some(at) => tokio::select! {
                biased;
                changed = self.changes.wait_for(differs) => { changed.ok()?; }
                () = clock.sleep_until(at) => return Some(()),
            },
            None => _ = self.changes.wait_for(differs).await.ok()?,
        }
        clock.sleep(self.pause(clock.now())).await;
        Some(())
    }

    /// How long what changed just now waits for its companions.
    fn pause(&self, now: Timestamp) -> Duration {
        let Topic::Load(_) = self.topic else {
            return COALESCE;
        };
        let since = self.read_at.map(|at| now.duration_since(at).unsigned_abs());
        let left = since.map(|since| LOAD_PAUSE.saturating_sub(since));
        left.unwrap_or_default().max(COALESCE)
    }

    async fn state(&mut self) -> kube::Result<Option<Body>> {
        Ok(match &self.topic {
            Topic::Detail(object) => {
                let held = &mut self.held;
                let detail = self.readmodel.detail_again(object, held).await?;
                Some(Body::Detail(detail.map(Box::new)))
            }
            Topic::Shell => Some(Body::Shell(Box::new(self.readmodel.shell()))),
            Topic::Load(query) => Some(Body::Load(Box::new(self.readmodel.load(query)))),
            Topic::LastDay(namespaces) => {
                let day = self.readmodel.last_day(namespaces);
                Some(Body::LastDay(Box::new(day)))
            }
            // windows know what they showed, and logs are not the read model's
            Topic::List(_) | Topic::Log(_) => None,
        })
    }
}

/// Whether a person would see no difference: the server's clock alone does not count.
fn same(old: &Body, new: &Body) -> bool {
    match (old, new) {
        (Body::Shell(old), Body::Shell(new)) => {
            **old
                == Shell {
                    now: old.now,
                    ..(**new).clone()
                }
        }
        // before a whole day is known, it begins later each minute
        (Body::LastDay(old), Body::LastDay(new)) => {
            **old
                == LastDay {
                    known_since: old.known_since,
                    ..(**new).clone()
                }
        }
        (Body::Load(old), Body::Load(new)) => {
            **old
                == Load {
                    now: old.now,
                    ..(**new).clone()
                }
        }
        (old, new) => old == new,
    }
}

fn kinds_of(topic: &Topic) -> BTreeSet<Kind> {
    let kinds: &[Kind] = match topic {
        Topic::List(query) => &[query.kind],
        Topic::Detail(object) => match object.kind {
            Kind::CronJob => &[Kind::CronJob, Kind::Job, Kind::Event],
            Kind::Job => &[Kind::Job, Kind::Pod, Kind::Event],
            Kind::DaemonSet => &[Kind::DaemonSet, Kind::Pod, Kind::Node, Kind::Event],
            Kind::Pod => &[Kind::Pod, Kind::Event],
            Kind::Node => &[Kind::Node, Kind::Pod, Kind::Event],
            Kind::Event => &[Kind::Event],
        },
        Topic::Shell => &[
            Kind::CronJob,
            Kind::Job,
            Kind::DaemonSet,
            Kind::Pod,
            Kind::Node,
        ],
        Topic::Load(_) => &[Kind::CronJob],
        // a run ends with its Job, or with its CronJob's deletion
        Topic::LastDay(_) => &[Kind::CronJob, Kind::Job],
        Topic::Log(_) => &[],
    };
    kinds.iter().copied().collect()
}
