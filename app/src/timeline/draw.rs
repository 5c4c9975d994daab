//! The timeline as SVG, with the same as a table for those who hear the page.
//!
//! Places are in hundredths of the width, so that nothing but its width depends on the screen, and text stays text.
//! The policy of the page allows no inline styles: colours are classes of `style/timeline.css`.

use std::fmt::{self, Write};

use leptos::prelude::*;
use orrery_view::{CronJobDetail, MOST_UPCOMING, Millis, ObjectRef};

use super::axis::{self, Zone};
use super::marks::{self, Lane, Mark, Shape};
use super::pack::{self, Placed};
use super::span::{self, Range, Span, Window};
use super::table::table;
use crate::lang::Lang;
use crate::paint::Esc;
use crate::ui::Here;
use crate::{address, format, tr};

/// Of a lane's row, and of the axis below.
const ROW: usize = 18;
const LANE_GAP: usize = 12;
const AXIS: usize = 26;
const TOP: usize = 20;

/// Everything under the heading "Timeline".
pub fn timeline(detail: &CronJobDetail, object: &ObjectRef, span: Span, lang: Lang) -> AnyView {
    let now = Here::now().shell.now;
    let zone = Zone::named(detail.row.time_zone.as_deref());
    let between = detail.upcoming.first().zip(detail.upcoming.get(1));
    let window = Window::new(span, span::usual(between.map(|(a, b)| b - a)), now);
    let marks = marks::marks(detail, now, lang);
    let picture = svg(detail, &marks, &window, zone, now, lang);
    let title = tr!(lang, "timeline.title");
    view! {
        <section class="card part timeline" data-k="timeline">
            <div class="part-head">
                <h3>{title}<span class="sub">{tr!(lang, "timeline.zone", zone = zone.name())}</span></h3>
                {zoom(object, &window, now, lang)}
            </div>
            <div class="tl-box" inner_html=picture></div>
            {legend(lang)}
            {table(&marks, &window, zone, lang)}
        </section>
    }
    .into_any()
}

/// Addresses, so that they can be shared and reached by keyboard; each is shown in place, where the reader has scrolled
/// to. `+`, `-` and the arrows press them.
fn zoom(object: &ObjectRef, window: &Window, now: Millis, lang: Lang) -> AnyView {
    let href = address::object(object);
    let to = window
        .held
        .map(|to| format!("&to={to}"))
        .unwrap_or_default();
    let ranges = Range::ALL.map(|range| {
        let href = format!("{href}?range={}{to}", range.code());
        let current = (range == window.range).then_some("true");
        // What `+` and `-` press.
        let zoom_in = (Some(range) == window.range.beside(-1)).then_some("");
        let zoom_out = (Some(range) == window.range.beside(1)).then_some("");
        view! {
            <a href=href data-swap="" aria-current=current data-in=zoom_in data-out=zoom_out>{range.word(lang)}</a>
        }
    });
    let back = format!("{href}{}", window.moved(-1, now));
    let on = format!("{href}{}", window.moved(1, now));
    view! {
        <nav class="seg" data-zoom="" aria-label=tr!(lang, "timeline.zoom")>
            <a href=back data-swap="" data-back="" aria-label=tr!(lang, "timeline.earlier")>"‹"</a>
            {ranges.into_iter().collect_view()}
            <a href=on data-swap="" data-on="" aria-label=tr!(lang, "timeline.later")>"›"</a>
        </nav>
    }
    .into_any()
}

fn legend(lang: Lang) -> AnyView {
    let words = [
        ("ok", tr!(lang, "state.succeeded")),
        ("bad", tr!(lang, "state.failed")),
        ("run", tr!(lang, "state.running")),
        ("warn cut", tr!(lang, "state.replaced")),
        ("ok man", tr!(lang, "timeline.manual")),
        ("lag", tr!(lang, "timeline.late_start")),
        ("gap", tr!(lang, "state.skipped")),
        ("miss", tr!(lang, "state.missed")),
        ("rest", tr!(lang, "timeline.rests")),
        ("ghost", tr!(lang, "timeline.predicted")),
    ];
    let word = |(class, word): (&str, String)| {
        view! { <li><i class=format!("key {class}") aria-hidden="true"></i>{word}</li> }
    };
    view! { <ul class="legend">{words.map(word).into_iter().collect_view()}</ul> }.into_any()
}

/// The picture. It is hidden from those who hear the page: the table says it.
fn svg(
    detail: &CronJobDetail,
    marks: &[Mark],
    window: &Window,
    zone: Zone,
    now: Millis,
    lang: Lang,
) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = paint(&mut out, detail, marks, window, (zone, now), lang);
    out
}

fn paint(
    out: &mut String,
    detail: &CronJobDetail,
    marks: &[Mark],
    window: &Window,
    (zone, now): (Zone, Millis),
    lang: Lang,
) -> fmt::Result {
    let lanes = [
        (Lane::Scheduled, tr!(lang, "timeline.scheduled")),
        (Lane::Manual, tr!(lang, "timeline.manual")),
        (Lane::NotRun, tr!(lang, "timeline.not_run")),
    ];
    let lanes = lanes.map(|(lane, name)| {
        let own: Vec<&Mark> = marks.iter().filter(|mark| mark.lane == lane).collect();
        let placed = pack::pack(&own, window);
        let rows = placed.iter().map(|each| each.row + 1).max().unwrap_or(1);
        (name, placed, rows)
    });
    let rows: usize = lanes.iter().map(|(_, _, rows)| rows).sum();
    let bottom = TOP + rows * ROW + lanes.len() * LANE_GAP;
    let height = bottom + AXIS;
    write!(
        out,
        r#"<svg class="tl" width="100%" height="{height}" aria-hidden="true" data-from="{}" data-to="{}">"#,
        window.from, window.to
    )?;
    grid(out, window, zone, bottom, lang)?;
    let mut y = TOP;
    for (name, placed, rows) in &lanes {
        write!(
            out,
            r#"<text class="lane" x="6" y="{}">{}</text>"#,
            y - 3,
            Esc(name)
        )?;
        for each in placed {
            mark(out, each, window, y + each.row * ROW, zone, lang)?;
        }
        y += rows * ROW + LANE_GAP;
    }
    known_since(out, detail, window, bottom, lang)?;
    told_until(out, detail, window, bottom, lang)?;
    let at = window.place(now);
    if (0.0..=100.0).contains(&at) {
        let anchor = if at > 90.0 { "end" } else { "start" };
        write!(
            out,
            r#"<svg class="now" data-now="" x="{at:.3}%" overflow="visible"><line y1="2" y2="{bottom}"/><text x="{}" y="12" text-anchor="{anchor}">{} {}</text></svg>"#,
            if anchor == "end" { -6 } else { 6 },
            tr!(lang, "time.now"),
            &zone.clock(now)[..5]
        )?;
    }
    out.push_str("</svg>");
    Ok(())
}

/// Slots beyond those that are told are not drawn, which would look as if there were none.
fn told_until(
    out: &mut String,
    detail: &CronJobDetail,
    window: &Window,
    bottom: usize,
    lang: Lang,
) -> fmt::Result {
    let full = detail.upcoming.len() >= MOST_UPCOMING;
    let Some(last) = detail.upcoming.last().filter(|_| full) else {
        return Ok(());
    };
    let x = window.place(*last);
    if !(0.0..99.0).contains(&x) {
        return Ok(());
    }
    let words = tr!(lang, "timeline.told", n = MOST_UPCOMING);
    bound(out, x, bottom, &words)
}

/// Runs from before that are not all known, which would look as if there had been none.
fn known_since(
    out: &mut String,
    detail: &CronJobDetail,
    window: &Window,
    bottom: usize,
    lang: Lang,
) -> fmt::Result {
    let known = detail.stats.known_since;
    let x = window.place(known);
    if known <= detail.row.head.created || !(1.0..=100.0).contains(&x) {
        return Ok(());
    }
    bound(out, x, bottom, &tr!(lang, "timeline.known"))
}

/// A line where what is told begins or ends.
fn bound(out: &mut String, x: f64, bottom: usize, words: &str) -> fmt::Result {
    let (anchor, dx) = if x > 70.0 { ("end", -6) } else { ("start", 6) };
    write!(
        out,
        r#"<line class="told" x1="{x:.3}%" x2="{x:.3}%" y1="{TOP}" y2="{bottom}"/><text class="lane" x="{x:.3}%" dx="{dx}" y="{}" text-anchor="{anchor}">{}</text>"#,
        TOP + 12,
        Esc(words)
    )
}

fn grid(out: &mut String, window: &Window, zone: Zone, bottom: usize, lang: Lang) -> fmt::Result {
    for (n, tick) in axis::ticks(window.from, window.to, zone, lang)
        .iter()
        .enumerate()
    {
        let x = window.place(tick.at);
        let day = if tick.day { " day" } else { "" };
        write!(
            out,
            r#"<line class="grid{day}" x1="{x:.3}%" x2="{x:.3}%" y1="{TOP}" y2="{bottom}"/>"#
        )?;
        // Labels at the edges would be cut off; every other one goes where the screen is narrow.
        if (2.5..=97.5).contains(&x) {
            let odd = if n % 2 == 1 { " odd" } else { "" };
            write!(
                out,
                r#"<text class="tick{day}{odd}" x="{x:.3}%" y="{}">{}</text>"#,
                bottom + 17,
                Esc(&tick.label)
            )?;
        }
    }
    Ok(())
}

fn mark(
    out: &mut String,
    placed: &Placed,
    window: &Window,
    y: usize,
    zone: Zone,
    lang: Lang,
) -> fmt::Result {
    let Placed { x, width, mark, .. } = placed;
    let (tone, shape) = (mark.tone.class(), shape(mark.shape));
    let manual = if mark.lane == Lane::Manual {
        " man"
    } else {
        ""
    };
    out.write_str(r#"<a tabindex="-1""#)?;
    if !mark.href.is_empty() {
        write!(out, r#" href="{}""#, Esc(&mark.href))?;
    }
    write!(
        out,
        "><title>{}</title>",
        Esc(&said(mark, placed.count, zone, lang))
    )?;
    if let Some(slot) = mark.slot.filter(|_| placed.count == 1) {
        let from = window.place(slot).max(0.0);
        let mid = y + ROW / 2 - 1;
        write!(
            out,
            r#"<line class="lag" x1="{from:.3}%" x2="{x:.3}%" y1="{mid}" y2="{mid}"/>"#
        )?;
    }
    match mark.shape {
        Shape::Gap => write!(
            out,
            r#"<circle class="m gap {tone}" cx="{:.3}%" cy="{}" r="4.5"/>"#,
            x + width / 2.0,
            y + 7
        )?,
        Shape::Miss | Shape::Rest => write!(
            out,
            r#"<svg x="{:.3}%" y="{}" overflow="visible"><path class="m {shape} {tone}" d="{}"/></svg>"#,
            x + width / 2.0,
            y + 7,
            // a cross, and two bars as on a button that pauses
            match mark.shape {
                Shape::Miss => "M-4-4 4 4M4-4-4 4",
                _ => "M-2.5-4V4M2.5-4V4",
            }
        )?,
        _ => write!(
            out,
            r#"<rect class="m {shape} {tone}{manual}" x="{x:.3}%" y="{y}" width="{width:.3}%" height="{}" rx="3"{}/>"#,
            ROW - 4,
            if placed.grows { " data-grow=\"\"" } else { "" }
        )?,
    }
    out.write_str("</a>")
}

pub(super) fn shape(shape: Shape) -> &'static str {
    match shape {
        Shape::Bar => "bar",
        Shape::Cut => "cut",
        Shape::Open => "open",
        Shape::Gap => "gap",
        Shape::Miss => "miss",
        Shape::Rest => "rest",
        Shape::Ghost => "ghost",
    }
}

/// `Succeeded · Nov 23 14:05 KST · 48 s`: what one reads on pointing at it.
fn said(mark: &Mark, count: usize, zone: Zone, lang: Lang) -> String {
    let mut words = vec![mark.word.clone(), zone.full(mark.from, lang)];
    if !mark.why.is_empty() {
        words.push(mark.why.clone());
    }
    if count > 1 {
        words.push(tr!(lang, "timeline.count", n = format::number(count)));
    }
    words.join(" · ")
}

#[cfg(test)]
mod tests {
    use orrery_view::{NotRun, Outcome, SlotWhy};

    use super::*;
    use crate::tests::details::a_cronjob;

    #[test]
    fn slots_that_were_skipped_or_missed_or_not_to_run_have_each_a_shape() {
        let now = 1_795_478_400_000;
        let mut detail = a_cronjob();
        let window = Window::new(Span::default(), Range::Day, now);
        for (outcome, why, drawn) in [
            (Outcome::Skipped, SlotWhy::Unknown, "m gap warn"),
            (Outcome::Missed, SlotWhy::Unknown, "m miss off"),
            (Outcome::Missed, SlotWhy::Suspended, "m rest off"),
        ] {
            detail.not_run = vec![NotRun {
                slot: now - 60_000,
                outcome,
                why,
            }];
            let marks = marks::marks(&detail, now, Lang::En);
            let svg = svg(&detail, &marks, &window, Zone::named(None), now, Lang::En);
            for shape in ["m gap warn", "m miss off", "m rest off"] {
                assert_eq!(svg.contains(shape), shape == drawn, "{shape} in {svg}");
            }
        }
    }

    #[test]
    fn the_picture_says_from_when_on_all_runs_are_known() {
        let now = 1_795_478_400_000;
        let mut detail = a_cronjob();
        let window = Window::new(Span::default(), Range::Day, now);
        let hour = 3_600_000;
        for (why, created, known, said) in [
            ("some were given up", now - 90 * hour, now - 6 * hour, true),
            (
                "it is as old as what is known",
                now - 6 * hour,
                now - 6 * hour,
                false,
            ),
            ("that was before", now - 90 * hour, now - 60 * hour, false),
        ] {
            (detail.row.head.created, detail.stats.known_since) = (created, known);
            let drawn = svg(&detail, &[], &window, Zone::named(None), now, Lang::En);
            assert_eq!(drawn.contains("known from here"), said, "{why}: {drawn}");
        }
    }

    #[test]
    fn predictions_that_end_within_the_picture_say_so() {
        let now = 1_795_478_400_000;
        let mut detail = a_cronjob();
        let window = Window::new(Span::default(), Range::Day, now);
        for (slots, told) in [(MOST_UPCOMING, true), (MOST_UPCOMING - 1, false)] {
            detail.upcoming = (1..=slots).map(|n| now + n as Millis * 60_000).collect();
            for (lang, words) in [
                (Lang::En, "predicted this far"),
                (Lang::Ko, "여기까지 예측"),
            ] {
                let drawn = svg(&detail, &[], &window, Zone::named(None), now, lang);
                assert_eq!(drawn.contains(words), told, "{slots} slots: {drawn}");
            }
        }
    }
}
