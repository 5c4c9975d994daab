//! What can be done with several objects of a kind.

use orrery_view::{Kind, ObjectRef};

use crate::cell::Deed;
use crate::forms;
use crate::lang::Lang;
use crate::tr;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Trigger,
    /// Runs that differ from their templates, all in the same way.
    TriggerWith,
    Backfill,
    Rerun,
    Retry,
    Suspend,
    Resume,
    Restart,
    Pause,
    Unpause,
    Undo,
    Cordon,
    Uncordon,
    Delete,
}

impl What {
    pub fn of(kind: Kind) -> &'static [Self] {
        use What::*;
        match kind {
            Kind::CronJob => &[Trigger, TriggerWith, Backfill, Suspend, Resume, Delete],
            Kind::Job => &[Rerun, Retry, Suspend, Resume, Delete],
            Kind::DaemonSet => &[Restart, Pause, Unpause, Undo, Delete],
            Kind::Node => &[Cordon, Uncordon],
            Kind::Pod => &[Delete],
            Kind::Event => &[],
        }
    }

    pub fn code(self) -> &'static str {
        match self {
            Self::Trigger => "trigger",
            Self::TriggerWith => "with",
            Self::Backfill => "backfill",
            Self::Rerun => "rerun",
            Self::Retry => "retry",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Restart => "restart",
            Self::Pause => "pause",
            Self::Unpause => "unpause",
            Self::Undo => "undo",
            Self::Cordon => "cordon",
            Self::Uncordon => "uncordon",
            Self::Delete => "delete",
        }
    }

    pub fn word(self, lang: Lang) -> String {
        match self {
            Self::Trigger => tr!(lang, "act.trigger"),
            Self::TriggerWith => tr!(lang, "bulk.with"),
            Self::Backfill => tr!(lang, "bulk.backfill"),
            Self::Rerun => tr!(lang, "act.rerun"),
            Self::Retry => tr!(lang, "bulk.retry"),
            Self::Suspend => tr!(lang, "act.suspend"),
            Self::Resume => tr!(lang, "act.resume"),
            Self::Restart => tr!(lang, "act.restart"),
            Self::Pause => tr!(lang, "act.pause"),
            Self::Unpause => tr!(lang, "act.unpause"),
            Self::Undo => tr!(lang, "bulk.undo"),
            Self::Cordon => tr!(lang, "act.cordon"),
            Self::Uncordon => tr!(lang, "act.uncordon"),
            Self::Delete => tr!(lang, "act.delete"),
        }
    }

    /// Whether it can be done to any object of its kind, however that stands.
    pub fn is_for_all(self) -> bool {
        use What::*;
        matches!(
            self,
            Trigger | TriggerWith | Backfill | Rerun | Restart | Undo | Delete
        )
    }

    /// What takes it back.
    pub fn back(self) -> Option<Self> {
        match self {
            Self::Suspend => Some(Self::Resume),
            Self::Resume => Some(Self::Suspend),
            Self::Pause => Some(Self::Unpause),
            Self::Unpause => Some(Self::Pause),
            Self::Cordon => Some(Self::Uncordon),
            Self::Uncordon => Some(Self::Cordon),
            _ => None,
        }
    }

    /// As its button on the object's own page does it.
    pub fn deed(self, object: ObjectRef) -> Deed {
        match self {
            Self::Trigger => Deed::Trigger(object),
            Self::TriggerWith => Deed::Form(forms::address("trigger", &object)),
            Self::Backfill => Deed::Form(forms::address("backfill", &object)),
            Self::Rerun => Deed::Rerun(object),
            Self::Retry => Deed::Form(forms::address("retry", &object)),
            Self::Suspend => Deed::Suspend(object, true),
            Self::Resume => Deed::Suspend(object, false),
            Self::Restart => Deed::Restart(object),
            Self::Pause => Deed::Pause(object, true),
            Self::Unpause => Deed::Pause(object, false),
            Self::Undo => Deed::Form(forms::address("undo", &object)),
            Self::Cordon => Deed::Cordon(object, true),
            Self::Uncordon => Deed::Cordon(object, false),
            Self::Delete => Deed::Delete(object),
        }
    }
}
