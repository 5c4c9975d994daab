//! The histogram of Events: a bar for each step in which some were seen last, warnings on top. A bar leads to its
//! Events. Sixty stops would be too many for the Tab key, so the bars are none: the same is a list, which opens.

use std::fmt::Write;

use orrery_view::{ListQuery, Millis, Pulse};

use crate::cell::Cell;
use crate::lang::Lang;
use crate::paint::Esc;
use crate::{address, format, paint, tr};

const TALL: f64 = 56.0;
/// The least that is seen of a lone Event beside hundreds.
const LEAST: f64 = 3.0;

/// HTML of our own: the picture, what of it is looked at, and the same in words.
pub fn pulse(pulse: &Pulse, query: &ListQuery, lang: Lang) -> String {
    // Writing to a string does not fail.
    let mut out = String::from(r#"<div class="tl-box">"#);
    picture(&mut out, pulse, query, lang);
    out.push_str("</div>");
    chosen(&mut out, query, lang);
    told(&mut out, pulse, query, lang);
    out
}

/// The list of those that were seen last within.
fn within(query: &ListQuery, within: Option<(Millis, Millis)>) -> String {
    address::of(&ListQuery {
        within,
        offset: 0,
        ..query.clone()
    })
}

/// Steps in which there is something, oldest first: when they begin, and their Events.
fn some(pulse: &Pulse) -> impl DoubleEndedIterator<Item = (usize, Millis, (u32, u32))> {
    let at = move |n: usize| pulse.from + pulse.step * Millis::try_from(n).unwrap_or(Millis::MAX);
    let steps = pulse.steps.iter().enumerate();
    let steps = steps.map(move |(n, count)| (n, at(n), *count));
    steps.filter(|(_, _, (normal, warnings))| normal + warnings > 0)
}

fn picture(out: &mut String, pulse: &Pulse, query: &ListQuery, lang: Lang) {
    let most = pulse
        .steps
        .iter()
        .map(|(normal, warnings)| normal + warnings);
    let most = f64::from(most.max().unwrap_or(0).max(1));
    let wide = 100.0 / pulse.steps.len().max(1) as f64;
    let tall = |count: u32| match count {
        0 => 0.0,
        count => (f64::from(count) / most * TALL).max(LEAST),
    };
    let _ = write!(
        out,
        r#"<svg class="tl" width="100%" height="{}" aria-hidden="true"><line class="grid" x1="0" x2="100%" y1="{TALL}" y2="{TALL}"/>"#,
        TALL + 20.0
    );
    for (n, at, (normal, warnings)) in some(pulse) {
        let (low, high) = (tall(normal), tall(warnings));
        let (x, top) = (wide * n as f64, (TALL - low - high).max(0.0));
        let class = match query.within {
            Some((from, to)) if !(from..to).contains(&at) => "other",
            _ => "",
        };
        let href = within(query, Some((at, at + pulse.step)));
        let _ = write!(
            out,
            r#"<a class="{class}" href="{}" tabindex="-1" data-step=""><title>{} · {}</title><rect class="all" x="{x:.2}%" y="0" width="{wide:.2}%" height="{TALL}"/>"#,
            Esc(&href),
            Esc(&format::near_utc(at)),
            Esc(&tr!(
                lang,
                "pulse.bar",
                normal = normal,
                warnings = warnings
            )),
        );
        let (x, wide) = (x + wide * 0.1, wide * 0.8);
        for (class, y, height) in [("m", TALL - low, low), ("m warn", top, TALL - low - top)] {
            if height > 0.0 {
                let _ = write!(
                    out,
                    r#"<rect class="{class}" x="{x:.2}%" y="{y:.1}" width="{wide:.2}%" height="{height:.1}"/>"#
                );
            }
        }
        out.push_str("</a>");
    }
    // of the axis, whose end is now: a minute that has begun is told as one, and nothing of it moves under the bars
    let long = pulse.step * Millis::try_from(pulse.steps.len()).unwrap_or(0);
    for (class, x, back) in [("a0", 0, long), ("a1", 50, long / 2)] {
        let _ = write!(
            out,
            r#"<text class="tick {class}" x="{x}%" y="{}">{}</text>"#,
            TALL + 15.0,
            format::ago(0, back, lang)
        );
    }
    let _ = write!(
        out,
        r#"<text class="tick a2" x="100%" y="{}">{}</text></svg>"#,
        TALL + 15.0,
        tr!(lang, "time.now")
    );
}

/// What part of the time is looked at, and the way to all of it.
pub fn chosen(out: &mut String, query: &ListQuery, lang: Lang) {
    if let Some((from, to)) = query.within {
        let date = |at| paint::html(&Cell::Date(at), lang);
        let _ = write!(
            out,
            r#"<p class="within">{} – {} <a class="chip" href="{}" data-step="">{}</a></p>"#,
            date(from),
            date(to),
            Esc(&within(query, None)),
            tr!(lang, "pulse.all")
        );
    }
}

/// No table: the keys j and k walk the rows of those, and this is mostly closed.
fn told(out: &mut String, pulse: &Pulse, query: &ListQuery, lang: Lang) {
    let _ = write!(
        out,
        "<details><summary>{}</summary><ol>",
        tr!(lang, "pulse.told")
    );
    for (_, at, (normal, warnings)) in some(pulse).rev() {
        let _ = write!(
            out,
            r#"<li><a class="link" href="{}" data-step="">{}</a><span>{}</span></li>"#,
            Esc(&within(query, Some((at, at + pulse.step)))),
            paint::html(&Cell::Date(at), lang),
            Esc(&tr!(
                lang,
                "pulse.bar",
                normal = normal,
                warnings = warnings
            ))
        );
    }
    out.push_str("</ol></details>");
}

#[cfg(test)]
mod tests {
    use orrery_view::Kind;

    use super::*;

    fn drawn(within: Option<(Millis, Millis)>) -> String {
        let shown = Pulse {
            from: 600_000,
            step: 60_000,
            steps: vec![(0, 0), (3, 1), (0, 0), (0, 2)],
        };
        let query = ListQuery {
            text: "kind:job".into(),
            within,
            ..ListQuery::of(Kind::Event)
        };
        pulse(&shown, &query, Lang::En)
    }

    #[test]
    fn a_bar_for_each_step_with_events_leads_to_them_and_is_told_in_words() {
        let html = drawn(None);
        for (words, times) in [
            ("tabindex=\"-1\"", 2),
            ("seen=660000-720000", 2),
            ("seen=780000-840000", 2),
            ("kind%3Ajob", 4),
            ("<rect class=\"m\"", 1),
            ("<rect class=\"m warn\"", 2),
            ("normal: 3, warnings: 1<", 2),
            ("normal: 0, warnings: 2<", 2),
        ] {
            assert_eq!(html.matches(words).count(), times, "{words} in {html}");
        }
        assert!(!html.contains("class=\"within\""), "{html}");
        let tall = 56.0 * 3.0 / 4.0;
        assert!(html.contains(&format!("height=\"{tall:.1}\"")), "{html}");
    }

    #[test]
    fn the_axis_is_as_long_as_its_steps_and_ends_now() {
        let shown = Pulse {
            from: 30_000,
            step: 60_000,
            steps: vec![(1, 0); 60],
        };
        let query = ListQuery::of(Kind::Event);
        for (lang, words) in [
            (Lang::En, [">1 h ago<", ">30 m ago<", ">now<"]),
            (Lang::Ko, [">1시간 전<", ">30분 전<", ">지금<"]),
        ] {
            let html = pulse(&shown, &query, lang);
            for words in words {
                assert!(html.contains(words), "{words} in {html}");
            }
        }
    }

    #[test]
    fn the_part_that_is_looked_at_is_told_with_the_way_to_all() {
        let html = drawn(Some((660_000, 720_000)));
        assert_eq!(html.matches("class=\"other\"").count(), 1, "{html}");
        let all = r#"<a class="chip" href="/events?q=kind%3Ajob" data-step="">"#;
        assert!(
            html.contains("class=\"within\"") && html.contains(all),
            "{html}"
        );
    }
}
