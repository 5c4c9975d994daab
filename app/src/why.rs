//! Why a pod does not start or did not last, as sentences in the page's languages. Slots have theirs in `timeline`.

use orrery_view::PodWhy;

use crate::lang::Lang;
use crate::tr;

/// Why a pod does not start or did not last.
pub fn pod(why: &PodWhy, lang: Lang) -> String {
    match why {
        PodWhy::Unschedulable { nodes, .. } => tr!(lang, "because.no_node", n = nodes),
        PodWhy::Gated { gates } => tr!(lang, "because.gated", gates = gates.join(", ")),
        PodWhy::Image { image, message, .. } => {
            tr!(lang, "because.image", image = image, message = message)
        }
        PodWhy::Config { container, message } => {
            tr!(lang, "because.config", name = container, message = message)
        }
        PodWhy::CrashLoop {
            container,
            exit_code: Some(code),
            restarts,
            ..
        } => {
            tr!(
                lang,
                "because.crash",
                name = container,
                code = code,
                n = restarts
            )
        }
        PodWhy::CrashLoop {
            container,
            restarts,
            ..
        } => {
            tr!(
                lang,
                "because.crash_unknown",
                name = container,
                n = restarts
            )
        }
        PodWhy::InitFailed {
            container,
            exit_code,
            ..
        } => {
            tr!(lang, "because.init", name = container, code = exit_code)
        }
        PodWhy::Volume { message } => tr!(lang, "because.volume", message = message),
        PodWhy::OutOfMemory { container } => tr!(lang, "because.memory", name = container),
        PodWhy::DeadlineExceeded => tr!(lang, "because.pod_deadline"),
        PodWhy::Evicted { message } => tr!(lang, "because.evicted", message = message),
        PodWhy::NodeLost { node } => tr!(lang, "because.lost", node = node),
        PodWhy::Failed {
            container,
            exit_code,
            ..
        } => {
            tr!(lang, "because.failed", name = container, code = exit_code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_a_sentence_in_each_language_and_holds_its_facts() {
        let crash = PodWhy::CrashLoop {
            container: "main".to_owned(),
            exit_code: Some(137),
            reason: String::new(),
            restarts: 4,
        };
        for lang in [Lang::En, Lang::Ko] {
            let said = pod(&crash, lang);
            let holds = ["main", "137", "4"].iter().all(|fact| said.contains(fact));
            assert!(holds, "{said}");
        }
        assert_ne!(pod(&crash, Lang::En), pod(&crash, Lang::Ko));
    }
}
