//! Which events become new objects, which raise a count, and which are dropped (EVENT-01).
//! Pure: time comes in as a value.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};

/// Identical events, similar ones and buckets remembered, least recently used forgotten first; upstream's
/// LRU caches hold as many each.
const REMEMBERED: usize = 4096;
/// This many similar events within [`AGGREGATE_WITHIN`] stay apart; the next is combined.
const AGGREGATE_AFTER: usize = 10;
const AGGREGATE_WITHIN: SignedDuration = SignedDuration::from_secs(600);
/// Spam filter per source, object and type: a burst of 25, then one per five minutes.
const BURST: f64 = 25.0;
const REFILL_SECS: f64 = 300.0;

/// An event as it was reported, before it has an object. `group` is all that makes events similar
/// (source, object, type, reason), `spam_group` what the filter counts together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Report {
    pub spam_group: String,
    pub group: String,
    pub message: String,
}

/// What to do about a report.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    Drop,
    /// Create an Event object with this message.
    Create {
        message: String,
    },
    /// Raise the count of the Event object `name`.
    Repeat {
        name: String,
        count: i32,
        message: String,
    },
}

/// The memory behind the verdicts.
#[derive(Default)]
pub struct Correlator {
    sent: BTreeMap<(String, String), Sent>,
    used: VecDeque<(String, String)>,
    similar: Recent<Similar>,
    buckets: Recent<Bucket>,
}

/// The most recently used values by key, [`REMEMBERED`] of them.
struct Recent<V> {
    values: BTreeMap<String, (u64, V)>,
    /// Keys by their last use.
    order: BTreeMap<u64, String>,
    uses: u64,
}

impl<V> Default for Recent<V> {
    fn default() -> Self {
        Self {
            values: BTreeMap::new(),
            order: BTreeMap::new(),
            uses: 0,
        }
    }
}

impl<V> Recent<V> {
    /// Uses the value of `key`, a new one if there is none.
    fn entry(&mut self, key: &str, new: impl FnOnce() -> V) -> &mut V {
        self.uses += 1;
        if let Some((used, _)) = self.values.get(key) {
            self.order.remove(used);
        } else if self.values.len() >= REMEMBERED
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.values.remove(&oldest);
        }
        self.order.insert(self.uses, key.to_owned());
        let value = self.values.entry(key.to_owned());
        let (used, value) = value.or_insert_with(|| (0, new()));
        *used = self.uses;
        value
    }
}

struct Sent {
    name: String,
    count: i32,
}

struct Similar {
    messages: BTreeSet<String>,
    last: Timestamp,
}

struct Bucket {
    tokens: f64,
    at: Timestamp,
}

impl Correlator {
    pub fn judge(&mut self, report: &Report, now: Timestamp) -> Verdict {
        let (message, combined) = self.aggregate(report, now);
        if !self.spend(&report.spam_group, now) {
            return Verdict::Drop;
        }
        let identity = identity(report, &message, combined);
        match self.sent.get_mut(&identity) {
            Some(sent) => {
                sent.count += 1;
                Verdict::Repeat {
                    name: sent.name.clone(),
                    count: sent.count,
                    message,
                }
            }
            None => Verdict::Create { message },
        }
    }

    /// Remembers that `report` now is the Event object `name` with `count`.
    pub fn remember(&mut self, report: &Report, message: &str, name: String, count: i32) {
        let combined = message != report.message;
        let identity = identity(report, message, combined);
        if self
            .sent
            .insert(identity.clone(), Sent { name, count })
            .is_none()
        {
            self.used.push_back(identity);
        }
        while self.used.len() > REMEMBERED {
            let oldest = self.used.pop_front();
            oldest.and_then(|oldest| self.sent.remove(&oldest));
        }
    }

    fn aggregate(&mut self, report: &Report, now: Timestamp) -> (String, bool) {
        let similar = self.similar.entry(&report.group, || Similar {
            messages: BTreeSet::new(),
            last: now,
        });
        if now.duration_since(similar.last) > AGGREGATE_WITHIN {
            similar.messages.clear();
        }
        similar.last = now;
        similar.messages.insert(report.message.clone());
        if similar.messages.len() < AGGREGATE_AFTER {
            return (report.message.clone(), false);
        }
        // Popped so that the set stays at its bound and a known message is combined too.
        similar.messages.pop_first();
        let combined = format!("(combined from similar events): {}", report.message);
        (combined, true)
    }

    fn spend(&mut self, group: &str, now: Timestamp) -> bool {
        let bucket = self.buckets.entry(group, || Bucket {
            tokens: BURST,
            at: now,
        });
        let earned = now.duration_since(bucket.at).as_secs_f64().max(0.0) / REFILL_SECS;
        bucket.tokens = (bucket.tokens + earned).min(BURST);
        bucket.at = now;
        let may = bucket.tokens >= 1.0;
        if may {
            bucket.tokens -= 1.0;
        }
        may
    }
}

/// Combined events share one object whatever their message says.
fn identity(report: &Report, message: &str, combined: bool) -> (String, String) {
    let message = if combined {
        String::new()
    } else {
        message.to_owned()
    };
    (report.group.clone(), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(message: &str) -> Report {
        Report {
            spam_group: "job-controller/default/pi".into(),
            group: "job-controller/default/pi/Normal/SuccessfulCreate".into(),
            message: message.into(),
        }
    }

    #[test]
    fn event_01_repeats_combines_and_filters() {
        let mut correlator = Correlator::default();
        let start = "2026-11-23T12:00:00Z".parse().expect("a literal time");
        let first = correlator.judge(&report("Created pod: a"), start);
        assert_eq!(
            first,
            Verdict::Create {
                message: "Created pod: a".into()
            }
        );
        correlator.remember(
            &report("Created pod: a"),
            "Created pod: a",
            "pi.1".into(),
            1,
        );
        let again = correlator.judge(&report("Created pod: a"), start);
        let repeat = Verdict::Repeat {
            name: "pi.1".into(),
            count: 2,
            message: "Created pod: a".into(),
        };
        assert_eq!(again, repeat, "an identical event raises the count");

        let mut combined = 0;
        let mut dropped = 0;
        for n in 0..40 {
            match correlator.judge(&report(&format!("Created pod: {n}")), start) {
                Verdict::Drop => dropped += 1,
                Verdict::Create { message } | Verdict::Repeat { message, .. } => {
                    combined +=
                        usize::from(message.starts_with("(combined from similar events): "));
                }
            }
        }
        assert_eq!(combined, 23 - 8, "the tenth different message is combined");
        assert_eq!(dropped, 40 - 23, "25 in a burst, two of them spent before");

        let later = start + SignedDuration::from_secs(300);
        let refilled = correlator.judge(&report("Created pod: z"), later);
        assert_ne!(refilled, Verdict::Drop, "one more each five minutes");
        assert_eq!(
            correlator.judge(&report("Created pod: y"), later),
            Verdict::Drop
        );
    }

    /// A Job of 100,000 pods tells of each of them once: nothing may be kept for all, nor walked over.
    #[test]
    fn event_01_what_is_remembered_is_bounded_and_the_latest() {
        let now = Timestamp::from_second(1_800_000_000).expect("a time");
        let mut recent = Recent::default();
        for number in 0..3 * REMEMBERED {
            *recent.entry(&number.to_string(), || 0) += 1;
            *recent.entry("always", || 0) += 1;
        }
        assert_eq!(recent.values.len(), REMEMBERED);
        assert_eq!(recent.order.len(), REMEMBERED);
        assert_eq!(*recent.entry("always", || 0), 3 * REMEMBERED as i32);
        let newest = (3 * REMEMBERED - 1).to_string();
        assert_eq!(*recent.entry(&newest, || 0), 1);
        assert_eq!(*recent.entry("0", || 0), 0, "the first is forgotten");
        let mut correlator = Correlator::default();
        for number in 0..3 * REMEMBERED {
            let report = Report {
                spam_group: format!("pod-{number}"),
                group: format!("pod-{number} Started"),
                message: "Container started".to_owned(),
            };
            correlator.judge(&report, now);
        }
        assert_eq!(correlator.buckets.values.len(), REMEMBERED);
        assert_eq!(correlator.similar.values.len(), REMEMBERED);
    }
}
