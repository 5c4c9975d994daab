//! A Job's conditions in words: what each says, why, and since when.

use orrery_view::Condition;

use super::Section;
use super::parts::or_dash;
use crate::cell::{Cell, Column, Line};
use crate::lang::Lang;
use crate::tone::Tone;
use crate::tr;

pub fn conditions(conditions: &[Condition], lang: Lang) -> Section {
    let line = |condition: &Condition| {
        let (tone, word) = said(condition, lang);
        Line {
            key: condition.type_.clone(),
            cells: vec![
                Cell::Status {
                    tone,
                    word,
                    note: condition.message.clone(),
                },
                Cell::code(named(condition)),
                Cell::text(or_dash(&condition.reason)),
                condition.since.map_or_else(|| Cell::text("—"), Cell::Ago),
            ],
        }
    };
    Section::Table {
        title: tr!(lang, "part.conditions"),
        columns: vec![
            Column::new(tr!(lang, "jobs.says")).class("c-message"),
            Column::new(tr!(lang, "col.condition")),
            Column::new(tr!(lang, "col.reason")),
            Column::new(tr!(lang, "col.since")).class("num"),
        ],
        lines: conditions.iter().map(line).collect(),
        empty: tr!(lang, "jobs.no_conditions"),
        more: None,
    }
}

/// `Suspended`, `Suspended=False`.
fn named(condition: &Condition) -> String {
    match condition.status.as_str() {
        "True" => condition.type_.clone(),
        status => format!("{}={status}", condition.type_),
    }
}

/// What a condition says; one that we do not know says its own name.
pub fn said(condition: &Condition, lang: Lang) -> (Tone, String) {
    let holds = condition.status == "True";
    match (condition.type_.as_str(), holds, condition.reason.as_str()) {
        ("Complete", true, "SuccessPolicy") => (Tone::Ok, tr!(lang, "jobs.c_policy_met")),
        ("Complete", true, _) => (Tone::Ok, tr!(lang, "jobs.c_complete")),
        ("SuccessCriteriaMet", true, "SuccessPolicy") => (Tone::Ok, tr!(lang, "jobs.c_policy_met")),
        ("SuccessCriteriaMet", true, _) => (Tone::Ok, tr!(lang, "jobs.c_met")),
        ("Failed" | "FailureTarget", true, reason) => (Tone::Bad, failed_because(reason, lang)),
        ("Suspended", true, _) => (Tone::Off, tr!(lang, "jobs.c_suspended")),
        ("Suspended", false, _) => (Tone::Run, tr!(lang, "jobs.c_resumed")),
        _ => (Tone::Off, named(condition)),
    }
}

/// Why a Job failed, by the reason of its condition.
pub fn failed_because(reason: &str, lang: Lang) -> String {
    match reason {
        "BackoffLimitExceeded" => tr!(lang, "jobs.c_backoff"),
        "DeadlineExceeded" => tr!(lang, "jobs.c_deadline"),
        "PodFailurePolicy" => tr!(lang, "jobs.c_policy"),
        "FailedIndexes" => tr!(lang, "jobs.c_indexes"),
        "MaxFailedIndexesExceeded" => tr!(lang, "jobs.c_max_indexes"),
        _ => tr!(lang, "jobs.c_failed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_said_in_words() {
        for (type_, status, reason, tone, words) in [
            (
                "Complete",
                "True",
                "CompletionsReached",
                Tone::Ok,
                "All its pods succeeded",
            ),
            (
                "Failed",
                "True",
                "DeadlineExceeded",
                Tone::Bad,
                "It ran longer than activeDeadlineSeconds allows",
            ),
            (
                "FailureTarget",
                "True",
                "BackoffLimitExceeded",
                Tone::Bad,
                "More pods failed than backoffLimit allows",
            ),
            (
                "Suspended",
                "True",
                "JobSuspended",
                Tone::Off,
                "Suspended: it has no pods meanwhile",
            ),
            ("Suspended", "False", "JobResumed", Tone::Run, "Resumed"),
            ("Failed", "False", "", Tone::Off, "Failed=False"),
            (
                "example.com/Odd",
                "Unknown",
                "",
                Tone::Off,
                "example.com/Odd=Unknown",
            ),
        ] {
            let condition = Condition {
                type_: type_.into(),
                status: status.into(),
                reason: reason.into(),
                message: String::new(),
                since: None,
            };
            assert_eq!(
                said(&condition, Lang::En),
                (tone, words.into()),
                "{type_}={status}"
            );
        }
    }
}
