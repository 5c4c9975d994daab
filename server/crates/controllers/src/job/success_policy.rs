//! successPolicy (JOB-80).

use k8s_openapi::api::batch::v1::{SuccessPolicy, SuccessPolicyRule};

use super::index_set::IndexSet;

/// The message of the first rule that is met.
pub fn met(
    policy: Option<&SuccessPolicy>,
    completions: i32,
    succeeded: &IndexSet,
) -> Option<String> {
    let rules = policy?.rules.as_slice();
    if succeeded.is_empty() {
        return None;
    }
    let position = rules
        .iter()
        .position(|rule| is_met(rule, completions, succeeded))?;
    Some(format!("Matched rules at index {position}"))
}

fn is_met(rule: &SuccessPolicyRule, completions: i32, succeeded: &IndexSet) -> bool {
    let Some(indexes) = &rule.succeeded_indexes else {
        return rule
            .succeeded_count
            .is_some_and(|count| succeeded.total() >= count);
    };
    let listed = IndexSet::parse(indexes, completions);
    let wanted = rule.succeeded_count.unwrap_or(listed.total());
    !listed.is_empty() && listed.in_common(succeeded) >= wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn job_80_rules() {
        let rule = |indexes: Option<&str>, count| SuccessPolicyRule {
            succeeded_indexes: indexes.map(str::to_owned),
            succeeded_count: count,
        };
        let rows = [
            (
                "all listed have succeeded",
                vec![rule(Some("0,2"), None)],
                "0-2",
                Some(0),
            ),
            (
                "one listed is missing",
                vec![rule(Some("0,3"), None)],
                "0-2",
                None,
            ),
            ("enough of any", vec![rule(None, Some(2))], "4,7", Some(0)),
            ("too few of any", vec![rule(None, Some(3))], "4,7", None),
            (
                "enough of the listed",
                vec![rule(Some("0-3"), Some(2))],
                "1,3,7",
                Some(0),
            ),
            (
                "enough, but not of the listed",
                vec![rule(Some("0-3"), Some(2))],
                "1,7,8",
                None,
            ),
            (
                "rules in order",
                vec![rule(Some("9"), None), rule(None, Some(1))],
                "4",
                Some(1),
            ),
            ("nothing has succeeded", vec![rule(None, Some(0))], "", None),
            (
                "a list without usable indexes is skipped",
                vec![rule(Some("70"), None)],
                "4",
                None,
            ),
            (
                "even where none of it need have succeeded",
                vec![rule(Some("70"), Some(0))],
                "4",
                None,
            ),
            ("no rules", vec![], "0", None),
            (
                "a list that cannot be read",
                vec![rule(Some("invalid-form"), None)],
                "0",
                None,
            ),
            ("an empty list", vec![rule(Some(""), None)], "1-3", None),
            (
                "all rules are met: the first counts",
                vec![rule(Some("0,1"), None), rule(Some("5"), None)],
                "0-2,4-7",
                Some(0),
            ),
            (
                "more than the listed have succeeded",
                vec![rule(Some("2-4,6-8"), None)],
                "1-9",
                Some(0),
            ),
            (
                "just the listed have",
                vec![rule(Some("2-4,6-9"), None)],
                "2-4,6-9",
                Some(0),
            ),
            (
                "what the Job has of the listed",
                vec![rule(Some("2-4,8-12"), None)],
                "2-5,7-9",
                Some(0),
            ),
            (
                "the first of each run is missing",
                vec![rule(Some("1-3,5-7"), None)],
                "2-4,6-8",
                None,
            ),
            (
                "which is enough of them",
                vec![rule(Some("1-3,5-7"), Some(4))],
                "2-4,6-8",
                Some(0),
            ),
            (
                "the last of each run is missing",
                vec![rule(Some("2-4,6-9"), None)],
                "1-3,5-7",
                None,
            ),
            (
                "which is enough of them, too",
                vec![rule(Some("2-4,6-9"), Some(4))],
                "1-3,5-7",
                Some(0),
            ),
            (
                "two runs in one of the listed",
                vec![rule(Some("0-6,8-9"), Some(7))],
                "1-3,5-9",
                Some(0),
            ),
            (
                "the listed in one run",
                vec![rule(Some("0-3,6-9"), Some(7))],
                "1-9",
                Some(0),
            ),
        ];
        for (why, rules, succeeded, want) in rows {
            let message = met(
                Some(&SuccessPolicy { rules }),
                10,
                &IndexSet::parse(succeeded, 10),
            );
            let want = want.map(|position: usize| format!("Matched rules at index {position}"));
            assert_eq!(message, want, "{why}");
        }
        assert_eq!(met(None, 10, &IndexSet::parse("0", 10)), None, "no policy");
    }
}
