//! The settings of a CronJob, as the edit form has them and as they are understood.

use orrery_view::Concurrency;

use super::Fields;

/// What can be edited by form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    pub schedule: String,
    /// `None`: the controller's own.
    pub zone: Option<String>,
    pub policy: Concurrency,
    pub deadline_secs: Option<i64>,
    /// `None`: the API's default, 3 and 1.
    pub successful: Option<i32>,
    pub failed: Option<i32>,
    pub suspend: bool,
}

/// The fields of [`Settings`], by their names in the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Schedule,
    Zone,
    Policy,
    Deadline,
    Successful,
    Failed,
    Suspend,
}

impl Field {
    pub const ALL: [Self; 7] = [
        Self::Schedule,
        Self::Zone,
        Self::Policy,
        Self::Deadline,
        Self::Successful,
        Self::Failed,
        Self::Suspend,
    ];

    /// As in `spec`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Zone => "timeZone",
            Self::Policy => "concurrencyPolicy",
            Self::Deadline => "startingDeadlineSeconds",
            Self::Successful => "successfulJobsHistoryLimit",
            Self::Failed => "failedJobsHistoryLimit",
            Self::Suspend => "suspend",
        }
    }
}

impl Settings {
    /// A field as the form has it: text, empty where it is not set.
    pub fn text(&self, field: Field) -> String {
        match field {
            Field::Schedule => self.schedule.clone(),
            Field::Zone => self.zone.clone().unwrap_or_default(),
            Field::Policy => policy(self.policy).into(),
            Field::Deadline => number(self.deadline_secs),
            Field::Successful => number(self.successful),
            Field::Failed => number(self.failed),
            Field::Suspend => if self.suspend { "true" } else { "" }.into(),
        }
    }

    /// The same, set.
    pub fn set(&mut self, field: Field, text: &str) -> Result<(), String> {
        let some = (!text.is_empty()).then(|| text.to_owned());
        match field {
            Field::Schedule => self.schedule = text.into(),
            Field::Zone => self.zone = some,
            Field::Policy => {
                self.policy = match text {
                    "Forbid" => Concurrency::Forbid,
                    "Replace" => Concurrency::Replace,
                    _ => Concurrency::Allow,
                }
            }
            Field::Deadline => self.deadline_secs = whole(field, text)?,
            Field::Successful => self.successful = whole(field, text)?,
            Field::Failed => self.failed = whole(field, text)?,
            Field::Suspend => self.suspend = !text.is_empty(),
        }
        Ok(())
    }

    /// What was typed; fields that cannot be understood stay unset and are told.
    pub fn read(fields: &Fields) -> (Self, Vec<String>) {
        Self::read_as(fields, "")
    }

    /// The same of fields whose names begin with `prefix`.
    pub fn read_as(fields: &Fields, prefix: &str) -> (Self, Vec<String>) {
        let (mut settings, mut wrong) = (Self::default(), Vec::new());
        for field in Field::ALL {
            let text = fields.text(&format!("{prefix}{}", field.name()));
            wrong.extend(settings.set(field, text).err());
        }
        (settings, wrong)
    }

    /// The fields in which two differ.
    pub fn differing(&self, other: &Self) -> Vec<Field> {
        let mut all = Field::ALL.to_vec();
        all.retain(|field| self.text(*field) != other.text(*field));
        all
    }

    /// The merge patch's `spec` that makes `before` this.
    pub fn patch(&self, before: &Self) -> serde_json::Value {
        let pairs = self.differing(before).into_iter().map(|field| {
            let text = self.text(field);
            let value = match field {
                Field::Suspend => self.suspend.into(),
                _ if text.is_empty() => serde_json::Value::Null,
                Field::Deadline => self.deadline_secs.into(),
                Field::Successful => self.successful.into(),
                Field::Failed => self.failed.into(),
                _ => text.into(),
            };
            (field.name().to_owned(), value)
        });
        pairs.collect::<serde_json::Map<_, _>>().into()
    }
}

pub fn policy(policy: Concurrency) -> &'static str {
    match policy {
        Concurrency::Allow => "Allow",
        Concurrency::Forbid => "Forbid",
        Concurrency::Replace => "Replace",
    }
}

fn number(n: Option<impl ToString>) -> String {
    n.map(|n| n.to_string()).unwrap_or_default()
}

fn whole<T: TryFrom<i64>>(field: Field, text: &str) -> Result<Option<T>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let n = text
        .parse::<i64>()
        .ok()
        .filter(|n| (0..=i64::from(i32::MAX)).contains(n));
    match n.and_then(|n| T::try_from(n).ok()) {
        Some(n) => Ok(Some(n)),
        None => Err(format!(
            "{}: {text:?} is no whole number from 0 to {}",
            field.name(),
            i32::MAX
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn typed(text: &str) -> (Settings, Vec<String>) {
        Settings::read(&Fields::read(text, b""))
    }

    #[test]
    fn a_patch_holds_what_differs_and_nothing_else() {
        let (before, _) =
            typed("schedule=0+2+*+*+*&timeZone=Asia/Seoul&startingDeadlineSeconds=60");
        let rows = [
            (
                "schedule=0+2+*+*+*&timeZone=Asia/Seoul&startingDeadlineSeconds=60",
                json!({}),
            ),
            (
                "schedule=5+2+*+*+*&timeZone=&startingDeadlineSeconds=&concurrencyPolicy=Forbid&suspend=true",
                json!({ "schedule": "5 2 * * *", "timeZone": null, "startingDeadlineSeconds": null,
                    "concurrencyPolicy": "Forbid", "suspend": true }),
            ),
            (
                "schedule=0+2+*+*+*&timeZone=Asia/Seoul&startingDeadlineSeconds=60&successfulJobsHistoryLimit=0",
                json!({ "successfulJobsHistoryLimit": 0 }),
            ),
        ];
        for (text, patch) in rows {
            let (settings, wrong) = typed(text);
            assert_eq!((settings.patch(&before), wrong), (patch, vec![]), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_names_its_field() {
        let (settings, wrong) =
            typed("schedule=x&failedJobsHistoryLimit=-1&startingDeadlineSeconds=9999999999");
        assert_eq!(settings.schedule, "x");
        assert!(
            wrong[0].starts_with("startingDeadlineSeconds: \"9999999999\""),
            "{wrong:?}"
        );
        assert!(
            wrong[1].starts_with("failedJobsHistoryLimit: \"-1\""),
            "{wrong:?}"
        );
    }
}
