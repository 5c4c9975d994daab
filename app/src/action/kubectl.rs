//! The kubectl command that each deed is equal to.

use orrery_view::{Cascade, Kind, ObjectRef};

#[cfg(feature = "ssr")]
use super::quoted;
use super::{Action, EXAMPLES, WITHOUT_GENERATED, strategy};
use crate::kinds::resource;
#[cfg(feature = "ssr")]
use crate::overrides::Changes;

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

/// ` -n namespace`, or nothing for what has none.
fn scope(object: &ObjectRef) -> String {
    if object.kind == Kind::Node || object.namespace.is_empty() {
        String::new()
    } else {
        format!(" -n {}", object.namespace)
    }
}
