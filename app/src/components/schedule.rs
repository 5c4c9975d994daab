//! All CronJobs on one axis of time: how much starts when, what meets, and each one's own line.
//!
//! The axis speaks the reader's zone, which the browser knows; the server prints UTC.

mod histogram;
mod lane;

use leptos::prelude::*;
use orrery_view::{Crowd, Kind, Lasting, Load, Millis, ObjectRef, Overlap};

use super::empty::Examples;
use crate::cell::Cell;
use crate::lang::Lang;
use crate::paint::{self, Esc};
use crate::ui::Here;
use crate::{address, format, kinds, tr, why};
use histogram::{axis, histogram};
use lane::runs;

/// CronJobs told to overlap.
const MOST_OVERLAPS: usize = 100;
/// CronJobs of a crowd that are seen before it is opened.
const MOST_NAMED: usize = 12;

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
    let hours = axis(&load, lang);
    let any = load.lanes.iter().any(|lane| !lane.past.is_empty());
    let told = any.then(|| {
        view! { <section class="card part in-words" data-k="runs" inner_html=runs(&load.lanes, lang)></section> }
    });
    let uncounted = (load.uncounted > 0).then(
        || view! { <p class="note warn">{tr!(lang, "schedule.uncounted", n = format::number(load.uncounted))}</p> },
    );
    view! {
        {uncounted}
        <section class="card part load" data-k="load">
            <h2>{tr!(lang, "schedule.load")}<span class="sub">{summary(&load, lang)}</span></h2>
            <div class="tl-box" inner_html=histogram(&load, lang)></div>
        </section>
        {crowds(&load.crowds, &Here::now().namespaces, lang)}
        {overlaps(&load, lang)}
        <section class="card part lanes" data-k="lanes">
            <h2>{tr!(lang, "schedule.each")}</h2>
            <div class="axis" data-k="axis" inner_html=hours></div>
            <ul>{lanes}</ul>
            {foot(&load, lang)}
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

/// Which of all CronJobs have their lanes here, and the way to the others.
fn foot(load: &Load, lang: Lang) -> Option<AnyView> {
    let (from, here) = (load.offset, load.lanes.len() as u32);
    let text = tr!(
        lang,
        "list.window",
        from = format::number(from + 1),
        to = format::number(from + here),
        n = format::number(load.total),
        kind = kinds::counted(load.total, Kind::CronJob, lang)
    );
    let namespaces = Here::now().namespaces;
    let page = |offset| address::schedule(&namespaces, offset);
    let before = (from > 0).then(|| {
        let href = page(from.saturating_sub(address::ROWS));
        view! { <a class="btn" rel="prev" href=href>{tr!(lang, "list.before")}</a> }
    });
    let after = (from + here < load.total).then(|| {
        let href = page(from + here);
        view! { <a class="btn" rel="next" href=href>{tr!(lang, "list.after")}</a> }
    });
    (here < load.total).then(|| {
        view! { <p data-k="foot" class="foot"><span>{text}</span><span class="acts">{before}{after}</span></p> }
            .into_any()
    })
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

fn crowds(crowds: &[Crowd], namespaces: &[String], lang: Lang) -> AnyView {
    let crowd = |crowd: &Crowd| {
        let when = paint::html(&Cell::Date(crowd.at), lang);
        let again = (crowd.again > 0).then(
            || view! { <span class="sub">{tr!(lang, "schedule.again", n = format::number(crowd.again))}</span> },
        );
        view! {
            <li data-k=crowd.at.to_string()>
                <b class="tabular">{tr!(lang, "schedule.starts", n = format::number(crowd.count))}</b>
                <span><span class="cell" inner_html=when></span>{again}</span>
                <div class="who" inner_html=who(crowd, namespaces, lang)></div>
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

/// The CronJobs of a crowd: some at once, the others behind their number, and all in their list where they are too many
/// to be named.
fn who(crowd: &Crowd, namespaces: &[String], lang: Lang) -> String {
    let link = |object: &ObjectRef| {
        let (href, name) = (address::object(object), &object.name);
        format!(
            r#"<a class="link" href="{}">{}</a> "#,
            Esc(&href),
            Esc(name)
        )
    };
    let (named, folded) = crowd.some.split_at(crowd.some.len().min(MOST_NAMED));
    let more = |n: usize| match n {
        0 => String::new(),
        n => tr!(lang, "note.more", n = format::number(n)),
    };
    let count = crowd.count as usize;
    let unnamed = match more(count.saturating_sub(crowd.some.len())) {
        more if more.is_empty() => more,
        more => format!(
            r#"<a class="link" href="{}">{more}</a>"#,
            Esc(&address::due(crowd.at, namespaces))
        ),
    };
    let mut out: String = named.iter().map(link).collect();
    if folded.is_empty() {
        return out + &unnamed;
    }
    let links: String = folded.iter().map(link).collect();
    let summary = more(count.saturating_sub(named.len()));
    out += &format!("<details><summary>{summary}</summary>{links}{unnamed}</details>");
    out
}

/// What a CronJob's policy makes of runs that last beyond their next slot.
fn overlap(why: &Lasting, lang: Lang) -> String {
    match *why {
        Lasting::Replaced(n) => tr!(lang, "now.replaced_all", n = format::number(n)),
        Lasting::Beyond {
            concurrency,
            usual,
            gap,
        } => why::overlap(concurrency, usual, gap, lang),
    }
}

fn overlaps(load: &Load, lang: Lang) -> AnyView {
    let line = |overlap: &Overlap| {
        let (cronjob, said) = (&overlap.cronjob, self::overlap(&overlap.why, lang));
        view! {
            <li data-k=format!("{}/{}", cronjob.namespace, cronjob.name)>
                <a class="link" href=address::object(cronjob)>{cronjob.name.clone()}</a>
                <span>{said}</span>
            </li>
        }
    };
    let lines = load.overlaps.iter().take(MOST_OVERLAPS);
    let lines: Vec<_> = lines.map(line).collect();
    let rest = load.overlaps.len() - lines.len();
    let rest = (rest > 0)
        .then(|| view! { <p class="nil">{tr!(lang, "note.more", n = format::number(rest))}</p> });
    let none = match load.timed {
        true => tr!(lang, "schedule.no_overlaps"),
        false => tr!(lang, "schedule.overlaps_unknown"),
    };
    let body = match lines.is_empty() {
        true => view! { <p class="nil">{none}</p> }.into_any(),
        false => view! { <ul class="overlaps">{lines}</ul>{rest} }.into_any(),
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
    fn what_a_crowd_counts_opens() {
        let object = |n: usize| ObjectRef {
            kind: Kind::CronJob,
            namespace: "ops".into(),
            name: format!("night-{n:03}"),
        };
        let said = |count, named| {
            let crowd = Crowd {
                at: 0,
                count,
                again: 0,
                some: (0..named).map(object).collect(),
            };
            who(&crowd, &["ops".into()], Lang::En)
        };
        let few = said(12, 12);
        assert_eq!(
            (few.matches("<a ").count(), few.contains("more")),
            (12, false)
        );
        let many = said(48, 48);
        let (first, rest) = many
            .split_once("<details><summary>and 36 more</summary>")
            .expect("the others are folded up");
        assert_eq!(first.matches("<a ").count(), 12);
        assert_eq!(rest.matches("<a ").count(), 36);
        assert!(rest.contains("/cronjobs/ops/night-047\""), "{rest}");
        let most = said(1_200, 200);
        assert!(most.contains("<summary>and 1,188 more</summary>"), "{most}");
        let all = r#" <a class="link" href="/cronjobs?ns=ops&amp;due=0-60000">and 1,000 more</a></details>"#;
        assert!(most.ends_with(all), "{most}");
    }

    #[test]
    fn of_very_many_overlaps_the_others_are_counted() {
        use leptos::tachys::view::RenderHtml;

        let one = |n: usize| Overlap {
            cronjob: ObjectRef {
                kind: Kind::CronJob,
                namespace: "ops".into(),
                name: format!("slow-{n}"),
            },
            why: Lasting::Replaced(7),
        };
        let load = Load {
            overlaps: (0..1_300).map(one).collect(),
            ..Load::default()
        };
        let html = overlaps(&load, Lang::En).to_html();
        assert_eq!(html.matches("<li ").count(), MOST_OVERLAPS);
        assert!(html.contains("and 1,200 more"), "{html}");
    }

    #[test]
    fn runs_that_last_beyond_their_next_slot_are_told_with_what_becomes_of_them() {
        let hour = 3_600_000;
        for (concurrency, words) in [
            (Concurrency::Allow, "pile up"),
            (Concurrency::Forbid, "late or dropped"),
            (Concurrency::Replace, "never finish"),
        ] {
            let why = Lasting::Beyond {
                concurrency,
                usual: 2 * hour,
                gap: hour,
            };
            let said = overlap(&why, Lang::En);
            assert!(said.contains(words) && said.contains("2 h"), "{said}");
        }
        let said = overlap(&Lasting::Replaced(7), Lang::En);
        assert!(said.contains('7') && said.contains("replaced"), "{said}");
    }
}
