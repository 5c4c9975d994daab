//! What a cell draws, as HTML: bars, how far a Job is, dots.

use std::fmt::{self, Write};

use super::Esc;
use crate::cell::{Bar, Dot};
use crate::lang::Lang;
use crate::tone::Tone;
use crate::{format, tr};

/// More squares would make a row taller than its neighbours; the rest is a number.
pub const MOST_DOTS: usize = 60;

/// The bars are for the eye and the mouse; the summary says them, and the detail lists them. Heights are classes,
/// since the page's policy allows no inline styles.
pub fn strip(out: &mut String, bars: &[Bar], summary: &str) -> fmt::Result {
    out.write_str(r#"<span class="strip">"#)?;
    for bar in bars {
        let height = bar.height.clamp(1, 20);
        let manual = if bar.manual { " man" } else { "" };
        let gap = if bar.gap { " gap" } else { "" };
        write!(
            out,
            r#"<a class="b {} h{height}{manual}{gap}""#,
            bar.tone.class()
        )?;
        if !bar.href.is_empty() {
            write!(out, r#" href="{}""#, Esc(&bar.href))?;
        }
        write!(
            out,
            r#" title="{}" tabindex="-1" aria-hidden="true"></a>"#,
            Esc(&bar.label)
        )?;
    }
    write!(out, r#"</span><span class="vh">{}</span>"#, Esc(summary))
}

/// A work queue has no number to reach: only the count is shown.
pub fn progress(
    out: &mut String,
    done: u32,
    of: Option<u32>,
    tone: Tone,
    lang: Lang,
) -> fmt::Result {
    let Some(of) = of else {
        let done = format::number(done);
        return write!(out, r#"<span class="tabular">{done}</span>"#);
    };
    write!(
        out,
        r#"<span class="tabular">{}</span><progress class="progress {}" max="{}""#,
        format::ratio(done, of),
        tone.class(),
        of.max(1)
    )?;
    write!(
        out,
        r#" value="{done}" aria-label="{}"></progress>"#,
        tr!(lang, "col.completions")
    )
}

pub fn dots(out: &mut String, dots: &[Dot], square: bool, lang: Lang) -> fmt::Result {
    let shape = if square { "sq" } else { "ct" };
    out.write_str(r#"<span class="dots">"#)?;
    for dot in dots.iter().take(MOST_DOTS) {
        write!(
            out,
            r#"<a class="{shape} {}" href="{}" title="{2}" aria-label="{2}"></a>"#,
            dot.tone.class(),
            Esc(&dot.href),
            Esc(&dot.label)
        )?;
    }
    out.write_str("</span>")?;
    match dots.len().saturating_sub(MOST_DOTS) {
        0 => Ok(()),
        more => out.write_str(&tr!(lang, "note.more", n = format::number(more))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Cell;
    use crate::paint;

    #[test]
    fn a_job_says_succeeded_of_completions() {
        let cell = Cell::Progress {
            done: 7,
            of: Some(12),
            tone: Tone::Run,
        };
        let html = paint::html(&cell, Lang::En);
        assert!(
            html.contains("7/12") && html.contains(r#"max="12" value="7""#),
            "{html}"
        );
        for lang in Lang::ALL {
            let cell = Cell::Progress {
                done: 1_120,
                of: Some(10_000),
                tone: Tone::Run,
            };
            let html = paint::html(&cell, lang);
            assert!(
                html.contains("1,120/10,000") && html.contains(r#"max="10000" value="1120""#),
                "people read groups, the bar does not: {html}"
            );
        }
    }
}
