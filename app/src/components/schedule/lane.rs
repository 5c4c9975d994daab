//! One CronJob's line on the axis, and the runs of all in words.

use std::fmt::Write;

use leptos::prelude::*;
use orrery_view::{Kind, Load, LoadLane, LoadMark, Millis, ObjectRef};

use super::place;
use crate::cell::{Button, Cell, Deed};
use crate::forms;
use crate::lang::Lang;
use crate::lists::cronjob;
use crate::paint::{self, Esc};
use crate::tone::State;
use crate::{address, format, tr};

const TALL: u32 = 26;
/// A start, in hundredths of the width; a run that is predicted is as wide as it usually lasts.
const THIN: f64 = 0.3;
/// Runs told in words: what one listens to.
const MOST_RUNS: usize = 200;

pub fn lane(load: &Load, lane: &LoadLane, lang: Lang) -> AnyView {
    let row = &lane.row;
    let next = cronjob::next(row, lang);
    view! {
        <li data-k=row.head.uid.clone() class:off=row.suspend>
            <div class="who">
                <a class="name" href=address::object(&cronjob::object(row))>{row.head.name.clone()}</a>
                <span class="sub">{row.head.namespace.clone()}" · "{cronjob::sentence(row, lang)}</span>
            </div>
            <div inner_html=ticks(load, lane, lang)></div>
            <div class="when" inner_html=paint::html(&next, lang)></div>
            <div class="if" inner_html=what_if(&cronjob::object(row), lang)></div>
        </li>
    }
    .into_any()
}

/// The form that shows another schedule, policy, deadline or duration, before it saves any.
fn what_if(object: &ObjectRef, lang: Lang) -> String {
    let deed = Deed::Form(forms::edit::trial(object));
    let button = Button::new(tr!(lang, "schedule.what_if"), &object.name, deed);
    paint::html(&Cell::Buttons(vec![button]), lang)
}

fn ticks(load: &Load, lane: &LoadLane, lang: Lang) -> String {
    // Writing to a string does not fail.
    let mut out = format!(r#"<svg class="tl" width="100%" height="{TALL}" aria-hidden="true">"#);
    let here = place(load, load.now);
    let _ = write!(
        out,
        r##"<use href="#hours"/><line class="grid" x1="0" x2="100%" y1="13" y2="13"/><line class="grid day" x1="{here:.3}%" x2="{here:.3}%" y1="0" y2="{TALL}"/>"##
    );
    for mark in &lane.past {
        let _ = write!(
            out,
            r#"<a href="{}" tabindex="-1"><rect class="m {}" x="{:.3}%" y="5" width="0.3%" height="16" rx="1"><title>{} · {}</title></rect></a>"#,
            Esc(&of_mark(lane, mark)),
            mark.outcome.tone().class(),
            place(load, mark.at),
            mark.outcome.word(lang),
            Esc(&format::near_utc(mark.at))
        );
    }
    if lane.dense {
        let _ = write!(
            out,
            r#"<rect class="m band" x="{here:.3}%" y="8" width="{:.3}%" height="10" rx="2"/>"#,
            100.0 - here
        );
    } else {
        for at in lane.next.iter().filter(|at| **at < load.to) {
            let (x, end) = (place(load, *at), at + lane.usual.unwrap_or(0));
            let wide = (place(load, end.min(load.to)) - x).max(THIN);
            let _ = write!(
                out,
                r#"<a href="{}" tabindex="-1"><rect class="m to-come" x="{x:.3}%" y="5" width="{wide:.3}%" height="16" rx="1"><title>{}</title></rect></a>"#,
                Esc(&at_slot(lane, *at)),
                Esc(&format::near_utc(*at))
            );
        }
    }
    out.push_str("</svg>");
    out
}

/// Where a run is told, or the slot without one.
fn of_mark(lane: &LoadLane, mark: &LoadMark) -> String {
    match &mark.job {
        Some(job) => address::object(&ObjectRef {
            kind: Kind::Job,
            namespace: lane.row.head.namespace.clone(),
            name: job.clone(),
        }),
        None => at_slot(lane, mark.at),
    }
}

fn at_slot(lane: &LoadLane, at: Millis) -> String {
    cronjob::at_slot(&cronjob::object(&lane.row), at)
}

/// The runs of all lanes in words, the latest first. Their marks are no stops of the Tab key, as there may be
/// thousands: this is one, which opens.
pub fn runs(lanes: &[LoadLane], lang: Lang) -> String {
    let marks = lanes
        .iter()
        .flat_map(|lane| lane.past.iter().map(move |mark| (lane, mark)));
    let mut marks: Vec<_> = marks.collect();
    marks.sort_by_key(|(_, mark)| std::cmp::Reverse(mark.at));
    // Writing to a string does not fail.
    let mut out = String::new();
    let _ = write!(
        out,
        "<details><summary>{}</summary><ol>",
        tr!(lang, "schedule.runs")
    );
    for (lane, mark) in marks.into_iter().take(MOST_RUNS) {
        let _ = write!(
            out,
            r#"<li><a class="link" href="{}">{}</a><span>{}</span><span>{}</span></li>"#,
            Esc(&of_mark(lane, mark)),
            paint::html(&Cell::Date(mark.at), lang),
            Esc(&lane.row.head.name),
            mark.outcome.word(lang)
        );
    }
    out + "</ol></details>"
}

#[cfg(test)]
mod tests {
    use orrery_view::Outcome;

    use super::*;

    const DAY_MILLIS: Millis = 24 * 3_600_000;

    #[test]
    fn each_mark_leads_to_its_job_or_to_its_slot_and_so_do_words() {
        let now = 1_795_443_909_000;
        let mark = |at, outcome, job: Option<&str>| LoadMark {
            at,
            outcome,
            job: job.map(str::to_owned),
        };
        let lane = LoadLane {
            row: crate::tests::a_sample().cronjobs().remove(0),
            past: vec![
                mark(now - 7_200_000, Outcome::Skipped, None),
                mark(now - 3_600_000, Outcome::Succeeded, Some("its-run")),
            ],
            next: vec![now + 3_600_000],
            dense: false,
            usual: None,
        };
        let load = Load {
            from: now - DAY_MILLIS,
            to: now + DAY_MILLIS,
            now,
            ..Load::default()
        };
        let me = cronjob::object(&lane.row);
        let job = format!("href=\"/jobs/{}/its-run\"", me.namespace);
        let slot = |at| format!("href=\"{}?range=6h&amp;to={at}\"", address::object(&me));
        let (gone, ahead) = (slot(now - 7_200_000), slot(now + 3_600_000));
        let drawn = ticks(&load, &lane, Lang::En);
        for href in [&job, &gone, &ahead] {
            assert!(drawn.contains(href.as_str()), "{href} in {drawn}");
        }
        assert_eq!(
            drawn.matches("tabindex=\"-1\"").count(),
            3,
            "none is a stop"
        );
        let told = runs(&[lane], Lang::En);
        let first = told.find(&job).expect("the latest run");
        assert!(first < told.find(&gone).expect("the slot"), "{told}");
        assert!(!told.contains(&ahead), "{told}");
        assert!(told.starts_with("<details><summary>"), "one stop: {told}");
    }
}
