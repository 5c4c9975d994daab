//! All CronJobs on one axis of time: how much starts when, what meets, and each one's own line.
//!
//! The axis speaks the reader's zone, which the browser knows; the server prints UTC.

mod histogram;
mod lane;

use leptos::prelude::*;
use orrery_view::{Crowd, Kind, Load, LoadLane, Millis, Outcome};

use super::empty::Examples;
use crate::cell::Cell;
use crate::lang::Lang;
use crate::lists::cronjob;
use crate::overview::NEVER_ENDS;
use crate::paint;
use crate::ui::Here;
use crate::{address, format, tr, why};
use histogram::histogram;
use lane::runs;

#[component]
pub fn SchedulePage(load: Load) -> impl IntoView {
    let lang = Here::now().lang;
    if load.total == 0 {
        return view! { <NoSchedules/> }.into_any();
    }
    let lanes = load
        .lanes
        .iter()
        .map(|lane| lane::lane(&load, lane, lang))
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
}
