//! Short reports of what came of a deed.

use gloo_timers::callback::Timeout;
use leptos::prelude::*;

use super::Ui;
use crate::cell::Link;
use crate::tone::Tone;

/// Long enough to read a sentence and to reach its link. Troubles stay until they are closed.
const SHOWN_MILLIS: u32 = 10_000;
/// More would hide the page.
const MOST: usize = 4;

/// A report.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    pub id: u32,
    pub tone: Tone,
    pub text: String,
    /// The command that does the same.
    pub kubectl: String,
    pub links: Vec<Link>,
}

impl Ui {
    /// Shows a report.
    pub fn report(self, tone: Tone, text: String, kubectl: String, links: Vec<Link>) {
        let id = self.toasted.get_value() + 1;
        self.toasted.set_value(id);
        self.toasts.update(|toasts| {
            toasts.push(Toast {
                id,
                tone,
                text,
                kubectl,
                links,
            });
            let extra = toasts.len().saturating_sub(MOST);
            toasts.drain(..extra);
        });
        if tone != Tone::Bad {
            Timeout::new(SHOWN_MILLIS, move || self.dismiss(id)).forget();
        }
    }

    pub fn dismiss(self, id: u32) {
        self.toasts
            .update(|toasts| toasts.retain(|toast| toast.id != id));
    }
}
