//! The histogram of Events: of all that match, whatever the window over them and the part of the time that is looked at.

use orrery_view::{ListQuery, Millis, Pulse};

use crate::model::Model;
use crate::page::{Wanted, matches};

const MINUTE: Millis = 60_000;
/// A step and how many of them: an hour, as long as clusters keep Events by default, and longer where they do.
const SPANS: [(Millis, usize); 4] = [
    (MINUTE, 60),
    (10 * MINUTE, 36),
    (30 * MINUTE, 48),
    (240 * MINUTE, 42),
];

/// `None`: no Event matches.
pub fn pulse(model: &Model, query: &ListQuery, now: Millis) -> Option<Pulse> {
    let query = ListQuery {
        within: None,
        ..query.clone()
    };
    let wanted = Wanted::of(&query).ok()?;
    let events = model.events.rows().values();
    let events = events.filter(|facts| matches(*facts, &query, &wanted));
    count(events.map(|facts| (facts.row.last, facts.row.warning)), now)
}

fn count(events: impl Iterator<Item = (Millis, bool)>, now: Millis) -> Option<Pulse> {
    let events: Vec<_> = events.collect();
    let oldest = events.iter().map(|(at, _)| *at).min()?;
    let begin = |(step, n): (Millis, usize)| {
        let last = now - now.rem_euclid(step);
        last - step * (n as Millis - 1)
    };
    let holds = |span: &&(Millis, usize)| begin(**span) <= oldest;
    let span = SPANS.iter().find(holds).unwrap_or(&SPANS[SPANS.len() - 1]);
    let (from, (step, n)) = (begin(*span), *span);
    let mut steps = vec![(0, 0); n];
    for (at, warning) in events {
        // older than the longest axis: they are in the list
        if at < from {
            continue;
        }
        // a clock may be ahead of ours
        let place = ((at - from) / step).min(n as Millis - 1) as usize;
        match warning {
            true => steps[place].1 += 1,
            false => steps[place].0 += 1,
        }
    }
    Some(Pulse { from, step, steps })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Millis = 60 * MINUTE;

    #[test]
    fn the_axis_is_as_long_as_the_oldest_event_needs() {
        let now = 1_000 * HOUR + 30_000;
        for (age, step, steps) in [
            (0, MINUTE, 60),
            (59 * MINUTE, MINUTE, 60),
            (2 * HOUR, 10 * MINUTE, 36),
            (20 * HOUR, 30 * MINUTE, 48),
            (100 * HOUR, 4 * HOUR, 42),
            (900 * HOUR, 4 * HOUR, 42),
        ] {
            let pulse = count([(now - age, false)].into_iter(), now).expect("one");
            assert_eq!((pulse.step, pulse.steps.len()), (step, steps), "{age}");
            let end = pulse.from + step * steps as Millis;
            assert!(
                (end - step..end).contains(&now),
                "{age}: now is in the last"
            );
        }
        assert_eq!(count(std::iter::empty(), now), None);
    }

    #[test]
    fn each_event_is_counted_where_it_was_seen_last() {
        let now = 1_000 * HOUR + 30_000;
        let events = [
            (now, true),
            (now + 5 * MINUTE, false),
            (now - MINUTE, false),
            (now - MINUTE, true),
            (now - 59 * MINUTE, false),
        ];
        let pulse = count(events.into_iter(), now).expect("some");
        assert_eq!(pulse.steps[0], (1, 0));
        assert_eq!(pulse.steps[58..], [(1, 1), (1, 1)]);
        let all: u32 = pulse
            .steps
            .iter()
            .map(|(normal, warning)| normal + warning)
            .sum();
        assert_eq!(all, 5);
    }
}
