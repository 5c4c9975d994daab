//! Pods as the Job controller creates them (JOB-20 to JOB-23).

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Container, EnvVar, EnvVarSource, ObjectFieldSelector, Pod};
use kube::ResourceExt;

use super::failure_policy::rule;
use super::pod_facts::{
    COMPLETION_INDEX, INDEX_FAILURES, INDEX_IGNORED_FAILURES, TRACKING_FINALIZER, index_failures,
    index_ignored_failures,
};
use super::spec::Spec;
use crate::owner::controller_reference;
use crate::pods::from_template;

/// The longest prefix to which the server still adds its five letters (NAME-01).
const LONGEST_PREFIX: usize = 58;
const INDEX_VARIABLE: &str = "JOB_COMPLETION_INDEX";

/// A pod of a Job without indexes.
pub fn plain(spec: Spec<'_>) -> Pod {
    build(spec.job, spec, format!("{}-", spec.job.name_any()))
}

/// The pod of one index; `replaced` is the failed pod whose count it carries on.
pub fn indexed(spec: Spec<'_>, index: i32, replaced: Option<&Pod>) -> Pod {
    let name = spec.job.name_any();
    let mut pod = build(spec.job, spec, indexed_prefix(&name, index));
    let annotations = pod.metadata.annotations.get_or_insert_default();
    annotations.insert(COMPLETION_INDEX.to_owned(), index.to_string());
    if spec.backoff_limit_per_index().is_some() {
        let (counted, ignored) = failures_before(spec, replaced);
        annotations.insert(INDEX_FAILURES.to_owned(), counted.to_string());
        if ignored > 0 {
            annotations.insert(INDEX_IGNORED_FAILURES.to_owned(), ignored.to_string());
        }
    }
    let labels = pod.metadata.labels.get_or_insert_default();
    labels.insert(COMPLETION_INDEX.to_owned(), index.to_string());
    let template = pod.spec.get_or_insert_default();
    template.hostname = Some(format!("{name}-{index}"));
    for container in template
        .init_containers
        .iter_mut()
        .flatten()
        .chain(&mut template.containers)
    {
        add_index_variable(container);
    }
    pod
}

fn build(job: &Job, spec: Spec<'_>, prefix: String) -> Pod {
    let namespace = job.namespace().unwrap_or_default();
    let mut pod = from_template(
        &spec.spec.template,
        &namespace,
        prefix,
        controller_reference(job),
    );
    let finalizers = pod.metadata.finalizers.get_or_insert_default();
    if !finalizers
        .iter()
        .any(|finalizer| finalizer == TRACKING_FINALIZER)
    {
        finalizers.push(TRACKING_FINALIZER.to_owned());
    }
    pod
}

fn indexed_prefix(name: &str, index: i32) -> String {
    let end = format!("-{index}-");
    let room = LONGEST_PREFIX.saturating_sub(end.len()).min(name.len());
    format!("{}{end}", &name[..room])
}

/// JOB-23: failures of the index so far, counted and ignored.
fn failures_before(spec: Spec<'_>, replaced: Option<&Pod>) -> (i32, i32) {
    let Some(pod) = replaced else {
        return (0, 0);
    };
    let (counted, ignored) = (index_failures(pod), index_ignored_failures(pod));
    match rule(spec.failure_policy(), pod).counts() {
        true => (counted.saturating_add(1), ignored),
        false => (counted, ignored.saturating_add(1)),
    }
}

fn add_index_variable(container: &mut Container) {
    let env = container.env.get_or_insert_default();
    if env.iter().any(|variable| variable.name == INDEX_VARIABLE) {
        return;
    }
    let field = ObjectFieldSelector {
        api_version: None,
        field_path: format!("metadata.labels['{COMPLETION_INDEX}']"),
    };
    env.push(EnvVar {
        name: INDEX_VARIABLE.to_owned(),
        value: None,
        value_from: Some(EnvVarSource {
            field_ref: Some(field),
            ..EnvVarSource::default()
        }),
    });
}
