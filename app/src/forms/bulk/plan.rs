//! What would become of each of several objects, and what then does.

use orrery_view::{Cascade, Concurrency, Detail, Millis, ObjectRef};

use super::what::What;
use crate::action::Action;
use crate::api::perform;
use crate::backend::AppError;
use crate::forms::paper::Paper;
use crate::forms::slots::{Fill, Slots};
use crate::forms::{Desk, Fields, backfill, retry, trigger, undo};
use crate::overrides::Overrides;
use crate::{format, tr};

/// How something is done to all of them.
pub struct How<'a> {
    pub what: What,
    pub token: &'a str,
    pub reason: &'a str,
    pub cascade: Cascade,
    /// How far back slots are filled.
    pub period: Millis,
    /// What runs do differently.
    pub overrides: Overrides,
}

/// What would become of one of them.
pub struct Plan {
    pub object: ObjectRef,
    /// What is to be known of it; may be empty.
    pub note: String,
    pub kubectl: String,
    /// The revision that it goes back to, which is another one once it has.
    pub to: Option<i64>,
}

impl<'a> How<'a> {
    pub fn of(what: What, token: &'a str, fields: &'a Fields) -> Self {
        Self {
            what,
            token,
            reason: fields.text("reason"),
            cascade: Cascade::of_code(fields.text("cascade")),
            period: backfill::period_of(fields),
            overrides: trigger::read_for_several(fields),
        }
    }

    /// Tells how the run of an object would differ, as the cluster would store it, or why it refuses it.
    pub async fn rehearse(
        &self,
        desk: &Desk<'_>,
        object: &ObjectRef,
        paper: &mut Paper,
    ) -> Result<(), AppError> {
        let Some(action) = self.action(object) else {
            return Ok(());
        };
        match perform(desk.backend, action.rehearsing(true)).await {
            Ok(done) => paper.diff(&done.diff),
            Err(AppError::SignIn) => return Err(AppError::SignIn),
            Err(error) => paper.refused(&error.to_string()),
        }
        Ok(())
    }

    /// What would become of an object; an error says why it cannot be done.
    pub async fn plan(&self, desk: &Desk<'_>, object: ObjectRef) -> Result<Plan, AppError> {
        let action = self.action(&object);
        let plan = Plan {
            object,
            note: String::new(),
            kubectl: action.map_or_else(String::new, |action| action.kubectl(None)),
            to: None,
        };
        match self.what {
            What::Backfill => self.plan_backfill(desk, plan).await,
            What::Retry => self.plan_retry(desk, plan).await,
            What::Undo => plan_undo(desk, plan).await,
            _ => Ok(plan),
        }
    }

    /// Does it; `to` as its plan had it.
    pub async fn go(
        &self,
        desk: &Desk<'_>,
        object: ObjectRef,
        to: Option<i64>,
    ) -> Result<(), AppError> {
        if let Some(action) = self.action(&object) {
            return perform(desk.backend, action).await.map(drop);
        }
        let (backend, token) = (desk.backend, self.token.to_owned());
        match (self.what, to) {
            (What::Backfill, _) => self.backfill(desk, object).await,
            (What::Undo, Some(to)) => backend.undo(object, to, false).await.map(drop),
            (What::Undo, None) => Err(no_revision(desk, &object)),
            _ => backend.retry(object, token, false).await.map(drop),
        }
    }

    /// `None` of what takes more than one request.
    fn action(&self, object: &ObjectRef) -> Option<Action> {
        let (object, token) = (object.clone(), self.token.to_owned());
        Some(match self.what {
            What::Backfill | What::Retry | What::Undo => return None,
            What::Trigger => Action::Trigger {
                cronjob: object,
                token,
            },
            What::TriggerWith => Action::TriggerWith {
                cronjob: object,
                overrides: self.overrides.clone(),
                token,
                dry_run: false,
            },
            What::Rerun => Action::Rerun { job: object, token },
            What::Suspend | What::Resume => Action::Suspend {
                object,
                suspend: self.what == What::Suspend,
            },
            What::Restart => Action::Restart { daemonset: object },
            What::Pause | What::Unpause => Action::Pause {
                daemonset: object,
                pause: self.what == What::Pause,
            },
            What::Cordon | What::Uncordon => Action::Cordon {
                node: object,
                cordon: self.what == What::Cordon,
            },
            What::Delete => Action::Delete {
                object,
                cascade: self.cascade,
            },
        })
    }

    async fn plan_backfill(&self, desk: &Desk<'_>, plan: Plan) -> Result<Plan, AppError> {
        let (lang, slots) = (desk.lang, self.slots(desk, &plan.object).await?);
        let fill = self.fill(&slots);
        if fill.slots.is_empty() {
            return Err(AppError::Refused {
                message: backfill::none_wanted(&slots, lang),
            });
        }
        Ok(Plan {
            note: tr!(
                lang,
                "bulk.slots",
                n = format::number(fill.slots.len() as u32)
            ),
            kubectl: backfill::kubectl(&plan.object, &fill),
            ..plan
        })
    }

    async fn backfill(&self, desk: &Desk<'_>, object: ObjectRef) -> Result<(), AppError> {
        let slots = self.slots(desk, &object).await?;
        let filled = desk.backend.backfill(object, self.fill(&slots), false);
        let filled = filled.await?;
        let mut failed = filled.iter().filter_map(|each| each.job.as_ref().err());
        let Some(why) = failed.next() else {
            return Ok(());
        };
        let made = filled.iter().filter(|each| each.job.is_ok()).count();
        let said = tr!(
            desk.lang,
            "backfill.partly",
            n = format::number(made),
            all = format::number(filled.len())
        );
        Err(AppError::Refused {
            message: format!("{said} {why}"),
        })
    }

    async fn slots(&self, desk: &Desk<'_>, object: &ObjectRef) -> Result<Slots, AppError> {
        desk.backend.slots(object.clone(), self.period).await
    }

    /// Those that its own form would tick; where runs may not overlap, one after the other.
    fn fill(&self, slots: &Slots) -> Fill {
        let wanted = slots.slots.iter().filter(|slot| backfill::wanted(slot));
        Fill {
            slots: wanted.map(|slot| slot.at).collect(),
            in_turn: slots.policy != Concurrency::Allow,
            reason: self.reason.to_owned(),
            token: self.token.to_owned(),
        }
    }

    async fn plan_retry(&self, desk: &Desk<'_>, plan: Plan) -> Result<Plan, AppError> {
        let (job, token) = (plan.object.clone(), self.token.to_owned());
        let told = desk.backend.retry(job, token, true).await?;
        let detail = desk.backend.detail(plan.object.clone()).await?;
        let kubectl = match &detail {
            Some(Detail::Job(job)) => retry::kubectl(&plan.object, job, None),
            _ => String::new(),
        };
        Ok(Plan {
            note: tr!(desk.lang, "bulk.indexes", indexes = told.indexes),
            kubectl,
            ..plan
        })
    }
}

/// Back to the revision before the present one, as `kubectl rollout undo` does by itself.
async fn plan_undo(desk: &Desk<'_>, plan: Plan) -> Result<Plan, AppError> {
    let detail = desk.backend.detail(plan.object.clone()).await?;
    let history = match &detail {
        Some(Detail::DaemonSet(daemonset)) => &daemonset.history[..],
        _ => &[],
    };
    let current = history.iter().find(|revision| revision.current);
    let before = history
        .iter()
        .filter(|revision| current.is_some_and(|current| revision.number < current.number))
        .max_by_key(|revision| revision.number);
    let Some(before) = before else {
        return Err(no_revision(desk, &plan.object));
    };
    Ok(Plan {
        note: tr!(desk.lang, "bulk.to_revision", n = before.number),
        kubectl: undo::kubectl(&plan.object, before.number),
        to: Some(before.number),
        ..plan
    })
}

fn no_revision(desk: &Desk<'_>, object: &ObjectRef) -> AppError {
    AppError::Refused {
        message: tr!(desk.lang, "bulk.no_revision", name = object.name),
    }
}
