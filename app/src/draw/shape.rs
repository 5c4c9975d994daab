//! The shape of a Job's run: its pods as bars on a time axis, retries after the waits that backoff made.

mod lanes;

use std::fmt::Write;

use orrery_view::{JobDetail, Millis, PodSpan, SpanState};

use super::axis::Axis;
use super::matrix::{MOST_STOPS, stop};
use crate::lang::Lang;
use crate::paint::Esc;
use crate::tone::{State, Tone};
use crate::{format, tr};
use lanes::{Bar, end, lanes};

/// Pods drawn, the newest; a picture with more is grey.
const MOST_SPANS: usize = 600;
/// Lanes drawn: the rest would be thinner than a line.
const MOST_LANES: usize = 64;
/// Lines of the table behind the picture.
const MOST_LINES: usize = 200;

pub fn html(job: &JobDetail, lang: Lang) -> String {
    let from = job.spans.len().saturating_sub(MOST_SPANS);
    let spans = &job.spans[from..];
    let start = job.row.start.unwrap_or(Millis::MAX);
    let first = spans
        .iter()
        .map(|span| span.created)
        .fold(start, Millis::min);
    let axis = Axis::new(
        first,
        spans
            .iter()
            .map(|span| end(span, job))
            .fold(job.seen, Millis::max),
    );
    let (bars, waits) = lanes(spans, job, axis.least());
    let lanes = bars.iter().map(|bar| bar.lane + 1).max().unwrap_or(0);
    let shown = lanes.min(MOST_LANES);
    let (step, thick) = match shown {
        0..=12 => (20, 14),
        13..=30 => (11, 8),
        _ => (6, 4),
    };
    let height = (shown as u32 * step).max(20) + 6;
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = write!(
        out,
        r#"<svg class="shape" width="100%" height="{}" role="group" aria-label="{}">{}"#,
        height + 20,
        Esc(&summary(job, lang)),
        axis.ticks(height, lang)
    );
    let y = |lane: usize| lane as u32 * step + 6;
    for bar in bars.iter().filter(|bar| bar.lane < MOST_LANES) {
        if let Some(from) = bar.waited_from {
            wait(
                &mut out,
                axis,
                (from, bar.span.created),
                y(bar.lane) + thick / 2,
                lang,
            );
        }
        let stop = stop(bars.len() > MOST_STOPS, false);
        draw(&mut out, axis, bar, (y(bar.lane), thick), job, stop, lang);
    }
    for open in waits.iter().filter(|open| open.lane < MOST_LANES) {
        wait(
            &mut out,
            axis,
            (open.from, job.seen),
            y(open.lane) + thick / 2,
            lang,
        );
    }
    out.push_str("</svg>");
    legend(&mut out, lang);
    notes(&mut out, job, from, lanes, lang);
    table(&mut out, spans, (first, job), lang);
    out
}

/// The page of a pod that is still there.
fn href(span: &PodSpan, job: &JobDetail) -> String {
    format!("/pods/{}/{}", job.row.head.namespace, span.name)
}

fn draw(
    out: &mut String,
    axis: Axis,
    bar: &Bar<'_>,
    (y, thick): (u32, u32),
    job: &JobDetail,
    stop: &str,
    lang: Lang,
) {
    let span = bar.span;
    let begun = match span.state {
        SpanState::Waiting => bar.end,
        _ => span.start.unwrap_or(bar.end).clamp(span.created, bar.end),
    };
    let (created, begun, end) = (axis.at(span.created), axis.at(begun), axis.at(bar.end));
    let label = label(bar, lang);
    let (open, close) = match span.gone {
        true => (
            format!(r#"<g role="img" aria-label="{}">"#, Esc(&label)),
            "</g>",
        ),
        false => {
            let href = href(span, job);
            let (href, label) = (Esc(&href), Esc(&label));
            (
                format!(r#"<a href="{href}" aria-label="{label}"{stop}>"#),
                "</a>",
            )
        }
    };
    let _ = write!(out, "{open}<title>{}</title>", Esc(&label));
    // From when it was made to when its node began with it: it waited.
    if begun - created > 0.2 || span.state == SpanState::Waiting {
        let _ = write!(
            out,
            r#"<rect class="pre" x="{created:.2}%" width="{:.2}%" y="{y}" height="{thick}" rx="3"/>"#,
            (begun - created).max(0.4)
        );
    }
    if span.state != SpanState::Waiting {
        let gone = if span.gone { " gone" } else { "" };
        let _ = write!(
            out,
            r#"<rect class="pod {}{gone}" x="{begun:.2}%" width="{:.2}%" y="{y}" height="{thick}" rx="3"/>"#,
            span.state.tone().class(),
            (end - begun).max(0.4)
        );
    }
    out.push_str(close);
}

fn wait(out: &mut String, axis: Axis, (from, to): (Millis, Millis), y: u32, lang: Lang) {
    let (x1, x2) = (axis.at(from), axis.at(to));
    if x2 - x1 < 0.2 {
        return;
    }
    let lasted = format::duration(to - from, lang);
    let _ = write!(
        out,
        r#"<line class="backoff" x1="{x1:.2}%" x2="{x2:.2}%" y1="{y}" y2="{y}"><title>{}</title></line>"#,
        Esc(&tr!(lang, "jobs.backoff", t = lasted))
    );
}

/// `etl-3-x7k2p · index 3 · Failed · 12 s · retry after 10 s`.
fn label(bar: &Bar<'_>, lang: Lang) -> String {
    let span = bar.span;
    let mut parts = vec![span.name.clone()];
    parts.extend(span.index.map(|index| tr!(lang, "jobs.index", n = index)));
    parts.push(span.state.word(lang));
    if let (Some(start), Some(end)) = (span.start, span.end) {
        parts.push(format::duration(end - start, lang));
    }
    if let Some(from) = bar.waited_from {
        let waited = format::duration(span.created - from, lang);
        parts.push(tr!(lang, "jobs.retry_after", t = waited));
    }
    if span.restarts > 0 {
        parts.push(tr!(
            lang,
            "jobs.restarts",
            n = format::number(span.restarts)
        ));
    }
    if span.gone {
        parts.push(tr!(lang, "jobs.removed"));
    }
    parts.join(" · ")
}

fn summary(job: &JobDetail, lang: Lang) -> String {
    let of = |state| {
        let spans = job.spans.iter();
        format::number(spans.filter(|span| span.state == state).count())
    };
    tr!(
        lang,
        "jobs.shape_says",
        n = format::number(job.spans.len()),
        running = of(SpanState::Running),
        ok = of(SpanState::Succeeded),
        bad = of(SpanState::Failed)
    )
}

/// What each look of the picture stands for; one that it has not is not told.
fn legend(out: &mut String, lang: Lang) {
    use SpanState::{Failed, Running, Stopped, Succeeded};
    let pods = [Succeeded, Failed, Running, Stopped];
    let pods = pods.map(|state| ("pod ", state.tone().class(), state.word(lang)));
    let waits = [
        ("", "pre", tr!(lang, "state.waiting")),
        ("", "backoff", tr!(lang, "jobs.retrying")),
    ];
    let keys: String = pods
        .into_iter()
        .chain(waits)
        .filter(|(of, look, _)| out.contains(&format!(r#"class="{of}{look}"#)))
        .map(|(_, look, word)| {
            format!(r#"<span><i class="key {look}" aria-hidden="true"></i>{word}</span>"#)
        })
        .collect();
    let _ = write!(out, r#"<p class="legend">{keys}</p>"#);
}

/// What the picture leaves out, and why.
fn notes(out: &mut String, job: &JobDetail, left: usize, lanes: usize, lang: Lang) {
    let mut say = |text: String| {
        let _ = write!(out, r#"<p class="aside">{text}</p>"#);
    };
    if left > 0 || lanes > MOST_LANES {
        say(tr!(
            lang,
            "jobs.bound",
            n = format::number(MOST_SPANS),
            lanes = format::number(MOST_LANES)
        ));
    }
    let ended = |span: &&PodSpan| matches!(span.state, SpanState::Succeeded | SpanState::Failed);
    let known = job.spans.iter().filter(ended).count() as u32;
    let unknown = (job.row.succeeded + job.row.failed).saturating_sub(known);
    if unknown > 0 {
        say(tr!(lang, "jobs.unknown_pods", n = format::number(unknown)));
    }
}

/// The same as a table, for those who do not see the picture, or have no mouse where its bars are too many to be stops
/// of the tab key. Times count from where the picture begins.
fn table(out: &mut String, spans: &[PodSpan], (zero, job): (Millis, &JobDetail), lang: Lang) {
    let _ = write!(
        out,
        r#"<details class="as-table"><summary>{}</summary><table><thead><tr>"#,
        tr!(lang, "jobs.as_table")
    );
    for title in [
        tr!(lang, "col.pod"),
        tr!(lang, "col.status"),
        tr!(lang, "jobs.made_at"),
        tr!(lang, "col.duration"),
    ] {
        let _ = write!(out, r#"<th scope="col">{title}</th>"#);
    }
    out.push_str("</tr></thead><tbody>");
    for span in spans.iter().rev().take(MOST_LINES).rev() {
        let lasted = span.start.zip(span.end).map(|(start, end)| end - start);
        let name = match span.gone {
            true => Esc(&span.name).to_string(),
            false => format!(
                r#"<a class="link" href="{}">{}</a>"#,
                Esc(&href(span, job)),
                Esc(&span.name)
            ),
        };
        let cells = [
            span.state.word(lang),
            format!("+{}", format::duration(span.created - zero, lang)),
            lasted.map_or_else(|| "—".into(), |lasted| format::duration(lasted, lang)),
        ];
        let _ = write!(out, "<tr><td>{name}</td>");
        cells.iter().for_each(|cell| {
            let _ = write!(out, "<td>{}</td>", Esc(cell));
        });
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
    let more = spans.len().saturating_sub(MOST_LINES);
    if more > 0 {
        let more = tr!(lang, "note.more", n = format::number(more));
        let _ = write!(out, r#"<p class="aside">{more}</p>"#);
    }
    out.push_str("</details>");
}

impl State for SpanState {
    fn tone(self) -> Tone {
        match self {
            Self::Waiting => Tone::Warn,
            Self::Running => Tone::Run,
            Self::Succeeded => Tone::Ok,
            Self::Failed => Tone::Bad,
            Self::Stopped => Tone::Off,
        }
    }

    fn word(self, lang: Lang) -> String {
        match self {
            Self::Waiting => tr!(lang, "state.waiting"),
            Self::Running => tr!(lang, "state.running"),
            Self::Succeeded => tr!(lang, "state.succeeded"),
            Self::Failed => tr!(lang, "state.failed"),
            Self::Stopped => tr!(lang, "jobs.stopped"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::a_job;

    /// Index, made, ended, how; in seconds.
    type Pod = (Option<u32>, i64, Option<i64>, SpanState);

    pub(super) fn spans(pods: &[Pod]) -> Vec<PodSpan> {
        let span = |(n, (index, made, end, state)): (usize, &Pod)| PodSpan {
            name: format!("p{n}"),
            index: *index,
            created: made * 1_000,
            start: Some(made * 1_000),
            end: end.map(|end| end * 1_000),
            state: *state,
            gone: false,
            restarts: 0,
        };
        pods.iter().enumerate().map(span).collect()
    }

    #[test]
    fn what_is_drawn_is_told_in_words_and_nothing_else() {
        use SpanState::{Failed, Running, Succeeded, Waiting};
        let told = |pods: &[Pod]| {
            let mut job = a_job(100_000);
            job.spans = spans(pods);
            let html = html(&job, Lang::En);
            let legend = html.split(r#"<p class="legend">"#).nth(1);
            let legend = legend.and_then(|rest| rest.split("</p>").next());
            let keys = legend.expect("a legend").split(r#"class="key "#).skip(1);
            keys.filter_map(|key| key.split('"').next().map(String::from))
                .collect::<Vec<_>>()
        };
        assert_eq!(told(&[(None, 0, Some(50), Succeeded)]), ["ok"]);
        let retried = [
            (None, 0, Some(20), Failed),
            (None, 40, None, Running),
            (None, 50, None, Waiting),
        ];
        assert_eq!(told(&retried), ["bad", "run", "pre", "backoff"]);
    }

    #[test]
    fn more_bars_than_one_tabs_through_are_links_of_the_table_instead() {
        for (pods, stops, more) in [(60, 60, false), (61, 0, false), (250, 0, true)] {
            let mut job = a_job(1_000_000);
            job.row.start = Some(0);
            let one = |n: i64| (None, 7 + n, Some(8 + n), SpanState::Succeeded);
            job.spans = spans(&(0..pods).map(one).collect::<Vec<_>>());
            let html = html(&job, Lang::En);
            let (picture, table) = html.split_once("<details").expect("a table");
            let links = picture.matches("<a href").count();
            let passed = picture.matches(r#"tabindex="-1""#).count();
            assert_eq!(links - passed, stops, "{pods} pods");
            let lines = table.matches(r#"<a class="link" href="/pods/"#).count();
            assert_eq!(lines, MOST_LINES.min(usize::try_from(pods).unwrap_or(0)));
            assert_eq!(table.contains("and 50 more"), more, "{pods} pods");
            let first = pods - MOST_LINES as i64;
            let first = format!(
                "<td>+{}</td>",
                format::duration((7 + first.max(0)) * 1_000, Lang::En)
            );
            assert!(
                table.contains(&first),
                "from where the picture begins: {first}"
            );
        }
    }

    #[test]
    fn what_runs_reaches_to_now_and_what_ended_does_not() {
        use SpanState::{Running, Succeeded};
        let mut job = a_job(100_000);
        job.spans = spans(&[(None, 0, Some(50), Succeeded), (None, 20, None, Running)]);
        let html = html(&job, Lang::En);
        assert!(
            html.contains(r#"class="pod ok" x="0.00%" width="50.00%""#),
            "{html}"
        );
        assert!(
            html.contains(r#"class="pod run" x="20.00%" width="80.00%""#),
            "{html}"
        );
    }
}
