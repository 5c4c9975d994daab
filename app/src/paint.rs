//! A cell as HTML. What a button does is in its `data-deed`, which [`crate::browser::wake`] hears.
//!
//! Strings rather than views: a view of each shape of a cell costs the browser several times the code. The server
//! prints times in UTC with their instant beside them; [`crate::browser::Clock`] then says them in the reader's
//! words, each second. Everything that is not ours is escaped here, in one place.

mod deeds;
#[cfg(feature = "ssr")]
mod log;
mod time;

use std::fmt::{self, Display, Formatter, Write};

use leptos::prelude::use_context;
use orrery_view::{Cascade, Millis};

use self::deeds::{buttons, switch};
#[cfg(feature = "ssr")]
pub use self::log::{line, lines};
use crate::cell::{Bar, Cell, Column, Dot, Link};
use crate::lang::Lang;
use crate::tone::Tone;
use crate::{format, tr};
pub use time::instant;
pub use time::{AXIS_HOURS, First, Saying};
use time::{last, lasting, next};

/// More squares would make a row taller than its neighbours; the rest is a number.
pub const MOST_DOTS: usize = 60;

/// Lines of a log that are laid out together, or left out together while nobody sees them; see `style/app.css`.
pub const CHUNK: u32 = 100;

/// The HTML of a cell.
pub fn html(cell: &Cell, lang: Lang) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = paint(&mut out, cell, lang);
    out
}

/// The cells of a row. Narrow screens stack them; each then says its column.
pub fn row(cells: &[Cell], columns: &[Column], lang: Lang) -> String {
    let mut out = String::new();
    for (cell, column) in cells.iter().zip(columns) {
        // Writing to a string does not fail.
        let _ = in_row(&mut out, cell, column, lang);
    }
    out
}

/// A cell of a row, made of as few elements as it takes: a list has thousands, which are styled, laid out and painted
/// as one scrolls.
fn in_row(out: &mut String, cell: &Cell, column: &Column, lang: Lang) -> fmt::Result {
    let bare = match cell {
        Cell::Text { text, sub } if sub.is_empty() => Some(text),
        _ => None,
    };
    let class = match (column.class, bare) {
        (class, None) => class.to_owned(),
        ("", Some(_)) => "text".to_owned(),
        (class, Some(_)) => format!("{class} text"),
    };
    let title = Esc(&column.title);
    write!(out, r#"<td class="{class}" data-title="{title}">"#)?;
    match (cell, bare) {
        (_, Some(text)) => write!(out, "{}", Esc(text))?,
        (Cell::Buttons(all), _) => buttons(out, all, lang)?,
        (cell, _) => paint(out, cell, lang)?,
    }
    out.write_str("</td>")
}

fn paint(out: &mut String, cell: &Cell, lang: Lang) -> fmt::Result {
    match cell {
        Cell::Empty => Ok(()),
        Cell::Switch { object, on } => switch(out, object, *on, lang),
        Cell::Buttons(all) => {
            out.write_str(r#"<span class="acts">"#)?;
            buttons(out, all, lang)?;
            out.write_str("</span>")
        }
        Cell::Status { tone, word, note } => status(out, *tone, word, note),
        Cell::Name {
            href,
            name,
            sub: under,
        } => {
            write!(
                out,
                r#"<a class="name" href="{}">{}</a>"#,
                Esc(href),
                Esc(name)
            )?;
            sub(out, under)
        }
        Cell::Text { text, sub: under } => {
            write!(out, r#"<span class="text">{}</span>"#, Esc(text))?;
            sub(out, under)
        }
        Cell::Code { code, sub: under } => {
            write!(out, "<code>{}</code>", Esc(code))?;
            sub(out, under)
        }
        Cell::Number { n, tone: None } => out.write_str(&format::number(*n)),
        Cell::Number {
            n,
            tone: Some(tone),
        } => {
            let (tone, n) = (tone.class(), format::number(*n));
            write!(out, r#"<span class="toned {tone}">{n}</span>"#)
        }
        Cell::Ago(at) => instant(out, *at, Saying::Ago),
        Cell::Date(at) => instant(out, *at, Saying::Date),
        Cell::Until(at) => instant(out, *at, Saying::Until),
        Cell::Left(at) => instant(out, *at, Saying::Left),
        Cell::Next {
            at,
            suspended,
            zoned,
        } => next(out, *at, *suspended, zoned, lang),
        Cell::Last {
            tone,
            word,
            start,
            end,
            href,
        } => last(out, (*tone, word, href), *start, *end, lang),
        Cell::Lasting { start, end } => lasting(out, *start, *end, lang),
        Cell::Under { cell, under } => {
            paint(out, cell, lang)?;
            out.write_str(r#"<span class="sub">"#)?;
            match &**under {
                Cell::Text { text, sub } if sub.is_empty() => write!(out, "{}", Esc(text))?,
                under => paint(out, under, lang)?,
            }
            out.write_str("</span>")
        }
        Cell::Each(cells) => {
            out.write_str(r#"<ol class="each">"#)?;
            for cell in cells {
                out.write_str("<li>")?;
                paint(out, cell, lang)?;
                out.write_str("</li>")?;
            }
            out.write_str("</ol>")
        }
        Cell::Times { start, usual } => times(out, *start, *usual, lang),
        Cell::Strip { bars, summary } => strip(out, bars, summary),
        Cell::Progress { done, of, tone } => progress(out, *done, *of, *tone, lang),
        Cell::Dots { dots, square } => self::dots(out, dots, *square, lang),
        Cell::Chips(chips) => chips
            .iter()
            .try_for_each(|chip| write!(out, r#"<code class="label">{}</code>"#, Esc(chip))),
        Cell::Links(links) => links.iter().try_for_each(|each| link(out, each)),
        Cell::Pick { object, may } => pick(out, object, may, lang),
    }
}

fn status(out: &mut String, tone: Tone, word: &str, note: &str) -> fmt::Result {
    write!(
        out,
        r#"<span class="status {}">{}</span>"#,
        tone.class(),
        Esc(word)
    )?;
    sub(out, note)
}

/// The browser knows how long it has been by now.
fn times(out: &mut String, start: Millis, usual: Millis, lang: Lang) -> fmt::Result {
    let said = match use_context::<First>() {
        Some(first) => format::times(first.now - start, usual, lang),
        None => format::usually(usual, lang),
    };
    write!(
        out,
        r#"<span data-at="{start}" data-say="times" data-usual="{usual}">{said}</span>"#
    )
}

fn pick(out: &mut String, object: &str, may: &str, lang: Lang) -> fmt::Result {
    write!(
        out,
        r#"<input type="checkbox" data-pick="" data-may="{may}" value="{}" aria-label="{}" autocomplete="off">"#,
        Esc(object),
        Esc(&tr!(lang, "bulk.pick", name = object))
    )
}

fn sub(out: &mut String, text: &str) -> fmt::Result {
    if text.is_empty() {
        return Ok(());
    }
    write!(
        out,
        r#"<span class="sub" title="{0}">{0}</span>"#,
        Esc(text)
    )
}

/// A link and the gap after it.
pub fn link(out: &mut String, link: &Link) -> fmt::Result {
    let away = if link.away {
        r#" target="_blank" rel="noreferrer""#
    } else {
        ""
    };
    write!(
        out,
        r#"<a class="link" href="{}"{away}>{}</a> "#,
        Esc(&link.href),
        Esc(&link.text)
    )
}

/// The bars are for the eye and the mouse; the summary says them, and the detail lists them. Heights are classes,
/// since the page's policy allows no inline styles.
fn strip(out: &mut String, bars: &[Bar], summary: &str) -> fmt::Result {
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
fn progress(out: &mut String, done: u32, of: Option<u32>, tone: Tone, lang: Lang) -> fmt::Result {
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

fn dots(out: &mut String, dots: &[Dot], square: bool, lang: Lang) -> fmt::Result {
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

/// Asks why something is done.
pub fn reason(out: &mut String, known: &str, lang: Lang) {
    // Writing to a string does not fail.
    let _ = write!(
        out,
        r#"<label class="field"><b>{}</b><input name="reason" value="{}" maxlength="200" autocomplete="off"></label>"#,
        tr!(lang, "act.reason"),
        Esc(known)
    );
}

/// Asks what becomes of what an object owns.
pub fn cascades(out: &mut String, chosen: Cascade, lang: Lang) {
    let words = [
        (
            Cascade::Background,
            tr!(lang, "delete.background"),
            tr!(lang, "delete.background_text"),
        ),
        (
            Cascade::Foreground,
            tr!(lang, "delete.foreground"),
            tr!(lang, "delete.foreground_text"),
        ),
        (
            Cascade::Orphan,
            tr!(lang, "delete.orphan"),
            tr!(lang, "delete.orphan_text"),
        ),
    ];
    let title = tr!(lang, "delete.cascade");
    // Writing to a string does not fail.
    let _ = write!(out, "<fieldset><legend>{title}</legend>");
    for (cascade, word, text) in words {
        let checked = if cascade == chosen { " checked" } else { "" };
        let value = cascade.code();
        let _ = write!(
            out,
            r#"<label class="choice"><input type="radio" name="cascade" value="{value}"{checked}><span><b>{word}</b><span class="sub">{text}</span></span></label>"#
        );
    }
    out.push_str("</fieldset>");
}

/// A command that can be copied.
pub fn command(out: &mut String, command: &str, lang: Lang) {
    // Writing to a string does not fail.
    let _ = write!(
        out,
        r#"<span class="command"><code tabindex="0">{}</code><button class="btn small" type="button" data-do="copy">{}</button></span>"#,
        Esc(command),
        tr!(lang, "act.copy")
    );
}

/// Text as HTML text or as an attribute's value.
pub struct Esc<'a>(pub &'a str);

impl Display for Esc<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(at) = rest.find(['<', '>', '&', '"', '\'']) {
            f.write_str(&rest[..at])?;
            f.write_str(match rest.as_bytes()[at] {
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'&' => "&amp;",
                b'"' => "&quot;",
                _ => "&#39;",
            })?;
            rest = &rest[at + 1..];
        }
        f.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_clusters_is_markup() {
        let evil = "<script>\"'&";
        let safe = "&lt;script&gt;&quot;&#39;&amp;";
        let dot = Dot {
            tone: Tone::Ok,
            label: evil.into(),
            href: evil.into(),
        };
        for cell in [
            Cell::Status {
                tone: Tone::Ok,
                word: evil.into(),
                note: evil.into(),
            },
            Cell::Name {
                href: evil.into(),
                name: evil.into(),
                sub: evil.into(),
            },
            Cell::Text {
                text: evil.into(),
                sub: evil.into(),
            },
            Cell::Code {
                code: evil.into(),
                sub: evil.into(),
            },
            Cell::Chips(vec![evil.into()]),
            Cell::Dots {
                dots: vec![dot],
                square: true,
            },
            Cell::link(evil, evil),
            Cell::Strip {
                bars: vec![],
                summary: evil.into(),
            },
            Cell::Last {
                tone: Tone::Ok,
                word: evil.into(),
                start: None,
                end: None,
                href: evil.into(),
            },
        ] {
            let html = html(&cell, Lang::En);
            assert!(
                html.contains(safe) && !html.contains(evil) && !html.contains("<script"),
                "{html}"
            );
        }
    }

    #[test]
    fn a_job_says_succeeded_of_completions() {
        let cell = Cell::Progress {
            done: 7,
            of: Some(12),
            tone: Tone::Run,
        };
        let html = html(&cell, Lang::En);
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
            let html = super::html(&cell, lang);
            assert!(
                html.contains("1,120/10,000") && html.contains(r#"max="10000" value="1120""#),
                "people read groups, the bar does not: {html}"
            );
        }
    }

    #[test]
    fn times_wait_for_the_browser() {
        let html = html(&Cell::Ago(0), Lang::En);
        assert_eq!(
            html,
            r#"<time datetime="1970-01-01T00:00:00Z" data-at="0" data-say="ago">01-01 00:00 UTC</time>"#
        );
    }
}
