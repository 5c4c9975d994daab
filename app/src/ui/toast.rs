//! Short reports of what came of a deed.

use std::fmt::Write;

use gloo_timers::callback::Timeout;

use super::Ui;
use crate::browser;
use crate::cell::Link;
use crate::paint::{Esc, command, link};
use crate::tone::Tone;
use crate::tr;

/// Long enough to read a sentence and to reach its link. Troubles stay until they are closed.
const SHOWN_MILLIS: u32 = 10_000;
/// More would hide the page.
const MOST: u32 = 4;

impl Ui {
    /// Shows a report; `kubectl` is the command that does the same.
    pub fn report(self, tone: Tone, text: &str, kubectl: &str, links: &[Link]) {
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
        let _ = write!(
            html,
            r#"<button class="close" type="button" aria-label="{}" data-do="dismiss">×</button></p>"#,
            tr!(self.lang, "act.close")
        );
        if !kubectl.is_empty() {
            command(&mut html, kubectl, self.lang);
        }
        html.push_str("</div>");
        let toast = browser::append(".toasts", &html, MOST);
        if let (Some(toast), true) = (toast, tone != Tone::Bad) {
            Timeout::new(SHOWN_MILLIS, move || toast.remove()).forget();
        }
    }
}
