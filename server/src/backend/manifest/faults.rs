//! The cluster's refusal of a document, told at the lines that it is about.

use kube::core::Status;
use orrery_app::forms::manifest::Problem;

use super::Content;

/// What upstream's decoder finds when it reads strictly, one after the other with commas between.
const STRICT: &str = "strict decoding error: ";
/// Before the path of a field whose value is of the wrong type; a Go type comes first: `JobSpec.spec.suspend`.
const TYPED: &str = " into Go struct field ";

/// Each thing that is wrong, at its line.
pub fn problems(content: &Content, status: &Status) -> Vec<Problem> {
    let at = |path: &str, message: String| Problem {
        line: content.line(path),
        message,
    };
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let causes = causes.filter(|cause| !cause.field.is_empty());
    let mut found: Vec<_> = causes
        .map(|cause| at(&cause.field, format!("{}: {}", cause.field, cause.message)))
        .collect();
    if found.is_empty() {
        found = strict(&status.message)
            .into_iter()
            .map(|(path, message)| at(path, message.to_owned()))
            .collect();
    }
    if found.is_empty() {
        let path = of_message(status);
        found.push(at(path, status.message.clone()));
    }
    found.sort_by_key(|problem| problem.line);
    found
}

/// The fields that a strict reading did not know, each with what is said of it.
fn strict(message: &str) -> Vec<(&str, &str)> {
    let Some((_, told)) = message.split_once(STRICT) else {
        return Vec::new();
    };
    let told = told.split(", ");
    told.filter_map(|said| Some((said.split('"').nth(1)?, said)))
        .collect()
}

/// The field that the whole of a refusal is about.
fn of_message(status: &Status) -> &str {
    let message = status.message.as_str();
    if let Some((_, field)) = message.split_once(TYPED) {
        let field = field.split_whitespace().next().unwrap_or_default();
        return field.split_once('.').map_or("", |(_, path)| path);
    }
    match status.reason.as_str() {
        "AlreadyExists" => "metadata.name",
        "NotFound" if message.starts_with("namespaces ") => "metadata.namespace",
        "NotFound" => "kind",
        _ if message.contains("the name of the object") => "metadata.name",
        _ if message.contains("the namespace of the") => "metadata.namespace",
        _ if message.contains("cannot be handled as") || message.starts_with("no kind ") => "kind",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::manifest::read;
    use serde_json::{Value, json};

    const TEXT: &str = "\
# before it
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: backup
spec:
  schedule: 61 * * * *
  suspend: 1
  shedule: x
";

    fn told(status: Value) -> Vec<(u32, String)> {
        let all = read(TEXT);
        let content = all[0].content.as_ref().expect("it is YAML");
        let status: Status = serde_json::from_value(status).expect("a literal Status");
        let problems = problems(content, &status).into_iter();
        problems
            .map(|problem| (problem.line, problem.message))
            .collect()
    }

    #[test]
    fn each_cause_is_told_at_its_field() {
        let found = told(
            json!({ "reason": "Invalid", "message": "all of it", "details": { "causes": [
            { "field": "spec.schedule", "message": "Invalid value: \"61 * * * *\"" },
            { "field": "metadata.name", "message": "Invalid value" },
            { "field": "spec.jobTemplate.spec.template.spec.containers", "message": "Required value" },
        ] } }),
        );
        let lines: Vec<_> = found.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [6, 7, 8]);
        assert_eq!(found[2].1, "spec.schedule: Invalid value: \"61 * * * *\"");
    }

    #[test]
    fn what_names_no_field_by_itself_is_told_where_its_words_point() {
        let rows = [
            (
                "BadRequest",
                "CronJob in version \"v1\" cannot be handled as a CronJob: strict decoding error: unknown field \"spec.shedule\", unknown field \"spec.other\"",
                vec![7, 10],
            ),
            (
                "BadRequest",
                "CronJob in version \"v1\" cannot be handled as a CronJob: json: cannot unmarshal number into Go struct field CronJobSpec.spec.suspend of type bool",
                vec![9],
            ),
            (
                "AlreadyExists",
                "cronjobs.batch \"backup\" already exists",
                vec![6],
            ),
            ("NotFound", "namespaces \"x\" not found", vec![5]),
            (
                "NotFound",
                "the server could not find the requested resource",
                vec![4],
            ),
            (
                "BadRequest",
                "the name of the object (a) does not match the name on the URL (b)",
                vec![6],
            ),
            ("Forbidden", "cronjobs.batch is forbidden", vec![3]),
        ];
        for (reason, message, lines) in rows {
            let found = told(json!({ "reason": reason, "message": message }));
            let found: Vec<_> = found.iter().map(|(line, _)| *line).collect();
            assert_eq!(found, lines, "{message}");
        }
    }
}
