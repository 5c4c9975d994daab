//! The page of a log: whose it is, what can be done with it, and its lines. One viewer for a pod, for all pods of a Job
//! or DaemonSet, and for the runs of a CronJob.

use std::fmt::Write;

use leptos::prelude::*;
use orrery_view::{CronJobDetail, Detail, JobRow, JobStatus, Millis, PastRun, StuckPod};

use super::detail::{head, tabs};
use super::finder::LogTools;
use super::log_filter::log_filter;
use crate::lang::Lang;
use crate::paint::{Esc, Saying, instant};
use crate::props::{LogView, Tab};
use crate::tone::{State, Tone};
use crate::ui::Here;
use crate::{address, details, format, paint, tr, why};

/// Runs to choose from: a row or two of them; the summary lists the others.
const MOST_RUNS: usize = 12;

#[component]
pub fn LogPage(log: LogView) -> impl IntoView {
    let lang = Here::now().lang;
    let Some(detail) = log.detail.as_deref() else {
        return ().into_any();
    };
    let model = details::model(detail, lang);
    let of = log.query.as_ref().map(|query| &query.object);
    let lines = paint::lines(&log.lines, of, log.filter.json);
    let end = end(&log, lines.is_empty(), lang);
    // what is kept of a run that is gone never grows
    let all = log.query.is_none().then_some("");
    view! {
        {head(&log.object, model, log.gone, lang)}
        {tabs(&log.object, detail, Tab::Logs, lang)}
        {runs(&log, detail, lang)}
        {note(&log, lang)}
        <section class="card log">
            <div class="tools flex flex-wrap items-center gap-x-3.5 gap-y-2 px-3.5 py-2.5">
                {containers(&log, detail, lang)}
                <LogTools/>
                {download(&log, lang)}
                {log_filter(&log, lang)}
            </div>
            // The stream fills it and the tools mark it: what is drawn of the page leaves it alone.
            <div class="lines wrap" tabindex="0" role="region" aria-label=tr!(lang, "log.title") data-keep="" data-all=all>
                <div class="all" inner_html=lines></div>
                <p class="nil">{end}</p>
            </div>
        </section>
    }
    .into_any()
}

/// All of it, as a file.
fn download(log: &LogView, lang: Lang) -> Option<AnyView> {
    let query = log.query.as_ref()?;
    let mut href = format!(
        "{}.txt?container={}",
        address::log(&query.object),
        address::escape(&query.container)
    );
    if query.previous {
        href.push_str("&previous=1");
    }
    Some(view! { <a class="btn" href=href download="">{tr!(lang, "log.download")}</a> }.into_any())
}

/// What is said where the lines end.
fn end(log: &LogView, empty: bool, lang: Lang) -> String {
    match (&log.trouble, &log.query, &log.run) {
        (Some(error), _, _) => error.to_string(),
        (None, None, None) => tr!(lang, "log.no_run"),
        (None, None, Some(_)) if empty => tr!(lang, "log.gone"),
        (None, Some(query), _) if empty && query.is_filtered() => tr!(lang, "log.none_such"),
        (None, Some(_), _) if empty => {
            let why = log.detail.as_deref().and_then(|of| silent(of, lang));
            let none = tr!(lang, "log.empty");
            why.map_or(none.clone(), |why| format!("{none} {why}"))
        }
        _ => String::new(),
    }
}

/// Why nothing of it can write.
fn silent(of: &Detail, lang: Lang) -> Option<String> {
    let stuck = |pods: &[StuckPod]| {
        let first = pods.first()?;
        Some(format!(
            "{}: {}",
            first.pod.name,
            why::pod(&first.why, lang)
        ))
    };
    match of {
        Detail::Job(job) if job.row.status == JobStatus::Suspended => {
            Some(format!("{}.", tr!(lang, "jobs.c_suspended")))
        }
        Detail::Job(job) => stuck(&job.stuck),
        Detail::DaemonSet(daemonset) => stuck(&daemonset.stuck),
        Detail::Pod(pod) => pod.why.first().map(|why| why::pod(why, lang)),
        Detail::CronJob(_) | Detail::Node(_) => None,
    }
}

/// What is to be known of the lines: that they are not all of them, and why.
fn note(log: &LogView, lang: Lang) -> Option<AnyView> {
    let (class, text) = match (&log.query, log.pods) {
        (Some(_), Some((read, of))) if read < of => (
            "note warn",
            tr!(
                lang,
                "log.some_pods",
                n = format::number(read),
                of = format::number(of)
            ),
        ),
        (None, _) if !log.lines.is_empty() => ("note run", tr!(lang, "log.kept")),
        _ => return None,
    };
    Some(view! { <p class=class role="status">{text}</p> }.into_any())
}

/// A run to choose.
struct Choice<'a> {
    name: &'a str,
    tone: Tone,
    word: String,
    start: Option<Millis>,
    manual: bool,
    /// Its Job is there, and so its log is the stream's.
    there: bool,
}

impl<'a> Choice<'a> {
    fn of_job(job: &'a JobRow, lang: Lang) -> Self {
        Self {
            name: &job.head.name,
            tone: job.status.tone(),
            word: job.status.word(lang),
            start: job.start.or(Some(job.head.created)),
            manual: job.manual,
            there: true,
        }
    }

    fn of_past(past: &'a PastRun, lang: Lang) -> Self {
        Self {
            name: &past.name,
            tone: past.run.outcome.tone(),
            word: past.run.outcome.word(lang),
            start: past.run.start,
            manual: past.run.manual,
            there: false,
        }
    }
}

/// The latest runs of a CronJob, those whose Job is gone too: each is an address, and is shown in place.
fn runs(log: &LogView, detail: &Detail, lang: Lang) -> Option<AnyView> {
    let Detail::CronJob(cronjob) = detail else {
        return None;
    };
    let chosen = log.run.as_deref();
    let mut html = String::new();
    for choice in choices(cronjob, chosen, lang) {
        chip(&mut html, log, &choice, lang);
    }
    let label = tr!(lang, "part.runs");
    (!html.is_empty()).then(|| {
        view! { <nav class="chips runs" aria-label=label inner_html=html></nav> }.into_any()
    })
}

fn choices<'a>(cronjob: &'a CronJobDetail, chosen: Option<&str>, lang: Lang) -> Vec<Choice<'a>> {
    let jobs = cronjob.runs.iter().map(|job| Choice::of_job(job, lang));
    let mut all: Vec<_> = jobs.collect();
    let gone = cronjob
        .past
        .iter()
        .filter(|past| cronjob.runs.iter().all(|job| job.head.name != past.name));
    all.extend(gone.map(|past| Choice::of_past(past, lang)));
    all.sort_by_key(|choice| std::cmp::Reverse(choice.start));
    // an older one that is looked at stays
    let is_chosen = |choice: &Choice<'_>| Some(choice.name) == chosen;
    let mut n = 0;
    all.retain(|choice| {
        n += 1;
        n <= MOST_RUNS || is_chosen(choice)
    });
    all
}

fn chip(out: &mut String, log: &LogView, run: &Choice<'_>, lang: Lang) {
    let base = address::log(&log.object);
    let here = log.run.as_deref() == Some(run.name);
    // Writing to a string does not fail.
    let _ = write!(
        out,
        r#"<a class="chip" href="{}?run={}{}" title="{}"{}{}><i class="dot {}" aria-hidden="true"></i> <span class="vh">{} </span>"#,
        Esc(&base),
        address::escape(run.name),
        Esc(&log.filter.query()),
        Esc(run.name),
        if here { r#" aria-current="true""# } else { "" },
        if run.there { r#" data-swap="""# } else { "" },
        run.tone.class(),
        Esc(&run.word)
    );
    match run.start {
        Some(start) => _ = instant(out, start, Saying::Ago),
        None => out.push_str(&Esc(run.name).to_string()),
    }
    if run.manual {
        let _ = write!(out, " · {}", tr!(lang, "run.manual"));
    }
    out.push_str("</a>");
}

/// Other containers, and the run before this one of a pod's container that had one; each is an address.
fn containers(log: &LogView, detail: &Detail, lang: Lang) -> AnyView {
    let query = log.query.as_ref();
    let previous = query.is_some_and(|query| query.previous);
    let containers = names(detail);
    let chosen = query.map(|query| query.container.clone());
    let chosen = chosen.filter(|name| !name.is_empty());
    let here = chosen.or_else(|| containers.first().cloned());
    let here = here.unwrap_or_default();
    let base = address::log(&log.object);
    let to = |name: &str, more: &str| {
        let run = log.run.as_deref().map(address::escape);
        let run = run.map(|run| format!("run={run}&")).unwrap_or_default();
        let filter = log.filter.query();
        format!(
            "{base}?{run}container={}{filter}{more}",
            address::escape(name)
        )
    };
    let several = containers.len() > 1 || matches!(detail, Detail::Pod(_));
    let links = containers.into_iter().filter(|_| several).map(|name| {
        let (href, current) = (to(&name, ""), (name == here).then_some("true"));
        view! { <a class="chip" href=href aria-current=current>{name}</a> }
    });
    let links = links.collect_view();
    let has_run_before = match detail {
        Detail::Pod(pod) => {
            let mut containers = pod.containers.iter();
            previous || containers.any(|it| it.name == here && it.last.is_some())
        }
        _ => false,
    };
    let before = has_run_before.then(|| {
        let href = to(&here, if previous { "" } else { "&previous=1" });
        view! {
            <a class="chip" href=href aria-current=previous.then_some("true")>{tr!(lang, "log.previous")}</a>
        }
    });
    view! { <nav class="chips" aria-label=tr!(lang, "col.containers")>{links}{before}</nav> }
        .into_any()
}

fn names(detail: &Detail) -> Vec<String> {
    let template = match detail {
        Detail::Pod(pod) => {
            let names = pod.containers.iter().map(|container| &container.name);
            return names.cloned().collect();
        }
        Detail::CronJob(cronjob) => &cronjob.template,
        Detail::Job(job) => &job.template,
        Detail::DaemonSet(daemonset) => &daemonset.template,
        Detail::Node(_) => return Vec::new(),
    };
    let names = template.containers.iter().map(|container| &container.name);
    names.cloned().collect()
}
