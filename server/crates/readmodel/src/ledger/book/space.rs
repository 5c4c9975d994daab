//! What is given up for want of space, and from when on nothing is.

use orrery_view::Millis;

use super::{Book, KEEP_MILLIS};

impl Book {
    /// After a run of that owner came: no other can have too many.
    pub(super) fn trim(&mut self, owner: &str, now: Millis) {
        while let Some((end, uid)) = self.by_end.first().cloned() {
            if end >= now - KEEP_MILLIS {
                break;
            }
            self.forget(&uid);
        }
        while let Some(uid) = self.oldest_beyond(owner) {
            self.give_up(&uid, now);
        }
        while self.bytes > self.limits.bytes
            && let Some(uid) = self.oldest_of_the_largest()
        {
            self.give_up(&uid, now);
        }
    }

    /// A run goes for want of space, before its time.
    fn give_up(&mut self, uid: &str, now: Millis) {
        if let Some(record) = self.runs.get(uid) {
            let (owner, end) = (record.owner_uid.clone(), record.end);
            if !self.given_up.contains_key(&owner) {
                // CronJobs come and go: of what is too old by now nothing would be kept anyway
                self.given_up.retain(|_, until| *until >= now - KEEP_MILLIS);
            }
            let until = self.given_up.entry(owner).or_insert(end);
            *until = end.max(*until);
        }
        self.forget(uid);
    }

    fn oldest_beyond(&self, owner: &str) -> Option<String> {
        let places = self.of_owner.get(owner)?;
        let oldest = places.first()?;
        (places.len() > self.limits.per_owner).then(|| oldest.1.clone())
    }

    /// Looks at all owners.
    fn oldest_of_the_largest(&self) -> Option<String> {
        let largest = self.of_owner.values().max_by_key(|places| places.len())?;
        largest.first().map(|(_, uid)| uid.clone())
    }

    /// From when on each run of a CronJob is known, of one that is known `since` then.
    pub fn complete_since(&self, cronjob_uid: &str, since: Millis) -> Millis {
        self.given_up
            .get(cronjob_uid)
            .map_or(since, |until| since.max(*until))
    }

    /// The same of all in these namespaces; none: of all.
    pub fn all_complete_since(&self, namespaces: &[String], since: Millis) -> Millis {
        let is_here = |owner: &&String| {
            // Jobs of none are of any namespace.
            owner.is_empty()
                || namespaces.is_empty()
                || self
                    .of_owner(owner)
                    .next()
                    .is_some_and(|record| namespaces.contains(&record.namespace))
        };
        let owners = self.given_up.keys().filter(is_here);
        owners.fold(since, |since, owner| self.complete_since(owner, since))
    }
}
