//! Conditions of pods that the API server itself has to tell.

use k8s_openapi::api::core::v1::{Pod, PodCondition};

/// Tells it in its place, as upstream's UpdatePodCondition: one that gets but another reason keeps its time.
pub fn put(pod: &mut Pod, mut condition: PodCondition) {
    let status = pod.status.get_or_insert_default();
    let conditions = status.conditions.get_or_insert_default();
    let before = conditions.iter_mut().find(|c| c.type_ == condition.type_);
    let Some(before) = before else {
        return conditions.push(condition);
    };
    if before.status == condition.status {
        condition.last_transition_time = before.last_transition_time.take();
    }
    *before = condition;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ev_01_a_condition_that_gets_another_reason_keeps_its_time_and_its_place() {
        let said = |type_: &str, status: &str, reason: &str, at: &str| json!({"type": type_, "status": status, "reason": reason, "lastTransitionTime": at});
        let (noon, now) = ("2026-11-23T12:00:00Z", "2026-11-23T12:01:00Z");
        let ready = said("Ready", "True", "", noon);
        let new = said("DisruptionTarget", "True", "new", now);
        let rows = [
            ("nothing was said", json!([]), json!([new])),
            (
                "something else was",
                json!([ready.clone()]),
                json!([ready, new]),
            ),
            (
                "it was so",
                json!([said("DisruptionTarget", "True", "old", noon), ready.clone()]),
                json!([said("DisruptionTarget", "True", "new", noon), ready]),
            ),
            (
                "it was not so",
                json!([
                    said("DisruptionTarget", "False", "old", noon),
                    ready.clone()
                ]),
                json!([new, ready]),
            ),
        ];
        for (why, before, want) in rows {
            let pod = json!({"metadata": {}, "status": {"conditions": before}});
            let mut pod: Pod = serde_json::from_value(pod).expect("a literal pod");
            let condition = serde_json::from_value(new.clone()).expect("a literal condition");
            put(&mut pod, condition);
            let want: Vec<PodCondition> = serde_json::from_value(want).expect("literal ones");
            let told = pod.status.and_then(|status| status.conditions);
            assert_eq!(told, Some(want), "{why}");
        }
    }
}
