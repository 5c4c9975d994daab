//! From a pressed button to the server and back to a report.

use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use leptos::task::spawn_local;
use orrery_view::{Kind, ObjectRef};

use super::{Asking, Ui};
use crate::action::{Action, Done};
use crate::backend::AppError;
use crate::cell::{Deed, Link};
use crate::tone::Tone;
use crate::{address, api, browser, kinds, tr};

/// How long a flipped switch holds against rows that do not know of it yet; the stream is much quicker.
const FLIP_MILLIS: u32 = 2_000;

impl Ui {
    /// Does what a button says.
    pub fn press(self, deed: Deed) {
        match deed {
            Deed::Go(href) => browser::go(&href),
            Deed::Delete(object) => self.asking.set(Some(Asking::Delete(object))),
            Deed::Menu(object, buttons) => self.asking.set(Some(Asking::Menu(object, buttons))),
            Deed::Suspend(object, suspend) => self.flip(object, !suspend),
            deed => {
                if let Some(action) = action(&deed) {
                    self.perform(action);
                }
            }
        }
    }

    /// Shows the switch in its new place at once, and back in its old one if the cluster refuses.
    pub fn flip(self, object: ObjectRef, on: bool) {
        let forget = {
            let object = object.clone();
            move || {
                self.flipped
                    .update(|flips| flips.retain(|(known, _)| *known != object))
            }
        };
        forget();
        self.flipped
            .update(|flips| flips.push((object.clone(), on)));
        spawn_local(async move {
            let done = self
                .send(Action::Suspend {
                    object,
                    suspend: !on,
                })
                .await;
            if done {
                Timeout::new(FLIP_MILLIS, forget).forget();
            } else {
                forget();
            }
        });
    }

    /// Sends a deed and reports what came of it.
    pub fn perform(self, action: Action) {
        spawn_local(async move {
            self.send(action).await;
        });
    }

    async fn send(self, action: Action) -> bool {
        match api::act(action.clone()).await {
            Ok(done) => {
                let links = done.made.iter().flat_map(|made| self.links(made)).collect();
                let text = self.success(&action, &done);
                self.report(Tone::Ok, text, action.kubectl(done.made.as_ref()), links);
                true
            }
            Err(AppError::SignIn) => {
                self.report(
                    Tone::Bad,
                    tr!(self.lang, "trouble.sign_in"),
                    String::new(),
                    vec![],
                );
                false
            }
            Err(error) => {
                self.report(Tone::Bad, error.to_string(), action.kubectl(None), vec![]);
                false
            }
        }
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
            Action::Cordon { node, cordon: true } => tr!(lang, "toast.cordoned", name = node.name),
            Action::Cordon {
                node,
                cordon: false,
            } => tr!(lang, "toast.uncordoned", name = node.name),
            Action::LoadExamples { namespace } => {
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

/// The action behind a deed that needs no question; with a fresh token where one press is one object.
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
        Deed::Cordon(node, cordon) => Action::Cordon { node, cordon },
        Deed::Go(_) | Deed::Delete(_) | Deed::Menu(..) => return None,
    })
}
