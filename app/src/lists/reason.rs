//! What the reasons of Events mean, in a sentence. Those of others than Kubernetes itself are not known, and have none.

use crate::lang::Lang;
use crate::tr;

/// By the kind of the object that it is about, in lower case, and the reason.
pub fn explained(kind: &str, reason: &str, lang: Lang) -> Option<String> {
    Some(match (kind, reason) {
        // upstream warns of each manual run
        (_, "UnexpectedJob") => tr!(lang, "event.unexpected_job"),
        ("job", "Completed") => tr!(lang, "reason.completed"),
        ("pod", "Created") => tr!(lang, "reason.created"),
        ("cronjob", "SuccessfulCreate") => tr!(lang, "reason.created_job"),
        ("cronjob", "SuccessfulDelete") => tr!(lang, "reason.deleted_job"),
        ("pod", "Failed") => tr!(lang, "reason.failed"),
        (_, "BackOff") => tr!(lang, "reason.backoff"),
        (_, "BackoffLimitExceeded") => tr!(lang, "reason.backoff_limit"),
        (_, "SuccessfulCreate") => tr!(lang, "reason.created_pod"),
        (_, "FailedDaemonPod") => tr!(lang, "reason.daemon_failed"),
        (_, "SucceededDaemonPod") => tr!(lang, "reason.daemon_succeeded"),
        (_, "DeadlineExceeded") => tr!(lang, "reason.deadline"),
        (_, "Deleted") => tr!(lang, "reason.deleted"),
        (_, "SuccessfulDelete") => tr!(lang, "reason.deleted_pod"),
        (_, "Evicted") => tr!(lang, "reason.evicted"),
        (_, "FailedCreate") => tr!(lang, "reason.failed_create"),
        (_, "FailedDelete") => tr!(lang, "reason.failed_delete"),
        (_, "FailedIndexes") | (_, "MaxFailedIndexesExceeded") => tr!(lang, "reason.failed_index"),
        (_, "FailedScheduling") => tr!(lang, "reason.failed_scheduling"),
        (_, "FailedPostStartHook") | (_, "FailedPreStopHook") => tr!(lang, "reason.hook"),
        (_, "Killing") => tr!(lang, "reason.killing"),
        (_, "LeaderElection") => tr!(lang, "reason.leader"),
        (_, "MissSchedule") => tr!(lang, "reason.missed"),
        (_, "MissingJob") => tr!(lang, "reason.missing"),
        (_, "FailedMount") => tr!(lang, "reason.mount"),
        (_, "NodeNotSchedulable") => tr!(lang, "reason.node_closed"),
        (_, "NodeSchedulable") => tr!(lang, "reason.node_open"),
        (_, "NodeHasNoDiskPressure") => tr!(lang, "reason.node_disk"),
        (_, "NodeHasSufficientMemory") => tr!(lang, "reason.node_memory"),
        (_, "NodeHasSufficientPID") => tr!(lang, "reason.node_processes"),
        (_, "NodeReady") => tr!(lang, "reason.node_ready"),
        (_, "NodeNotReady") => tr!(lang, "reason.node_silent"),
        (_, "JobAlreadyActive") => tr!(lang, "reason.other_active"),
        (_, "OwnerRefInvalidNamespace") => tr!(lang, "reason.owner"),
        (_, "PodFailurePolicy") => tr!(lang, "reason.pod_policy"),
        (_, "Unhealthy") => tr!(lang, "reason.probe"),
        (_, "Pulled") => tr!(lang, "reason.pulled"),
        (_, "RegisteredNode") => tr!(lang, "reason.registered"),
        (_, "RemovingNode") => tr!(lang, "reason.removing"),
        (_, "ResizeCompleted") => tr!(lang, "reason.resize_done"),
        (_, "ResizeInfeasible") => tr!(lang, "reason.resize_never"),
        (_, "ResizeStarted") => tr!(lang, "reason.resize_started"),
        (_, "Resumed") => tr!(lang, "reason.resumed"),
        (_, "FailedCreatePodSandBox") => tr!(lang, "reason.sandbox"),
        (_, "SawCompletedJob") => tr!(lang, "reason.saw_end"),
        (_, "UnparseableSchedule")
        | (_, "UnParseableCronJobSchedule")
        | (_, "UnknownTimeZone")
        | (_, "InvalidSchedule") => tr!(lang, "reason.schedule"),
        (_, "Scheduled") => tr!(lang, "reason.scheduled"),
        (_, "SelectingAll") => tr!(lang, "reason.selecting_all"),
        (_, "Started") => tr!(lang, "reason.started"),
        (_, "Starting") => tr!(lang, "reason.starting"),
        (_, "Suspended") => tr!(lang, "reason.suspended"),
        (_, "TaintManagerEviction") => tr!(lang, "reason.taint"),
        (_, "TooManyMissedTimes") => tr!(lang, "reason.too_many_missed"),
        (_, "TooManySucceededPods") => tr!(lang, "reason.too_many_succeeded"),
        (_, "UnsupportedSchedule") => tr!(lang, "reason.zone_inside"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every reason that Orrery's own parts give, and so upstream's.
    const KNOWN: &str = "cronjob: SuccessfulCreate SuccessfulDelete SawCompletedJob MissingJob UnexpectedJob \
        JobAlreadyActive MissSchedule TooManyMissedTimes FailedCreate FailedDelete UnparseableSchedule \
        UnParseableCronJobSchedule UnknownTimeZone InvalidSchedule UnsupportedSchedule Deleted
        job: SuccessfulCreate SuccessfulDelete FailedCreate FailedDelete Completed Suspended Resumed DeadlineExceeded \
        BackoffLimitExceeded PodFailurePolicy FailedIndexes MaxFailedIndexesExceeded TooManySucceededPods
        daemonset: SuccessfulCreate SuccessfulDelete FailedCreate FailedDaemonPod SucceededDaemonPod SelectingAll
        pod: Scheduled FailedScheduling Pulled Created Started Killing BackOff Failed Unhealthy FailedMount \
        FailedCreatePodSandBox FailedPostStartHook FailedPreStopHook TaintManagerEviction DeadlineExceeded Evicted \
        ResizeStarted ResizeCompleted ResizeInfeasible NodeNotReady
        node: Starting RegisteredNode RemovingNode NodeNotReady NodeReady NodeSchedulable NodeNotSchedulable \
        NodeHasSufficientMemory NodeHasNoDiskPressure NodeHasSufficientPID
        lease: LeaderElection";

    #[test]
    fn each_reason_of_ours_is_explained_in_each_language() {
        let mut count = 0;
        for line in KNOWN.lines() {
            let (kind, reasons) = line
                .trim()
                .split_once(": ")
                .expect("a kind and its reasons");
            for reason in reasons.split_whitespace() {
                let [en, ko] = [Lang::En, Lang::Ko].map(|lang| explained(kind, reason, lang));
                let en = en.unwrap_or_else(|| panic!("{kind}: {reason}"));
                assert!(
                    en.ends_with('.') && ko.is_some_and(|ko| ko != en),
                    "{reason}"
                );
                count += 1;
            }
        }
        assert!(count > 50, "{count}");
    }

    #[test]
    fn a_reason_depends_on_what_it_is_about_and_others_stay_unsaid() {
        let said = |kind: &str, reason: &str| explained(kind, reason, Lang::En).unwrap_or_default();
        assert!(said("cronjob", "SuccessfulCreate").contains("Job"));
        assert!(said("job", "SuccessfulCreate").contains("pod"));
        assert_eq!(said("pod", "SomethingOfAnOperator"), "");
    }
}
