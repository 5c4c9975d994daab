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
