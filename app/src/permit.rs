//! What the person may do: which buttons are offered.

mod need;

use std::borrow::Cow;

use orrery_view::Kind;

use self::need::{is_of_machine, need};
use crate::cell::{Button, Deed};
use crate::lang::Lang;
use crate::{kinds, tr};

/// The query of a form that asks what would be, and changes nothing before more is asked of it.
pub const TRIAL: &str = "trial=1";

/// What a deed does to the API's objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    Create,
    Patch,
    Update,
    Delete,
    /// `create` of a Pod's `eviction`.
    Evict,
    /// `create` of a Pod's `exec`.
    Exec,
}

/// The permission that a deed needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    pub verb: Verb,
    pub kind: Kind,
    /// Empty: in every namespace, or what has none.
    pub namespace: String,
}

/// A permission that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    pub need: Need,
    /// In the cluster's words; it may have none.
    pub reason: String,
}

/// What may not be done; anything else is offered, and the cluster has the last word when it is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permits {
    pub read_only: bool,
    /// The machines under the nodes are there to be added, failed and removed.
    pub machines: bool,
    pub denied: Vec<Denied>,
}

impl Permits {
    /// Every button is offered.
    pub fn is_open(&self) -> bool {
        !self.read_only && self.machines && self.denied.is_empty()
    }

    /// Why it is denied, in the cluster's words.
    pub fn refusal(&self, need: &Need) -> Option<&str> {
        let denied = self.denied.iter().find(|denied| denied.need == *need)?;
        Some(&denied.reason)
    }

    /// Why a button cannot be used, in a sentence.
    pub fn why_not(&self, deed: &Deed, lang: Lang) -> Option<String> {
        self.why(&need(deed)?, lang)
    }

    /// Why what needs this cannot be done, in a sentence.
    pub fn why(&self, need: &Need, lang: Lang) -> Option<String> {
        if self.read_only {
            return Some(tr!(lang, "permit.read_only"));
        }
        let reason = self.refusal(need)?;
        let mut resource = kinds::path(need.kind).to_owned();
        if let Some(sub) = need.verb.subresource() {
            resource = format!("{resource}/{sub}");
        }
        let verb = need.verb.word();
        let sentence = match need.namespace.as_str() {
            "" => tr!(lang, "permit.denied", verb = verb, resource = resource),
            namespace => tr!(
                lang,
                "permit.denied_in",
                verb = verb,
                resource = resource,
                namespace = namespace
            ),
        };
        Some(match reason {
            "" => sentence,
            reason => format!("{sentence} ({reason})"),
        })
    }

    /// The buttons to draw: those that are refused say why, a read-only page has none that change anything, and without
    /// machines of its own it has none for them.
    pub fn offered<'a>(&self, buttons: &'a [Button], lang: Lang) -> Cow<'a, [Button]> {
        if self.is_open() {
            return Cow::Borrowed(buttons);
        }
        let offer = |button: &Button| {
            let (refused, deed) = match &button.deed {
                Deed::Menu(object, inner) => {
                    let inner = self.offered(inner, lang).into_owned();
                    // one that only asks for a reason is refused as what it is for; another says why of each
                    let why = inner.first()?.refused.clone();
                    let is_refused = |it: &Button| it.deed.is_at_once() && !it.refused.is_empty();
                    let is_refused = inner.iter().all(is_refused);
                    let why = Some(why).filter(|_| is_refused);
                    (why, Deed::Menu(object.clone(), inner))
                }
                deed => (self.why_not(deed, lang), deed.clone()),
            };
            let refused = refused.unwrap_or_default();
            let absent = !self.machines && is_of_machine(&button.deed);
            let hidden = absent || (self.read_only && !refused.is_empty());
            (!hidden).then(|| Button {
                refused,
                deed,
                ..button.clone()
            })
        };
        Cow::Owned(buttons.iter().filter_map(offer).collect())
    }
}

impl Verb {
    /// The API's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create | Self::Evict | Self::Exec => "create",
            Self::Patch => "patch",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    /// The part of an object that it is about, where it is not the whole.
    pub fn subresource(self) -> Option<&'static str> {
        match self {
            Self::Evict => Some("eviction"),
            Self::Exec => Some("exec"),
            Self::Create | Self::Patch | Self::Update | Self::Delete => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use orrery_view::ObjectRef;

    use super::*;

    fn job() -> ObjectRef {
        ObjectRef {
            kind: Kind::Job,
            namespace: "data".into(),
            name: "pi".into(),
        }
    }

    fn all() -> Vec<Button> {
        let button = |deed| Button::new("b", "", deed);
        let inner = vec![button(Deed::Rerun(job())), button(Deed::Delete(job()))];
        vec![
            button(Deed::Go("/jobs".into())),
            button(Deed::Suspend(job(), true)),
            button(Deed::Menu(job(), inner)),
        ]
    }

    #[test]
    fn a_refused_button_says_which_permission_is_missing() {
        let need = Need {
            verb: Verb::Delete,
            kind: Kind::Job,
            namespace: "data".into(),
        };
        let permits = Permits {
            denied: vec![Denied {
                need,
                reason: "no rule allows it".into(),
            }],
            ..Permits::default()
        };
        let all = all();
        let offered = permits.offered(&all, Lang::En);
        let Deed::Menu(_, inner) = &offered[2].deed else {
            panic!("the menu stays");
        };
        assert_eq!(
            (offered[1].refused.as_str(), inner[0].refused.as_str()),
            ("", "")
        );
        for words in ["delete", "jobs", "data", "no rule allows it"] {
            assert!(inner[1].refused.contains(words), "{}", inner[1].refused);
        }
    }

    #[test]
    fn a_menu_that_asks_for_a_reason_says_why_it_is_not_opened() {
        let denied = |verb| Denied {
            need: Need {
                verb,
                kind: Kind::Job,
                namespace: "data".into(),
            },
            reason: String::new(),
        };
        let permits = Permits {
            denied: [Verb::Create, Verb::Patch, Verb::Delete].map(denied).into(),
            ..Permits::default()
        };
        let menu = |deeds: &[Deed]| {
            let buttons = deeds.iter().cloned();
            let buttons = buttons.map(|deed| Button::new("", "", deed)).collect();
            Button::menu("", String::new(), job(), buttons)
        };
        let (rerun, suspend) = (Deed::Rerun(job()), Deed::Suspend(job(), true));
        let menus = [
            menu(&[rerun.clone(), suspend]),
            menu(&[rerun, Deed::Delete(job())]),
        ];
        let offered = permits.offered(&menus, Lang::En);
        assert!(offered[0].refused.contains("create"), "{offered:?}");
        assert_eq!(offered[1].refused, "", "it says so of each");
    }

    #[test]
    fn a_part_of_an_object_is_named_with_it() {
        let pods = Need {
            verb: Verb::Evict,
            kind: Kind::Pod,
            namespace: "data".into(),
        };
        let permits = Permits {
            denied: vec![Denied {
                need: pods,
                reason: String::new(),
            }],
            ..Permits::default()
        };
        let evict = Deed::Form("/form/evict/pods/data/pi-1".into());
        let said = permits.why_not(&evict, Lang::En).expect("denied");
        for words in ["create", "pods/eviction", "data"] {
            assert!(said.contains(words), "{said}");
        }
    }

    #[test]
    fn a_form_needs_what_it_does_in_the_end() {
        for (address, verb, kind) in [
            (
                "/form/undo/daemonsets/data/logs?revision=2",
                Verb::Patch,
                Kind::DaemonSet,
            ),
            (
                "/form/edit/cronjobs/data/backup",
                Verb::Patch,
                Kind::CronJob,
            ),
            (
                "/form/backfill/cronjobs/data/backup",
                Verb::Create,
                Kind::Job,
            ),
            ("/form/retry/jobs/data/pi", Verb::Create, Kind::Job),
            ("/form/drain/nodes/node-1", Verb::Patch, Kind::Node),
            ("/form/yaml/nodes/node-1", Verb::Update, Kind::Node),
            ("/form/yaml/pods/data/pi-0", Verb::Update, Kind::Pod),
            (
                "/form/create/daemonsets?ns=data",
                Verb::Create,
                Kind::DaemonSet,
            ),
            ("/form/evict/pods/data/pi-1", Verb::Evict, Kind::Pod),
            ("/form/add/nodes", Verb::Create, Kind::Node),
            ("/form/fail/nodes/node-1", Verb::Patch, Kind::Node),
            ("/form/remove/nodes/node-1", Verb::Delete, Kind::Node),
        ] {
            let namespace = if kind == Kind::Node { "" } else { "data" };
            let expected = Need {
                verb,
                kind,
                namespace: namespace.into(),
            };
            assert_eq!(
                need(&Deed::Form(address.into())),
                Some(expected),
                "{address}"
            );
        }
    }

    #[test]
    fn what_would_be_may_be_asked_on_a_read_only_page() {
        let address = "/form/edit/cronjobs/data/backup";
        assert_eq!(need(&Deed::Form(format!("{address}?{TRIAL}"))), None);
        assert!(need(&Deed::Form(address.into())).is_some());
    }

    #[test]
    fn machines_that_are_not_ours_are_not_offered() {
        let button = |address: &str| Button::new("b", "", Deed::Form(address.into()));
        let node = ObjectRef {
            kind: Kind::Node,
            namespace: String::new(),
            name: "node-1".into(),
        };
        let all = ["fail", "recover", "remove", "drain"];
        let all = all.map(|deed| button(&format!("/form/{deed}/nodes/node-1")));
        let mut all = all.to_vec();
        all.push(Button::menu("•••", String::new(), node, all.clone()));
        all.push(button("/form/add/nodes"));
        let none = Permits::default();
        let offered = none.offered(&all, Lang::En).into_owned();
        let drain = Deed::Form("/form/drain/nodes/node-1".into());
        assert_eq!(offered.len(), 2);
        assert_eq!(offered[0].deed, drain);
        let Deed::Menu(_, inner) = &offered[1].deed else {
            panic!("the menu stays");
        };
        assert_eq!(inner.len(), 1);
        let ours = Permits {
            machines: true,
            ..Permits::default()
        };
        assert_eq!(ours.offered(&all, Lang::En).len(), all.len());
    }

    #[test]
    fn a_read_only_page_offers_only_what_changes_nothing() {
        let permits = Permits {
            read_only: true,
            ..Permits::default()
        };
        let all = all();
        let offered = permits.offered(&all, Lang::En);
        assert_eq!(offered.len(), 1);
        assert_eq!(offered[0].deed, Deed::Go("/jobs".into()));
    }
}
