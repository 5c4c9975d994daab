//! Draws the palette: a text field that is a combobox, and the list of choices that it controls.

use std::fmt::Write;

use super::ADDRESS;
use super::find::{Choice, Group};
use crate::cell::Deed;
use crate::lang::Lang;
use crate::paint::Esc;
use crate::{address, format, tr};

pub fn palette(at: &str, text: &str, groups: &[Group], lang: Lang) -> String {
    let at = address::escape(at);
    let count: usize = groups.iter().map(|group| group.choices.len()).sum();
    let said = match count {
        0 => tr!(lang, "palette.none"),
        n => tr!(
            lang,
            "palette.count",
            n = format::number(u32::try_from(n).unwrap_or(u32::MAX))
        ),
    };
    draw(&at, Some(text), groups, &said, lang)
}

/// Before its choices have come: keys go to its field at once. The browser knows where it is opened.
pub fn blank(lang: Lang) -> String {
    draw("", None, &[], "", lang)
}

/// `asked`: what the choices are for.
fn draw(at: &str, asked: Option<&str>, groups: &[Group], said: &str, lang: Lang) -> String {
    let count: usize = groups.iter().map(|group| group.choices.len()).sum();
    let active = if count > 0 {
        r#" aria-activedescendant="choice-0""#
    } else {
        ""
    };
    let text = asked.unwrap_or_default();
    let for_what = asked.map(|text| format!(r#" data-asked="{}""#, Esc(text)));
    let mut out = format!(
        r#"<form class="palette" data-form="{ADDRESS}?at={at}"{} autocomplete="off"><h2 id="asking" class="vh">{}</h2>"#,
        for_what.unwrap_or_default(),
        tr!(lang, "palette.title")
    );
    let word = tr!(lang, "palette.type");
    // Writing to a string does not fail.
    let _ = write!(
        out,
        r#"<input type="text" name="q" value="{}" role="combobox" aria-expanded="{}" aria-controls="choices" aria-autocomplete="list"{active} aria-label="{word}" placeholder="{word}" autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="200" autofocus>"#,
        Esc(text),
        count > 0
    );
    let _ = write!(
        out,
        r#"<div id="choices" role="listbox" aria-label="{}">"#,
        tr!(lang, "palette.choices")
    );
    let mut n = 0;
    for group in groups {
        let title = Esc(&group.title);
        let _ = write!(
            out,
            r#"<div role="group" aria-label="{title}"><p class="group" aria-hidden="true">{title}</p>"#
        );
        for choice in &group.choices {
            option(&mut out, choice, n);
            n += 1;
        }
        out.push_str("</div>");
    }
    let _ = write!(
        out,
        r#"</div><p class="how"><span role="status">{said}</span><span class="keys-hint" aria-hidden="true"><kbd>↑</kbd><kbd>↓</kbd> <kbd>Enter</kbd> <kbd>Esc</kbd></span></p></form>"#
    );
    out
}

fn option(out: &mut String, choice: &Choice, n: usize) {
    let words = format!(
        r#"<b>{}</b><span class="sub">{}</span>"#,
        Esc(&choice.label),
        Esc(if choice.refused.is_empty() {
            &choice.about
        } else {
            &choice.refused
        })
    );
    let own = format!(
        r#"role="option" id="choice-{n}" tabindex="-1" aria-selected="{}""#,
        n == 0
    );
    let _ = match (&choice.deed, choice.refused.is_empty()) {
        (Deed::Go(href), _) => write!(out, r#"<a {own} href="{}">{words}</a>"#, Esc(href)),
        (deed, true) => write!(
            out,
            r#"<button type="button" {own} data-deed="{}">{words}</button>"#,
            Esc(&deed.code())
        ),
        (_, false) => write!(
            out,
            r#"<button type="button" {own} aria-disabled="true">{words}</button>"#
        ),
    };
}
