//! Editing a CronJob's settings: each field with its meaning, what the schedule comes to, the three policies side by
//! side, and what the cluster says, before anything is saved.

mod paint;
mod policies;
mod schedule;
mod warnings;

use orrery_view::{Millis, ObjectRef};

use super::draft::{Field, Settings};
use super::outlook::{Edited, Outlook};
use super::{Desk, Fields, address};
use crate::backend::AppError;
use crate::cell::Deed;
use crate::kinds;
use crate::lang::Lang;
use crate::permit::TRIAL;
use crate::timeline::axis::Zone;
use crate::tone::Tone;
use crate::tr;
use crate::ui::toast;

/// What the form begins with is told again with every request, under this prefix: so that a change by somebody else is
/// seen, and each field that only one side changed is taken over.
const WAS: &str = "was.";

/// Says in an address that it is a trial first: the form is the same, under another title.
const IS_TRIAL: &str = "trial";

/// Where the form is for who wonders what would be, rather than knows what shall be.
pub fn trial(cronjob: &ObjectRef) -> String {
    format!("{}?{TRIAL}", address("edit", cronjob))
}

/// A form as far as it is filled in.
struct Sheet {
    /// As typed.
    mine: Settings,
    /// When it was opened.
    was: Settings,
    generation: i64,
    /// Fields that cannot be understood.
    wrong: Vec<String>,
    /// Why none of it can be saved, where that is known.
    refused: Option<String>,
    /// How long a run shall be thought to take.
    takes: Option<Millis>,
    outlook: Outlook,
}

pub async fn answer(
    desk: &Desk<'_>,
    cronjob: &ObjectRef,
    fields: &Fields,
) -> Result<String, AppError> {
    let mut sheet = sheet(desk, cronjob, fields).await?;
    let pressed = fields.pressed();
    if !matches!(pressed, "check" | "save") || !sheet.wrong.is_empty() {
        return Ok(paint::form(desk, cronjob, fields, &sheet, |_| {}));
    }
    let (mine, was) = (sheet.mine.clone(), sheet.was.clone());
    let edited = desk
        .backend
        .edit(
            cronjob.clone(),
            mine,
            was,
            sheet.generation,
            pressed == "check",
        )
        .await;
    match edited {
        Ok(Edited::Saved) => Ok(saved(desk, cronjob, &sheet)),
        Ok(Edited::Same) => Ok(paint::form(desk, cronjob, fields, &sheet, |paper| {
            paper.note("run", &tr!(desk.lang, "edit.not_saved"));
        })),
        Ok(Edited::Rehearsed(diff)) => {
            Ok(paint::form(
                desk,
                cronjob,
                fields,
                &sheet,
                |paper| match diff.is_empty() {
                    true => paper.note("run", &tr!(desk.lang, "edit.same")),
                    false => paper.diff(&diff),
                },
            ))
        }
        Ok(Edited::Changed(theirs, generation)) => {
            let told = paint::changed(&sheet, &theirs, desk.lang);
            sheet.rebase(*theirs, generation);
            sheet.outlook = outlook(desk, cronjob, &sheet.mine).await?;
            Ok(paint::form(desk, cronjob, fields, &sheet, |paper| {
                paper.html(&told)
            }))
        }
        Err(AppError::SignIn) => Err(AppError::SignIn),
        Err(error) => Ok(paint::form(desk, cronjob, fields, &sheet, |paper| {
            paper.refused(&error.to_string());
        })),
    }
}

async fn sheet(desk: &Desk<'_>, cronjob: &ObjectRef, fields: &Fields) -> Result<Sheet, AppError> {
    let generation = fields.text("generation").parse();
    let (was, generation) = match generation {
        Ok(generation) => (Settings::read_as(fields, WAS).0, generation),
        Err(_) => desk.backend.settings(cronjob.clone()).await?,
    };
    let (mine, wrong) = match fields.has(Field::Schedule.name()) {
        true => Settings::read(fields),
        false => (was.clone(), Vec::new()),
    };
    let permits = desk
        .backend
        .permits(std::slice::from_ref(&cronjob.namespace));
    let saves = Deed::Form(address("edit", cronjob));
    Ok(Sheet {
        outlook: outlook(desk, cronjob, &mine).await?,
        refused: permits.await.why_not(&saves, desk.lang),
        takes: takes(fields.text("takes")),
        mine,
        was,
        generation,
        wrong,
    })
}

async fn outlook(
    desk: &Desk<'_>,
    cronjob: &ObjectRef,
    settings: &Settings,
) -> Result<Outlook, AppError> {
    let (schedule, zone) = (settings.schedule.clone(), settings.zone.clone());
    desk.backend.outlook(cronjob.clone(), schedule, zone).await
}

/// An instant in a zone, by its name.
fn in_zone(at: Millis, zone: &str, lang: Lang) -> String {
    Zone::named(Some(zone)).whole(at, lang)
}

/// Minutes, with a fraction if need be.
fn takes(text: &str) -> Option<Millis> {
    let minutes = text.parse::<f64>().ok();
    let minutes = minutes.filter(|minutes| *minutes > 0.0 && *minutes < 1e6)?;
    Some((minutes * 60_000.0) as Millis)
}

impl Sheet {
    /// On what somebody else made of it: fields that only they changed become theirs.
    fn rebase(&mut self, theirs: Settings, generation: i64) {
        for field in theirs.differing(&self.was) {
            if self.mine.text(field) == self.was.text(field) {
                // it was a setting of theirs, so it can be one of ours
                let _ = self.mine.set(field, &theirs.text(field));
            }
        }
        (self.was, self.generation) = (theirs, generation);
    }

    fn kubectl(&self, cronjob: &ObjectRef) -> String {
        let patch = serde_json::json!({ "spec": self.mine.patch(&self.was) });
        let patch = patch.to_string().replace('\'', r"'\''");
        format!(
            "kubectl patch {} {} -n {} --type=merge -p '{patch}'",
            kinds::resource(cronjob.kind),
            cronjob.name,
            cronjob.namespace
        )
    }
}

fn saved(desk: &Desk<'_>, cronjob: &ObjectRef, sheet: &Sheet) -> String {
    let text = tr!(desk.lang, "edit.saved", name = cronjob.name);
    let mut back = form_urlencoded::Serializer::new(format!("{}?", address("edit", cronjob)));
    let mut back = &mut back;
    for field in Field::ALL {
        back = back.append_pair(field.name(), &sheet.was.text(field));
    }
    let undo = Deed::Form(back.finish()).code();
    let command = sheet.kubectl(cronjob);
    toast(Tone::Ok, &text, &command, &[], Some(undo), desk.lang)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(schedule: &str, deadline: &str) -> Settings {
        let mut settings = Settings::default();
        for (field, text) in [(Field::Schedule, schedule), (Field::Deadline, deadline)] {
            settings.set(field, text).expect("a literal setting");
        }
        settings
    }

    #[test]
    fn what_only_they_changed_is_taken_over_and_what_i_changed_stays() {
        let mut sheet = Sheet {
            mine: settings("5 * * * *", "60"),
            was: settings("0 * * * *", "60"),
            generation: 1,
            wrong: Vec::new(),
            refused: None,
            takes: None,
            outlook: Outlook::default(),
        };
        sheet.rebase(settings("9 * * * *", "30"), 2);
        assert_eq!(sheet.mine, settings("5 * * * *", "30"));
        assert_eq!(
            (sheet.was.schedule.as_str(), sheet.generation),
            ("9 * * * *", 2)
        );
    }

    #[test]
    fn minutes_may_have_a_fraction() {
        assert_eq!(takes("1.5"), Some(90_000));
        assert_eq!(
            (takes(""), takes("-1"), takes("x"), takes("inf")),
            (None, None, None, None)
        );
    }
}
