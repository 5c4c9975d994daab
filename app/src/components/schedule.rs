//! All CronJobs on one axis of time: how much starts when, what meets, and each one's own line.
//!
//! The axis speaks the reader's zone, which the browser knows; the server prints UTC.

use std::fmt::Write;

use leptos::prelude::*;
use orrery_view::{
    Crowd, Kind, LOAD_STEP_MILLIS, Load, LoadLane, LoadMark, Millis, ObjectRef, Outcome,
};

use super::empty::Examples;
use crate::cell::{Button, Cell, Deed};
use crate::forms;
use crate::lang::Lang;
use crate::lists::cronjob;
use crate::overview::NEVER_ENDS;
use crate::paint::{self, AXIS_HOURS, Esc, Saying};
use crate::timeline::Zone;
use crate::tone::State;
use crate::ui::Here;
use crate::{address, format, tr, why};

/// The histogram's height, and that of one lane.
const TALL: u32 = 96;
const LANE: u32 = 26;
/// A start, in hundredths of the width; a run that is predicted is as wide as it usually lasts.
const THIN: f64 = 0.3;
/// Between the lines of the axis.
const GRID_MILLIS: Millis = AXIS_HOURS as Millis * 3_600_000;

/// Runs told in words: what one listens to.
const MOST_RUNS: usize = 200;

const DAY_MILLIS: Millis = 24 * 3_600_000;

#[component]
pub fn SchedulePage(load: Load) -> impl IntoView {
    let lang = Here::now().lang;
    if load.total == 0 {
        return view! { <NoSchedules/> }.into_any();
    }
    let lanes = load
        .lanes
        .iter()
        .map(|lane| self::lane(&load, lane, lang))
        .collect_view();
    let rest = (load.total as usize).saturating_sub(load.lanes.len());
    let rest = (rest > 0).then(|| view! { <p class="nil">{tr!(lang, "note.more", n = rest)}</p> });
    let any = load.lanes.iter().any(|lane| !lane.past.is_empty());
    let told = any.then(|| {
        view! { <section class="card part in-words" data-k="runs" inner_html=runs(&load.lanes, lang)></section> }
    });
    let uncounted = (load.uncounted > 0).then(
        || view! { <p class="note warn">{tr!(lang, "schedule.uncounted", n = load.uncounted)}</p> },
    );
    view! {
        {uncounted}
        <section class="card part load" data-k="load">
            <h2>{tr!(lang, "schedule.load")}<span class="sub">{summary(&load, lang)}</span></h2>
            <div class="tl-box" inner_html=histogram(&load, lang)></div>
        </section>
        {crowds(&load.crowds, lang)}
        {overlaps(&load.lanes, lang)}
        <section class="card part lanes" data-k="lanes">
            <h2>{tr!(lang, "schedule.each")}</h2>
            <ul>{lanes}</ul>
            {rest}
        </section>
        {told}
    }
    .into_any()
}

#[component]
fn NoSchedules() -> impl IntoView {
    let Here {
        lang, namespaces, ..
    } = Here::now();
    let next = match namespaces.is_empty() {
        true => view! { <Examples kind=Kind::CronJob/> }.into_any(),
        false => view! { <a class="btn prime" href="/schedule">{tr!(lang, "empty.clear")}</a> }
            .into_any(),
    };
    view! {
        <section class="card empty">
            <h2>{tr!(lang, "schedule.none")}</h2>
            <p>{tr!(lang, "schedule.none_text")}</p>
            {next}
        </section>
    }
}

fn summary(load: &Load, lang: Lang) -> String {
    let most = load.steps.iter().max().copied().unwrap_or(0);
    let n = format::number(most);
    match load.total {
        1 => tr!(lang, "schedule.most_one", n = n),
        all => tr!(lang, "schedule.most", n = n, all = format::number(all)),
    }
}

fn place(load: &Load, at: Millis) -> f64 {
    (at - load.from) as f64 * 100.0 / (load.to - load.from).max(1) as f64
}

/// A bar for the most crowded minute of each quarter of an hour; the table of crowds says the tallest in words.
fn histogram(load: &Load, lang: Lang) -> String {
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
    grid(&mut out, load, bottom, lang);
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
            tr!(lang, "schedule.starts_at_most", n = count)
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

/// The lines of the axis, which each lane has behind it as well, and their words.
fn grid(out: &mut String, load: &Load, bottom: u32, lang: Lang) {
    let first = load.from + GRID_MILLIS - load.from.rem_euclid(GRID_MILLIS);
    let (mut lines, mut words) = (String::new(), String::new());
    for at in (first..load.to).step_by(GRID_MILLIS as usize) {
        let x = place(load, at);
        let _ = write!(lines, r#"<line x1="{x:.3}%" x2="{x:.3}%" y2="100%"/>"#);
        if (2.0..=98.0).contains(&x) {
            // the browser does the same by the reader's clock
            let (class, word) = match at.rem_euclid(DAY_MILLIS) / GRID_MILLIS {
                0 => (" day", Zone::named(None).day(at, lang)),
                4 => ("", format::near_utc(at)[6..11].into()),
                _ => (" odd", format::near_utc(at)[6..11].into()),
            };
            let _ = write!(
                words,
                r#"<text class="tick{class}" x="{x:.3}%" y="{}" data-at="{at}" data-say="{}">{word}</text>"#,
                bottom + 17,
                Saying::Hour.code(),
            );
        }
    }
    let _ = write!(
        out,
        r##"<defs><g id="hours">{lines}</g></defs><svg y="16" height="{}"><use href="#hours"/></svg>{words}"##,
        bottom - 16
    );
}

fn now(out: &mut String, load: &Load, bottom: u32, word: &str) {
    let _ = write!(
        out,
        r#"<svg class="now" data-now="" x="{:.3}%" overflow="visible"><line y1="0" y2="{bottom}"/><text x="6" y="11">{}</text></svg>"#,
        place(load, load.now),
        Esc(word)
    );
}

fn crowds(crowds: &[Crowd], lang: Lang) -> AnyView {
    let crowd = |crowd: &Crowd| {
        let links = crowd.some.iter().map(|object| {
            view! { <a class="link" href=address::object(object)>{object.name.clone()}</a>" " }
        });
        let more = crowd.count as usize - crowd.some.len().min(crowd.count as usize);
        let more = (more > 0).then(|| tr!(lang, "note.more", n = more));
        let when = paint::html(&Cell::Date(crowd.at), lang);
        let again = (crowd.again > 0).then(
            || view! { <span class="sub">{tr!(lang, "schedule.again", n = crowd.again)}</span> },
        );
        view! {
            <li data-k=crowd.at.to_string()>
                <b class="tabular">{tr!(lang, "schedule.starts", n = crowd.count)}</b>
                <span><span class="cell" inner_html=when></span>{again}</span>
                <span class="who">{links.collect_view()}{more}</span>
            </li>
        }
    };
    let body = match crowds.is_empty() {
        true => view! { <p class="nil">{tr!(lang, "schedule.no_crowds")}</p> }.into_any(),
        false => {
            view! { <ol class="crowds">{crowds.iter().map(crowd).collect_view()}</ol> }.into_any()
        }
    };
    view! {
        <section class="card part" data-k="crowds"><h2>{tr!(lang, "schedule.crowds")}</h2>{body}</section>
    }
    .into_any()
}

/// What a CronJob's policy makes of runs that usually last beyond their next slot, where they do.
fn overlap(lane: &LoadLane, lang: Lang) -> Option<String> {
    let replaced = lane.row.latest(Outcome::Replaced);
    if lane.row.suspend {
        return None;
    }
    if replaced >= NEVER_ENDS {
        return Some(tr!(lang, "now.replaced_all", n = replaced));
    }
    let (usual, gap) = lane.usual.zip(lane.gap)?;
    let said = || why::overlap(lane.row.concurrency, usual, gap, lang);
    (usual > gap).then(said)
}

fn overlaps(lanes: &[LoadLane], lang: Lang) -> AnyView {
    let line = |lane: &LoadLane| {
        let href = address::object(&cronjob::object(&lane.row));
        let (name, said) = (lane.row.head.name.clone(), overlap(lane, lang)?);
        Some(view! {
            <li data-k=lane.row.head.uid.clone()>
                <a class="link" href=href>{name}</a>
                <span>{said}</span>
            </li>
        })
    };
    let lines: Vec<_> = lanes.iter().filter_map(line).collect();
    let known = lanes.iter().any(|lane| lane.usual.is_some());
    let none = match known || lanes.is_empty() {
        true => tr!(lang, "schedule.no_overlaps"),
        false => tr!(lang, "schedule.overlaps_unknown"),
    };
    let body = match lines.is_empty() {
        true => view! { <p class="nil">{none}</p> }.into_any(),
        false => view! { <ul class="overlaps">{lines}</ul> }.into_any(),
    };
    view! {
        <section class="card part" data-k="overlaps"><h2>{tr!(lang, "schedule.overlaps")}</h2>{body}</section>
    }
    .into_any()
}

fn lane(load: &Load, lane: &LoadLane, lang: Lang) -> AnyView {
    let row = &lane.row;
    let next = cronjob::next(row, lang);
    view! {
        <li data-k=row.head.uid.clone() class:off=row.suspend>
            <div class="who">
                <a class="name" href=address::object(&cronjob::object(row))>{row.head.name.clone()}</a>
                <span class="sub">{cronjob::sentence(row, lang)}</span>
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
    let mut out = format!(r#"<svg class="tl" width="100%" height="{LANE}" aria-hidden="true">"#);
    let here = place(load, load.now);
    let _ = write!(
        out,
        r##"<use href="#hours"/><line class="grid" x1="0" x2="100%" y1="13" y2="13"/><line class="grid day" x1="{here:.3}%" x2="{here:.3}%" y1="0" y2="{LANE}"/>"##
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

/// The timeline of the CronJob around an instant.
fn at_slot(lane: &LoadLane, at: Millis) -> String {
    let cronjob = address::object(&cronjob::object(&lane.row));
    format!("{cronjob}?range=6h&to={at}")
}

/// The runs of all lanes in words, the latest first. Their marks are no stops of the Tab key, as there may be
/// thousands: this is one, which opens.
fn runs(lanes: &[LoadLane], lang: Lang) -> String {
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
    use orrery_view::Concurrency;

    use super::*;

    #[test]
    fn runs_that_last_beyond_their_next_slot_are_told_with_what_becomes_of_them() {
        let hour = 3_600_000;
        let mut lane = LoadLane {
            row: crate::tests::a_sample().cronjobs().remove(0),
            past: Vec::new(),
            next: Vec::new(),
            dense: false,
            usual: Some(2 * hour),
            gap: Some(hour),
        };
        for (policy, words) in [
            (Concurrency::Allow, "pile up"),
            (Concurrency::Forbid, "late or dropped"),
            (Concurrency::Replace, "never finish"),
        ] {
            (lane.row.concurrency, lane.row.suspend) = (policy, false);
            let said = overlap(&lane, Lang::En).expect("they overlap");
            assert!(said.contains(words) && said.contains("2 h"), "{said}");
            lane.row.suspend = true;
            assert_eq!(overlap(&lane, Lang::En), None, "it is suspended");
        }
        lane.row.suspend = false;
        for (usual, gap) in [
            (Some(hour), Some(hour)),
            (None, Some(hour)),
            (Some(hour), None),
        ] {
            (lane.usual, lane.gap) = (usual, gap);
            assert_eq!(overlap(&lane, Lang::En), None, "{usual:?} {gap:?}");
        }
    }

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
            gap: None,
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
