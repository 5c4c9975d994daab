//! Runs for slots that have passed: which, in which order, and what came of each.

use std::collections::BTreeSet;

use orrery_view::{Concurrency, Millis, ObjectRef, Outcome};

use super::paper::Paper;
use super::slots::{Fill, Filled, Slot, Slots, parts};
use super::{Desk, Fields, address};
use crate::backend::AppError;
use crate::cell::{Cell, Link};
use crate::lang::Lang;
use crate::paint::{self, Esc};
use crate::timeline::Zone;
use crate::tone::{State, Tone};
use crate::ui::toast;
use crate::{format, tr};

const HOUR: Millis = 3_600_000;
const DAY: Millis = 24 * HOUR;
/// Periods back from now.
const PERIODS: [Millis; 5] = [HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY];

pub async fn answer(
    desk: &Desk<'_>,
    cronjob: &ObjectRef,
    fields: &Fields,
) -> Result<String, AppError> {
    let period = period_of(fields);
    let slots = desk.backend.slots(cronjob.clone(), period).await?;
    // another period has other slots: those that were chosen of the last one are not meant
    let same = fields.text("shown") == period.to_string();
    let chosen: BTreeSet<Millis> = match same {
        true => fields
            .all("slot")
            .filter_map(|slot| slot.parse().ok())
            .collect(),
        false => slots
            .slots
            .iter()
            .filter(|slot| wanted(slot))
            .map(|slot| slot.at)
            .collect(),
    };
    let sheet = Sheet {
        cronjob,
        period,
        in_turn: slots.policy != Concurrency::Allow || fields.text("order") == "turn",
        chosen: slots
            .slots
            .iter()
            .map(|slot| slot.at)
            .filter(|at| chosen.contains(at))
            .collect(),
        slots,
    };
    let mut token = fields.text("token").to_owned();
    let pressed = fields.pressed();
    if !matches!(pressed, "check" | "run") || sheet.chosen.is_empty() {
        return Ok(sheet.draw(desk, fields, &mut token, |_| {}));
    }
    let fill = sheet.fill(fields, &token);
    let filled = desk
        .backend
        .backfill(cronjob.clone(), fill.clone(), pressed == "check")
        .await;
    match filled {
        Ok(filled) if pressed == "run" && filled.iter().all(|each| each.job.is_ok()) => {
            Ok(sheet.done(&fill, desk.lang))
        }
        Ok(filled) => Ok(sheet.draw(desk, fields, &mut token, |paper| {
            told(paper, &sheet, &filled, pressed == "check");
        })),
        Err(AppError::SignIn) => Err(AppError::SignIn),
        Err(error) => Ok(sheet.draw(desk, fields, &mut token, |paper| {
            paper.refused(&error.to_string());
        })),
    }
}

/// How far back a form looks; a day unless it says.
pub(super) fn period_of(fields: &Fields) -> Millis {
    let period = fields.text("period").parse();
    let period = period.ok().filter(|period| PERIODS.contains(period));
    period.unwrap_or(DAY)
}

/// Asks how far back.
pub(super) fn periods(paper: &mut Paper, chosen: Millis) {
    let lang = paper.lang;
    paper.put(format_args!(
        r#"<label class="field"><b>{}</b><select name="period">"#,
        tr!(lang, "backfill.period")
    ));
    for period in PERIODS {
        let selected = if period == chosen { " selected" } else { "" };
        let last = last(period, lang);
        paper.put(format_args!(
            r#"<option value="{period}"{selected}>{last}</option>"#
        ));
    }
    paper.html("</select></label>");
}

/// `the last 6 hours`
fn last(period: Millis, lang: Lang) -> String {
    match (period / DAY, period / HOUR) {
        (0, 1) => tr!(lang, "backfill.last_hour"),
        (0, hours) => tr!(lang, "backfill.last_hours", n = hours),
        (1, _) => tr!(lang, "backfill.last_day"),
        (days, _) => tr!(lang, "backfill.last_days", n = days),
    }
}

/// A loop over the slots; those that take turns wait for the one before.
pub(super) fn kubectl(cronjob: &ObjectRef, fill: &Fill) -> String {
    let ObjectRef {
        namespace, name, ..
    } = cronjob;
    let (base, suffix) = parts(name, &fill.token);
    let slots: Vec<_> = fill.slots.iter().map(|at| format::iso(*at)).collect();
    let turn = match fill.in_turn {
        true => format!(
            " && kubectl wait -n {namespace} --for=jsonpath='{{.status.conditions[?(@.status==\"True\")].type}}' --timeout=-1s job/$job"
        ),
        false => String::new(),
    };
    format!(
        "for slot in {}; do job={base}-backfill-$(($(date -d $slot +%s)/60))-{suffix}; kubectl create job $job -n {namespace} --from=cronjob/{name} \
         --dry-run=client -o json | jq --arg s $slot '.metadata.annotations[\"batch.kubernetes.io/cronjob-scheduled-timestamp\"]=$s' \
         | kubectl create -f -{turn}; done",
        slots.join(" ")
    )
}

/// Slots without a run and those that failed; what nothing is known of is for the reader to choose.
pub(super) fn wanted(slot: &Slot) -> bool {
    matches!(
        slot.outcome,
        Some(Outcome::Failed | Outcome::Skipped | Outcome::Missed | Outcome::Deleted)
    )
}

/// The form as far as it is filled in.
struct Sheet<'a> {
    cronjob: &'a ObjectRef,
    period: Millis,
    slots: Slots,
    chosen: Vec<Millis>,
    in_turn: bool,
}

impl Sheet<'_> {
    fn draw(
        &self,
        desk: &Desk<'_>,
        fields: &Fields,
        token: &mut String,
        said: impl FnOnce(&mut Paper),
    ) -> String {
        let lang = desk.lang;
        let title = tr!(lang, "backfill.title", name = self.cronjob.name);
        let mut paper = Paper::new(&address("backfill", self.cronjob), true, &title, lang);
        paper.text(&tr!(lang, "backfill.text"));
        *token = paper.token(token);
        paper.hidden("shown", &self.period.to_string());
        periods(&mut paper, self.period);
        self.list(&mut paper);
        self.order(&mut paper);
        paper.reason(fields.text("reason"));
        if !self.chosen.is_empty() {
            paper.command(&kubectl(self.cronjob, &self.fill(fields, token)));
        }
        said(&mut paper);
        let n = self.chosen.len();
        let buttons = [
            ("check", tr!(lang, "edit.check"), ""),
            (
                "run",
                tr!(lang, "backfill.run", n = format::number(n)),
                "prime",
            ),
        ];
        paper.end(if n > 0 { &buttons } else { &[] })
    }

    fn list(&self, paper: &mut Paper) {
        let (lang, slots) = (paper.lang, &self.slots);
        if slots.fine > 0 {
            paper.text(&tr!(lang, "backfill.fine", n = format::number(slots.fine)));
        }
        if slots.slots.is_empty() {
            let (class, text) = nothing(slots, lang);
            paper.note(class, &text);
            return;
        }
        if slots.more {
            paper.note(
                "warn",
                &tr!(lang, "backfill.more", n = format::number(slots.slots.len())),
            );
        }
        let zone = Zone::named(Some(&slots.zone));
        if slots.slots.iter().any(|slot| slot.at < slots.made) {
            let at = zone.whole(slots.made, lang);
            paper.note("run", &tr!(lang, "backfill.before", at = at));
        }
        paper.html(r#"<ul class="picked slots" tabindex="0">"#);
        for slot in slots.slots.iter().rev() {
            let checked = match self.chosen.contains(&slot.at) {
                true => " checked",
                false => "",
            };
            let (tone, word) = match slot.outcome {
                Some(outcome) => (outcome.tone(), outcome.word(lang)),
                None => (Tone::Off, tr!(lang, "backfill.unknown")),
            };
            paper.put(format_args!(
                r#"<li data-k="{at}"><label><input type="checkbox" name="slot" value="{at}"{checked}> <b>{}</b> <i class="dot {}" aria-hidden="true"></i> {word} <span class="sub">{}</span></label></li>"#,
                zone.whole(slot.at, lang),
                tone.class(),
                paint::html(&Cell::Date(slot.at), lang),
                at = slot.at,
            ));
        }
        paper.html("</ul>");
    }

    fn order(&self, paper: &mut Paper) {
        let lang = paper.lang;
        let policy = self.slots.policy;
        if policy != Concurrency::Allow {
            let policy = super::draft::policy(policy);
            paper.note("run", &tr!(lang, "backfill.in_turn", policy = policy));
            return;
        }
        paper.put(format_args!(
            r#"<label class="field"><b>{}</b><select name="order">"#,
            tr!(lang, "backfill.order")
        ));
        for (code, on, word) in [
            ("together", !self.in_turn, tr!(lang, "backfill.together")),
            ("turn", self.in_turn, tr!(lang, "backfill.turn")),
        ] {
            let selected = if on { " selected" } else { "" };
            paper.put(format_args!(
                r#"<option value="{code}"{selected}>{word}</option>"#
            ));
        }
        paper.html("</select></label>");
    }

    fn fill(&self, fields: &Fields, token: &str) -> Fill {
        Fill {
            slots: self.chosen.clone(),
            in_turn: self.in_turn,
            reason: fields.text("reason").into(),
            token: token.into(),
        }
    }

    fn done(&self, fill: &Fill, lang: Lang) -> String {
        let n = fill.slots.len();
        let text = match self.in_turn {
            true => tr!(
                lang,
                "backfill.done_in_turn",
                n = format::number(n),
                name = self.cronjob.name
            ),
            false => tr!(
                lang,
                "backfill.done",
                n = format::number(n),
                name = self.cronjob.name
            ),
        };
        let jobs = Link {
            text: tr!(lang, "kind.jobs"),
            href: format!("/jobs?q={}-backfill", self.cronjob.name),
            away: false,
        };
        toast(
            Tone::Ok,
            &text,
            &kubectl(self.cronjob, fill),
            &[jobs],
            None,
            lang,
        )
    }
}

/// Why no slot of the time is told.
fn nothing(slots: &Slots, lang: Lang) -> (&'static str, String) {
    match slots.slots.is_empty() && slots.fine == 0 {
        true => ("run", tr!(lang, "backfill.no_slot")),
        false => ("ok", tr!(lang, "backfill.nothing")),
    }
}

/// Why none of several slots is filled without somebody who ticks them.
pub(super) fn none_wanted(slots: &Slots, lang: Lang) -> String {
    let unknown = slots.slots.iter().filter(|slot| slot.outcome.is_none());
    match unknown.count() {
        0 => nothing(slots, lang).1,
        n => {
            let at = Zone::named(Some(&slots.zone)).whole(slots.made, lang);
            tr!(
                lang,
                "backfill.unknown_only",
                n = format::number(n),
                at = at
            )
        }
    }
}

/// What would become, or has become, of each slot.
fn told(paper: &mut Paper, sheet: &Sheet<'_>, filled: &[Filled], rehearsed: bool) {
    let lang = paper.lang;
    let failed = filled.iter().filter(|each| each.job.is_err()).count();
    let (n, all) = (filled.len() - failed, filled.len());
    let text = match rehearsed {
        true => tr!(
            lang,
            "backfill.would",
            n = format::number(n),
            all = format::number(all)
        ),
        false => tr!(
            lang,
            "backfill.partly",
            n = format::number(n),
            all = format::number(all)
        ),
    };
    paper.note(if failed > 0 { "bad" } else { "ok" }, &text);
    let zone = Zone::named(Some(&sheet.slots.zone));
    paper.html(r#"<ul class="picked" tabindex="0">"#);
    for each in filled {
        let (class, text) = match &each.job {
            Ok(job) => ("ok", &job.name),
            Err(why) => ("bad", why),
        };
        paper.put(format_args!(
            r#"<li class="{class}"><b>{}</b><span class="sub">{}</span></li>"#,
            zone.whole(each.slot, lang),
            Esc(text)
        ));
    }
    paper.html("</ul>");
}
