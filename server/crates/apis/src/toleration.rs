//! Whether tolerations put up with taints.

use k8s_openapi::api::core::v1::{Taint, Toleration};

/// True when one of the tolerations tolerates the taint.
pub fn tolerates(tolerations: &[Toleration], taint: &Taint) -> bool {
    tolerations
        .iter()
        .any(|toleration| tolerates_one(toleration, taint))
}

/// Upstream's `ToleratesTaint`: an empty key (with Exists) or effect stands for every one.
pub fn tolerates_one(toleration: &Toleration, taint: &Taint) -> bool {
    let fits =
        |want: Option<&str>, have: &str| want.is_none_or(|want| want.is_empty() || want == have);
    let value = |value: &Option<String>| value.clone().unwrap_or_default();
    let by_operator = match toleration.operator.as_deref().unwrap_or_default() {
        "" | "Equal" => value(&toleration.value) == value(&taint.value),
        "Exists" => true,
        // Gt and Lt are alpha and off
        _ => false,
    };
    by_operator
        && fits(toleration.effect.as_deref(), &taint.effect)
        && fits(toleration.key.as_deref(), &taint.key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ds_01_taints_and_tolerations() {
        let rows = [
            (
                "equal by default",
                json!({"key": "k", "value": "v", "effect": "NoSchedule"}),
                true,
            ),
            (
                "another value",
                json!({"key": "k", "value": "w", "effect": "NoSchedule"}),
                false,
            ),
            (
                "another key",
                json!({"key": "l", "operator": "Exists"}),
                false,
            ),
            ("exists", json!({"key": "k", "operator": "Exists"}), true),
            ("exists without key", json!({"operator": "Exists"}), true),
            ("any effect", json!({"key": "k", "value": "v"}), true),
            (
                "another effect",
                json!({"key": "k", "value": "v", "effect": "NoExecute"}),
                false,
            ),
            (
                "an unknown operator",
                json!({"key": "k", "operator": "Gt", "value": "v"}),
                false,
            ),
        ];
        let taint = Taint {
            key: "k".to_owned(),
            value: Some("v".to_owned()),
            effect: "NoSchedule".to_owned(),
            time_added: None,
        };
        for (why, toleration, want) in rows {
            let toleration: Toleration = serde_json::from_value(toleration).expect("a toleration");
            assert_eq!(tolerates(&[toleration], &taint), want, "{why}");
        }
        assert!(!tolerates(&[], &taint), "nothing tolerates nothing");
    }
}
