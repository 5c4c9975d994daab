//! Which parts of the cluster are at work, as `componentstatuses` tell it.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use orrery_apiserver::{ComponentHealth, Components};
use parking_lot::Mutex;

/// A part's name, and what it does as long as the cluster runs.
type Work = (&'static str, BoxFuture<'static, ()>);

/// What upstream calls the parts that it looks at, and what they are called here.
const LOOKED_AT: [(&str, &str); 2] = [
    ("controller-manager", "controllers"),
    ("scheduler", "scheduler"),
];

/// The names of the parts at work.
#[derive(Clone, Default)]
pub struct Roster(Arc<Mutex<BTreeSet<&'static str>>>);

impl Roster {
    /// The same work, each part noted from now on until it ends, be it in a panic.
    pub fn note(&self, work: Vec<Work>) -> Vec<Work> {
        let noted = work.into_iter().map(|(name, work)| {
            let at_work = self.begin(name);
            let work = async move {
                work.await;
                drop(at_work);
            };
            (name, work.boxed())
        });
        noted.collect()
    }

    fn begin(&self, name: &'static str) -> AtWork {
        self.0.lock().insert(name);
        AtWork {
            roster: self.clone(),
            name,
        }
    }

    /// For the API server.
    pub fn components(&self) -> Components {
        let roster = self.clone();
        Arc::new(move || {
            let at_work = roster.0.lock();
            let parts = LOOKED_AT.into_iter().map(|(name, part)| ComponentHealth {
                name,
                error: (!at_work.contains(part))
                    .then(|| format!("{part} ended or did not begin: see the server's log")),
            });
            parts.collect::<Vec<_>>()
        })
    }
}

/// Takes its part off the roster when it is dropped.
struct AtWork {
    roster: Roster,
    name: &'static str,
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.roster.0.lock().remove(self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ailing(roster: &Roster) -> Vec<&'static str> {
        let parts = roster.components()();
        let ailing = parts.iter().filter(|part| part.error.is_some());
        ailing.map(|part| part.name).collect()
    }

    #[tokio::test]
    async fn a_part_is_well_as_long_as_it_is_at_work() {
        let roster = Roster::default();
        assert_eq!(ailing(&roster), ["controller-manager", "scheduler"]);
        let forever: BoxFuture<'static, ()> = std::future::pending().boxed();
        let panics: BoxFuture<'static, ()> = async { panic!("as a fault does") }.boxed();
        let work = roster.note(vec![("controllers", forever), ("scheduler", panics)]);
        assert_eq!(ailing(&roster), [""; 0]);
        let mut work = work.into_iter();
        let (_, controllers) = work.next().expect("the first");
        let (_, scheduler) = work.next().expect("the second");
        let ended = tokio::spawn(scheduler).await;
        assert!(ended.is_err(), "it panicked");
        assert_eq!(ailing(&roster), ["scheduler"]);
        drop(controllers);
        assert_eq!(ailing(&roster), ["controller-manager", "scheduler"]);
    }
}
