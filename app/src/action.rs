//! What a person can do, and the kubectl command each deed is equal to.

use orrery_view::{Cascade, Kind, ObjectRef};
use serde::{Deserialize, Serialize};

use crate::kinds::resource;
#[cfg(feature = "ssr")]
use crate::overrides::{Changes, Overrides};

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

    /// The command that does the same. `made` is the object it made, once known.
    pub fn kubectl(&self, made: Option<&ObjectRef>) -> String {
        match self {
            Self::Trigger { cronjob, .. } => {
                let fresh = || format!("{}-manual", cronjob.name);
                let job = made.map_or_else(fresh, |job| job.name.clone());
                format!(
                    "kubectl create job {job} --from=cronjob/{}{}",
                    cronjob.name,
                    scope(cronjob)
                )
            }
            #[cfg(feature = "ssr")]
            Self::TriggerWith {
                cronjob, overrides, ..
            } => match overrides.read() {
                Ok(changes) => create_with(cronjob, &changes, made),
                Err(why) => format!("# {why}"),
            },
            Self::Rerun { job, .. } => {
                let target =
                    made.map_or_else(|| format!("{}-rerun", job.name), |job| job.name.clone());
                format!(
                    "kubectl get job {}{} -o json | jq 'del(.metadata.uid,.metadata.resourceVersion,.spec.selector,.spec.suspend,.status) | \
                     {WITHOUT_GENERATED} | .metadata.name=\"{target}\"' | kubectl create -f -",
                    job.name,
                    scope(job)
                )
            }
            Self::Suspend { object, suspend } => format!(
                "kubectl patch {} {}{} -p '{{\"spec\":{{\"suspend\":{suspend}}}}}'",
                resource(object.kind),
                object.name,
                scope(object)
            ),
            Self::Delete { object, cascade } => {
                let how = match cascade {
                    Cascade::Background => "",
                    Cascade::Foreground => " --cascade=foreground",
                    Cascade::Orphan => " --cascade=orphan",
                };
                format!(
                    "kubectl delete {} {}{}{how}",
                    resource(object.kind),
                    object.name,
                    scope(object)
                )
            }
            Self::Restart { daemonset } => {
                format!(
                    "kubectl rollout restart daemonset {}{}",
                    daemonset.name,
                    scope(daemonset)
                )
            }
            Self::Pause { daemonset, pause } => format!(
                "kubectl patch daemonset {}{} -p '{{\"spec\":{{\"updateStrategy\":{{\"type\":\"{}\"}}}}}}'",
                daemonset.name,
                scope(daemonset),
                strategy(*pause)
            ),
            Self::Cordon { node, cordon: true } => format!("kubectl cordon {}", node.name),
            Self::Cordon {
                node,
                cordon: false,
            } => format!("kubectl uncordon {}", node.name),
            Self::LoadExamples { namespace, page } => {
                format!("kubectl create -n {namespace} -f {page}{EXAMPLES}")
            }
        }
    }
}

/// The update strategy by which a rollout is paused, and goes on.
pub fn strategy(pause: bool) -> &'static str {
    match pause {
        true => "OnDelete",
        false => "RollingUpdate",
    }
}

/// What `kubectl create job` has no flags for is put in by jq.
#[cfg(feature = "ssr")]
fn create_with(cronjob: &ObjectRef, changes: &Changes, made: Option<&ObjectRef>) -> String {
    let fresh = || format!("{}-manual", cronjob.name);
    let name = made.map(|job| job.name.clone());
    let job = name.or_else(|| changes.name.clone()).unwrap_or_else(fresh);
    let (from, scope) = (&cronjob.name, scope(cronjob));
    let plain = format!("kubectl create job {job} --from=cronjob/{from}{scope}");
    let first = ".spec.template.spec.containers[0]";
    let mut edits = Vec::new();
    if let Some(reason) = &changes.reason {
        let reason = quoted(reason);
        edits.push(format!(
            r#".metadata.annotations["orrery.dev/change-reason"]={reason}"#
        ));
    }
    for (key, value) in &changes.env {
        let (key, value) = (quoted(key), quoted(value));
        let new = format!(r#"{{"name":{key},"value":{value}}}"#);
        edits.push(format!(
            "{first}.env|=(.//[]|if any(.name=={key}) then map(if .name=={key} then {new} else . end) else .+[{new}] end)"
        ));
    }
    if let Some(args) = &changes.args {
        let args: Vec<_> = args.iter().map(|arg| quoted(arg)).collect();
        edits.push(format!("{first}.args=[{}]", args.join(",")));
    }
    if let Some(image) = &changes.image {
        edits.push(format!("{first}.image={}", quoted(image)));
    }
    if let Some(n) = changes.parallelism {
        edits.push(format!(".spec.parallelism={n}"));
    }
    if let Some(n) = changes.deadline {
        edits.push(format!(".spec.activeDeadlineSeconds={n}"));
    }
    if edits.is_empty() {
        return plain;
    }
    let edits = edits.join(" | ").replace('\'', r"'\''");
    format!("{plain} --dry-run=client -o json | jq '{edits}' | kubectl create -f -")
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

/// ` -n namespace`, or nothing for what has none.
fn scope(object: &ObjectRef) -> String {
    if object.kind == Kind::Node || object.namespace.is_empty() {
        String::new()
    } else {
        format!(" -n {}", object.namespace)
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    fn object(kind: Kind) -> ObjectRef {
        ObjectRef {
            kind,
            namespace: "data".into(),
            name: "backup".into(),
        }
    }

    /// The page writes by hand what the server reads by serde.
    #[test]
    fn each_deed_is_read_as_it_was_written() {
        let token = String::from("a\"\\\n 한");
        for action in [
            Action::Trigger {
                cronjob: object(Kind::CronJob),
                token: token.clone(),
            },
            Action::TriggerWith {
                cronjob: object(Kind::CronJob),
                overrides: Overrides {
                    name: "n".into(),
                    reason: token.clone(),
                    env: "A=1".into(),
                    args: "--all".into(),
                    image: "i".into(),
                    parallelism: "2".into(),
                    deadline: "60".into(),
                },
                token: token.clone(),
                dry_run: true,
            },
            Action::Rerun {
                job: object(Kind::Job),
                token: token.clone(),
            },
            Action::Suspend {
                object: object(Kind::DaemonSet),
                suspend: true,
            },
            Action::Delete {
                object: object(Kind::Pod),
                cascade: Cascade::Background,
            },
            Action::Delete {
                object: object(Kind::Event),
                cascade: Cascade::Foreground,
            },
            Action::Delete {
                object: object(Kind::Job),
                cascade: Cascade::Orphan,
            },
            Action::Restart {
                daemonset: object(Kind::DaemonSet),
            },
            Action::Pause {
                daemonset: object(Kind::DaemonSet),
                pause: true,
            },
            Action::Cordon {
                node: object(Kind::Node),
                cordon: false,
            },
            Action::LoadExamples {
                namespace: token,
                page: String::new(),
            },
        ] {
            let written: serde_json::Value =
                serde_json::from_str(&action.json("")).expect("it is JSON");
            let read: Action =
                serde_json::from_value(written["action"].clone()).expect("it is an action");
            assert_eq!(read, action);
        }
    }

    #[test]
    fn each_deed_knows_on_what_it_is_done() {
        let job = object(Kind::Job);
        let token = String::from("t");
        let rerun = Action::Rerun {
            job: job.clone(),
            token,
        };
        assert_eq!(rerun.on(), ("rerun", Some(&job)));
        let delete = Action::Delete {
            object: job.clone(),
            cascade: Cascade::Orphan,
        };
        assert_eq!(delete.on(), ("delete", Some(&job)));
    }

    #[test]
    fn what_can_be_taken_back_says_how() {
        let suspend = Action::Suspend {
            object: object(Kind::CronJob),
            suspend: true,
        };
        let undo = suspend.undo().expect("it can");
        let undo: crate::cell::Deed = serde_json::from_str(&undo).expect("a deed");
        assert_eq!(
            undo,
            crate::cell::Deed::Suspend(object(Kind::CronJob), false)
        );
        let cordon = Action::Cordon {
            node: object(Kind::Node),
            cordon: false,
        };
        let undo = cordon.undo().expect("it can");
        let undo: crate::cell::Deed = serde_json::from_str(&undo).expect("a deed");
        assert_eq!(undo, crate::cell::Deed::Cordon(object(Kind::Node), true));
        let delete = Action::Delete {
            object: object(Kind::Job),
            cascade: Cascade::Background,
        };
        assert_eq!(delete.undo(), None);
    }

    fn with(overrides: Overrides) -> Action {
        Action::TriggerWith {
            cronjob: object(Kind::CronJob),
            overrides,
            token: "t".into(),
            dry_run: false,
        }
    }

    #[test]
    fn each_deed_has_its_command() {
        let token = String::from("t");
        for (action, command) in [
            (
                Action::Trigger {
                    cronjob: object(Kind::CronJob),
                    token,
                },
                "kubectl create job backup-manual --from=cronjob/backup -n data",
            ),
            (
                with(Overrides::default()),
                "kubectl create job backup-manual --from=cronjob/backup -n data",
            ),
            (
                with(Overrides {
                    name: "once".into(),
                    args: "it's\n--all".into(),
                    parallelism: "2".into(),
                    ..Overrides::default()
                }),
                r#"kubectl create job once --from=cronjob/backup -n data --dry-run=client -o json | jq '.spec.template.spec.containers[0].args=["it'\''s","--all"] | .spec.parallelism=2' | kubectl create -f -"#,
            ),
            (
                with(Overrides {
                    env: "A".into(),
                    ..Overrides::default()
                }),
                "# env: line 1 is “A”, not KEY=value.",
            ),
            (
                Action::Suspend {
                    object: object(Kind::Job),
                    suspend: true,
                },
                "kubectl patch job backup -n data -p '{\"spec\":{\"suspend\":true}}'",
            ),
            (
                Action::Delete {
                    object: object(Kind::Pod),
                    cascade: Cascade::Background,
                },
                "kubectl delete pod backup -n data",
            ),
            (
                Action::Delete {
                    object: object(Kind::CronJob),
                    cascade: Cascade::Orphan,
                },
                "kubectl delete cronjob backup -n data --cascade=orphan",
            ),
            (
                Action::Restart {
                    daemonset: object(Kind::DaemonSet),
                },
                "kubectl rollout restart daemonset backup -n data",
            ),
            (
                Action::Pause {
                    daemonset: object(Kind::DaemonSet),
                    pause: true,
                },
                r#"kubectl patch daemonset backup -n data -p '{"spec":{"updateStrategy":{"type":"OnDelete"}}}'"#,
            ),
            (
                Action::Cordon {
                    node: object(Kind::Node),
                    cordon: true,
                },
                "kubectl cordon backup",
            ),
            (
                Action::LoadExamples {
                    namespace: "data".into(),
                    page: "http://127.0.0.1:8080".into(),
                },
                "kubectl create -n data -f http://127.0.0.1:8080/examples.yaml",
            ),
        ] {
            assert_eq!(action.kubectl(None), command);
        }
    }
}
