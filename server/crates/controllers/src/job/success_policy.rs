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
    }
}
