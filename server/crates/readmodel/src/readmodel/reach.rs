//! How far the cluster lets us see.

use std::collections::{BTreeMap, BTreeSet};

use orrery_view::{Kind, Refused};

/// The kinds by the places of their feeds; namespaces come after them.
pub const PLACES: [Kind; 6] = Kind::ALL;
/// The place of the feed of namespaces, which is the last.
const NAMESPACES: usize = PLACES.len();

#[derive(Default)]
pub struct Reach {
    /// Places whose feeds have all been heard once, or will not be.
    heard: BTreeSet<usize>,
    /// By the feed's place and its namespace (empty: all): why it may not be read.
    refused: BTreeMap<(usize, String), String>,
    /// Feeds of a place that have not been heard yet, where there are several.
    unheard: BTreeMap<usize, BTreeSet<String>>,
    /// Why the cluster does not answer.
    away: Option<String>,
    version: String,
}

impl Reach {
    /// Of a cluster of this version, of which nothing has been heard.
    pub fn of(version: String) -> Self {
        Self {
            version,
            ..Self::default()
        }
    }

    /// There are feeds for each of these namespaces.
    pub fn expect(&mut self, places: impl IntoIterator<Item = usize>, namespaces: &[String]) {
        for place in places {
            let all = namespaces.iter().cloned().collect();
            self.unheard.insert(place, all);
        }
    }

    /// The feed at `place` has listed everything of a namespace (empty: of all).
    pub fn hear(&mut self, place: usize, namespace: &str) {
        self.refused.remove(&(place, namespace.to_owned()));
        self.wait_no_longer(place, namespace);
    }

    /// It may not be read; answers whether that is new.
    pub fn refuse(&mut self, place: usize, namespace: &str, message: String) -> bool {
        let key = (place, namespace.to_owned());
        let before = self.refused.insert(key, message.clone());
        self.wait_no_longer(place, namespace);
        before != Some(message)
    }

    fn wait_no_longer(&mut self, place: usize, namespace: &str) {
        let rest = self.unheard.get_mut(&place).is_some_and(|unheard| {
            unheard.remove(namespace);
            !unheard.is_empty()
        });
        if !rest {
            self.heard.insert(place);
        }
    }

    /// Every kind has been listed once, and namespaces.
    pub fn is_synced(&self) -> bool {
        self.heard.len() > NAMESPACES
    }

    /// The cluster's version, or why it does not answer; answers whether that is new.
    pub fn reached(&mut self, heard: Result<String, String>) -> bool {
        let (version, away) = match heard {
            Ok(version) => (version, None),
            Err(why) => (self.version.clone(), Some(why)),
        };
        let is_new = self.version != version || self.away != away;
        (self.version, self.away) = (version, away);
        is_new
    }

    pub fn version(&self) -> &str {
        &self.version
    }

    pub fn away(&self) -> Option<&String> {
        self.away.as_ref()
    }

    /// The kinds that may not be read, and where.
    pub fn refused(&self) -> impl Iterator<Item = Refused> {
        let refused = self.refused.iter();
        refused.filter_map(|((place, namespace), message)| {
            Some(Refused {
                kind: *PLACES.get(*place)?,
                namespace: namespace.clone(),
                message: message.clone(),
            })
        })
    }

    pub fn may_list_namespaces(&self) -> bool {
        !self.refused.contains_key(&(NAMESPACES, String::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_current_once_each_feed_was_heard_or_refused() {
        let mut reach = Reach::of("v1.36.0".to_owned());
        reach.expect([0], &["a".to_owned(), "b".to_owned()]);
        for place in 1..=NAMESPACES {
            reach.hear(place, "");
        }
        reach.hear(0, "a");
        assert!(!reach.is_synced(), "of one namespace nothing was heard");
        assert!(reach.refuse(0, "b", "no".to_owned()));
        assert!(!reach.refuse(0, "b", "no".to_owned()), "that was known");
        assert!(reach.is_synced());
        let refused: Vec<_> = reach.refused().collect();
        assert_eq!(refused.len(), 1);
        assert_eq!(refused[0].namespace, "b");
        reach.hear(0, "b");
        assert_eq!(reach.refused().count(), 0, "permissions come and go");
    }

    #[test]
    fn only_what_is_new_of_the_cluster_is_told() {
        let mut reach = Reach::of("v1".to_owned());
        assert!(!reach.reached(Ok("v1".to_owned())));
        assert!(reach.reached(Err("gone".to_owned())));
        assert!(!reach.reached(Err("gone".to_owned())));
        assert_eq!(reach.version(), "v1", "as it was heard last");
        assert!(reach.reached(Ok("v2".to_owned())));
        assert_eq!((reach.version(), reach.away()), ("v2", None));
    }
}
