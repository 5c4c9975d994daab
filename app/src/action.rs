//! What a person can do.

mod kubectl;
#[cfg(all(test, feature = "ssr"))]
mod tests;

use orrery_view::{Cascade, ObjectRef};
use serde::{Deserialize, Serialize};

use crate::kinds::resource;
#[cfg(feature = "ssr")]
use crate::overrides::Overrides;

/// One deed. It travels whole to the server, which does exactly what its kubectl equal does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// `token` makes a double click one run.
    Trigger {
        cronjob: ObjectRef,
        token: String,
    },
    /// A run that differs from the template; `dry_run` only shows how.
    #[cfg(feature = "ssr")]
    TriggerWith {
        cronjob: ObjectRef,
        overrides: Overrides,
        token: String,
        dry_run: bool,
    },
    Rerun {
        job: ObjectRef,
        token: String,
    },
    Suspend {
        object: ObjectRef,
        suspend: bool,
    },
    Delete {
        object: ObjectRef,
        cascade: Cascade,
    },
    Restart {
        daemonset: ObjectRef,
    },
    /// By the update strategy: `OnDelete` leaves running pods alone.
    Pause {
        daemonset: ObjectRef,
        pause: bool,
    },
    Cordon {
        node: ObjectRef,
        cordon: bool,
    },
    LoadExamples {
        namespace: String,
        /// Where the page is: its command has the manifests from there.
        #[serde(skip)]
        page: String,
    },
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The object that was made.
    pub made: Option<ObjectRef>,
    /// How many objects were made.
    pub count: u32,
    /// How a rehearsed object differs from the plain one: lines that begin with ` `, `+` or `-`.
    #[serde(default)]
    pub diff: String,
}

/// Where the page has the manifests of the examples.
pub const EXAMPLES: &str = "/examples.yaml";

/// Takes off a Job what was made for it: by jq, in both maps of labels.
pub const WITHOUT_GENERATED: &str = r#"(.metadata,.spec.template.metadata) |= ((.labels // {} | del(."controller-uid",."job-name",."batch.kubernetes.io/controller-uid",."batch.kubernetes.io/job-name")) as $labels | .labels=$labels)"#;

impl Action {
    /// As `POST /api/act` takes it.
    pub fn json(&self, why: &str) -> String {
        let (name, content) = match self {
            Self::Trigger { cronjob, token } => (
                "Trigger",
                format!(r#""cronjob":{},"token":{}"#, json(cronjob), quoted(token)),
            ),
            #[cfg(feature = "ssr")]
            Self::TriggerWith {
                cronjob,
                overrides,
                token,
                dry_run,
            } => {
                let mut overrides = overrides.clone();
                let fields = overrides.fields();
                let fields = fields.map(|(name, text)| format!(r#""{name}":{}"#, quoted(text)));
                (
                    "TriggerWith",
                    format!(
                        r#""cronjob":{},"overrides":{{{}}},"token":{},"dry_run":{dry_run}"#,
                        json(cronjob),
                        fields.join(","),
                        quoted(token)
                    ),
                )
            }
            Self::Rerun { job, token } => (
                "Rerun",
                format!(r#""job":{},"token":{}"#, json(job), quoted(token)),
            ),
            Self::Suspend { object, suspend } => (
                "Suspend",
                format!(r#""object":{},"suspend":{suspend}"#, json(object)),
            ),
            Self::Delete { object, cascade } => {
                let cascade = cascade.code();
                (
                    "Delete",
                    format!(r#""object":{},"cascade":"{cascade}""#, json(object)),
                )
            }
            Self::Restart { daemonset } => {
                ("Restart", format!(r#""daemonset":{}"#, json(daemonset)))
            }
            Self::Pause { daemonset, pause } => (
                "Pause",
                format!(r#""daemonset":{},"pause":{pause}"#, json(daemonset)),
            ),
            Self::Cordon { node, cordon } => (
                "Cordon",
                format!(r#""node":{},"cordon":{cordon}"#, json(node)),
            ),
            Self::LoadExamples { namespace, .. } => (
                "LoadExamples",
                format!(r#""namespace":{}"#, quoted(namespace)),
            ),
        };
        let why = quoted(why);
        format!(r#"{{"action":{{"{name}":{{{content}}}}},"reason":{why}}}"#)
    }

    /// The same, for show or in earnest.
    #[cfg(feature = "ssr")]
    pub fn rehearsing(mut self, rehearse: bool) -> Self {
        if let Self::TriggerWith { dry_run, .. } = &mut self {
            *dry_run = rehearse;
        }
        self
    }

    /// What it is called in `data-pending`, and on what it is done.
    pub fn on(&self) -> (&'static str, Option<&ObjectRef>) {
        match self {
            Self::Trigger { cronjob, .. } => ("trigger", Some(cronjob)),
            #[cfg(feature = "ssr")]
            Self::TriggerWith { cronjob, .. } => ("trigger", Some(cronjob)),
            Self::Rerun { job, .. } => ("rerun", Some(job)),
            Self::Suspend { object, .. } => ("suspend", Some(object)),
            Self::Delete { object, .. } => ("delete", Some(object)),
            Self::Restart { daemonset } => ("restart", Some(daemonset)),
            Self::Pause { daemonset, .. } => ("pause", Some(daemonset)),
            Self::Cordon { node, .. } => ("cordon", Some(node)),
            Self::LoadExamples { .. } => ("examples", None),
        }
    }

    /// What takes it back, as in `data-deed`.
    pub fn undo(&self) -> Option<String> {
        let (name, object, on) = match self {
            Self::Suspend { object, suspend } => ("Suspend", object, suspend),
            Self::Pause { daemonset, pause } => ("Pause", daemonset, pause),
            Self::Cordon { node, cordon } => ("Cordon", node, cordon),
            _ => return None,
        };
        Some(format!(r#"{{"{name}":[{},{}]}}"#, json(object), !on))
    }
}

/// The update strategy by which a rollout is paused, and goes on.
pub fn strategy(pause: bool) -> &'static str {
    match pause {
        true => "OnDelete",
        false => "RollingUpdate",
    }
}

fn json(object: &ObjectRef) -> String {
    format!(
        r#"{{"kind":"{}","namespace":{},"name":{}}}"#,
        resource(object.kind),
        quoted(&object.namespace),
        quoted(&object.name)
    )
}

/// Text as a JSON string.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\0'..='\x1f' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
