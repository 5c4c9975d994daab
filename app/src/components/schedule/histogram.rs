//! How much starts when, as bars over the axis of all lanes.

use std::fmt::Write;

use orrery_view::{LOAD_STEP_MILLIS, Load, Millis};

use super::place;
use crate::lang::Lang;
use crate::paint::{AXIS_HOURS, Esc, Saying};
use crate::timeline::Zone;
use crate::{format, tr};

const TALL: u32 = 96;
/// Between the lines of the axis.
const GRID_MILLIS: Millis = AXIS_HOURS as Millis * 3_600_000;
const DAY_MILLIS: Millis = 24 * 3_600_000;

/// A bar for the most crowded minute of each quarter of an hour; the table of crowds says the tallest in words.
pub fn histogram(load: &Load, lang: Lang) -> String {
    let (most, bottom) = (
        load.steps.iter().max().copied().unwrap_or(0).max(1),
        TALL + 18,
    );
    // Writing to a string does not fail.
    let mut out = String::new();
    let _ = write!(
        out,
        r#"<svg class="tl" width="100%" height="{}" aria-hidden="true" data-from="{}" data-to="{}">"#,
        bottom + 26,
        load.from,
        load.to
    );
    grid(&mut out, load, bottom);
    hours(&mut out, load, bottom + 17, lang);
    // what is behind may be empty, when the schedules are new
    let ahead = ((load.now - load.from) / LOAD_STEP_MILLIS).max(0) as usize;
    let usual = usual(load.steps.get(ahead..).unwrap_or_default());
    for (at, count) in (load.from..)
        .step_by(LOAD_STEP_MILLIS as usize)
        .zip(&load.steps)
        .filter(|(_, count)| **count > 0)
    {
        // The square root: one lone start is still seen beside a crowd.
        let share = (f64::from(*count) / f64::from(most)).sqrt();
        let tall = (share * f64::from(TALL)).max(2.0);
        let class = match at < load.now {
            true => "past",
            false if is_peak(*count, most, usual) => "peak",
            false => "ahead",
        };
        let _ = write!(
            out,
            r#"<rect class="q {class}" x="{:.3}%" y="{:.1}" width="0.44%" height="{tall:.1}" rx="1"><title>{} · {}</title></rect>"#,
            place(load, at),
            f64::from(bottom) - tall,
            Esc(&format::near_utc(at)),
            tr!(lang, "schedule.starts_at_most", n = format::number(count))
        );
    }
    let _ = write!(
        out,
        r#"<text class="lane" x="4" y="12">{}</text>"#,
        tr!(lang, "schedule.top", n = format::number(most))
    );
    now(&mut out, load, bottom, &tr!(lang, "time.now"));
    out.push_str("</svg>");
    out
}

/// What half of the quarters do not exceed: starts of every minute are no peak.
fn usual(steps: &[u32]) -> u32 {
    let mut sorted = steps.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or(0)
}

/// Far above what is usual, and among the highest.
fn is_peak(count: u32, most: u32, usual: u32) -> bool {
    count * 2 > most && count >= usual * 2 && count > usual + 4
}

/// Where the axis has lines.
fn marked(load: &Load) -> impl Iterator<Item = Millis> {
    let first = load.from + GRID_MILLIS - load.from.rem_euclid(GRID_MILLIS);
    (first..load.to).step_by(GRID_MILLIS as usize)
}

/// The lines of the axis, which each lane has behind it as well.
fn grid(out: &mut String, load: &Load, bottom: u32) {
    let mut lines = String::new();
    for at in marked(load) {
        let x = place(load, at);
        let _ = write!(lines, r#"<line x1="{x:.3}%" x2="{x:.3}%" y2="100%"/>"#);
    }
    let _ = write!(
        out,
        r##"<defs><g id="hours">{lines}</g></defs><svg y="16" height="{}"><use href="#hours"/></svg>"##,
        bottom - 16
    );
}

/// The words of the lines.
fn hours(out: &mut String, load: &Load, y: u32, lang: Lang) {
    for at in marked(load) {
        let x = place(load, at);
        if (2.0..=98.0).contains(&x) {
            // the browser does the same by the reader's clock
            let (class, word) = match at.rem_euclid(DAY_MILLIS) / GRID_MILLIS {
                0 => (" day", Zone::named(None).day(at, lang)),
                4 => ("", format::near_utc(at)[6..11].into()),
                _ => (" odd", format::near_utc(at)[6..11].into()),
            };
            let _ = write!(
                out,
                r#"<text class="tick{class}" x="{x:.3}%" y="{y}" data-at="{at}" data-say="{}">{word}</text>"#,
                Saying::Hour.code(),
            );
        }
    }
}

/// The hours above the lanes, which are narrower than the picture of the load.
pub fn axis(load: &Load, lang: Lang) -> String {
    let mut out = r#"<svg class="tl" width="100%" height="20" aria-hidden="true">"#.to_owned();
    hours(&mut out, load, 14, lang);
    out.push_str("</svg>");
    out
}

fn now(out: &mut String, load: &Load, bottom: u32, word: &str) {
    let _ = write!(
        out,
        r#"<svg class="now" data-now="" x="{:.3}%" overflow="visible"><line y1="0" y2="{bottom}"/><text x="6" y="11">{}</text></svg>"#,
        place(load, load.now),
        Esc(word)
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_out_is_a_peak() {
        let minutely = vec![1; 192];
        let mut midnight = minutely.clone();
        midnight[96] = 38;
        let peaks = |steps: &[u32]| {
            let (most, usual) = (steps.iter().max().copied().unwrap_or(0), usual(steps));
            steps.iter().filter(|n| is_peak(**n, most, usual)).count()
        };
        assert_eq!(peaks(&minutely), 0, "a job of every minute makes none");
        assert_eq!(peaks(&midnight), 1);
        let mut quiet = vec![0; 192];
        quiet[0] = 2;
        assert_eq!(peaks(&quiet), 0, "two starts are no crowd");
        quiet[0] = 37;
        assert_eq!(peaks(&quiet), 1);
    }
}
