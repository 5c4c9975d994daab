//! The last runs of a CronJob as bars.

use orrery_view::{CronJobRow, Millis, NotRun, ObjectRef, Outcome, Run};

use super::object;
use crate::cell::{Bar, Cell};
use crate::lang::Lang;
use crate::timeline::{Zone, marks};
use crate::tone::State;
use crate::{address, format, tr};

/// The tallest bar of a strip, in its own units.
const TALLEST: u32 = 20;
/// A slot that did not run.
const GAP: u32 = 4;

/// Bars from a fifth to the whole height, by duration against the longest run shown.
pub fn strip(row: &CronJobRow, lang: Lang) -> Cell {
    let (runs, zone) = (&row.strip, Zone::named(row.time_zone.as_deref()));
    let me = object(row);
    let lasted = |run: &Run| Some((run.end? - run.start?).max(0));
    let longest = runs.iter().filter_map(lasted).max().unwrap_or(0).max(1);
    let bars = runs.iter().map(|run| {
        let gap = matches!(run.outcome, Outcome::Skipped | Outcome::Missed);
        let share = lasted(run).map_or(TALLEST, |ms| {
            let part = ms * i64::from(TALLEST) / longest;
            u32::try_from(part).unwrap_or(TALLEST).max(GAP)
        });
        let slot = unrun(run, row);
        Bar {
            tone: slot.map_or_else(|| run.outcome.tone(), State::tone),
            height: if gap { GAP } else { share },
            gap,
            manual: run.manual,
            label: label(run, row, zone, lang),
            href: match (&run.job, run.slot.or(run.start)) {
                (Some(job), _) => address::object(job),
                (None, Some(at)) => at_slot(&me, at),
                (None, None) => address::object(&me),
            },
        }
    });
    Cell::Strip {
        bars: bars.collect(),
        summary: summary(row, lang),
    }
}

/// The timeline of a CronJob around an instant: what has no Job is explained, or kept, there.
pub fn at_slot(cronjob: &ObjectRef, at: Millis) -> String {
    format!("{}?range=6h&to={at}", address::object(cronjob))
}

/// `Succeeded · 48 s · manual · Nov 23 14:05 KST`: what a bar says, in the time of the job's own zone.
fn label(run: &Run, row: &CronJobRow, zone: Zone, lang: Lang) -> String {
    let gap = unrun(run, row);
    let mut words = vec![word(run, row, lang)];
    if let (Some(start), Some(end)) = (run.start, run.end) {
        words.push(format::duration(end - start, lang));
    }
    if run.manual {
        words.push(tr!(lang, "run.manual"));
    }
    if let Some(at) = run.slot.or(run.start) {
        words.push(zone.full(at, lang));
    }
    words.extend(match (run.job.is_none(), gap, run.outcome) {
        (true, Some(gap), _) => Some(marks::why_not(gap, row, false, lang)),
        (true, None, Outcome::Skipped) => Some(tr!(lang, "policy.forbid")),
        (true, None, Outcome::Missed) => Some(tr!(lang, "run.missed_why")),
        _ => None,
    });
    words.join(" · ")
}

/// What is known of a slot of the strip that has no run.
fn unrun<'a>(run: &Run, row: &'a CronJobRow) -> Option<&'a NotRun> {
    let gap = matches!(run.outcome, Outcome::Skipped | Outcome::Missed);
    let mut gaps = row.gaps.iter().filter(|_| gap);
    gaps.find(|gap| Some(gap.slot) == run.slot)
}

fn word(run: &Run, row: &CronJobRow, lang: Lang) -> String {
    unrun(run, row).map_or_else(|| run.outcome.word(lang), |slot| slot.word(lang))
}

/// `18 Succeeded, 2 Failed`: what the whole strip says.
fn summary(row: &CronJobRow, lang: Lang) -> String {
    let order = [
        Outcome::Succeeded,
        Outcome::Failed,
        Outcome::Running,
        Outcome::Replaced,
        Outcome::Deleted,
        Outcome::Skipped,
        Outcome::Missed,
    ];
    let mut counts: Vec<(String, usize)> = Vec::new();
    for outcome in order {
        for run in row.strip.iter().filter(|run| run.outcome == outcome) {
            let word = word(run, row, lang);
            match counts.iter_mut().find(|(known, _)| *known == word) {
                Some((_, times)) => *times += 1,
                None => counts.push((word, 1)),
            }
        }
    }
    let part = |(word, times): &(String, usize)| match lang {
        Lang::En => format!("{times} {word}"),
        Lang::Ko => format!("{word} {times}"),
    };
    let parts = counts.iter().map(part);
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use orrery_view::{Kind, SlotWhy};

    use super::*;
    use crate::tone::Tone;

    #[test]
    fn only_slots_that_did_not_run_are_gaps() {
        let rows = [
            (
                "its Job is long deleted",
                Outcome::Succeeded,
                Some(0),
                false,
            ),
            ("stopped by the next", Outcome::Replaced, Some(0), false),
            ("held back", Outcome::Skipped, None, true),
            ("nobody knows why", Outcome::Missed, None, true),
        ];
        for (why, outcome, start, expected) in rows {
            let run = Run {
                job: None,
                slot: Some(0),
                start,
                end: start.map(|start| start + 60_000),
                outcome,
                manual: false,
            };
            let mut row = crate::tests::a_sample().cronjobs().remove(0);
            (row.strip, row.time_zone) = (vec![run], Some("Asia/Seoul".into()));
            let Cell::Strip { bars, .. } = strip(&row, Lang::En) else {
                panic!("a strip is a strip")
            };
            assert_eq!(bars[0].gap, expected, "{why}");
            assert!(!bars[0].href.is_empty(), "each bar leads somewhere: {why}");
            let label = &bars[0].label;
            assert!(label.contains("09:00 KST"), "in its own zone: {label}");
            if outcome == Outcome::Skipped {
                assert!(label.contains("a run is active"), "{label}");
            }
        }
    }

    #[test]
    fn a_bar_is_as_high_as_its_run_was_long_and_says_how_it_ended_and_who_asked() {
        let run = |minutes: i64, outcome, manual: bool| Run {
            job: Some(ObjectRef {
                kind: Kind::Job,
                namespace: "data".into(),
                name: format!("etl-{minutes}"),
            }),
            slot: (!manual).then_some(0),
            start: Some(0),
            end: Some(minutes * 60_000),
            outcome,
            manual,
        };
        let mut row = crate::tests::a_sample().cronjobs().remove(0);
        row.strip = vec![
            run(20, Outcome::Succeeded, false),
            run(10, Outcome::Failed, false),
            run(1, Outcome::Succeeded, true),
            Run {
                slot: Some(7_000),
                outcome: Outcome::Missed,
                ..Run::default()
            },
        ];
        let me = address::object(&object(&row));
        let missed = format!("{me}?range=6h&to=7000");
        let Cell::Strip { bars, summary } = strip(&row, Lang::En) else {
            panic!("a strip is a strip")
        };
        let drawn: Vec<_> = bars
            .iter()
            .map(|bar| (bar.height, bar.tone, bar.manual, bar.href.as_str()))
            .collect();
        let expected = [
            (20, Tone::Ok, false, "/jobs/data/etl-20"),
            (10, Tone::Bad, false, "/jobs/data/etl-10"),
            (GAP, Tone::Ok, true, "/jobs/data/etl-1"),
            (GAP, Outcome::Missed.tone(), false, missed.as_str()),
        ];
        assert_eq!(drawn, expected);
        assert_eq!(summary, "2 Succeeded, 1 Failed, 1 Missed");
        let Cell::Strip { summary, .. } = strip(&row, Lang::Ko) else {
            panic!("a strip is a strip")
        };
        assert!(summary.starts_with("성공 2, "), "{summary}");
        assert!(bars[2].label.contains("manual"), "{}", bars[2].label);
        let html = crate::paint::html(&strip(&row, Lang::En), Lang::En);
        for class in ["b ok h20\"", "b bad h10\"", "b ok h4 man\""] {
            assert!(html.contains(class), "{class} in {html}");
        }
    }

    #[test]
    fn a_gap_says_its_own_reason() {
        let mut row = crate::tests::a_sample().cronjobs().remove(0);
        let run = |slot| Run {
            slot: Some(slot),
            outcome: Outcome::Missed,
            ..Run::default()
        };
        row.strip = vec![run(0), run(60_000)];
        row.gaps = vec![NotRun {
            slot: 60_000,
            outcome: Outcome::Missed,
            why: SlotWhy::PastDeadline { secs: 30 },
        }];
        for (lang, words) in [
            (Lang::En, "startingDeadlineSeconds"),
            (Lang::Ko, "startingDeadlineSeconds"),
        ] {
            let Cell::Strip { bars, .. } = strip(&row, lang) else {
                panic!("a strip is a strip")
            };
            let (unknown, known) = (&bars[0].label, &bars[1].label);
            assert!(known.contains(words) && !unknown.contains(words), "{known}");
        }
    }

    #[test]
    fn a_slot_that_waits_is_not_called_skipped() {
        let mut row = crate::tests::a_sample().cronjobs().remove(0);
        let run = |slot| Run {
            slot: Some(slot),
            outcome: Outcome::Skipped,
            ..Run::default()
        };
        row.strip = vec![run(0), run(60_000)];
        row.gaps = vec![NotRun {
            slot: 60_000,
            outcome: Outcome::Skipped,
            why: SlotWhy::Waits { by: object(&row) },
        }];
        let Cell::Strip { bars, summary } = strip(&row, Lang::En) else {
            panic!("a strip is a strip")
        };
        assert_eq!(summary, "1 Skipped, 1 Waiting");
        assert!(bars[1].label.starts_with("Waiting · "), "{}", bars[1].label);
        assert_eq!(bars[1].tone, Tone::Off);
    }
}
