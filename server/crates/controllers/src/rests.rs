//! Owners of very many children rest between two looks at all of them: what wakes them by the thousand
//! wakes them once, when the rest is over.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use orrery_informer::ObjectKey;
use parking_lot::Mutex;

/// Who rests, and until when.
#[derive(Default)]
pub struct Rests(Mutex<BTreeMap<ObjectKey, Rest>>);

#[derive(Clone, Copy)]
struct Rest {
    since: Timestamp,
    until: Timestamp,
}

impl Rests {
    /// `key` looks at `children` at `now`, and so many are worth a millisecond.
    pub fn begin(&self, key: &ObjectKey, children: usize, per_milli: usize, now: Timestamp) {
        let millis = i64::try_from(children / per_milli).unwrap_or(i64::MAX);
        let until = now.checked_add(SignedDuration::from_millis(millis));
        if let Some(until) = until.ok().filter(|until| *until > now) {
            let rest = Rest { since: now, until };
            self.0.lock().insert(key.clone(), rest);
        }
    }

    /// When `key` may be woken. A clock that was set back ends the rest: it would last as long as it was
    /// set back.
    pub fn ends_at(&self, key: &ObjectKey, now: Timestamp) -> Timestamp {
        let rest = self.0.lock().get(key).copied();
        let rest = rest.filter(|rest| rest.since <= now);
        rest.map_or(now, |rest| rest.until.max(now))
    }

    pub fn forget(&self, key: &ObjectKey) {
        self.0.lock().remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_millis(millis)
    }

    #[test]
    fn the_rest_is_what_the_children_are_worth_and_no_longer_on_a_clock_set_back() {
        let rows = [
            ("few children", 99, 7, 7),
            ("at once", 1000, 0, 10),
            ("in the middle", 1000, 4, 10),
            ("when it is over", 1000, 11, 11),
            ("the clock was set back", 1000, -3_600_000, -3_600_000),
        ];
        for (why, children, now, ends) in rows {
            let (rests, key) = (Rests::default(), ObjectKey::new("default", "a"));
            rests.begin(&key, children, 100, at(0));
            assert_eq!(rests.ends_at(&key, at(now)), at(ends), "{why}");
            rests.forget(&key);
            assert_eq!(rests.ends_at(&key, at(now)), at(now), "{why}: forgotten");
        }
    }
}
