//! What is around the slots of one CronJob: who else starts, and how long its own runs take.

use jiff::Timestamp;
use orrery_view::{Millis, ObjectRef};

use super::{MINUTE, MOST_NAMED, object, slots_between};
use crate::facts::cronjob::CronJobFacts;
use crate::ledger;
use crate::model::Model;

/// What is around the slots that a CronJob has or would have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// The minute in which most others start too, how many, and some of them by name.
    pub company: Option<(Millis, u32, Vec<String>)>,
    /// How long its runs take: usually, and rarely.
    pub usual: Option<Millis>,
    pub rarely: Option<Millis>,
}

/// Around these slots of `of`, which itself does not count.
pub fn around(model: &Model, of: &ObjectRef, slots: &[Millis], now: Timestamp) -> Around {
    let rows = model.cronjobs.rows().values();
    let (own, others): (Vec<_>, Vec<_>) = rows.partition(|facts| object(&facts.row) == *of);
    let starts = |facts: &&&CronJobFacts, slot: Millis| {
        let minute = slot - slot.rem_euclid(MINUTE);
        !facts.row.suspend
            && slots_between(facts.schedule.as_ref(), minute, minute + MINUTE)
                .next()
                .is_some()
    };
    let company = slots.iter().map(|slot| {
        let some = others.iter().filter(|facts| starts(facts, *slot));
        let mut names: Vec<_> = some.map(|facts| facts.row.head.name.clone()).collect();
        let n = names.len() as u32;
        names.sort();
        names.truncate(MOST_NAMED);
        (*slot, n, names)
    });
    // of minutes alike, the first
    let company = company
        .rev()
        .max_by_key(|(_, n, _)| *n)
        .filter(|(_, n, _)| *n > 0);
    let stats = own.first().map(|facts| {
        let (uid, since) = (&facts.row.head.uid, facts.known_since);
        ledger::stats(&model.book, uid, since, now.as_millisecond())
    });
    Around {
        company,
        usual: stats.and_then(|stats| stats.duration_median),
        rarely: stats.and_then(|stats| stats.duration_p95),
    }
}

/// What `@every` counts from in this CronJob, if it is there.
pub fn counts_from(model: &Model, of: &ObjectRef) -> Option<Timestamp> {
    let mut rows = model.cronjobs.rows().values();
    let own = rows.find(|facts| object(&facts.row) == *of)?;
    Some(own.counts_from)
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::batch::v1::CronJob;
    use orrery_view::Kind;

    use super::*;
    use crate::load::tests::model;

    #[test]
    fn company_is_who_else_starts_in_the_same_minute() {
        let now: Timestamp = "2026-11-23T14:25:09Z".parse().expect("a time");
        let jobs = [
            ("a", "0 * * * *", false),
            ("b", "0 0 * * *", false),
            ("c", "0 0 * * *", false),
            ("asleep", "0 0 * * *", true),
        ];
        let mut model = model(&jobs, now);
        model.refresh(Kind::CronJob, now);
        let of = |name: &str| ObjectRef {
            kind: Kind::CronJob,
            namespace: "data".into(),
            name: name.into(),
        };
        let (hour, midnight) = (1_795_446_000_000, 1_795_478_400_000);
        let company = |name: &str| around(&model, &of(name), &[hour, midnight], now).company;
        let (at, n, names) = company("b").expect("somebody");
        assert_eq!((at, n, names.join(" ")), (midnight, 2, "a c".into()));
        assert_eq!(
            around(&model, &of("a"), &[hour], now).company,
            None,
            "itself is none"
        );
    }

    #[test]
    fn cron_10_every_counts_from_the_last_slot_or_the_creation_whatever_the_schedule_was() {
        let now: Timestamp = "2026-11-23T14:25:09Z".parse().expect("a time");
        let mut model = model(&[("a", "0 * * * *", false)], now);
        let a = ObjectRef {
            kind: Kind::CronJob,
            namespace: "data".into(),
            name: "a".into(),
        };
        let created: Option<Timestamp> = "2026-01-01T00:00:00Z".parse().ok();
        assert_eq!(counts_from(&model, &a), created);
        let ran = serde_json::json!({
            "metadata": {"name": "a", "namespace": "data", "uid": "a", "creationTimestamp": "2026-01-01T00:00:00Z"},
            "spec": {"schedule": "0 * * * *", "jobTemplate": {"spec": {"template": {}}}},
            "status": {"lastScheduleTime": "2026-11-23T14:00:00Z"},
        });
        let ran: CronJob = serde_json::from_value(ran).expect("a CronJob");
        model.put_cronjob(&ran, now);
        let last: Option<Timestamp> = "2026-11-23T14:00:00Z".parse().ok();
        assert_eq!(counts_from(&model, &a), last);
        let other = ObjectRef {
            name: "b".into(),
            ..a
        };
        assert_eq!(counts_from(&model, &other), None);
    }
}
