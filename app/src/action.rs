//! What a person can do, and the kubectl command each deed is equal to.

use orrery_view::{Cascade, Kind, ObjectRef};
use serde::{Deserialize, Serialize};

use crate::kinds::resource;

/// One deed. It travels whole to the server, which does exactly what its kubectl equal does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// `token` makes a double click one run.
    Trigger {
        cronjob: ObjectRef,
        token: String,
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
    Cordon {
        node: ObjectRef,
        cordon: bool,
    },
    LoadExamples {
        namespace: String,
    },
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The object that was made.
    pub made: Option<ObjectRef>,
    /// How many objects were made.
    pub count: u32,
}

impl Action {
    /// As `POST /api/act` takes it.
    pub fn json(&self) -> String {
        let (name, content) = match self {
            Self::Trigger { cronjob, token } => (
                "Trigger",
                format!(r#""cronjob":{},"token":{}"#, json(cronjob), quoted(token)),
            ),
            Self::Rerun { job, token } => (
                "Rerun",
                format!(r#""job":{},"token":{}"#, json(job), quoted(token)),
            ),
            Self::Suspend { object, suspend } => (
                "Suspend",
                format!(r#""object":{},"suspend":{suspend}"#, json(object)),
            ),
            Self::Delete { object, cascade } => {
                let cascade = match cascade {
                    Cascade::Background => "background",
                    Cascade::Foreground => "foreground",
                    Cascade::Orphan => "orphan",
                };
                (
                    "Delete",
                    format!(r#""object":{},"cascade":"{cascade}""#, json(object)),
                )
            }
            Self::Restart { daemonset } => {
                ("Restart", format!(r#""daemonset":{}"#, json(daemonset)))
            }
            Self::Cordon { node, cordon } => (
                "Cordon",
                format!(r#""node":{},"cordon":{cordon}"#, json(node)),
            ),
            Self::LoadExamples { namespace } => (
                "LoadExamples",
                format!(r#""namespace":{}"#, quoted(namespace)),
            ),
        };
        format!(r#"{{"action":{{"{name}":{{{content}}}}}}}"#)
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
            Self::Rerun { job, .. } => {
                let target =
                    made.map_or_else(|| format!("{}-rerun", job.name), |job| job.name.clone());
                format!(
                    "kubectl get job {}{} -o json | jq 'del(.metadata.uid,.metadata.resourceVersion,.metadata.ownerReferences,\
                     .spec.selector,.spec.template.metadata.labels,.status) | .metadata.name=\"{target}\"' | kubectl create -f -",
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
            Self::Cordon { node, cordon: true } => format!("kubectl cordon {}", node.name),
            Self::Cordon {
                node,
                cordon: false,
            } => format!("kubectl uncordon {}", node.name),
            Self::LoadExamples { namespace } => {
                format!("kubectl get cronjobs,jobs,daemonsets -n {namespace}")
            }
        }
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

/// ` -n namespace`, or nothing for what has none.
fn scope(object: &ObjectRef) -> String {
    if object.kind == Kind::Node || object.namespace.is_empty() {
        String::new()
    } else {
        format!(" -n {}", object.namespace)
    }
}

#[cfg(test)]
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
            Action::Cordon {
                node: object(Kind::Node),
                cordon: false,
            },
            Action::LoadExamples { namespace: token },
        ] {
            let written: serde_json::Value =
                serde_json::from_str(&action.json()).expect("it is JSON");
            let read: Action =
                serde_json::from_value(written["action"].clone()).expect("it is an action");
            assert_eq!(read, action);
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
                Action::Cordon {
                    node: object(Kind::Node),
                    cordon: true,
                },
                "kubectl cordon backup",
            ),
        ] {
            assert_eq!(action.kubectl(None), command);
        }
    }
}
