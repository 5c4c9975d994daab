//! A shell in a container: where its WebSocket is, what it needs, and the words of its end.

use orrery_view::{Detail, Kind, ObjectRef, PodHealth};

use crate::address::escape;
use crate::lang::Lang;
use crate::permit::{Need, Permits, Verb};
use crate::tr;

/// Where the WebSocket is; whose, which container and what runs there are in its query.
pub const ADDRESS: &str = "/terminal";
/// What the tab loads, and no other page does: the emulator's module and style, and our own beside them.
pub const MODULE: &str = "/terminal.js";
pub const STYLES: [&str; 2] = ["/vendor/xterm/xterm.css", "/terminal.css"];

/// What `sh -c` runs where nothing is typed: bash where there is one. Each knows what the browser can draw, and that it
/// sends UTF-8: without a locale bash takes the bytes of what is no ASCII for editing commands.
pub const SHELL: &str = r#"TERM=xterm-256color; export TERM; [ "$LC_ALL$LC_CTYPE$LANG" ] || export LANG=C.UTF-8; command -v bash >/dev/null && exec bash || exec sh"#;

/// How a terminal came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// What ran there has ended by itself, with this code.
    Exited(i32),
    /// Its container has ended, or the pod is gone.
    ContainerEnded,
    /// It never began: the container does not run. The cluster's words.
    NotRunning(String),
    /// It never began: the container has no such program. The cluster's words.
    NoProgram(String),
    /// It never began: what is to run cannot be read.
    Unreadable,
    /// The cluster refused, in its words.
    Refused(String),
    /// The connection to the cluster broke.
    Broken,
    /// This server stops.
    Stopping,
}

impl End {
    /// In a sentence.
    pub fn said(&self, lang: Lang) -> String {
        match self {
            Self::Exited(0) => tr!(lang, "terminal.ended"),
            Self::Exited(code) => tr!(lang, "terminal.ended_with", code = code),
            Self::ContainerEnded => tr!(lang, "terminal.container_ended"),
            Self::NotRunning(why) => tr!(lang, "terminal.not_running", why = why),
            Self::NoProgram(why) => tr!(lang, "terminal.no_program", why = why),
            Self::Unreadable => tr!(lang, "terminal.unreadable"),
            Self::Refused(why) => why.clone(),
            Self::Broken => tr!(lang, "terminal.broken"),
            Self::Stopping => tr!(lang, "terminal.stopping"),
        }
    }
}

/// The permission that it needs.
pub fn need(namespace: &str) -> Need {
    Need {
        verb: Verb::Exec,
        kind: Kind::Pod,
        namespace: namespace.to_owned(),
    }
}

/// Why there is none in a pod: it may not be opened, or nothing runs there any more.
pub fn why_not(pod: &ObjectRef, detail: &Detail, permits: &Permits, lang: Lang) -> Option<String> {
    let forbidden = permits.why(&need(&pod.namespace), lang);
    forbidden.or_else(|| has_ended(detail).then(|| tr!(lang, "terminal.pod_ended")))
}

/// Whether all that could be looked into has ended for good.
pub fn has_ended(detail: &Detail) -> bool {
    let Detail::Pod(pod) = detail else {
        return false;
    };
    let is_over = matches!(pod.row.health, PodHealth::Done | PodHealth::Failed);
    is_over || pod.row.end.is_some()
}

/// The address of the tab for a container.
pub fn page(pod: &ObjectRef, container: &str) -> String {
    let page = crate::address::object(pod);
    format!("{page}?tab=terminal&container={}", escape(container))
}

/// The address of the WebSocket; what is to run is added by the browser.
pub fn socket(pod: &ObjectRef, container: &str) -> String {
    format!(
        "{ADDRESS}?namespace={}&pod={}&container={}",
        escape(&pod.namespace),
        escape(&pod.name),
        escape(container)
    )
}

/// The command that opens the same, as a shell reads it.
pub fn kubectl(pod: &ObjectRef, container: &str) -> String {
    let ObjectRef {
        namespace, name, ..
    } = pod;
    format!("kubectl exec -it {name} -n {namespace} -c {container} -- sh -c '{SHELL}'")
}
