//! The tabs whose streams are open, so that one can be told that its page looks elsewhere now: what it has of the
//! page stays good, and need not come again.

use std::collections::BTreeMap;
use std::sync::Arc;

use orrery_app::page::Asked;
use parking_lot::Mutex;
use tokio::sync::watch;

type Turns = watch::Sender<Option<Asked>>;

/// By the names that the tabs gave themselves.
#[derive(Clone, Default)]
pub struct Tabs(Arc<Mutex<BTreeMap<String, Turns>>>);

/// An open tab, forgotten when dropped.
pub struct Tab {
    tabs: Tabs,
    name: String,
    turns: watch::Receiver<Option<Asked>>,
}

impl Tabs {
    /// A tab comes in.
    pub fn enter(&self, name: &str) -> Tab {
        let (sender, turns) = watch::channel(None);
        self.0.lock().insert(name.to_owned(), sender);
        Tab {
            tabs: self.clone(),
            name: name.to_owned(),
            turns,
        }
    }

    /// Tells the tab of that name where it looks now; false when there is none.
    pub fn turn(&self, name: &str, asked: Asked) -> bool {
        let tabs = self.0.lock();
        tabs.get(name)
            .is_some_and(|tab| tab.send(Some(asked)).is_ok())
    }
}

impl Tab {
    /// Where the tab looks next: the newest of what it was told.
    pub async fn turned(&mut self) -> Asked {
        loop {
            if self.turns.changed().await.is_err() {
                // one of the same name took its place
                return std::future::pending().await;
            }
            if let Some(asked) = self.turns.borrow_and_update().clone() {
                return asked;
            }
        }
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        let mut tabs = self.tabs.0.lock();
        // not the one that took its place
        if self.turns.has_changed().is_ok() {
            tabs.remove(&self.name);
        }
    }
}
