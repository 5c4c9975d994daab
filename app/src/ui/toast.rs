//! Short reports of what came of a deed.

use std::fmt::Write;

use gloo_timers::callback::Timeout;

use super::Ui;
use crate::browser;
use crate::cell::Link;
use crate::lang::Lang;
use crate::paint::{Esc, command, link};
use crate::tone::Tone;
use crate::tr;

/// Long enough to read a sentence and to reach its link. Troubles stay until they are closed.
const SHOWN_MILLIS: u32 = 10_000;
/// More would hide the page.
const MOST: u32 = 4;

/// Where a dialog has its troubles told: the page under it is out of reach, and what is in its corner with it.
pub const TOLD_IN_DIALOG: &str = r#"<div class="toasts"></div>"#;
const DIALOG: &str = "dialog[open] .toasts";
const PAGE: &str = ".toasts:not(dialog *)";

/// A report; `kubectl` is the command that does the same, `undo` the deed that takes it back, as in `data-deed`.
pub fn toast(
    tone: Tone,
    text: &str,
    kubectl: &str,
    links: &[Link],
    undo: Option<String>,
    lang: Lang,
) -> String {
    let mut html = String::new();
    let role = if tone == Tone::Bad {
        r#" role="alert""#
    } else {
        ""
    };
    // Writing to a string does not fail.
    let _ = write!(
        html,
        r#"<div class="toast {}"{role}><p><span class="text">{}</span> "#,
        tone.class(),
        Esc(text)
    );
    for each in links {
        let _ = link(&mut html, each);
    }
    if let Some(undo) = undo {
        let _ = write!(
            html,
            r#"<button class="btn small" type="button" data-deed="{}">{}</button>"#,
            Esc(&undo),
            tr!(lang, "act.undo")
        );
    }
    let _ = write!(
        html,
        r#"<button class="close" type="button" aria-label="{}" data-do="dismiss">×</button></p>"#,
        tr!(lang, "act.close")
    );
    if !kubectl.is_empty() {
        command(&mut html, kubectl, lang);
    }
    html + "</div>"
}

impl Ui {
    /// Shows a report.
    pub fn report(
        self,
        tone: Tone,
        text: &str,
        kubectl: &str,
        links: &[Link],
        undo: Option<String>,
    ) {
        let html = toast(tone, text, kubectl, links, undo, self.lang);
        self.show(&html, tone != Tone::Bad);
    }

    /// Shows one that is drawn, for a while or until it is closed.
    pub fn show(self, html: &str, passing: bool) {
        if html.contains("data-deed") {
            // what was done before is not what one would take back now
            browser::remove(".toast:has([data-deed])");
        }
        let inside = if passing {
            None
        } else {
            browser::append(DIALOG, html, MOST)
        };
        let toast = inside.or_else(|| browser::append(PAGE, html, MOST));
        if let (Some(toast), true) = (toast, passing) {
            // a report of what was made leads to it
            let link = toast.query_selector("a[href^='/jobs/']").ok().flatten();
            if let Some(href) = link.and_then(|link| link.get_attribute("href")) {
                browser::made(&href);
            }
            Timeout::new(SHOWN_MILLIS, move || toast.remove()).forget();
        }
    }
}
