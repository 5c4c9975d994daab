//! A shell in a container: where its WebSocket is, what it needs, and the words of its end.

use orrery_view::{Kind, ObjectRef};

use crate::address::escape;
use crate::lang::Lang;
use crate::permit::{Need, Verb};
use crate::tr;

/// Where the WebSocket is; whose, which container and what runs there are in its query.
pub const ADDRESS: &str = "/terminal";
/// What the tab loads, and no other page does: the emulator's module and style, and our own beside them.
pub const MODULE: &str = "/terminal.js";
pub const STYLES: [&str; 2] = ["/vendor/xterm/xterm.css", "/terminal.css"];

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

/// The command that opens the same.
pub fn kubectl(pod: &ObjectRef, container: &str) -> String {
    let ObjectRef {
        namespace, name, ..
    } = pod;
    format!("kubectl exec -it {name} -n {namespace} -c {container} -- sh")
}
