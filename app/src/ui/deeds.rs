//! From a pressed button to the server and back to a report.

use std::cell::RefCell;

use js_sys::Date;
use leptos::prelude::*;
use leptos::task::spawn_local;
use orrery_view::{Kind, Millis, ObjectRef};
use web_sys::Element;

use super::{Asking, Ui, wire};
use crate::action::{Action, Done};
use crate::backend::AppError;
use crate::browser::Pending;
use crate::cell::{Deed, Link};
use crate::tone::Tone;
use crate::{address, browser, kinds, tr};

/// Systems take two presses within half a second for one double click, by default.
const DOUBLE_CLICK_MILLIS: Millis = 500;

impl Ui {
    /// Does what a button says. It shows at once, and is taken back if the cluster refuses.
    pub fn press(self, deed: Deed, button: Option<Element>, why: &str) {
        match deed {
            Deed::Go(href) => browser::go(&href),
            Deed::Delete(object) => self.asking.set(Some(Asking::Delete(object))),
            Deed::Form(address) => browser::form::open(self, address),
            Deed::Menu(object, buttons) => self.asking.set(Some(Asking::Menu(object, buttons))),
            deed => {
                let again = is_double_click(&deed);
                if let Some(action) = action(&deed).filter(|_| !again) {
                    self.perform(action, button, why);
                }
            }
        }
    }

    /// Sends a deed and reports what came of it.
    pub fn perform(self, action: Action, button: Option<Element>, why: &str) {
        let (body, pending) = (action.json(why), begin(&action, button));
        spawn_local(async move {
            match browser::post("/api/act", browser::JSON, &body).await {
                Ok(done) => {
                    self.succeeded(&action, &read(&done));
                    match action {
                        // a new object changes nothing of the one that it was made from
                        Action::Rerun { .. } => pending.end(),
                        _ => pending.wait(),
                    }
                }
                Err(body) => {
                    pending.end();
                    self.refused(body.as_deref(), &action.kubectl(None));
                }
            }
        });
    }

    /// Says what the server answered when it refused; nothing: it was not reached.
    pub fn refused(self, body: Option<&str>, kubectl: &str) {
        match body {
            Some(body) => self.failed(wire::error(body), kubectl),
            None => {
                let text = tr!(self.lang, "trouble.unreached");
                self.report(Tone::Bad, &text, kubectl, &[], None);
            }
        }
    }

    /// Says why a deed was not done.
    pub fn failed(self, error: AppError, kubectl: &str) {
        match error {
            AppError::SignIn => {
                let [what, way] = [
                    tr!(self.lang, "trouble.sign_in"),
                    tr!(self.lang, "trouble.sign_in_text"),
                ];
                let text = format!("{what}. {way}");
                self.report(Tone::Bad, &text, "", &[], None);
            }
            error => self.report(Tone::Bad, &error.to_string(), kubectl, &[], None),
        }
    }

    fn succeeded(self, action: &Action, done: &Done) {
        let links: Vec<_> = done.made.iter().flat_map(|made| self.links(made)).collect();
        let text = self.success(action, done);
        let kubectl = action.kubectl(done.made.as_ref());
        self.report(Tone::Ok, &text, &kubectl, &links, action.undo());
    }

    fn links(self, made: &ObjectRef) -> Vec<Link> {
        let link = |text, href| Link {
            text,
            href,
            away: false,
        };
        let mut links = vec![link(made.name.clone(), address::object(made))];
        if made.kind == Kind::Job {
            links.push(link(tr!(self.lang, "act.open_logs"), address::log(made)));
        }
        links
    }

    fn success(self, action: &Action, done: &Done) -> String {
        let lang = self.lang;
        match action {
            Action::Trigger { .. } => tr!(lang, "toast.triggered"),
            #[cfg(feature = "ssr")]
            Action::TriggerWith { .. } => tr!(lang, "toast.triggered"),
            Action::Rerun { .. } => tr!(lang, "toast.rerun"),
            Action::Suspend {
                object,
                suspend: true,
            } => tr!(lang, "toast.suspended", name = object.name),
            Action::Suspend {
                object,
                suspend: false,
            } => tr!(lang, "toast.resumed", name = object.name),
            Action::Delete { object, .. } => {
                tr!(
                    lang,
                    "toast.deleted",
                    kind = kinds::one(object.kind),
                    name = object.name
                )
            }
            Action::Restart { daemonset } => tr!(lang, "toast.restarted", name = daemonset.name),
            Action::Pause {
                daemonset,
                pause: true,
            } => tr!(lang, "toast.paused", name = daemonset.name),
            Action::Pause {
                daemonset,
                pause: false,
            } => tr!(lang, "toast.unpaused", name = daemonset.name),
            Action::Cordon { node, cordon: true } => tr!(lang, "toast.cordoned", name = node.name),
            Action::Cordon {
                node,
                cordon: false,
            } => tr!(lang, "toast.uncordoned", name = node.name),
            Action::LoadExamples { namespace, .. } => {
                tr!(
                    lang,
                    "toast.examples",
                    n = done.count,
                    namespace = namespace
                )
            }
        }
    }
}

thread_local! {
    /// What was pressed last, and when.
    static PRESSED: RefCell<Option<(Deed, Millis)>> = const { RefCell::new(None) };
}

/// Whether the same was pressed a moment before: hands that double-click everything mean one run. The button cannot
/// remember it, since what the press changed may have repainted it between the two.
fn is_double_click(deed: &Deed) -> bool {
    let now = Date::now() as Millis;
    let before = PRESSED.replace(Some((deed.clone(), now)));
    before.is_some_and(|(last, at)| last == *deed && now - at < DOUBLE_CLICK_MILLIS)
}

fn read(done: &str) -> Done {
    let done = wire::parse(done);
    done.as_ref().map(wire::done).unwrap_or_default()
}

/// Shows a deed where its object is, and its button as it will be.
fn begin(action: &Action, button: Option<Element>) -> Pending {
    let (deed, object) = action.on();
    let mut pending = Pending::of(deed, object.map(address::object));
    if let Some(button) = button {
        match action {
            Action::Suspend { suspend, .. } if button.has_attribute("role") => {
                let on = if *suspend { "false" } else { "true" };
                pending.press(button, "aria-checked", on);
            }
            Action::LoadExamples { .. } => pending.press(button, "disabled", ""),
            _ => {}
        }
    }
    pending
}

/// The action behind a deed that is done at once; with a fresh token where one press is one object.
pub fn action(deed: &Deed) -> Option<Action> {
    Some(match deed.clone() {
        Deed::Trigger(cronjob) => Action::Trigger {
            cronjob,
            token: browser::token(),
        },
        Deed::Rerun(job) => Action::Rerun {
            job,
            token: browser::token(),
        },
        Deed::Suspend(object, suspend) => Action::Suspend { object, suspend },
        Deed::Restart(daemonset) => Action::Restart { daemonset },
        Deed::Pause(daemonset, pause) => Action::Pause { daemonset, pause },
        Deed::Cordon(node, cordon) => Action::Cordon { node, cordon },
        Deed::Examples(namespace) => Action::LoadExamples {
            namespace,
            page: browser::origin(),
        },
        Deed::Go(_) | Deed::Delete(_) | Deed::Form(_) | Deed::Menu(..) => {
            return None;
        }
    })
}
