//! A cell as HTML. What a button does is in its `data-deed`, which [`crate::browser::wake`] hears.
//!
//! Strings rather than views: a view of each shape of a cell costs the browser several times the code. The server
//! prints times in UTC with their instant beside them; [`crate::browser::Clock`] then says them in the reader's
//! words, each second. Everything that is not ours is escaped here, in one place.

mod deeds;
mod fields;
#[cfg(feature = "ssr")]
mod log;
mod marks;
mod time;

use std::fmt::{self, Display, Formatter, Write};

use leptos::prelude::use_context;
use orrery_view::Millis;

use self::deeds::{buttons, switch};
pub use self::fields::{cascades, command, reason};
#[cfg(feature = "ssr")]
pub use self::log::{line, lines};
pub use self::marks::MOST_DOTS;
use self::marks::{progress, strip};
use crate::cell::{Cell, Column, Link};
use crate::lang::Lang;
use crate::tone::Tone;
use crate::{format, tr};
pub use time::instant;
pub use time::{AXIS_HOURS, First, Saying};
use time::{last, lasting, next};

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
    let mut class = match (column.class, bare) {
        (class, None) => class.to_owned(),
        ("", Some(_)) => "text".to_owned(),
        (class, Some(_)) => format!("{class} text"),
    };
    if is_nothing(cell) {
        class.push_str(" blank");
    }
    let title = Esc(&column.title);
    write!(out, r#"<td class="{class}" data-title="{title}">"#)?;
    match (cell, bare) {
        (_, Some(text)) => write!(out, "{}", Esc(text))?,
        (Cell::Buttons(all), _) => buttons(out, all, lang)?,
        (
            Cell::Next {
                at: Some(at),
                suspended: true,
                zoned,
            },
            _,
        ) => time::would_run(out, *at, &tr!(lang, "time.would"), zoned)?,
        (cell, _) => paint(out, cell, lang)?,
    }
    out.write_str("</td>")
}

/// A dash, which a column has for the sake of its neighbours. A card, which has none, leaves it out.
fn is_nothing(cell: &Cell) -> bool {
    match cell {
        Cell::Text { text, sub } => text == "—" && sub.is_empty(),
        Cell::Lasting { start, .. } => start.is_none(),
        _ => false,
    }
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
        Cell::Dots { dots, square } => marks::dots(out, dots, *square, lang),
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
    use crate::cell::Dot;

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
    fn times_wait_for_the_browser() {
        let html = html(&Cell::Ago(0), Lang::En);
        assert_eq!(
            html,
            r#"<time datetime="1970-01-01T00:00:00Z" data-at="0" data-say="ago">01-01 00:00 UTC</time>"#
        );
    }
}
