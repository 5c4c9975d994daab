//! Defaults of a pod's specification and of a template around it.

use k8s_openapi::api::core::v1::{PodSpec, PodTemplateSpec};

use super::container::{default_container, default_ephemeral_container};
use super::disabled::drop_disabled;
use super::volume::default_volume;
use crate::pod_template::annotations;
use crate::quantity::canonicalize_list;

/// Grants a pod this long between SIGTERM and SIGKILL unless it says otherwise.
const TERMINATION_GRACE_SECS: i64 = 30;

/// Fills a template: its metadata and spec are always there on the wire (DS-48).
pub fn default_pod_template(template: &mut PodTemplateSpec) {
    let metadata = template.metadata.get_or_insert_default();
    annotations::drop_init_containers(&mut metadata.annotations);
    default_pod_spec(template.spec.get_or_insert_default());
}

/// `SetDefaults_PodSpec` with everything below it.
pub fn default_pod_spec(spec: &mut PodSpec) {
    set(&mut spec.restart_policy, "Always");
    set(&mut spec.dns_policy, "ClusterFirst");
    set(&mut spec.scheduler_name, "default-scheduler");
    spec.termination_grace_period_seconds
        .get_or_insert(TERMINATION_GRACE_SECS);
    spec.security_context.get_or_insert_default();
    default_service_account(spec);
    spec.init_containers
        .iter_mut()
        .flatten()
        .for_each(default_container);
    spec.containers.iter_mut().for_each(default_container);
    spec.ephemeral_containers
        .iter_mut()
        .flatten()
        .for_each(default_ephemeral_container);
    spec.volumes.iter_mut().flatten().for_each(default_volume);
    canonicalize_list(spec.overhead.as_mut());
    if let Some(resources) = spec.resources.as_mut() {
        canonicalize_list(resources.limits.as_mut());
        canonicalize_list(resources.requests.as_mut());
    }
    default_spreading(spec);
    drop_false(spec);
    drop_disabled(spec);
}

/// The deprecated alias follows the real field, and stands in for it when alone.
fn default_service_account(spec: &mut PodSpec) {
    let name = spec
        .service_account_name
        .take()
        .filter(|name| !name.is_empty());
    let name = name.or_else(|| spec.service_account.take().filter(|name| !name.is_empty()));
    spec.service_account_name.clone_from(&name);
    spec.service_account = name;
}

fn default_spreading(spec: &mut PodSpec) {
    for constraint in spec.topology_spread_constraints.iter_mut().flatten() {
        set_if_given(&mut constraint.node_affinity_policy);
        set_if_given(&mut constraint.node_taints_policy);
    }
}

/// Go omits these when false; so does every object that a client compares with ours.
fn drop_false(spec: &mut PodSpec) {
    for flag in [
        &mut spec.host_network,
        &mut spec.host_pid,
        &mut spec.host_ipc,
    ] {
        *flag = flag.filter(|on| *on);
    }
    for text in [&mut spec.node_name, &mut spec.hostname, &mut spec.subdomain] {
        set_if_given(text);
    }
}

/// Gives an unset or empty text its default.
pub(crate) fn set(field: &mut Option<String>, default: &str) {
    if field.as_deref().is_none_or(str::is_empty) {
        *field = Some(default.to_owned());
    }
}

/// Go cannot tell an empty text from an unset one: neither is kept.
fn set_if_given(field: &mut Option<String>) {
    if field.as_deref() == Some("") {
        *field = None;
    }
}
