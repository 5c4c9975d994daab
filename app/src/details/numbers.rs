//! The few numbers of a CronJob: how often it succeeds, how long it takes, how late it starts, what runs now.

use leptos::prelude::use_context;
use orrery_view::{
    CronJobDetail, CronJobRow, FEWEST_FOR_USUAL, Millis, Outcome, Run, STATS_MILLIS,
};

use super::Stat;
use crate::cell::Cell;
use crate::format::{self, exact, percent};
use crate::lang::Lang;
use crate::lists::cronjob as row;
use crate::timeline::Zone;
use crate::tr;
use crate::ui::Here;

pub fn stats(detail: &CronJobDetail, lang: Lang) -> Vec<Stat> {
    let it = &detail.row;
    vec![
        success(detail, lang),
        duration(detail, lang),
        latency(detail, lang),
        running(detail, lang),
        Stat::new(tr!(lang, "col.next"), row::next(it, lang)),
        Stat::new(tr!(lang, "col.runs"), row::strip(it, lang)),
    ]
}

/// Of the last 30 days by the ledger; of the strip before the ledger has heard of an end.
fn success(detail: &CronJobDetail, lang: Lang) -> Stat {
    let ended: Vec<&Run> = detail
        .row
        .strip
        .iter()
        .filter(|run| is_result(run))
        .collect();
    let good = ended
        .iter()
        .filter(|run| run.outcome == Outcome::Succeeded)
        .count();
    let stats = &detail.stats;
    let (good, all) = match (stats.succeeded + stats.failed) as usize {
        0 => (good, ended.len()),
        all => (stats.succeeded as usize, all),
    };
    let (text, sub) = match all {
        0 => {
            let replaced = detail.row.latest(Outcome::Replaced);
            let why = match replaced {
                0 => tr!(lang, "state.not_run_yet"),
                n => tr!(lang, "number.all_replaced", n = format::number(n)),
            };
            ("—".into(), why)
        }
        all => (
            percent(good, all),
            format!(
                "{} · {}",
                tr!(
                    lang,
                    "number.of_runs",
                    n = format::number(good),
                    all = format::number(all)
                ),
                since(detail, lang)
            ),
        ),
    };
    Stat::new(tr!(lang, "number.success"), Cell::Text { text, sub })
}

/// Of how long the figures are: 30 days, or less where less is known.
fn since(detail: &CronJobDetail, lang: Lang) -> String {
    let now = use_context::<Here>().map_or(0, |here| here.shell.now);
    let known = detail.stats.known_since;
    match known > now - STATS_MILLIS && known > 0 {
        true => {
            let zone = Zone::named(detail.row.time_zone.as_deref());
            tr!(lang, "number.since", at = zone.full(known, lang))
        }
        false => tr!(lang, "number.days", n = 30),
    }
}

fn is_result(run: &Run) -> bool {
    matches!(run.outcome, Outcome::Succeeded | Outcome::Failed)
}

fn duration(detail: &CronJobDetail, lang: Lang) -> Stat {
    let (stats, lasted) = (&detail.stats, lasted(&detail.row));
    Stat::new(
        tr!(lang, "number.duration"),
        spread(
            stats.duration_median.or(rank(&lasted, 50)),
            stats.duration_p95.or(rank(&lasted, 95)),
            lang,
        ),
    )
}

fn latency(detail: &CronJobDetail, lang: Lang) -> Stat {
    let late = |run: &Run| Some((run.start? - run.slot.filter(|_| !run.manual)?).max(0));
    let mut late: Vec<Millis> = detail.row.strip.iter().filter_map(late).collect();
    late.sort_unstable();
    let stats = &detail.stats;
    Stat::new(
        tr!(lang, "number.latency"),
        spread(
            stats.latency_median.or(rank(&late, 50)),
            stats.latency_p95.or(rank(&late, 95)),
            lang,
        ),
    )
}

fn spread(median: Option<Millis>, most: Option<Millis>, lang: Lang) -> Cell {
    match (median, most) {
        (Some(median), Some(most)) => Cell::Text {
            text: exact(median, lang),
            sub: tr!(lang, "number.p95", t = exact(most, lang)),
        },
        _ => Cell::text("—"),
    }
}

/// The oldest run that is not over, against what runs usually take.
fn running(detail: &CronJobDetail, lang: Lang) -> Stat {
    let it = &detail.row;
    let now = it
        .strip
        .iter()
        .filter(|run| run.outcome == Outcome::Running);
    let cell = match now.filter_map(|run| run.start).min() {
        None => Cell::Text {
            text: "—".into(),
            sub: tr!(lang, "number.idle"),
        },
        Some(start) => Cell::Under {
            cell: Box::new(Cell::Lasting {
                start: Some(start),
                end: None,
            }),
            under: Box::new(match usual(detail) {
                Some(usual) => Cell::Times {
                    start,
                    usual: usual.max(1),
                },
                None => Cell::text(tr!(lang, "number.active", n = format::number(it.active))),
            }),
        },
    };
    Stat::new(tr!(lang, "number.running"), cell)
}

/// What a run is compared with: the median, once enough have succeeded.
fn usual(detail: &CronJobDetail) -> Option<Millis> {
    let enough = lasted(&detail.row).len() >= FEWEST_FOR_USUAL as usize;
    let here = || median(detail).filter(|_| enough);
    detail.stats.usual().or_else(here)
}

/// How long a run takes in the middle, by those that succeeded.
pub fn median(detail: &CronJobDetail) -> Option<Millis> {
    let known = detail.stats.duration_median;
    known.or(rank(&lasted(&detail.row), 50))
}

/// How long the runs that succeeded took, the shortest first: what failed or was stopped says nothing of how long it
/// takes.
fn lasted(it: &CronJobRow) -> Vec<Millis> {
    let good = it
        .strip
        .iter()
        .filter(|run| run.outcome == Outcome::Succeeded);
    let mut lasted: Vec<Millis> = good
        .filter_map(|run| Some((run.end? - run.start?).max(0)))
        .collect();
    lasted.sort_unstable();
    lasted
}

/// The nearest-rank percentile of what is sorted.
fn rank(sorted: &[Millis], percent: usize) -> Option<Millis> {
    let place = (sorted.len() * percent).div_ceil(100);
    sorted.get(place.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let hundred: Vec<Millis> = (1..=100).collect();
        for (sorted, percent, expected) in [
            (&hundred[..], 50, Some(50)),
            (&hundred[..], 95, Some(95)),
            (&[7][..], 95, Some(7)),
            (&[3, 4][..], 50, Some(3)),
            (&[][..], 50, None),
        ] {
            assert_eq!(rank(sorted, percent), expected);
        }
    }
}
