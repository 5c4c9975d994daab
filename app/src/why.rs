//! Why a pod does not start or did not last, and what becomes of runs that meet, as sentences in the page's languages.
//! Slots have theirs in `timeline`.

use orrery_view::{Concurrency, ContainerDot, Exit, Millis, NodeCause, NodeCell, NodeWhy, PodWhy};

use crate::lang::Lang;
use crate::{format, tr};

/// What a policy makes of runs that take longer than the time between two slots.
pub fn overlap(policy: Concurrency, takes: Millis, gap: Millis, lang: Lang) -> String {
    let (t, gap) = (format::brief(takes, lang), format::brief(gap, lang));
    match policy {
        Concurrency::Allow => tr!(lang, "edit.overlap_allow", t = t, gap = gap),
        Concurrency::Forbid => tr!(lang, "edit.overlap_forbid", t = t, gap = gap),
        Concurrency::Replace => tr!(lang, "edit.overlap_replace", t = t, gap = gap),
    }
}

/// Why a DaemonSet's pod is not as it should be on a node; empty while it is.
pub fn cell(cell: &NodeCell, lang: Lang) -> String {
    match &cell.because {
        Some(why) => pod(why, lang),
        None => cell.why.clone(),
    }
}

/// Why a container waits or how it failed, in a few words; empty while it does neither.
pub fn container(dot: &ContainerDot, lang: Lang) -> String {
    let exit = dot.exit.map(|exit| match exit {
        Exit::Code(code) => tr!(lang, "past.exit", code = code),
        Exit::Signal(signal) => tr!(lang, "past.signal", signal = signal),
    });
    let said = (!dot.reason.is_empty()).then(|| dot.reason.clone());
    let said: Vec<_> = said.into_iter().chain(exit).collect();
    said.join(", ")
}

/// Why a pod does not start or did not last.
pub fn pod(why: &PodWhy, lang: Lang) -> String {
    match why {
        PodWhy::Unschedulable { nodes, causes } => unschedulable(*nodes, causes, lang),
        PodWhy::Gated { gates } => tr!(lang, "because.gated", gates = gates.join(", ")),
        PodWhy::Image { image, message, .. } => {
            tr!(lang, "because.image", image = image, message = message)
        }
        PodWhy::PortTaken { port, pod } => {
            tr!(lang, "because.port_taken", port = port, pod = pod)
        }
        PodWhy::Config { container, message } => {
            tr!(lang, "because.config", name = container, message = message)
        }
        PodWhy::CrashLoop {
            container,
            exit_code: Some(code),
            restarts,
            message,
            ..
        } => {
            let text = tr!(
                lang,
                "because.crash",
                name = container,
                code = code,
                n = format::number(restarts)
            );
            quoting(text, message)
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
                n = format::number(restarts)
            )
        }
        PodWhy::Probe {
            container,
            probe,
            restarts,
            message,
        } => {
            let text = match restarts {
                0 => tr!(lang, "because.probe", name = container, probe = probe),
                n => tr!(
                    lang,
                    "because.probe_again",
                    name = container,
                    probe = probe,
                    n = format::number(n)
                ),
            };
            quoting(text, message)
        }
        PodWhy::Unready {
            container,
            probe,
            message,
        } => {
            let text = tr!(lang, "because.unready", name = container, probe = probe);
            quoting(text, message)
        }
        PodWhy::InitFailed {
            container,
            exit_code,
            message,
            ..
        } => {
            let text = tr!(lang, "because.init", name = container, code = exit_code);
            quoting(text, message)
        }
        PodWhy::Volume { message } => tr!(lang, "because.volume", message = message),
        PodWhy::OutOfMemory { container } => tr!(lang, "because.memory", name = container),
        PodWhy::DeadlineExceeded => tr!(lang, "because.pod_deadline"),
        PodWhy::Evicted { message } => tr!(lang, "because.evicted", message = message),
        PodWhy::NodeLost { node } => tr!(lang, "because.lost", node = node),
        PodWhy::Failed {
            container,
            exit_code,
            message,
            ..
        } => {
            let text = tr!(lang, "because.failed", name = container, code = exit_code);
            quoting(text, message)
        }
    }
}

/// A sentence, and what was said where something was.
fn quoting(text: String, said: &str) -> String {
    match said {
        "" => text,
        said => format!("{text} “{said}”"),
    }
}

/// Why none of the nodes takes a pod. Where it may run on one of them alone, as a DaemonSet's pods may, the others are
/// not worth a word.
fn unschedulable(nodes: u32, causes: &[NodeWhy], lang: Lang) -> String {
    let (others, own): (Vec<&NodeWhy>, Vec<&NodeWhy>) = causes
        .iter()
        .partition(|why| why.cause == NodeCause::NodeName);
    let others: u32 = others.iter().map(|why| why.nodes).sum();
    // the scheduler's own words are of several nodes
    let is_ours = |why: &&NodeWhy| why.nodes == 1 && !matches!(why.cause, NodeCause::Other(_));
    let of_one = !own.is_empty() && own.iter().all(is_ours);
    match others {
        _ if causes.is_empty() => {
            tr!(lang, "because.no_node_unknown", n = format::number(nodes))
        }
        0 if of_one && nodes == 1 => {
            tr!(lang, "because.one_node", causes = causes_of_one(&own, lang))
        }
        others if of_one && nodes.checked_sub(others) == Some(1) => {
            tr!(lang, "because.pinned", causes = causes_of_one(&own, lang))
        }
        others if own.is_empty() && others >= nodes => tr!(lang, "because.no_such_node"),
        _ => {
            let n = format::number(nodes);
            tr!(
                lang,
                "because.no_node",
                n = n,
                causes = counted(causes, lang)
            )
        }
    }
}

/// What keeps a pod from a single node.
fn causes_of_one(causes: &[&NodeWhy], lang: Lang) -> String {
    let causes: Vec<_> = causes.iter().map(|why| node(&why.cause, lang)).collect();
    causes.join("; ")
}

/// What keeps a pod from so many nodes each.
fn counted(causes: &[NodeWhy], lang: Lang) -> String {
    let so_many = |why: &NodeWhy| {
        let (n, cause) = (format::number(why.nodes), node(&why.cause, lang));
        match why.cause {
            // its words follow a number as they are
            NodeCause::Other(_) => format!("{n} {cause}"),
            _ => tr!(lang, "because.node.so_many", n = n, cause = cause),
        }
    };
    let causes: Vec<_> = causes.iter().map(so_many).collect();
    causes.join("; ")
}

/// What a node is that does not take a pod, after `is` or a number of them.
fn node(cause: &NodeCause, lang: Lang) -> String {
    match cause {
        NodeCause::Taint(taint) if taint.is_empty() => tr!(lang, "because.node.taint_unknown"),
        NodeCause::Taint(taint) => tr!(lang, "because.node.taint", taint = taint),
        NodeCause::Selector => tr!(lang, "because.node.selector"),
        NodeCause::PodAffinity => tr!(lang, "because.node.affinity"),
        NodeCause::PodAntiAffinity => tr!(lang, "because.node.anti_affinity"),
        NodeCause::TopologySpread => tr!(lang, "because.node.spread"),
        NodeCause::Insufficient(what) => tr!(lang, "because.node.short", what = what),
        NodeCause::TooManyPods => tr!(lang, "because.node.too_many"),
        NodeCause::HostPort => tr!(lang, "because.node.port"),
        NodeCause::NodeName => tr!(lang, "because.node.name"),
        NodeCause::Cordoned => tr!(lang, "because.node.cordoned"),
        NodeCause::Volume => tr!(lang, "because.node.volume"),
        // the scheduler's own words
        NodeCause::Other(said) => said.trim_end_matches('.').to_owned(),
    }
}
